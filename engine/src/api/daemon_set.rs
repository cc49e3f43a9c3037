//! DaemonSet: one Pod of a template on every node that fits.
//!
//! Source: `pkg/apis/apps/v1/defaults.go`, `pkg/apis/apps/validation` and
//! `pkg/registry/apps/daemonset`.

use super::defaulting::text;
use super::int_or_string::{self, int_or_percent};
use super::pod::default_template;
use super::selector::{Selector, labels_cell, validate_label_selector};
use super::workload::{self, TemplateRules};
use super::{Column, Errors, Kind, Path, Verbatim, age, gotext, table};
use crate::sim::Time;
use crate::value;
use crate::value::Value;

/// The annotation in which the field `templateGeneration` of older versions
/// lives on: it counts the changes of the template.
pub const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";

/// The row of DaemonSet.
pub static KIND: Kind = Kind {
    group: "apps",
    kind: "DaemonSet",
    plural: "daemonsets",
    singular: "daemonset",
    short_names: &["ds"],
    categories: &["all"],
    subresources: &["status"],
    schema: "io.k8s.api.apps.v1.DaemonSet",
    has_generation: true,
    default,
    prepare,
    validate: validate_spec,
    validate_update: |new, old, errors| {
        validate_spec(new, errors);
        workload::immutable_selector(new, old, errors);
    },
    validate_status,
    warnings: workload::template_warnings,
    columns: COLUMNS,
    cells,
    ..Kind::BASE
};

const COLUMNS: &[Column] = &[
    table::NAME,
    Column::integer(
        "Desired",
        "The total number of nodes that should be running the daemon pod (including nodes \
         correctly running the daemon pod). More info: \
         https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/",
    ),
    Column::integer(
        "Current",
        "The number of nodes that are running at least 1 daemon pod and are supposed to run the \
         daemon pod. More info: \
         https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/",
    ),
    Column::integer(
        "Ready",
        "numberReady is the number of nodes that should be running the daemon pod and have one \
         or more of the daemon pod running with a Ready Condition.",
    ),
    Column::integer("Up-to-date", "The total number of nodes that are running updated daemon pod"),
    Column::integer(
        "Available",
        "The number of nodes that should be running the daemon pod and have one or more of the \
         daemon pod running and available (ready for at least spec.minReadySeconds)",
    ),
    Column::text(
        "Node Selector",
        "NodeSelector is a selector which must be true for the pod to fit on a node. Selector \
         which must match a node's labels for the pod to be scheduled on that node. More info: \
         https://kubernetes.io/docs/concepts/configuration/assign-pod-node/",
    ),
    table::AGE,
    table::CONTAINERS,
    table::IMAGES,
    workload::selector_column(
        "A label query over pods that are managed by the daemon set. Must match in order to be \
         controlled. It must match the pod template's labels. More info: \
         https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors",
    ),
];

fn default(set: &mut Value) {
    let spec = &mut set["spec"];
    let strategy = &mut spec["updateStrategy"];
    text(strategy, "type", "RollingUpdate");
    if strategy["type"].text() == "RollingUpdate" {
        strategy["rollingUpdate"].set_default("maxUnavailable", 1);
        strategy["rollingUpdate"].set_default("maxSurge", 0);
    }
    spec.set_default("revisionHistoryLimit", 10);
    default_template(&mut spec["template"]);
}

fn prepare(set: &mut Value, old: Option<&Value>) {
    let old_template = old.map(|old| old.at(&["spec", "template"]));
    super::pod::prepare_template(set.at_mut(&["spec", "template"]), old_template);
    let generation = match old {
        None => template_generation(set).max(1),
        Some(old) => {
            let changed = old.at(&["spec", "template"]) != set.at(&["spec", "template"]);
            template_generation(old) + i64::from(changed)
        }
    };
    let annotations = set.at_mut(&["metadata", "annotations"]);
    annotations.set(TEMPLATE_GENERATION, generation.to_string());
    if old.is_none() {
        set.set(
            "status",
            value!({
                "currentNumberScheduled": 0,
                "numberMisscheduled": 0,
                "desiredNumberScheduled": 0,
                "numberReady": 0,
            }),
        );
    }
}

/// How often the template of `set` has changed.
pub fn template_generation(set: &Value) -> i64 {
    set.at(&["metadata", "annotations"])[TEMPLATE_GENERATION].text().parse().unwrap_or_default()
}

