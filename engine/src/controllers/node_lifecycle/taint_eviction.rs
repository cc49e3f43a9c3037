//! Deletes Pods from nodes whose taints they do not bear, or no longer.
//!
//! Source: upstream `pkg/controller/tainteviction`.

use super::super::conditions::note_disruption;
use super::super::{Context, Controller, Outcome, Write, is_deleted};
use crate::api::pod::PodView;
use crate::sim::{Delay, Time};
use crate::store::{Change, Key};
use crate::value;
use crate::value::Value;

/// The controller that evicts by taints.
pub(in super::super) struct TaintEvictionController;

impl Controller for TaintEvictionController {
    fn name(&self) -> &'static str {
        "taint-eviction-controller"
    }

    fn triggers(&self, change: &Change, cx: &Context<'_>) -> Vec<Key> {
        if change.key.kind == cx.kinds.pod {
            let pod = change.object();
            let tainted = node_of(pod, cx).is_some_and(|node| expelling(node).next().is_some());
            return if tainted { vec![change.key.clone()] } else { Vec::new() };
        }
        if change.key.kind != cx.kinds.node {
            return Vec::new();
        }
        let taints = |node: Option<&Value>| -> Vec<Value> {
            node.map(|node| expelling(node).cloned().collect()).unwrap_or_default()
        };
        if taints(change.old.as_ref()) == taints(change.new.as_ref()) {
            return Vec::new();
        }
        let pods = cx.cache.list(cx.kinds.pod, "");
        let here = pods.filter(|pod| PodView(pod).node_name() == &*change.key.name);
        here.map(|pod| Key::of(cx.kinds.pod, pod)).collect()
    }

    fn sync(&self, key: &Key, cx: &Context<'_>) -> Outcome {
        let mut outcome = Outcome::default();
        let Some(pod) = cx.cache.get(key).filter(|pod| !is_deleted(pod)) else { return outcome };
        if PodView(pod).is_terminal() {
            return outcome;
        }
        let Some(node) = node_of(pod, cx) else { return outcome };
        let taints: Vec<&Value> = expelling(node).collect();
        let Some(patience) = patience(pod, &taints) else { return outcome };
        // Counted from when it was first seen, as long as the taints stay.
        let (seen, taints) = (cx.now.rfc3339_micros(), taints.into_iter().collect::<Value>());
        let memory = cx.memory.filter(|own| own["taints"] == taints);
        let memory = memory.cloned().unwrap_or_else(|| value!({ "seen": seen, "taints": taints }));
        let due = Time::parse(memory["seen"].text()).unwrap_or(cx.now) + patience;
        outcome.remember = Some(memory);
        if cx.now < due {
            outcome.again = Some(due.since(cx.now));
        } else {
            evict(pod, cx, &mut outcome);
        }
        outcome
    }
}

fn node_of<'a>(pod: &Value, cx: &Context<'a>) -> Option<&'a Value> {
    let name = PodView(pod).node_name();
    if name.is_empty() { None } else { cx.cache.get(&Key::new(cx.kinds.node, "", name)) }
}

/// The taints of a node that drive Pods out.
fn expelling(node: &Value) -> impl Iterator<Item = &Value> {
    node["spec"]["taints"].items().iter().filter(|taint| taint["effect"].text() == "NoExecute")
}

/// How long a Pod may stay; `None` for ever.
fn patience(pod: &Value, taints: &[&Value]) -> Option<Delay> {
    let view = PodView(pod);
    let mut shortest = None;
    for taint in taints {
        let Some(bearing) = view.tolerations().find(|own| own.tolerates(taint)) else {
            return Some(Delay::ZERO);
        };
        if let Some(time) = bearing.time() {
            shortest = Some(shortest.map_or(time, |own: Delay| own.min(time)));
        }
    }
    shortest
}

fn evict(pod: &Value, cx: &Context<'_>, outcome: &mut Outcome) {
    let metadata = &pod["metadata"];
    let mut object = pod.clone();
    let message = "Taint manager: deleting due to NoExecute taint";
    note_disruption(&mut object, "DeletionByTaintManager", message, cx.now);
    if object != *pod {
        outcome.writes.push(Write::UpdateStatus { kind: cx.kinds.pod, object });
    }
    outcome.writes.push(Write::Delete {
        key: Key::of(cx.kinds.pod, pod),
        uid: metadata["uid"].as_shared().cloned().unwrap_or_default(),
        propagation: None,
        announce: None,
    });
    let (namespace, name) = (metadata["namespace"].text(), metadata["name"].text());
    let message = format!("Marking for deletion Pod {namespace}/{name}");
    outcome.note(pod, "TaintManagerEviction", message);
}
