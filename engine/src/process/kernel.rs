//! What a running process may ask for: the system calls.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::descriptor::{Descriptor, Open, Pipe, Read};
use super::entry::{Device, Executable, Family, Kind};
use super::files::{FileError, Files};
use super::net::{NetAnswer, NetRequest};
use super::program::{Pid, Program, Signal};
use super::table::{Ended, Process, Processes, RequestId, Spawn};
use crate::sim::{Random, Time};
use crate::value::Str;

/// One process' view of the process table, while it runs.
#[derive(Debug)]
pub struct Kernel<'a> {
    /// The files it sees.
    pub files: Files<'a>,
    /// All processes.
    pub processes: &'a mut Processes,
    /// The time.
    pub now: Time,
    /// The process that asks.
    pub pid: Pid,
    pub(super) broken: bool,
}

/// Why a command could not be started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandError {
    /// No such command in `$PATH`, or no such file.
    NotFound,
    /// A file that is no program.
    PermissionDenied,
}

static NO_ENV: &[(Str, Str)] = &[];

impl Kernel<'_> {
    fn process(&self) -> Option<&Process> {
        self.processes.table.get(&self.pid)
    }

    fn process_mut(&mut self) -> Option<&mut Process> {
        self.processes.table.get_mut(&self.pid)
    }

    /// The command line.
    pub fn argv(&self) -> Vec<String> {
        self.process().map(|process| process.argv.clone()).unwrap_or_default()
    }

    /// The parent's number.
    pub fn parent(&self) -> Pid {
        self.process().map_or(0, |process| process.parent)
    }

    /// The environment in order.
    pub fn env(&self) -> &[(Str, Str)] {
        self.process().map_or(NO_ENV, |process| &process.env)
    }

    /// The environment variable `name`.
    pub fn var(&self, name: &str) -> Option<&str> {
        self.env().iter().find(|(own, _)| &**own == name).map(|(_, value)| &**value)
    }

    /// The working directory.
    pub fn cwd(&self) -> &str {
        self.process().map_or("/", |process| &process.cwd)
    }

    /// Changes the working directory, which must exist.
    pub fn set_cwd(&mut self, path: &str) {
        if let Some(process) = self.process_mut() {
            process.cwd = path.into();
        }
    }

    /// `path` made absolute.
    pub fn absolute(&self, path: &str) -> String {
        if path.starts_with('/') {
            path.into()
        } else {
            format!("{}/{path}", self.cwd().trim_end_matches('/'))
        }
    }

    /// The generator of the container's chance.
    pub fn random(&mut self) -> &mut Random {
        &mut self.processes.random
    }

    /// The next signal that waits to be handled.
    pub fn take_signal(&mut self) -> Option<Signal> {
        self.process_mut()?.signals.pop_front()
    }

    /// Whether a signal waits to be handled.
    pub fn has_signal(&self) -> bool {
        self.process().is_some_and(|process| !process.signals.is_empty())
    }

    /// Ignores `signal` from now on, children too; or stops ignoring it.
    pub fn ignore(&mut self, signal: Signal, ignore: bool) {
        if let Some(process) = self.process_mut() {
            process.ignored.retain(|own| *own != signal);
            if ignore {
                process.ignored.push(signal);
            }
        }
    }

    /// Sends a signal to another process of the container; false if there is
    /// no such process. The first process only hears what it handles.
    pub fn kill(&mut self, pid: Pid, signal: Signal) -> bool {
        self.processes.deliver(pid, signal, self.now, pid == 1)
    }

    /// Sends a signal to a process and all that it has started.
    pub fn kill_family(&mut self, pid: Pid, signal: Signal) -> bool {
        let family = self.processes.family(pid, |_| true);
        let sent = family.into_iter().map(|pid| self.kill(pid, signal));
        sent.fold(false, |any, sent| any | sent)
    }

    /// Takes a child into the background or out of it.
    pub fn set_background(&mut self, pid: Pid, in_background: bool) {
        if let Some(process) = self.processes.table.get_mut(&pid) {
            process.in_background = in_background;
        }
    }

    /// The user's number.
    pub fn uid(&self) -> u32 {
        self.files.uid
    }

    /// The number of the user's own group.
    pub fn gid(&self) -> u32 {
        self.groups().first().copied().unwrap_or_default()
    }

    /// The numbers of the user's groups.
    pub fn groups(&self) -> &[u32] {
        self.process().map_or(&[], |process| &process.groups)
    }

    /// Whether `descriptor` is a terminal.
    pub fn is_terminal(&self, descriptor: u8) -> bool {
        match self.process().and_then(|process| process.descriptors.get(&descriptor)) {
            Some(Descriptor::Sink(sink, _)) => {
                self.processes.sinks.get(sink).is_some_and(|sink| sink.terminal)
            }
            Some(Descriptor::PipeReader(pipe)) => {
                self.processes.pipes.get(pipe).is_some_and(|pipe| pipe.terminal)
            }
            _ => false,
        }
    }

    /// Reads what there is on `descriptor`.
    pub fn read(&mut self, descriptor: u8) -> Read {
        self.read_up_to(descriptor, usize::MAX)
    }

    /// Reads at most `limit` bytes from `descriptor`.
    pub fn read_up_to(&mut self, descriptor: u8, limit: usize) -> Read {
        let found =
            self.process().and_then(|process| process.descriptors.get(&descriptor)).cloned();
        match found {
            Some(Descriptor::PipeReader(pipe)) => self.read_pipe(pipe, limit),
            Some(Descriptor::File(open)) => self.read_file(open, limit),
            Some(Descriptor::Endless(random)) => Read::Data(self.endless(random, limit.min(4096))),
            _ => Read::End,
        }
    }

    fn read_pipe(&mut self, pipe: u32, limit: usize) -> Read {
        let has_writers = self.processes.has_writers(pipe);
        match self.processes.pipes.get_mut(&pipe) {
            Some(state) if state.is_readable() => state.take(limit),
            Some(_) if has_writers => Read::Pending,
            _ => Read::End,
        }
    }

    fn read_file(&mut self, open: u32, limit: usize) -> Read {
        let Some(state) = self.processes.opens.get_mut(&open) else { return Read::End };
        let data = self.files.read(&state.path).unwrap_or_default();
        let end = state.position.saturating_add(limit).min(data.len());
        match data.get(state.position..end) {
            Some(rest) if !rest.is_empty() => {
                state.position = end;
                Read::Data(rest.to_vec())
            }
            _ => Read::End,
        }
    }

    /// Puts bytes read too far back, so that the next reader finds them.
    pub fn unread(&mut self, descriptor: u8, data: &[u8]) {
        let found =
            self.process().and_then(|process| process.descriptors.get(&descriptor)).cloned();
        match found {
            Some(Descriptor::PipeReader(pipe)) => {
                if let Some(state) = self.processes.pipes.get_mut(&pipe) {
                    state.put_back(data);
                }
            }
            Some(Descriptor::File(open)) => {
                if let Some(state) = self.processes.opens.get_mut(&open) {
                    state.position = state.position.saturating_sub(data.len());
                }
            }
            _ => {}
        }
    }

    fn endless(&mut self, random: bool, count: usize) -> Vec<u8> {
        if !random {
            return vec![0; count];
        }
        (0..count).map(|_| self.processes.random.next_u64().to_le_bytes()[0]).collect()
    }

    /// Writes to `descriptor`; a pipe that nobody reads ends the process.
    pub fn write(&mut self, descriptor: u8, data: &[u8]) {
        let found =
            self.process().and_then(|process| process.descriptors.get(&descriptor)).cloned();
        if data.is_empty() {
            return;
        }
        match found {
            Some(Descriptor::PipeWriter(pipe)) => {
                if !self.processes.has_readers(pipe) {
                    self.broken = true;
                } else if let Some(state) = self.processes.pipes.get_mut(&pipe) {
                    state.buffer.extend(data);
                }
            }
            Some(Descriptor::File(open)) => self.write_file(open, data),
            Some(Descriptor::Sink(sink, is_error)) => {
                if let Some(state) = self.processes.sinks.get_mut(&sink) {
                    state.chunks.push_back((self.now, is_error, data.to_vec()));
                }
            }
            _ => {}
        }
    }

    fn write_file(&mut self, open: u32, data: &[u8]) {
        let Some(state) = self.processes.opens.get_mut(&open) else { return };
        if state.append {
            let _ = self.files.write(&state.path, data, true);
            return;
        }
        let length = self.files.read(&state.path).map_or(0, |data| data.len());
        let result = if state.position >= length {
            self.files.write(&state.path, data, true)
        } else {
            let old = self.files.read(&state.path).unwrap_or_default();
            let tail = old.get(state.position + data.len()..).unwrap_or_default();
            let head = old.get(..state.position).unwrap_or_default();
            self.files.write(&state.path, &[head, data, tail].concat(), false)
        };
        if result.is_ok() {
            state.position += data.len();
        }
    }

    /// Whether the pipe behind `descriptor` has no room for now.
    pub fn is_full(&self, descriptor: u8) -> bool {
        match self.process().and_then(|process| process.descriptors.get(&descriptor)) {
            Some(Descriptor::PipeWriter(pipe)) => {
                self.processes.has_readers(*pipe)
                    && self
                        .processes
                        .pipes
                        .get(pipe)
                        .is_some_and(|state| state.buffer.len() >= Pipe::CAPACITY)
            }
            _ => false,
        }
    }

    /// Whether a write to `descriptor` found nobody who reads.
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// The process' descriptors.
    pub fn descriptors(&self) -> BTreeMap<u8, Descriptor> {
        self.process().map(|process| process.descriptors.clone()).unwrap_or_default()
    }

    /// Makes `number` stand for `descriptor`, or closes it; returns what it
    /// stood for.
    pub fn set_descriptor(
        &mut self,
        number: u8,
        descriptor: Option<Descriptor>,
    ) -> Option<Descriptor> {
        let process = self.process_mut()?;
        match descriptor {
            Some(descriptor) => process.descriptors.insert(number, descriptor),
            None => process.descriptors.remove(&number),
        }
    }

    /// A new pipe: the end to read and the end to write.
    pub fn pipe(&mut self) -> (Descriptor, Descriptor) {
        let pipe = self.processes.add_pipe(false);
        (Descriptor::PipeReader(pipe), Descriptor::PipeWriter(pipe))
    }

    /// A descriptor from which `text` can be read.
    pub fn here(&mut self, text: &str) -> Descriptor {
        let pipe = self.processes.add_pipe(false);
        self.processes.feed(pipe, text.as_bytes());
        Descriptor::PipeReader(pipe)
    }

    /// Opens `path` for reading.
    pub fn open(&mut self, path: &str) -> Result<Descriptor, FileError> {
        let path = self.absolute(path);
        match self.files.entry(&path)?.kind {
            Kind::Device(device) => Ok(self.device(device)),
            Kind::Directory => Err(FileError::IsADirectory),
            _ => {
                self.files.read(&path)?;
                Ok(self.open_at(path, false))
            }
        }
    }

    /// Opens `path` for writing: emptied, or at its end for `append`.
    pub fn create(&mut self, path: &str, append: bool) -> Result<Descriptor, FileError> {
        let path = self.absolute(path);
        if let Ok(Kind::Device(device)) = self.files.entry(&path).map(|entry| entry.kind) {
            return Ok(self.device(device));
        }
        self.files.write(&path, b"", append)?;
        Ok(self.open_at(path, append))
    }

    fn open_at(&mut self, path: String, append: bool) -> Descriptor {
        Descriptor::File(self.processes.open(Open { path, position: 0, append }))
    }

    fn device(&self, device: Device) -> Descriptor {
        match device {
            Device::Null => Descriptor::Null,
            Device::Zero => Descriptor::Endless(false),
            Device::Random => Descriptor::Endless(true),
            Device::Stream(number) => self
                .process()
                .and_then(|process| process.descriptors.get(&number).cloned())
                .unwrap_or(Descriptor::Null),
        }
    }

    /// The file that the command `name` stands for: a path, or searched in
    /// `path` (`$PATH`).
    pub fn find(&self, name: &str, path: &str) -> Result<String, CommandError> {
        if name.contains('/') {
            let file = self.absolute(name);
            return match self.files.entry(&file) {
                Err(_) => Err(CommandError::NotFound),
                Ok(entry) if entry.is_directory() || entry.mode & 0o111 == 0 => {
                    Err(CommandError::PermissionDenied)
                }
                Ok(_) => Ok(file),
            };
        }
        let mut denied = false;
        for directory in path.split(':').filter(|_| !name.is_empty()) {
            let file = format!("{}/{name}", directory.trim_end_matches('/'));
            match self.files.entry(&file) {
                Ok(entry) if entry.is_directory() => {}
                Ok(entry) if entry.mode & 0o111 != 0 => return Ok(file),
                Ok(_) => denied = true,
                Err(_) => {}
            }
        }
        Err(if denied { CommandError::PermissionDenied } else { CommandError::NotFound })
    }

    /// The program in the file at `path`, ready to run with `argv`, and the
    /// command line it gets: a script's interpreter comes before it.
    pub fn load(
        &self,
        path: &str,
        argv: &[String],
    ) -> Result<(Box<dyn Program>, Vec<String>), CommandError> {
        let found = self.files.executable(path).map_err(|error| match error {
            FileError::PermissionDenied => CommandError::PermissionDenied,
            _ => CommandError::NotFound,
        })?;
        match found {
            Ok(executable) => {
                let program = self.processes.programs.load(&executable, argv);
                program.map(|program| (program, argv.to_vec())).ok_or(CommandError::NotFound)
            }
            Err(script) => {
                let text = String::from_utf8_lossy(&script);
                let first = text.lines().next().and_then(|line| line.strip_prefix("#!"));
                let mut words: Vec<String> =
                    first.unwrap_or("/bin/sh").split_whitespace().map(String::from).collect();
                if words.first().is_some_and(|word| word.ends_with("/env")) {
                    words.remove(0);
                }
                let path_list = self.var("PATH").unwrap_or_default();
                let name = words.first().cloned().unwrap_or_default();
                let interpreter = self.find(&name, path_list)?;
                words.push(path.to_string());
                words.extend(argv.iter().skip(1).cloned());
                match self.files.executable(&interpreter) {
                    Ok(Ok(executable)) => {
                        let program = self.processes.programs.load(&executable, &words);
                        program.map(|program| (program, words)).ok_or(CommandError::NotFound)
                    }
                    _ => Err(CommandError::PermissionDenied),
                }
            }
        }
    }

    /// Starts a child that runs `program`, with this process' descriptors
    /// unless told.
    pub fn spawn(
        &mut self,
        program: Box<dyn Program>,
        argv: Vec<String>,
        env: Arc<Vec<(Str, Str)>>,
        descriptors: Option<BTreeMap<u8, Descriptor>>,
    ) -> Pid {
        let descriptors = descriptors.unwrap_or_else(|| self.descriptors());
        let (cwd, uid, parent) = (self.cwd().to_string(), self.uid(), self.pid);
        let groups = self.process().map(|process| process.groups.clone()).unwrap_or_default();
        let spawn = Spawn { parent, argv, env, cwd, uid, groups, descriptors, program };
        self.processes.spawn(spawn, self.now)
    }

    /// Finds, loads and starts the command `argv` with this process'
    /// environment: what `xargs`, `timeout` and the like do.
    pub fn run(&mut self, argv: Vec<String>) -> Result<Pid, CommandError> {
        let path = self.var("PATH").unwrap_or_default().to_string();
        let name = argv.first().cloned().unwrap_or_default();
        let file = self.find(&name, &path)?;
        let (program, argv) = self.load(&file, &argv)?;
        let env = self.process().map(|process| process.env.clone()).unwrap_or_default();
        Ok(self.spawn(program, argv, env, None))
    }

    /// Replaces the environment.
    pub fn set_env(&mut self, env: Arc<Vec<(Str, Str)>>) {
        if let Some(process) = self.process_mut() {
            process.env = env;
        }
    }

    /// Takes the end of the child `pid` (any, when 0).
    pub fn reap(&mut self, pid: Pid) -> Option<(Pid, Ended)> {
        self.processes.reap(self.pid, pid)
    }

    /// Whether `pid` is a child that runs or has not been asked after.
    pub fn has_child(&self, pid: Pid) -> bool {
        self.processes.table.get(&pid).is_some_and(|process| process.parent == self.pid)
    }

    /// Asks the network.
    pub fn request(&mut self, request: NetRequest) -> RequestId {
        self.processes.request(self.pid, request)
    }

    /// The network's answer, once there.
    pub fn take_answer(&mut self, id: RequestId) -> Option<NetAnswer> {
        self.processes.answers.remove(&id)
    }

    /// Gives up on a request.
    pub fn cancel(&mut self, id: RequestId) {
        self.processes.requests.remove(&id);
        self.processes.answers.remove(&id);
    }

    /// The edition of the program file called `name`, searched as a command.
    pub fn family_of(&self, name: &str) -> Option<Family> {
        let file = self.find(name, self.var("PATH").unwrap_or_default()).ok()?;
        match self.files.executable(&file) {
            Ok(Ok(Executable { family, .. })) => Some(family),
            _ => None,
        }
    }
}
