//! Keeps the number of a ReplicaSet's Pods equal to `spec.replicas`.
//!
//! Source: upstream `pkg/controller/replicaset` and
//! `pkg/controller/controller_utils.go` (deletion ranking).

use super::claim::{adopt, keep};
use super::conditions::{self, Condition};
use super::{Announce, Context, Controller, Outcome, Write, controller_reference, is_deleted};
use crate::api::pod::PodView;
use crate::api::selector::Selector;
use crate::informer::{Crew, Member, controller_ref};
use crate::sim::{Delay, Time};
use crate::store::{Change, Key, KindId};
use crate::value;
use crate::value::{Str, Value};

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
                    let name = owner["name"].as_shared().cloned().unwrap_or_default();
                    let namespace = change.key.namespace.clone();
                    keys.push(Key { kind: self.kind, namespace, name });
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
        let claim = Claim { set, selector: self.selector(set), cx };
        let adopted = claim.claim(&mut outcome);
        let counts = claim.count(&adopted);
        if !is_deleted(set) {
            claim.manage(counts.active, &adopted, &mut outcome);
        }
        let status = status(set, &counts, cx);
        if status != set["status"] {
            let mut object = set.clone();
            object["status"] = status;
            outcome.writes.push(Write::UpdateStatus { kind: self.kind, object });
        }
        outcome.again = claim.time_to_available(&adopted);
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
}

/// A set and the Pods that it means.
struct Claim<'a> {
    set: &'a Value,
    selector: Selector,
    cx: &'a Context<'a>,
}

/// How many Pods a set has.
#[derive(Debug, Default)]
struct Counts {
    active: usize,
    fully_labeled: usize,
    ready: usize,
    available: usize,
}

