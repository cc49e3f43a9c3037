//! The commands that a shell carries out itself.

use std::sync::Arc;

use super::condition;
use super::frame::{Frame, Reading};
use super::machine::{Next, Shell};
use super::printf::{echo, printf};
use super::state::Dialect;
use crate::process::{FileError, Kernel, Pid, Read, Signal, Wait};
use crate::sim::Delay;
use crate::value::Str;

const BUILTINS: &[&str] = &[
    ".", ":", "[", "alias", "bg", "break", "cd", "command", "continue", "echo", "eval", "exec",
    "exit", "export", "false", "fg", "getopts", "hash", "history", "jobs", "kill", "let", "local",
    "printf", "pwd", "read", "readonly", "return", "set", "shift", "test", "times", "trap", "true",
    "type", "ulimit", "umask", "unalias", "unset", "wait",
];
const BASH_BUILTINS: &[&str] =
    &["declare", "source", "shopt", "typeset", "logout", "disown", "mapfile"];

/// Whether the shell of `dialect` carries `name` out itself.
pub(super) fn is_builtin(name: &str, dialect: Dialect) -> bool {
    let more = name == "source" && dialect == Dialect::Busybox;
    BUILTINS.binary_search(&name).is_ok()
        || more
        || (dialect == Dialect::Bash && BASH_BUILTINS.contains(&name))
}

/// Whether the builtin declares variables, so that its assignments stay.
pub(super) fn declares(name: &str) -> bool {
    matches!(name, "export" | "local" | "declare" | "readonly" | "typeset")
}

impl Shell {
    pub(super) fn builtin(
        &mut self,
        kernel: &mut Kernel<'_>,
        name: &str,
        arguments: Vec<String>,
    ) -> Next {
        match name {
            ":" | "true" | "times" | "ulimit" | "hash" | "shopt" | "disown" | "history" | "bg"
            | "fg" => self.done(0),
            "false" => self.done(1),
            "echo" => {
                kernel.write(1, echo(&arguments, self.state.dialect).as_bytes());
                self.done(0)
            }
            "printf" => self.printf(kernel, &arguments),
            "[" | "test" => self.test(kernel, name, arguments),
            "cd" => self.change_directory(kernel, &arguments),
            "pwd" => {
                let cwd = format!("{}\n", kernel.cwd());
                kernel.write(1, cwd.as_bytes());
                self.done(0)
            }
            "exit" | "logout" => Next::Exit(self.number(&arguments)),
            "return" => self.leave_function(kernel, self.number(&arguments)),
            "break" | "continue" => self.leave_loop(kernel, name == "continue", &arguments),
            "eval" => {
                self.state.status = 0;
                self.run_text(kernel, &arguments.join(" "));
                Next::Continue
            }
            "." | "source" => self.source(kernel, arguments),
            "shift" => self.shift(kernel, &arguments),
            "set" => self.set_options(kernel, arguments),
            "unset" => self.unset(&arguments),
            "trap" => self.trap(kernel, &arguments),
            "wait" => self.wait(kernel, &arguments),
            "kill" => self.kill(kernel, &arguments),
            "jobs" => self.jobs(kernel),
            "read" | "mapfile" => self.start_read(kernel, &arguments),
            "command" | "type" => self.command(kernel, name, arguments),
            "alias" | "unalias" => self.alias(kernel, name, &arguments),
            "let" => self.let_values(kernel, &arguments),
            "getopts" => self.getopts(kernel, &arguments),
            "umask" => {
                if arguments.is_empty() {
                    kernel.write(1, b"0022\n");
                }
                self.done(0)
            }
            _ => self.declare(kernel, name, &arguments),
        }
    }

    /// The exit code that `exit` and `return` name, or the last one.
    fn number(&self, arguments: &[String]) -> u8 {
        let code = arguments.first().map(|text| text.parse::<i64>().map_or(2, |code| code & 255));
        code.and_then(|code| u8::try_from(code).ok()).unwrap_or(self.state.status)
    }

