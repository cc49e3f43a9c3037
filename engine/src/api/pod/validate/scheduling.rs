//! Tolerations, gates and topology spread.

use std::collections::BTreeSet;

use super::super::super::selector::validate_label_selector;
use super::super::super::{Errors, Path, names};
use crate::value::Value;

pub(super) fn validate_tolerations(tolerations: &Value, path: &Path<'_>, errors: &mut Errors) {
    for (index, toleration) in tolerations.items().iter().enumerate() {
        validate_toleration(toleration, &path.index(index), errors);
    }
}

fn validate_toleration(toleration: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (key, operator) = (toleration["key"].text(), toleration["operator"].text());
    let (value, effect) = (toleration["value"].text(), toleration["effect"].text());
    let operator_path = path.field("operator");
    if !key.is_empty() {
        errors.invalid_each(&path.field("key"), key, names::qualified_name(key));
    }
    if key.is_empty() && operator != "Exists" {
        let detail = "operator must be Exists when `key` is empty, which means \"match all values \
                      and all keys\"";
        errors.invalid(&operator_path, operator, detail);
    }
    if !toleration["tolerationSeconds"].is_null() && effect != "NoExecute" {
        let detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
        errors.invalid(&path.field("effect"), effect, detail);
    }
    match operator {
        "" | "Equal" => {
            let complaints = names::label_value(value);
            if !complaints.is_empty() {
                errors.invalid(&operator_path, value, &complaints.join(";"));
            }
        }
        "Exists" if !value.is_empty() => {
            errors.invalid(
                &operator_path,
                value,
                "value must be empty when `operator` is 'Exists'",
            );
        }
        "Exists" => {}
        other => errors.not_supported(&operator_path, other, &["Equal", "Exists"]),
    }
    let effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
    if !effect.is_empty() && !effects.contains(&effect) {
        errors.not_supported(&path.field("effect"), effect, &effects);
    }
}

/// Says that a toleration was changed or taken away; only `tolerationSeconds`
/// may change.
pub(super) fn validate_tolerations_change(
    new: &Value,
    old: &Value,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    let without_time = |toleration: &Value| {
        let mut toleration = toleration.clone();
        toleration.remove("tolerationSeconds");
        toleration
    };
    let kept: Vec<Value> = new.items().iter().map(without_time).collect();
    if old.items().iter().any(|old| !kept.contains(&without_time(old))) {
        let detail = "existing toleration can not be modified except its tolerationSeconds";
        return errors.forbidden(path, detail);
    }
    validate_tolerations(new, path, errors);
}

/// Finds what is wrong with readiness gates and scheduling gates.
pub(super) fn validate_gates(spec: &Value, path: &Path<'_>, errors: &mut Errors) {
    let readiness = path.field("readinessGates");
    for (index, gate) in spec["readinessGates"].items().iter().enumerate() {
        let (path, kind) = (readiness.index(index), gate["conditionType"].text());
        errors.invalid_each(&path.field("conditionType"), kind, names::qualified_name(kind));
    }
    let scheduling = path.field("schedulingGates");
    let mut seen = BTreeSet::new();
    for (index, gate) in spec["schedulingGates"].items().iter().enumerate() {
        let (path, name) = (scheduling.index(index), gate["name"].text());
        errors.invalid_each(&path, name, names::qualified_name(name));
        if !seen.insert(name) {
            errors.duplicate(&path, name);
        }
    }
}

/// Says that a scheduling gate was added.
pub(super) fn validate_gates_change(
    new: &Value,
    old: &Value,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    for (index, gate) in new.items().iter().enumerate() {
        let name = gate["name"].text();
        if !old.items().iter().any(|old| old["name"].text() == name) {
            let detail =
                format!("only deletion is allowed, but found new scheduling gate '{name}'");
            errors.forbidden(&path.index(index).field("name"), &detail);
        }
    }
}

pub(super) fn validate_spread(constraints: &Value, path: &Path<'_>, errors: &mut Errors) {
    let all = constraints.items();
    for (index, constraint) in all.iter().enumerate() {
        let path = path.index(index);
        validate_constraint(constraint, &path, errors);
        let later = all.get(index + 1..).unwrap_or_default();
        let kind = |constraint: &Value| {
            let (key, action) = (&constraint["topologyKey"], &constraint["whenUnsatisfiable"]);
            format!("{{{}, {}}}", key.text(), action.text())
        };
        if later.iter().any(|other| kind(other) == kind(constraint)) {
            let path = path.field("{topologyKey, whenUnsatisfiable}");
            errors.duplicate(&path, kind(constraint).as_str());
        }
        validate_domains(constraint, &path, errors);
        for field in ["nodeAffinityPolicy", "nodeTaintsPolicy"] {
            if let Some(policy) = constraint[field].as_str()
                && !matches!(policy, "Honor" | "Ignore")
            {
                errors.not_supported(&path.field(field), policy, &["Honor", "Ignore"]);
            }
        }
        validate_match_label_keys(constraint, &path.field("matchLabelKeys"), errors);
        validate_label_selector(&constraint["labelSelector"], &path.field("labelSelector"), errors);
    }
}

fn validate_constraint(constraint: &Value, path: &Path<'_>, errors: &mut Errors) {
    let skew = constraint["maxSkew"].int();
    if skew <= 0 {
        errors.invalid(&path.field("maxSkew"), skew, "must be greater than zero");
    }
    if constraint["topologyKey"].is_empty() {
        errors.required(&path.field("topologyKey"), "can not be empty");
    }
    let action = constraint["whenUnsatisfiable"].text();
    let actions = ["DoNotSchedule", "ScheduleAnyway"];
    if !actions.contains(&action) {
        errors.not_supported(&path.field("whenUnsatisfiable"), action, &actions);
    }
}

fn validate_domains(constraint: &Value, path: &Path<'_>, errors: &mut Errors) {
    let Some(domains) = constraint["minDomains"].as_int() else { return };
    let path = path.field("minDomains");
    if domains <= 0 {
        errors.invalid(&path, domains, "must be greater than zero");
    }
    let action = constraint["whenUnsatisfiable"].text();
    if action != "DoNotSchedule" {
        let detail =
            format!("can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}");
        errors.invalid(&path, domains, &detail);
    }
}

fn validate_match_label_keys(constraint: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (keys, selector) = (constraint["matchLabelKeys"].items(), &constraint["labelSelector"]);
    if keys.is_empty() {
        return;
    }
    if selector.is_null() {
        errors.forbidden(path, "must not be specified when labelSelector is not set");
    }
    let is_selected = |key: &str| {
        let expressions = selector["matchExpressions"].items();
        selector["matchLabels"].get(key).is_some()
            || expressions.iter().any(|expression| expression["key"].text() == key)
    };
    for (index, key) in keys.iter().map(Value::text).enumerate() {
        let path = path.index(index);
        errors.invalid_each(&path, key, names::qualified_name(key));
        if is_selected(key) {
            errors.invalid(&path, key, "exists in both matchLabelKeys and labelSelector");
        }
    }
}