impl<'a> Claim<'a> {
    fn uid(&self) -> &'a str {
        self.set["metadata"]["uid"].text()
    }

    fn min_ready(&self) -> Delay {
        Delay::secs(self.set["spec"]["minReadySeconds"].int())
    }

    /// The Pods that the set controls, whatever their labels.
    fn controlled(&self) -> impl Iterator<Item = &'a Value> + use<'a> {
        self.cx.cache.controlled_by(self.cx.kinds.pod, self.uid())
    }

    /// Whether it controls Pods whose labels fit no more.
    fn has_strays(&self) -> bool {
        let groups = self.cx.cache.pod_groups(self.uid());
        groups.iter().any(|own| !self.selector.matches(&own.labels))
    }

    /// Lets go of the Pods whose labels fit no more, and takes those that fit
    /// and that nobody controls.
    fn claim(&self, outcome: &mut Outcome) -> Vec<&'a Value> {
        let (kind, fits) = (self.cx.kinds.pod, |pod: &Value| self.fits(pod));
        if is_deleted(self.set) {
            return Vec::new();
        }
        if self.has_strays() {
            keep(self.set, kind, fits, self.cx, outcome);
        }
        adopt(self.set, kind, |pod| fits(pod) && PodView(pod).is_active(), self.cx, outcome)
    }

    fn fits(&self, pod: &Value) -> bool {
        self.selector.matches(&pod["metadata"]["labels"])
    }

    /// The Pods that count for the set.
    fn active(&self, adopted: &[&'a Value]) -> Vec<&'a Value> {
        let own = self.controlled().filter(|pod| self.fits(pod) && PodView(pod).is_active());
        own.chain(adopted.iter().copied()).collect()
    }

    fn count(&self, adopted: &[&Value]) -> Counts {
        let template = &self.set["spec"]["template"]["metadata"]["labels"];
        let labels = Selector::from_labels(template);
        let mut counts = Counts::default();
        let groups = self.cx.cache.pod_groups(self.uid()).iter();
        for group in groups.filter(|own| self.selector.matches(&own.labels)) {
            counts.active += group.active;
            counts.ready += group.ready;
            if labels.matches(&group.labels) {
                counts.fully_labeled += group.active;
            }
        }
        for pod in adopted {
            counts.active += 1;
            counts.ready += usize::from(PodView(pod).is_ready());
            counts.fully_labeled += usize::from(labels.matches(&pod["metadata"]["labels"]));
        }
        counts.available = if self.min_ready() == Delay::ZERO {
            counts.ready
        } else {
            let is_available =
                |pod: &&&Value| PodView(pod).is_available(self.min_ready(), self.cx.now);
            self.active(adopted).iter().filter(is_available).count()
        };
        counts
    }

    fn manage(&self, active: usize, adopted: &[&'a Value], outcome: &mut Outcome) {
        let (set, cx) = (self.set, self.cx);
        let wish = usize::try_from(set["spec"]["replicas"].int()).unwrap_or(0);
        if active < wish {
            for _ in 0..(wish - active).min(BURST) {
                outcome.writes.push(Write::Create {
                    kind: cx.kinds.pod,
                    object: pod_of(set, &set["spec"]["template"]),
                    announce: Some(announce_create(set)),
                    slow_start: true,
                });
            }
        } else if active > wish {
            let excess = (active - wish).min(BURST);
            let adopted: Vec<(Str, Member)> = adopted.iter().map(|pod| on_node(pod)).collect();
            let namespace = set["metadata"]["namespace"].text();
            for pod in self.missed_least(excess, &adopted) {
                outcome.writes.push(Write::Delete {
                    key: Key::new(cx.kinds.pod, namespace, &pod.name),
                    uid: pod.uid.clone(),
                    propagation: None,
                    announce: Some(announce_delete(set)),
                });
            }
        }
    }

    /// So many of the Pods, those first that are missed least.
    fn missed_least<'b>(&self, count: usize, adopted: &'b [(Str, Member)]) -> Vec<&'b Member>
    where
        'a: 'b,
    {
        let siblings = self.siblings();
        // A rollout's old and new Pods crowd a node together.
        let crowd = |node: &Str| {
            let members = siblings.iter().filter_map(|crew| crew.get(node)).map(Vec::len);
            i64::try_from(members.sum::<usize>()).unwrap_or(i64::MAX)
        };
        let all_fit = !self.has_strays();
        let mut ranked = Vec::new();
        let own = self.cx.cache.crew(self.uid()).into_iter().flatten();
        for (node, members) in own {
            let crowd = crowd(node);
            let fitting =
                members.iter().filter(|own| all_fit || self.selector.matches(&own.labels));
            ranked.extend(fitting.map(|own| (deletion_rank(own, node, crowd, self.cx.now), own)));
        }
        for (node, own) in adopted {
            ranked.push((deletion_rank(own, node, crowd(node), self.cx.now), own));
        }
        if count < ranked.len() {
            ranked.select_nth_unstable_by(count, |(a, _), (b, _)| a.cmp(b));
            ranked.truncate(count);
        }
        ranked.sort_by(|(a, _), (b, _)| a.cmp(b));
        ranked.into_iter().map(|(_, pod)| pod).collect()
    }

    /// The Pods of all sets that have the same owner.
    fn siblings(&self) -> Vec<&'a Crew> {
        let cache = self.cx.cache;
        let kind = Key::of(self.cx.kinds.replica_set, self.set).kind;
        let Some(owner) = controller_ref(self.set) else {
            return cache.crew(self.uid()).into_iter().collect();
        };
        let sets = cache.controlled_by(kind, owner["uid"].text());
        sets.filter_map(|set| cache.crew(set["metadata"]["uid"].text())).collect()
    }

    /// When the next ready Pod becomes available, if it must wait for that.
    fn time_to_available(&self, adopted: &[&'a Value]) -> Option<Delay> {
        let (min_ready, now) = (self.min_ready(), self.cx.now);
        if min_ready == Delay::ZERO {
            return None;
        }
        self.active(adopted)
            .into_iter()
            .filter(|pod| PodView(pod).is_ready() && !PodView(pod).is_available(min_ready, now))
            .filter_map(|pod| PodView(pod).ready_since())
            .map(|since| (since + min_ready).since(now).max(Delay::millis(1)))
            .min()
    }
}

fn status(set: &Value, counts: &Counts, cx: &Context<'_>) -> Value {
    let mut status = value!({ "replicas": (counts.active) });
    status.set_nonzero("fullyLabeledReplicas", counts.fully_labeled);
    status.set_nonzero("readyReplicas", counts.ready);
    status.set_nonzero("availableReplicas", counts.available);
    status.set_nonzero("observedGeneration", &set["metadata"]["generation"]);
    if !set["status"]["conditions"].is_empty() {
        status.set("conditions", &set["status"]["conditions"]);
    }
    match cx.failure {
        Some(failure) => {
            let creates = set["spec"]["replicas"].int() > i64::try_from(counts.active).unwrap_or(0);
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

/// A Pod and its node.
fn on_node(pod: &Value) -> (Str, Member) {
    (PodView(pod).node_name().into(), Member::of(pod))
}

/// The order in which Pods are deleted.
pub(super) type Rank = (bool, u8, bool, i64, i64, i64, i64, i64, Str);

/// Sorts Pods for deletion, each on a `node` with so many related ones; the
/// smallest go first.
pub(super) fn deletion_rank(pod: &Member, node: &str, crowd: i64, now: Time) -> Rank {
    let phase = match &*pod.phase {
        "Pending" => 0,
        "Running" => 2,
        _ => 1,
    };
    // Shorter ready and shorter lived go first, on a logarithmic scale.
    let since = |at: Option<Time>| at.map_or(0, |at| log2(now.since(at).as_secs()));
    (
        !node.is_empty(),
        phase,
        pod.ready,
        pod.cost,
        -crowd,
        if pod.ready { since(pod.ready_since) } else { 0 },
        -pod.restarts,
        since(pod.created),
        pod.uid.clone(),
    )
}

fn log2(secs: i64) -> i64 {
    i64::from(u64::try_from(secs).unwrap_or(0).checked_ilog2().map_or(0, |log| log + 1))
}