    fn printf(&mut self, kernel: &mut Kernel<'_>, arguments: &[String]) -> Next {
        let arguments = arguments.strip_prefix(&["--".to_string()]).unwrap_or(arguments);
        let Some((format, rest)) = arguments.split_first() else {
            kernel.write(2, b"printf: usage: printf format [arguments]\n");
            return self.done(2);
        };
        let (text, complaints) = printf(format, rest);
        kernel.write(1, text.as_bytes());
        for complaint in &complaints {
            let message = match self.state.dialect {
                Dialect::Bash => format!("printf: {complaint}: invalid number"),
                Dialect::Dash => format!("printf: {complaint}: expected numeric value"),
                Dialect::Busybox => format!("printf: invalid number '{complaint}'"),
            };
            kernel.write(2, self.state.complaint(&message).as_bytes());
        }
        self.done(u8::from(!complaints.is_empty()))
    }

    fn test(&mut self, kernel: &mut Kernel<'_>, name: &str, mut arguments: Vec<String>) -> Next {
        if name == "[" && arguments.pop().as_deref() != Some("]") {
            return self.complain(kernel, "[: missing ]", 2);
        }
        match condition::test(&arguments, kernel) {
            Ok(value) => self.done(u8::from(!value)),
            Err(message) if self.state.dialect == Dialect::Dash => {
                let message = message.replace("integer expression expected", "");
                let message = match message.strip_suffix(": ") {
                    Some(number) => format!("{name}: Illegal number: {number}"),
                    None => format!("{name}: {message}"),
                };
                self.complain(kernel, &message, 2)
            }
            Err(message) if self.state.dialect == Dialect::Busybox => {
                let message = match message.strip_suffix(": integer expression expected") {
                    Some(number) => format!("{number}: bad number"),
                    None => message,
                };
                self.complain(kernel, &message, 2)
            }
            Err(message) => self.complain(kernel, &format!("{name}: {message}"), 2),
        }
    }

    fn change_directory(&mut self, kernel: &mut Kernel<'_>, arguments: &[String]) -> Next {
        let target = match arguments
            .iter()
            .find(|argument| !matches!(argument.as_str(), "-P" | "-L" | "--"))
        {
            None => self.state.get("HOME").unwrap_or("/root").to_string(),
            Some(dash) if dash == "-" => self.state.get("OLDPWD").unwrap_or_default().to_string(),
            Some(path) => path.clone(),
        };
        let path = kernel.absolute(&target);
        let found = match kernel
            .files
            .resolve(&path, true)
            .and_then(|path| Ok((kernel.files.entry(&path)?, path)))
        {
            Ok((entry, path)) if entry.is_directory() => Ok(path),
            Ok(_) => Err(FileError::NotADirectory),
            Err(error) => Err(error),
        };
        match found {
            Ok(path) => {
                let old = kernel.cwd().to_string();
                self.state.put("OLDPWD", &old);
                self.state.put("PWD", &path);
                kernel.set_cwd(&path);
                if arguments.first().is_some_and(|first| first == "-") {
                    kernel.write(1, format!("{path}\n").as_bytes());
                }
                self.done(0)
            }
            Err(error) => {
                let message = match self.state.dialect {
                    Dialect::Bash => format!("cd: {target}: {error}"),
                    Dialect::Dash => format!("cd: can't cd to {target}"),
                    Dialect::Busybox => format!("cd: can't cd to {target}: {error}"),
                };
                let status = if self.state.dialect == Dialect::Dash { 2 } else { 1 };
                self.complain(kernel, &message, status)
            }
        }
    }

    fn leave_function(&mut self, kernel: &mut Kernel<'_>, code: u8) -> Next {
        let is_boundary = |frame: &Frame| matches!(frame, Frame::Call(..) | Frame::Sourced);
        if !self.frames.iter().any(is_boundary) {
            return Next::Exit(code);
        }
        while let Some(frame) = self.frames.pop() {
            let found = is_boundary(&frame);
            self.clean(kernel, frame);
            if found {
                break;
            }
        }
        self.done(code)
    }

