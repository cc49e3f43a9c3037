//! Programs that run other programs: `env`, `timeout`, `nohup`, `xargs`,
//! `watch`, `busybox`; and those that only wait or repeat: `sleep`, `yes`.

use std::sync::Arc;

use super::adapter::Call;
use super::{Starter, clock, wait};
use crate::process::{CommandError, Family, Kernel, Pid, Program, Read, Signal, Step, Wait};
use crate::sim::{Delay, Time};

pub(super) fn find(name: &str) -> Option<Starter> {
    Some(match name {
        "sleep" => wait::sleep,
        "yes" => |_, _| Box::new(Yes),
        "env" | "nohup" | "setsid" | "nice" | "exec" | "chroot" | "tini" | "dumb-init" | "gosu"
        | "su-exec" | "busybox" | "time" => |_, family| Box::new(Prefix(family)),
        "timeout" => |_, family| Box::new(Timeout { family, running: None }),
        "xargs" => |_, family| {
            Box::new(Xargs { family, input: Vec::new(), batches: None, child: None, code: 0 })
        },
        "watch" => |_, family| Box::new(Watch { family, child: None, next: None }),
        _ => return None,
    })
}

/// The message and the exit code when a command cannot be run.
fn cannot_run(call: &mut Call<'_, '_>, name: &str, error: CommandError) -> u8 {
    let (reason, code) = match error {
        CommandError::NotFound => ("No such file or directory", 127),
        CommandError::PermissionDenied => ("Permission denied", 126),
    };
    let message = match (call.is_busybox(), call.name.as_str()) {
        (true, _) => format!("can't execute '{name}': {reason}"),
        (false, "timeout" | "nohup") => format!("failed to run command '{name}': {reason}"),
        (false, "env") => format!("'{name}': {reason}"),
        (false, _) => format!("{name}: {reason}"),
    };
    call.error(&message);
    code
}

#[derive(Debug, Clone)]
struct Yes;

impl Program for Yes {
    fn resume(&mut self, kernel: &mut Kernel<'_>) -> Step {
        let words = kernel.argv();
        let text = words
            .get(1..)
            .filter(|words| !words.is_empty())
            .map_or("y".into(), |words| words.join(" "));
        let line = format!("{text}\n");
        kernel.write(1, line.repeat((4096 / line.len()).max(1)).as_bytes());
        if kernel.is_full(1) {
            Step::Wait(Wait { output: Some(1), ..Wait::default() })
        } else {
            Step::Busy
        }
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }

    fn cpu_millis(&self) -> u64 {
        1000
    }
}

/// Becomes the command after its own options.
#[derive(Debug, Clone)]
struct Prefix(Family);

