//! What a shell remembers: variables, options, functions, traps.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::syntax::Command;
use crate::process::{Pid, Signal};
use crate::sim::{Random, Time};
use crate::value::Str;

/// Whose shell it is; they differ in messages and in some features.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Debian's and Ubuntu's `/bin/sh`.
    Dash,
    /// GNU bash.
    Bash,
    /// busybox' `ash`, Alpine's `/bin/sh`.
    Busybox,
}

/// A variable.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Variable {
    /// An array's values; one for a plain variable; none when only declared.
    pub(super) values: Vec<String>,
    pub(super) exported: bool,
    pub(super) read_only: bool,
}

/// Options that `set` turns on and off, by letter.
#[derive(Debug, Clone, Default)]
pub(super) struct Options {
    letters: String,
    /// `set -o pipefail`.
    pub(super) pipefail: bool,
}

impl Options {
    pub(super) fn has(&self, letter: char) -> bool {
        self.letters.contains(letter)
    }

    pub(super) fn set(&mut self, letter: char, on: bool) {
        self.letters.retain(|own| own != letter);
        if on {
            self.letters.push(letter);
        }
    }

    pub(super) fn letters(&self) -> &str {
        &self.letters
    }
}

/// What a shell remembers; a subshell starts with a copy.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub(super) dialect: Dialect,
    /// `$0`.
    pub(super) name: String,
    /// `$1`, `$2`, …
    pub(super) params: Arc<Vec<String>>,
    pub(super) variables: BTreeMap<Str, Variable>,
    /// The order in which exported variables came.
    pub(super) exports: Vec<Str>,
    pub(super) functions: BTreeMap<Str, Arc<Command>>,
    pub(super) aliases: BTreeMap<Str, Str>,
    pub(super) options: Options,
    /// `$?`.
    pub(super) status: u8,
    /// `$$`.
    pub(super) pid: Pid,
    pub(super) parent: Pid,
    /// `$!`.
    pub(super) background: Option<Pid>,
    /// Background jobs not waited for.
    pub(super) jobs: Vec<Job>,
    pub(super) traps: BTreeMap<Signal, Str>,
    /// The line of the running command.
    pub(super) line: u32,
    pub(super) started: Time,
    pub(super) random: Random,
    /// Whether the script was given by `-c`.
    pub(super) is_command: bool,
    pub(super) interactive: bool,
    pub(super) end: End,
    environment: Option<Arc<Vec<(Str, Str)>>>,
}

/// What a shell is at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Its last command, if it can become that.
    Becomes,
    /// Itself, for those who look then.
    Stays,
    /// Its last command: it is only a part of a shell that stays.
    Part,
}

/// A command in the background.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Job {
    /// Its number, as in `%1`.
    pub(super) number: usize,
    pub(super) pid: Pid,
    /// Its source text.
    pub(super) text: Str,
    /// The signal that it was sent last.
    pub(super) signal: Option<Signal>,
}

impl State {
    pub(super) fn new(dialect: Dialect, name: &str) -> Self {
        Self {
            dialect,
            name: name.into(),
            params: Arc::default(),
            variables: BTreeMap::new(),
            exports: Vec::new(),
            functions: BTreeMap::new(),
            aliases: BTreeMap::new(),
            options: Options::default(),
            status: 0,
            pid: 0,
            parent: 0,
            background: None,
            jobs: Vec::new(),
            traps: BTreeMap::new(),
            line: 1,
            started: Time::default(),
            random: Random::new(0),
            is_command: false,
            interactive: false,
            end: End::Becomes,
            environment: None,
        }
    }

    /// Takes the process' environment in as exported variables.
    pub(super) fn import(&mut self, env: &[(Str, Str)]) {
        for (name, value) in env {
            let variable =
                Variable { values: vec![value.to_string()], exported: true, read_only: false };
            self.variables.insert(name.clone(), variable);
            self.exports.push(name.clone());
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name)?.values.first().map(String::as_str)
    }

    /// Sets a variable; fails when it is read-only.
    pub(super) fn set(&mut self, name: &str, values: Vec<String>) -> Result<(), String> {
        let variable = self.variables.entry(name.into()).or_default();
        if variable.read_only {
            return Err(match self.dialect {
                Dialect::Bash => format!("{name}: readonly variable"),
                _ => format!("{name}: is read only"),
            });
        }
        variable.values = values;
        if variable.exported || self.options.has('a') {
            self.export(name);
        }
        Ok(())
    }

    /// Sets a plain variable, read-only or not.
    pub(super) fn put(&mut self, name: &str, value: &str) {
        let variable = self.variables.entry(name.into()).or_default();
        variable.values = vec![value.into()];
        self.environment = None;
    }

    pub(super) fn export(&mut self, name: &str) {
        self.environment = None;
        let name: Str = name.into();
        self.variables.entry(name.clone()).or_default().exported = true;
        if !self.exports.contains(&name) {
            self.exports.push(name);
        }
    }

    pub(super) fn unset(&mut self, name: &str) {
        self.environment = None;
        self.variables.remove(name);
        self.exports.retain(|own| **own != *name);
    }

    /// Puts a variable back as it was.
    pub(super) fn restore(&mut self, name: &str, old: Option<Variable>) {
        self.environment = None;
        match old {
            Some(variable) => drop(self.variables.insert(name.into(), variable)),
            None => self.unset(name),
        }
    }

    /// The environment for children.
    pub(super) fn environment(&mut self) -> Arc<Vec<(Str, Str)>> {
        if let Some(environment) = &self.environment {
            return environment.clone();
        }
        let pairs = self.exports.iter().filter_map(|name| {
            let variable = self.variables.get(name).filter(|variable| variable.exported)?;
            Some((name.clone(), variable.values.first()?.as_str().into()))
        });
        let environment = Arc::new(pairs.collect::<Vec<_>>());
        self.environment = Some(environment.clone());
        environment
    }

    /// A message as this shell prefixes it: `sh: 1: …`, `bash: line 1: …`.
    pub(super) fn complaint(&self, message: &str) -> String {
        let name = &self.name;
        let line = self.line;
        match self.dialect {
            Dialect::Dash => format!("{name}: {line}: {message}\n"),
            Dialect::Bash if self.interactive || self.end != End::Becomes => {
                format!("{}: {message}\n", name.trim_start_matches('-'))
            }
            Dialect::Busybox if self.is_command || self.interactive => {
                format!("{name}: {message}\n")
            }
            Dialect::Bash | Dialect::Busybox => format!("{name}: line {line}: {message}\n"),
        }
    }
}