    fn leave_loop(
        &mut self,
        kernel: &mut Kernel<'_>,
        continues: bool,
        arguments: &[String],
    ) -> Next {
        let mut levels: u32 = arguments.first().and_then(|text| text.parse().ok()).unwrap_or(1);
        self.state.status = 0;
        if !self.frames.iter().any(Frame::is_loop) {
            return Next::Continue;
        }
        while let Some(frame) = self.frames.pop() {
            if !frame.is_loop() {
                self.clean(kernel, frame);
                continue;
            }
            levels = levels.saturating_sub(1);
            let is_outermost = !self.frames.iter().any(Frame::is_loop);
            if levels == 0 || is_outermost {
                if continues {
                    self.frames.push(frame);
                }
                break;
            }
        }
        Next::Continue
    }

    fn source(&mut self, kernel: &mut Kernel<'_>, mut arguments: Vec<String>) -> Next {
        if arguments.is_empty() {
            return self.complain(kernel, ".: filename argument required", 2);
        }
        let path = arguments.remove(0);
        match kernel.files.read(&kernel.absolute(&path)) {
            Ok(data) => {
                if arguments.is_empty() {
                    self.frames.push(Frame::Sourced);
                } else {
                    let params = std::mem::replace(&mut self.state.params, Arc::new(arguments));
                    self.frames.push(Frame::Call(params, Vec::new()));
                }
                self.state.status = 0;
                self.run_text(kernel, &String::from_utf8_lossy(&data));
                Next::Continue
            }
            Err(error) => match self.state.dialect {
                Dialect::Bash => self.complain(kernel, &format!("{path}: {error}"), 1),
                Dialect::Dash => self.fail(kernel, &format!(".: cannot open {path}: No such file")),
                Dialect::Busybox => self.fail(kernel, &format!(".: can't open '{path}': {error}")),
            },
        }
    }

    fn shift(&mut self, kernel: &mut Kernel<'_>, arguments: &[String]) -> Next {
        let count: usize = arguments.first().and_then(|text| text.parse().ok()).unwrap_or(1);
        if count > self.state.params.len() {
            return match self.state.dialect {
                Dialect::Bash => self.done(1),
                _ => self.fail(kernel, "shift: can't shift that many"),
            };
        }
        Arc::make_mut(&mut self.state.params).drain(..count);
        self.done(0)
    }

    fn set_options(&mut self, kernel: &mut Kernel<'_>, arguments: Vec<String>) -> Next {
        if arguments.is_empty() {
            let lines: String = self
                .state
                .variables
                .iter()
                .filter_map(|(name, variable)| {
                    Some(format!("{name}='{}'\n", variable.values.first()?))
                })
                .collect();
            kernel.write(1, lines.as_bytes());
            return self.done(0);
        }
        let mut rest = arguments.into_iter();
        while let Some(argument) = rest.next() {
            let letters = argument.strip_prefix(['-', '+']).filter(|letters| !letters.is_empty());
            let Some(letters) = letters.filter(|_| argument != "--") else {
                let first = (argument != "--").then_some(argument);
                self.state.params = Arc::new(first.into_iter().chain(rest).collect());
                break;
            };
            let on = argument.starts_with('-');
            for letter in letters.chars() {
                if letter == 'o' {
                    let name = rest.next().unwrap_or_default();
                    if name == "pipefail" && self.state.dialect == Dialect::Dash {
                        return self.fail(kernel, "set: Illegal option -o pipefail");
                    }
                    self.option(&name, on);
                } else {
                    self.state.options.set(letter, on);
                }
            }
        }
        self.done(0)
    }

    fn unset(&mut self, arguments: &[String]) -> Next {
        let functions = arguments.first().is_some_and(|first| first == "-f");
        for name in arguments.iter().filter(|name| !name.starts_with('-')) {
            if functions || !self.state.variables.contains_key(name.as_str()) {
                self.state.functions.remove(name.as_str());
            }
            if !functions {
                self.state.unset(name);
            }
        }
        self.done(0)
    }

