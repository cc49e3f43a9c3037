//! What controllers ask of ReplicaSets and Deployments.

use super::super::int_or_string::scaled;
use super::super::object::Object;
use super::super::selector::Selector;
use crate::sim::Delay;
use crate::value::Value;

/// Anything with replicas, a selector and a template: a Deployment,
/// ReplicaSet, ReplicationController or StatefulSet.
#[derive(Debug, Clone, Copy)]
pub struct WorkloadView<'a>(pub &'a Value);

/// A Deployment.
#[derive(Debug, Clone, Copy)]
pub struct DeploymentView<'a>(pub &'a Value);

impl<'a> WorkloadView<'a> {
    /// Its metadata.
    pub fn object(self) -> Object<'a> {
        Object(self.0)
    }

    /// Its spec.
    pub fn spec(self) -> &'a Value {
        &self.0["spec"]
    }

    /// Its status.
    pub fn status(self) -> &'a Value {
        &self.0["status"]
    }

    /// How many Pods it wants.
    pub fn replicas(self) -> i64 {
        self.spec()["replicas"].as_int().unwrap_or(1)
    }

    /// The template of its Pods.
    pub fn template(self) -> &'a Value {
        &self.spec()["template"]
    }

    /// Which Pods are meant. A selector that breaks the rules means none.
    pub fn selector(self) -> Selector {
        let selector = &self.spec()["selector"];
        if Object(self.0).kind() == "ReplicationController" {
            return Selector::from_labels(selector);
        }
        Selector::from_object(selector).unwrap_or(Selector::NOTHING)
    }

    /// How long a Pod must be ready before it counts as available.
    pub fn min_ready(self) -> Delay {
        Delay::secs(self.spec()["minReadySeconds"].int())
    }

    /// Whether the status speaks of the present spec.
    pub fn is_observed(self) -> bool {
        self.status()["observedGeneration"].int() >= self.object().generation()
    }
}

impl<'a> DeploymentView<'a> {
    /// What it shares with the other workloads.
    pub fn workload(self) -> WorkloadView<'a> {
        WorkloadView(self.0)
    }

    fn strategy(self) -> &'a Value {
        &self.workload().spec()["strategy"]
    }

    /// Whether old Pods go before new ones come.
    pub fn is_recreate(self) -> bool {
        self.strategy()["type"].text() == "Recreate"
    }

    /// Whether changes of the template wait.
    pub fn is_paused(self) -> bool {
        self.workload().spec()["paused"].is_true()
    }

    /// How many Pods may be missing in a rollout: rounded down, but one if
    /// otherwise nothing could move.
    pub fn max_unavailable(self) -> i64 {
        let replicas = self.workload().replicas();
        if self.is_recreate() || replicas == 0 {
            return 0;
        }
        let (surge, unavailable) = self.fenceposts(replicas);
        let unavailable = if surge == 0 && unavailable == 0 { 1 } else { unavailable };
        unavailable.min(replicas)
    }

    /// How many Pods there may be in a rollout beyond those wanted: rounded up.
    pub fn max_surge(self) -> i64 {
        if self.is_recreate() { 0 } else { self.fenceposts(self.workload().replicas()).0 }
    }

    fn fenceposts(self, replicas: i64) -> (i64, i64) {
        let numbers = &self.strategy()["rollingUpdate"];
        let surge = scaled(&numbers["maxSurge"], replicas, true);
        (surge, scaled(&numbers["maxUnavailable"], replicas, false))
    }

    /// How many old ReplicaSets to keep.
    pub fn revision_history_limit(self) -> i64 {
        self.workload().spec()["revisionHistoryLimit"].as_int().unwrap_or(10)
    }

    /// How long a rollout may stand still; for ever if nothing is said.
    pub fn progress_deadline(self) -> Option<Delay> {
        let secs = self.workload().spec()["progressDeadlineSeconds"].as_int()?;
        // The largest number there is means that there is no deadline.
        (secs != i64::from(i32::MAX)).then(|| Delay::secs(secs))
    }

    /// How many hashes of templates have collided.
    pub fn collisions(self) -> Option<i64> {
        self.workload().status()["collisionCount"].as_int()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value;

    #[test]
    fn a_rollout_can_always_move() {
        for (replicas, surge, unavailable, expected) in [
            (4, value!("25%"), value!("25%"), (1, 1)),
            (3, value!("25%"), value!("25%"), (1, 0)),
            (10, value!(0), value!("5%"), (0, 1)),
            (2, value!(1), value!(5), (1, 2)),
            (0, value!("25%"), value!("25%"), (0, 0)),
        ] {
            let deployment = value!({
                "spec": {
                    "replicas": replicas,
                    "strategy": {
                        "rollingUpdate": { "maxSurge": surge, "maxUnavailable": unavailable },
                    },
                },
            });
            let view = DeploymentView(&deployment);
            assert_eq!((view.max_surge(), view.max_unavailable()), expected);
        }
    }
}
