//! The container itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::files::{add_runtime_files, system};
use super::log::{Log, LogLine};
use super::programs::ImagePrograms;
use super::server::{Line, Scene, Server};
use super::session::{ExecId, Session};
use super::spec::{Spec, StartError};
use crate::images::Image;
use crate::process::{
    CommandError, Descriptor, Ended, FileSystem, HttpResponse, Pid, Processes, Signal, Spawn,
    Volumes,
};
use crate::sim::{Delay, Time};
use crate::tools::Toolbox;

/// What a container needs of the outside while it runs.
#[derive(Debug)]
pub struct Host<'a> {
    /// The cluster's volumes.
    pub volumes: &'a mut Volumes,
    /// Ports that other containers of the Pod listen on.
    pub taken_ports: &'a [u16],
}

/// How a container ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exit {
    /// The exit code.
    pub code: u8,
    /// The signal that ended it.
    pub signal: Option<Signal>,
    /// The reason that the kubelet reports.
    pub reason: Reason,
    /// When.
    pub finished_at: Time,
}

/// Reasons of a container's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Exit code 0.
    Completed,
    /// Any other.
    Error,
    /// It wanted more memory than its limit.
    OomKilled,
}

impl Reason {
    /// As in `status.containerStatuses[].state.terminated.reason`.
    pub fn text(self) -> &'static str {
        match self {
            Self::Completed => "Completed",
            Self::Error => "Error",
            Self::OomKilled => "OOMKilled",
        }
    }
}

/// What came of an HTTP request.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// A response, after so long.
    Response(HttpResponse, Delay),
    /// Nobody listens on that port.
    Refused,
    /// The connection was closed without an answer.
    Reset,
}

/// One container, from its start until it is removed.
#[derive(Debug, Clone)]
pub struct Container {
    pub(super) image: Arc<Image>,
    pub(super) spec: Arc<Spec>,
    pub(super) started: Time,
    pub(super) files: FileSystem,
    pub(super) main: Main,
    pub(super) log: Log,
    pub(super) exit: Option<Exit>,
}

/// What runs.
#[derive(Debug, Clone)]
pub(super) enum Main {
    /// A server alone: no process table yet.
    Lone(Box<Server>),
    /// Processes.
    Many(Box<System>),
    /// Nothing any more; a server's first lines can still be made up.
    Over(Option<Box<Server>>),
}

#[derive(Debug, Clone)]
pub(super) struct System {
    pub(super) processes: Processes,
    /// Where the first process' output comes, and the pipe to its input.
    pub(super) sink: u32,
    pub(super) input: Option<u32>,
    pub(super) sessions: BTreeMap<ExecId, Session>,
    pub(super) last_session: u32,
}

impl Container {
    /// Starts a container of `image`.
    pub fn start(
        now: Time,
        image: &Arc<Image>,
        spec: Arc<Spec>,
        host: &mut Host<'_>,
    ) -> Result<Self, StartError> {
        let argv = spec.argv(image);
        let Some(name) = argv.first().cloned() else { return Err(StartError::no_command()) };
        let mut container = Self {
            image: image.clone(),
            started: now,
            files: system(image, &spec),
            main: Main::Over(None),
            log: Log::default(),
            exit: None,
            spec,
        };
        if let Some(server) = container.lone_server(&argv, host)? {
            container.start_server(server, now, host);
            return Ok(container);
        }
        container
            .start_processes(argv, now, host)
            .map_err(|error| StartError::create(&name, error))?;
        container.settle(now, host);
        Ok(container)
    }

    fn programs(&self) -> ImagePrograms {
        ImagePrograms { image: self.image.clone(), tools: Toolbox::default() }
    }

    /// The server that the command line comes to, when it is nothing else.
    fn lone_server(
        &mut self,
        argv: &[String],
        host: &mut Host<'_>,
    ) -> Result<Option<Server>, StartError> {
        let mut processes =
            Processes::new(Arc::new(self.programs()), self.spec.hostname.clone(), self.spec.seed);
        let path = self.spec.search_path(&self.image);
        let (workdir, programs) = (self.workdir(), self.programs());
        let kernel = processes.kernel(0, (&mut self.files, host.volumes), self.started);
        let name = argv.first().map_or("", String::as_str);
        let executable_of = |name: &str| {
            let file = kernel.find(&in_directory(name, &workdir), &path)?;
            kernel.files.executable(&file).map_err(|_| CommandError::PermissionDenied)
        };
        let found = executable_of(name).map_err(|error| StartError::create(name, error))?;
        let Ok(mut executable) = found else { return Ok(None) };
        let mut command = argv.to_vec();
        if let Some(own) = executable.name.strip_prefix("entrypoint ") {
            command.remove(0);
            if command.first().is_none_or(|first| first.starts_with('-')) {
                command.insert(0, own.to_string());
            }
            let name = command.first().map_or("", String::as_str);
            match executable_of(name) {
                Ok(Ok(inner)) => executable = inner,
                _ => return Ok(None),
            }
        }
        Ok(programs.server(&executable, &command))
    }

