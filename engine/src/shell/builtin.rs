//! The commands that a shell carries out itself.

use std::sync::Arc;

use super::condition;
use super::frame::Frame;
use super::machine::{Next, Shell};
use super::printf::{echo, printf};
use super::state::Dialect;
use crate::process::{FileError, Kernel};

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
            ":" | "true" | "times" | "ulimit" | "hash" | "shopt" | "history" | "bg" => self.done(0),
            "disown" => self.disown(&arguments),
            "fg" => self.foreground(kernel, &arguments),
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
            "jobs" => self.jobs(kernel, &arguments),
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
}
