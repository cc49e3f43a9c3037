//! Keeps the number of a ReplicaSet's Pods equal to `spec.replicas`.
//!
//! Source: upstream `pkg/controller/replicaset` and
//! `pkg/controller/controller_utils.go` (deletion ranking).

use std::collections::BTreeMap;

use super::claim::claim;
use super::conditions::{self, Condition};
use super::{Announce, Context, Controller, Outcome, Write, controller_reference, is_deleted};
use crate::api::pod::PodView;
use crate::api::selector::Selector;
use crate::informer::controller_ref;
use crate::sim::{Delay, Time};
use crate::store::{Change, Key, KindId};
use crate::value;
use crate::value::Value;

/// A controller never makes or deletes more Pods than this in one go.
const BURST: usize = 500;

/// The controller of ReplicaSets, and of ReplicationControllers, which are
/// the same with a simpler selector.
pub(super) struct ReplicaSetController {
    /// The kind it serves.
    pub(super) kind: KindId,
    /// That kind's name.
    pub(super) kind_name: &'static str,
    /// The controller's name.
    pub(super) name: &'static str,
}

impl Controller for ReplicaSetController {
    fn name(&self) -> &'static str {
        self.name
    }

    fn triggers(&self, change: &Change, cx: &Context<'_>) -> Vec<Key> {
        if change.key.kind == self.kind {
            return vec![change.key.clone()];
        }
        if change.key.kind != cx.kinds.pod {
            return Vec::new();
        }
        let mut keys = Vec::new();
        for pod in [change.new.as_ref(), change.old.as_ref()].into_iter().flatten() {
            match controller_ref(pod) {
                Some(owner) if owner["kind"].text() == self.kind_name => {
                    let name = owner["name"].text();
                    keys.push(Key::new(self.kind, &change.key.namespace, name));
                }
                Some(_) => {}
                None => keys.extend(self.selecting(pod, &change.key.namespace, cx)),
            }
        }
        keys.dedup();
        keys
    }

    fn sync(&self, key: &Key, cx: &Context<'_>) -> Outcome {
        let Some(set) = cx.cache.get(key) else { return Outcome::default() };
        let mut outcome = Outcome::default();
        let pods = self.claim(set, cx, &mut outcome);
        let active: Vec<&Value> = pods.into_iter().filter(|pod| PodView(pod).is_active()).collect();
        if !is_deleted(set) {
            self.manage(set, &active, cx, &mut outcome);
        }
        let status = self.status(set, &active, cx);
        if status != set["status"] {
            let mut object = set.clone();
            object["status"] = status;
            outcome.writes.push(Write::UpdateStatus { kind: self.kind, object });
        }
        outcome.again = time_to_available(set, &active, cx.now);
        outcome
    }
}

impl ReplicaSetController {
    fn selector(&self, set: &Value) -> Selector {
        let selector = &set["spec"]["selector"];
        if self.kind_name == "ReplicaSet" {
            Selector::from_object(selector).unwrap_or(Selector::NOTHING)
        } else {
            Selector::from_labels(selector)
        }
    }

    /// The sets whose selector fits a Pod that nobody controls.
    fn selecting(&self, pod: &Value, namespace: &str, cx: &Context<'_>) -> Vec<Key> {
        let labels = &pod["metadata"]["labels"];
        cx.cache
            .list(self.kind, namespace)
            .filter(|set| self.selector(set).matches(labels))
            .map(|set| Key::of(self.kind, set))
            .collect()
    }

    /// The Pods that the set controls, adopting and releasing by label.
    fn claim<'a>(&self, set: &Value, cx: &Context<'a>, outcome: &mut Outcome) -> Vec<&'a Value> {
        let selector = self.selector(set);
        // Most Pods share the labels of their set's template.
        let template = &set["spec"]["template"]["metadata"]["labels"];
        let shared = selector.matches(template);
        let fits = |pod: &Value| {
            let labels = &pod["metadata"]["labels"];
            (shared && labels.is_shared_with(template)) || selector.matches(labels)
        };
        let adopts = |pod: &Value| PodView(pod).is_active();
        claim(set, cx.kinds.pod, (fits, adopts), cx, outcome)
    }

    fn manage(&self, set: &Value, active: &[&Value], cx: &Context<'_>, outcome: &mut Outcome) {
        let wish = usize::try_from(set["spec"]["replicas"].int()).unwrap_or(0);
        if active.len() < wish {
            for _ in 0..(wish - active.len()).min(BURST) {
                outcome.writes.push(Write::Create {
                    kind: cx.kinds.pod,
                    object: pod_of(set, &set["spec"]["template"]),
                    announce: Some(announce_create(set)),
                    slow_start: true,
                });
            }
        } else if active.len() > wish {
            let excess = (active.len() - wish).min(BURST);
            for pod in ranked_for_deletion(set, active, cx).into_iter().take(excess) {
                outcome.writes.push(Write::Delete {
                    key: Key::of(cx.kinds.pod, pod),
                    uid: pod["metadata"]["uid"].as_shared().cloned().unwrap_or_default(),
                    propagation: None,
                    announce: Some(announce_delete(set)),
                });
            }
        }
    }

    fn status(&self, set: &Value, active: &[&Value], cx: &Context<'_>) -> Value {
        let template = &set["spec"]["template"]["metadata"]["labels"];
        let labelled = Selector::from_labels(template);
        let min_ready = Delay::secs(set["spec"]["minReadySeconds"].int());
        let mut status = value!({ "replicas": (active.len()) });
        let (mut fully, mut ready, mut available) = (0, 0, 0);
        for pod in active {
            let labels = &pod["metadata"]["labels"];
            fully += usize::from(labels == template || labelled.matches(labels));
            if PodView(pod).is_ready() {
                ready += 1;
                let waits = min_ready > Delay::ZERO;
                available += usize::from(!waits || PodView(pod).is_available(min_ready, cx.now));
            }
        }
        status.set_nonzero("fullyLabeledReplicas", fully);
        status.set_nonzero("readyReplicas", ready);
        status.set_nonzero("availableReplicas", available);
        status.set_nonzero("observedGeneration", &set["metadata"]["generation"]);
        if !set["status"]["conditions"].is_empty() {
            status.set("conditions", &set["status"]["conditions"]);
        }
        match cx.failure {
            Some(failure) => {
                let creates =
                    set["spec"]["replicas"].int() > i64::try_from(active.len()).unwrap_or(0);
                let condition = Condition {
                    kind: "ReplicaFailure",
                    status: true,
                    reason: if creates { "FailedCreate" } else { "FailedDelete" },
                    message: &failure.message,
                };
                conditions::set(&mut status, &condition, cx.now, false);
            }
            None => conditions::remove(&mut status, "ReplicaFailure"),
        }
        if status["conditions"].is_empty() {
            status.remove("conditions");
        }
        status
    }
}

