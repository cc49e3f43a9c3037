//! Reads the kinds that keep a number of Pods.

use super::Ids;
use super::items::{Workload, created, text};
use super::other::uses;
use crate::value::Value;

const REVISION: &str = "deployment.kubernetes.io/revision";

pub(super) fn read(kind: &str, object: &Value, ids: &mut Ids) -> Workload {
    let status = &object["status"];
    let counts = counts(kind, object);
    Workload {
        kind: kind.to_owned(),
        namespace: text(object, &["metadata", "namespace"]),
        name: text(object, &["metadata", "name"]),
        owner: ids.owner_of(object),
        revision: revision(object),
        desired: counts.desired,
        current: counts.current,
        updated: counts.updated,
        ready: status[counts.ready_field].int(),
        images: images(kind, object),
        bounds: bounds(kind, &object["spec"]),
        uses: uses(template(kind, object)),
        created: created(object),
    }
}

struct Counts {
    desired: i64,
    current: i64,
    updated: i64,
    ready_field: &'static str,
}

fn counts(kind: &str, object: &Value) -> Counts {
    let (spec, status) = (&object["spec"], &object["status"]);
    match kind {
        "DaemonSet" => Counts {
            desired: status["desiredNumberScheduled"].int(),
            current: status["currentNumberScheduled"].int(),
            updated: status["updatedNumberScheduled"].int(),
            ready_field: "numberReady",
        },
        "CronJob" => Counts {
            desired: status["active"].items().len().try_into().unwrap_or_default(),
            current: status["active"].items().len().try_into().unwrap_or_default(),
            updated: 0,
            ready_field: "ready",
        },
        "Job" => Counts {
            desired: spec["completions"].as_int().unwrap_or(1),
            current: status["active"].int() + status["succeeded"].int(),
            updated: status["succeeded"].int(),
            ready_field: "succeeded",
        },
        _ => Counts {
            desired: spec["replicas"].as_int().unwrap_or(1),
            current: status["replicas"].int(),
            updated: status["updatedReplicas"].int(),
            ready_field: "readyReplicas",
        },
    }
}

fn revision(object: &Value) -> i64 {
    object.at(&["metadata", "annotations", REVISION]).text().parse().unwrap_or_default()
}

/// The Pod template of a workload.
fn template<'a>(kind: &str, object: &'a Value) -> &'a Value {
    match kind {
        "CronJob" => object.at(&["spec", "jobTemplate", "spec", "template"]),
        _ => object.at(&["spec", "template"]),
    }
}

/// The fewest available and the most existing Pods during a rolling update.
/// Percentages of the surge are rounded up, those of the others down.
fn bounds(kind: &str, spec: &Value) -> Option<(i64, i64)> {
    let rolling = &spec["strategy"]["rollingUpdate"];
    if kind != "Deployment" || rolling.is_null() {
        return None;
    }
    let desired = spec["replicas"].as_int().unwrap_or(1);
    let surge = scaled(&rolling["maxSurge"], desired, 99);
    let missing = scaled(&rolling["maxUnavailable"], desired, 0);
    // Both may not be zero: then one may be missing.
    let missing = if surge == 0 && missing == 0 { 1 } else { missing };
    Some(((desired - missing).max(0), desired + surge))
}

/// A number or a percentage of `whole`; `round` is added before dividing.
fn scaled(amount: &Value, whole: i64, round: i64) -> i64 {
    amount.as_int().unwrap_or_else(|| {
        let percent = amount.text().strip_suffix('%').and_then(|text| text.parse::<i64>().ok());
        (percent.unwrap_or_default() * whole + round) / 100
    })
}

fn images(kind: &str, object: &Value) -> Vec<String> {
    let containers = template(kind, object).at(&["spec", "containers"]).items();
    containers.iter().map(|container| text(container, &["image"])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value;

    #[test]
    fn a_replica_set_knows_its_revision_and_counts() {
        let set = value!({
            "metadata": { "name": "web-1", "annotations": { "deployment.kubernetes.io/revision": "2" } },
            "spec": { "replicas": 3, "template": { "spec": { "containers": [{ "image": "nginx" }] } } },
            "status": { "replicas": 2, "readyReplicas": 1 },
        });
        let set = read("ReplicaSet", &set, &mut Ids::default());
        assert_eq!((set.revision, set.desired, set.current, set.ready), (2, 3, 2, 1));
        assert_eq!(set.images, ["nginx"]);
    }

    #[test]
    fn a_rollout_has_bounds() {
        let check = |surge: Value, missing: Value, wanted: (i64, i64)| {
            let spec = value!({
                "replicas": 10,
                "strategy": { "rollingUpdate": { "maxSurge": surge, "maxUnavailable": missing } },
            });
            assert_eq!(bounds("Deployment", &spec), Some(wanted));
        };
        check(Value::from("25%"), Value::from("25%"), (8, 13));
        check(Value::from(2), Value::from(0), (10, 12));
        check(Value::from(0), Value::from("5%"), (9, 10));
    }
}
