//! Runs one command whose words can be expanded: redirections, assignments,
//! functions, builtins, programs.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::condition::{self, Operand};
use super::expand::{Expanded, Expansion, Stop};
use super::frame::{Expanding, Frame, Saved};
use super::machine::{Next, Shell};
use super::pattern;
use super::state::{Dialect, End};
use super::syntax::{Assignment, Body, Command, Piece, RedirectKind, Simple};
use crate::process::{CommandError, Descriptor, FileError, Kernel, parent};
use crate::value::Str;

/// Descriptors by number.
type Descriptors = BTreeMap<u8, Descriptor>;

/// A redirection with its target expanded.
struct Target {
    descriptor: u8,
    kind: RedirectKind,
    text: String,
}

/// A simple command, expanded.
struct Ready {
    arguments: Vec<String>,
    assignments: Vec<Assigned>,
}

/// An assignment, expanded: name, index, whether it appends, values.
type Assigned = (Str, Option<i64>, bool, Vec<String>);

/// Where commands are searched when `$PATH` is not set.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

impl Shell {
    /// Expands and runs; asks for a command substitution by [`Stop`].
    pub(super) fn perform(
        &mut self,
        kernel: &mut Kernel<'_>,
        expanding: &Expanding,
    ) -> Expanded<Next> {
        let command = self.unaliased(&expanding.command);
        let mut expansion = Expansion::new(&self.state, kernel, &expanding.outputs);
        let mut targets = Vec::new();
        let step = Self::body(&mut expansion, &command.body, kernel)?;
        for redirect in &command.redirects {
            let text = expansion.text(&redirect.target)?;
            targets.push(Target { descriptor: redirect.descriptor, kind: redirect.kind, text });
        }
        let (changes, random) = (expansion.changes, expansion.random);
        self.commit(changes, random).map_err(Stop::Fail)?;
        if let Prepared::Simple(ready) = step {
            return Ok(self.simple(kernel, ready, &targets, expanding.status));
        }
        if !targets.is_empty() {
            let saved = match self.redirect(kernel, &targets) {
                Ok(saved) => saved,
                Err(message) => return Ok(self.complain(kernel, &message, 1)),
            };
            self.frames.push(Frame::Restore(saved));
        }
        Ok(self.start(kernel, &command, step))
    }

    fn start(&mut self, kernel: &mut Kernel<'_>, command: &Command, step: Prepared) -> Next {
        match (step, &command.body) {
            (Prepared::For(mut values), Body::For(name, _, body)) => {
                values.reverse();
                self.state.status = 0;
                self.frames.push(Frame::For(name.clone(), values, body.clone()));
            }
            (Prepared::Count, Body::Count(parts, body)) => {
                let [first, ..] = &**parts;
                if let Err(message) = self.evaluate(kernel, first) {
                    return self.fail(kernel, &message);
                }
                self.frames.push(Frame::Count(parts.clone(), body.clone(), false));
            }
            (Prepared::Case(found), Body::Case(_, arms)) => {
                self.state.status = 0;
                let list = found.and_then(|at| arms.get(at)).map(|(_, list)| list.clone());
                self.frames.extend(list.map(|list| Frame::List(list, 0)));
            }
            (Prepared::Status(status), _) => return self.done(status),
            (Prepared::Test(result), _) => match result {
                Ok((value, matches)) => {
                    if let Some(matches) = matches {
                        let _ = self.state.set("BASH_REMATCH", matches);
                    }
                    return self.done(u8::from(!value));
                }
                Err(message) => return self.complain(kernel, &message, 2),
            },
            _ => self.compound(kernel, command),
        }
        Next::Continue
    }

    fn body(
        expansion: &mut Expansion<'_, '_>,
        body: &Body,
        kernel: &Kernel<'_>,
    ) -> Expanded<Prepared> {
        Ok(match body {
            Body::Simple(simple) => Prepared::Simple(Self::ready(expansion, simple)?),
            Body::For(_, Some(words), _) => Prepared::For(expansion.words(words)?),
            Body::For(_, None, _) => Prepared::For(expansion.params()),
            Body::Count(..) => Prepared::Count,
            Body::Arithmetic(word) => Prepared::Status(u8::from(expansion.arithmetic(word)? == 0)),
            Body::Case(subject, arms) => {
                let subject = expansion.text(subject)?;
                let mut found = None;
                for (at, (patterns, _)) in arms.iter().enumerate() {
                    for pattern in patterns {
                        if found.is_none()
                            && pattern::matches(&expansion.pattern(pattern)?, &subject)
                        {
                            found = Some(at);
                        }
                    }
                }
                Prepared::Case(found)
            }
            Body::Test(words) => {
                let operands: Expanded<Vec<Operand>> = words
                    .iter()
                    .map(|word| {
                        expansion.operand(word).map(|(text, pattern)| Operand { text, pattern })
                    })
                    .collect();
                Prepared::Test(condition::extended(&operands?, kernel))
            }
            Body::Group(_)
            | Body::Subshell(_)
            | Body::If(..)
            | Body::Loop(..)
            | Body::Function(..) => Prepared::Compound,
        })
    }

