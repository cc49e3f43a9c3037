//! Builtins about processes and signals: `trap`, `wait`, `kill`, `jobs`, `fg`.

use std::fmt::Write as _;

use super::frame::Frame;
use super::machine::{Next, Shell};
use super::state::{Dialect, Job};
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
        if arguments.is_empty() {
            let jobs = std::mem::take(&mut self.state.jobs);
            self.frames.push(Frame::WaitFor(jobs.into_iter().map(|job| job.pid).collect()));
            self.state.status = 0;
            return Next::Continue;
        }
        let mut named = Vec::new();
        for argument in arguments {
            match self.job(argument) {
                Some(pid) => named.push(pid),
                None if argument.starts_with('%') => {
                    return self.complain(kernel, &format!("wait: {argument}: no such job"), 127);
                }
                None => {}
            }
        }
        let Some(pid) = named.first() else { return self.done(127) };
        if !kernel.has_child(*pid) {
            return self.done(127);
        }
        self.frames.push(Frame::WaitFor(named));
        Next::Continue
    }

    /// `fg`: waits for a job as for any other command.
    pub(super) fn foreground(&mut self, kernel: &mut Kernel<'_>, arguments: &[String]) -> Next {
        let name = arguments.first().map_or("%%", String::as_str);
        let job = self.find_job(name).filter(|job| kernel.has_child(job.pid)).cloned();
        let Some(job) = job else {
            let which = if arguments.is_empty() { "current" } else { name };
            return self.complain(kernel, &format!("fg: {which}: no such job"), 1);
        };
        kernel.write(1, format!("{}\n", job.text).as_bytes());
        kernel.set_background(job.pid, false);
        self.frames.push(Frame::WaitFor(vec![job.pid]));
        Next::Continue
    }

    /// `disown`: forgets jobs, which go on.
    pub(super) fn disown(&mut self, arguments: &[String]) -> Next {
        if arguments.is_empty() {
            self.state.jobs.pop();
        }
        for argument in arguments {
            let pid = self.job(argument);
            self.state.jobs.retain(|job| Some(job.pid) != pid && argument != "-a");
        }
        self.done(0)
    }

    pub(super) fn wait_for(&mut self, kernel: &mut Kernel<'_>, mut pids: Vec<Pid>) -> Next {
        while let Some(pid) = pids.first().copied() {
            if let Some((_, ended)) = kernel.reap(pid) {
                self.state.status = ended.code;
                self.state.jobs.retain(|job| job.pid != pid);
            } else if kernel.has_child(pid) {
                self.frames.push(Frame::WaitFor(pids));
                return Next::Wait(Wait::child(pid));
            }
            pids.remove(0);
        }
        Next::Continue
    }

    /// The job that `%1`, `%%`, `%+`, `%-` or the start of its text names.
    fn find_job(&self, name: &str) -> Option<&Job> {
        let jobs = &self.state.jobs;
        match name.strip_prefix('%')? {
            "" | "%" | "+" => jobs.last(),
            "-" => jobs.iter().rev().nth(1),
            rest => match rest.parse::<usize>() {
                Ok(number) => jobs.iter().find(|job| job.number == number),
                Err(_) => jobs.iter().find(|job| job.text.starts_with(rest)),
            },
        }
    }

    /// The process that `%1` or a number names.
    fn job(&self, text: &str) -> Option<Pid> {
        if text.starts_with('%') {
            return self.find_job(text).map(|job| job.pid);
        }
        text.parse().ok()
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
            let of_job = argument.starts_with('%');
            let pid = self.job(argument);
            let job = self.state.jobs.iter_mut().find(|job| Some(job.pid) == pid);
            if let Some(job) = job.filter(|_| signal == Signal::TERM || signal == Signal::KILL) {
                job.signal = Some(signal);
            }
            let sent = self.job(argument).map(|pid| {
                if of_job { kernel.kill_family(pid, signal) } else { kernel.kill(pid, signal) }
            });
            if of_job && sent.is_none() {
                let message = format!("kill: {argument}: no such job");
                kernel.write(2, self.state.complaint(&message).as_bytes());
                status = 1;
            } else if sent != Some(true) {
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

    pub(super) fn jobs(&mut self, kernel: &mut Kernel<'_>, arguments: &[String]) -> Next {
        let mut lines = String::new();
        let last = self.state.jobs.len();
        let mut over = Vec::new();
        for (at, job) in self.state.jobs.iter().enumerate() {
            let ended = match kernel.processes.get(job.pid) {
                Some(process) => process.ended.map(|ended| ended.code),
                // Its end was seen by a shell that is gone.
                None => Some(job.signal.map_or(0, |signal| 128_u8.saturating_add(signal.0))),
            };
            let state = match ended {
                None => "Running".to_owned(),
                Some(0) => "Done".to_owned(),
                Some(143) => "Terminated".to_owned(),
                Some(137) => "Killed".to_owned(),
                Some(code) => format!("Exit {code}"),
            };
            if ended.is_some() {
                over.push(job.pid);
            }
            let mark = match last - at {
                1 => '+',
                2 => '-',
                _ => ' ',
            };
            let (number, pid, text) = (job.number, job.pid, &job.text);
            let tail = if ended.is_none() { " &" } else { "" };
            match arguments.first().map(String::as_str) {
                Some("-p") => {
                    let _ = writeln!(lines, "{pid}");
                }
                Some("-l") => {
                    let _ = writeln!(lines, "[{number}]{mark} {pid} {state:<23} {text}{tail}");
                }
                _ => {
                    let _ = writeln!(lines, "[{number}]{mark}  {state:<23} {text}{tail}");
                }
            }
        }
        // What is over is told once.
        for pid in over {
            kernel.reap(pid);
            self.state.jobs.retain(|job| job.pid != pid);
        }
        kernel.write(1, lines.as_bytes());
        self.done(0)
    }
}