    fn workdir(&self) -> String {
        self.spec.workdir.as_ref().unwrap_or(&self.image.workdir).to_string()
    }

    fn start_server(&mut self, mut server: Server, now: Time, host: &Host<'_>) {
        let lines = self.with_scene(now, |scene| server.start(scene, host.taken_ports));
        self.write(now, &lines);
        self.main = Main::Lone(Box::new(server));
    }

    pub(super) fn with_scene<T>(&self, now: Time, run: impl FnOnce(&Scene<'_>) -> T) -> T {
        let env = self.spec.environment(&self.image);
        let argv = self.spec.argv(&self.image);
        run(&Scene { hostname: &self.spec.hostname, ip: &self.spec.ip, env: &env, argv, now })
    }

    pub(super) fn write(&mut self, now: Time, lines: &[Line]) {
        for (is_error, text) in lines {
            self.log.write(now, *is_error, text.as_bytes());
        }
    }

    fn new_system(&mut self, now: Time, host: &Host<'_>) -> System {
        add_runtime_files(&mut self.files, &self.spec, now);
        let mut processes =
            Processes::new(Arc::new(self.programs()), self.spec.hostname.clone(), self.spec.seed);
        processes.set_network(self.spec.ip.clone(), host.taken_ports.to_vec());
        let sink = processes.add_sink(self.spec.tty);
        let input = self.spec.stdin.then(|| processes.add_input(self.spec.tty));
        System { processes, sink, input, sessions: BTreeMap::new(), last_session: 0 }
    }

    pub(super) fn descriptors(sink: u32, input: Option<u32>) -> BTreeMap<u8, Descriptor> {
        BTreeMap::from([
            (0, input.map_or(Descriptor::Null, Descriptor::PipeReader)),
            (1, Descriptor::Sink(sink, false)),
            (2, Descriptor::Sink(sink, true)),
        ])
    }

    pub(super) fn spawn(
        &mut self,
        system: &mut System,
        argv: Vec<String>,
        descriptors: BTreeMap<u8, Descriptor>,
        now: Time,
        host: &mut Host<'_>,
    ) -> Result<Pid, CommandError> {
        let env = Arc::new(self.spec.environment(&self.image));
        let path = env
            .iter()
            .find(|(name, _)| &**name == "PATH")
            .map(|(_, value)| value.to_string())
            .unwrap_or_default();
        let name = in_directory(argv.first().map_or("", String::as_str), &self.workdir());
        let kernel = system.processes.kernel(0, (&mut self.files, host.volumes), now);
        let file = kernel.find(&name, &path)?;
        let (program, argv) = kernel.load(&file, &argv)?;
        let uid = self.spec.uid(&self.image);
        let groups =
            if self.spec.groups.is_empty() { Arc::new([0]) } else { self.spec.groups.clone() };
        let spawn =
            Spawn { parent: 0, argv, env, cwd: self.workdir(), uid, groups, descriptors, program };
        Ok(system.processes.spawn(spawn, now))
    }

    fn start_processes(
        &mut self,
        argv: Vec<String>,
        now: Time,
        host: &mut Host<'_>,
    ) -> Result<(), CommandError> {
        let mut system = self.new_system(now, host);
        let descriptors = Self::descriptors(system.sink, system.input);
        self.spawn(&mut system, argv, descriptors, now, host)?;
        self.main = Main::Many(Box::new(system));
        Ok(())
    }

    /// The process table, made if there is only a server so far.
    pub(super) fn system(&mut self, host: &Host<'_>) -> Option<&mut System> {
        if let Main::Lone(server) = &self.main {
            let server = server.clone();
            let mut system = self.new_system(self.started, host);
            let argv = self.spec.argv(&self.image);
            let argv = if argv.first().is_some_and(|first| first.contains("entrypoint")) {
                argv.into_iter().skip(1).collect()
            } else {
                argv
            };
            let spawn = Spawn {
                parent: 0,
                argv,
                env: Arc::new(self.spec.environment(&self.image)),
                cwd: self.workdir(),
                uid: self.spec.uid(&self.image),
                groups: if self.spec.groups.is_empty() {
                    Arc::new([0])
                } else {
                    self.spec.groups.clone()
                },
                descriptors: Self::descriptors(system.sink, system.input),
                program: server.clone(),
            };
            system.processes.spawn(spawn, self.started);
            // What it logged at its start can no longer be made up later.
            let greeting = self.greeting(&server);
            self.log.prepend(greeting);
            self.main = Main::Many(Box::new(system));
        }
        match &mut self.main {
            Main::Many(system) => Some(system),
            _ => None,
        }
    }

    pub(super) fn greeting(&self, server: &Server) -> Vec<LogLine> {
        let lines = self.with_scene(self.started, |scene| server.greeting(scene));
        lines
            .into_iter()
            .map(|(is_error, text)| LogLine {
                at: self.started,
                is_error,
                text: text.trim_end_matches('\n').into(),
            })
            .collect()
    }

    /// Does what is due at `now`.
    pub fn wake(&mut self, now: Time, host: &mut Host<'_>) {
        if let Main::Lone(server) = &self.main
            && let Some((at, code)) = server.ends().filter(|(at, _)| *at <= now)
        {
            self.finish(Ended { code, signal: None, at });
            return;
        }
        self.settle(now, host);
    }

    /// Runs the processes and gathers what they wrote and how they ended.
    pub(super) fn settle(&mut self, now: Time, host: &mut Host<'_>) {
        let Main::Many(system) = &mut self.main else { return };
        system.processes.set_network(self.spec.ip.clone(), host.taken_ports.to_vec());
        system.processes.run((&mut self.files, host.volumes), now);
        for (at, is_error, data) in system.processes.take_output(system.sink) {
            self.log.write(at, is_error, &data);
            for session in system.sessions.values_mut().filter(|session| session.sink.is_none()) {
                session.hear(is_error, &data);
            }
        }
        for session in system.sessions.values_mut() {
            if let Some(sink) = session.sink {
                for (_, is_error, data) in system.processes.take_output(sink) {
                    session.hear(is_error, &data);
                }
            }
            if session.ended.is_none() && session.pid != 1 {
                session.ended = system.processes.take_end(session.pid);
            }
        }
        let over_limit =
            self.spec.memory_limit.is_some_and(|limit| system.processes.memory() > limit);
        let ended = system.processes.take_end(1);
        if let Some(ended) = ended {
            self.finish(ended);
        } else if over_limit {
            let killed = Ended { code: 137, signal: Some(Signal::KILL), at: now };
            self.finish(killed);
            self.exit = self.exit.take().map(|exit| Exit { reason: Reason::OomKilled, ..exit });
        }
    }

    fn finish(&mut self, ended: Ended) {
        let reason = if ended.code == 0 { Reason::Completed } else { Reason::Error };
        self.log.close(ended.at);
        if let Main::Many(system) = &mut self.main {
            // The end of the first process is the end of all.
            for session in system.sessions.values_mut() {
                session.ended.get_or_insert(Ended {
                    code: 137,
                    signal: Some(Signal::KILL),
                    at: ended.at,
                });
            }
        } else if let Main::Lone(server) = std::mem::replace(&mut self.main, Main::Over(None)) {
            self.main = Main::Over(Some(server));
        }
        self.exit =
            Some(Exit { code: ended.code, signal: ended.signal, reason, finished_at: ended.at });
    }

    /// When it must be woken next; never, while it only waits for requests.
    pub fn next_wake(&self) -> Option<Time> {
        match &self.main {
            _ if self.exit.is_some() => None,
            Main::Lone(server) => server.ends().map(|(at, _)| at),
            Main::Many(system) => system.processes.next_wake(),
            Main::Over(_) => None,
        }
    }

    /// When it started.
    pub fn started_at(&self) -> Time {
        self.started
    }

    /// The image it runs.
    pub fn image(&self) -> &Arc<Image> {
        &self.image
    }

    /// How it ended, once it has.
    pub fn exited(&self) -> Option<&Exit> {
        self.exit.as_ref()
    }

    /// Sends a signal to its first process; `wake` shows what comes of it.
    pub fn signal(&mut self, signal: Signal, now: Time, host: &mut Host<'_>) {
        if self.exit.is_some() {
            return;
        }
        if signal == Signal::KILL {
            self.finish(Ended { code: 137, signal: Some(Signal::KILL), at: now });
            return;
        }
        match &mut self.main {
            Main::Lone(server) if server.heeds(signal) => server.stop(now),
            Main::Many(system) => {
                system.processes.signal(1, signal, now);
                self.settle(now, host);
            }
            _ => {}
        }
    }
}

/// A relative command is looked for in the working directory.
fn in_directory(name: &str, directory: &str) -> String {
    match name.strip_prefix("./") {
        Some(rest) => format!("{}/{rest}", directory.trim_end_matches('/')),
        None => name.to_string(),
    }
}
