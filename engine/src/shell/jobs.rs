//! Builtins about processes and signals: `trap`, `wait`, `kill`, `jobs`.

use std::fmt::Write as _;

use super::frame::Frame;
use super::machine::{Next, Shell};
use super::state::Dialect;
use crate::process::{Kernel, Pid, Signal, Wait};

impl Shell {
    pub(super) fn trap(&mut self, kernel: &mut Kernel<'_>, arguments: &[String]) -> Next {
        let arguments = arguments.strip_prefix(&["--".to_string()]).unwrap_or(arguments);
        let Some((action, signals)) = arguments.split_first() else {
            let lines: Vec<String> = self
                .state
                .traps
                .iter()
                .map(|(signal, text)| format!("trap -- '{text}' {}\n", signal.name()))
                .collect();
            kernel.write(1, lines.concat().as_bytes());
            return self.done(0);
        };
        // `trap INT` alone resets, as `trap - INT` does.
        let resets = action == "-" || (signals.is_empty() && Signal::parse(action).is_some());
        let named = if signals.is_empty() { arguments } else { signals };
        for name in named {
            let Some(signal) = Signal::parse(name) else {
                return self.complain(kernel, &format!("trap: {name}: bad trap"), 1);
            };
            if resets {
                self.state.traps.remove(&signal);
            } else {
                self.state.traps.insert(signal, action.as_str().into());
            }
            kernel.ignore(signal, !resets && action.is_empty());
        }
        self.done(0)
    }

    pub(super) fn wait(&mut self, kernel: &mut Kernel<'_>, arguments: &[String]) -> Next {
        let named: Vec<Pid> = arguments.iter().filter_map(|text| self.job(text)).collect();
        if arguments.is_empty() {
            let jobs = std::mem::take(&mut self.state.jobs);
            self.frames.push(Frame::WaitFor(jobs));
            self.state.status = 0;
            return Next::Continue;
        }
        let Some(pid) = named.first() else { return self.done(127) };
        if !kernel.has_child(*pid) {
            return self.done(127);
        }
        self.frames.push(Frame::WaitFor(named));
        Next::Continue
    }

    pub(super) fn wait_for(&mut self, kernel: &mut Kernel<'_>, mut pids: Vec<Pid>) -> Next {
        while let Some(pid) = pids.first().copied() {
            if let Some((_, ended)) = kernel.reap(pid) {
                self.state.status = ended.code;
                self.state.jobs.retain(|job| *job != pid);
            } else if kernel.has_child(pid) {
                self.frames.push(Frame::WaitFor(pids));
                return Next::Wait(Wait::child(pid));
            }
            pids.remove(0);
        }
        Next::Continue
    }

    /// The process that `%1` or a number names.
    fn job(&self, text: &str) -> Option<Pid> {
        match text.strip_prefix('%') {
            Some(number) => {
                let number: usize = number.parse().unwrap_or(1);
                self.state.jobs.get(number.checked_sub(1)?).copied()
            }
            None => text.parse().ok(),
        }
    }

    pub(super) fn kill(&mut self, kernel: &mut Kernel<'_>, arguments: &[String]) -> Next {
        let mut signal = Signal::TERM;
        let mut status = 0;
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let name = match argument.as_str() {
                "-l" => {
                    kernel.write(
                        1,
                        b"HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM\n",
                    );
                    return self.done(0);
                }
                "--" => continue,
                "-s" | "-n" => rest.next().cloned(),
                _ => argument.strip_prefix('-').map(String::from),
            };
            if let Some(name) = name {
                match Signal::parse(&name) {
                    Some(named) => signal = named,
                    None => {
                        return self.complain(
                            kernel,
                            &format!("kill: {name}: invalid signal specification"),
                            1,
                        );
                    }
                }
                continue;
            }
            let sent = self.job(argument).map(|pid| kernel.kill(pid, signal));
            if sent != Some(true) {
                let message = match (sent, self.state.dialect) {
                    (None, _) => format!("kill: {argument}: arguments must be process or job IDs"),
                    (_, Dialect::Bash) => format!("kill: ({argument}) - No such process"),
                    (_, Dialect::Dash) => "kill: No such process\n".trim().to_string(),
                    (_, Dialect::Busybox) => format!("can't kill pid {argument}: No such process"),
                };
                kernel.write(2, self.state.complaint(&message).as_bytes());
                status = 1;
            }
        }
        self.done(status)
    }

    pub(super) fn jobs(&mut self, kernel: &mut Kernel<'_>) -> Next {
        let mut lines = String::new();
        for (at, pid) in self.state.jobs.iter().enumerate() {
            let alive = kernel.processes.get(*pid).is_some_and(|process| process.ended.is_none());
            let state = if alive { "Running" } else { "Done" };
            let _ = writeln!(lines, "[{}]+  {state:<23} {pid}", at + 1);
        }
        kernel.write(1, lines.as_bytes());
        self.done(0)
    }
}
