//! ReplicationController: the elder sibling of ReplicaSet.
//!
//! Source: `pkg/apis/core/v1/defaults.go`, `pkg/apis/core/validation` and
//! `pkg/registry/core/replicationcontroller`.

use super::pod::default_template;
use super::replica_set::{replica_cells, validate_replica_status};
use super::selector::{Selector, labels_cell};
use super::workload::{self, TemplateRules};
use super::{Column, Errors, Kind, Path, table};
use crate::sim::Time;
use crate::value::Value;

/// The row of ReplicationController.
pub static KIND: Kind = Kind {
    kind: "ReplicationController",
    plural: "replicationcontrollers",
    singular: "replicationcontroller",
    short_names: &["rc"],
    categories: &["all"],
    subresources: &["scale", "status"],
    schema: "io.k8s.api.core.v1.ReplicationController",
    has_generation: true,
    default,
    prepare,
    validate: validate_spec,
    validate_update: |new, _, errors| validate_spec(new, errors),
    validate_status: |new, _, errors| validate_replica_status(&new["status"], errors),
    warnings: workload::warnings,
    columns: &[
        table::NAME,
        Column::integer(
            "Desired",
            "Replicas is the number of desired replicas. This is a pointer to distinguish \
             between explicit zero and unspecified. Defaults to 1. More info: \
             https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller#what-is-a-replicationcontroller",
        ),
        Column::integer(
            "Current",
            "Replicas is the most recently observed number of replicas. More info: \
             https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller#what-is-a-replicationcontroller",
        ),
        Column::integer("Ready", "The number of ready replicas for this replication controller."),
        table::AGE,
        table::CONTAINERS,
        table::IMAGES,
        workload::selector_column(
            "Selector is a label query over pods that should match the Replicas count. If \
             Selector is empty, it is defaulted to the labels present on the Pod template. Label \
             keys and values that must match in order to be controlled by this replication \
             controller, if empty defaulted to labels on Pod template. More info: \
             https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors",
        ),
    ],
    cells,
    selectable: &[("status.replicas", |_| "")],
    ..Kind::BASE
};

fn default(controller: &mut Value) {
    let labels = controller.at(&["spec", "template", "metadata", "labels"]).clone();
    if !labels.is_empty() {
        if controller.at(&["metadata", "labels"]).is_empty() {
            controller["metadata"].set("labels", &labels);
        }
        if controller.at(&["spec", "selector"]).is_empty() {
            controller["spec"].set("selector", &labels);
        }
    }
    let spec = &mut controller["spec"];
    spec.set_default("replicas", 1);
    if !spec["template"].is_null() {
        default_template(&mut spec["template"]);
    }
}

fn prepare(controller: &mut Value, old: Option<&Value>) {
    let old = old.map(|old| old.at(&["spec", "template"]));
    if !controller.at(&["spec", "template"]).is_null() {
        super::pod::prepare_template(controller.at_mut(&["spec", "template"]), old);
    }
    if old.is_none() {
        controller.set("status", crate::value!({ "replicas": 0 }));
    }
}

fn validate_spec(controller: &Value, errors: &mut Errors) {
    let (spec, path) = (&controller["spec"], Path::ROOT.field("spec"));
    workload::non_negative_fields(spec, &["minReadySeconds"], &path, errors);
    if spec["selector"].is_empty() {
        errors.required(&path.field("selector"), "");
    }
    workload::non_negative_fields(spec, &["replicas"], &path, errors);
    let (template, template_path) = (&spec["template"], path.field("template"));
    if template.is_null() {
        return errors.required(&template_path, "");
    }
    let selector = Selector::from_labels(&spec["selector"]);
    let rules = TemplateRules { kind: "ReplicationController", checks_spec: true };
    workload::validate_template(template, &selector, &rules, &template_path, errors);
}

fn cells(controller: &Value, now: Time) -> Vec<Value> {
    let [containers, images, _] = workload::wide_cells(&controller["spec"]);
    let mut cells = replica_cells(controller, now);
    let selector = labels_cell(controller.at(&["spec", "selector"]));
    cells.extend([containers, images, selector.into()]);
    cells
}
