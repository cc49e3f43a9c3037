//! Rolls Deployments from one ReplicaSet to the next.
//!
//! Source: upstream `pkg/controller/deployment` and its `util`.

mod replica_sets;
mod rolling;
mod scaling;
mod status;

use self::replica_sets::ReplicaSets;
pub(super) use self::replica_sets::template_hash;
use super::{Context, Controller, Outcome, Write, is_deleted};
use crate::api::int_or_string;
use crate::informer::controller_ref;
use crate::store::{Change, Key};
use crate::value::Value;

/// The annotation that numbers a Deployment's and its ReplicaSets' revisions.
const REVISION: &str = "deployment.kubernetes.io/revision";
/// The annotation on a ReplicaSet with the replicas its Deployment wishes.
const DESIRED_REPLICAS: &str = "deployment.kubernetes.io/desired-replicas";
/// The annotation on a ReplicaSet with the most Pods its Deployment may have.
const MAX_REPLICAS: &str = "deployment.kubernetes.io/max-replicas";

/// The controller of Deployments.
pub(super) struct DeploymentController;

impl Controller for DeploymentController {
    fn name(&self) -> &'static str {
        "deployment-controller"
    }

    fn triggers(&self, change: &Change, cx: &Context<'_>) -> Vec<Key> {
        if change.key.kind == cx.kinds.deployment {
            return vec![change.key.clone()];
        }
        if change.key.kind == cx.kinds.replica_set {
            let owners = [change.new.as_ref(), change.old.as_ref()].into_iter().flatten();
            let mut keys: Vec<Key> = owners.filter_map(|object| owner_key(object, cx)).collect();
            keys.dedup();
            return keys;
        }
        // A Recreate rollout waits for the last old Pod to go.
        if change.key.kind == cx.kinds.pod && change.new.is_none() {
            return recreating_owner(change.object(), cx).into_iter().collect();
        }
        Vec::new()
    }

    fn sync(&self, key: &Key, cx: &Context<'_>) -> Outcome {
        let Some(deployment) = cx.cache.get(key) else { return Outcome::default() };
        let deployment = Deployment(deployment);
        let mut outcome = Outcome::default();
        if deployment.selects_everything() {
            let message =
                "This deployment is selecting all pods. A non-empty selector is required.";
            outcome.warn(deployment.0, "SelectingAll", message.to_owned());
            return outcome;
        }
        let sets = ReplicaSets::of(&deployment, cx, &mut outcome);
        if is_deleted(deployment.0) {
            status::sync_only(&deployment, &sets, cx, &mut outcome);
        } else if deployment.is_paused() || sets.is_scaling_event(&deployment) {
            scaling::sync(&deployment, &sets, cx, &mut outcome);
        } else if deployment.recreates() {
            rolling::recreate(&deployment, sets, cx, &mut outcome);
        } else {
            rolling::update(&deployment, sets, cx, &mut outcome);
        }
        outcome
    }
}

fn owner_key(object: &Value, cx: &Context<'_>) -> Option<Key> {
    let owner = controller_ref(object)?;
    let is_deployment = owner["kind"].text() == "Deployment";
    let namespace = object["metadata"]["namespace"].text();
    is_deployment.then(|| Key::new(cx.kinds.deployment, namespace, owner["name"].text()))
}

fn recreating_owner(pod: &Value, cx: &Context<'_>) -> Option<Key> {
    let owner = controller_ref(pod)?;
    let namespace = pod["metadata"]["namespace"].text();
    let set = cx.cache.get(&Key::new(cx.kinds.replica_set, namespace, owner["name"].text()))?;
    let key = owner_key(set, cx)?;
    let deployment = cx.cache.get(&key)?;
    Deployment(deployment).recreates().then_some(key)
}

/// A Deployment, read.
struct Deployment<'a>(&'a Value);

impl Deployment<'_> {
    fn name(&self) -> &str {
        self.0["metadata"]["name"].text()
    }

    fn namespace(&self) -> &str {
        self.0["metadata"]["namespace"].text()
    }

    fn uid(&self) -> &str {
        self.0["metadata"]["uid"].text()
    }

    fn replicas(&self) -> i64 {
        self.0["spec"]["replicas"].as_int().unwrap_or(1)
    }

    fn is_paused(&self) -> bool {
        self.0["spec"]["paused"].is_true()
    }

    fn recreates(&self) -> bool {
        self.0["spec"]["strategy"]["type"].text() == "Recreate"
    }

    fn min_ready_secs(&self) -> i64 {
        self.0["spec"]["minReadySeconds"].int()
    }

    fn selects_everything(&self) -> bool {
        let selector = &self.0["spec"]["selector"];
        selector["matchLabels"].is_empty() && selector["matchExpressions"].is_empty()
    }

    /// How many Pods a rollout may have above the wish; 0 when recreating.
    fn max_surge(&self) -> i64 {
        if self.recreates() { 0 } else { self.bounds().0 }
    }

    /// How many Pods a rollout may lack; 0 when recreating.
    fn max_unavailable(&self) -> i64 {
        if self.recreates() || self.replicas() == 0 {
            return 0;
        }
        self.bounds().1.min(self.replicas())
    }

    /// Surge rounds up, unavailability down, and one of them must be possible.
    fn bounds(&self) -> (i64, i64) {
        let rolling = &self.0["spec"]["strategy"]["rollingUpdate"];
        let replicas = self.replicas();
        let surge = int_or_string::scaled(&rolling["maxSurge"], replicas, true);
        let unavailable = int_or_string::scaled(&rolling["maxUnavailable"], replicas, false);
        if surge == 0 && unavailable == 0 { (0, 1) } else { (surge, unavailable) }
    }
}

fn replicas_of(set: &Value) -> i64 {
    set["spec"]["replicas"].as_int().unwrap_or(1)
}

fn available_of(set: &Value) -> i64 {
    set["status"]["availableReplicas"].int()
}

/// The sum of one number over ReplicaSets.
fn total<'a>(sets: impl IntoIterator<Item = &'a Value>, number: fn(&Value) -> i64) -> i64 {
    sets.into_iter().map(number).sum()
}

/// Writes a ReplicaSet with another number of replicas, and tells of it.
fn scale_set(
    set: &Value,
    replicas: i64,
    deployment: &Deployment<'_>,
    cx: &Context<'_>,
    outcome: &mut Outcome,
) -> bool {
    let mut new = set.clone();
    new["spec"]["replicas"] = replicas.into();
    set_replica_annotations(&mut new, deployment);
    if new == *set {
        return false;
    }
    outcome.writes.push(Write::Update { kind: cx.kinds.replica_set, object: new });
    let old = replicas_of(set);
    if old == replicas {
        return false;
    }
    let direction = if old < replicas { "up" } else { "down" };
    let name = set["metadata"]["name"].text();
    let message = format!("Scaled {direction} replica set {name} from {old} to {replicas}");
    outcome.note(deployment.0, "ScalingReplicaSet", message);
    true
}

fn set_replica_annotations(set: &mut Value, deployment: &Deployment<'_>) {
    let desired = deployment.replicas();
    let annotations = &mut set["metadata"]["annotations"];
    annotations.set(DESIRED_REPLICAS, desired.to_string());
    annotations.set(MAX_REPLICAS, (desired + deployment.max_surge()).to_string());
}
