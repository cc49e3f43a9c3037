//! The rules for what a Job makes of failed and successful Pods.
//!
//! Source: `pkg/apis/batch/validation/validation.go`.

use super::super::meta::non_negative;
use super::super::{Errors, Path, Verbatim, gotext, names};
use super::parse_indexes;
use crate::value::Value;

const RULES_MAX: usize = 20;
const EXIT_CODES_MAX: usize = 255;
const PATTERNS_MAX: usize = 20;
const INDEXES_BYTES_MAX: usize = 64 * 1024;
const ACTIONS: [&str; 4] = ["Count", "FailIndex", "FailJob", "Ignore"];
const OPERATORS: [&str; 2] = ["In", "NotIn"];
const STATUSES: [&str; 3] = ["False", "True", "Unknown"];

pub(super) fn validate_failure_policy(spec: &Value, path: &Path<'_>, errors: &mut Errors) {
    let rules = spec.at(&["podFailurePolicy", "rules"]).items();
    let path = path.field("rules");
    if rules.len() > RULES_MAX {
        errors.too_many(&path, rules.len(), RULES_MAX);
    }
    for (index, rule) in rules.iter().enumerate() {
        validate_failure_rule(spec, rule, &path.index(index), errors);
    }
}

fn validate_failure_rule(spec: &Value, rule: &Value, path: &Path<'_>, errors: &mut Errors) {
    let action_path = path.field("action");
    match rule["action"].text() {
        "FailIndex" if spec["backoffLimitPerIndex"].is_null() => {
            let detail = "requires the backoffLimitPerIndex to be set";
            errors.invalid(&action_path, "FailIndex", detail);
        }
        action => one_of(action, &ACTIONS, &action_path, errors),
    }
    let (codes, conditions) = (&rule["onExitCodes"], rule["onPodConditions"].items());
    if !codes.is_null() {
        validate_exit_codes(spec, codes, &path.field("onExitCodes"), errors);
    }
    if !conditions.is_empty() {
        validate_patterns(conditions, &path.field("onPodConditions"), errors);
    }
    match (codes.is_null(), conditions.is_empty()) {
        (false, false) => errors.invalid_without_value(
            path,
            "specifying both OnExitCodes and OnPodConditions is not supported",
        ),
        (true, true) => errors.invalid_without_value(
            path,
            "specifying one of OnExitCodes and OnPodConditions is required",
        ),
        _ => {}
    }
}

/// Says that a text is missing or not among those known.
fn one_of(text: &str, known: &[&str], path: &Path<'_>, errors: &mut Errors) {
    if text.is_empty() {
        let quoted: Vec<String> = known.iter().map(|known| format!("{known:?}")).collect();
        errors.required(path, &format!("valid values: [{}]", quoted.join(" ")));
    } else if !known.contains(&text) {
        errors.not_supported(path, text, known);
    }
}

fn validate_patterns(patterns: &[Value], path: &Path<'_>, errors: &mut Errors) {
    if patterns.len() > PATTERNS_MAX {
        errors.too_many(path, patterns.len(), PATTERNS_MAX);
    }
    for (index, pattern) in patterns.iter().enumerate() {
        let path = path.index(index);
        let kind = pattern["type"].text();
        errors.invalid_each(&path.field("type"), kind, names::qualified_name(kind));
        one_of(pattern["status"].text(), &STATUSES, &path.field("status"), errors);
    }
}

