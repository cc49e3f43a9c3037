//! The process table: who runs, who waits, who has ended.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::descriptor::{Descriptor, Open, Pipe, Sink};
use super::files::{FileSystem, Files};
use super::kernel::Kernel;
use super::net::{NetAnswer, NetRequest};
use super::program::{Pid, Program, Programs, Signal, Step, Wait};
use super::volume::Volumes;
use crate::sim::{Delay, Random, Time};
use crate::value::Str;

/// Names an open [`NetRequest`] of one process table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestId(pub u32);

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// The exit code; 128 + the signal's number when one ended it.
    pub code: u8,
    /// The signal that ended it.
    pub signal: Option<Signal>,
    /// When.
    pub at: Time,
}

/// One process.
#[derive(Debug, Clone)]
pub struct Process {
    /// Its parent; 0 for those that the owner of the table started.
    pub parent: Pid,
    /// The command line.
    pub argv: Vec<String>,
    /// Its environment, in order.
    pub env: Arc<Vec<(Str, Str)>>,
    /// Its working directory.
    pub cwd: String,
    /// Its user's number.
    pub uid: u32,
    /// Its groups' numbers, its own first.
    pub groups: Arc<[u32]>,
    /// When it started.
    pub started: Time,
    /// How it ended, until its parent has asked.
    pub ended: Option<Ended>,
    /// The processor time that its busy turns stand for.
    pub busy: Delay,
    pub(super) descriptors: BTreeMap<u8, Descriptor>,
    pub(super) program: Option<Box<dyn Program>>,
    /// What the program had become at its end, for the owner of the table.
    left: Option<Box<dyn Program>>,
    pub(super) wait: Wait,
    pub(super) signals: VecDeque<Signal>,
    /// Signals the process asked to ignore (`nohup`, `trap ''`).
    pub(super) ignored: Vec<Signal>,
    /// Whether it is a job in the background, which Ctrl-C does not reach.
    pub(super) in_background: bool,
}

/// What a new process starts with.
#[derive(Debug, Clone)]
pub struct Spawn {
    /// Its parent, 0 for none.
    pub parent: Pid,
    /// The command line.
    pub argv: Vec<String>,
    /// Its environment.
    pub env: Arc<Vec<(Str, Str)>>,
    /// Its working directory.
    pub cwd: String,
    /// Its user.
    pub uid: u32,
    /// Its groups, its own first.
    pub groups: Arc<[u32]>,
    /// Its descriptors.
    pub descriptors: BTreeMap<u8, Descriptor>,
    /// The program.
    pub program: Box<dyn Program>,
}

/// The processes of one container, or of the page's terminal.
#[derive(Debug, Clone)]
pub struct Processes {
    pub(super) table: BTreeMap<Pid, Process>,
    pub(super) pipes: BTreeMap<u32, Pipe>,
    pub(super) opens: BTreeMap<u32, Open>,
    pub(super) sinks: BTreeMap<u32, Sink>,
    pub(super) requests: BTreeMap<RequestId, (Pid, Option<NetRequest>)>,
    pub(super) answers: BTreeMap<RequestId, NetAnswer>,
    pub(super) programs: Arc<dyn Programs>,
    pub(super) random: Random,
    pub(super) hostname: Str,
    pub(super) address: Str,
    pub(super) taken_ports: Vec<u16>,
    pub(super) last_pid: Pid,
    pub(super) last_number: u32,
}

/// Turns a process may take at one moment before time must go on.
const TURNS_AT_ONCE: u32 = 64;
/// Turns after which even a process that only waits must let time go on.
const MOST_TURNS: u32 = 5_000;
/// How long a process that used up its turns computes before it may go on.
const BUSY: Delay = Delay::millis(100);

impl Processes {
    /// An empty table: `programs` says what exists, `seed` feeds `$RANDOM`.
    pub fn new(programs: Arc<dyn Programs>, hostname: Str, seed: u64) -> Self {
        Self {
            table: BTreeMap::new(),
            pipes: BTreeMap::new(),
            opens: BTreeMap::new(),
            sinks: BTreeMap::new(),
            requests: BTreeMap::new(),
            answers: BTreeMap::new(),
            programs,
            random: Random::new(seed),
            hostname,
            address: Str::from(""),
            taken_ports: Vec::new(),
            last_pid: 0,
            last_number: 0,
        }
    }

