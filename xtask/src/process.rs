//! Running other programs: from the workspace's root, without standard input,
//! and with the project's own tools first on the path.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::{env, io, thread};

use crate::failure::{Doing, Failure, Result};
use crate::{tools, workspace};

/// Says what is being done now.
pub(crate) fn say(what: impl std::fmt::Display) {
    println!("==> {what}");
}

/// A program and its arguments.
pub(crate) struct Program {
    name: String,
    command: Command,
}

impl Program {
    /// The program of this name on the path.
    pub(crate) fn new(name: &str) -> Self {
        let mut command = Command::new(found(name).unwrap_or_else(|| PathBuf::from(name)));
        command.current_dir(workspace::root()).stdin(Stdio::null()).env("PATH", search_path());
        Self { name: name.to_owned(), command }
    }

    /// `cargo`, as the toolchain that runs this chore has it.
    pub(crate) fn cargo(arguments: &str) -> Self {
        Self::new("cargo").args(arguments.split_whitespace())
    }

    /// Adds one argument.
    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// Adds arguments.
    pub(crate) fn args(mut self, all: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(all);
        self
    }

    /// Sets a variable of its environment.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs it; what it prints goes to the terminal.
    pub(crate) fn run(mut self) -> Result<()> {
        let status = self.command.status().doing(&self.name)?;
        self.check(status)
    }

    /// Runs it quietly and gives back what it printed.
    pub(crate) fn output(mut self) -> Result<String> {
        let output = self.command.stderr(Stdio::inherit()).output().doing(&self.name)?;
        self.check(output.status)?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Whether it can be run at all and succeeds; prints nothing.
    pub(crate) fn succeeds(mut self) -> bool {
        let quiet = self.command.stdout(Stdio::null()).stderr(Stdio::null());
        quiet.status().is_ok_and(|status| status.success())
    }

    /// Runs it, passes what it prints on, and shows each line to `look`.
    pub(crate) fn watch(mut self, mut look: impl FnMut(&str)) -> Result<()> {
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().doing(&self.name)?;
        let errors = child.stderr.take().map(|stream| thread::spawn(move || pass_on(stream)));
        if let Some(stream) = child.stdout.take() {
            let mut reader = BufReader::new(stream);
            let mut line = Vec::new();
            while reader.read_until(b'\n', &mut line).doing(&self.name)? > 0 {
                io::stdout().write_all(&line).doing("standard output")?;
                look(String::from_utf8_lossy(&line).trim_end());
                line.clear();
            }
        }
        let status = child.wait().doing(&self.name)?;
        if let Some(errors) = errors {
            errors.join().ok();
        }
        self.check(status)
    }

    fn check(&self, status: ExitStatus) -> Result<()> {
        if status.success() {
            return Ok(());
        }
        let arguments: Vec<_> = self.command.get_args().map(OsStr::to_string_lossy).collect();
        Err(Failure::new(format!("`{} {}` failed ({status})", self.name, arguments.join(" "))))
    }
}

/// Where a program of this name is, if it is on the path.
pub(crate) fn found(name: &str) -> Option<PathBuf> {
    let endings: &[&str] = if cfg!(windows) { &[".exe", ".cmd", ""] } else { &[""] };
    env::split_paths(&search_path())
        .flat_map(|folder| endings.iter().map(move |ending| folder.join(format!("{name}{ending}"))))
        .find(|file| file.is_file())
}

/// The path on which programs are looked for: our own tools first.
fn search_path() -> std::ffi::OsString {
    let inherited = env::var_os("PATH").unwrap_or_default();
    let ours = tools::folders().into_iter().chain([workspace::path("node_modules/.bin")]);
    env::join_paths(ours.chain(env::split_paths(&inherited))).unwrap_or(inherited)
}

fn pass_on(mut stream: impl Read) {
    io::copy(&mut stream, &mut io::stderr()).ok();
}
