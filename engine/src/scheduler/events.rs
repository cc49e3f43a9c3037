//! Which changes in the cluster may help which Pods of the pool.
//!
//! Source: upstream `pkg/scheduler/eventhandlers.go` and the plugins'
//! `EventsToRegister` (queueing hints).

use super::Scheduler;
use super::plugins::{Cycle, Plugin};
use super::pod_info::PodInfo;
use super::watched::Watched;
use crate::sim::Time;
use crate::store::{Change, Key};
use crate::value::Value;

/// Who is helped by a new or changed node.
const BY_NODES: [Plugin; 10] = [
    Plugin::NodeUnschedulable,
    Plugin::NodeName,
    Plugin::TaintToleration,
    Plugin::NodeAffinity,
    Plugin::NodePorts,
    Plugin::NodeResourcesFit,
    Plugin::VolumeBinding,
    Plugin::VolumeZone,
    Plugin::PodTopologySpread,
    Plugin::InterPodAffinity,
];
/// Who is helped when a Pod comes to a node.
const BY_ARRIVALS: [Plugin; 2] = [Plugin::PodTopologySpread, Plugin::InterPodAffinity];
/// Who is helped when a Pod leaves its node.
const BY_DEPARTURES: [Plugin; 5] = [
    Plugin::NodeResourcesFit,
    Plugin::NodePorts,
    Plugin::VolumeRestrictions,
    Plugin::PodTopologySpread,
    Plugin::InterPodAffinity,
];
/// Who is helped by claims, volumes and their classes.
const BY_STORAGE: [Plugin; 3] =
    [Plugin::VolumeRestrictions, Plugin::VolumeBinding, Plugin::VolumeZone];

/// Whether a change of a node can make a difference to Pods.
fn matters(old: &Value, new: &Value) -> bool {
    let conditions = |node: &Value| -> Vec<(Value, Value)> {
        let own = node["status"]["conditions"].items().iter();
        own.map(|own| (own["type"].clone(), own["status"].clone())).collect()
    };
    old["spec"] != new["spec"]
        || old["metadata"]["labels"] != new["metadata"]["labels"]
        || old["status"]["allocatable"] != new["status"]["allocatable"]
        || conditions(old) != conditions(new)
}

impl Scheduler {
    /// A node has come or changed.
    pub(super) fn wake_for_node(&mut self, change: &Change, now: Time) {
        let (Some(new), old) = (&change.new, change.old.as_ref()) else { return };
        if !self.queue.has_refused(&BY_NODES) || old.is_some_and(|old| !matters(old, new)) {
            return;
        }
        let relabelled =
            old.is_none_or(|old| old["metadata"]["labels"] != new["metadata"]["labels"]);
        let by_domains = self.queue.refused_by(&BY_ARRIVALS);
        let Some(place) = self.nodes.place(&change.key.name) else { return };
        for key in self.queue.refused_by(&BY_NODES) {
            let helped = (relabelled && by_domains.contains(&key)) || self.fits(&key, place);
            if helped {
                self.queue.wake(&key, now);
            }
        }
    }

    /// Whether a waiting Pod fits the node at `place` by now.
    fn fits(&self, key: &Key, place: usize) -> bool {
        let Some(waiting) = self.queue.get(key) else { return false };
        let watched = Watched { cache: &self.cache, kinds: &self.kinds };
        let cycle = Cycle::begin(&waiting.info, &self.nodes, watched);
        let (Ok(cycle), Some(info)) = (cycle, self.nodes.get(place)) else { return false };
        cycle.filter(place, info).is_ok()
    }

    /// A Pod has come to a node.
    pub(super) fn wake_for_arrival(&mut self, pod: &PodInfo, now: Time) {
        if !self.queue.has_refused(&BY_ARRIVALS) {
            return;
        }
        for key in self.queue.refused_by(&BY_ARRIVALS) {
            let watched = Watched { cache: &self.cache, kinds: &self.kinds };
            let helped = self.queue.get(&key).is_some_and(|waiting| {
                let info = &waiting.info;
                let spreads = !info.spec["topologySpreadConstraints"].is_empty();
                let mut affinity = info.terms.iter().flat_map(|terms| &terms.affinity);
                (spreads && info.key.namespace == pod.key.namespace)
                    || affinity
                        .any(|term| term.meant.matches(&pod.key.namespace, &pod.labels, watched))
            });
            if helped {
                self.queue.wake(&key, now);
            }
        }
    }

    /// A Pod has left its node.
    pub(super) fn wake_for_departure(&mut self, now: Time) {
        self.wake_refused(&BY_DEPARTURES, now, |_| true);
    }

    /// A claim, a volume, a class or a namespace has come or changed.
    pub(super) fn wake_for_other(&mut self, change: &Change, now: Time) {
        let (kind, name) = (change.key.kind, &change.key.name);
        if kind == self.kinds.volume_claim {
            let namespace = change.key.namespace.clone();
            self.wake_refused(&BY_STORAGE, now, |pod| {
                pod.key.namespace == namespace && pod.claims.contains(name)
            });
        } else if kind == self.kinds.volume || kind == self.kinds.storage_class {
            self.wake_refused(&BY_STORAGE, now, |_| true);
        } else if kind == self.kinds.namespace {
            self.nodes.forget_namespaces();
            self.wake_refused(&[Plugin::InterPodAffinity], now, |_| true);
        }
    }

    fn wake_refused(&mut self, plugins: &[Plugin], now: Time, helps: impl Fn(&PodInfo) -> bool) {
        if !self.queue.has_refused(plugins) {
            return;
        }
        for key in self.queue.refused_by(plugins) {
            if self.queue.get(&key).is_some_and(|waiting| helps(&waiting.info)) {
                self.queue.wake(&key, now);
            }
        }
    }
}
