//! The container itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::files::{add_runtime_files, system};
use super::log::{Log, LogLine};
use super::programs::ImagePrograms;
use super::server::{Line, Scene, Server};
use super::session::{ExecId, Session};
use super::spec::{Spec, StartError};
use super::terminal::Terminal;
use crate::images::Image;
use crate::process::{
    CommandError, Descriptor, Ended, FileSystem, Files, HttpRequest, HttpResponse, NetAnswer,
    NetRequest, Pid, Processes, RequestId, Served, Signal, Spawn, Volumes,
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
    image: Arc<Image>,
    spec: Arc<Spec>,
    started: Time,
    files: FileSystem,
    main: Main,
    log: Log,
    exit: Option<Exit>,
}

/// What runs.
#[derive(Debug, Clone)]
enum Main {
    /// A server alone: no process table yet.
    Lone(Box<Server>),
    /// Processes.
    Many(Box<System>),
    /// Nothing any more.
    Over,
}

#[derive(Debug, Clone)]
struct System {
    processes: Processes,
    /// Where the first process' output comes, and the pipe to its input.
    sink: u32,
    input: Option<u32>,
    sessions: BTreeMap<ExecId, Session>,
    last_session: u32,
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
            main: Main::Over,
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
        let env = self.spec.environment(&self.image);
        let path = env
            .iter()
            .find(|(name, _)| &**name == "PATH")
            .map(|(_, value)| value.to_string())
            .unwrap_or_default();
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

