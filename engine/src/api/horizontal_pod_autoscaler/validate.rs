//! What is wrong with an autoscaler.
//!
//! Source: `pkg/apis/autoscaling/validation`.

use super::super::{Errors, Path, Verbatim, gotext, meta, names};
use super::metrics::{SOURCES, source_field};
use crate::quantity::Quantity;
use crate::value::Value;

/// The longest that a recommendation may wait for a better one.
const STABILIZATION_SECS_MAX: i64 = 3_600;
/// The longest period that a policy may look at.
const PERIOD_SECS_MAX: i64 = 1_800;

pub(super) fn validate(autoscaler: &Value, errors: &mut Errors) {
    let (spec, path) = (&autoscaler["spec"], Path::ROOT.field("spec"));
    let (least, most) = (spec["minReplicas"].as_int(), spec["maxReplicas"].int());
    if let Some(least) = least.filter(|least| *least < 1) {
        let detail = "must be greater than or equal to 1";
        errors.invalid(&path.field("minReplicas"), least, detail);
    }
    let most_path = path.field("maxReplicas");
    if most < 1 {
        errors.invalid(&most_path, most, "must be greater than 0");
    }
    if least.is_some_and(|least| most < least) {
        errors.invalid(&most_path, most, "must be greater than or equal to `minReplicas`");
    }
    validate_reference(&spec["scaleTargetRef"], &path.field("scaleTargetRef"), errors);
    let (metrics, list) = (spec["metrics"].items(), path.field("metrics"));
    for (index, metric) in metrics.iter().enumerate() {
        validate_metric(metric, &list.index(index), errors);
    }
    let sees_outside = |metric: &Value| matches!(metric["type"].text(), "Object" | "External");
    if least == Some(0) && !metrics.iter().any(sees_outside) {
        let detail = "must specify at least one Object or External metric to support scaling to \
                      zero replicas";
        errors.forbidden(&list, detail);
    }
    let behavior = path.field("behavior");
    for direction in ["scaleUp", "scaleDown"] {
        let rules = spec.at(&["behavior", direction]);
        if !rules.is_null() {
            validate_rules(rules, &behavior.field(direction), errors);
        }
    }
}

pub(super) fn validate_status(new: &Value, _old: &Value, errors: &mut Errors) {
    let path = Path::ROOT.field("status");
    for name in ["currentReplicas", "desiredReplicas"] {
        meta::non_negative(new.at(&["status", name]), &path.field(name), errors);
    }
}

fn validate_reference(reference: &Value, path: &Path<'_>, errors: &mut Errors) {
    for name in ["kind", "name"] {
        let text = reference[name].text();
        if text.is_empty() {
            errors.required(&path.field(name), "");
        } else {
            errors.invalid_each(&path.field(name), text, names::path_segment(text, false));
        }
    }
}

fn validate_metric(metric: &Value, path: &Path<'_>, errors: &mut Errors) {
    let kind = metric["type"].text();
    if kind.is_empty() {
        errors.required(&path.field("type"), "must specify a metric source type");
    }
    let expected = source_field(kind);
    if expected.is_none() {
        let mut kinds: Vec<&str> = SOURCES.iter().map(|(kind, _)| *kind).collect();
        kinds.sort_unstable();
        // The server looks at the type twice.
        errors.not_supported(&path.field("type"), kind, &kinds);
        errors.not_supported(&path.field("type"), kind, &kinds);
    }
    let present: Vec<&str> =
        SOURCES.iter().map(|(_, field)| *field).filter(|field| !metric[*field].is_null()).collect();
    if let Some(first) = present.first() {
        validate_source(first, &metric[*first], &path.field(first), errors);
    }
    if let Some(field) = expected.filter(|field| metric[*field].is_null()) {
        let detail = "must populate information for the given metric source";
        errors.required(&path.field(field), detail);
    }
    if present.len() > 1 {
        for field in present.into_iter().filter(|field| Some(*field) != expected) {
            errors.forbidden(&path.field(field), "must populate the given metric source only");
        }
    }
}

