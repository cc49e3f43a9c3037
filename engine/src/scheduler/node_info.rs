//! What the scheduler keeps of a node: the node, its Pods, what they ask for.

use std::collections::BTreeMap;

use crate::api::pod::{HostPort, PodView, Resources, amounts, requests};
use crate::quantity::Quantity;
use crate::store::Key;
use crate::value::Value;

/// A node and what runs on it.
#[derive(Debug, Clone, Default)]
pub(super) struct NodeInfo {
    node: Value,
    allocatable: Resources,
    requested: Resources,
    pods: BTreeMap<Key, Placed>,
}

/// What a Pod takes of its node.
#[derive(Debug, Clone)]
struct Placed {
    requests: Resources,
    ports: Vec<HostPort>,
}

/// Whether two ports of a node are the same to the outside.
fn conflict(own: &HostPort, wanted: &HostPort) -> bool {
    let everywhere = |port: &HostPort| port.ip == "0.0.0.0";
    let same_ip = own.ip == wanted.ip || everywhere(own) || everywhere(wanted);
    own.port == wanted.port && own.protocol == wanted.protocol && same_ip
}

impl NodeInfo {
    /// Whether the node itself has been seen, not only its Pods.
    pub(super) fn is_known(&self) -> bool {
        !self.node.is_null()
    }

    /// The node.
    pub(super) fn node(&self) -> &Value {
        &self.node
    }

    /// What the node offers of a resource.
    pub(super) fn allocatable(&self, resource: &str) -> Quantity {
        self.allocatable.get(resource).copied().unwrap_or_default()
    }

    /// What its Pods ask for of a resource.
    pub(super) fn requested(&self, resource: &str) -> Quantity {
        self.requested.get(resource).copied().unwrap_or_default()
    }

    /// How many Pods it has.
    pub(super) fn pod_count(&self) -> usize {
        self.pods.len()
    }

    /// Whether a host port is taken.
    pub(super) fn has_port(&self, wanted: &HostPort) -> bool {
        self.pods.values().flat_map(|placed| &placed.ports).any(|own| conflict(own, wanted))
    }

    pub(super) fn set_node(&mut self, node: &Value) {
        self.node = node.clone();
        self.allocatable = amounts(&node["status"]["allocatable"]);
    }

    pub(super) fn add(&mut self, key: &Key, pod: &Value) {
        self.remove(key);
        let requests = requests(&pod["spec"]);
        for (resource, amount) in &requests {
            let sum = self.requested.entry(resource.clone()).or_default();
            *sum = *sum + *amount;
        }
        let ports = PodView(pod).host_ports().collect();
        self.pods.insert(key.clone(), Placed { requests, ports });
    }

    pub(super) fn remove(&mut self, key: &Key) {
        let Some(placed) = self.pods.remove(key) else { return };
        for (resource, amount) in &placed.requests {
            let sum = self.requested.entry(resource.clone()).or_default();
            *sum = *sum - *amount;
        }
    }
}
