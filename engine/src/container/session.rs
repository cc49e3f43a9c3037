//! Sessions in a container: `exec` and `attach`.

use std::collections::VecDeque;

use super::running::{Container, Host, Main};
use super::spec::StartError;
use crate::process::{Ended, Pid, Signal, Terminal, shown};
use crate::sim::Time;

/// Names a session of one container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExecId(pub u32);

/// One session.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) pid: Pid,
    /// The pipe that feeds its standard input.
    pub(super) input: Option<u32>,
    /// Where its output comes; none for `attach`, which hears the log.
    pub(super) sink: Option<u32>,
    pub(super) terminal: Option<Terminal>,
    /// Output not fetched yet: whether standard error, and the bytes.
    pub(super) output: VecDeque<(bool, Vec<u8>)>,
    pub(super) ended: Option<Ended>,
}

impl Session {
    /// Takes output in, as the session's reader shall see it.
    pub(super) fn hear(&mut self, is_error: bool, data: &[u8]) {
        let piece = match self.terminal {
            // A terminal has one screen.
            Some(_) => (false, shown(data)),
            None => (is_error, data.to_vec()),
        };
        self.output.push_back(piece);
    }
}

impl Container {
    /// Starts a command in the container.
    pub fn exec(
        &mut self,
        argv: Vec<String>,
        tty: bool,
        stdin: bool,
        now: Time,
        host: &mut Host<'_>,
    ) -> Result<ExecId, StartError> {
        let name = argv.first().cloned().unwrap_or_default();
        if self.exit.is_some() || self.system(host).is_none() {
            return Err(StartError {
                message: "cannot exec in a stopped state: unknown".into(),
                code: 126,
            });
        }
        let Main::Many(mut system) = std::mem::replace(&mut self.main, Main::Over(None)) else {
            return Err(StartError::no_command());
        };
        let sink = system.processes.add_sink(tty);
        let input = stdin.then(|| system.processes.add_input(tty));
        let started = self.spawn(&mut system, argv, Self::descriptors(sink, input), now, host);
        let result = started.map_err(|error| StartError::exec(&name, error)).map(|pid| {
            system.last_session += 1;
            let id = ExecId(system.last_session);
            let terminal = tty.then(Terminal::default);
            let session = Session {
                pid,
                input,
                sink: Some(sink),
                terminal,
                output: VecDeque::default(),
                ended: None,
            };
            system.sessions.insert(id, session);
            id
        });
        self.main = Main::Many(system);
        if result.is_ok() {
            self.settle(now, host);
        }
        result
    }

    /// Joins the first process' output, and its input if that is open.
    pub fn attach(&mut self, host: &mut Host<'_>) -> Option<ExecId> {
        let tty = self.spec.tty;
        let system = self.system(host)?;
        system.last_session += 1;
        let id = ExecId(system.last_session);
        let terminal = tty.then(Terminal::default);
        let session = Session {
            pid: 1,
            input: system.input,
            sink: None,
            terminal,
            output: VecDeque::default(),
            ended: None,
        };
        system.sessions.insert(id, session);
        Some(id)
    }

    fn session(&mut self, id: ExecId) -> Option<&mut Session> {
        match &mut self.main {
            Main::Many(system) => system.sessions.get_mut(&id),
            _ => None,
        }
    }

    /// Types into a session, or feeds its standard input.
    pub fn write_stdin(&mut self, id: ExecId, data: &[u8], now: Time, host: &mut Host<'_>) {
        let Main::Many(system) = &mut self.main else { return };
        let Some(session) = system.sessions.get_mut(&id) else { return };
        let Some(input) = session.input else { return };
        match &mut session.terminal {
            None => system.processes.feed(input, data),
            Some(terminal) => {
                let typed = terminal.type_in(data);
                match session.sink {
                    Some(_) => session.output.push_back((false, shown(&typed.echo))),
                    // The screen of the first process is its log too.
                    None => system.processes.show(system.sink, &typed.echo, now),
                }
                system.processes.feed(input, &typed.input);
                if typed.interrupt {
                    system.processes.interrupt(session.pid, now);
                }
                if typed.end {
                    system.processes.end_input(input);
                }
            }
        }
        self.settle(now, host);
    }

    /// Closes a session's standard input.
    pub fn close_stdin(&mut self, id: ExecId, now: Time, host: &mut Host<'_>) {
        let Some(input) = self.session(id).and_then(|session| session.input) else { return };
        if let Main::Many(system) = &mut self.main {
            system.processes.close_pipe(input);
        }
        self.settle(now, host);
    }

    /// Takes a session's output: whether standard error, and the bytes.
    pub fn read_output(&mut self, id: ExecId) -> Vec<(bool, Vec<u8>)> {
        self.session(id).map(|session| session.output.drain(..).collect()).unwrap_or_default()
    }

    /// How a session's command ended, once it has.
    pub fn session_ended(&mut self, id: ExecId) -> Option<Ended> {
        let over = self.exit.as_ref().map(|exit| Ended {
            code: exit.code,
            signal: exit.signal,
            at: exit.finished_at,
        });
        match self.session(id) {
            Some(session) if session.pid == 1 => over,
            Some(session) => session.ended,
            None => over,
        }
    }

    /// Forgets a session; its command is killed if it still runs.
    pub fn close_session(&mut self, id: ExecId, now: Time) {
        let Main::Many(system) = &mut self.main else { return };
        let Some(session) = system.sessions.remove(&id) else { return };
        if session.pid != 1 && session.ended.is_none() {
            system.processes.signal(session.pid, Signal::KILL, now);
            system.processes.take_end(session.pid);
        }
        if let Some(sink) = session.sink {
            system.processes.remove_sink(sink);
        }
    }
}
