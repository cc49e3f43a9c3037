//! Counts how many Pods of a PodDisruptionBudget may go.
//!
//! Source: upstream `pkg/controller/disruption`.

use std::collections::BTreeMap;

use super::{Context, Controller, Outcome, Write, is_deleted};
use crate::api::int_or_string::{percent, scaled};
use crate::api::pod::PodView;
use crate::api::selector::Selector;
use crate::informer::controller_ref;
use crate::sim::{Delay, Time};
use crate::store::{Change, Key};
use crate::value;
use crate::value::{Str, Value};

/// How long an evicted Pod counts as gone though it is still there.
const GOING: Delay = Delay::secs(120);

/// The controller of disruption budgets.
pub(super) struct DisruptionController;

impl Controller for DisruptionController {
    fn name(&self) -> &'static str {
        "controllermanager"
    }

    fn triggers(&self, change: &Change, cx: &Context<'_>) -> Vec<Key> {
        let budgets = cx.kinds.disruption_budget;
        if change.key.kind == budgets {
            return vec![change.key.clone()];
        }
        let scaled = [cx.kinds.deployment, cx.kinds.replica_set, cx.kinds.stateful_set];
        if change.key.kind != cx.kinds.pod && !scaled.contains(&change.key.kind) {
            return Vec::new();
        }
        let own = cx.cache.list(budgets, &change.key.namespace);
        let concerned = own.filter(|budget| {
            let pod = change.key.kind == cx.kinds.pod;
            !pod || selects(budget, change.object())
        });
        concerned.map(|budget| Key::of(budgets, budget)).collect()
    }

    fn sync(&self, key: &Key, cx: &Context<'_>) -> Outcome {
        let mut outcome = Outcome::default();
        let Some(budget) = cx.cache.get(key) else { return outcome };
        let pods: Vec<&Value> = cx
            .cache
            .list(cx.kinds.pod, &key.namespace)
            .filter(|pod| selects(budget, pod))
            .collect();
        if pods.is_empty() {
            outcome.note(budget, "NoPods", "No matching pods found".to_owned());
        }
        let (expected, desired) = goals(budget, &pods, cx);
        let (disrupted, next) = disrupted(budget, &pods, cx.now);
        let healthy = pods.iter().filter(|pod| {
            let name = pod["metadata"]["name"].text();
            PodView(pod).is_ready() && !is_deleted(pod) && disrupted.get(name).is_none()
        });
        let healthy = i64::try_from(healthy.count()).unwrap_or(i64::MAX);
        let allowed = if expected > 0 { (healthy - desired).max(0) } else { 0 };
        let mut status = value!({
            "currentHealthy": healthy,
            "desiredHealthy": desired,
            "disruptionsAllowed": allowed,
            "expectedPods": expected,
            "observedGeneration": &budget["metadata"]["generation"],
            "conditions": (Value::list(vec![condition(budget, allowed, cx.now)])),
        });
        status.set_nonzero("disruptedPods", disrupted);
        if status != budget["status"] {
            let mut object = budget.clone();
            object["status"] = status;
            outcome.writes.push(Write::UpdateStatus { kind: key.kind, object });
        }
        outcome.again = next;
        outcome
    }
}

fn selects(budget: &Value, pod: &Value) -> bool {
    let same = budget["metadata"]["namespace"] == pod["metadata"]["namespace"];
    let selector = Selector::from_object(&budget["spec"]["selector"]);
    same && selector.is_some_and(|own| own.matches(&pod["metadata"]["labels"]))
}

/// How many Pods there should be, and how many of them must be healthy.
fn goals(budget: &Value, pods: &[&Value], cx: &Context<'_>) -> (i64, i64) {
    let spec = &budget["spec"];
    if !spec["maxUnavailable"].is_null() {
        let expected = wished_for(pods, cx);
        let missing = scaled(&spec["maxUnavailable"], expected, true);
        return (expected, (expected - missing).max(0));
    }
    let least = &spec["minAvailable"];
    if percent(least).is_some() {
        let expected = wished_for(pods, cx);
        return (expected, scaled(least, expected, true));
    }
    (i64::try_from(pods.len()).unwrap_or(i64::MAX), scaled(least, 0, true))
}

/// The replicas that the Pods' controllers wish for, each counted once.
fn wished_for(pods: &[&Value], cx: &Context<'_>) -> i64 {
    let mut scales: BTreeMap<Str, i64> = BTreeMap::new();
    for pod in pods {
        let Some(owner) = top_owner(pod, cx) else { continue };
        let uid = owner["metadata"]["uid"].as_shared().cloned().unwrap_or_default();
        scales.insert(uid, owner["spec"]["replicas"].as_int().unwrap_or(1));
    }
    scales.values().sum()
}

/// What says how many Pods there should be: the Deployment behind a
/// ReplicaSet, or the Pod's own controller.
fn top_owner<'a>(object: &Value, cx: &Context<'a>) -> Option<&'a Value> {
    let reference = controller_ref(object)?;
    let kinds = [
        ("ReplicaSet", cx.kinds.replica_set),
        ("ReplicationController", cx.kinds.replication_controller),
        ("StatefulSet", cx.kinds.stateful_set),
        ("Deployment", cx.kinds.deployment),
    ];
    let (_, kind) = kinds.into_iter().find(|(name, _)| *name == reference["kind"].text())?;
    let namespace = object["metadata"]["namespace"].text();
    let owner = cx.cache.get(&Key::new(kind, namespace, reference["name"].text()))?;
    top_owner(owner, cx).or(Some(owner))
}

/// The Pods whose eviction has been granted and is not yet seen, and when the
/// first of them stops to count.
fn disrupted(budget: &Value, pods: &[&Value], now: Time) -> (Value, Option<Delay>) {
    let mut kept = Value::map();
    let mut next: Option<Delay> = None;
    for (name, since) in budget["status"]["disruptedPods"].entries() {
        let there =
            pods.iter().any(|pod| pod["metadata"]["name"].text() == &**name && !is_deleted(pod));
        let until = Time::parse(since.text()).unwrap_or(now) + GOING;
        if there && until > now {
            kept.set(name, since);
            next = Some(next.map_or(until.since(now), |own| own.min(until.since(now))));
        }
    }
    (kept, next)
}

fn condition(budget: &Value, allowed: i64, now: Time) -> Value {
    let (status, reason) =
        if allowed > 0 { ("True", "SufficientPods") } else { ("False", "InsufficientPods") };
    let old = budget["status"]["conditions"].items().first();
    let since = match old {
        Some(old) if old["status"].text() == status => old["lastTransitionTime"].clone(),
        _ => now.rfc3339().into(),
    };
    value!({
        "type": "DisruptionAllowed",
        "status": status,
        "reason": reason,
        "message": "",
        "lastTransitionTime": since,
        "observedGeneration": &budget["metadata"]["generation"],
    })
}
