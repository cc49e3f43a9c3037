//! The shell as a program: a stack of frames that runs until it must wait.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::expand::{Expansion, Stop};
use super::frame::{Expanding, Frame, Loop};
use super::input::Input;
use super::parser::parse;
use super::state::{Dialect, End, Job, State};
use super::syntax::{Body, Command, Joint, List, Pipeline};
use crate::process::{Descriptor, Kernel, Pid, Program, Read, Signal, Step, Wait};

/// A shell: a [`Program`] that reads a script and runs it.
#[derive(Debug, Clone)]
pub struct Shell {
    pub(super) state: State,
    pub(super) frames: Vec<Frame>,
    pub(super) input: Input,
    /// Signals that wait for the foreground command to end.
    pub(super) deferred: Vec<Signal>,
}

/// What a step of the shell leads to.
#[derive(Debug)]
pub(super) enum Next {
    Continue,
    Wait(Wait),
    Exit(u8),
    Exec(Box<dyn Program>, Vec<String>),
}

/// Steps a shell takes before others get their turn.
const STEPS: u32 = 400;
/// The descriptor on which a shell reads its command substitutions.
const CAPTURE: u8 = 250;

impl Program for Shell {
    fn resume(&mut self, kernel: &mut Kernel<'_>) -> Step {
        for _ in 0..STEPS {
            self.note_signals(kernel);
            match self.step(kernel) {
                Next::Continue if kernel.is_broken() => return Step::Exit(141),
                Next::Continue => {}
                Next::Wait(wait) => return Step::Wait(wait),
                Next::Exec(program, argv) => return Step::Exec(program, argv),
                Next::Exit(code) => {
                    if let Some(next) = self.exit(kernel, code) {
                        return next;
                    }
                }
            }
        }
        Step::Busy
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }

    fn handles(&self, signal: Signal) -> bool {
        self.state.traps.get(&signal).is_some_and(|text| !text.is_empty())
            || (self.state.interactive
                && matches!(signal, Signal::INT | Signal::TERM | Signal::QUIT))
    }

    fn last_status(&self) -> Option<u8> {
        Some(self.state.status)
    }

    fn memory(&self) -> u64 {
        600 << 10
    }

    fn as_any(&self) -> Option<&dyn Any> {
        Some(self)
    }
}

impl Shell {
    /// Ends the shell, after its EXIT trap.
    fn exit(&mut self, kernel: &mut Kernel<'_>, code: u8) -> Option<Step> {
        match self.state.traps.remove(&Signal::EXIT) {
            Some(text) if !text.is_empty() => {
                self.frames.clear();
                self.state.status = code;
                self.input = Input::Finished;
                self.frames.push(Frame::Finish(code));
                self.run_text(kernel, &text);
                None
            }
            _ => Some(Step::Exit(code)),
        }
    }

    /// Parses `text` and puts it on the stack; complains if it is no script.
    pub(super) fn run_text(&mut self, kernel: &mut Kernel<'_>, text: &str) {
        match parse(text) {
            Ok(list) => self.frames.push(Frame::List(list, 0)),
            Err(error) => {
                let message = super::input::syntax_message(&self.state, &error);
                kernel.write(2, message.as_bytes());
                self.state.status = 2;
            }
        }
    }

    fn note_signals(&mut self, kernel: &mut Kernel<'_>) {
        while let Some(signal) = kernel.take_signal() {
            self.deferred.push(signal);
        }
        if self.deferred.is_empty() {
            return;
        }
        // A foreground command ends first; `wait` and `read` are cut short.
        match self.frames.last() {
            Some(Frame::Await(_) | Frame::Expand(Expanding { capture: Some(_), .. })) => return,
            Some(Frame::WaitFor(_)) => {
                self.frames.pop();
            }
            _ => {}
        }
        for signal in std::mem::take(&mut self.deferred) {
            if let Some(text) = self.state.traps.get(&signal).cloned() {
                self.frames.push(Frame::Trap(self.state.status));
                self.state.status = 128_u8.saturating_add(signal.0);
                self.run_text(kernel, &text);
            } else if signal == Signal::INT {
                self.interrupt(kernel);
            }
        }
    }

    /// Ctrl-C at an interactive shell: back to the prompt.
    fn interrupt(&mut self, kernel: &mut Kernel<'_>) {
        while let Some(frame) = self.frames.pop() {
            self.clean(kernel, frame);
        }
        self.state.status = 130;
        self.input.forget();
    }

