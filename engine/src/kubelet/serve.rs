//! What a kubelet serves to the API server: logs, exec, attach, requests.
//!
//! Source: upstream `pkg/kubelet/server` and `kubelet_pods.go`
//! (`validateContainerLogStatus`).

use super::Kubelet;
use super::mounts::Disks;
use super::runtime::{Beside, Running};
use super::unit::{Role, State, Unit};
use super::worker::others;
use crate::apiserver::{LogOptions, Status};
use crate::container::{Answer, ExecId, LogLine};
use crate::process::{HttpRequest, NetAnswer, NetRequest, RequestId};
use crate::sim::{Delay, Time};
use crate::store::Key;
use crate::value::Str;

/// What one container has used.
#[derive(Debug, Clone)]
pub struct ContainerUsage {
    /// Its Pod.
    pub pod: Key,
    /// Its name.
    pub container: Str,
    /// Processor time since it started.
    pub cpu: Delay,
    /// Bytes of memory in use now.
    pub memory: u64,
}

/// A place in a container's log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LogPlace {
    line: u64,
    /// Which run of the container: its number of restarts.
    run: i64,
}

/// A request of a container's process.
#[derive(Debug, Clone)]
pub struct ProcessRequest {
    /// The Pod.
    pub pod: Key,
    /// The container.
    pub container: Str,
    /// The request's number in its container.
    pub id: RequestId,
    /// The request.
    pub request: NetRequest,
}

/// What a session said, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionOutput {
    /// Pieces: whether of standard error, and the bytes.
    pub pieces: Vec<(bool, Vec<u8>)>,
    /// The exit code, once there is one.
    pub code: Option<i64>,
}

impl Kubelet {
    /// The log of a container as far as it goes, and the place to go on from.
    pub fn logs(
        &self,
        pod: &Key,
        container: &str,
        options: &LogOptions,
    ) -> Result<(Vec<LogLine>, LogPlace), Status> {
        let unit = self.unit(pod, container)?;
        let name = &pod.name;
        let source: Option<&Running> = match &unit.state {
            _ if options.previous => unit.last.as_ref().and(unit.previous.as_deref()),
            State::Running(running) => Some(running),
            State::Ended(_) | State::Waiting => unit.previous.as_deref(),
        };
        let Some(running) = source else {
            if !options.previous && unit.ending().is_some() {
                // It was made, could not be started, and so said nothing.
                return Ok((Vec::new(), LogPlace { line: 0, run: unit.restarts }));
            }
            let message = if options.previous {
                format!("previous terminated container \"{container}\" in pod \"{name}\" not found")
            } else {
                let why = self.waiting_reason(pod, unit);
                format!("container \"{container}\" in pod \"{name}\" is waiting to start: {why}")
            };
            return Err(Status::bad_request(message));
        };
        let (lines, next) = running.logs(0);
        Ok((lines, LogPlace { line: next, run: unit.restarts }))
    }

    /// What each container that runs has used.
    pub fn usage(&self, now: Time) -> impl Iterator<Item = ContainerUsage> {
        self.workers.iter().flat_map(move |(pod, worker)| {
            worker.units.iter().filter_map(move |unit| {
                let State::Running(running) = &unit.state else { return None };
                let (cpu, memory) = running.usage(now);
                Some(ContainerUsage { pod: pod.clone(), container: unit.name.clone(), cpu, memory })
            })
        })
    }

    /// What a log has gained since `place`; `None` when it will gain no more.
    pub fn more_logs(
        &self,
        pod: &Key,
        container: &str,
        place: &mut LogPlace,
    ) -> Option<Vec<LogLine>> {
        let unit = self.unit(pod, container).ok()?;
        if unit.restarts != place.run {
            return None;
        }
        let (running, over) = match &unit.state {
            State::Running(running) => (Some(&**running), false),
            State::Ended(_) | State::Waiting => (unit.previous.as_deref(), true),
        };
        let (lines, next) = running?.logs(place.line);
        place.line = next;
        (!over || !lines.is_empty()).then_some(lines)
    }

