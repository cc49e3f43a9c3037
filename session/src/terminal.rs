//! The terminal's command lines: a shell with its tools, and kubectl beside
//! them.
//!
//! The shell and the tools are those of the containers; kubectl and gcloud
//! are programs that the terminal carries out itself. Each line has a shell of
//! its own, which knows what the one before knew: variables, functions,
//! aliases, where it was.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use podyard_engine::network::Caller;
use podyard_engine::process::{
    Descriptor, Entry, Family, FileSystem, Kind, Mount, NetAnswer, Pid, Processes, Program, Read,
    RequestId, Spawn, Terminal, Volume, VolumeId, Volumes,
};
use podyard_engine::shell::{Dialect, Shell};
use podyard_engine::sim::Time;
use podyard_engine::tools::{Set, Toolbox, layer};
use podyard_kubectl::Io;
use podyard_kubectl::host::Output;
use podyard_kubectl::transport::{LocalFuture, Transport as _};

use crate::files::{Computer, Files};
use crate::forwards::{Forwards, LOOPBACK, loopback};
use crate::gcloud;
use crate::podyard;
use crate::stdin::Stdin;
use crate::transport::InProcess;

/// Where the editor's files are.
const HOME: &str = "/home/you";
/// The programs that the terminal carries out itself.
const FOREIGN: &[&str] = &["kubectl", "k", "gcloud", "podyard", "help"];
/// Who there is.
const USERS: &str = "root:x:0:0:root:/root:/bin/bash\nyou:x:1000:1000:you:/home/you:/bin/bash\n";
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Collects what a foreign program prints until the shell can take it.
#[derive(Clone, Default)]
pub(crate) struct Outbox(Rc<RefCell<Vec<u8>>>);

impl Outbox {
    /// What has been printed since this was last asked.
    pub(crate) fn take(&self) -> Vec<u8> {
        self.0.take()
    }
}

impl Output for Outbox {
    fn write(&self, bytes: &[u8]) {
        self.0.borrow_mut().extend_from_slice(bytes);
    }
}

/// A foreign program that runs.
struct Foreigner {
    future: LocalFuture<'static, i32>,
    stdin: Stdin,
    stdout: Outbox,
    stderr: Outbox,
}

/// What one command line leaves to the next.
#[derive(Clone, Default)]
pub(crate) struct Memory(Rc<RefCell<Option<Remembered>>>);

impl Memory {
    /// The same memory, of which each may change without the other.
    pub(crate) fn copy(&self) -> Self {
        Self(Rc::new(RefCell::new(self.0.borrow().clone())))
    }
}

#[derive(Clone)]
struct Remembered {
    /// The shell at its end: variables, functions, aliases.
    shell: Shell,
    /// Where it was.
    cwd: String,
    /// The files beside the editor's.
    system: FileSystem,
}

/// One command line while it runs.
pub(crate) struct Line {
    transport: InProcess,
    files: Files,
    processes: Processes,
    system: FileSystem,
    volumes: Volumes,
    home: VolumeId,
    shell: Pid,
    sink: u32,
    /// Gathers what is typed into lines, and echoes it.
    terminal: Terminal,
    /// Where what is typed goes.
    keyboard: u32,
    /// Whether something has waited for what is typed.
    reads: bool,
    foreigners: BTreeMap<Pid, Foreigner>,
    answers: BTreeMap<(Time, RequestId), NetAnswer>,
    memory: Memory,
    forwards: Forwards,
}

impl Line {
    /// Begins a command line. What it leaves goes into `memory`.
    pub(crate) fn new(
        line: &str,
        transport: InProcess,
        (files, forwards): (Files, Forwards),
        memory: Memory,
    ) -> Self {
        let now = transport.now();
        let mut volumes = Volumes::default();
        let home = volumes.add(volume_of(&files, now));
        let mount =
            Mount { path: HOME.into(), volume: home, sub_path: "".into(), read_only: false };
        let remembered = memory.0.borrow().clone();
        let system = match &remembered {
            Some(remembered) => remembered.system.clone(),
            None => new_system(mount, now),
        };
        let programs = Toolbox::default().with_foreign(FOREIGN).shared();
        let seed = u64::try_from(now.as_micros()).unwrap_or_default();
        let mut processes = Processes::new(programs, "podyard".into(), seed);
        let sink = processes.add_sink(true);
        let keyboard = processes.add_input(true);
        let shell = start_shell(line, (keyboard, sink), &mut processes, remembered.as_ref(), now);
        Self {
            transport,
            files,
            processes,
            system,
            volumes,
            home,
            shell,
            sink,
            terminal: Terminal::default(),
            keyboard,
            reads: false,
            foreigners: BTreeMap::new(),
            answers: BTreeMap::new(),
            memory,
            forwards,
        }
    }

