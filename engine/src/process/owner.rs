//! What the owner of a process table does with it: collects output, feeds
//! input, carries out requests, brings clients to servers.

use std::collections::VecDeque;

use super::descriptor::{Descriptor, Pipe, Read, Sink};
use super::files::FileSystem;
use super::net::{HttpRequest, NetAnswer, NetRequest};
use super::program::{Pid, Program, Served, Signal};
use super::table::{Ended, Processes, RequestId};
use super::volume::Volumes;
use crate::sim::{Delay, Time};
use crate::value::Str;

impl Processes {
    /// The container's host name.
    pub fn hostname(&self) -> &Str {
        &self.hostname
    }

    /// The address of the network that the processes are on.
    pub fn address(&self) -> &Str {
        &self.address
    }

    /// Ports on which others of that network listen.
    pub fn taken_ports(&self) -> impl Iterator<Item = u16> {
        self.taken_ports.iter().copied()
    }

    /// Says which network the processes are on.
    pub fn set_network(&mut self, address: Str, taken_ports: Vec<u16>) {
        self.address = address;
        self.taken_ports = taken_ports;
    }

    /// A new place to collect output; whether it is a terminal.
    pub fn add_sink(&mut self, terminal: bool) -> u32 {
        let number = self.number();
        self.sinks.insert(number, Sink { terminal, ..Sink::default() });
        number
    }

    /// Takes what has come to a sink.
    pub fn take_output(&mut self, sink: u32) -> VecDeque<(Time, bool, Vec<u8>)> {
        self.sinks.get_mut(&sink).map(|sink| std::mem::take(&mut sink.chunks)).unwrap_or_default()
    }

    /// Puts on a sink's screen what no process wrote: the echo of typed keys.
    pub fn show(&mut self, sink: u32, echo: &[u8], now: Time) {
        if let Some(sink) = self.sinks.get_mut(&sink).filter(|_| !echo.is_empty()) {
            sink.chunks.push_back((now, false, echo.to_vec()));
        }
    }

    /// Closes a sink; later output to it is lost.
    pub fn remove_sink(&mut self, sink: u32) {
        self.sinks.remove(&sink);
    }

    /// A new pipe; `held` when the owner of the table will write to it.
    pub fn add_pipe(&mut self, held: bool) -> u32 {
        let number = self.number();
        self.pipes.insert(number, Pipe { held, ..Pipe::default() });
        number
    }

    /// A new pipe that the owner of the table will write to: what is typed at
    /// a terminal, or what some program sends.
    pub fn add_input(&mut self, terminal: bool) -> u32 {
        let number = self.add_pipe(true);
        if let Some(pipe) = self.pipes.get_mut(&number) {
            pipe.terminal = terminal;
        }
        number
    }

    /// Ctrl-D at a terminal: whoever reads now sees the end, once.
    pub fn end_input(&mut self, pipe: u32) {
        if let Some(pipe) = self.pipes.get_mut(&pipe) {
            pipe.ends.push_back(pipe.buffer.len());
        }
    }

    /// Writes to a pipe that the owner of the table holds.
    pub fn feed(&mut self, pipe: u32, data: &[u8]) {
        if let Some(pipe) = self.pipes.get_mut(&pipe) {
            pipe.buffer.extend(data);
        }
    }

    /// Lets go of a pipe: its readers see the end.
    pub fn close_pipe(&mut self, pipe: u32) {
        if let Some(pipe) = self.pipes.get_mut(&pipe) {
            pipe.held = false;
        }
    }

    /// Whether somebody waits for bytes of this pipe.
    pub fn is_awaited(&self, pipe: u32) -> bool {
        self.alive().any(|(_, process)| {
            let reads = process.wait.input.and_then(|number| process.descriptors.get(&number));
            reads == Some(&Descriptor::PipeReader(pipe))
        })
    }

    /// Takes the requests made since last asked.
    pub fn take_requests(&mut self) -> Vec<(RequestId, NetRequest)> {
        self.requests
            .iter_mut()
            .filter_map(|(id, (_, request))| Some((*id, request.take()?)))
            .collect()
    }

    /// Hands the answer to a request in; ignored when nobody waits any more.
    pub fn answer(&mut self, id: RequestId, answer: NetAnswer) {
        if self.requests.remove(&id).is_some() {
            self.answers.insert(id, answer);
        }
    }

    /// The running processes that the owner must carry out.
    pub fn foreign(&self) -> Vec<Pid> {
        self.alive()
            .filter(|(_, process)| {
                process.program.as_ref().is_some_and(|program| program.is_foreign())
            })
            .map(|(pid, _)| pid)
            .collect()
    }

