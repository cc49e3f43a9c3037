//! The container runtime as the kubelet uses it.
//!
//! Source: the container runtime interface (CRI), as containerd serves it.

use std::sync::Arc;

use crate::container::{Answer, Container, ExecId, Host, LogLine, Spec};
use crate::images::Image;
use crate::process::{HttpRequest, NetAnswer, RequestId, Signal, Volumes};
use crate::sim::{Delay, Time};
use crate::value::Str;

/// The runtime of a node does one thing after the other: so it starts some
/// nine containers a second, as measured, however many Pods wait.
#[derive(Debug, Clone, Default)]
pub(super) struct Turns {
    free_at: Time,
}

impl Turns {
    /// Takes the next turn for something that takes so long: how long it is
    /// until that is done.
    pub(super) fn take(&mut self, takes: Delay, now: Time) -> Delay {
        self.free_at = self.free_at.max(now) + takes;
        self.free_at.since(now)
    }
}

/// A container that is ready to start.
#[derive(Debug, Clone)]
pub(super) struct Made {
    pub(super) image: Arc<Image>,
    pub(super) spec: Arc<Spec>,
    pub(super) image_id: Str,
    /// The image as the runtime names it.
    pub(super) image_name: Str,
}

/// A container that runs.
#[derive(Debug, Clone)]
pub(super) struct Running {
    container: Container,
    /// What must end before it is told to stop.
    hook: Option<Hook>,
    /// When it is killed, if it has been told to stop for a restart.
    kill_at: Option<Time>,
    told: bool,
    /// Whether the hook has failed, and nobody has been told.
    hook_failed: bool,
}

/// A `preStop` hook that goes on.
#[derive(Debug, Clone, Copy)]
enum Hook {
    Command(ExecId),
    Sleep { until: Time },
}

/// What a `preStop` hook does in its container.
#[derive(Debug, Clone)]
pub(super) enum StopHook {
    /// Nothing, or it has been done already.
    None,
    /// Runs a command.
    Command(Vec<String>),
    /// Only waits.
    Sleep(Delay),
}

/// How a container ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) code: i64,
    pub(super) reason: &'static str,
    pub(super) at: Time,
}

/// What a container finds beside it: volumes, and its Pod's taken ports.
pub(super) struct Beside<'a> {
    pub(super) volumes: &'a mut Volumes,
    pub(super) taken_ports: &'a [u16],
}

impl Beside<'_> {
    fn host(&mut self) -> Host<'_> {
        Host { volumes: self.volumes, taken_ports: self.taken_ports }
    }
}

impl Made {
    /// Starts it; an error is the container runtime's.
    pub(super) fn start(self, beside: &mut Beside<'_>, now: Time) -> Result<Running, String> {
        let started = Container::start(now, &self.image, self.spec, &mut beside.host());
        let container = started.map_err(|error| error.to_string())?;
        Ok(Running { container, hook: None, kill_at: None, told: false, hook_failed: false })
    }
}

impl Running {
    /// The container itself.
    pub(super) fn container(&mut self) -> &mut Container {
        &mut self.container
    }

    /// Whether processes run in it, which may want something of the network.
    pub(super) fn has_processes(&self) -> bool {
        self.container.has_processes()
    }

    /// Processor time since it started, and bytes of memory in use.
    pub(super) fn usage(&self, now: Time) -> (Delay, u64) {
        (self.container.cpu_time(now), self.container.memory())
    }

    /// Does what is due.
    pub(super) fn wake(&mut self, beside: &mut Beside<'_>, now: Time) {
        if self.container.next_wake().is_some_and(|at| at <= now) {
            self.container.wake(now, &mut beside.host());
        }
        if self.kill_at.is_some_and(|at| at <= now) {
            self.kill_at = None;
            self.signal(Signal::KILL, beside, now);
        }
        if self.hook.is_some() {
            self.follow_hook(beside, now);
        }
    }

    /// When something is due next.
    pub(super) fn next_wake(&self) -> Option<Time> {
        let hook = match self.hook {
            Some(Hook::Sleep { until }) => Some(until),
            _ => None,
        };
        self.container.next_wake().into_iter().chain(self.kill_at).chain(hook).min()
    }

    /// How it ended, once it has.
    pub(super) fn ended(&self) -> Option<Ended> {
        let exit = self.container.exited()?;
        Some(Ended { code: exit.code.into(), reason: exit.reason.text(), at: exit.finished_at })
    }

    /// What it says of its end.
    pub(super) fn termination_message(&mut self, beside: &mut Beside<'_>, now: Time) -> String {
        self.container.termination_message(now, &mut beside.host())
    }

    /// Sends a signal.
    pub(super) fn signal(&mut self, signal: Signal, beside: &mut Beside<'_>, now: Time) {
        self.container.signal(signal, now, &mut beside.host());
        self.container.wake(now, &mut beside.host());
    }

    /// Whether it has been told to stop.
    pub(super) fn is_told(&self) -> bool {
        self.told
    }

