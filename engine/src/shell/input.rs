//! Where a shell's commands come from: `-c`, a file, or its standard input.

use std::sync::Arc;

use super::frame::Frame;
use super::machine::{Next, Shell};
use super::parser::parse;
use super::state::{Dialect, End, State};
use super::syntax::SyntaxError;
use crate::process::{Kernel, Read, Wait};
use crate::value::Str;

/// Where the next commands come from.
#[derive(Debug, Clone)]
pub(super) enum Input {
    /// The command line has not been looked at yet.
    Unstarted,
    /// Nowhere: the shell ends when its frames are done.
    Finished,
    /// Standard input, command by command.
    Stdin(Lines),
}

/// What has been read of a script on standard input.
#[derive(Debug, Clone, Default)]
pub(super) struct Lines {
    /// Lines that do not make a whole command yet.
    text: String,
    /// The line being read.
    line: Vec<u8>,
    prompted: bool,
}

impl Input {
    pub(super) fn is_finished(&self) -> bool {
        matches!(self, Self::Finished)
    }

    /// Forgets an unfinished command.
    pub(super) fn forget(&mut self) {
        if let Self::Stdin(lines) = self {
            *lines = Lines::default();
        }
    }
}

impl Shell {
    /// A shell that its command line will tell what to do, as `sh -c …`.
    pub fn new(dialect: Dialect, argv: &[String]) -> Self {
        let name = argv.first().map_or("sh", String::as_str);
        Self {
            state: State::new(dialect, name),
            frames: Vec::new(),
            input: Input::Unstarted,
            deferred: Vec::new(),
        }
    }

    /// Lets it remain what it is to its end, for those who look then.
    pub fn stay(&mut self) {
        self.state.end = End::Stays;
    }

    /// Lets it remember what another one did: variables, functions, aliases.
    /// What that one exported it gets by its environment.
    pub fn inherit(&mut self, other: &Self) {
        self.state.functions.clone_from(&other.state.functions);
        self.state.aliases.clone_from(&other.state.aliases);
        let own = other.state.variables.iter().filter(|(_, variable)| !variable.exported);
        self.state.variables = own.map(|(name, own)| (name.clone(), own.clone())).collect();
        self.state.jobs.clone_from(&other.state.jobs);
        self.state.background = other.state.background;
        self.state.status = other.state.status;
    }

    /// The environment that it would give a child.
    pub fn environment(&self) -> Arc<Vec<(Str, Str)>> {
        self.state.clone().environment()
    }

    pub(super) fn next_input(&mut self, kernel: &mut Kernel<'_>) -> Next {
        match &self.input {
            Input::Unstarted => self.launch(kernel),
            Input::Finished => Next::Exit(self.state.status),
            Input::Stdin(_) => self.read_command(kernel),
        }
    }

    /// Reads the command line and makes ready.
    fn launch(&mut self, kernel: &mut Kernel<'_>) -> Next {
        let env = kernel.env().to_vec();
        self.state.import(&env);
        self.state.pid = kernel.pid;
        self.state.parent = kernel.parent();
        self.state.started = kernel.now;
        self.state.random = kernel.random().split("shell");
        kernel.random().next_u64();
        let cwd = kernel.cwd().to_string();
        self.state.put("PWD", &cwd);
        if self.state.dialect == Dialect::Bash {
            let hostname = kernel.processes.hostname().to_string();
            self.state.put("HOSTNAME", &hostname);
            self.state.put("BASH_VERSION", "5.2.15(1)-release");
        }
        let arguments = kernel.argv().into_iter().skip(1).collect::<Vec<_>>();
        let mut rest = arguments.iter();
        let (mut command, mut from_stdin) = (false, false);
        let mut operand = None;
        while let Some(argument) = rest.next() {
            let on = argument.starts_with('-');
            if argument == "--" || argument == "-" {
                operand = rest.next();
                break;
            }
            if matches!(argument.as_str(), "--login" | "--norc" | "--noprofile" | "--posix") {
                continue;
            }
            let Some(letters) =
                argument.strip_prefix(['-', '+']).filter(|letters| !letters.is_empty())
            else {
                operand = Some(argument);
                break;
            };
            for letter in letters.chars() {
                match letter {
                    'c' => command = true,
                    's' => from_stdin = true,
                    'i' => self.state.interactive = true,
                    'l' => {}
                    'o' => self.option(rest.next().map_or("", String::as_str), on),
                    letter => self.state.options.set(letter, on),
                }
            }
        }
        let mut others: Vec<String> = rest.cloned().collect();
        if command {
            self.state.is_command = true;
            let Some(text) = operand.cloned() else {
                let message = format!("{}: -c requires an argument\n", self.state.name);
                kernel.write(2, message.as_bytes());
                return Next::Exit(2);
            };
            if !others.is_empty() {
                self.state.name = others.remove(0);
            }
            self.state.params = Arc::new(others);
            self.input = Input::Finished;
            return self.run_script(kernel, &text);
        }
        if let Some(path) = operand.filter(|_| !from_stdin).cloned() {
            self.state.params = Arc::new(others);
            self.input = Input::Finished;
            return self.run_file(kernel, &path);
        }
        self.state.params = Arc::new(operand.cloned().into_iter().chain(others).collect());
        self.state.interactive |= kernel.is_terminal(0) && kernel.is_terminal(2);
        self.input = Input::Stdin(Lines::default());
        Next::Continue
    }

