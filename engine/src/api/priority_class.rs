//! PriorityClass: how important the Pods that name it are.

use super::age::object_age;
use super::{Column, Errors, Kind, Path, meta, table};
use crate::sim::Time;
use crate::value::Value;

/// The row of PriorityClass.
pub static KIND: Kind = Kind {
    group: "scheduling.k8s.io",
    kind: "PriorityClass",
    plural: "priorityclasses",
    singular: "priorityclass",
    short_names: &["pc"],
    namespaced: false,
    schema: "io.k8s.api.scheduling.v1.PriorityClass",
    has_generation: true,
    default: |class| class.set_default("preemptionPolicy", "PreemptLowerPriority"),
    validate,
    validate_update,
    columns: &[
        table::NAME,
        Column::integer("Value", "The priority that Pods of this class get."),
        Column {
            column_type: "boolean",
            ..Column::text("Global-Default", "Whether Pods that name no class get this one.")
        },
        table::AGE,
        Column::text("PreemptionPolicy", "Whether Pods of this class may push others out."),
    ],
    cells,
    ..Kind::BASE
};

/// The classes that every cluster has: name, value and description.
pub const SYSTEM_CLASSES: [(&str, i64, &str); 2] = [
    (
        "system-cluster-critical",
        2_000_000_000,
        "Used for system critical pods that must run in the cluster, but can be moved to another \
         node if necessary.",
    ),
    (
        "system-node-critical",
        2_000_001_000,
        "Used for system critical pods that must not be moved from their current node.",
    ),
];
/// The highest value that users may give a class.
const USER_VALUE_MAX: i64 = 1_000_000_000;

fn validate(class: &Value, errors: &mut Errors) {
    let name = class.at(&["metadata", "name"]).text();
    let value = class["value"].int();
    if name.starts_with("system-") {
        if let Some(problem) = system_problem(name, value, class["globalDefault"].is_true()) {
            let metadata = Path::ROOT.field("metadata");
            let detail = format!(
                "priority class names with 'system-' prefix are reserved for system use only. \
                 error: {problem}"
            );
            errors.forbidden(&metadata.field("name"), &detail);
        }
    } else if value > USER_VALUE_MAX {
        let detail =
            format!("maximum allowed value of a user defined priority is {USER_VALUE_MAX}");
        errors.forbidden(&Path::ROOT.field("value"), &detail);
    }
    validate_preemption(class, errors);
}

fn system_problem(name: &str, value: i64, global: bool) -> Option<String> {
    let Some((_, own, _)) = SYSTEM_CLASSES.iter().find(|(own, ..)| *own == name) else {
        return Some(format!("{name} is not a known system priority class"));
    };
    if value != *own {
        return Some(format!("value of {name} PriorityClass must be {own}"));
    }
    global.then(|| format!("globalDefault of {name} PriorityClass must be false"))
}

fn validate_preemption(class: &Value, errors: &mut Errors) {
    let policy = &class["preemptionPolicy"];
    let policies = ["Never", "PreemptLowerPriority"];
    if !policy.is_null() && !policies.contains(&policy.text()) {
        errors.not_supported(&Path::ROOT.field("preemptionPolicy"), policy.text(), &policies);
    }
}

fn validate_update(new: &Value, old: &Value, errors: &mut Errors) {
    if new["value"].int() != old["value"].int() {
        errors.forbidden(&Path::ROOT.field("value"), "may not be changed in an update.");
    }
    meta::immutable(new, old, "preemptionPolicy", &Path::ROOT, errors);
}

fn cells(class: &Value, now: Time) -> Vec<Value> {
    vec![
        table::name(class),
        class["value"].int().into(),
        class["globalDefault"].is_true().into(),
        object_age(class, now),
        class["preemptionPolicy"].text().into(),
    ]
}
