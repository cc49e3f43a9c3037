//! Keeps a StatefulSet's Pods, each with its own name and volumes, in order.
//!
//! Source: upstream `pkg/controller/statefulset`.

use super::claim::{claim, interested};
use super::revision::{HASH_LABEL, History};
use super::stateful_set_claims as claims;
use super::{Announce, Context, Controller, Outcome, Write, controller_reference, is_deleted};
use crate::api::int_or_string;
use crate::api::pod::PodView;
use crate::api::selector::Selector;
use crate::sim::Delay;
use crate::store::{Change, Key};
use crate::value;
use crate::value::Value;

const POD_NAME_LABEL: &str = "statefulset.kubernetes.io/pod-name";
const POD_INDEX_LABEL: &str = "apps.kubernetes.io/pod-index";

/// The controller of StatefulSets.
pub(super) struct StatefulSetController;

impl Controller for StatefulSetController {
    fn name(&self) -> &'static str {
        "statefulset-controller"
    }

    fn triggers(&self, change: &Change, cx: &Context<'_>) -> Vec<Key> {
        let kind = cx.kinds.stateful_set;
        if change.key.kind == kind {
            return vec![change.key.clone()];
        }
        if ![cx.kinds.pod, cx.kinds.controller_revision].contains(&change.key.kind) {
            return Vec::new();
        }
        interested(change.object(), (kind, "StatefulSet"), cx)
    }

    fn sync(&self, key: &Key, cx: &Context<'_>) -> Outcome {
        let mut outcome = Outcome::default();
        let Some(set) = cx.cache.get(key) else { return outcome };
        let history = History::of(set, "StatefulSet", cx, &mut outcome);
        let Some(update) = history.ensure_current(set, &mut outcome) else { return outcome };
        let current = match set["status"]["currentRevision"].text() {
            "" => update.clone(),
            current => current.to_owned(),
        };
        let pods = claimed(set, cx, &mut outcome);
        let replicas = Replicas::of(set, (&current, &update), &history, pods);
        if !is_deleted(set) {
            replicas.manage(cx, &mut outcome);
        }
        let used = replicas.all().map(|pod| pod["metadata"]["labels"][HASH_LABEL].text());
        history.truncate(set, used.chain([current.as_str()]), &mut outcome);
        let status = replicas.status(cx);
        if status != set["status"] {
            let mut object = set.clone();
            object["status"] = status;
            outcome.writes.push(Write::UpdateStatus { kind: key.kind, object });
        }
        outcome.again = replicas.time_to_available(cx);
        outcome
    }
}

/// The Pods of a set: their names say whether they can be its members.
fn claimed<'c>(set: &Value, cx: &Context<'c>, outcome: &mut Outcome) -> Vec<&'c Value> {
    let selector = Selector::from_object(&set["spec"]["selector"]).unwrap_or(Selector::NOTHING);
    let fits = |pod: &Value| {
        selector.matches(&pod["metadata"]["labels"]) && ordinal_of(set, pod).is_some()
    };
    claim(set, cx.kinds.pod, (fits, |_: &Value| true), cx, outcome)
}

/// A StatefulSet with its Pods by ordinal.
struct Replicas<'a> {
    set: &'a Value,
    current: &'a str,
    update: &'a str,
    /// The template of the revision that Pods below the partition get.
    current_template: Value,
    /// The Pods that should be there, by ordinal, where they are.
    slots: Vec<Option<&'a Value>>,
    /// The Pods with other ordinals, highest first.
    condemned: Vec<&'a Value>,
}

impl<'a> Replicas<'a> {
    fn of(
        set: &'a Value,
        (current, update): (&'a str, &'a str),
        history: &History<'_>,
        pods: Vec<&'a Value>,
    ) -> Self {
        let count = usize::try_from(set["spec"]["replicas"].as_int().unwrap_or(1)).unwrap_or(0);
        let start = set["spec"]["ordinals"]["start"].int();
        let mut slots: Vec<Option<&Value>> = vec![None; count];
        let mut condemned: Vec<(i64, &Value)> = Vec::new();
        for pod in pods {
            let Some(ordinal) = ordinal_of(set, pod) else { continue };
            let place = usize::try_from(ordinal - start).ok().and_then(|at| slots.get_mut(at));
            match place {
                Some(slot) => *slot = Some(pod),
                None => condemned.push((ordinal, pod)),
            }
        }
        condemned.sort_by_key(|(ordinal, _)| -ordinal);
        let condemned = condemned.into_iter().map(|(_, pod)| pod).collect();
        let revisions = history.revisions();
        let kept = revisions.iter().find(|own| own["metadata"]["name"].text() == current);
        let mut current_template = kept.map_or_else(
            || set["spec"]["template"].clone(),
            |own| own["data"]["spec"]["template"].clone(),
        );
        current_template.remove("$patch");
        Self { set, current, update, current_template, slots, condemned }
    }

