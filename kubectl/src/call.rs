//! One call of one command: its flags, arguments and surroundings.

use std::fmt::Write as _;

use crate::client::Client;
use crate::command::Command;
use crate::config::Config;
use crate::connection;
use crate::failure::{Failure, Outcome};
use crate::flags::{Parsed, Values};
use crate::io::Io;

/// One call of one command.
pub struct Call<'a> {
    /// The surroundings.
    pub io: Io<'a>,
    /// The commands from the root to the one called.
    pub path: Vec<&'static Command>,
    /// All arguments after `kubectl`, as they were typed.
    pub typed: Vec<String>,
    /// The flags.
    pub flags: Values,
    /// The arguments.
    pub args: Vec<String>,
    /// How many of the arguments stood before `--`.
    pub dash: Option<usize>,
    /// The kubeconfig.
    pub config: Config,
    /// The way to the server.
    pub client: Client<'a>,
    /// The namespace to work in.
    pub namespace: String,
    /// Whether `--namespace` was given.
    pub namespace_given: bool,
}

/// Whether a write is only tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DryRun {
    /// It is done.
    No,
    /// Only this side works out what would be sent.
    Client,
    /// The server tries it and stores nothing.
    Server,
}

impl DryRun {
    /// What follows the verb in the message.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::No => "",
            Self::Client => " (dry run)",
            Self::Server => " (server dry run)",
        }
    }

    /// The query parameter, or empty.
    pub fn parameter(self) -> &'static str {
        if self == Self::Server { "All" } else { "" }
    }
}

impl<'a> Call<'a> {
    /// A call with the kubeconfig read and the server named.
    pub fn new(
        io: Io<'a>,
        path: Vec<&'static Command>,
        typed: &[String],
        parsed: Parsed,
    ) -> Outcome<Self> {
        let flags = parsed.values;
        let config = Config::load(io.host, flags.text("kubeconfig"))?;
        let namespace_given = !flags.text("namespace").is_empty();
        let namespace = if namespace_given {
            flags.text("namespace").to_owned()
        } else {
            config.namespace(flags.text("context")).unwrap_or_else(|| "default".to_owned())
        };
        let connection = connection::read(&flags, path.last().copied(), &config);
        let server = connection.server.as_str();
        io.transport.connect(if server.is_empty() { "http://localhost:8080" } else { server });
        let client = Client::new(io, connection);
        Ok(Self {
            io,
            path,
            typed: typed.to_vec(),
            flags,
            args: parsed.args,
            dash: parsed.dash,
            config,
            client,
            namespace,
            namespace_given,
        })
    }

    /// The command's whole name, as `kubectl create deployment`.
    pub fn name(&self) -> String {
        let names: Vec<_> = self.path.iter().map(|command| command.name).collect();
        names.join(" ")
    }

    /// A failure that also says where help is.
    pub fn usage(&self, text: impl AsRef<str>) -> Failure {
        let text = text.as_ref();
        Failure::Text(format!("{text}\nSee '{} -h' for help and examples", self.name()))
    }

    /// What `--dry-run` says; warns of its older forms.
    pub fn dry_run(&self) -> Outcome<DryRun> {
        match self.flags.text("dry-run") {
            "unchanged" => self.log(
                'W',
                "helpers.go:702",
                "--dry-run is deprecated and can be replaced with --dry-run=client.",
            ),
            "true" => self.log('W', "helpers.go:716", "--dry-run=true is deprecated (boolean value) and can be replaced with --dry-run=client."),
            _ => {}
        }
        self.check_dry_run()
    }

    /// What `--dry-run` says, without a word.
    pub fn check_dry_run(&self) -> Outcome<DryRun> {
        match self.flags.text("dry-run") {
            "" | "none" | "false" => Ok(DryRun::No),
            "client" | "unchanged" | "true" => Ok(DryRun::Client),
            "server" => Ok(DryRun::Server),
            other => Err(Failure::Text(format!(
                "Invalid dry-run value ({other}). Must be \"none\", \"server\", or \"client\"."
            ))),
        }
    }

    /// A line of the log on standard error, in klog's form.
    pub fn log(&self, level: char, place: &str, text: &str) {
        self.io.log(level, place, text);
    }

    /// What `--validate` asks of the server.
    pub fn validation(&self) -> Outcome<&'static str> {
        match self.flags.text("validate") {
            "" | "strict" | "true" => Ok("Strict"),
            "warn" => Ok("Warn"),
            "ignore" | "false" => Ok("Ignore"),
            other => Err(Failure::Text(format!(
                "invalid - validate option {other:?}; must be one of: strict (or true), warn, ignore (or false)"
            ))),
        }
    }

    /// The command as `--record` notes it: its words, then its flags. Which
    /// server it went to is no part of the change.
    pub fn change_cause(&self) -> String {
        let mut groups = self.path.last().map(|command| command.flags.to_vec()).unwrap_or_default();
        groups.push(crate::flags::GLOBAL);
        let parsed = crate::flags::parse(&groups, &self.typed).unwrap_or_default();
        let mut cause = "kubectl".to_owned();
        for word in &parsed.args {
            cause.push(' ');
            cause.push_str(word);
        }
        for (name, value) in parsed.given.iter().filter(|(name, _)| *name != "server") {
            let _ = write!(cause, " --{name}={value}");
        }
        cause
    }

    /// The namespace for a list: all of them with `-A`.
    pub fn list_namespace(&self) -> &str {
        if self.flags.is("all-namespaces") { "" } else { &self.namespace }
    }
}
