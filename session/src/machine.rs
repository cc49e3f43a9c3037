//! A cluster, a terminal and files, in which time passes and people act.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use podyard_engine::cluster::Cluster;
use podyard_engine::network::Trace;
use podyard_engine::openapi::Descriptions;
use podyard_engine::sim::{Delay, Time};
use podyard_kubectl::Io;
use podyard_kubectl::host::Output;

use crate::action::{Action, Entry, START, Session, Setup, TaskId};
use crate::files::{Computer, Files};
use crate::forwards::Forwards;
use crate::stdin::Stdin;
use crate::terminal::{Line, Memory, Outbox};
use crate::transport::{Alarms, InProcess};

/// The exit code of a command line that was interrupted.
const INTERRUPTED: i32 = 130;
/// How long a command line is waited for, in simulated time.
const PATIENCE: Delay = Delay::secs(600);
/// Ctrl-C as a terminal sends it, which nobody needs to read.
const INTERRUPT: &str = "\u{3}";
/// How long a scenario's person takes to type a line.
const TYPING: Delay = Delay::millis(500);

/// Where a command line printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

type Printed = Rc<RefCell<Vec<(TaskId, Channel, Vec<u8>)>>>;

/// A command line that runs, and where its output goes.
struct Running {
    line: Line,
    out: Pipe,
    err: Pipe,
}

/// Everything that a session is while it goes on.
///
/// # Guarantees
///
/// Command lines go on at the instants at which something happens in the
/// cluster, and at no others. So it makes no difference in how many steps time
/// is let pass, and a replay ends in the same state, to the byte.
pub struct Machine {
    setup: Setup,
    cluster: Rc<RefCell<Cluster>>,
    files: Files,
    /// What each command line leaves to the next.
    memory: Memory,
    forwards: Forwards,
    /// Command lines that have ended but for their jobs in the background.
    jobs: Vec<Line>,
    alarms: Alarms,
    tasks: BTreeMap<TaskId, Running>,
    last_task: u32,
    looks: u32,
    printed: Printed,
    ended: Vec<(TaskId, i32)>,
    entries: Vec<Entry>,
    /// At how many instants something has happened.
    instants: u64,
}

/// One end of a command line's output.
struct Pipe {
    task: TaskId,
    channel: Channel,
    printed: Printed,
}

impl Output for Pipe {
    fn write(&self, bytes: &[u8]) {
        let mut printed = self.printed.borrow_mut();
        match printed.last_mut() {
            Some((task, channel, text)) if *task == self.task && *channel == self.channel => {
                text.extend_from_slice(bytes);
            }
            _ => printed.push((self.task, self.channel, bytes.to_vec())),
        }
    }
}

impl Machine {
    /// A machine before a new cluster.
    pub fn new(setup: Setup) -> Self {
        Self {
            cluster: Rc::new(RefCell::new(Cluster::new(setup.options()))),
            setup,
            files: Files::default(),
            memory: Memory::default(),
            forwards: Forwards::default(),
            jobs: Vec::new(),
            alarms: Rc::new(RefCell::new(BTreeSet::new())),
            tasks: BTreeMap::new(),
            last_task: 0,
            looks: 0,
            printed: Printed::default(),
            ended: Vec::new(),
            entries: Vec::new(),
            instants: 0,
        }
    }

    /// Does again what a session did, up to the moment it shows.
    pub fn replay(session: &Session) -> Self {
        let mut machine = Self::new(session.setup.clone());
        for entry in &session.entries {
            machine.advance_to(START + entry.at);
            machine.act(entry.action.clone());
        }
        machine.advance_to(START + session.moment);
        machine
    }

    /// The same machine once more, with `entries` for its record; none while
    /// a command line runs that cannot be copied. What was printed, ended or
    /// asked without being written down stays with the original.
    pub(crate) fn copy(&self, entries: Vec<Entry>) -> Option<Self> {
        let mut copy = Self {
            setup: self.setup.clone(),
            cluster: Rc::new(RefCell::new(self.cluster.borrow().clone())),
            files: self.files.copy(),
            memory: self.memory.copy(),
            // What forwards ports is a program that cannot be copied.
            forwards: Forwards::default(),
            jobs: Vec::new(),
            alarms: Rc::new(RefCell::new(self.alarms.borrow().clone())),
            tasks: BTreeMap::new(),
            last_task: self.last_task,
            looks: 0,
            printed: Printed::default(),
            ended: Vec::new(),
            entries,
            instants: self.instants,
        };
        for (task, running) in self.tasks.range(..=TaskId(self.last_task)) {
            let shared = (&copy.files, &copy.forwards);
            let line = running.line.copy(copy.transport(), shared, &copy.memory)?;
            copy.begin(*task, line);
        }
        for line in &self.jobs {
            let shared = (&copy.files, &copy.forwards);
            copy.jobs.push(line.copy(copy.transport(), shared, &copy.memory)?);
        }
        Some(copy)
    }