    fn run_script(&mut self, kernel: &mut Kernel<'_>, text: &str) -> Next {
        match parse(text) {
            Ok(list) => {
                self.frames.push(Frame::List(list, 0));
                Next::Continue
            }
            Err(error) => {
                kernel.write(2, syntax_message(&self.state, &error).as_bytes());
                Next::Exit(2)
            }
        }
    }

    fn run_file(&mut self, kernel: &mut Kernel<'_>, path: &str) -> Next {
        let shell = self.state.name.clone();
        match kernel.files.read(&kernel.absolute(path)) {
            Ok(data) => {
                self.state.name = path.into();
                self.run_script(kernel, &String::from_utf8_lossy(&data))
            }
            Err(error) => {
                let message = match self.state.dialect {
                    Dialect::Dash => format!("{shell}: 0: cannot open {path}: No such file\n"),
                    Dialect::Bash => format!("{shell}: {path}: {error}\n"),
                    Dialect::Busybox => format!("{shell}: can't open '{path}': {error}\n"),
                };
                kernel.write(2, message.as_bytes());
                Next::Exit(if self.state.dialect == Dialect::Dash { 2 } else { 127 })
            }
        }
    }

    /// Turns `set -o name` on or off.
    pub(super) fn option(&mut self, name: &str, on: bool) {
        match name {
            "pipefail" => self.state.options.pipefail = on,
            "errexit" => self.state.options.set('e', on),
            "xtrace" => self.state.options.set('x', on),
            "nounset" => self.state.options.set('u', on),
            "noglob" => self.state.options.set('f', on),
            "allexport" => self.state.options.set('a', on),
            _ => {}
        }
    }

    fn read_command(&mut self, kernel: &mut Kernel<'_>) -> Next {
        let Input::Stdin(mut lines) = std::mem::replace(&mut self.input, Input::Finished) else {
            return Next::Continue;
        };
        if self.state.interactive && !lines.prompted {
            let prompt = self.prompt(kernel, !lines.text.is_empty());
            kernel.write(2, prompt.as_bytes());
            lines.prompted = true;
        }
        let ended = match read_line(kernel, &mut lines.line) {
            Read::Pending => {
                self.input = Input::Stdin(lines);
                return Next::Wait(Wait::input(0));
            }
            Read::Data(_) => false,
            Read::End => true,
        };
        lines.prompted = false;
        let line = std::mem::take(&mut lines.line);
        lines.text.push_str(&String::from_utf8_lossy(&line));
        if ended && lines.text.trim().is_empty() {
            if self.state.interactive && self.state.dialect == Dialect::Bash {
                kernel.write(2, b"exit\n");
            }
            return Next::Exit(self.state.status);
        }
        match parse(&lines.text) {
            Ok(list) => {
                lines.text.clear();
                self.frames.push(Frame::List(list, 0));
            }
            Err(error) if error.is_incomplete() && !ended => {}
            Err(error) => {
                lines.text.clear();
                kernel.write(2, syntax_message(&self.state, &error).as_bytes());
                self.state.status = 2;
                if !self.state.interactive {
                    return Next::Exit(2);
                }
            }
        }
        self.input = Input::Stdin(lines);
        Next::Continue
    }

