//! What the scheduler keeps of a node: the node, its Pods, and their sums.
//!
//! Source: upstream `pkg/scheduler/framework/types.go` (`NodeInfo`).

use std::sync::Arc;

use super::amounts::Amounts;
use super::pod_info::PodInfo;
use crate::api::pod::{HostPort, amounts};
use crate::quantity::Quantity;
use crate::store::Key;
use crate::value::{Str, Value};

/// A node and what runs on it.
#[derive(Debug, Clone, Default)]
pub(super) struct NodeInfo {
    pub(super) name: Str,
    node: Value,
    /// Whether it takes no new Pods.
    pub(super) is_closed: bool,
    taints: Value,
    pub(super) offered: Amounts,
    pub(super) max_pods: i64,
    pub(super) taken: Amounts,
    /// CPU and memory as the scores count them.
    pub(super) scored: (i64, i64),
    pods: Vec<Arc<PodInfo>>,
    ports: Vec<HostPort>,
}

/// Whether two ports of a node are the same to the outside.
fn conflict(own: &HostPort, wanted: &HostPort) -> bool {
    let everywhere = |port: &HostPort| port.ip == "0.0.0.0";
    let same_ip = own.ip == wanted.ip || everywhere(own) || everywhere(wanted);
    own.port == wanted.port && own.protocol == wanted.protocol && same_ip
}

impl NodeInfo {
    /// A node of which only the name is known.
    pub(super) fn named(name: &Str) -> Self {
        Self { name: name.clone(), ..Self::default() }
    }

    /// Whether the node itself has been seen, not only its Pods.
    pub(super) fn is_known(&self) -> bool {
        !self.node.is_null()
    }

    /// The node.
    pub(super) fn node(&self) -> &Value {
        &self.node
    }

    /// Its taints.
    pub(super) fn taints(&self) -> &[Value] {
        self.taints.items()
    }

    /// One of its labels.
    pub(super) fn label(&self, key: &str) -> Option<&Str> {
        self.node["metadata"]["labels"][key].as_shared()
    }

    /// Its Pods.
    pub(super) fn pods(&self) -> &[Arc<PodInfo>] {
        &self.pods
    }

    /// Whether a host port is taken.
    pub(super) fn has_port(&self, wanted: &HostPort) -> bool {
        self.ports.iter().any(|own| conflict(own, wanted))
    }

    /// Takes in the node, or that it is gone.
    pub(super) fn set_node(&mut self, node: Option<&Value>) {
        self.node = node.cloned().unwrap_or_default();
        let spec = &self.node["spec"];
        self.is_closed = spec["unschedulable"].is_true();
        self.taints = spec["taints"].clone();
        let offered = amounts(&self.node["status"]["allocatable"]);
        self.max_pods = offered.get("pods").copied().map_or(0, Quantity::value);
        self.offered = Amounts::of(&offered);
    }

    /// Adds a Pod.
    pub(super) fn add(&mut self, pod: Arc<PodInfo>) {
        self.count(&pod, 1);
        self.ports.extend(pod.ports.iter().cloned());
        self.pods.push(pod);
    }

    /// Takes a Pod away.
    pub(super) fn remove(&mut self, key: &Key) {
        let Some(place) = self.pods.iter().position(|own| own.key == *key) else { return };
        let pod = self.pods.swap_remove(place);
        self.count(&pod, -1);
        if !pod.ports.is_empty() {
            self.ports = self.pods.iter().flat_map(|own| own.ports.iter().cloned()).collect();
        }
    }

    fn count(&mut self, pod: &PodInfo, sign: i64) {
        self.taken.change(&pod.asks, sign);
        self.scored.0 += sign * pod.scored.0;
        self.scored.1 += sign * pod.scored.1;
    }
}
