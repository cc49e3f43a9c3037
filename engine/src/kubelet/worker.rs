//! One Pod on one node: what its kubelet knows of it and wants next.
//!
//! Source: upstream `pkg/kubelet/pod_workers.go` and
//! `pkg/kubelet/kuberuntime/kuberuntime_manager.go` (`computePodActions`).

use std::collections::VecDeque;

use super::mounts::{self, PodVolumes};
use super::pull::Arrival;
use super::runtime::{Beside, Made};
use super::unit::{Restart, Role, State, Unit};
use crate::api::pod::PodView;
use crate::images::PullError;
use crate::process::Volumes;
use crate::sim::{Delay, Time};
use crate::value::{Str, Value};

/// The next thing to do for a Pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Make the sandbox that its containers share, when the runtime has time.
    Sandbox,
    /// The sandbox is there.
    Enter,
    /// Get the image of a container.
    Pull(usize),
    /// Tell that the image cannot be had.
    Fail(usize),
    /// Make a container.
    Create(usize),
    /// Start a container that has been made.
    Start(usize),
}

/// How far the end of a Pod has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// It goes on.
    No,
    /// Its containers are being stopped; at the deadline they are killed.
    Stopping {
        /// When patience ends.
        deadline: Time,
    },
    /// All containers have ended and the last status is written.
    Over,
}

/// One Pod.
#[derive(Debug, Clone)]
pub(super) struct Worker {
    pub(super) pod: Value,
    pub(super) uid: Str,
    /// Whether it comes from a file of the node.
    pub(super) is_static: bool,
    pub(super) ip: String,
    pub(super) units: Vec<Unit>,
    pub(super) volumes: PodVolumes,
    pub(super) admitted_at: Time,
    /// Why the Pod as a whole has failed: reason and message.
    pub(super) failure: Option<(String, String)>,
    pub(super) sandbox: bool,
    pub(super) steps: VecDeque<Step>,
    pub(super) step_at: Option<Time>,
    pub(super) sync_at: Option<Time>,
    /// The relist after the last look: what a look goes by must be newer than
    /// the look before, so none begins earlier.
    pub(super) fresh_at: Time,
    pub(super) end: End,
    /// Whether all containers have ended by themselves, and the end of the Pod
    /// is about to be told.
    pub(super) settling: bool,
    /// The revision of the status that was written last.
    pub(super) reported: u64,
    /// How long the next try at the volumes waits.
    pub(super) mount_wait: Delay,
    /// When the Pod may be taken out of the API.
    pub(super) remove_at: Option<Time>,
    /// Why it is to be evicted, until that has begun.
    pub(super) eviction: Option<String>,
    /// When the volumes were set up.
    pub(super) mounted_at: Time,
    /// When volumes that show API objects are filled anew.
    pub(super) refresh_at: Option<Time>,
    /// An image that is under way for a container.
    pub(super) pulled: Option<(usize, Arrival)>,
    /// A pull under way that will fail, and why.
    pub(super) failing: Option<PullError>,
    /// A container that has been made and not started.
    pub(super) made: Option<(usize, Made)>,
}

impl Worker {
    /// A Pod that has just come.
    pub(super) fn new(pod: &Value, now: Time) -> Self {
        let inits = pod["spec"]["initContainers"].items();
        let mains = pod["spec"]["containers"].items();
        let mut units = Vec::with_capacity(inits.len() + mains.len());
        units.extend(inits.iter().map(|container| {
            let stays = container["restartPolicy"].text() == "Always";
            Unit::new(container, if stays { Role::Sidecar } else { Role::Init })
        }));
        units.extend(mains.iter().map(|container| Unit::new(container, Role::Main)));
        Self {
            pod: pod.clone(),
            uid: pod["metadata"]["uid"].as_shared().cloned().unwrap_or_default(),
            is_static: false,
            ip: String::new(),
            units,
            volumes: PodVolumes::default(),
            admitted_at: now,
            failure: None,
            sandbox: false,
            steps: VecDeque::new(),
            step_at: None,
            sync_at: None,
            fresh_at: now,
            end: End::No,
            settling: false,
            reported: 0,
            mount_wait: Delay::ZERO,
            remove_at: None,
            eviction: None,
            mounted_at: now,
            refresh_at: None,
            pulled: None,
            failing: None,
            made: None,
        }
    }