    /// Starts a process.
    pub fn spawn(&mut self, spawn: Spawn, now: Time) -> Pid {
        self.last_pid += 1;
        let process = Process {
            parent: spawn.parent,
            argv: spawn.argv,
            env: spawn.env,
            cwd: spawn.cwd,
            uid: spawn.uid,
            groups: spawn.groups,
            started: now,
            ended: None,
            busy: Delay::ZERO,
            descriptors: spawn.descriptors,
            program: Some(spawn.program),
            left: None,
            // An instant long past: it runs at once.
            wait: Wait::until(Time::default()),
            signals: VecDeque::new(),
            ignored: self
                .table
                .get(&spawn.parent)
                .map(|parent| parent.ignored.clone())
                .unwrap_or_default(),
            in_background: false,
        };
        self.table.insert(self.last_pid, process);
        self.last_pid
    }

    /// The process `pid`, ended or not.
    pub fn get(&self, pid: Pid) -> Option<&Process> {
        self.table.get(&pid)
    }

    /// Every process that has not ended, by number.
    pub fn alive(&self) -> impl Iterator<Item = (Pid, &Process)> {
        self.table
            .iter()
            .filter(|(_, process)| process.ended.is_none())
            .map(|(pid, process)| (*pid, process))
    }

    /// Ctrl-C on the terminal of the process `pid`: it and its descendants
    /// get SIGINT, but for jobs in the background.
    pub fn interrupt(&mut self, pid: Pid, now: Time) {
        for pid in self.family(pid, |process| !process.in_background) {
            self.deliver(pid, Signal::INT, now, pid == 1);
        }
    }

    /// Ends the process `pid` and its descendants, but for jobs in the
    /// background.
    pub fn end_foreground(&mut self, pid: Pid, now: Time) {
        for pid in self.family(pid, |process| !process.in_background) {
            self.deliver(pid, Signal::KILL, now, false);
        }
    }

    /// The process and its descendants that live, as far down as `follows`.
    pub(super) fn family(&self, pid: Pid, follows: impl Fn(&Process) -> bool) -> Vec<Pid> {
        let mut family = vec![pid];
        for (child, process) in self.alive() {
            if family.contains(&process.parent) && follows(process) {
                family.push(child);
            }
        }
        family
    }

    /// Gives `parent` the processes whose own parent is gone: a shell takes
    /// over the jobs of the one before it.
    pub fn adopt(&mut self, parent: Pid) {
        let known: Vec<Pid> = self.table.keys().copied().collect();
        for (pid, process) in &mut self.table {
            if *pid != parent && process.parent != 0 && !known.contains(&process.parent) {
                process.parent = parent;
            }
        }
    }

    /// The last process number given.
    pub fn last_pid(&self) -> Pid {
        self.last_pid
    }

    pub(super) fn number(&mut self) -> u32 {
        self.last_number += 1;
        self.last_number
    }

    pub(super) fn open(&mut self, open: Open) -> u32 {
        let number = self.number();
        self.opens.insert(number, open);
        number
    }

    pub(super) fn request(&mut self, pid: Pid, request: NetRequest) -> RequestId {
        let id = RequestId(self.number());
        self.requests.insert(id, (pid, Some(request)));
        id
    }

    /// Sends a signal from outside the container.
    pub fn signal(&mut self, pid: Pid, signal: Signal, now: Time) -> bool {
        self.deliver(pid, signal, now, pid == 1 && signal != Signal::KILL)
    }