    /// What has been done so far.
    pub fn session(&self) -> Session {
        Session { hash: Some(self.state_hash()), ..self.record() }
    }

    /// The same without the state's hash, which takes its time.
    pub(crate) fn record(&self) -> Session {
        Session {
            setup: self.setup.clone(),
            entries: self.entries.clone(),
            moment: self.now().since(START),
            hash: None,
        }
    }

    /// What has been done so far, in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// How much it has done so far, about: the instants at which something
    /// happened, and the writes to the cluster.
    pub(crate) fn work(&self) -> u64 {
        self.instants + self.cluster.borrow().api().store().revision()
    }

    /// The present instant.
    pub fn now(&self) -> Time {
        self.cluster.borrow().now()
    }

    /// Looks at the cluster.
    pub fn with_cluster<T>(&self, look: impl FnOnce(&Cluster) -> T) -> T {
        look(&self.cluster.borrow())
    }

    /// Tells the cluster what the fields of its types mean, for `kubectl
    /// explain`. It is no part of the session.
    pub fn set_descriptions(&self, descriptions: Descriptions) {
        self.cluster.borrow_mut().set_descriptions(descriptions);
    }

    /// The files, by name.
    pub fn files(&self) -> BTreeMap<String, String> {
        self.files.snapshot()
    }

    /// A number that two clusters share only if they are in the same state.
    pub fn state_hash(&self) -> u64 {
        self.cluster.borrow().state_hash()
    }

    /// Does what a person does, and writes it down. Gives the command line
    /// that was begun, if one was.
    pub fn act(&mut self, action: Action) -> Option<TaskId> {
        let begun = match &action {
            Action::Write(texts) => {
                for (name, text) in texts {
                    self.files.set(name, text.as_deref());
                }
                None
            }
            Action::Run(line) => {
                self.last_task += 1;
                let task = TaskId(self.last_task);
                let line = match self.jobs.pop() {
                    Some(before) => before.again(line),
                    None => self.line(line, self.memory.clone()),
                };
                self.begin(task, line);
                Some(task)
            }
            Action::Interrupt(task) => {
                self.interrupt(*task);
                None
            }
            Action::Type(task, text) => {
                let running = self.tasks.get_mut(task);
                if running.is_some_and(|running| running.line.type_in(text, &running.out)) {
                    self.interrupt(*task);
                }
                None
            }
        };
        self.entries.push(Entry { at: self.now().since(START), action });
        self.poll();
        begun
    }

    fn interrupt(&mut self, task: TaskId) {
        let Some(running) = self.tasks.get_mut(&task) else { return };
        let is_for_us = running.line.interrupt();
        self.poll();
        // What does not heed the signal is ended all the same.
        if is_for_us && let Some(running) = self.tasks.remove(&task) {
            let mut line = running.line;
            line.give_up();
            if line.has_jobs() {
                self.jobs.push(line);
            }
            self.ended.push((task, INTERRUPTED));
        }
    }

    /// Runs a command line that only looks: it is not written down, so it
    /// must change nothing.
    pub fn look(&mut self, line: &str) -> TaskId {
        // Numbered from the other end, so that a replay, in which nobody
        // looks, numbers what people did alike.
        self.looks += 1;
        let task = TaskId(u32::MAX - self.looks);
        let line = self.line(line, Memory::default());
        self.begin(task, line);
        self.poll();
        task
    }

    /// What kubectl prints at once when asked something that changes nothing;
    /// none where it fails or waits.
    pub fn ask(&self, arguments: &[String]) -> Option<String> {
        let transport = InProcess { cluster: Rc::clone(&self.cluster), alarms: Alarms::default() };
        let (files, forwards) = (self.files.clone(), Forwards::default());
        let host = Computer { files, stdin: Stdin::default(), forwards };
        let (stdout, stderr) = (Outbox::default(), Outbox::default());
        let io = Io { transport: &transport, host: &host, stdout: &stdout, stderr: &stderr };
        let mut asked = pin!(podyard_kubectl::run(arguments, &io));
        let ended = asked.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        let printed = stdout.take();
        (ended == Poll::Ready(0)).then(|| String::from_utf8_lossy(&printed).into_owned())
    }

