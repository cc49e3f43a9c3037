//! Deployment: keeps a number of Pods of one template, and rolls out changes.
//!
//! Source: `pkg/apis/apps/v1/defaults.go`, `pkg/apis/apps/validation` and
//! `pkg/registry/apps/deployment`.

use super::defaulting::text;
use super::int_or_string::{self, int_or_percent};
use super::meta::non_negative;
use super::pod::default_template;
use super::workload::{self, TemplateRules};
use super::{Column, Errors, Kind, Path, Verbatim, age, gotext, table};
use crate::sim::Time;
use crate::value::Value;

/// The annotation in which the field `rollbackTo` of older versions lives on.
const ROLLBACK_TO: &str = "deprecated.deployment.rollback.to";

/// The row of Deployment.
pub static KIND: Kind = Kind {
    group: "apps",
    kind: "Deployment",
    plural: "deployments",
    singular: "deployment",
    short_names: &["deploy"],
    categories: &["all"],
    subresources: &["scale", "status"],
    schema: "io.k8s.api.apps.v1.Deployment",
    has_generation: true,
    default,
    prepare,
    validate: validate_spec,
    validate_update,
    validate_status,
    warnings: workload::warnings,
    columns: &[
        table::NAME,
        Column::text("Ready", "Number of the pod with ready state"),
        Column::text(
            "Up-to-date",
            "Total number of non-terminated pods targeted by this deployment that have the \
             desired template spec.",
        ),
        Column::text(
            "Available",
            "Total number of available pods (ready for at least minReadySeconds) targeted by \
             this deployment.",
        ),
        table::AGE,
        table::CONTAINERS,
        table::IMAGES,
        workload::selector_column(
            "Label selector for pods. Existing ReplicaSets whose pods are selected by this will \
             be the ones affected by this deployment.",
        ),
    ],
    cells,
    ..Kind::BASE
};

fn default(deployment: &mut Value) {
    let spec = &mut deployment["spec"];
    spec.set_default("replicas", 1);
    text(&mut spec["strategy"], "type", "RollingUpdate");
    if spec.at(&["strategy", "type"]).text() == "RollingUpdate" {
        let numbers = spec.at_mut(&["strategy", "rollingUpdate"]);
        numbers.set_default("maxUnavailable", "25%");
        numbers.set_default("maxSurge", "25%");
    }
    spec.set_default("revisionHistoryLimit", 10);
    spec.set_default("progressDeadlineSeconds", 600);
    default_template(&mut spec["template"]);
}

fn prepare(deployment: &mut Value, old: Option<&Value>) {
    super::pod::prepare_template(deployment.at_mut(&["spec", "template"]), old.map(template_of));
    if old.is_none() {
        deployment.set("status", Value::map());
    }
}

fn template_of(deployment: &Value) -> &Value {
    deployment.at(&["spec", "template"])
}

fn validate_spec(deployment: &Value, errors: &mut Errors) {
    let (spec, path) = (&deployment["spec"], Path::ROOT.field("spec"));
    non_negative(&spec["replicas"], &path.field("replicas"), errors);
    let (empty, unusable) = ("empty selector is invalid for deployment", "invalid label selector");
    let selector_path = path.field("selector");
    let selector =
        workload::required_selector(&spec["selector"], &selector_path, empty, unusable, errors);
    if let Some(selector) = selector {
        let rules = TemplateRules { kind: "ReplicaSet", checks_spec: true };
        let path = path.field("template");
        workload::validate_template(&spec["template"], &selector, &rules, &path, errors);
    }
    validate_strategy(&spec["strategy"], &path.field("strategy"), errors);
    workload::non_negative_fields(
        spec,
        &["minReadySeconds", "revisionHistoryLimit"],
        &path,
        errors,
    );
    let rollback = deployment.at(&["metadata", "annotations"])[ROLLBACK_TO].text();
    if let Ok(revision) = rollback.parse::<i64>() {
        let rollback = path.field("rollback");
        non_negative(&revision.into(), &rollback.field("version"), errors);
    }
    validate_deadline(spec, &path, errors);
}

fn validate_deadline(spec: &Value, path: &Path<'_>, errors: &mut Errors) {
    let path = path.field("progressDeadlineSeconds");
    let Some(deadline) = spec["progressDeadlineSeconds"].as_int() else { return };
    non_negative(&deadline.into(), &path, errors);
    if deadline <= spec["minReadySeconds"].int() {
        errors.invalid(&path, deadline, "must be greater than minReadySeconds");
    }
}

fn validate_strategy(strategy: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (numbers, numbers_path) = (&strategy["rollingUpdate"], path.field("rollingUpdate"));
    match strategy["type"].text() {
        "Recreate" if !numbers.is_null() => errors
            .forbidden(&numbers_path, "may not be specified when strategy `type` is 'Recreate'"),
        "Recreate" => {}
        "RollingUpdate" => {
            let unavailable = &numbers["maxUnavailable"];
            let unavailable_path = numbers_path.field("maxUnavailable");
            int_or_string::validate(unavailable, &unavailable_path, errors);
            let surge = &numbers["maxSurge"];
            int_or_string::validate(surge, &numbers_path.field("maxSurge"), errors);
            if int_or_percent(unavailable) == 0 && int_or_percent(surge) == 0 {
                let shown = gotext::int_or_string(unavailable);
                let detail = "may not be 0 when `maxSurge` is 0";
                errors.invalid(&unavailable_path, Verbatim(&shown), detail);
            }
            int_or_string::validate_at_most_all(unavailable, &unavailable_path, errors);
        }
        _ => {
            let shown = format!(
                "apps.DeploymentStrategy{{Type:{}, RollingUpdate:{}}}",
                gotext::text(&strategy["type"]),
                gotext::pointer("apps.RollingUpdateDeployment", numbers)
            );
            errors.not_supported(path, Verbatim(&shown), &["Recreate", "RollingUpdate"]);
        }
    }
}

fn validate_update(new: &Value, old: &Value, errors: &mut Errors) {
    validate_spec(new, errors);
    workload::immutable_selector(new, old, errors);
}

fn validate_status(new: &Value, old: &Value, errors: &mut Errors) {
    let (status, path) = (&new["status"], Path::ROOT.field("status"));
    let fields = [
        "observedGeneration",
        "replicas",
        "updatedReplicas",
        "readyReplicas",
        "availableReplicas",
        "unavailableReplicas",
        "collisionCount",
    ];
    workload::non_negative_fields(status, &fields, &path, errors);
    let fields = ["updatedReplicas", "readyReplicas", "availableReplicas"];
    workload::at_most_replicas(status, &fields, "readyReplicas", errors);
    workload::not_decremented(new, old, errors);
}

fn cells(deployment: &Value, now: Time) -> Vec<Value> {
    let (spec, status) = (&deployment["spec"], &deployment["status"]);
    let ready = format!("{}/{}", status["readyReplicas"].int(), spec["replicas"].int());
    let [containers, images, selector] = workload::wide_cells(spec);
    vec![
        table::name(deployment),
        ready.into(),
        status["updatedReplicas"].int().into(),
        status["availableReplicas"].int().into(),
        age::object_age(deployment, now),
        containers,
        images,
        selector,
    ]
}
