//! Removes Pods that nobody will: those of nodes that are gone, those that
//! are deleted before they had a node, and the oldest of very many finished.
//!
//! Source: upstream `pkg/controller/podgc`.

use super::conditions::note_disruption;
use super::{Context, Controller, Outcome, Write, is_deleted};
use crate::api::pod::PodView;
use crate::sim::Delay;
use crate::store::{Change, Key};
use crate::value::Value;

/// How often the collector looks.
const PERIOD: Delay = Delay::secs(20);
/// How long a node must be gone before its Pods are.
const QUARANTINE: Delay = Delay::secs(40);
/// How many finished Pods may stay (`--terminated-pod-gc-threshold`).
const FINISHED_MAX: usize = 12_500;

/// The collector of Pods.
pub(super) struct PodGc;

impl Controller for PodGc {
    fn name(&self) -> &'static str {
        "pod-garbage-collector"
    }

    fn triggers(&self, change: &Change, cx: &Context<'_>) -> Vec<Key> {
        let Some(pod) = change.new.as_ref().filter(|_| change.key.kind == cx.kinds.pod) else {
            let gone = change.key.kind == cx.kinds.node && change.new.is_none();
            return if gone { vec![change.key.clone()] } else { Vec::new() };
        };
        let begins = |what: fn(&Value) -> bool| what(pod) && !change.old.as_ref().is_some_and(what);
        let finished = begins(|pod| PodView(pod).is_terminal());
        if finished {
            // One look does for all that finish by then.
            vec![Key::new(cx.kinds.pod, "", "")]
        } else if begins(is_deleted) && !PodView(pod).is_bound() {
            vec![change.key.clone()]
        } else {
            Vec::new()
        }
    }

    fn delay(&self, change: &Change, cx: &Context<'_>) -> Delay {
        let past = cx.now.as_micros().rem_euclid(PERIOD.as_micros());
        let next = PERIOD - Delay::micros(past);
        if change.key.kind == cx.kinds.node { next + QUARANTINE } else { next }
    }

    fn sync(&self, key: &Key, cx: &Context<'_>) -> Outcome {
        let mut outcome = Outcome::default();
        if key.kind == cx.kinds.node {
            if cx.cache.get(key).is_none() {
                let pods = cx.cache.list(cx.kinds.pod, "");
                let orphans = pods.filter(|pod| PodView(pod).node_name() == &*key.name);
                orphans.for_each(|pod| collect_orphan(pod, cx, &mut outcome));
            }
            return outcome;
        }
        if key.name.is_empty() {
            collect_finished(cx, &mut outcome);
        }
        let pod = cx.cache.get(key).filter(|pod| is_deleted(pod) && !PodView(pod).is_bound());
        outcome.writes.extend(pod.map(|pod| force_delete(pod, cx)));
        outcome
    }
}

fn collect_orphan(pod: &Value, cx: &Context<'_>, outcome: &mut Outcome) {
    if !PodView(pod).is_terminal() {
        let mut object = pod.clone();
        object["status"].set("phase", "Failed");
        let message = "PodGC: node no longer exists";
        note_disruption(&mut object, "DeletionByPodGC", message, cx.now);
        outcome.writes.push(Write::UpdateStatus { kind: cx.kinds.pod, object });
    }
    outcome.writes.push(force_delete(pod, cx));
}

/// Deletes the oldest finished Pods beyond the threshold.
fn collect_finished(cx: &Context<'_>, outcome: &mut Outcome) {
    let surplus = cx.cache.ended_pod_count().saturating_sub(FINISHED_MAX);
    if surplus > 0 {
        let mut finished: Vec<&Value> = cx.cache.ended_pods().collect();
        finished.sort_by_key(|pod| pod["metadata"]["creationTimestamp"].text());
        let oldest = finished.into_iter().take(surplus);
        outcome.writes.extend(oldest.map(|pod| force_delete(pod, cx)));
    }
}

fn force_delete(pod: &Value, cx: &Context<'_>) -> Write {
    Write::Remove {
        key: Key::of(cx.kinds.pod, pod),
        uid: pod["metadata"]["uid"].as_shared().cloned().unwrap_or_default(),
    }
}
