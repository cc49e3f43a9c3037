//! Sums over Pods, kept as Pods come, change and go: whoever wants one need
//! not look at every Pod.

use std::collections::BTreeMap;

use podyard_engine::view::{Pod, PodHealth};

use super::cluster::SYSTEM_NAMESPACE;

/// What the Pods of one machine come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Load {
    /// Processor time they request, in thousandths of a core.
    pub(crate) cpu_milli: i64,
    /// Memory they request, in bytes.
    pub(crate) memory: i64,
    /// How many they are.
    pub(crate) pods: i64,
    /// How many of them are the cluster's own.
    pub(crate) system: i64,
}

/// All sums.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Sums {
    nodes: BTreeMap<String, Load>,
    own: i64,
    ready: i64,
    system: i64,
}

impl Sums {
    /// A Pod is there.
    pub(super) fn enter(&mut self, pod: &Pod) {
        self.count(pod, 1);
    }

    /// A Pod is gone, or looks different now.
    pub(super) fn leave(&mut self, pod: &Pod) {
        self.count(pod, -1);
    }

    fn count(&mut self, pod: &Pod, by: i64) {
        let is_system = pod.namespace == SYSTEM_NAMESPACE;
        if is_system {
            self.system += by;
        } else {
            self.own += by;
            self.ready += if pod.health == PodHealth::Running { by } else { 0 };
        }
        let load = self.nodes.entry(pod.node.clone()).or_default();
        load.cpu_milli += by * pod.cpu_milli;
        load.memory += by * pod.memory;
        load.pods += by;
        load.system += if is_system { by } else { 0 };
        if load.pods == 0 {
            self.nodes.remove(&pod.node);
        }
    }

    /// What the Pods of a machine come to.
    pub(crate) fn on(&self, node: &str) -> Load {
        self.nodes.get(node).copied().unwrap_or_default()
    }

    /// How many of the learner's own Pods are ready, and how many there are.
    pub(crate) fn tally(&self) -> (i64, i64) {
        (self.ready, self.own)
    }

    /// How many Pods there are, with the cluster's own or without.
    pub(crate) fn pods(&self, with_system: bool) -> usize {
        let all = self.own + if with_system { self.system } else { 0 };
        usize::try_from(all).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::cluster::tests::sample;

    #[test]
    fn what_has_come_and_gone_leaves_nothing() {
        let mut sums = Sums::default();
        let cluster = sample();
        for pod in cluster.pods.values() {
            sums.enter(pod);
        }
        assert_eq!(sums, cluster.sums);
        assert_eq!((sums.tally().1, sums.on("worker").pods, sums.pods(true)), (3, 1, 3));
        for pod in cluster.pods.values() {
            sums.leave(pod);
        }
        assert_eq!(sums, Sums::default());
    }
}
