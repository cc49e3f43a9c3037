//! PodDisruptionBudget: how many Pods of a set may be taken away on purpose.
//!
//! Source: `pkg/apis/policy/validation`.

use super::age::object_age;
use super::selector::validate_label_selector;
use super::{Column, Errors, Kind, Path, Verbatim, gotext, int_or_string, meta, table};
use crate::sim::Time;
use crate::value;
use crate::value::Value;

/// The row of PodDisruptionBudget.
pub static KIND: Kind = Kind {
    group: "policy",
    kind: "PodDisruptionBudget",
    plural: "poddisruptionbudgets",
    singular: "poddisruptionbudget",
    short_names: &["pdb"],
    subresources: &["status"],
    schema: "io.k8s.api.policy.v1.PodDisruptionBudget",
    allows_unconditional_update: false,
    has_generation: true,
    prepare,
    validate,
    validate_update: |new, _, errors| validate(new, errors),
    validate_status,
    columns: &[
        table::NAME,
        Column::text("Min Available", "The minimum number of pods that must be available."),
        Column::text("Max Unavailable", "The maximum number of pods that may be unavailable."),
        Column::integer(
            "Allowed Disruptions",
            "Calculated number of pods that may be disrupted at this time.",
        ),
        table::AGE,
    ],
    cells,
    ..Kind::BASE
};

fn prepare(new: &mut Value, old: Option<&Value>) {
    if old.is_none() {
        let status = value!({
            "currentHealthy": 0,
            "desiredHealthy": 0,
            "disruptionsAllowed": 0,
            "expectedPods": 0,
        });
        new.set("status", status);
    }
}

fn validate(budget: &Value, errors: &mut Errors) {
    let (spec, path) = (&budget["spec"], Path::ROOT.field("spec"));
    if !spec["minAvailable"].is_null() && !spec["maxUnavailable"].is_null() {
        let detail = "minAvailable and maxUnavailable cannot be both set";
        errors.invalid(&path, Verbatim(&shown(spec)), detail);
    }
    for name in ["minAvailable", "maxUnavailable"] {
        if !spec[name].is_null() {
            int_or_string::validate(&spec[name], &path.field(name), errors);
            int_or_string::validate_at_most_all(&spec[name], &path.field(name), errors);
        }
    }
    if !spec["selector"].is_null() {
        validate_label_selector(&spec["selector"], &path.field("selector"), errors);
    }
    let policies = ["AlwaysAllow", "IfHealthyBudget"];
    let (policy, path) =
        (spec["unhealthyPodEvictionPolicy"].as_str(), path.field("unhealthyPodEvictionPolicy"));
    if let Some(policy) = policy.filter(|policy| !policies.contains(policy)) {
        errors.not_supported(&path, policy, &policies);
    }
}

/// The spec as Go prints it.
fn shown(spec: &Value) -> String {
    let number = |name: &str| gotext::pointer("intstr.IntOrString", &spec[name]);
    format!(
        "policy.PodDisruptionBudgetSpec{{MinAvailable:{}, Selector:{}, MaxUnavailable:{}, \
         UnhealthyPodEvictionPolicy:{}}}",
        number("minAvailable"),
        gotext::pointer("v1.LabelSelector", &spec["selector"]),
        number("maxUnavailable"),
        gotext::pointer(
            "policy.UnhealthyPodEvictionPolicyType",
            &spec["unhealthyPodEvictionPolicy"]
        ),
    )
}

fn validate_status(new: &Value, _old: &Value, errors: &mut Errors) {
    let path = Path::ROOT.field("status");
    for name in ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"] {
        meta::non_negative(new.at(&["status", name]), &path.field(name), errors);
    }
}

fn cells(budget: &Value, now: Time) -> Vec<Value> {
    let number = |name: &str| match budget.at(&["spec", name]) {
        Value::Null => "N/A".to_owned(),
        Value::Str(percent) => percent.to_string(),
        count => count.int().to_string(),
    };
    vec![
        table::name(budget),
        number("minAvailable").into(),
        number("maxUnavailable").into(),
        budget.at(&["status", "disruptionsAllowed"]).int().into(),
        object_age(budget, now),
    ]
}