    fn all(&self) -> impl Iterator<Item = &'a Value> + '_ {
        self.slots.iter().flatten().chain(&self.condemned).copied()
    }

    fn start(&self) -> i64 {
        self.set["spec"]["ordinals"]["start"].int()
    }

    fn is_parallel(&self) -> bool {
        self.set["spec"]["podManagementPolicy"].text() == "Parallel"
    }

    fn min_ready(&self) -> Delay {
        Delay::secs(self.set["spec"]["minReadySeconds"].int())
    }

    fn partition(&self) -> i64 {
        self.set["spec"]["updateStrategy"]["rollingUpdate"]["partition"].int()
    }

    fn is_available(&self, pod: &Value, cx: &Context<'_>) -> bool {
        PodView(pod).is_available(self.min_ready(), cx.now)
    }

    /// One step: create or replace in order, then scale down, then update.
    fn manage(&self, cx: &Context<'_>, outcome: &mut Outcome) {
        for pod in self.slots.iter().flatten() {
            claims::keep_owners(self.set, pod, false, cx, outcome);
        }
        for pod in &self.condemned {
            claims::keep_owners(self.set, pod, true, cx, outcome);
        }
        for (slot, ordinal) in self.slots.iter().zip(self.start()..) {
            if let Some(go_on) = self.mend(*slot, ordinal, cx, outcome)
                && !go_on
                && !self.is_parallel()
            {
                return;
            }
        }
        if !self.scale_down(cx, outcome) {
            return;
        }
        self.roll(cx, outcome);
    }

    /// Makes one ordinal whole. `None` when it already is; otherwise whether
    /// the next may be looked at regardless.
    fn mend(
        &self,
        slot: Option<&Value>,
        ordinal: i64,
        cx: &Context<'_>,
        outcome: &mut Outcome,
    ) -> Option<bool> {
        let Some(pod) = slot else {
            self.create(ordinal, cx, outcome);
            return Some(false);
        };
        if PodView(pod).is_terminal() && !is_deleted(pod) {
            let name = pod["metadata"]["name"].text();
            let message = format!(
                "StatefulSet {}/{} is recreating failed Pod {name}",
                self.set["metadata"]["namespace"].text(),
                self.set["metadata"]["name"].text()
            );
            outcome.warn(self.set, "RecreatingFailedPod", message);
            outcome.writes.push(self.delete(pod, cx));
            return Some(false);
        }
        if is_deleted(pod) || !self.is_available(pod, cx) {
            return Some(false);
        }
        None
    }

    /// Deletes Pods beyond the wish, one by one. Returns whether none is left.
    fn scale_down(&self, cx: &Context<'_>, outcome: &mut Outcome) -> bool {
        for pod in &self.condemned {
            if !is_deleted(pod) {
                outcome.writes.push(self.delete(pod, cx));
            }
            if !self.is_parallel() {
                return false;
            }
        }
        true
    }

    /// Replaces Pods of the old revision, from the highest ordinal down to
    /// the partition.
    fn roll(&self, cx: &Context<'_>, outcome: &mut Outcome) {
        if self.set["spec"]["updateStrategy"]["type"].text() == "OnDelete" {
            return;
        }
        let rolling = &self.set["spec"]["updateStrategy"]["rollingUpdate"];
        let count = i64::try_from(self.slots.len()).unwrap_or(i64::MAX);
        let room = match &rolling["maxUnavailable"] {
            Value::Null => 1,
            given => int_or_string::scaled(given, count, true).max(1),
        };
        let healthy = |pod: &Value| !is_deleted(pod) && self.is_available(pod, cx);
        let mut missing = self.slots.iter().flatten().filter(|pod| !healthy(pod)).count();
        let room = usize::try_from(room).unwrap_or(1);
        let ordered: Vec<(&Value, i64)> = self
            .slots
            .iter()
            .zip(self.start()..)
            .filter_map(|(slot, ordinal)| slot.map(|pod| (pod, ordinal)))
            .collect();
        for (pod, ordinal) in ordered.into_iter().rev() {
            if ordinal < self.partition() || missing >= room {
                return;
            }
            let outdated = pod["metadata"]["labels"][HASH_LABEL].text() != self.update;
            if outdated && !is_deleted(pod) {
                outcome.writes.push(self.delete(pod, cx));
                if healthy(pod) {
                    missing += 1;
                }
            }
        }
    }

