//! Notices nodes that are not heard of, and keeps Pods away from them.
//!
//! Source: upstream `pkg/controller/nodelifecycle`.

pub(super) mod taint_eviction;

use super::conditions::find;
use super::{Context, Controller, Outcome, Write, is_deleted};
use crate::api::pod::PodView;
use crate::apiserver::{is_renewed, renewed_at};
use crate::sim::{Delay, Time};
use crate::store::{Change, Key};
use crate::value;
use crate::value::Value;

/// How long a node may be silent (`--node-monitor-grace-period`), and how
/// often the controller looks (`--node-monitor-period`).
const GRACE: Delay = Delay::secs(50);
const MONITOR: Delay = Delay::secs(5);
/// Where the Leases of nodes are.
const NODE_LEASES: &str = "kube-node-lease";
const NOT_READY: &str = "node.kubernetes.io/not-ready";
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
/// The conditions that a silent node no longer answers for.
const CONDITIONS: [&str; 4] = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];
/// Which conditions, when true, keep new Pods away, and by which taint.
const BY_CONDITION: [(&str, &str); 4] = [
    ("MemoryPressure", "node.kubernetes.io/memory-pressure"),
    ("DiskPressure", "node.kubernetes.io/disk-pressure"),
    ("PIDPressure", "node.kubernetes.io/pid-pressure"),
    ("NetworkUnavailable", "node.kubernetes.io/network-unavailable"),
];
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

/// The controller of nodes' health.
pub(super) struct NodeLifecycleController;

impl Controller for NodeLifecycleController {
    fn name(&self) -> &'static str {
        "node-controller"
    }

    fn triggers(&self, change: &Change, cx: &Context<'_>) -> Vec<Key> {
        let kind = change.key.kind;
        if kind == cx.kinds.node {
            return vec![change.key.clone()];
        }
        if kind == cx.kinds.lease && *change.key.namespace == *NODE_LEASES {
            return vec![Key::new(cx.kinds.node, "", &change.key.name)];
        }
        Vec::new()
    }

    fn sync(&self, key: &Key, cx: &Context<'_>) -> Outcome {
        let mut outcome = Outcome::default();
        let Some(node) = cx.cache.get(key).filter(|node| !is_deleted(node)) else {
            return outcome;
        };
        let lease = cx.cache.get(&Key::new(cx.kinds.lease, NODE_LEASES, &key.name));
        if let Some(silent_at) = silence(node, lease) {
            if cx.now < silent_at {
                outcome.again = Some(silent_at.since(cx.now));
            } else if status_of(node, "Ready") != "Unknown" {
                give_up(node, cx, &mut outcome);
                return outcome;
            }
        }
        if status_of(node, "Ready") != "True" && !has_trouble_taint(node) {
            mark_pods(node, cx, &mut outcome);
        }
        taint(node, cx, &mut outcome);
        outcome
    }
}

/// When a node counts as silent; `None` while it shows that it lives.
fn silence(node: &Value, lease: Option<&Value>) -> Option<Time> {
    if lease.is_some_and(is_renewed) {
        return None;
    }
    let born = Time::parse(node["metadata"]["creationTimestamp"].text());
    let heard = lease.and_then(|lease| renewed_at(lease, Time::default())).or(born)?;
    // The controller looks every so often, and sees a silence only then.
    let past = (heard + GRACE).as_micros().rem_euclid(MONITOR.as_micros());
    Some(heard + GRACE + (MONITOR - Delay::micros(past)))
}

fn status_of<'a>(node: &'a Value, kind: &str) -> &'a str {
    find(&node["status"], kind).map_or("", |own| own["status"].text())
}

/// Nobody knows any more how the node is.
fn give_up(node: &Value, cx: &Context<'_>, outcome: &mut Outcome) {
    let now = cx.now.rfc3339();
    let mut object = node.clone();
    let conditions = object["status"]["conditions"].make_list();
    for kind in CONDITIONS {
        match conditions.iter_mut().find(|own| own["type"].text() == kind) {
            Some(own) => {
                if own["status"].text() != "Unknown" {
                    own.set("lastTransitionTime", now.as_str());
                }
                own.set("status", "Unknown");
                own.set("reason", "NodeStatusUnknown");
                own.set("message", "Kubelet stopped posting node status.");
            }
            None => conditions.push(value!({
                "type": kind,
                "status": "Unknown",
                "reason": "NodeStatusNeverUpdated",
                "message": "Kubelet never posted node status.",
                "lastHeartbeatTime": &node["metadata"]["creationTimestamp"],
                "lastTransitionTime": (now.as_str()),
            })),
        }
    }
    outcome.writes.push(Write::UpdateStatus { kind: cx.kinds.node, object });
    let name = node["metadata"]["name"].text();
    let message = format!("Node {name} status is now: NodeNotReady");
    outcome.note(node, "NodeNotReady", message);
}