fn validate_exit_codes(spec: &Value, codes: &Value, path: &Path<'_>, errors: &mut Errors) {
    let operator = codes["operator"].text();
    one_of(operator, &OPERATORS, &path.field("operator"), errors);
    if let Some(name) = codes["containerName"].as_str() {
        let pod = spec.at(&["template", "spec"]);
        let mut containers =
            ["containers", "initContainers"].iter().flat_map(|list| pod[*list].items());
        if !containers.any(|container| container["name"].text() == name) {
            let detail = "must be one of the container or initContainer names in the pod template";
            errors.invalid(&path.field("containerName"), name, detail);
        }
    }
    let (values, path) = (codes["values"].items(), path.field("values"));
    let shown = || gotext::ints("int32", &codes["values"]);
    if values.is_empty() {
        errors.invalid(&path, Verbatim(&shown()), "at least one value is required");
    } else if values.len() > EXIT_CODES_MAX {
        errors.too_many(&path, values.len(), EXIT_CODES_MAX);
    }
    let mut ordered = true;
    for (index, code) in values.iter().map(Value::int).enumerate() {
        let path = path.index(index);
        let before = values.get(..index).unwrap_or_default();
        if operator == "In" && code == 0 {
            errors.invalid(&path, code, "must not be 0 for the In operator");
        }
        if before.iter().any(|other| other.int() == code) {
            errors.duplicate(&path, code);
        }
        ordered &= before.last().is_none_or(|other| other.int() <= code);
    }
    if !ordered {
        errors.invalid(&path, Verbatim(&shown()), "must be ordered");
    }
}

pub(super) fn validate_success_policy(spec: &Value, path: &Path<'_>, errors: &mut Errors) {
    let policy = &spec["successPolicy"];
    if spec["completionMode"].text() != "Indexed" {
        let rules = gotext::typed_list("[]batch.SuccessPolicyRule", &policy["rules"], |rule| {
            format!(
                "batch.SuccessPolicyRule{{SucceededIndexes:{}, SucceededCount:{}}}",
                gotext::pointer("string", &rule["succeededIndexes"]),
                gotext::pointer("int32", &rule["succeededCount"])
            )
        });
        let shown = format!("batch.SuccessPolicy{{Rules:{rules}}}");
        return errors.invalid(path, Verbatim(&shown), "requires indexed completion mode");
    }
    let (rules, path) = (policy["rules"].items(), path.field("rules"));
    if rules.is_empty() {
        let detail = "at least one rules must be specified when the successPolicy is specified";
        errors.required(&path, detail);
    }
    if rules.len() > RULES_MAX {
        errors.too_many(&path, rules.len(), RULES_MAX);
    }
    for (index, rule) in rules.iter().enumerate() {
        validate_success_rule(spec["completions"].int(), rule, &path.index(index), errors);
    }
}

fn validate_success_rule(completions: i64, rule: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (indexes, count) = (rule["succeededIndexes"].as_str(), rule["succeededCount"].as_int());
    if indexes.is_none() && count.is_none() {
        let detail = "at least one of succeededCount or succeededIndexes must be specified";
        errors.required(path, detail);
    }
    let mut total = 0;
    if let Some(indexes) = indexes {
        let path = path.field("succeededIndexes");
        if indexes.len() > INDEXES_BYTES_MAX {
            errors.too_long(&path, INDEXES_BYTES_MAX);
        }
        match parse_indexes(indexes, completions) {
            Ok(intervals) => total = intervals.iter().map(|(first, last)| last - first + 1).sum(),
            Err(error) => {
                let detail = format!("error parsing succeededIndexes: {error}");
                errors.invalid(&path, indexes, &detail);
            }
        }
    }
    let Some(count) = count else { return };
    let path = path.field("succeededCount");
    non_negative(&count.into(), &path, errors);
    if count > completions {
        let detail = format!(
            "must be less than or equal to {completions} (the number of specified completions)"
        );
        errors.invalid(&path, count, &detail);
    }
    if indexes.is_some() && count > total {
        let detail = format!(
            "must be less than or equal to {total} (the number of indexes in the specified \
             succeededIndexes field)"
        );
        errors.invalid(&path, count, &detail);
    }
}

pub(super) fn validate_replacement_policy(spec: &Value, path: &Path<'_>, errors: &mut Errors) {
    let Some(policy) = spec["podReplacementPolicy"].as_str() else { return };
    let known: &[&str] = if spec["podFailurePolicy"].is_null() {
        &["Failed", "TerminatingOrFailed"]
    } else {
        &["Failed"]
    };
    if !known.contains(&policy) {
        errors.not_supported(path, policy, known);
    }
}