    fn create(&self, ordinal: i64, cx: &Context<'_>, outcome: &mut Outcome) {
        let set_name = self.set["metadata"]["name"].text();
        let name = format!("{set_name}-{ordinal}");
        // What is below the partition stays with the revision it had.
        let rolls = ordinal >= self.partition() || self.current == self.update;
        let (template, revision) = if rolls {
            (&self.set["spec"]["template"], self.update)
        } else {
            (&self.current_template, self.current)
        };
        claims::create(self.set, &name, cx, outcome);
        let mut metadata = value!({
            "name": (name.as_str()),
            "generateName": (format!("{set_name}-")),
            "namespace": &self.set["metadata"]["namespace"],
            "labels": &template["metadata"]["labels"],
            "ownerReferences": [(controller_reference(self.set))],
        });
        if !template["metadata"]["annotations"].is_empty() {
            metadata.set("annotations", &template["metadata"]["annotations"]);
        }
        let labels = &mut metadata["labels"];
        labels.set(HASH_LABEL, revision);
        labels.set(POD_NAME_LABEL, name.as_str());
        labels.set(POD_INDEX_LABEL, ordinal.to_string());
        let mut spec = template["spec"].clone();
        spec.set("hostname", name.as_str());
        if !self.set["spec"]["serviceName"].is_empty() {
            spec.set("subdomain", &self.set["spec"]["serviceName"]);
        }
        claims::add_volumes(self.set, &mut spec, &name);
        let object = value!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": metadata,
            "spec": spec,
        });
        outcome.writes.push(Write::Create {
            kind: cx.kinds.pod,
            object,
            announce: Some(self.announce("create")),
            slow_start: false,
        });
    }

    fn delete(&self, pod: &Value, cx: &Context<'_>) -> Write {
        Write::Delete {
            key: Key::of(cx.kinds.pod, pod),
            uid: pod["metadata"]["uid"].as_shared().cloned().unwrap_or_default(),
            propagation: None,
            announce: Some(self.announce("delete")),
        }
    }

    fn announce(&self, verb: &str) -> Announce {
        let set_name = self.set["metadata"]["name"].text();
        let creates = verb == "create";
        Announce {
            about: self.set.clone(),
            success: (
                if creates { "SuccessfulCreate" } else { "SuccessfulDelete" },
                format!("{verb} Pod {{name}} in StatefulSet {set_name} successful").into(),
            ),
            failure: (
                if creates { "FailedCreate" } else { "FailedDelete" },
                format!("{verb} Pod {{name}} in StatefulSet {set_name} failed error: {{error}}")
                    .into(),
            ),
        }
    }

    fn status(&self, cx: &Context<'_>) -> Value {
        let old = &self.set["status"];
        let mut counts = [0_i64; 5];
        let [replicas, ready, available, current, updated] = &mut counts;
        for pod in self.all() {
            *replicas += 1;
            *ready += i64::from(PodView(pod).is_ready());
            *available += i64::from(self.is_available(pod, cx));
            if !is_deleted(pod) {
                let hash = pod["metadata"]["labels"][HASH_LABEL].text();
                *current += i64::from(hash == self.current);
                *updated += i64::from(hash == self.update);
            }
        }
        // A finished rollout makes the new revision the current one.
        let wish = i64::try_from(self.slots.len()).unwrap_or(i64::MAX);
        let rolls = self.set["spec"]["updateStrategy"]["type"].text() != "OnDelete";
        let done = rolls && *updated == *replicas && *ready == *replicas && *replicas == wish;
        let current_revision = if done { self.update } else { self.current };
        if done {
            *current = *updated;
        }
        let mut status = value!({ "replicas": (*replicas), "availableReplicas": (*available) });
        status.set_nonzero("observedGeneration", &self.set["metadata"]["generation"]);
        status.set_nonzero("readyReplicas", *ready);
        status.set_nonzero("currentReplicas", *current);
        status.set_nonzero("updatedReplicas", *updated);
        status.set("currentRevision", current_revision);
        status.set("updateRevision", self.update);
        status.set("collisionCount", old["collisionCount"].int());
        status
    }

    fn time_to_available(&self, cx: &Context<'_>) -> Option<Delay> {
        let waiting = self
            .all()
            .filter(|pod| PodView(pod).is_ready() && !self.is_available(pod, cx))
            .filter_map(|pod| PodView(pod).ready_since());
        Some((waiting.min()? + self.min_ready()).since(cx.now).max(Delay::millis(1)))
    }
}

fn ordinal_of(set: &Value, pod: &Value) -> Option<i64> {
    let name = pod["metadata"]["name"].text();
    let rest = name.strip_prefix(set["metadata"]["name"].text())?.strip_prefix('-')?;
    rest.parse().ok().filter(|ordinal| *ordinal >= 0)
}