    /// The same line in another machine; none while it carries out a program
    /// of its own, which nobody can look into.
    pub(crate) fn copy(
        &self,
        transport: InProcess,
        (files, forwards): (&Files, &Forwards),
        memory: &Memory,
    ) -> Option<Self> {
        self.foreigners.is_empty().then(|| Self {
            transport,
            files: files.clone(),
            processes: self.processes.clone(),
            system: self.system.clone(),
            volumes: self.volumes.clone(),
            home: self.home,
            shell: self.shell,
            sink: self.sink,
            terminal: self.terminal.clone(),
            keyboard: self.keyboard,
            reads: self.reads,
            foreigners: BTreeMap::new(),
            answers: self.answers.clone(),
            memory: memory.clone(),
            forwards: forwards.clone(),
        })
    }

    /// Begins another command line beside what an earlier one has left running.
    pub(crate) fn again(mut self, line: &str) -> Self {
        let now = self.transport.now();
        if let Some(home) = self.volumes.get_mut(self.home) {
            *home = volume_of(&self.files, now);
        }
        self.keyboard = self.processes.add_input(true);
        self.terminal = Terminal::default();
        self.reads = false;
        let remembered = self.memory.0.borrow().clone();
        if let Some(remembered) = &remembered {
            self.system = remembered.system.clone();
        }
        let ends = (self.keyboard, self.sink);
        self.shell = start_shell(line, ends, &mut self.processes, remembered.as_ref(), now);
        self.processes.adopt(self.shell);
        self
    }

    /// Whether something still runs in the background.
    pub(crate) fn has_jobs(&self) -> bool {
        self.processes.alive().any(|(pid, _)| pid != self.shell)
    }

    /// Lets what runs in the background go on; what it prints is kept for the
    /// next command line.
    pub(crate) fn idle(&mut self) {
        let now = self.transport.now();
        while self.go_on(now) {}
        self.set_alarm(now);
    }

    /// Ends the command line itself, sparing what runs in the background.
    pub(crate) fn give_up(&mut self) {
        self.processes.end_foreground(self.shell, self.transport.now());
        self.processes.take_end(self.shell);
    }

    /// Goes as far as it can. Gives the exit code at the end.
    pub(crate) fn poll(&mut self, stdout: &dyn Output, stderr: &dyn Output) -> Poll<i32> {
        let now = self.transport.now();
        loop {
            let moved = self.go_on(now);
            for (_, is_error, bytes) in self.processes.take_output(self.sink) {
                (if is_error { stderr } else { stdout }).write(&bytes);
            }
            self.remember();
            if let Some(ended) = self.processes.take_end(self.shell) {
                self.keep_files();
                return Poll::Ready(ended.code.into());
            }
            if !moved {
                break;
            }
        }
        self.reads |= self.is_waiting_for_keys();
        self.set_alarm(now);
        Poll::Pending
    }

    /// Lets everything go on once; says whether that gave something more to do.
    fn go_on(&mut self, now: Time) -> bool {
        self.hand_over(now);
        self.processes.run((&mut self.system, &mut self.volumes), now);
        self.ask(now);
        self.carry_out(now)
    }

    fn set_alarm(&self, now: Time) {
        let wakes = self.processes.next_wake().into_iter();
        let next = wakes.chain(self.answers.keys().map(|(at, _)| *at)).min();
        if let Some(next) = next.filter(|next| *next > now) {
            self.transport.alarms.borrow_mut().insert(next);
        }
    }

    /// Keeps what the shell knew at its end, for the next line.
    fn remember(&self) {
        let left = self.processes.left_behind(self.shell).and_then(Program::as_any);
        let Some(shell) = left.and_then(|left| left.downcast_ref::<Shell>()) else { return };
        let cwd = self.processes.get(self.shell).map(|own| own.cwd.clone());
        *self.memory.0.borrow_mut() = Some(Remembered {
            shell: shell.clone(),
            cwd: cwd.unwrap_or_else(|| HOME.to_owned()),
            system: self.system.clone(),
        });
    }