    /// Sends a signal; `spares` if the process lives on when it has no handler,
    /// as the first process of a container does.
    pub(super) fn deliver(&mut self, pid: Pid, signal: Signal, now: Time, spares: bool) -> bool {
        let Some(process) = self.table.get_mut(&pid).filter(|process| process.ended.is_none())
        else {
            return false;
        };
        if signal == Signal::EXIT {
            return true;
        }
        let handled = process.program.as_ref().is_some_and(|program| program.handles(signal));
        if process.ignored.contains(&signal) && signal != Signal::KILL {
            return true;
        }
        if handled && signal != Signal::KILL {
            process.signals.push_back(signal);
        } else if !spares && !signal.is_harmless() {
            let code = 128_u8.saturating_add(signal.0);
            self.bury(pid, Ended { code, signal: Some(signal), at: now });
        }
        true
    }

    pub(super) fn bury(&mut self, pid: Pid, ended: Ended) {
        let Some(process) = self.table.get_mut(&pid) else { return };
        process.ended = Some(ended);
        process.descriptors.clear();
        let program = process.program.take();
        process.left = program.filter(|_| process.parent == 0);
        let is_orphan = process.parent == 0
            || self
                .table
                .get(&process_parent(&self.table, pid))
                .is_none_or(|parent| parent.ended.is_some());
        // The owner asks after its own; an orphan's end interests nobody.
        if is_orphan && process_parent(&self.table, pid) != 0 {
            self.table.remove(&pid);
        }
        let mut reaped = Vec::new();
        for (child, process) in &mut self.table {
            if process.parent == pid {
                process.parent = 1;
                if process.ended.is_some() || pid == 1 {
                    reaped.push(*child);
                }
            }
        }
        for child in reaped {
            if self.table.get(&child).is_some_and(|child| child.ended.is_some()) {
                self.table.remove(&child);
            }
        }
        self.requests.retain(|_, (owner, _)| *owner != pid);
        self.drop_unused();
    }

    /// Forgets pipes and open files that no descriptor names any more.
    fn drop_unused(&mut self) {
        let used: Vec<&Descriptor> =
            self.table.values().flat_map(|process| process.descriptors.values()).collect();
        self.pipes.retain(|pipe, state| {
            state.held
                || used.iter().any(|one| matches!(one, Descriptor::PipeReader(own) | Descriptor::PipeWriter(own) if own == pipe))
        });
        self.opens.retain(|open, _| used.contains(&&Descriptor::File(*open)));
    }

    /// Takes the end of the child `pid` of `parent` (any child when 0).
    pub(super) fn reap(&mut self, parent: Pid, pid: Pid) -> Option<(Pid, Ended)> {
        let (child, ended) = self.table.iter().find_map(|(child, process)| {
            let fits = process.parent == parent && (pid == 0 || pid == *child);
            process.ended.filter(|_| fits).map(|ended| (*child, ended))
        })?;
        self.table.remove(&child);
        Some((child, ended))
    }

    /// What the program of a process that the owner started had become at its
    /// end.
    pub fn left_behind(&self, pid: Pid) -> Option<&dyn Program> {
        self.table.get(&pid)?.left.as_deref()
    }

    /// How the process `pid` that the owner started ended, forgetting it.
    pub fn take_end(&mut self, pid: Pid) -> Option<Ended> {
        self.reap(0, pid).map(|(_, ended)| ended)
    }

    pub(super) fn has_readers(&self, pipe: u32) -> bool {
        self.has(&Descriptor::PipeReader(pipe))
    }

    pub(super) fn has_writers(&self, pipe: u32) -> bool {
        self.pipes.get(&pipe).is_some_and(|pipe| pipe.held)
            || self.has(&Descriptor::PipeWriter(pipe))
    }

    fn has(&self, descriptor: &Descriptor) -> bool {
        self.table.values().any(|process| process.descriptors.values().any(|own| own == descriptor))
    }

