//! What of a Job may change.
//!
//! Source: `ValidateJobUpdate` in `pkg/apis/batch/validation`.

use super::super::meta::IMMUTABLE;
use super::super::{Errors, Path, Verbatim, gotext};
use super::spec;
use crate::value::Value;

pub(super) fn validate_update(new: &Value, old: &Value, errors: &mut Errors) {
    spec::validate_spec(new, errors);
    let (spec, old_spec, path) = (&new["spec"], &old["spec"], Path::ROOT.field("spec"));
    validate_completions(spec, old_spec, &path.field("completions"), errors);
    if spec["selector"] != old_spec["selector"] {
        let shown = gotext::label_selector(&spec["selector"]);
        errors.invalid(&path.field("selector"), Verbatim(&shown), IMMUTABLE);
    }
    validate_template(new, old, errors);
    for (field, name) in [
        ("completionMode", ""),
        ("podFailurePolicy", "batch/v1.PodFailurePolicy"),
        ("backoffLimitPerIndex", ""),
        ("managedBy", ""),
        ("successPolicy", "batch/v1.SuccessPolicy"),
    ] {
        let value = &spec[field];
        if *value != old_spec[field] {
            let shown = match value.as_map() {
                Some(_) => gotext::structure(name, value),
                None => value.to_json(),
            };
            errors.invalid(&path.field(field), Verbatim(&shown), IMMUTABLE);
        }
    }
}

/// An Indexed Job may change its completions together with its parallelism.
fn validate_completions(spec: &Value, old: &Value, path: &Path<'_>, errors: &mut Errors) {
    let completions = &spec["completions"];
    if *completions == old["completions"] {
        return;
    }
    if spec["completionMode"].text() != "Indexed" {
        errors.invalid(path, completions, IMMUTABLE);
    } else if !completions.is_null() && *completions != spec["parallelism"] {
        let detail = "can only be modified in tandem with spec.parallelism";
        errors.invalid(path, completions, detail);
    }
}

fn validate_template(new: &Value, old: &Value, errors: &mut Errors) {
    let template = new.at(&["spec", "template"]);
    let mut before = old.at(&["spec", "template"]).clone();
    if may_move(old) {
        allow_scheduling(template, &mut before);
    }
    if *template != before {
        let shown = gotext::structure("core/v1.PodTemplateSpec", template);
        let spec = Path::ROOT.field("spec");
        errors.invalid(&spec.field("template"), Verbatim(&shown), IMMUTABLE);
    }
}

/// A suspended Job that never ran may still be sent to other nodes.
fn may_move(old: &Value) -> bool {
    old.at(&["spec", "suspend"]).is_true() && old.at(&["status", "startTime"]).is_null()
}

fn allow_scheduling(template: &Value, before: &mut Value) {
    for field in ["annotations", "labels"] {
        copy(&template["metadata"], &mut before["metadata"], field);
    }
    for field in ["nodeSelector", "tolerations", "schedulingGates"] {
        copy(&template["spec"], &mut before["spec"], field);
    }
    let affinity = template.at(&["spec", "affinity"]);
    let old = before.at_mut(&["spec", "affinity"]);
    match (affinity.is_null(), old.is_null()) {
        (true, false) => {
            old.remove("nodeAffinity");
            if old.is_empty() {
                before["spec"].remove("affinity");
            }
        }
        (false, _) => copy(affinity, old, "nodeAffinity"),
        (true, true) => {
            before["spec"].remove("affinity");
        }
    }
}

fn copy(from: &Value, to: &mut Value, field: &str) {
    match from.get(field) {
        Some(value) => to.set(field, value),
        None => {
            to.remove(field);
        }
    }
}