    fn waiting_reason(&self, pod: &Key, unit: &Unit) -> String {
        match &unit.trouble {
            Some(trouble) if trouble.reason == "ErrImagePull" => "image can't be pulled".to_owned(),
            Some(trouble) if trouble.reason == "ImagePullBackOff" => {
                "trying and failing to pull image".to_owned()
            }
            Some(trouble) => trouble.reason.to_owned(),
            None => {
                let has_init = self.workers.get(pod).is_some_and(|worker| {
                    worker.units.iter().any(|unit| matches!(unit.role, Role::Init | Role::Sidecar))
                });
                let waits = if has_init { "PodInitializing" } else { "ContainerCreating" };
                waits.to_owned()
            }
        }
    }

    fn unit(&self, pod: &Key, container: &str) -> Result<&Unit, Status> {
        let worker = self.workers.get(pod);
        let found =
            worker.and_then(|worker| worker.units.iter().find(|unit| &*unit.name == container));
        found.ok_or_else(|| {
            let name = &pod.name;
            Status::bad_request(format!(
                "container \"{container}\" in pod \"{name}\" is waiting to start: ContainerCreating"
            ))
        })
    }

    /// Does something in a container that runs.
    fn in_container<T>(
        &mut self,
        pod: &Key,
        container: &str,
        (disks, now): (&mut Disks, Time),
        act: impl FnOnce(&mut Running, &mut Beside<'_>) -> T,
    ) -> Option<T> {
        let worker = self.workers.get_mut(pod)?;
        let index = worker.units.iter().position(|unit| &*unit.name == container)?;
        let taken = others(&worker.ports(now), index);
        let State::Running(running) = &mut worker.units.get_mut(index)?.state else { return None };
        let mut beside = Beside { volumes: &mut disks.volumes, taken_ports: &taken };
        let result = act(running, &mut beside);
        self.asking.insert(pod.clone());
        // The container may have something to do now that it had not before.
        let ended = running.ended().map(|_| now);
        if let Some(next) = worker.next_wake().into_iter().chain(ended).min() {
            self.due.insert((next.max(now), pod.clone()));
        }
        Some(result)
    }

    /// Starts a command in a container, or joins its first process where
    /// there is no command.
    pub fn open_session(
        &mut self,
        pod: &Key,
        container: &str,
        command: Option<(Vec<String>, bool, bool)>,
        disks: &mut Disks,
        now: Time,
    ) -> Result<ExecId, Status> {
        let begun = self.in_container(pod, container, (disks, now), |running, beside| {
            running.open_session(command, beside, now)
        });
        match begun {
            Some(Ok(session)) => Ok(session),
            Some(Err(message)) => Err(Status::internal(&message)),
            None => {
                let message = format!("container not found (\"{container}\")");
                Err(Status::internal(&format!("unable to upgrade connection: {message}")))
            }
        }
    }

    /// What a session has said since this was last asked.
    pub fn read_session(
        &mut self,
        pod: &Key,
        container: &str,
        session: ExecId,
        disks: &mut Disks,
        now: Time,
    ) -> SessionOutput {
        let read = self.in_container(pod, container, (disks, now), |running, _| SessionOutput {
            pieces: running.container().read_output(session),
            code: running.container().session_ended(session).map(|ended| ended.code.into()),
        });
        // A container that is gone takes its sessions along.
        read.unwrap_or_else(|| SessionOutput {
            pieces: self.last_words(pod, container, session),
            code: Some(137),
        })
    }

    /// What a session said before its container ended.
    fn last_words(&mut self, pod: &Key, container: &str, session: ExecId) -> Vec<(bool, Vec<u8>)> {
        let units = self.workers.get_mut(pod).into_iter().flat_map(|worker| &mut worker.units);
        let mut named = units.filter(|unit| &*unit.name == container);
        let ended = named.find_map(|unit| unit.previous.as_deref_mut());
        ended.map(|ended| ended.container().read_output(session)).unwrap_or_default()
    }

    /// Types into a session; nothing closes its input.
    pub fn write_session(
        &mut self,
        pod: &Key,
        container: &str,
        session: ExecId,
        input: Option<&[u8]>,
        disks: &mut Disks,
        now: Time,
    ) {
        self.in_container(pod, container, (disks, now), |running, beside| {
            running.write_session(session, input, beside, now);
        });
    }

    /// Ends a session.
    pub fn close_session(
        &mut self,
        pod: &Key,
        container: &str,
        session: ExecId,
        disks: &mut Disks,
        now: Time,
    ) {
        self.in_container(pod, container, (disks, now), |running, _| {
            running.container().close_session(session, now);
        });
    }

    /// Answers an HTTP request that has reached a Pod.
    pub fn answer(
        &mut self,
        pod: &Key,
        port: u16,
        request: &HttpRequest,
        client: &str,
        disks: &mut Disks,
        now: Time,
    ) -> Answer {
        let Some(worker) = self.workers.get_mut(pod) else { return Answer::Refused };
        let answer = worker.answer(port, request, client, &mut disks.volumes, now);
        if let Some(next) = worker.next_wake() {
            self.due.insert((next.max(now), pod.clone()));
        }
        answer
    }

    /// Says something to a TCP port and hears the first answer; `None` when
    /// nobody listens there.
    pub fn converse(
        &mut self,
        pod: &Key,
        port: u16,
        payload: &[u8],
        disks: &mut Disks,
        now: Time,
    ) -> Option<Vec<u8>> {
        let worker = self.workers.get_mut(pod)?;
        let mut said = None;
        worker.each_running(&mut disks.volumes, now, |_, unit, _| {
            let State::Running(running) = &mut unit.state else { return };
            if said.is_none() && running.listens(port, now) {
                said = running.container().tcp(port, payload, now);
            }
        });
        said
    }

    /// Whether a container may want something of the network.
    pub fn may_ask(&self) -> bool {
        !self.asking.is_empty()
    }

    /// What the containers want of the network since this was last asked.
    pub fn take_requests(&mut self) -> Vec<ProcessRequest> {
        let asking = std::mem::take(&mut self.asking);
        let mut requests = Vec::new();
        for pod in asking {
            let Some(worker) = self.workers.get_mut(&pod) else { continue };
            for unit in &mut worker.units {
                let State::Running(running) = &mut unit.state else { continue };
                for (id, request) in running.container().take_requests() {
                    let (pod, container) = (pod.clone(), unit.name.clone());
                    requests.push(ProcessRequest { pod, container, id, request });
                }
            }
        }
        requests
    }

    /// Hands a process the answer to its request.
    pub fn hand_over(
        &mut self,
        request: &ProcessRequest,
        answer: NetAnswer,
        disks: &mut Disks,
        now: Time,
    ) {
        let (pod, container) = (&request.pod, &*request.container);
        self.in_container(pod, container, (disks, now), |running, beside| {
            running.hand_over(request.id, answer, beside, now);
        });
    }

    /// Whether something in a Pod listens on a port.
    pub fn listens(&self, pod: &Key, port: u16, now: Time) -> bool {
        self.workers.get(pod).is_some_and(|worker| worker.listens(port, now))
    }

    /// The ports that something in a Pod listens on; `None` when none of its
    /// containers runs.
    pub fn listening(&self, pod: &Key, now: Time) -> Option<Vec<u16>> {
        let units = self.workers.get(pod)?.units.iter();
        let mut running = units.filter_map(|unit| match &unit.state {
            State::Running(running) => Some(running.listening(now)),
            _ => None,
        });
        let mut ports = running.next()?;
        ports.extend(running.flatten());
        Some(ports)
    }
}