    /// Interrupts what runs, as Ctrl-C does; false when that is up to the
    /// program that takes every key, as a shell in a container does.
    pub(crate) fn interrupt(&mut self) -> bool {
        if self.is_raw() {
            self.processes.feed(self.keyboard, b"\x03");
            return false;
        }
        self.processes.interrupt(self.shell, self.transport.now());
        true
    }

    /// Takes what is typed; shows it on the screen unless a program takes
    /// every key. Says whether it was, or had in it, Ctrl-C for the shell.
    pub(crate) fn type_in(&mut self, text: &str, screen: &dyn Output) -> bool {
        if self.is_raw() {
            self.processes.feed(self.keyboard, text.as_bytes());
            return false;
        }
        let typed = self.terminal.type_in(text.as_bytes());
        screen.write(&typed.echo);
        self.processes.feed(self.keyboard, &typed.input);
        if typed.end {
            self.processes.end_input(self.keyboard);
        }
        typed.interrupt
    }

    /// Whether anything has read what is typed, or waited for it.
    pub(crate) fn reads(&self) -> bool {
        self.reads
    }

    fn is_raw(&self) -> bool {
        self.foreigners.values().any(|foreigner| foreigner.stdin.is_raw())
    }

    fn is_waiting_for_keys(&self) -> bool {
        let wants =
            |foreigner: &Foreigner| foreigner.stdin.is_terminal() && foreigner.stdin.is_wanted();
        self.processes.is_awaited(self.keyboard) || self.foreigners.values().any(wants)
    }

    /// Sends what the tools want of the network.
    fn ask(&mut self, now: Time) {
        for (id, request) in self.processes.take_requests() {
            let cluster = &self.transport.cluster;
            let (answer, took) = match loopback(&request) {
                Some(outcome) => self.forwards.answer(cluster, &request).unwrap_or_else(|| {
                    let address = Some("127.0.0.1".to_owned());
                    (NetAnswer { address, server: None, outcome }, LOOPBACK)
                }),
                None => cluster.borrow_mut().answer(&Caller::Outside, &request),
            };
            self.answers.insert((now + took, id), answer);
        }
    }

    fn hand_over(&mut self, now: Time) {
        while let Some(entry) = self.answers.first_entry() {
            if entry.key().0 > now {
                return;
            }
            let (_, id) = *entry.key();
            let answer = entry.remove();
            self.processes.answer(id, answer);
        }
    }

    /// Lets the foreign programs go on; says whether one moved.
    fn carry_out(&mut self, now: Time) -> bool {
        let mut moved = false;
        for pid in self.processes.foreign() {
            if !self.foreigners.contains_key(&pid) {
                let argv = self.processes.get(pid).map(|own| own.argv.clone()).unwrap_or_default();
                let terminal = self.processes.types_from(pid, self.keyboard);
                let foreigner = self.begin(argv, Stdin::new(terminal));
                self.foreigners.insert(pid, foreigner);
            }
        }
        let living = self.processes.foreign();
        self.foreigners.retain(|pid, _| living.contains(pid));
        for (pid, foreigner) in &mut self.foreigners {
            let mut context = Context::from_waker(std::task::Waker::noop());
            let ended = foreigner.future.as_mut().poll(&mut context);
            for (descriptor, outbox) in [(1, &foreigner.stdout), (2, &foreigner.stderr)] {
                let bytes = outbox.take();
                if !bytes.is_empty() {
                    moved = true;
                    let files = (&mut self.system, &mut self.volumes);
                    self.processes.write_output(*pid, descriptor, &bytes, files, now);
                }
            }
            if let Poll::Ready(code) = ended {
                moved = true;
                self.processes.end(*pid, u8::try_from(code).unwrap_or(1), now);
            } else {
                let files = (&mut self.system, &mut self.volumes);
                moved |= feed(&mut self.processes, *pid, &foreigner.stdin, files, now);
            }
        }
        moved
    }