    /// What the process `pid` may ask of the kernel.
    pub fn kernel<'a>(
        &'a mut self,
        pid: Pid,
        (system, volumes): (&'a mut FileSystem, &'a mut Volumes),
        now: Time,
    ) -> Kernel<'a> {
        let uid = self.table.get(&pid).map_or(0, |process| process.uid);
        Kernel {
            files: Files { system, volumes, now, uid },
            processes: self,
            now,
            pid,
            broken: false,
        }
    }

    /// Runs everything that can run at `now`.
    pub fn run(&mut self, files: (&mut FileSystem, &mut Volumes), now: Time) {
        let (system, volumes) = files;
        let mut turns: BTreeMap<Pid, u32> = BTreeMap::new();
        loop {
            let ready: Vec<Pid> = self
                .alive()
                .filter(|(pid, process)| self.is_ready(*pid, process, now))
                .map(|(pid, _)| pid)
                .collect();
            if ready.is_empty() {
                return;
            }
            for pid in ready {
                let turn = turns.entry(pid).or_default();
                *turn += 1;
                let turn = *turn;
                self.resume(pid, (system, volumes), now, turn);
            }
        }
    }

    fn is_ready(&self, pid: Pid, process: &Process, now: Time) -> bool {
        let wait = &process.wait;
        !process.signals.is_empty()
            || wait.until.is_some_and(|until| until <= now)
            || wait.input.is_some_and(|number| self.can_read(process, number))
            || wait.output.is_some_and(|number| self.can_write(process, number))
            || wait.answer.is_some_and(|id| self.answers.contains_key(&id))
            || wait.child.is_some_and(|child| self.has_ended(pid, child))
    }

    /// Whether the child has ended (any, when 0), or there is none to wait for.
    fn has_ended(&self, parent: Pid, child: Pid) -> bool {
        let mut children = self
            .table
            .iter()
            .filter(|(pid, process)| process.parent == parent && (child == 0 || **pid == child))
            .peekable();
        children.peek().is_none() || children.any(|(_, process)| process.ended.is_some())
    }

    fn can_read(&self, process: &Process, number: u8) -> bool {
        match process.descriptors.get(&number) {
            Some(Descriptor::PipeReader(pipe)) => {
                self.pipes.get(pipe).is_none_or(Pipe::is_readable) || !self.has_writers(*pipe)
            }
            _ => true,
        }
    }

    fn can_write(&self, process: &Process, number: u8) -> bool {
        match process.descriptors.get(&number) {
            Some(Descriptor::PipeWriter(pipe)) => {
                !self.has_readers(*pipe)
                    || self.pipes.get(pipe).is_none_or(|state| state.buffer.len() < Pipe::CAPACITY)
            }
            _ => true,
        }
    }

    fn resume(&mut self, pid: Pid, files: (&mut FileSystem, &mut Volumes), now: Time, turn: u32) {
        let (tired, exhausted) = (turn > TURNS_AT_ONCE, turn > MOST_TURNS);
        let Some(mut program) = self.table.get_mut(&pid).and_then(|process| process.program.take())
        else {
            return;
        };
        let mut kernel = self.kernel(pid, files, now);
        let step = program.resume(&mut kernel);
        let broken = kernel.broken;
        // The kernel may have ended the process meanwhile (`kill $$`).
        let Some(process) = self.table.get_mut(&pid).filter(|process| process.ended.is_none())
        else {
            return;
        };
        process.program = Some(program);
        if broken {
            self.deliver(pid, Signal::PIPE, now, false);
            return;
        }
        match step {
            Step::Exit(code) => self.bury(pid, Ended { code, signal: None, at: now }),
            // Whoever is woken that often at one moment waits for nothing real.
            Step::Wait(_) if exhausted => process.wait = Wait::until(now + BUSY),
            Step::Wait(wait) => process.wait = wait,
            Step::Busy if tired => {
                process.wait = Wait::until(now + BUSY);
                process.busy = process.busy + BUSY;
            }
            Step::Busy => process.wait = Wait::until(now),
            Step::Exec(program, argv) => {
                process.program = Some(program);
                process.argv = argv;
                process.wait = Wait::until(now);
            }
        }
    }

    /// When something will next be able to run by itself.
    pub fn next_wake(&self) -> Option<Time> {
        self.alive().filter_map(|(_, process)| process.wait.until).min()
    }
}

fn process_parent(table: &BTreeMap<Pid, Process>, pid: Pid) -> Pid {
    table.get(&pid).map_or(0, |process| process.parent)
}