/// The Pods of a node that is not ready are not ready either.
fn mark_pods(node: &Value, cx: &Context<'_>, outcome: &mut Outcome) {
    let name = node["metadata"]["name"].text();
    let pods = cx.cache.list(cx.kinds.pod, "");
    for pod in pods.filter(|pod| PodView(pod).node_name() == name && PodView(pod).is_ready()) {
        let mut object = pod.clone();
        for own in object["status"]["conditions"].make_list() {
            if own["type"].text() == "Ready" {
                own.set("status", "False");
                own.set("lastTransitionTime", cx.now.rfc3339());
            }
        }
        outcome.writes.push(Write::UpdateStatus { kind: cx.kinds.pod, object });
        outcome.warn(pod, "NodeNotReady", "Node is not ready".to_owned());
    }
}

/// Gives the node the taints that its conditions ask for.
fn taint(node: &Value, cx: &Context<'_>, outcome: &mut Outcome) {
    let trouble = match status_of(node, "Ready") {
        "True" => None,
        "False" => Some(NOT_READY),
        _ => Some(UNREACHABLE),
    };
    let own = node["spec"]["taints"].items();
    let mut wanted: Vec<Value> = own.iter().filter(|taint| !is_ours(taint)).cloned().collect();
    let mut want = |key: &str, effect: &str| {
        let old = own.iter().find(|taint| is(taint, key, effect)).cloned();
        wanted.push(old.unwrap_or_else(|| {
            let added = cx.now.rfc3339();
            value!({ "key": key, "effect": effect, "timeAdded": added })
        }));
    };
    for (condition, key) in BY_CONDITION {
        if status_of(node, condition) == "True" {
            want(key, "NoSchedule");
        }
    }
    if node["spec"]["unschedulable"].is_true() {
        want(UNSCHEDULABLE, "NoSchedule");
    }
    if let Some(key) = trouble {
        want(key, "NoSchedule");
        // What runs there is driven out at the next look.
        let since = find(&node["status"], "Ready").map(|own| own["lastTransitionTime"].text());
        let due = since.and_then(Time::parse).map_or(cx.now, |since| since + MONITOR);
        if due <= cx.now {
            want(key, "NoExecute");
        } else {
            keep_elder(own, &mut wanted);
            let again = due.since(cx.now);
            outcome.again = Some(outcome.again.map_or(again, |own| own.min(again)));
        }
    }
    let same = wanted.len() == own.len() && wanted.iter().all(|taint| own.contains(taint));
    if !same {
        let mut object = node.clone();
        if wanted.is_empty() {
            object["spec"].remove("taints");
        } else {
            object["spec"].set("taints", Value::list(wanted));
        }
        outcome.writes.push(Write::Update { kind: cx.kinds.node, object });
    }
}

/// While a node goes from one trouble to the other, what drives its Pods out
/// stays until the other's takes its place.
fn keep_elder(own: &[Value], wanted: &mut Vec<Value>) {
    let elder = own.iter().find(|taint| {
        taint["effect"].text() == "NoExecute"
            && [NOT_READY, UNREACHABLE].contains(&taint["key"].text())
    });
    wanted.extend(elder.cloned());
}

/// Whether the node's trouble has been seen before.
fn has_trouble_taint(node: &Value) -> bool {
    let mut taints = node["spec"]["taints"].items().iter();
    taints.any(|taint| [NOT_READY, UNREACHABLE].contains(&taint["key"].text()))
}

fn is(taint: &Value, key: &str, effect: &str) -> bool {
    taint["key"].text() == key && taint["effect"].text() == effect
}

fn is_ours(taint: &Value) -> bool {
    let keys = BY_CONDITION.iter().map(|(_, key)| *key);
    let mut by_condition = keys.chain([UNSCHEDULABLE]);
    let key = taint["key"].text();
    [NOT_READY, UNREACHABLE].contains(&key)
        || (taint["effect"].text() == "NoSchedule" && by_condition.any(|own| own == key))
}