    fn with_scene<T>(&self, now: Time, run: impl FnOnce(&Scene<'_>) -> T) -> T {
        let env = self.spec.environment(&self.image);
        let argv = self.spec.argv(&self.image);
        run(&Scene { hostname: &self.spec.hostname, ip: &self.spec.ip, env: &env, argv, now })
    }

    fn write(&mut self, now: Time, lines: &[Line]) {
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
        let input = self.spec.stdin.then(|| processes.add_pipe(true));
        System { processes, sink, input, sessions: BTreeMap::new(), last_session: 0 }
    }

    fn descriptors(sink: u32, input: Option<u32>) -> BTreeMap<u8, Descriptor> {
        BTreeMap::from([
            (0, input.map_or(Descriptor::Null, Descriptor::PipeReader)),
            (1, Descriptor::Sink(sink, false)),
            (2, Descriptor::Sink(sink, true)),
        ])
    }

    fn spawn(
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
    fn system(&mut self, host: &Host<'_>) -> Option<&mut System> {
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

    fn greeting(&self, server: &Server) -> Vec<LogLine> {
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
    fn settle(&mut self, now: Time, host: &mut Host<'_>) {
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
        if let Main::Lone(server) = &self.main {
            let greeting = self.greeting(&server.clone());
            self.log.prepend(greeting);
        }
        if let Main::Many(system) = &mut self.main {
            // The end of the first process is the end of all.
            for session in system.sessions.values_mut() {
                session.ended.get_or_insert(Ended {
                    code: 137,
                    signal: Some(Signal::KILL),
                    at: ended.at,
                });
            }
        } else {
            self.main = Main::Over;
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
            Main::Over => None,
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

    /// The network requests made since last asked.
    pub fn take_requests(&mut self) -> Vec<(RequestId, NetRequest)> {
        match &mut self.main {
            Main::Many(system) if self.exit.is_none() => system.processes.take_requests(),
            _ => Vec::new(),
        }
    }

    /// Hands the answer to a network request in, at the moment it arrives.
    pub fn answer(&mut self, id: RequestId, answer: NetAnswer, now: Time, host: &mut Host<'_>) {
        if let Main::Many(system) = &mut self.main {
            system.processes.answer(id, answer);
            self.settle(now, host);
        }
    }

    /// The TCP ports that its processes listen on.
    pub fn listening(&self, now: Time) -> Vec<u16> {
        match &self.main {
            _ if self.exit.is_some() => Vec::new(),
            Main::Lone(server) => server.listening(now),
            Main::Many(system) => {
                system.processes.listeners(now).into_iter().map(|(port, _)| port).collect()
            }
            Main::Over => Vec::new(),
        }
    }

    /// Whether something listens on `port`.
    pub fn listens(&self, port: u16, now: Time) -> bool {
        self.listening(now).contains(&port)
    }

    /// Answers an HTTP request from the address `client`.
    pub fn http(
        &mut self,
        port: u16,
        request: &HttpRequest,
        client: &str,
        now: Time,
        host: &mut Host<'_>,
    ) -> Answer {
        if !self.listens(port, now) {
            return Answer::Refused;
        }
        let served = match &mut self.main {
            Main::Lone(server) => {
                let mut server = server.clone();
                let uid = self.spec.uid(&self.image);
                let mut own = std::mem::take(&mut self.files);
                let (served, lines) = {
                    let files = Files { system: &mut own, volumes: host.volumes, now, uid };
                    self.with_scene(now, |scene| server.respond(scene, &files, request, client))
                };
                self.files = own;
                self.write(now, &lines);
                self.main = Main::Lone(server);
                served
            }
            Main::Many(system) => {
                let listener =
                    system.processes.listeners(now).into_iter().find(|(own, _)| *own == port);
                let Some((_, pid)) = listener else { return Answer::Refused };
                let files = (&mut self.files, &mut *host.volumes);
                let served = system.processes.serve(pid, files, now, (port, request, client));
                self.settle(now, host);
                served
            }
            Main::Over => return Answer::Refused,
        };
        match served {
            Served::Response(response, takes) => Answer::Response(response, takes),
            Served::Closed => Answer::Reset,
        }
    }

    /// Says `payload` to a TCP port and hears the first answer; none when
    /// nobody listens there.
    pub fn tcp(&mut self, port: u16, payload: &[u8], now: Time) -> Option<Vec<u8>> {
        if !self.listens(port, now) {
            return None;
        }
        match &mut self.main {
            Main::Lone(server) => Some(server.converse(payload)),
            Main::Many(system) => system.processes.converse(port, payload, now),
            Main::Over => None,
        }
    }

    /// Lines of the log from number `from` on, and the number to go on from.
    pub fn logs(&self, from: u64) -> (Vec<LogLine>, u64) {
        let greeting = match &self.main {
            Main::Lone(server) => self.greeting(server),
            _ => Vec::new(),
        };
        let first = greeting.len() as u64;
        let (lines, next) = self.log.since(from.saturating_sub(first));
        let skipped = usize::try_from(from).unwrap_or(usize::MAX);
        let lines = greeting.into_iter().skip(skipped).chain(lines.cloned()).collect();
        (lines, next + first)
    }

    /// Starts a command in the container.
    pub fn exec(
        &mut self,
        argv: Vec<String>,
        tty: bool,
        stdin: bool,
        now: Time,
        host: &mut Host<'_>,
    ) -> Result<ExecId, StartError> {
        let name = argv.first().cloned().unwrap_or_default();
        if self.exit.is_some() || self.system(host).is_none() {
            return Err(StartError {
                message: "cannot exec in a stopped state: unknown".into(),
                code: 126,
            });
        }
        let Main::Many(mut system) = std::mem::replace(&mut self.main, Main::Over) else {
            return Err(StartError::no_command());
        };
        let sink = system.processes.add_sink(tty);
        let input = stdin.then(|| system.processes.add_pipe(true));
        let started = self.spawn(&mut system, argv, Self::descriptors(sink, input), now, host);
        let result = started.map_err(|error| StartError::exec(&name, error)).map(|pid| {
            system.last_session += 1;
            let id = ExecId(system.last_session);
            let terminal = tty.then(Terminal::default);
            let session = Session {
                pid,
                input,
                sink: Some(sink),
                terminal,
                output: Default::default(),
                ended: None,
            };
            system.sessions.insert(id, session);
            id
        });
        self.main = Main::Many(system);
        if result.is_ok() {
            self.settle(now, host);
        }
        result
    }

    /// Joins the first process' output, and its input if that is open.
    pub fn attach(&mut self, host: &mut Host<'_>) -> Option<ExecId> {
        let tty = self.spec.tty;
        let system = self.system(host)?;
        system.last_session += 1;
        let id = ExecId(system.last_session);
        let terminal = tty.then(Terminal::default);
        let session = Session {
            pid: 1,
            input: system.input,
            sink: None,
            terminal,
            output: Default::default(),
            ended: None,
        };
        system.sessions.insert(id, session);
        Some(id)
    }

    fn session(&mut self, id: ExecId) -> Option<&mut Session> {
        match &mut self.main {
            Main::Many(system) => system.sessions.get_mut(&id),
            _ => None,
        }
    }

    /// Types into a session, or feeds its standard input.
    pub fn write_stdin(&mut self, id: ExecId, data: &[u8], now: Time, host: &mut Host<'_>) {
        let Main::Many(system) = &mut self.main else { return };
        let Some(session) = system.sessions.get_mut(&id) else { return };
        let Some(input) = session.input else { return };
        match &mut session.terminal {
            None => system.processes.feed(input, data),
            Some(terminal) => {
                let typed = terminal.type_in(data);
                session.output.push_back((false, typed.echo));
                system.processes.feed(input, &typed.input);
                if typed.interrupt {
                    system.processes.interrupt(session.pid, now);
                }
                if typed.end {
                    system.processes.close_pipe(input);
                }
            }
        }
        self.settle(now, host);
    }

    /// Closes a session's standard input.
    pub fn close_stdin(&mut self, id: ExecId, now: Time, host: &mut Host<'_>) {
        let Some(input) = self.session(id).and_then(|session| session.input) else { return };
        if let Main::Many(system) = &mut self.main {
            system.processes.close_pipe(input);
        }
        self.settle(now, host);
    }

    /// Takes a session's output: whether standard error, and the bytes.
    pub fn read_output(&mut self, id: ExecId) -> Vec<(bool, Vec<u8>)> {
        self.session(id).map(|session| session.output.drain(..).collect()).unwrap_or_default()
    }

    /// How a session's command ended, once it has.
    pub fn session_ended(&mut self, id: ExecId) -> Option<Ended> {
        let over = self.exit.as_ref().map(|exit| Ended {
            code: exit.code,
            signal: exit.signal,
            at: exit.finished_at,
        });
        match self.session(id) {
            Some(session) if session.pid == 1 => over,
            Some(session) => session.ended,
            None => over,
        }
    }

    /// Forgets a session; its command is killed if it still runs.
    pub fn close_session(&mut self, id: ExecId, now: Time) {
        let Main::Many(system) = &mut self.main else { return };
        let Some(session) = system.sessions.remove(&id) else { return };
        if session.pid != 1 && session.ended.is_none() {
            system.processes.signal(session.pid, Signal::KILL, now);
            system.processes.take_end(session.pid);
        }
        if let Some(sink) = session.sink {
            system.processes.remove_sink(sink);
        }
    }

    /// What was written to the file at `path`: the termination message.
    pub fn read_file(&mut self, path: &str, now: Time, host: &mut Host<'_>) -> Option<Vec<u8>> {
        let files = Files { system: &mut self.files, volumes: host.volumes, now, uid: 0 };
        files.read(path).ok().map(|data| data.to_vec())
    }

    /// Runs `change` on the container's files, as `kubectl cp` does by tar.
    pub fn with_files<T>(
        &mut self,
        now: Time,
        host: &mut Host<'_>,
        change: impl FnOnce(&mut Files<'_>) -> T,
    ) -> T {
        change(&mut Files { system: &mut self.files, volumes: host.volumes, now, uid: 0 })
    }

    /// Bytes of memory in use.
    pub fn memory(&self) -> u64 {
        use crate::process::Program as _;
        match &self.main {
            _ if self.exit.is_some() => 0,
            Main::Lone(server) => server.memory(),
            Main::Many(system) => system.processes.memory(),
            Main::Over => 0,
        }
    }

    /// Processor time used since the start; its growth is the usage.
    pub fn cpu_time(&self, now: Time) -> Delay {
        let run = now.since(self.started);
        let used = match &self.main {
            Main::Lone(server) => server.cpu_time(now),
            Main::Many(system) => system.processes.cpu_time(now),
            Main::Over => Delay::ZERO,
        };
        match self.spec.cpu_limit.and_then(|limit| i64::try_from(limit).ok()) {
            Some(limit) => used.min(Delay::micros(run.as_micros() / 1000 * limit)),
            None => used,
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
