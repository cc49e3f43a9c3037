//! The way to the server, as the global flags and the kubeconfig give it.
//!
//! Models client-go's `tools/clientcmd` (overrides and validation). What is
//! wrong is told when the first request is to be sent, not before.

use podyard_engine::sim::Delay;

use crate::client::Connection;
use crate::command::Command;
use crate::config::Config;
use crate::failure::Failure;
use crate::flags::{Values, parse_duration};

/// Reads it.
pub(crate) fn read(flags: &Values, command: Option<&Command>, config: &Config) -> Connection {
    let global = Global { flags, command };
    let server = match global.text("server") {
        "" => config.server(global.text("context"), global.text("cluster")).unwrap_or_default(),
        given => given.to_owned(),
    };
    let (timeout, problem) = match timeout(flags.text("request-timeout")) {
        Ok(timeout) => (timeout, None),
        Err(failure) => (Delay::ZERO, Some(failure)),
    };
    Connection {
        server,
        user: flags.text("as").to_owned(),
        groups: flags.list("as-group").to_vec(),
        timeout,
        refusal: refusal(&global, config).or(problem),
    }
}

/// The global flags, but for those that a flag of the command's own hides.
struct Global<'f> {
    flags: &'f Values,
    command: Option<&'f Command>,
}

impl Global<'_> {
    fn text(&self, name: &str) -> &str {
        let mut own = self.command.into_iter().flat_map(|command| command.flags).copied().flatten();
        if own.any(|flag| flag.name == name) { "" } else { self.flags.text(name) }
    }

    fn given(&self, name: &str) -> bool {
        !self.text(name).is_empty()
    }
}

/// A whole number is seconds; anything else has a unit.
fn timeout(text: &str) -> Result<Delay, Failure> {
    if let Ok(seconds) = text.parse::<i64>() {
        return Ok(Delay::secs(seconds));
    }
    parse_duration(text).map_err(|_| {
        Failure::from(
            "Invalid timeout value. Timeout must be a single integer in seconds, or an integer \
             followed by a corresponding time unit (e.g. 1s | 2m | 3h)",
        )
    })
}

/// Why nothing can be asked of a server.
fn refusal(global: &Global<'_>, config: &Config) -> Option<Failure> {
    if config.is_missing {
        return Some(Failure::Text(format!("stat {}: no such file or directory", config.path)));
    }
    let given = |name: &str| global.given(name);
    let context = global.text("context");
    if given("context") && config.entry("contexts", context).is_none() {
        return Some(Failure::Verbatim(format!(
            "Error in configuration: context was not found for specified context: {context}"
        )));
    }
    let cluster = global.text("cluster");
    if given("cluster") && !given("server") && config.entry("clusters", cluster).is_none() {
        return Some(Failure::Text(format!("no server found for cluster {cluster:?}")));
    }
    let user = match global.text("user") {
        "" => config.context(context)["user"].text(),
        user if config.entry("users", user).is_none() => {
            return Some(Failure::Text(format!("auth info {user:?} does not exist")));
        }
        user => user,
    };
    if given("client-certificate") && !given("client-key") {
        return Some(Failure::Text(format!(
            "client-key-data or client-key must be specified for {user} to use the clientCert \
             authentication method."
        )));
    }
    if (given("as-uid") || !global.flags.list("as-group").is_empty()) && !given("as") {
        return Some(Failure::Text(format!(
            "requesting uid, groups or user-extra for {user} without impersonating a user"
        )));
    }
    if given("as-uid") {
        return Some("--as-uid is not supported here: name the user alone with --as".into());
    }
    match global.text("profile") {
        "none" | "" => None,
        "cpu" | "heap" | "goroutine" | "threadcreate" | "block" | "mutex" => {
            Some("--profile is not supported here: this kubectl has no profiler".into())
        }
        other => Some(Failure::Text(format!("unknown profile '{other}'"))),
    }
}