fn validate_spec(set: &Value, errors: &mut Errors) {
    let (spec, path) = (&set["spec"], Path::ROOT.field("spec"));
    let (selector, selector_path) = (&spec["selector"], path.field("selector"));
    validate_label_selector(selector, &selector_path, errors);
    let usable = Selector::from_object(selector).unwrap_or(Selector::EVERYTHING);
    let labels = spec.at(&["template", "metadata", "labels"]);
    let template_path = path.field("template");
    if !usable.matches(labels) {
        let metadata = template_path.field("metadata");
        let detail = "`selector` does not match template `labels`";
        errors.invalid(&metadata.field("labels"), Verbatim(&gotext::text_map(labels)), detail);
    }
    let is_empty = selector["matchLabels"].is_empty() && selector["matchExpressions"].is_empty();
    if !selector.is_null() && is_empty {
        let shown = gotext::label_selector(selector);
        let detail = "empty selector is invalid for daemonset";
        errors.invalid(&selector_path, Verbatim(&shown), detail);
    }
    let rules = TemplateRules { kind: "DaemonSet", checks_spec: true };
    let everything = Selector::EVERYTHING;
    workload::validate_template(&spec["template"], &everything, &rules, &template_path, errors);
    workload::non_negative_fields(spec, &["minReadySeconds"], &path, errors);
    validate_strategy(&spec["updateStrategy"], &path.field("updateStrategy"), errors);
    workload::non_negative_fields(spec, &["revisionHistoryLimit"], &path, errors);
}

fn validate_strategy(strategy: &Value, path: &Path<'_>, errors: &mut Errors) {
    match strategy["type"].text() {
        "OnDelete" => {}
        "RollingUpdate" => {
            let path = path.field("rollingUpdate");
            validate_numbers(&strategy["rollingUpdate"], &path, errors);
        }
        _ => {
            let shown = format!(
                "apps.DaemonSetUpdateStrategy{{Type:{}, RollingUpdate:{}}}",
                gotext::text(&strategy["type"]),
                gotext::pointer("apps.RollingUpdateDaemonSet", &strategy["rollingUpdate"])
            );
            errors.not_supported(path, Verbatim(&shown), &["RollingUpdate", "OnDelete"]);
        }
    }
}

fn validate_numbers(numbers: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (unavailable, surge) = (&numbers["maxUnavailable"], &numbers["maxSurge"]);
    let (unavailable_path, surge_path) = (path.field("maxUnavailable"), path.field("maxSurge"));
    int_or_string::validate(unavailable, &unavailable_path, errors);
    int_or_string::validate(surge, &surge_path, errors);
    int_or_string::validate_at_most_all(unavailable, &unavailable_path, errors);
    int_or_string::validate_at_most_all(surge, &surge_path, errors);
    match (int_or_percent(unavailable) != 0, int_or_percent(surge) != 0) {
        (true, true) => {
            let shown = gotext::int_or_string(surge);
            let detail = "may not be set when maxUnavailable is non-zero";
            errors.invalid(&surge_path, Verbatim(&shown), detail);
        }
        (false, false) => errors.required(&unavailable_path, "cannot be 0 when maxSurge is 0"),
        _ => {}
    }
}

fn validate_status(new: &Value, old: &Value, errors: &mut Errors) {
    let fields = [
        "currentNumberScheduled",
        "numberMisscheduled",
        "desiredNumberScheduled",
        "numberReady",
        "observedGeneration",
        "updatedNumberScheduled",
        "numberAvailable",
        "numberUnavailable",
        "collisionCount",
    ];
    let path = Path::ROOT.field("status");
    workload::non_negative_fields(&new["status"], &fields, &path, errors);
    workload::not_decremented(new, old, errors);
}

fn cells(set: &Value, now: Time) -> Vec<Value> {
    let (spec, status) = (&set["spec"], &set["status"]);
    let [containers, images, selector] = workload::wide_cells(spec);
    vec![
        table::name(set),
        status["desiredNumberScheduled"].int().into(),
        status["currentNumberScheduled"].int().into(),
        status["numberReady"].int().into(),
        status["updatedNumberScheduled"].int().into(),
        status["numberAvailable"].int().into(),
        labels_cell(spec.at(&["template", "spec", "nodeSelector"])).into(),
        age::object_age(set, now),
        containers,
        images,
        selector,
    ]
}