    /// Takes in containers that were added to look into the Pod; says whether
    /// there are any.
    pub(super) fn admit_guests(&mut self) -> bool {
        let known = self.units.iter().filter(|unit| unit.role == Role::Ephemeral).count();
        let guests = self.pod["spec"]["ephemeralContainers"].items().iter().skip(known);
        let before = self.units.len();
        self.units.extend(guests.map(|container| Unit::new(container, Role::Ephemeral)));
        self.units.len() > before
    }

    /// The declaration of the container at `index` of the units.
    pub(super) fn container(&self, index: usize) -> &Value {
        let spec = &self.pod["spec"];
        let inits = spec["initContainers"].items().len();
        let mains = spec["containers"].items().len();
        if index < inits {
            &spec["initContainers"][index]
        } else if index < inits + mains {
            &spec["containers"][index - inits]
        } else {
            &spec["ephemeralContainers"][index - inits - mains]
        }
    }

    /// The part of the Pod that events about a container name.
    pub(super) fn field_path(&self, index: usize) -> String {
        let unit = self.units.get(index);
        let list = match unit.map(|unit| unit.role) {
            Some(Role::Main) | None => "containers",
            Some(Role::Init | Role::Sidecar) => "initContainers",
            Some(Role::Ephemeral) => "ephemeralContainers",
        };
        format!("spec.{list}{{{}}}", unit.map_or("", |unit| &unit.name))
    }

    /// Whether the sandbox is there.
    pub(super) fn has_sandbox(&self) -> bool {
        self.sandbox && self.end != End::Over
    }

    /// Whether the Pod has come to its end.
    pub(super) fn is_finished(&self) -> bool {
        self.end == End::Over
    }

    /// Whether a sync is under way.
    pub(super) fn is_busy(&self) -> bool {
        self.step_at.is_some()
    }

    /// Whether its init containers have done their work.
    pub(super) fn is_initialized(&self) -> bool {
        self.units.iter().all(|unit| match unit.role {
            Role::Init => unit.has_succeeded() || self.main_has_begun(),
            Role::Sidecar => {
                (unit.is_running() && unit.probes.has_started()) || self.main_has_begun()
            }
            Role::Main | Role::Ephemeral => true,
        })
    }

    fn main_has_begun(&self) -> bool {
        self.units.iter().any(|unit| unit.role == Role::Main && unit.has_begun())
    }

    /// Asks for a sync at `at`, or earlier if one was asked for already, but
    /// not before what it goes by is new.
    pub(super) fn want_sync(&mut self, at: Time) {
        let at = at.max(self.fresh_at);
        self.sync_at = Some(self.sync_at.map_or(at, |own| own.min(at)));
    }

    /// The containers to start now, in order.
    pub(super) fn to_start(&self) -> Vec<usize> {
        if self.is_done() {
            return Vec::new();
        }
        let units = self.units.iter().enumerate();
        let guests = units.filter(|(_, unit)| unit.role == Role::Ephemeral && !unit.has_begun());
        let mut starts: Vec<usize> = guests.map(|(index, _)| index).collect();
        if !self.is_initialized() {
            starts.extend(self.next_init());
            return starts;
        }
        for (index, unit) in self.units.iter().enumerate() {
            let wanted = match unit.role {
                Role::Init | Role::Ephemeral => false,
                Role::Sidecar => !unit.is_running(),
                Role::Main => !unit.is_running() && self.restarts(unit),
            };
            if wanted {
                starts.push(index);
            }
        }
        starts
    }