impl Program for Prefix {
    fn resume(&mut self, kernel: &mut Kernel<'_>) -> Step {
        let mut call = Call::new(kernel, self.0);
        let mut env = call.kernel.env().to_vec();
        let mut rest = call.arguments.clone().into_iter().peekable();
        let is_env = call.name == "env";
        while let Some(option) = rest.next_if(|argument| argument.starts_with('-')) {
            match option.as_str() {
                "-i" | "-" if is_env => env.clear(),
                "-u" if is_env => {
                    let name = rest.next().unwrap_or_default();
                    env.retain(|(own, _)| **own != *name);
                }
                "-n" | "-p" => drop(rest.next()),
                "--" => break,
                _ => {}
            }
        }
        while let Some(assignment) = rest.next_if(|argument| is_env && argument.contains('=')) {
            if let Some((name, value)) = assignment.split_once('=') {
                env.retain(|(own, _)| **own != *name);
                env.push((name.into(), value.into()));
            }
        }
        // `gosu user command`, `chroot directory command`.
        if matches!(call.name.as_str(), "gosu" | "su-exec" | "chroot") {
            rest.next();
        }
        let command: Vec<String> = rest.collect();
        let Some(name) = command.first().cloned() else {
            if is_env {
                let lines: Vec<String> =
                    env.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
                call.out(&lines.concat());
            }
            return Step::Exit(0);
        };
        if call.name == "nohup" {
            call.kernel.ignore(Signal::HUP, true);
        }
        call.kernel.set_env(Arc::new(env));
        let path = call.kernel.var("PATH").unwrap_or_default().to_string();
        let loaded =
            call.kernel.find(&name, &path).and_then(|file| call.kernel.load(&file, &command));
        match loaded {
            Ok((program, argv)) => Step::Exec(program, argv),
            Err(error) => Step::Exit(cannot_run(&mut call, &name, error)),
        }
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

/// An image's `docker-entrypoint.sh`: becomes its arguments, or the image's
/// own program when they are only options.
#[derive(Debug, Clone)]
struct Entrypoint(String);

pub(super) fn entrypoint(program: &str) -> Box<dyn Program> {
    Box::new(Entrypoint(program.into()))
}

impl Program for Entrypoint {
    fn resume(&mut self, kernel: &mut Kernel<'_>) -> Step {
        let mut command: Vec<String> = kernel.argv().into_iter().skip(1).collect();
        if command.first().is_none_or(|first| first.starts_with('-')) {
            command.insert(0, self.0.clone());
        }
        let name = command.first().cloned().unwrap_or_default();
        let path = kernel.var("PATH").unwrap_or_default().to_string();
        if let Ok((program, argv)) =
            kernel.find(&name, &path).and_then(|file| kernel.load(&file, &command))
        {
            Step::Exec(program, argv)
        } else {
            let script = kernel.argv().first().cloned().unwrap_or_default();
            kernel.write(2, format!("{script}: exec: {name}: not found\n").as_bytes());
            Step::Exit(127)
        }
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

#[derive(Debug, Clone)]
struct Timeout {
    family: Family,
    running: Option<(Pid, Time, Signal, bool)>,
}

impl Program for Timeout {
    fn resume(&mut self, kernel: &mut Kernel<'_>) -> Step {
        if self.running.is_none() {
            let mut call = Call::new(kernel, self.family);
            let mut signal = Signal::TERM;
            let mut rest = call.arguments.clone().into_iter().peekable();
            while let Some(option) = rest.next_if(|argument| argument.starts_with('-')) {
                match option.as_str() {
                    "-s" => {
                        signal =
                            rest.next().and_then(|name| Signal::parse(&name)).unwrap_or(signal);
                    }
                    "-k" | "-t" => drop(rest.next_if(|_| option == "-k")),
                    _ => {}
                }
            }
            let limit = rest.next().and_then(|text| wait::duration(&text));
            let command: Vec<String> = rest.collect();
            let (Some(limit), Some(name)) = (limit, command.first().cloned()) else {
                return Step::Exit(call.missing_operand().max(125));
            };
            match call.kernel.run(command) {
                Ok(pid) => self.running = Some((pid, call.kernel.now + limit, signal, false)),
                Err(error) => return Step::Exit(cannot_run(&mut call, &name, error)),
            }
        }
        let Some((pid, until, signal, fired)) = &mut self.running else { return Step::Exit(125) };
        if let Some((_, ended)) = kernel.reap(*pid) {
            let killed = 128 + signal.0;
            // busybox tells the signal; GNU says 124.
            let code = if self.family == Family::Busybox { killed } else { 124 };
            return Step::Exit(if *fired { code } else { ended.code });
        }
        if *until <= kernel.now && !*fired {
            *fired = true;
            kernel.kill(*pid, *signal);
            return Step::Busy;
        }
        let child = Wait::child(*pid);
        Step::Wait(if *fired { child } else { Wait { until: Some(*until), ..child } })
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

#[derive(Debug, Clone)]
struct Xargs {
    family: Family,
    input: Vec<u8>,
    batches: Option<Vec<Vec<String>>>,
    child: Option<Pid>,
    code: u8,
}

impl Xargs {
    fn batches(call: &mut Call<'_, '_>, input: &str) -> Vec<Vec<String>> {
        let is_option = |argument: &&String| argument.starts_with('-');
        let mut rest = call.arguments.iter().peekable();
        let (mut size, mut place, mut zeros, mut skips_empty) =
            (usize::MAX, None, false, call.family == Family::Busybox);
        while let Some(option) = rest.next_if(is_option) {
            let mut value = |letter: &str| {
                option
                    .strip_prefix(letter)
                    .filter(|inline| !inline.is_empty())
                    .map(String::from)
                    .or_else(|| rest.next().cloned())
            };
            match option.as_str() {
                "-0" => zeros = true,
                "-r" => skips_empty = true,
                "-t" => {}
                option if option.starts_with("-n") => {
                    size = value("-n").and_then(|text| text.parse().ok()).unwrap_or(1);
                }
                option if option.starts_with("-I") => place = value("-I"),
                option if option.starts_with("-P") => drop(value("-P")),
                _ => {}
            }
        }
        let mut command: Vec<String> = rest.cloned().collect();
        if command.is_empty() {
            command.push("echo".into());
        }
        let items: Vec<String> = match (&place, zeros) {
            (_, true) => {
                input.split('\0').filter(|item| !item.is_empty()).map(String::from).collect()
            }
            (Some(_), _) => input
                .lines()
                .filter(|line| !line.trim().is_empty())
                .map(|line| line.trim_start().into())
                .collect(),
            _ => words(input),
        };
        if let Some(place) = place {
            return items
                .iter()
                .map(|item| command.iter().map(|word| word.replace(&place, item)).collect())
                .collect();
        }
        if items.is_empty() {
            return if skips_empty { Vec::new() } else { vec![command] };
        }
        items
            .chunks(size.max(1))
            .map(|chunk| command.iter().chain(chunk).cloned().collect())
            .collect()
    }
}

/// Words parted by blanks, quotes protecting them.
fn words(input: &str) -> Vec<String> {
    let (mut found, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for letter in input.chars() {
        match (quote, letter) {
            (Some(open), letter) if letter == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, letter) if letter.is_whitespace() => found.extend(word.take()),
            (_, letter) => word.get_or_insert_default().push(letter),
        }
    }
    found.extend(word);
    found
}

impl Program for Xargs {
    fn resume(&mut self, kernel: &mut Kernel<'_>) -> Step {
        if self.batches.is_none() {
            match kernel.read(0) {
                Read::Data(data) => {
                    self.input.extend(data);
                    return Step::Busy;
                }
                Read::Pending => return Step::Wait(Wait::input(0)),
                Read::End => {}
            }
            let text = String::from_utf8_lossy(&self.input).into_owned();
            let mut batches = Self::batches(&mut Call::new(kernel, self.family), &text);
            batches.reverse();
            self.batches = Some(batches);
        }
        if let Some(pid) = self.child {
            let Some((_, ended)) = kernel.reap(pid) else { return Step::Wait(Wait::child(pid)) };
            self.child = None;
            if ended.code != 0 {
                self.code = 123;
            }
        }
        let Some(batch) = self.batches.as_mut().and_then(Vec::pop) else {
            return Step::Exit(self.code);
        };
        let name = batch.first().cloned().unwrap_or_default();
        match kernel.run(batch) {
            Ok(pid) => {
                self.child = Some(pid);
                Step::Wait(Wait::child(pid))
            }
            Err(error) => Step::Exit(cannot_run(&mut Call::new(kernel, self.family), &name, error)),
        }
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

/// Runs a command again and again.
#[derive(Debug, Clone)]
struct Watch {
    family: Family,
    child: Option<Pid>,
    next: Option<Time>,
}

impl Program for Watch {
    fn resume(&mut self, kernel: &mut Kernel<'_>) -> Step {
        let mut call = Call::new(kernel, self.family);
        let (mut period, mut title) = (Delay::secs(2), true);
        let mut rest = call.arguments.clone().into_iter().peekable();
        while let Some(option) = rest.next_if(|argument| argument.starts_with('-')) {
            match option.as_str() {
                "-n" => {
                    period = rest.next().and_then(|text| wait::duration(&text)).unwrap_or(period);
                }
                "-t" => title = false,
                _ => {
                    let inline = option.strip_prefix("-n").and_then(wait::duration);
                    period = inline.unwrap_or(period);
                }
            }
        }
        let command: Vec<String> = rest.collect();
        if command.is_empty() {
            return Step::Exit(call.missing_operand());
        }
        if let Some(pid) = self.child {
            if call.kernel.reap(pid).is_none() {
                return Step::Wait(Wait::child(pid));
            }
            self.child = None;
            self.next = Some(call.kernel.now + period);
        }
        if let Some(next) = self.next.filter(|next| *next > call.kernel.now) {
            return Step::Wait(Wait::until(next));
        }
        let line = command.join(" ");
        // Home and clear, as the real one draws on the terminal.
        call.out("\u{1b}[H\u{1b}[J");
        if title {
            let secs = period.as_micros() / 100_000;
            let date = clock::format("%a %b %e %H:%M:%S %Y", call.kernel.now);
            let host = call.kernel.processes.hostname().to_string();
            call.out(&format!("Every {}.{}s: {line}    {host}: {date}\n\n", secs / 10, secs % 10));
        }
        match call.kernel.run(vec!["sh".into(), "-c".into(), line]) {
            Ok(pid) => {
                self.child = Some(pid);
                Step::Wait(Wait::child(pid))
            }
            Err(error) => Step::Exit(cannot_run(&mut call, "sh", error)),
        }
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}