    fn prompt(&self, kernel: &Kernel<'_>, continues: bool) -> String {
        if continues {
            return self.state.get("PS2").unwrap_or("> ").into();
        }
        let mark = if kernel.uid() == 0 { '#' } else { '$' };
        let home = self.state.get("HOME").unwrap_or("/root");
        let shown = match kernel.cwd().strip_prefix(home).filter(|_| home != "/") {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("~{rest}"),
            _ => kernel.cwd().to_string(),
        };
        if let Some(text) = self.state.get("PS1") {
            let user = if kernel.uid() == 0 { "root" } else { "user" };
            return text
                .replace("\\u", user)
                .replace("\\h", kernel.processes.hostname())
                .replace("\\w", &shown)
                .replace("\\$", &mark.to_string());
        }
        match self.state.dialect {
            Dialect::Dash => format!("{mark} "),
            Dialect::Busybox => format!("{shown} {mark} "),
            Dialect::Bash if kernel.uid() == 0 => {
                format!("root@{}:{shown}{mark} ", kernel.processes.hostname())
            }
            Dialect::Bash => {
                format!("I have no name!@{}:{shown}{mark} ", kernel.processes.hostname())
            }
        }
    }
}

/// Reads up to a line end from standard input, adding to `line`; what was read
/// beyond it goes back, for commands that read too.
pub(super) fn read_line(kernel: &mut Kernel<'_>, line: &mut Vec<u8>) -> Read {
    loop {
        match kernel.read(0) {
            Read::Data(data) => {
                let end = data.iter().position(|byte| *byte == b'\n');
                let length = end.map_or(data.len(), |end| end + 1);
                let (head, tail) = data.split_at(length);
                line.extend_from_slice(head);
                kernel.unread(0, tail);
                if end.is_some() {
                    return Read::Data(Vec::new());
                }
            }
            other => return other,
        }
    }
}

/// A syntax error as each shell words it.
pub(super) fn syntax_message(state: &State, error: &SyntaxError) -> String {
    let name = state.name.trim_start_matches('-');
    let line = error.line;
    let found = error.found.as_deref();
    match state.dialect {
        Dialect::Bash => {
            let place = match (state.interactive, state.is_command) {
                (true, _) => name.to_string(),
                (_, true) => format!("{name}: -c: line {line}"),
                _ => format!("{name}: line {line}"),
            };
            match (found, error.expecting) {
                (Some(found), _) => {
                    format!("{place}: syntax error near unexpected token `{found}'\n")
                }
                (None, Some(quote @ ("'" | "\"" | "`"))) => {
                    format!("{place}: unexpected EOF while looking for matching `{quote}'\n")
                }
                (None, _) => {
                    format!("{place}: syntax error: unexpected end of file\n")
                }
            }
        }
        Dialect::Dash => {
            let expecting =
                error.expecting.map(|word| format!(" (expecting \"{word}\")")).unwrap_or_default();
            match (found, error.expecting) {
                (None, Some("'" | "\"" | "`")) => {
                    format!("{name}: {line}: Syntax error: Unterminated quoted string\n")
                }
                (None, _) => {
                    format!("{name}: {line}: Syntax error: end of file unexpected{expecting}\n")
                }
                (Some("newline"), _) => {
                    format!("{name}: {line}: Syntax error: newline unexpected{expecting}\n")
                }
                (Some(found), _) => {
                    format!("{name}: {line}: Syntax error: \"{found}\" unexpected{expecting}\n")
                }
            }
        }
        Dialect::Busybox => {
            let expecting =
                error.expecting.map(|word| format!(" (expecting \"{word}\")")).unwrap_or_default();
            match (found, error.expecting) {
                (None, Some("'" | "\"" | "`")) => {
                    format!("{name}: syntax error: unterminated quoted string\n")
                }
                (None, _) => format!("{name}: syntax error: unexpected end of file{expecting}\n"),
                (Some("newline"), _) => {
                    format!("{name}: syntax error: unexpected newline{expecting}\n")
                }
                (Some(found), _) => {
                    format!("{name}: syntax error: unexpected \"{found}\"{expecting}\n")
                }
            }
        }
    }
}