    fn ready(expansion: &mut Expansion<'_, '_>, simple: &Simple) -> Expanded<Ready> {
        let arguments = expansion.words(&simple.words)?;
        let mut assignments = Vec::new();
        for Assignment { name, index, append, value } in &simple.assignments {
            let index = index.as_ref().map(|index| expansion.arithmetic(index)).transpose()?;
            let values = match value {
                Ok(word) => vec![expansion.text(word)?],
                Err(words) => expansion.words(words)?,
            };
            if let (Ok(_), None, false, [text]) = (value, index, append, values.as_slice()) {
                // Later words of the same command see it: `a=1 b=$a`.
                expansion.assigned.push((name.to_string(), text.clone()));
            }
            assignments.push((name.clone(), index, *append, values));
        }
        Ok(Ready { arguments, assignments })
    }

    /// The command with its first word's alias put in.
    fn unaliased(&self, command: &Arc<Command>) -> Arc<Command> {
        let Body::Simple(simple) = &command.body else { return command.clone() };
        let Some([Piece::Text(name)]) = simple.words.first().map(|word| word.as_slice()) else {
            return command.clone();
        };
        let alias =
            self.state.aliases.get(name.as_str()).and_then(|text| super::parser::parse(text).ok());
        let Some(stage) = alias.as_ref().and_then(|list| list.first()?.first.stages.first()) else {
            return command.clone();
        };
        let Body::Simple(meant) = &stage.body else { return command.clone() };
        let mut changed = (**command).clone();
        let mut words = meant.words.clone();
        words.extend(simple.words.iter().skip(1).cloned());
        let assignments = [meant.assignments.clone(), simple.assignments.clone()].concat();
        changed.body = Body::Simple(Simple { assignments, words });
        Arc::new(changed)
    }

    fn simple(
        &mut self,
        kernel: &mut Kernel<'_>,
        ready: Ready,
        targets: &[Target],
        substituted: Option<u8>,
    ) -> Next {
        if self.state.options.has('x') && !ready.arguments.is_empty() {
            kernel.write(2, format!("+ {}\n", ready.arguments.join(" ")).as_bytes());
        }
        let Some(name) = ready.arguments.first().cloned() else {
            // bash: `$(< file)` is the file's contents.
            if let ([Target { kind: RedirectKind::Read, text, .. }], Dialect::Bash, true) = (
                targets,
                self.state.dialect,
                self.input.is_finished() && ready.assignments.is_empty(),
            ) && let Ok(data) = kernel.files.read(&kernel.absolute(text))
            {
                kernel.write(1, &data);
            }
            let result = self.assign(&ready).and_then(|()| self.redirect(kernel, targets));
            return match result {
                Ok(saved) => {
                    self.clean(kernel, Frame::Restore(saved));
                    self.done(substituted.unwrap_or_default())
                }
                Err(message) => self.complain(kernel, &message, 1),
            };
        };
        let function = self.state.functions.get(name.as_str()).cloned();
        let is_builtin = super::builtin::is_builtin(&name, self.state.dialect);
        if function.is_none() && !is_builtin {
            return self.program(kernel, ready, targets);
        }
        if name == "exec" && function.is_none() {
            return self.exec(kernel, ready, targets);
        }
        let names: Vec<Str> = ready.assignments.iter().map(|(name, ..)| name.clone()).collect();
        if !names.is_empty() && !super::builtin::declares(&name) {
            let saved: Saved = names
                .iter()
                .map(|name| (name.clone(), self.state.variables.get(name).cloned()))
                .collect();
            self.frames.push(Frame::Scope(saved));
        }
        let saved = match self.assign(&ready).and_then(|()| self.redirect(kernel, targets)) {
            Ok(saved) => saved,
            Err(message) => return self.complain(kernel, &message, 1),
        };
        if !saved.is_empty() {
            self.frames.push(Frame::Restore(saved));
        }
        let mut arguments = ready.arguments;
        arguments.remove(0);
        if let Some(body) = function {
            let params = std::mem::replace(&mut self.state.params, Arc::new(arguments));
            self.frames.push(Frame::Call(params, Vec::new()));
            self.frames.push(Frame::command(&body));
            return Next::Continue;
        }
        let declared: Vec<String> = ready
            .assignments
            .iter()
            .filter(|_| super::builtin::declares(&name))
            .map(|(name, ..)| name.to_string())
            .collect();
        arguments.extend(declared);
        self.builtin(kernel, &name, arguments)
    }

