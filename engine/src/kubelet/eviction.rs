//! Taking Pods off a node that runs short, and killing containers.
//!
//! Source: upstream `pkg/kubelet/eviction/helpers.go` (`rankMemoryPressure`,
//! `evictionMessage`). **Real clusters:** what Pods use of the disk counts as
//! their memory does; here nobody measures it.

use std::cmp::Reverse;

use super::heartbeat::Pressure;
use super::node::Node;
use super::unit::{State, Unit};
use super::worker::{End, Worker};
use super::{Disks, Kubelet};
use crate::api::pod::{PodView, requests};
use crate::apiserver::ApiServer;
use crate::process::Signal;
use crate::quantity::Quantity;
use crate::recorder::Note;
use crate::sim::{Delay, Time};
use crate::store::Key;

/// Pods of at least this priority are never evicted.
const CRITICAL: i64 = 2_000_000_000;

impl Kubelet {
    /// The Pod to evict first: one that uses more than it asks for, then the
    /// least important, then the one that goes furthest beyond.
    pub(super) fn least_important(&self, of: Pressure, now: Time) -> Option<Key> {
        let rank = |worker: &Worker| {
            let beyond = match of {
                Pressure::Memory => worker.memory_beyond(now),
                Pressure::Disk => 0,
            };
            (Reverse(beyond > 0), PodView(&worker.pod).priority(), Reverse(beyond))
        };
        let may_go = |worker: &Worker| {
            let critical = PodView(&worker.pod).priority() >= CRITICAL;
            worker.end == End::No && !critical && !worker.is_static
        };
        let workers = self.workers.iter().filter(|(_, worker)| may_go(worker));
        workers.min_by_key(|(_, worker)| rank(worker)).map(|(key, _)| key.clone())
    }

    /// Which of a Pod's containers use more memory than they ask for, in the
    /// words of its eviction.
    pub(super) fn greedy_containers(&self, key: &Key, now: Time) -> String {
        let Some(worker) = self.workers.get(key) else { return String::new() };
        let units = worker.units.iter().enumerate();
        let told = units.filter_map(|(index, unit)| {
            let asked = &worker.container(index)["resources"]["requests"]["memory"];
            let asked = Quantity::parse_or_zero(asked.text());
            let used = memory_of(unit, now);
            let shown = Quantity::parse_or_zero(&format!("{}Ki", used >> 10));
            (used > asked.value()).then(|| {
                format!(
                    "Container {} was using {shown}, request is {asked}, has larger consumption \
                     of memory. ",
                    unit.name
                )
            })
        });
        told.collect()
    }

    /// Evicts a Pod: it fails, and stays to tell why.
    pub(super) fn evict(&mut self, key: &Key, message: &str, api: &ApiServer) {
        if let Some(worker) = self.workers.get_mut(key) {
            worker.eviction = Some(message.to_owned());
            self.due.insert((api.now(), key.clone()));
        }
    }

    /// Whether a container of a Pod runs here.
    pub fn runs(&self, pod: &Key) -> bool {
        self.workers.get(pod).is_some_and(|worker| worker.runs())
    }

    /// Kills a container as the kernel does; `false` if it does not run here.
    pub fn kill(&mut self, pod: &Key, container: &str, disks: &mut Disks, now: Time) -> bool {
        let Some(worker) = self.workers.get_mut(pod) else { return false };
        let mut killed = false;
        worker.each_running(&mut disks.volumes, now, |_, unit, beside| {
            let wanted = container.is_empty() || *unit.name == *container;
            if let (State::Running(running), true) = (&mut unit.state, wanted) {
                running.signal(Signal::KILL, beside, now);
                killed = true;
            }
        });
        self.due.insert((now, pod.clone()));
        killed
    }
}

/// The bytes of memory that a container uses.
fn memory_of(unit: &Unit, now: Time) -> i64 {
    let State::Running(running) = &unit.state else { return 0 };
    i64::try_from(running.usage(now).1).unwrap_or(i64::MAX)
}

impl Worker {
    /// How many bytes of memory it uses beyond what it asks for.
    fn memory_beyond(&self, now: Time) -> i64 {
        let used: i64 = self.units.iter().map(|unit| memory_of(unit, now)).sum();
        let asked = requests(&self.pod["spec"]).get("memory").map_or(0, |own| own.value());
        used - asked
    }

    /// Begins to stop a Pod that is evicted.
    pub(super) fn begin_eviction(&mut self, node: &mut Node<'_>) {
        let Some(message) = self.eviction.take() else { return };
        if self.end != End::No {
            return;
        }
        node.tell(Note::warning(&self.pod, "Evicted", message.clone()));
        self.failure = Some(("Evicted".to_owned(), message));
        self.begin_stop(Some(Delay::ZERO), node);
    }
}
