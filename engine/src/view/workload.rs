//! Reads the kinds that keep a number of Pods.

use super::Ids;
use super::items::{Workload, created, text};
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
        images: images(object),
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

fn images(object: &Value) -> Vec<String> {
    let containers = object.at(&["spec", "template", "spec", "containers"]).items();
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
}