    fn assign(&mut self, ready: &Ready) -> Result<(), String> {
        for (name, index, append, values) in &ready.assignments {
            let mut new = values.clone();
            let old = || {
                self.state
                    .variables
                    .get(name)
                    .map(|variable| variable.values.clone())
                    .unwrap_or_default()
            };
            if let Some(index) = index {
                let at = usize::try_from(*index).unwrap_or_default().min(100_000);
                let mut all = old();
                all.resize(all.len().max(at + 1), String::new());
                if let (Some(place), [value]) = (all.get_mut(at), values.as_slice()) {
                    *place = if *append { format!("{place}{value}") } else { value.clone() };
                }
                new = all;
            } else if *append {
                let mut all = old();
                match (all.as_mut_slice(), values.as_slice()) {
                    ([only], [value]) => only.push_str(value),
                    _ => all.extend(values.iter().cloned()),
                }
                new = all;
            }
            self.state.set(name, new)?;
        }
        Ok(())
    }

    /// Makes redirections; what the descriptors stood for, to put back.
    fn redirect(
        &mut self,
        kernel: &mut Kernel<'_>,
        targets: &[Target],
    ) -> Result<Vec<(u8, Option<Descriptor>)>, String> {
        let mut map = kernel.descriptors();
        self.redirect_map(kernel, targets, &mut map)?;
        let numbers = targets.iter().flat_map(|target| match target.kind {
            RedirectKind::Both(_) => vec![1, 2],
            _ => vec![target.descriptor],
        });
        let mut saved = Vec::new();
        for number in numbers {
            let old = kernel.set_descriptor(number, map.get(&number).cloned());
            saved.push((number, old));
        }
        Ok(saved)
    }

    fn redirect_map(
        &mut self,
        kernel: &mut Kernel<'_>,
        targets: &[Target],
        map: &mut Descriptors,
    ) -> Result<(), String> {
        for Target { descriptor, kind, text } in targets {
            let made = match kind {
                RedirectKind::Read => {
                    kernel.open(text).map_err(|error| self.cannot("open", text, error, kernel))?
                }
                RedirectKind::Write => kernel
                    .create(text, false)
                    .map_err(|error| self.cannot("create", text, error, kernel))?,
                RedirectKind::Append => kernel
                    .create(text, true)
                    .map_err(|error| self.cannot("create", text, error, kernel))?,
                RedirectKind::Both(append) => {
                    let made = kernel
                        .create(text, *append)
                        .map_err(|error| self.cannot("create", text, error, kernel))?;
                    map.insert(2, made.clone());
                    made
                }
                RedirectKind::Here => kernel.here(text),
                RedirectKind::Duplicate if text == "-" => {
                    map.remove(descriptor);
                    continue;
                }
                RedirectKind::Duplicate => {
                    if let Ok(number) = text.parse::<u8>() {
                        map.get(&number).cloned().ok_or_else(|| match self.state.dialect {
                            Dialect::Bash => format!("{number}: Bad file descriptor"),
                            _ => format!("{number}: bad file descriptor"),
                        })?
                    } else {
                        let made = kernel
                            .create(text, false)
                            .map_err(|error| self.cannot("create", text, error, kernel))?;
                        map.insert(2, made.clone());
                        made
                    }
                }
            };
            map.insert(*descriptor, made);
        }
        Ok(())
    }

    /// How this shell says that a redirection's file cannot be had.
    fn cannot(&self, verb: &str, path: &str, error: FileError, kernel: &Kernel<'_>) -> String {
        let missing_directory = error == FileError::NotFound
            && !kernel.files.is_directory(parent(&kernel.absolute(path)))
            && verb == "create";
        match (self.state.dialect, error) {
            (Dialect::Bash, _) => format!("{path}: {error}"),
            (Dialect::Dash, _) if missing_directory => {
                format!("cannot {verb} {path}: Directory nonexistent")
            }
            (Dialect::Dash, FileError::NotFound) => format!("cannot {verb} {path}: No such file"),
            (Dialect::Dash, _) => format!("cannot {verb} {path}: {error}"),
            (Dialect::Busybox, _) if missing_directory => {
                format!("can't {verb} {path}: nonexistent directory")
            }
            (Dialect::Busybox, FileError::NotFound) => format!("can't {verb} {path}: no such file"),
            (Dialect::Busybox, _) => format!("can't {verb} {path}: {error}"),
        }
    }