    /// The init container whose turn it is, if it does not run already.
    fn next_init(&self) -> Option<usize> {
        for (index, unit) in self.units.iter().enumerate() {
            match unit.role {
                Role::Init if unit.has_succeeded() => {}
                Role::Init => {
                    let failed = unit.ending().is_some();
                    let given_up = failed && PodView(&self.pod).restart_policy() == "Never";
                    return (!unit.is_running() && !given_up).then_some(index);
                }
                Role::Sidecar if unit.is_running() && unit.probes.has_started() => {}
                Role::Sidecar => return (!unit.is_running()).then_some(index),
                Role::Main | Role::Ephemeral => return None,
            }
        }
        None
    }

    /// Whether a container that does not run is to be started.
    fn restarts(&self, unit: &Unit) -> bool {
        if unit.restart == Some(Restart::Changed) {
            return true;
        }
        match (&unit.state, PodView(&self.pod).restart_policy()) {
            (State::Waiting, _) | (State::Ended(_), "Always") => true,
            (State::Ended(ending), "OnFailure") => ending.exit_code != 0,
            (State::Running(_) | State::Ended(_), _) => false,
        }
    }

    /// Whether no container will ever run again.
    pub(super) fn is_done(&self) -> bool {
        if self.failure.is_some() {
            return true;
        }
        let failed_init = self.units.iter().any(|unit| {
            let failed = unit.ending().is_some_and(|ending| ending.exit_code != 0);
            unit.role == Role::Init && failed
        });
        if failed_init && PodView(&self.pod).restart_policy() == "Never" {
            return true;
        }
        let mut mains = self.units.iter().filter(|unit| unit.role == Role::Main);
        self.is_initialized() && mains.all(|unit| unit.ending().is_some() && !self.restarts(unit))
    }

    /// Gives each running container its turn with what is beside it.
    pub(super) fn each_running(
        &mut self,
        volumes: &mut Volumes,
        now: Time,
        mut act: impl FnMut(usize, &mut Unit, &mut Beside<'_>),
    ) {
        let ports = self.ports(now);
        for (index, unit) in self.units.iter_mut().enumerate() {
            if unit.is_running() {
                let taken = others(&ports, index);
                act(index, unit, &mut Beside { volumes, taken_ports: &taken });
            }
        }
    }

    /// The ports that each container listens on.
    pub(super) fn ports(&self, now: Time) -> Vec<Vec<u16>> {
        if self.units.len() < 2 {
            // Nobody asks which ports are its own.
            return Vec::new();
        }
        let listening = |unit: &Unit| match &unit.state {
            State::Running(running) => running.listening(now),
            _ => Vec::new(),
        };
        self.units.iter().map(listening).collect()
    }

    /// Whether it has volumes whose contents may change.
    pub(super) fn shows_objects(&self) -> bool {
        self.pod["spec"]["volumes"].items().iter().any(mounts::shows_objects)
    }

    /// Whether a container still runs.
    pub(super) fn runs(&self) -> bool {
        self.units.iter().any(Unit::is_running)
    }

    /// Whether a container runs that is more than a server alone.
    pub(super) fn has_processes(&self) -> bool {
        self.units.iter().any(|unit| match &unit.state {
            State::Running(running) => running.has_processes(),
            _ => false,
        })
    }

    /// The next instant at which something is due.
    pub(super) fn next_wake(&self) -> Option<Time> {
        let mut times = vec![self.step_at, self.remove_at, self.refresh_at];
        if !self.is_busy() {
            times.push(self.sync_at);
        }
        if let End::Stopping { deadline } = self.end {
            times.push(Some(deadline));
        }
        for unit in &self.units {
            if let State::Running(running) = &unit.state {
                times.push(running.next_wake());
                times.push(unit.probes.next_wake());
            }
        }
        times.into_iter().flatten().min()
    }
}

/// The ports of all containers but the one at `index`.
pub(super) fn others(ports: &[Vec<u16>], index: usize) -> Vec<u16> {
    let rest = ports.iter().enumerate().filter(|(own, _)| *own != index);
    rest.flat_map(|(_, ports)| ports.iter().copied()).collect()
}