fn validate_source(kind: &str, source: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (target, target_path) = (&source["target"], path.field("target"));
    let has = |field: &str| !target[field].is_null();
    match kind {
        "object" => {
            let object = path.field("describedObject");
            validate_reference(&source["describedObject"], &object, errors);
            validate_identifier(&source["metric"], &path.field("metric"), errors);
        }
        "external" | "pods" => {
            validate_identifier(&source["metric"], &path.field("metric"), errors);
        }
        _ => {
            if source["name"].is_empty() {
                errors.required(&path.field("name"), "must specify a resource name");
            }
            if kind == "containerResource" {
                validate_container(source["container"].text(), &path.field("container"), errors);
            }
        }
    }
    validate_target(target, &target_path, errors);
    match kind {
        "object" | "external" => {
            if !has("value") && !has("averageValue") {
                let detail = "must set either a target value for metric or a per-pod target";
                errors.required(&target_path.field("averageValue"), detail);
            }
            if kind == "external" && has("value") && has("averageValue") {
                let detail = "may not set both a target value for metric and a per-pod target";
                errors.forbidden(&target_path.field("value"), detail);
            }
        }
        "pods" => {
            if !is_positive(&target["averageValue"]) {
                let detail = "must specify a positive target averageValue";
                errors.required(&target_path.field("averageValue"), detail);
            }
        }
        _ => {
            if !has("averageUtilization") && !has("averageValue") {
                let detail = "must set either a target raw value or a target utilization";
                errors.required(&target_path.field("averageUtilization"), detail);
            }
            if has("averageUtilization") && has("averageValue") {
                let detail = "may not set both a target raw value and a target utilization";
                errors.forbidden(&target_path.field("averageValue"), detail);
            }
        }
    }
}

fn validate_container(name: &str, path: &Path<'_>, errors: &mut Errors) {
    if name.is_empty() {
        errors.required(path, "must specify a container");
    } else {
        errors.invalid_each(path, name, names::label(name));
    }
}

fn validate_identifier(metric: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (name, path) = (metric["name"].text(), path.field("name"));
    if name.is_empty() {
        errors.required(&path, "must specify a metric name");
    } else {
        errors.invalid_each(&path, name, names::path_segment(name, false));
    }
}

fn is_positive(amount: &Value) -> bool {
    let amount = Quantity::parse_or_zero(amount.text());
    !amount.is_zero() && !amount.is_negative()
}

fn validate_target(target: &Value, path: &Path<'_>, errors: &mut Errors) {
    let kind = target["type"].text();
    if kind.is_empty() {
        errors.required(&path.field("type"), "must specify a metric target type");
    }
    if !matches!(kind, "Utilization" | "Value" | "AverageValue") {
        let detail = "must be either Utilization, Value, or AverageValue";
        errors.invalid(&path.field("type"), kind, detail);
    }
    for name in ["value", "averageValue"] {
        let amount = &target[name];
        if !amount.is_null() && !is_positive(amount) {
            let shown = gotext::quantity(amount);
            errors.invalid(&path.field(name), Verbatim(&shown), "must be positive");
        }
    }
    if let Some(percent) = target["averageUtilization"].as_int().filter(|percent| *percent < 1) {
        errors.invalid(&path.field("averageUtilization"), percent, "must be greater than 0");
    }
}

fn validate_rules(rules: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (secs, window) =
        (rules["stabilizationWindowSeconds"].int(), path.field("stabilizationWindowSeconds"));
    if secs < 0 {
        errors.invalid(&window, secs, "must be greater than or equal to zero");
    }
    if secs > STABILIZATION_SECS_MAX {
        let detail = format!("must be less than or equal to {STABILIZATION_SECS_MAX}");
        errors.invalid(&window, secs, &detail);
    }
    let selects = ["Disabled", "Max", "Min"];
    if let Some(select) = rules["selectPolicy"].as_str().filter(|own| !selects.contains(own)) {
        errors.not_supported(&path.field("selectPolicy"), select, &selects);
    }
    let (policies, list) = (rules["policies"].items(), path.field("policies"));
    if policies.is_empty() {
        errors.required(&list, "must specify at least one Policy");
    }
    for (index, policy) in policies.iter().enumerate() {
        validate_policy(policy, &list.index(index), errors);
    }
}

fn validate_policy(policy: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (kind, kinds) = (policy["type"].text(), ["Percent", "Pods"]);
    if !kinds.contains(&kind) {
        errors.not_supported(&path.field("type"), kind, &kinds);
    }
    for name in ["value", "periodSeconds"] {
        let number = policy[name].int();
        if number <= 0 {
            errors.invalid(&path.field(name), number, "must be greater than zero");
        }
    }
    let secs = policy["periodSeconds"].int();
    if secs > PERIOD_SECS_MAX {
        let detail = format!("must be less than or equal to {PERIOD_SECS_MAX}");
        errors.invalid(&path.field("periodSeconds"), secs, &detail);
    }
}