    /// Says what is wrong; the command ends with `status`.
    pub(super) fn complain(&mut self, kernel: &mut Kernel<'_>, message: &str, status: u8) -> Next {
        kernel.write(2, self.state.complaint(message).as_bytes());
        self.done(status)
    }

    fn program(&mut self, kernel: &mut Kernel<'_>, ready: Ready, targets: &[Target]) -> Next {
        let mut map = kernel.descriptors();
        if let Err(message) = self.redirect_map(kernel, targets, &mut map) {
            return self.complain(kernel, &message, 1);
        }
        let name = ready.arguments.first().cloned().unwrap_or_default();
        let path = self.state.get("PATH").unwrap_or(DEFAULT_PATH).to_string();
        let loaded =
            kernel.find(&name, &path).and_then(|file| kernel.load(&file, &ready.arguments));
        let (program, argv) = match loaded {
            Ok(loaded) => loaded,
            Err(error) => {
                let (message, status) = self.cannot_run(&name, error, kernel);
                let text = self.state.complaint(&message);
                let error_output = map.get(&2).cloned();
                let saved = kernel.set_descriptor(2, error_output);
                kernel.write(2, text.as_bytes());
                kernel.set_descriptor(2, saved);
                return self.done(status);
            }
        };
        let mut env = self.state.environment();
        for (name, _, _, values) in &ready.assignments {
            let env = Arc::make_mut(&mut env);
            env.retain(|(own, _)| own != name);
            env.push((name.clone(), values.first().map_or("", String::as_str).into()));
        }
        if self.is_last() {
            for number in 0..=9 {
                kernel.set_descriptor(number, map.get(&number).cloned());
            }
            kernel.set_env(env);
            return Next::Exec(program, argv);
        }
        let pid = kernel.spawn(program, argv, env, Some(map));
        self.frames.push(Frame::Await(vec![(pid, None)]));
        Next::Continue
    }

    /// Whether the command about to run is the script's last, so that the
    /// shell can become it, as real shells do for `sh -c`.
    fn is_last(&self) -> bool {
        self.input.is_finished()
            && self.state.end != End::Stays
            && self.state.traps.is_empty()
            && self.state.jobs.is_empty()
            && self.frames.iter().all(Frame::is_over)
    }

    /// How this shell says that a command cannot be run, and the status.
    pub(super) fn cannot_run(
        &self,
        name: &str,
        error: CommandError,
        kernel: &Kernel<'_>,
    ) -> (String, u8) {
        let is_path = name.contains('/');
        match error {
            CommandError::NotFound if self.state.dialect == Dialect::Bash && is_path => {
                (format!("{name}: No such file or directory"), 127)
            }
            CommandError::NotFound if self.state.dialect == Dialect::Bash => {
                (format!("{name}: command not found"), 127)
            }
            CommandError::NotFound => (format!("{name}: not found"), 127),
            CommandError::PermissionDenied
                if self.state.dialect == Dialect::Bash
                    && kernel.files.is_directory(&kernel.absolute(name)) =>
            {
                (format!("{name}: Is a directory"), 126)
            }
            CommandError::PermissionDenied => (format!("{name}: Permission denied"), 126),
        }
    }

    fn exec(&mut self, kernel: &mut Kernel<'_>, mut ready: Ready, targets: &[Target]) -> Next {
        if let Err(message) = self.redirect(kernel, targets) {
            return self.complain(kernel, &message, 1);
        }
        ready.arguments.remove(0);
        let Some(name) = ready.arguments.first().cloned() else { return self.done(0) };
        let path = self.state.get("PATH").unwrap_or(DEFAULT_PATH).to_string();
        let loaded =
            kernel.find(&name, &path).and_then(|file| kernel.load(&file, &ready.arguments));
        match loaded {
            Ok((program, argv)) => {
                kernel.set_env(self.state.environment());
                Next::Exec(program, argv)
            }
            Err(error) => {
                let (message, status) = self.cannot_run(&name, error, kernel);
                kernel.write(2, self.state.complaint(&format!("exec: {message}")).as_bytes());
                Next::Exit(status)
            }
        }
    }
}

/// What the body of a command needs, expanded.
enum Prepared {
    Simple(Ready),
    For(Vec<String>),
    Count,
    Case(Option<usize>),
    Status(u8),
    Test(Result<(bool, Option<Vec<String>>), String>),
    Compound,
}
