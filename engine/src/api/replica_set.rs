//! ReplicaSet: keeps a number of Pods of one template.
//!
//! Source: `pkg/apis/apps/v1/defaults.go`, `pkg/apis/apps/validation` and
//! `pkg/registry/apps/replicaset`.

use super::pod::default_template;
use super::workload::{self, TemplateRules};
use super::{Column, Errors, Kind, Path, age, table};
use crate::sim::Time;
use crate::value::Value;

/// The row of ReplicaSet.
pub static KIND: Kind = Kind {
    group: "apps",
    kind: "ReplicaSet",
    plural: "replicasets",
    singular: "replicaset",
    short_names: &["rs"],
    categories: &["all"],
    subresources: &["scale", "status"],
    schema: "io.k8s.api.apps.v1.ReplicaSet",
    has_generation: true,
    default,
    prepare,
    validate: validate_spec,
    validate_update,
    validate_status: |new, _, errors| validate_replica_status(&new["status"], errors),
    warnings: workload::warnings,
    columns: &[
        table::NAME,
        Column::integer(
            "Desired",
            "Replicas is the number of desired replicas. This is a pointer to distinguish \
             between explicit zero and unspecified. Defaults to 1. More info: \
             https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller/#what-is-a-replicationcontroller",
        ),
        Column::integer(
            "Current",
            "Replicas is the most recently observed number of replicas. More info: \
             https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller/#what-is-a-replicationcontroller",
        ),
        Column::integer(
            "Ready",
            "readyReplicas is the number of pods targeted by this ReplicaSet with a Ready \
             Condition.",
        ),
        table::AGE,
        table::CONTAINERS,
        table::IMAGES,
        workload::selector_column(
            "Selector is a label query over pods that should match the replica count. Label keys \
             and values that must match in order to be controlled by this replica set. It must \
             match the pod template's labels. More info: \
             https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors",
        ),
    ],
    cells,
    ..Kind::BASE
};

fn default(set: &mut Value) {
    let spec = &mut set["spec"];
    spec.set_default("replicas", 1);
    default_template(&mut spec["template"]);
}

fn prepare(set: &mut Value, old: Option<&Value>) {
    let old = old.map(|old| old.at(&["spec", "template"]));
    super::pod::prepare_template(set.at_mut(&["spec", "template"]), old);
    if old.is_none() {
        set.set("status", crate::value!({ "replicas": 0 }));
    }
}

fn validate_spec(set: &Value, errors: &mut Errors) {
    let (spec, path) = (&set["spec"], Path::ROOT.field("spec"));
    workload::non_negative_fields(spec, &["replicas", "minReadySeconds"], &path, errors);
    // The word `deployment` is upstream's.
    let (empty, unusable) = ("empty selector is invalid for deployment", "invalid label selector");
    let selector_path = path.field("selector");
    let selector =
        workload::required_selector(&spec["selector"], &selector_path, empty, unusable, errors);
    if let Some(selector) = selector {
        let rules = TemplateRules { kind: "ReplicaSet", checks_spec: true };
        let path = path.field("template");
        workload::validate_template(&spec["template"], &selector, &rules, &path, errors);
    }
}

fn validate_update(new: &Value, old: &Value, errors: &mut Errors) {
    validate_spec(new, errors);
    workload::immutable_selector(new, old, errors);
}

/// Finds what is wrong with the status of a ReplicaSet or of a
/// ReplicationController.
pub(super) fn validate_replica_status(status: &Value, errors: &mut Errors) {
    let path = Path::ROOT.field("status");
    let fields = [
        "replicas",
        "fullyLabeledReplicas",
        "readyReplicas",
        "availableReplicas",
        "observedGeneration",
    ];
    workload::non_negative_fields(status, &fields, &path, errors);
    let fields = ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"];
    workload::at_most_replicas(status, &fields, "readyReplicas", errors);
}

fn cells(set: &Value, now: Time) -> Vec<Value> {
    let [containers, images, selector] = workload::wide_cells(&set["spec"]);
    let mut cells = replica_cells(set, now);
    cells.extend([containers, images, selector]);
    cells
}

/// The cells of wished, present and ready replicas, between name and age.
pub(super) fn replica_cells(set: &Value, now: Time) -> Vec<Value> {
    let (spec, status) = (&set["spec"], &set["status"]);
    vec![
        table::name(set),
        spec["replicas"].int().into(),
        status["replicas"].int().into(),
        status["readyReplicas"].int().into(),
        age::object_age(set, now),
    ]
}