    /// Whether a process has the terminal whose keyboard is `pipe` as its
    /// standard input.
    pub fn types_from(&self, pid: Pid, pipe: u32) -> bool {
        let input = self.get(pid).and_then(|process| process.descriptors.get(&0));
        input == Some(&Descriptor::PipeReader(pipe))
    }

    /// Ends a process with `code`, as the owner of a foreign one does.
    pub fn end(&mut self, pid: Pid, code: u8, now: Time) {
        self.bury(pid, Ended { code, signal: None, at: now });
    }

    /// Reads the standard input of a foreign process.
    pub fn read_input(
        &mut self,
        pid: Pid,
        files: (&mut FileSystem, &mut Volumes),
        now: Time,
    ) -> Read {
        self.kernel(pid, files, now).read(0)
    }

    /// Writes to standard output (1) or error (2) of a foreign process; false
    /// when nobody reads it any more, and the process is ended for that.
    pub fn write_output(
        &mut self,
        pid: Pid,
        descriptor: u8,
        data: &[u8],
        files: (&mut FileSystem, &mut Volumes),
        now: Time,
    ) -> bool {
        let mut kernel = self.kernel(pid, files, now);
        kernel.write(descriptor, data);
        if kernel.broken {
            self.deliver(pid, Signal::PIPE, now, false);
            return false;
        }
        true
    }

    /// The ports that processes listen on, with the listener.
    pub fn listeners(&self, now: Time) -> Vec<(u16, Pid)> {
        self.alive()
            .filter_map(|(pid, process)| Some((pid, process.program.as_ref()?.ports(now))))
            .flat_map(|(pid, ports)| ports.into_iter().map(move |port| (port, pid)))
            .collect()
    }

    /// Lets the process `pid` answer an HTTP request.
    pub fn serve(
        &mut self,
        pid: Pid,
        files: (&mut FileSystem, &mut Volumes),
        now: Time,
        (port, request, client): (u16, &HttpRequest, &str),
    ) -> Served {
        let Some(mut program) = self.table.get_mut(&pid).and_then(|process| process.program.take())
        else {
            return Served::Closed;
        };
        let mut kernel = self.kernel(pid, files, now);
        let served = program.serve(&mut kernel, port, request, client);
        if let Some(process) = self.table.get_mut(&pid) {
            process.program = Some(program);
            // What it was told may end what it waits for.
            process.wait.until = Some(process.wait.until.map_or(now, |until| until.min(now)));
        }
        served
    }

    /// Lets the listener of `port` answer a TCP client's first words.
    pub fn converse(&mut self, port: u16, payload: &[u8], now: Time) -> Option<Vec<u8>> {
        let (_, pid) = self.listeners(now).into_iter().find(|(own, _)| *own == port)?;
        let program = self.table.get_mut(&pid)?.program.as_mut()?;
        Some(program.converse(payload))
    }

    /// Processor time that the processes alive have used.
    pub fn cpu_time(&self, now: Time) -> Delay {
        self.alive()
            .map(|(_, process)| {
                let (own, millis) = process.program.as_ref().map_or((Delay::ZERO, 0), |program| {
                    (program.cpu_time(now), i64::try_from(program.cpu_millis()).unwrap_or_default())
                });
                let run = now.since(process.started).as_micros();
                process.busy + own + Delay::micros(run / 1000 * millis)
            })
            .fold(Delay::ZERO, |all, one| all + one)
    }

    /// Bytes of memory that the processes hold.
    pub fn memory(&self) -> u64 {
        self.programs_alive().map(Program::memory).sum()
    }

    /// Thousandths of a processor that the processes use by themselves.
    pub fn cpu_millis(&self) -> u64 {
        self.programs_alive().map(Program::cpu_millis).sum()
    }

    /// Whether the shell `pid` has done all it was given and reads the next
    /// command from its standard input.
    pub fn is_idle(&self, pid: Pid) -> bool {
        self.table
            .get(&pid)
            .is_some_and(|process| process.wait.input == Some(0) && process.signals.is_empty())
            && !self.alive().any(|(_, process)| process.wait.until == Some(Time::default()))
    }

    /// The exit code of the last command that the shell `pid` ran.
    pub fn last_status(&self, pid: Pid) -> Option<u8> {
        self.table.get(&pid)?.program.as_ref()?.last_status()
    }

    fn programs_alive(&self) -> impl Iterator<Item = &dyn Program> {
        self.alive().filter_map(|(_, process)| process.program.as_deref())
    }
}
