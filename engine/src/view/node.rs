//! Reads a Node.

use super::items::{Node, NodeHealth, text};
use crate::quantity::Quantity;
use crate::value::Value;

const CONTROL_PLANE: &str = "node-role.kubernetes.io/control-plane";

pub(super) fn read(node: &Value) -> Node {
    let allocatable = node.at(&["status", "allocatable"]);
    Node {
        name: text(node, &["metadata", "name"]),
        health: health(node),
        cordoned: node.at(&["spec", "unschedulable"]).is_true(),
        control_plane: node.at(&["metadata", "labels"]).get(CONTROL_PLANE).is_some(),
        address: address(node),
        cpu_milli: milli(&allocatable["cpu"]),
        memory: whole(&allocatable["memory"]),
        pods: whole(&allocatable["pods"]),
    }
}

fn health(node: &Value) -> NodeHealth {
    let conditions = node.at(&["status", "conditions"]).items();
    let ready = conditions.iter().find(|condition| condition["type"].text() == "Ready");
    match ready.map(|condition| condition["status"].text()) {
        Some("True") => NodeHealth::Ready,
        Some("False") => NodeHealth::NotReady,
        _ => NodeHealth::Unknown,
    }
}

fn address(node: &Value) -> String {
    let addresses = node.at(&["status", "addresses"]).items();
    let internal = addresses.iter().find(|address| address["type"].text() == "InternalIP");
    internal.map(|address| text(address, &["address"])).unwrap_or_default()
}

/// A quantity in whole units, rounded up; 0 for anything that is none.
pub(super) fn whole(quantity: &Value) -> i64 {
    quantity.as_int().unwrap_or_else(|| Quantity::parse_or_zero(quantity.text()).value())
}

/// A quantity in thousandths, rounded up; 0 for anything that is none.
pub(super) fn milli(quantity: &Value) -> i64 {
    quantity.as_int().map_or_else(
        || Quantity::parse_or_zero(quantity.text()).milli_value(),
        |whole| whole.saturating_mul(1_000),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value;

    #[test]
    fn reads_what_a_node_says_of_itself() {
        let node = read(&value!({
            "metadata": { "name": "worker", "labels": { "node-role.kubernetes.io/control-plane": "" } },
            "spec": { "unschedulable": true },
            "status": {
                "allocatable": { "cpu": "4", "memory": "1Mi", "pods": "110" },
                "conditions": [{ "type": "Ready", "status": "True" }],
                "addresses": [{ "type": "InternalIP", "address": "10.0.0.2" }],
            },
        }));
        assert_eq!(
            (node.health, node.cordoned, node.control_plane),
            (NodeHealth::Ready, true, true)
        );
        assert_eq!((node.cpu_milli, node.memory, node.pods), (4_000, 1_048_576, 110));
        assert_eq!(node.address, "10.0.0.2");
    }
}