    pub(super) fn step(&mut self, kernel: &mut Kernel<'_>) -> Next {
        let Some(frame) = self.frames.pop() else { return self.next_input(kernel) };
        match frame {
            Frame::List(list, at) => self.list(kernel, list, at),
            Frame::AndOr(list, at, next) => self.and_or(kernel, list, at, next),
            Frame::Negate => {
                self.state.status = u8::from(self.state.status == 0);
                Next::Continue
            }
            Frame::Expand(expanding) => self.expand(kernel, expanding),
            Frame::Await(children) => self.await_children(kernel, children),
            Frame::If(arms, at, otherwise) => {
                match arms.get(at).filter(|_| self.state.status == 0) {
                    Some((_, list)) => self.frames.push(Frame::List(list.clone(), 0)),
                    None => self.conditional(arms, at + 1, otherwise),
                }
                Next::Continue
            }
            Frame::Loop(state) => self.repetition(state),
            Frame::For(name, mut values, body) => {
                if let Some(value) = values.pop() {
                    let set = self.state.set(&name, vec![value]);
                    self.frames.push(Frame::For(name, values, body.clone()));
                    self.frames.push(Frame::List(body, 0));
                    if let Err(message) = set {
                        return self.fail(kernel, &message);
                    }
                }
                Next::Continue
            }
            Frame::Count(parts, body, stepping) => self.count(kernel, parts, body, stepping),
            Frame::Trap(status) => {
                self.state.status = status;
                Next::Continue
            }
            Frame::Finish(code) => Next::Exit(code),
            Frame::WaitFor(pids) => self.wait_for(kernel, pids),
            Frame::Read(reading) => self.read(kernel, reading),
            frame @ (Frame::Call(..) | Frame::Sourced | Frame::Restore(_) | Frame::Scope(_)) => {
                self.clean(kernel, frame);
                Next::Continue
            }
        }
    }

    /// Puts back what `frame` says, when it goes, finished or cut short.
    pub(super) fn clean(&mut self, kernel: &mut Kernel<'_>, frame: Frame) {
        match frame {
            Frame::Call(params, saved) => {
                self.state.params = params;
                saved.into_iter().rev().for_each(|(name, old)| self.state.restore(&name, old));
            }
            Frame::Scope(saved) => {
                saved.into_iter().rev().for_each(|(name, old)| self.state.restore(&name, old));
            }
            Frame::Restore(saved) => {
                for (number, descriptor) in saved.into_iter().rev() {
                    kernel.set_descriptor(number, descriptor);
                }
            }
            _ => {}
        }
    }

    fn list(&mut self, kernel: &mut Kernel<'_>, list: List, at: usize) -> Next {
        let Some(item) = list.get(at) else { return Next::Continue };
        self.frames.push(Frame::List(list.clone(), at + 1));
        if item.background {
            let mut inner = item.clone();
            inner.background = false;
            let mut descriptors = kernel.descriptors();
            descriptors.insert(0, Descriptor::Null);
            let pid = self.fork(kernel, vec![Frame::List(Arc::new(vec![inner]), 0)], descriptors);
            self.state.background = Some(pid);
            kernel.set_background(pid, true);
            let number = self.state.jobs.iter().map(|job| job.number).max().unwrap_or_default() + 1;
            self.state.jobs.push(Job { number, pid, text: item.text.clone(), signal: None });
            self.state.status = 0;
            if self.state.interactive {
                let line = format!("[{number}] {pid}\n");
                kernel.write(2, line.as_bytes());
            }
            return Next::Continue;
        }
        let first = item.first.clone();
        self.frames.push(Frame::AndOr(list, at, 1));
        self.pipeline(kernel, &first);
        Next::Continue
    }

    fn and_or(&mut self, kernel: &mut Kernel<'_>, list: List, at: usize, next: usize) -> Next {
        let Some((joint, pipeline)) = list.get(at).and_then(|item| item.rest.get(next - 1)) else {
            return Next::Continue;
        };
        let (runs, pipeline) =
            ((*joint == Joint::And) == (self.state.status == 0), pipeline.clone());
        self.frames.push(Frame::AndOr(list, at, next + 1));
        if runs {
            self.pipeline(kernel, &pipeline);
        }
        Next::Continue
    }

