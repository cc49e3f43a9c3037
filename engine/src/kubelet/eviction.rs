//! Taking Pods off a node that runs short, and killing containers.
//!
//! Source: upstream `pkg/kubelet/eviction`. **Real clusters:** Pods are ranked
//! by what they use beyond their requests; here by their class of service.

use super::node::Node;
use super::unit::State;
use super::worker::{End, Worker};
use super::{Disks, Kubelet};
use crate::api::pod::PodView;
use crate::apiserver::ApiServer;
use crate::process::Signal;
use crate::recorder::Note;
use crate::sim::{Delay, Time};
use crate::store::Key;

/// Pods of at least this priority are never evicted.
const CRITICAL: i64 = 2_000_000_000;

impl Kubelet {
    /// The Pod to evict first: by class of service, then by priority.
    pub(super) fn least_important(&self) -> Option<Key> {
        let rank = |worker: &Worker| {
            let pod = PodView(&worker.pod);
            let class = match pod.qos_class() {
                "BestEffort" => 0,
                "Burstable" => 1,
                _ => 2,
            };
            (class, pod.priority())
        };
        let may_go = |worker: &Worker| {
            let critical = PodView(&worker.pod).priority() >= CRITICAL;
            worker.end == End::No && !critical && !worker.is_static
        };
        let workers = self.workers.iter().filter(|(_, worker)| may_go(worker));
        workers.min_by_key(|(_, worker)| rank(worker)).map(|(key, _)| key.clone())
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

impl Worker {
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