    fn begin(&self, argv: Vec<String>, stdin: Stdin) -> Foreigner {
        let (stdout, stderr) = (Outbox::default(), Outbox::default());
        let (files, forwards) = (self.files.clone(), self.forwards.clone());
        let host = Computer { files, stdin: stdin.clone(), forwards };
        let transport = self.transport.clone();
        let (out, err) = (stdout.clone(), stderr.clone());
        let future = async move {
            let io = Io { transport: &transport, host: &host, stdout: &out, stderr: &err };
            match argv.split_first() {
                Some((name, arguments)) if name == "gcloud" => {
                    gcloud::run(arguments, &transport.cluster, &io)
                }
                Some((name, arguments)) if name == "podyard" => {
                    podyard::run(arguments, &transport.cluster, &io)
                }
                Some((name, _)) if name == "help" => podyard::terminal_help(&io),
                Some((_, arguments)) => podyard_kubectl::run(arguments, &io).await,
                None => 127,
            }
        };
        Foreigner { future: Box::pin(future), stdin, stdout, stderr }
    }

    /// What the line wrote into files becomes the editor's.
    fn keep_files(&mut self) {
        let Some(home) = self.volumes.get(self.home) else { return };
        let before = self.files.snapshot();
        for (path, entry) in home.iter() {
            let Kind::File(bytes) = &entry.kind else { continue };
            let name = path.trim_start_matches('/');
            let text = String::from_utf8_lossy(bytes);
            if before.get(name).is_none_or(|own| *own != text) && !before.contains_key(name) {
                self.files.set(name, Some(&text));
            }
        }
    }
}

/// The editor's files, as a program finds them.
fn volume_of(files: &Files, now: Time) -> Volume {
    let mut own = Volume::empty();
    for (name, text) in files.snapshot() {
        own.put(&format!("/{name}"), Entry::file(text.into_bytes(), now));
    }
    own
}

/// Brings a program what has come to its standard input, if it waits for it;
/// says whether there was something.
fn feed(
    processes: &mut Processes,
    pid: Pid,
    stdin: &Stdin,
    files: (&mut FileSystem, &mut Volumes),
    now: Time,
) -> bool {
    if !stdin.is_wanted() {
        return false;
    }
    match processes.read_input(pid, files, now) {
        Read::Data(bytes) => stdin.push(&bytes),
        Read::End => stdin.close(),
        Read::Pending => return false,
    }
    true
}

/// The files of a new terminal, beside the editor's.
fn new_system(mount: Mount, now: Time) -> FileSystem {
    let layers = Arc::new([layer(&[Set::Base, Set::Debian, Set::Curl, Set::Network])]);
    let mut system = FileSystem::new(layers, Arc::new([mount]));
    let own = FOREIGN.iter().map(|name| (*name, *name));
    // The page scrolls by itself: a pager has nothing to do but show.
    let others = [("less", "cat"), ("more", "cat"), ("time", "time")];
    for (name, program) in own.chain(others) {
        let program = Entry::program(program, Family::Gnu, now);
        system.put(&format!("/usr/local/bin/{name}"), program);
    }
    system.put("/etc/passwd", Entry::file(USERS.into(), now));
    system
}

fn start_shell(
    line: &str,
    (keyboard, sink): (u32, u32),
    processes: &mut Processes,
    remembered: Option<&Remembered>,
    now: Time,
) -> Pid {
    let argv: Vec<String> = ["bash", "-ic", line].map(str::to_owned).into();
    let mut shell = Shell::new(Dialect::Bash, &argv);
    shell.stay();
    let descriptors = BTreeMap::from([
        (0, Descriptor::PipeReader(keyboard)),
        (1, Descriptor::Sink(sink, false)),
        (2, Descriptor::Sink(sink, true)),
    ]);
    let (env, cwd) = if let Some(remembered) = remembered {
        shell.inherit(&remembered.shell);
        (remembered.shell.environment(), remembered.cwd.clone())
    } else {
        let env = [("PATH", PATH), ("HOME", HOME), ("TERM", "xterm"), ("PWD", HOME)];
        let env = env.map(|(name, text)| (name.into(), text.into())).into();
        (Arc::new(env), HOME.to_owned())
    };
    processes.spawn(
        Spawn {
            parent: 0,
            argv,
            env,
            cwd,
            uid: 1000,
            groups: Arc::new([1000]),
            descriptors,
            program: Box::new(shell),
        },
        now,
    )
}