    fn pipeline(&mut self, kernel: &mut Kernel<'_>, pipeline: &Pipeline) {
        if pipeline.negated {
            self.frames.push(Frame::Negate);
        }
        if let [only] = pipeline.stages.as_slice() {
            self.frames.push(Frame::command(only));
            return;
        }
        let mut children = Vec::new();
        let mut input: Option<Descriptor> = None;
        for (at, stage) in pipeline.stages.iter().enumerate() {
            let mut descriptors = kernel.descriptors();
            if let Some(reader) = input.take() {
                descriptors.insert(0, reader);
            }
            if at + 1 < pipeline.stages.len() {
                let (reader, writer) = kernel.pipe();
                descriptors.insert(1, writer);
                input = Some(reader);
            }
            children.push((self.fork(kernel, vec![Frame::command(stage)], descriptors), None));
        }
        self.frames.push(Frame::Await(children));
    }

    /// Starts a subshell that runs `frames`.
    pub(super) fn fork(
        &mut self,
        kernel: &mut Kernel<'_>,
        frames: Vec<Frame>,
        descriptors: BTreeMap<u8, Descriptor>,
    ) -> Pid {
        let mut state = self.state.clone();
        state.traps.retain(|_, text| text.is_empty());
        state.jobs.clear();
        // Nobody looks at it at its end, so it may become its last command.
        if state.end == End::Stays {
            state.end = End::Part;
        }
        state.interactive = false;
        state.random = self.state.random.split("fork");
        self.state.random.next_u64();
        let child = Self { state, frames, input: Input::Finished, deferred: Vec::new() };
        let env = self.state.environment();
        kernel.spawn(Box::new(child), kernel.argv(), env, Some(descriptors))
    }

    fn await_children(
        &mut self,
        kernel: &mut Kernel<'_>,
        mut children: Vec<(Pid, Option<u8>)>,
    ) -> Next {
        for (pid, code) in &mut children {
            if code.is_none() {
                // A child that is gone without a trace was waited for elsewhere.
                let gone = (!kernel.has_child(*pid)).then_some(127);
                *code = kernel.reap(*pid).map(|(_, ended)| ended.code).or(gone);
            }
        }
        if let Some((pid, _)) = children.iter().find(|(_, code)| code.is_none()) {
            let wait = Wait::child(*pid);
            self.frames.push(Frame::Await(children));
            return Next::Wait(wait);
        }
        let mut codes = children.iter().rev().filter_map(|(_, code)| *code);
        let last = codes.next().unwrap_or_default();
        let failed =
            codes.find(|code| *code != 0).filter(|_| self.state.options.pipefail && last == 0);
        self.done(failed.unwrap_or(last))
    }

    /// A command ended with `status`; `set -e` may end the shell.
    pub(super) fn done(&mut self, status: u8) -> Next {
        self.state.status = status;
        let ends =
            status != 0 && self.state.options.has('e') && !self.frames.iter().any(Frame::is_asking);
        if ends { Next::Exit(status) } else { Next::Continue }
    }

    /// An error that ends a script, as an expansion's does.
    pub(super) fn fail(&mut self, kernel: &mut Kernel<'_>, message: &str) -> Next {
        kernel.write(2, self.state.complaint(message).as_bytes());
        let status = if self.state.dialect == Dialect::Bash { 1 } else { 2 };
        if self.state.interactive {
            self.interrupt(kernel);
            self.state.status = status;
            return Next::Continue;
        }
        Next::Exit(status)
    }

    fn conditional(&mut self, arms: Arc<Vec<(List, List)>>, at: usize, otherwise: Option<List>) {
        if let Some((condition, _)) = arms.get(at) {
            let condition = condition.clone();
            self.frames.push(Frame::If(arms, at, otherwise));
            self.frames.push(Frame::List(condition, 0));
        } else {
            self.state.status = 0;
            self.frames.extend(otherwise.map(|list| Frame::List(list, 0)));
        }
    }

    fn repetition(&mut self, mut state: Loop) -> Next {
        if !state.testing {
            state.status = self.state.status;
            state.testing = true;
            let condition = state.condition.clone();
            self.frames.push(Frame::Loop(state));
            self.frames.push(Frame::List(condition, 0));
        } else if (self.state.status == 0) == state.until {
            self.state.status = state.status;
        } else {
            state.testing = false;
            let body = state.body.clone();
            self.frames.push(Frame::Loop(state));
            self.frames.push(Frame::List(body, 0));
        }
        Next::Continue
    }