    /// Runs a command line and lets time pass until it has ended: all that it
    /// printed, and its exit code, or none if it does not end.
    pub fn finish(&mut self, line: &str) -> (String, Option<i32>) {
        self.finish_typing(line, &[])
    }

    /// As [`Machine::finish`], typing each of `texts` once the command line
    /// reads what is typed, with a moment in between.
    pub fn finish_typing(&mut self, line: &str, texts: &[String]) -> (String, Option<i32>) {
        let task = self.act(Action::Run(line.to_owned()));
        let deadline = self.now() + PATIENCE;
        let mut texts = texts.iter().peekable();
        while let Some(task) = task.filter(|task| self.is_running(*task)) {
            let reads = self.reads(task);
            if let Some(text) = texts.next_if(|text| reads || *text == INTERRUPT) {
                self.advance_to(self.now() + TYPING);
                self.act(Action::Type(task, text.clone()));
                continue;
            }
            let next = self.next_wake().filter(|next| *next < deadline);
            let Some(next) = next else { break };
            self.advance_to(next);
        }
        let printed = self.take_printed().into_iter();
        let text = printed.map(|(_, _, bytes)| String::from_utf8_lossy(&bytes).into_owned());
        let text = text.collect();
        let ended = self.take_ended().into_iter().find(|(own, _)| Some(*own) == task);
        (text, ended.map(|(_, code)| code))
    }

    fn line(&self, line: &str, memory: Memory) -> Line {
        let shared = (self.files.clone(), self.forwards.clone());
        Line::new(line, self.transport(), shared, memory)
    }

    fn transport(&self) -> InProcess {
        InProcess { cluster: Rc::clone(&self.cluster), alarms: Rc::clone(&self.alarms) }
    }

    fn begin(&mut self, task: TaskId, line: Line) {
        let pipe = |channel| Pipe { task, channel, printed: Rc::clone(&self.printed) };
        let running = Running { line, out: pipe(Channel::Out), err: pipe(Channel::Err) };
        self.tasks.insert(task, running);
    }

    /// The next instant at which something happens, if anything does.
    pub fn next_wake(&self) -> Option<Time> {
        let alarm = self.alarms.borrow().first().copied();
        self.cluster.borrow().next_wake().into_iter().chain(alarm).min()
    }

    /// Lets time pass until `to`.
    pub fn advance_to(&mut self, to: Time) {
        while let Some(next) = self.next_wake().filter(|next| *next <= to) {
            self.instants += 1;
            self.cluster.borrow_mut().advance_to(next);
            self.alarms.borrow_mut().retain(|alarm| *alarm > next);
            self.poll();
        }
        self.cluster.borrow_mut().advance_to(to);
    }

    /// Lets each command line go as far as it can.
    fn poll(&mut self) {
        let mut over = Vec::new();
        for (id, task) in &mut self.tasks {
            if let Poll::Ready(code) = task.line.poll(&task.out, &task.err) {
                over.push(*id);
                self.ended.push((*id, code));
            }
        }
        self.jobs.iter_mut().for_each(Line::idle);
        self.jobs.retain(Line::has_jobs);
        for running in over.iter().filter_map(|id| self.tasks.remove(id)) {
            if running.line.has_jobs() {
                self.jobs.push(running.line);
            }
        }
    }

    /// Whether a command line still runs.
    pub fn is_running(&self, task: TaskId) -> bool {
        self.tasks.contains_key(&task)
    }

    /// Whether a command line has read what is typed, or waited for it.
    pub fn reads(&self, task: TaskId) -> bool {
        self.tasks.get(&task).is_some_and(|running| running.line.reads())
    }

    /// What has been printed since this was last asked.
    pub fn take_printed(&mut self) -> Vec<(TaskId, Channel, Vec<u8>)> {
        self.printed.take()
    }

    /// The ways of the requests sent since this was last asked.
    pub fn take_traces(&mut self) -> Vec<Trace> {
        self.cluster.borrow_mut().take_traces()
    }

    /// The command lines that have ended since this was last asked, with
    /// their exit codes.
    pub fn take_ended(&mut self) -> Vec<(TaskId, i32)> {
        std::mem::take(&mut self.ended)
    }
}
