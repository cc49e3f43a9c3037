//! The control plane at work: a component does its part only while its Pod's
//! container runs.
//!
//! Source: client-go `tools/leaderelection`: who comes back waits until the
//! Lease of the one before has run out.

use std::sync::Arc;

use super::system::CONTROL_PLANE;
use super::{Cluster, manages};
use crate::apiserver::{Holder, renewed_at};
use crate::controllers::ControllerManager;
use crate::scheduler::Scheduler;
use crate::sim::{Delay, Time};
use crate::store::{Change, Key};

/// How long a leader's Lease lasts, and how often it is renewed.
const LEASE: Delay = Delay::secs(15);
const RENEW: Delay = Delay::secs(2);
/// From a container's start until its program asks for the Lease.
const START: Delay = Delay::secs(1);

/// A component that one at a time does the work of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leader {
    /// kube-scheduler.
    Scheduler,
    /// kube-controller-manager.
    Manager,
}

/// What a leader does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Its container does not run.
    Off,
    /// It waits for the Lease.
    Waiting(Time),
    /// It works.
    On,
}

/// Which parts of the control plane work.
#[derive(Debug, Clone)]
pub(super) struct Components {
    scheduler: State,
    manager: State,
    /// Whether the API server has ever been seen at work, and works now.
    served: bool,
    serving: bool,
    /// How many leaders there have been.
    elections: u64,
}

impl Components {
    /// All at work, or all still to come.
    pub(super) fn new(at_work: bool) -> Self {
        let state = if at_work { State::On } else { State::Off };
        Self { scheduler: state, manager: state, served: false, serving: true, elections: 0 }
    }

    pub(super) fn works(&self, leader: Leader) -> bool {
        *self.state(leader) == State::On
    }

    /// Whether the API server answers.
    pub(super) fn is_serving(&self) -> bool {
        self.serving
    }

    /// When the next leader may begin.
    pub(super) fn next_wake(&self) -> Option<Time> {
        let waits = |state: State| if let State::Waiting(at) = state { Some(at) } else { None };
        waits(self.scheduler).into_iter().chain(waits(self.manager)).min()
    }

    fn state(&self, leader: Leader) -> &State {
        match leader {
            Leader::Scheduler => &self.scheduler,
            Leader::Manager => &self.manager,
        }
    }

    fn set(&mut self, leader: Leader, state: State) {
        match leader {
            Leader::Scheduler => self.scheduler = state,
            Leader::Manager => self.manager = state,
        }
    }
}

impl Leader {
    const ALL: [Self; 2] = [Self::Scheduler, Self::Manager];

    fn name(self) -> &'static str {
        match self {
            Self::Scheduler => "kube-scheduler",
            Self::Manager => "kube-controller-manager",
        }
    }
}

impl Cluster {
    /// Whether the API server answers; without it nobody learns or writes
    /// anything.
    pub fn is_serving(&self) -> bool {
        self.components.is_serving()
    }

    /// Looks which parts of the control plane run.
    pub(super) fn observe_components(&mut self) {
        if !self.has_system_pods() {
            return;
        }
        let serving = self.component_runs("etcd") && self.component_runs("kube-apiserver");
        self.components.served |= serving;
        self.components.serving = serving || !self.components.served;
        for leader in Leader::ALL {
            let runs = self.component_runs(leader.name());
            match (*self.components.state(leader), runs) {
                (State::Off, true) => {
                    let at = self.lease_free_at(leader).max(self.now() + START);
                    self.components.set(leader, State::Waiting(at));
                }
                (State::On | State::Waiting(_), false) => {
                    self.components.set(leader, State::Off);
                    self.api.end_renewing(&self.leader_lease(leader));
                }
                _ => {}
            }
        }
    }

    /// Whether the container of a static Pod of the control plane runs.
    fn component_runs(&self, name: &str) -> bool {
        let pod = Key::new(self.kinds.pod, "kube-system", &format!("{name}-{CONTROL_PLANE}"));
        let kubelet = self.kubelets.get(CONTROL_PLANE);
        !self.down.contains(CONTROL_PLANE) && kubelet.is_some_and(|kubelet| kubelet.runs(&pod))
    }

    fn leader_lease(&self, leader: Leader) -> Key {
        Key::new(self.kinds.lease, "kube-system", leader.name())
    }

    fn lease_free_at(&self, leader: Leader) -> Time {
        let key = self.leader_lease(leader);
        let lease = self.api.get(key.kind, &key.namespace, &key.name);
        let last = lease.and_then(|lease| renewed_at(lease, self.now()));
        last.map_or(Time::default(), |last| last + LEASE)
    }

    /// Lets those begin whose turn it is.
    pub(super) fn begin_leaders(&mut self) {
        for leader in Leader::ALL {
            let due =
                matches!(self.components.state(leader), State::Waiting(at) if *at <= self.now());
            if due {
                self.components.set(leader, State::On);
                self.take_lease(leader);
                self.begin_anew(leader);
            }
        }
    }

    fn take_lease(&mut self, leader: Leader) {
        self.components.elections += 1;
        let own = format!("{}{}", leader.name(), self.components.elections);
        let identity = format!("{CONTROL_PLANE}_{}", self.random.split(&own).uuid());
        let key = self.leader_lease(leader);
        let holder = Holder { identity: &identity, duration: LEASE, period: RENEW, owner: None };
        self.api.begin_renewing(&key, &holder);
    }

    /// A component that begins knows nothing, and lists everything.
    fn begin_anew(&mut self, leader: Leader) {
        self.dispatch();
        match leader {
            Leader::Scheduler => {
                let random = self.random.split("scheduler").split(&self.now().rfc3339_micros());
                self.scheduler = Scheduler::new(&self.kinds, random);
            }
            Leader::Manager => {
                self.manager = ControllerManager::new(&self.kinds, manages(&self.options));
            }
        }
        let (at, revision) = (self.now(), self.api.store().revision());
        let kinds: Vec<_> = self.api.registry().iter().map(|(kind, _)| kind).collect();
        for kind in kinds {
            for object in self.api.list(kind, "") {
                let key = Key::of(kind, object);
                let new = Some(object.clone());
                let change = Arc::new(Change { revision, at, key, old: None, new });
                match leader {
                    Leader::Scheduler => self.scheduler.deliver(&change, self.latency),
                    Leader::Manager => self.manager.deliver(&change, self.latency),
                }
            }
        }
    }
}
