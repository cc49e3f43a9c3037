//! Reads a Node.

use super::items::{Node, NodeHealth, text};
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
        memory: milli(&allocatable["memory"]) / 1_000,
        pods: milli(&allocatable["pods"]) / 1_000,
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

/// A quantity in thousandths, rounded up; 0 for anything that is none.
pub(super) fn milli(quantity: &Value) -> i64 {
    if let Some(whole) = quantity.as_int() {
        return whole.saturating_mul(1_000);
    }
    let text = quantity.text();
    let split = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.');
    let (number, suffix) = text.split_at(split.unwrap_or(text.len()));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let thousandths = format!("{whole}{fraction:0<3.3}").parse::<i64>().unwrap_or_default();
    match factor(suffix) {
        Factor::Times(factor) => thousandths.saturating_mul(factor),
        Factor::Milli => thousandths.saturating_add(999) / 1_000,
    }
}

enum Factor {
    Times(i64),
    Milli,
}

fn factor(suffix: &str) -> Factor {
    let power = |base: i64, exponent: u32| Factor::Times(base.saturating_pow(exponent));
    match suffix {
        "m" => Factor::Milli,
        "k" => power(1_000, 1),
        "M" => power(1_000, 2),
        "G" => power(1_000, 3),
        "T" => power(1_000, 4),
        "Ki" => power(1_024, 1),
        "Mi" => power(1_024, 2),
        "Gi" => power(1_024, 3),
        "Ti" => power(1_024, 4),
        _ => Factor::Times(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value;

    #[test]
    fn reads_quantities_in_thousandths() {
        for (text, wanted) in [("250m", 250), ("2", 2_000), ("1.5", 1_500), ("1Ki", 1_024_000)] {
            assert_eq!(milli(&Value::str(text)), wanted, "{text}");
        }
        assert_eq!(milli(&Value::Int(4)), 4_000);
        assert_eq!(milli(&Value::Null), 0);
    }

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