/// A Pod as a template makes it, controlled by `owner`.
pub(super) fn pod_of(owner: &Value, template: &Value) -> Value {
    let base = format!("{}-", owner["metadata"]["name"].text());
    let mut metadata = value!({
        "generateName": base,
        "namespace": &owner["metadata"]["namespace"],
        "ownerReferences": [(controller_reference(owner))],
    });
    for field in ["labels", "annotations", "finalizers"] {
        if !template["metadata"][field].is_empty() {
            metadata.set(field, &template["metadata"][field]);
        }
    }
    value!({ "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": &template["spec"] })
}

/// The events that tell of a Pod being made for `owner`.
pub(super) fn announce_create(owner: &Value) -> Announce {
    Announce {
        about: owner.clone(),
        success: ("SuccessfulCreate", "Created pod: {name}".into()),
        failure: ("FailedCreate", "Error creating: {error}".into()),
    }
}

/// The events that tell of one of `owner`'s Pods being deleted.
pub(super) fn announce_delete(owner: &Value) -> Announce {
    Announce {
        about: owner.clone(),
        success: ("SuccessfulDelete", "Deleted pod: {name}".into()),
        failure: ("FailedDelete", "Error deleting: {error}".into()),
    }
}

/// The Pods, those first that are missed least.
fn ranked_for_deletion<'a>(set: &Value, active: &[&'a Value], cx: &Context<'_>) -> Vec<&'a Value> {
    let crowd = crowd_by_node(set, cx);
    let mut ranked = active.to_vec();
    ranked.sort_by_cached_key(|pod| deletion_rank(pod, &crowd, cx.now));
    ranked
}

/// How many related Pods run on each node: of all sets of one owner, since
/// a rollout's old and new Pods count together.
fn crowd_by_node(set: &Value, cx: &Context<'_>) -> BTreeMap<String, i64> {
    let mut crowd = BTreeMap::new();
    let kind_of_set = Key::of(cx.kinds.replica_set, set).kind;
    let siblings: Vec<&Value> = match controller_ref(set) {
        Some(owner) => cx.cache.controlled_by(kind_of_set, owner["uid"].text()).collect(),
        None => vec![set],
    };
    for sibling in siblings {
        for pod in cx.cache.controlled_by(cx.kinds.pod, sibling["metadata"]["uid"].text()) {
            if PodView(pod).is_active() {
                *crowd.entry(pod["spec"]["nodeName"].text().to_owned()).or_insert(0) += 1;
            }
        }
    }
    crowd
}

/// The order in which Pods are deleted.
pub(super) type Rank = (bool, u8, bool, i64, i64, i64, i64, i64, String);

/// Sorts Pods for deletion; the smallest go first.
pub(super) fn deletion_rank(pod: &Value, crowd: &BTreeMap<String, i64>, now: Time) -> Rank {
    let view = PodView(pod);
    let node = pod["spec"]["nodeName"].text();
    let phase = match pod["status"]["phase"].text() {
        "Pending" => 0,
        "Running" => 2,
        _ => 1,
    };
    let cost = &pod["metadata"]["annotations"]["controller.kubernetes.io/pod-deletion-cost"];
    // Shorter ready and shorter lived go first, on a logarithmic scale.
    let since = |at: Option<Time>| at.map_or(0, |at| log2(now.since(at).as_secs()));
    let restarts = pod["status"]["containerStatuses"]
        .items()
        .iter()
        .map(|status| status["restartCount"].int())
        .max()
        .unwrap_or(0);
    let born = Time::parse(pod["metadata"]["creationTimestamp"].text());
    (
        !node.is_empty(),
        phase,
        view.is_ready(),
        cost.text().parse().unwrap_or(0),
        -crowd.get(node).copied().unwrap_or(0),
        if view.is_ready() { since(view.ready_since()) } else { 0 },
        -restarts,
        since(born),
        pod["metadata"]["uid"].text().to_owned(),
    )
}

fn log2(secs: i64) -> i64 {
    i64::from(u64::try_from(secs).unwrap_or(0).checked_ilog2().map_or(0, |log| log + 1))
}

/// When the next ready Pod becomes available, if it must wait for that.
fn time_to_available(set: &Value, active: &[&Value], now: Time) -> Option<Delay> {
    let min_ready = Delay::secs(set["spec"]["minReadySeconds"].int());
    if min_ready == Delay::ZERO {
        return None;
    }
    active
        .iter()
        .filter(|pod| PodView(pod).is_ready() && !PodView(pod).is_available(min_ready, now))
        .filter_map(|pod| PodView(pod).ready_since())
        .map(|since| (since + min_ready).since(now).max(Delay::millis(1)))
        .min()
}
