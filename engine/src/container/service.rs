//! What others ask of a running container: requests, logs, files, usage.

use super::log::LogLine;
use super::running::{Answer, Container, Host, Main};
use super::spec::MessagePolicy;
use crate::process::{Files, HttpRequest, NetAnswer, NetRequest, Program as _, RequestId, Served};
use crate::sim::{Delay, Time};

/// How much of a termination message is shown: of a file, and of a log.
const MESSAGE_BYTES_MAX: usize = 4_096;
const MESSAGE_LOG_BYTES_MAX: usize = 2_048;
const MESSAGE_LINES_MAX: usize = 80;

impl Container {
    /// The network requests made since last asked.
    pub fn take_requests(&mut self) -> Vec<(RequestId, NetRequest)> {
        match &mut self.main {
            Main::Many(system) if self.exit.is_none() => system.processes.take_requests(),
            _ => Vec::new(),
        }
    }

    /// Whether processes run in it: a server alone asks nobody anything.
    pub fn has_processes(&self) -> bool {
        matches!(self.main, Main::Many(_)) && self.exit.is_none()
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
            Main::Over(_) => Vec::new(),
        }
    }

    /// Whether something listens on `port`.
    pub fn listens(&self, port: u16, now: Time) -> bool {
        self.listening(now).contains(&port)
    }

    /// Whether it answers every request alike for as long as it runs.
    pub fn is_steady(&self) -> bool {
        matches!(&self.main, Main::Lone(server) if server.is_steady())
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
                let (reply, lines) = {
                    let files = Files { system: &mut own, volumes: host.volumes, now, uid };
                    self.with_scene(now, |scene| server.respond(scene, &files, request, client))
                };
                self.files = own;
                self.write(now, &lines);
                self.main = Main::Lone(server);
                reply
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
            Main::Over(_) => return Answer::Refused,
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
            Main::Over(_) => None,
        }
    }

    /// Lines of the log from number `from` on, and the number to go on from.
    pub fn logs(&self, from: u64) -> (Vec<LogLine>, u64) {
        let greeting = match &self.main {
            Main::Lone(server) | Main::Over(Some(server)) => self.greeting(server),
            _ => Vec::new(),
        };
        let first = greeting.len() as u64;
        let (lines, next) = self.log.since(from.saturating_sub(first));
        let skipped = usize::try_from(from).unwrap_or(usize::MAX);
        let lines = greeting.into_iter().skip(skipped).chain(lines.cloned()).collect();
        (lines, next + first)
    }

    /// What it says of its end: the termination message.
    ///
    /// Source: upstream `pkg/kubelet/kuberuntime`, `getTerminationMessage`.
    pub fn termination_message(&mut self, now: Time, host: &mut Host<'_>) -> String {
        let path = self.spec.message_path.clone();
        let files = Files { system: &mut self.files, volumes: host.volumes, now, uid: 0 };
        let written = files.read(&path).map(|data| data.to_vec()).unwrap_or_default();
        if !written.is_empty() {
            let shown = written.get(..MESSAGE_BYTES_MAX).unwrap_or(&written);
            return String::from_utf8_lossy(shown).into_owned();
        }
        let has_failed = self.exit.as_ref().is_some_and(|exit| exit.code != 0);
        if self.spec.message_policy == MessagePolicy::File || !has_failed {
            return String::new();
        }
        let (lines, _) = self.logs(0);
        let skipped = lines.len().saturating_sub(MESSAGE_LINES_MAX);
        let text: String =
            lines.iter().skip(skipped).flat_map(|line| [&*line.text, "\n"]).collect();
        let from = text.len().saturating_sub(MESSAGE_LOG_BYTES_MAX);
        let from = (from..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        text.get(from..).unwrap_or_default().to_owned()
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
        match &self.main {
            _ if self.exit.is_some() => 0,
            Main::Lone(server) => server.memory(),
            Main::Many(system) => system.processes.memory(),
            Main::Over(_) => 0,
        }
    }

    /// Processor time used since the start; its growth is the usage.
    pub fn cpu_time(&self, now: Time) -> Delay {
        let run = now.since(self.started);
        let used = match &self.main {
            Main::Lone(server) => server.cpu_time(now),
            Main::Many(system) => system.processes.cpu_time(now),
            Main::Over(_) => Delay::ZERO,
        };
        match self.spec.cpu_limit.and_then(|limit| i64::try_from(limit).ok()) {
            Some(limit) => used.min(Delay::micros(run.as_micros() / 1000 * limit)),
            None => used,
        }
    }
}