    /// Tells it to stop, the hook first; an error says why the hook failed.
    pub(super) fn stop(
        &mut self,
        hook: StopHook,
        beside: &mut Beside<'_>,
        now: Time,
    ) -> Result<(), String> {
        if self.told {
            return Ok(());
        }
        self.told = true;
        let mut result = Ok(());
        match hook {
            StopHook::None => {}
            StopHook::Sleep(length) => self.hook = Some(Hook::Sleep { until: now + length }),
            StopHook::Command(argv) => {
                match self.container.exec(argv, false, false, now, &mut beside.host()) {
                    Ok(session) => self.hook = Some(Hook::Command(session)),
                    Err(error) => result = Err(error.message),
                }
                self.container.wake(now, &mut beside.host());
            }
        }
        self.follow_hook(beside, now);
        result
    }

    /// Whether its `preStop` hook has failed since this was last asked.
    pub(super) fn take_hook_failure(&mut self) -> bool {
        std::mem::take(&mut self.hook_failed)
    }

    /// Tells it to stop once the hook has ended.
    fn follow_hook(&mut self, beside: &mut Beside<'_>, now: Time) {
        let goes_on = match self.hook {
            Some(Hook::Command(session)) => {
                let ended = self.container.session_ended(session);
                self.hook_failed |= ended.as_ref().is_some_and(|ended| ended.code != 0);
                ended.is_none()
            }
            Some(Hook::Sleep { until }) => until > now,
            None => false,
        };
        if !goes_on {
            self.hook = None;
            self.tell_to_stop(beside, now);
        }
    }

    fn tell_to_stop(&mut self, beside: &mut Beside<'_>, now: Time) {
        let signal = self.container.image().stop_signal;
        self.signal(signal, beside, now);
    }

    /// Kills it at `at` if it still runs then.
    pub(super) fn kill_at(&mut self, at: Time) {
        self.kill_at = Some(at);
    }

    /// Runs a command that ends at once. Gives its exit code and what it
    /// printed; `None` when it goes on.
    pub(super) fn run(
        &mut self,
        argv: Vec<String>,
        beside: &mut Beside<'_>,
        now: Time,
    ) -> Option<(u8, String)> {
        let session = match self.container.exec(argv, false, false, now, &mut beside.host()) {
            Ok(session) => session,
            Err(error) => return Some((error.code, error.message)),
        };
        self.container.wake(now, &mut beside.host());
        let output: Vec<u8> =
            self.container.read_output(session).into_iter().flat_map(|(_, bytes)| bytes).collect();
        let ended = self.container.session_ended(session);
        self.container.close_session(session, now);
        ended.map(|ended| (ended.code, String::from_utf8_lossy(&output).into_owned()))
    }

    /// Starts a command that goes on, with `tty` and `stdin`; without a
    /// command joins the first process.
    pub(super) fn open_session(
        &mut self,
        command: Option<(Vec<String>, bool, bool)>,
        beside: &mut Beside<'_>,
        now: Time,
    ) -> Result<ExecId, String> {
        let session = match command {
            Some((argv, tty, stdin)) => self
                .container
                .exec(argv, tty, stdin, now, &mut beside.host())
                .map_err(|error| error.message)?,
            None => self
                .container
                .attach(&mut beside.host())
                .ok_or_else(|| "the container has ended".to_owned())?,
        };
        self.container.wake(now, &mut beside.host());
        Ok(session)
    }

    /// Types into a session; nothing closes its input.
    pub(super) fn write_session(
        &mut self,
        session: ExecId,
        input: Option<&[u8]>,
        beside: &mut Beside<'_>,
        now: Time,
    ) {
        match input {
            Some(bytes) => {
                self.container.write_stdin(session, bytes, now, &mut beside.host());
            }
            None => self.container.close_stdin(session, now, &mut beside.host()),
        }
        self.container.wake(now, &mut beside.host());
    }

    /// Hands a process the answer to its request.
    pub(super) fn hand_over(
        &mut self,
        id: RequestId,
        answer: NetAnswer,
        beside: &mut Beside<'_>,
        now: Time,
    ) {
        self.container.answer(id, answer, now, &mut beside.host());
        self.container.wake(now, &mut beside.host());
    }

    /// Whether something listens on `port`.
    pub(super) fn listens(&self, port: u16, now: Time) -> bool {
        self.container.listens(port, now)
    }

    /// The ports that something listens on.
    pub(super) fn listening(&self, now: Time) -> Vec<u16> {
        self.container.listening(now)
    }

    /// Whether it answers every request alike for as long as it runs.
    pub(super) fn is_steady(&self) -> bool {
        self.container.is_steady()
    }

    /// Answers a request.
    pub(super) fn answer(
        &mut self,
        port: u16,
        request: &HttpRequest,
        client: &str,
        beside: &mut Beside<'_>,
        now: Time,
    ) -> Answer {
        self.container.http(port, request, client, now, &mut beside.host())
    }

    /// Its log from line `from` on, and where to go on.
    pub(super) fn logs(&self, from: u64) -> (Vec<LogLine>, u64) {
        self.container.logs(from)
    }
}