    fn trap(&mut self, kernel: &mut Kernel<'_>, arguments: &[String]) -> Next {
        let arguments = arguments.strip_prefix(&["--".to_string()]).unwrap_or(arguments);
        let Some((action, signals)) = arguments.split_first() else {
            let lines: String = self
                .state
                .traps
                .iter()
                .map(|(signal, text)| format!("trap -- '{text}' {}\n", signal.name()))
                .collect();
            kernel.write(1, lines.as_bytes());
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

    fn wait(&mut self, kernel: &mut Kernel<'_>, arguments: &[String]) -> Next {
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

    fn kill(&mut self, kernel: &mut Kernel<'_>, arguments: &[String]) -> Next {
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

    fn jobs(&mut self, kernel: &mut Kernel<'_>) -> Next {
        let mut lines = String::new();
        for (at, pid) in self.state.jobs.iter().enumerate() {
            let alive = kernel.processes.get(*pid).is_some_and(|process| process.ended.is_none());
            let state = if alive { "Running" } else { "Done" };
            lines.push_str(&format!("[{}]+  {state:<23} {pid}\n", at + 1));
        }
        kernel.write(1, lines.as_bytes());
        self.done(0)
    }

    fn start_read(&mut self, kernel: &mut Kernel<'_>, arguments: &[String]) -> Next {
        let mut reading =
            Reading { names: Vec::new(), raw: false, array: false, until: None, line: Vec::new() };
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            match argument.as_str() {
                "-p" => {
                    let prompt = rest.next().cloned().unwrap_or_default();
                    kernel.write(2, prompt.as_bytes());
                }
                "-t" => {
                    let secs = rest.next().and_then(|text| text.parse().ok()).unwrap_or_default();
                    reading.until = Some(kernel.now + Delay::secs(secs));
                }
                "-d" | "-n" | "-u" | "-N" => drop(rest.next()),
                option if option.starts_with('-') => {
                    reading.raw |= option.contains('r');
                    reading.array |= option.contains('a');
                }
                name => reading.names.push(name.into()),
            }
        }
        self.read(kernel, reading)
    }

    pub(super) fn read(&mut self, kernel: &mut Kernel<'_>, mut reading: Reading) -> Next {
        let ended = match super::input::read_line(kernel, &mut reading.line) {
            Read::Pending if reading.until.is_some_and(|until| until <= kernel.now) => {
                return self.done(142);
            }
            Read::Pending => {
                let wait = Wait { until: reading.until, ..Wait::input(0) };
                self.frames.push(Frame::Read(reading));
                return Next::Wait(wait);
            }
            Read::Data(_) => false,
            Read::End => true,
        };
        let mut text = String::from_utf8_lossy(&reading.line).trim_end_matches('\n').to_string();
        if !reading.raw {
            text = unescape(&text);
        }
        let separators = self.state.get("IFS").unwrap_or(" \t\n").to_string();
        if let Err(message) = self.set_read(&reading, &text, &separators) {
            return self.complain(kernel, &message, 1);
        }
        self.done(u8::from(ended))
    }

    fn set_read(&mut self, reading: &Reading, text: &str, separators: &str) -> Result<(), String> {
        let is_separator = |letter: char| separators.contains(letter);
        let is_blank = |letter: char| letter.is_ascii_whitespace() && separators.contains(letter);
        if reading.names.is_empty() {
            return self.state.set("REPLY", vec![text.into()]);
        }
        let mut rest = text.trim_matches(is_blank);
        if let (true, Some(name)) = (reading.array, reading.names.first()) {
            let values = rest
                .split(is_separator)
                .filter(|part| !part.is_empty())
                .map(String::from)
                .collect();
            return self.state.set(name, values);
        }
        let (last, others) = reading
            .names
            .split_last()
            .map_or((None, [].as_slice()), |(last, others)| (Some(last), others));
        for name in others {
            let end = rest.find(is_separator).unwrap_or(rest.len());
            let (value, after) = rest.split_at(end);
            self.state.set(name, vec![value.into()])?;
            let mut after = after.trim_start_matches(is_blank);
            if let Some(letter) = after.chars().next().filter(|letter| is_separator(*letter)) {
                after =
                    after.get(letter.len_utf8()..).unwrap_or_default().trim_start_matches(is_blank);
            }
            rest = after;
        }
        last.map_or(Ok(()), |name| self.state.set(name, vec![rest.into()]))
    }

    /// `command [-v|-V] name …`, `type name …`.
    fn command(&mut self, kernel: &mut Kernel<'_>, name: &str, mut arguments: Vec<String>) -> Next {
        let option =
            arguments.first().filter(|first| first.starts_with('-') && first.len() == 2).cloned();
        if option.is_some() {
            arguments.remove(0);
        }
        if name == "command" && matches!(option.as_deref(), None | Some("-p")) {
            if arguments.is_empty() {
                return self.done(0);
            }
            let name = arguments.remove(0);
            if is_builtin(&name, self.state.dialect) {
                return self.builtin(kernel, &name, arguments);
            }
            arguments.insert(0, name);
            let quoted: Vec<String> =
                arguments.iter().map(|word| format!("'{}'", word.replace('\'', "'\\''"))).collect();
            self.run_text(kernel, &quoted.join(" "));
            return Next::Continue;
        }
        let (verbose, kind_only) =
            (name == "type" || option.as_deref() == Some("-V"), option.as_deref() == Some("-t"));
        let mut status = 0;
        for word in &arguments {
            let path = self.state.get("PATH").unwrap_or_default().to_string();
            let (kind, place) = if self.state.aliases.contains_key(word.as_str()) {
                ("alias", word.clone())
            } else if self.state.functions.contains_key(word.as_str()) {
                ("function", word.clone())
            } else if is_builtin(word, self.state.dialect) {
                ("builtin", word.clone())
            } else if let Ok(file) = kernel.find(word, &path) {
                ("file", file)
            } else {
                status =
                    if name == "type" || self.state.dialect == Dialect::Bash { 1 } else { 127 };
                if verbose {
                    let text = format!("{word}: not found\n");
                    kernel.write(2, text.as_bytes());
                }
                continue;
            };
            let text = match (kind_only, verbose, kind) {
                (true, ..) => format!("{kind}\n"),
                (_, false, _) => format!("{place}\n"),
                (_, _, "file") => format!("{word} is {place}\n"),
                (_, _, "function") => format!("{word} is a function\n"),
                (_, _, "alias") => format!("{word} is an alias\n"),
                _ => format!("{word} is a shell builtin\n"),
            };
            kernel.write(1, text.as_bytes());
        }
        self.done(status)
    }

    fn alias(&mut self, kernel: &mut Kernel<'_>, name: &str, arguments: &[String]) -> Next {
        if name == "unalias" {
            for argument in arguments {
                if argument == "-a" {
                    self.state.aliases.clear();
                }
                self.state.aliases.remove(argument.as_str());
            }
            return self.done(0);
        }
        let show = |name: &Str, text: &Str| format!("alias {name}='{text}'\n");
        let mut lines = String::new();
        let mut status = 0;
        if arguments.is_empty() {
            lines = self.state.aliases.iter().map(|(name, text)| show(name, text)).collect();
        }
        for argument in arguments {
            if let Some((name, text)) = argument.split_once('=') {
                self.state.aliases.insert(name.into(), text.into());
            } else if let Some((name, text)) = self.state.aliases.get_key_value(argument.as_str()) {
                lines.push_str(&show(name, text));
            } else {
                let message = format!("alias: {argument}: not found");
                kernel.write(2, self.state.complaint(&message).as_bytes());
                status = 1;
            }
        }
        kernel.write(1, lines.as_bytes());
        self.done(status)
    }

    fn let_values(&mut self, kernel: &mut Kernel<'_>, arguments: &[String]) -> Next {
        let mut value = 0;
        for argument in arguments {
            let word = Arc::new(vec![super::syntax::Piece::Quoted(argument.clone())]);
            match self.evaluate(kernel, &word) {
                Ok(number) => value = number,
                Err(message) => return self.complain(kernel, &format!("let: {message}"), 1),
            }
        }
        self.done(u8::from(value == 0))
    }

    fn getopts(&mut self, kernel: &mut Kernel<'_>, arguments: &[String]) -> Next {
        let [options, name, rest @ ..] = arguments else { return self.done(2) };
        let params = if rest.is_empty() { self.state.params.to_vec() } else { rest.to_vec() };
        let at: usize = self.state.get("OPTIND").and_then(|text| text.parse().ok()).unwrap_or(1);
        let word = params.get(at.saturating_sub(1)).cloned().unwrap_or_default();
        let letter = word.strip_prefix('-').and_then(|letters| letters.chars().next());
        let Some(letter) = letter.filter(|_| word != "--") else {
            self.state.put(name, "?");
            return self.done(1);
        };
        let mut next = at + 1;
        let place = options.find(letter);
        let takes = place
            .and_then(|place| options.get(place + 1..))
            .is_some_and(|after| after.starts_with(':'));
        if takes {
            let inline = word.get(2..).filter(|text| !text.is_empty()).map(String::from);
            next += usize::from(inline.is_none());
            let value = inline.or_else(|| params.get(at).cloned()).unwrap_or_default();
            self.state.put("OPTARG", &value);
        }
        if place.is_none() {
            let message = format!("illegal option -- {letter}");
            kernel.write(2, self.state.complaint(&message).as_bytes());
        }
        self.state.put("OPTIND", &next.to_string());
        self.state.put(name, &place.map_or('?', |_| letter).to_string());
        self.done(0)
    }

    /// `export`, `readonly`, `local`, `declare`.
    fn declare(&mut self, kernel: &mut Kernel<'_>, command: &str, arguments: &[String]) -> Next {
        let flags: String =
            arguments.iter().filter_map(|argument| argument.strip_prefix('-')).collect();
        let names: Vec<&String> =
            arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
        if names.is_empty() && command == "export" {
            let lines: String = self
                .state
                .environment()
                .iter()
                .map(|(name, value)| format!("export {name}='{value}'\n"))
                .collect();
            kernel.write(1, lines.as_bytes());
        }
        for argument in names {
            let (name, value) = match argument.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (argument.as_str(), None),
            };
            let is_name = !name.is_empty()
                && name.chars().all(super::word::is_name_letter)
                && !name.starts_with(|letter: char| letter.is_ascii_digit());
            if !is_name {
                let message = match self.state.dialect {
                    Dialect::Bash => format!("{command}: `{argument}': not a valid identifier"),
                    _ => format!("{command}: {name}: bad variable name"),
                };
                return self.complain(kernel, &message, 1);
            }
            let is_local =
                matches!(command, "local" | "declare" | "typeset") && !flags.contains('g');
            let call = self.frames.iter_mut().rev().find_map(|frame| match frame {
                Frame::Call(_, saved) => Some(saved),
                _ => None,
            });
            if let Some(saved) = call.filter(|_| is_local) {
                saved.push((name.into(), self.state.variables.get(name).cloned()));
                if value.is_none() {
                    self.state.unset(name);
                }
            }
            if let Some(value) = value
                && let Err(message) = self.state.set(name, vec![value.into()])
            {
                return self.complain(kernel, &message, 1);
            }
            if command == "export" && flags.contains('n') {
                self.state.variables.entry(name.into()).or_default().exported = false;
            } else if command == "export" || flags.contains('x') {
                self.state.export(name);
            }
            if command == "readonly" || flags.contains('r') {
                self.state.variables.entry(name.into()).or_default().read_only = true;
            }
        }
        self.done(0)
    }
}

/// `read` without `-r`: a backslash protects the letter after it.
fn unescape(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        result.extend(if letter == '\\' { letters.next() } else { Some(letter) });
    }
    result
}