    fn count(
        &mut self,
        kernel: &mut Kernel<'_>,
        parts: Arc<[super::syntax::Word; 3]>,
        body: List,
        stepping: bool,
    ) -> Next {
        let [_, condition, step] = &*parts;
        let mut goes_on = true;
        for word in [stepping.then_some(step), Some(condition)].into_iter().flatten() {
            match self.evaluate(kernel, word) {
                Ok(value) => goes_on = word.is_empty() || value != 0,
                Err(message) => return self.fail(kernel, &message),
            }
        }
        if goes_on {
            self.frames.push(Frame::Count(parts.clone(), body.clone(), true));
            self.frames.push(Frame::List(body, 0));
        }
        Next::Continue
    }

    /// The value of an arithmetic word without command substitutions.
    pub(super) fn evaluate(
        &mut self,
        kernel: &Kernel<'_>,
        word: &super::syntax::Word,
    ) -> Result<i64, String> {
        let mut expansion = Expansion::new(&self.state, kernel, &[]);
        let value = expansion.arithmetic(word).map_err(|stop| match stop {
            Stop::Fail(message) => message,
            Stop::Substitute(_) => "command substitution is not supported here".into(),
        });
        let (changes, random) = (expansion.changes, expansion.random);
        self.commit(changes, random)?;
        value
    }

    /// Keeps the variables that an expansion set.
    pub(super) fn commit(
        &mut self,
        changes: Vec<(String, String)>,
        random: crate::sim::Random,
    ) -> Result<(), String> {
        self.state.random = random;
        changes.into_iter().try_for_each(|(name, value)| self.state.set(&name, vec![value]))
    }

    fn expand(&mut self, kernel: &mut Kernel<'_>, mut expanding: Expanding) -> Next {
        if let Some((pid, mut output)) = expanding.capture.take() {
            match kernel.read(CAPTURE) {
                Read::Data(data) => {
                    output.extend(data);
                    expanding.capture = Some((pid, output));
                    self.frames.push(Frame::Expand(expanding));
                    return Next::Continue;
                }
                Read::Pending => {
                    expanding.capture = Some((pid, output));
                    self.frames.push(Frame::Expand(expanding));
                    return Next::Wait(Wait::input(CAPTURE));
                }
                Read::End => {}
            }
            let Some((_, ended)) = kernel.reap(pid) else {
                if kernel.has_child(pid) {
                    expanding.capture = Some((pid, output));
                    self.frames.push(Frame::Expand(expanding));
                    return Next::Wait(Wait::child(pid));
                }
                return Next::Continue;
            };
            kernel.set_descriptor(CAPTURE, None);
            expanding.status = Some(ended.code);
            expanding.outputs.push(String::from_utf8_lossy(&output).into_owned());
        }
        self.state.line = expanding.command.line;
        match self.perform(kernel, &expanding) {
            Ok(next) => next,
            Err(Stop::Fail(message)) => self.fail(kernel, &message),
            Err(Stop::Substitute(list)) => {
                let (reader, writer) = kernel.pipe();
                let mut descriptors = kernel.descriptors();
                descriptors.remove(&CAPTURE);
                descriptors.insert(1, writer);
                let pid = self.fork(kernel, vec![Frame::List(list, 0)], descriptors);
                kernel.set_descriptor(CAPTURE, Some(reader));
                expanding.capture = Some((pid, Vec::new()));
                self.frames.push(Frame::Expand(expanding));
                Next::Continue
            }
        }
    }

    /// Starts the body of a compound command, its redirections made.
    pub(super) fn compound(&mut self, kernel: &mut Kernel<'_>, command: &Command) {
        match &command.body {
            Body::Group(list) => self.frames.push(Frame::List(list.clone(), 0)),
            Body::Subshell(list) => {
                let descriptors = kernel.descriptors();
                let pid = self.fork(kernel, vec![Frame::List(list.clone(), 0)], descriptors);
                self.frames.push(Frame::Await(vec![(pid, None)]));
            }
            Body::If(arms, otherwise) => self.conditional(arms.clone(), 0, otherwise.clone()),
            Body::Loop(until, condition, body) => {
                self.state.status = 0;
                self.frames.push(Frame::Loop(Loop {
                    until: *until,
                    condition: condition.clone(),
                    body: body.clone(),
                    testing: false,
                    status: 0,
                }));
            }
            Body::Function(name, command) => {
                self.state.functions.insert(name.clone(), command.clone());
                self.state.status = 0;
            }
            Body::Simple(_)
            | Body::For(..)
            | Body::Count(..)
            | Body::Case(..)
            | Body::Test(_)
            | Body::Arithmetic(_) => {}
        }
    }
}
