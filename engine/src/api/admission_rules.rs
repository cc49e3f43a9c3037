//! Which writes webhooks and admission policies are about: rules for the
//! rules that say so.
//!
//! Source: `pkg/apis/admissionregistration/validation`.

use std::collections::BTreeSet;

use super::policy_program::{self, Names, Wanted};
use super::selector::validate_label_selector;
use super::{Errors, Path, Verbatim, gotext, names};
use crate::value::Value;

/// What a webhook or policy does when it cannot answer.
pub(super) const FAILURE_POLICIES: [&str; 2] = ["Fail", "Ignore"];
const MATCH_POLICIES: [&str; 2] = ["Equivalent", "Exact"];
const OPERATIONS: [&str; 5] = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];
const SCOPES: [&str; 3] = ["*", "Cluster", "Namespaced"];
const CONDITIONS_MAX: usize = 64;

/// Says that a text is none of those known, where there is one.
pub(super) fn one_of(
    object: &Value,
    field: &str,
    known: &[&str],
    path: &Path<'_>,
    errors: &mut Errors,
) {
    if let Some(text) = object[field].as_str().filter(|text| !known.contains(text)) {
        errors.not_supported(&path.field(field), text, known);
    }
}

/// Finds what is wrong with `matchPolicy`.
pub(super) fn validate_match_policy(object: &Value, path: &Path<'_>, errors: &mut Errors) {
    one_of(object, "matchPolicy", &MATCH_POLICIES, path, errors);
}

/// Finds what is wrong with the two selectors that narrow what is matched.
pub(super) fn validate_selectors(object: &Value, path: &Path<'_>, errors: &mut Errors) {
    for field in ["namespaceSelector", "objectSelector"] {
        if !object[field].is_null() {
            validate_label_selector(&object[field], &path.field(field), errors);
        }
    }
}

/// Finds what is wrong with what a policy or binding matches.
pub(super) fn validate_match_resources(matches: &Value, path: &Path<'_>, errors: &mut Errors) {
    validate_match_policy(matches, path, errors);
    validate_selectors(matches, path, errors);
    for list in ["resourceRules", "excludeResourceRules"] {
        let list_path = path.field(list);
        for (index, rule) in matches[list].items().iter().enumerate() {
            let path = list_path.index(index);
            validate_resource_names(&rule["resourceNames"], &path.field("resourceNames"), errors);
            validate_rule(rule, &path, errors);
        }
    }
}

fn validate_resource_names(list: &Value, path: &Path<'_>, errors: &mut Errors) {
    let mut seen = BTreeSet::new();
    for (index, name) in list.items().iter().map(Value::text).enumerate() {
        let path = path.index(index);
        errors.invalid_each(&path, name, names::path_segment(name, false));
        if !seen.insert(name) {
            errors.duplicate(&path, name);
        }
    }
}

/// Finds what is wrong with a rule of operations and resources.
pub(super) fn validate_rule(rule: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (operations, list) = (rule["operations"].items(), path.field("operations"));
    if operations.is_empty() {
        errors.required(&list, "");
    }
    if is_mixed(operations) {
        let shown = gotext::typed_list(
            "[]admissionregistration.OperationType",
            &rule["operations"],
            gotext::text,
        );
        let detail = "if '*' is present, must not specify other operations";
        errors.invalid(&list, Verbatim(&shown), detail);
    }
    for (index, operation) in operations.iter().map(Value::text).enumerate() {
        if !OPERATIONS.contains(&operation) {
            errors.not_supported(&list.index(index), operation, &OPERATIONS);
        }
    }
    for (field, what) in [("apiGroups", "API groups"), ("apiVersions", "API versions")] {
        let (all, list) = (rule[field].items(), path.field(field));
        if all.is_empty() {
            errors.required(&list, "");
        }
        if is_mixed(all) {
            let detail = format!("if '*' is present, must not specify other {what}");
            errors.invalid(&list, Verbatim(&gotext::texts(&rule[field])), &detail);
        }
        for (index, _) in all.iter().enumerate().filter(|(_, text)| text.is_empty()) {
            // The core group has no name, and every version has one.
            if field == "apiVersions" {
                errors.required(&list.index(index), "");
            }
        }
    }
    validate_resources(&rule["resources"], &path.field("resources"), errors);
    one_of(rule, "scope", &SCOPES, path, errors);
}

/// Whether a list says `*` and more.
fn is_mixed(list: &[Value]) -> bool {
    list.len() > 1 && list.iter().any(|text| text.text() == "*")
}

fn validate_resources(resources: &Value, path: &Path<'_>, errors: &mut Errors) {
    let all: Vec<&str> = resources.items().iter().map(Value::text).collect();
    if all.is_empty() {
        errors.required(path, "");
    }
    let (mut whole, mut parts) = (BTreeSet::new(), BTreeSet::new());
    let mut has_plain = false;
    for (index, name) in all.iter().copied().enumerate() {
        let path = path.index(index);
        if name.is_empty() {
            errors.required(&path, "");
            continue;
        }
        let Some((resource, part)) = name.split_once('/') else {
            has_plain = name != "*";
            continue;
        };
        for (is_covered, wildcard) in [
            (whole.contains(resource), format!("{resource}/*")),
            (parts.contains(part), format!("*/{part}")),
        ] {
            if is_covered {
                let detail = format!("if '{wildcard}' is present, must not specify {name}");
                errors.invalid(&path, name, &detail);
            }
        }
        if part == "*" {
            whole.insert(resource);
        }
        if resource == "*" {
            parts.insert(part);
        }
    }
    let shown = gotext::texts(resources);
    if all.len() > 1 && all.contains(&"*/*") {
        let detail = "if '*/*' is present, must not specify other resources";
        errors.invalid(path, Verbatim(&shown), detail);
    }
    if has_plain && all.contains(&"*") {
        let detail = "if '*' is present, must not specify other resources without subresources";
        errors.invalid(path, Verbatim(&shown), detail);
    }
}

/// Finds what is wrong with the conditions under which one is asked at all.
pub(super) fn validate_conditions(
    conditions: &Value,
    names: Names,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    let environment = policy_program::environment(names);
    let all = conditions.items();
    if all.len() > CONDITIONS_MAX {
        errors.too_many(path, all.len(), CONDITIONS_MAX);
    }
    let mut seen = BTreeSet::new();
    for (index, condition) in all.iter().enumerate() {
        let (path, name) = (path.index(index), condition["name"].text());
        let (text, place) = (condition["expression"].text(), path.field("expression"));
        if text.trim().is_empty() {
            errors.required(&place, "");
        } else {
            policy_program::validate(text, Wanted::Bool, &environment, &place, errors);
        }
        if name.is_empty() {
            errors.required(&path.field("name"), "");
            continue;
        }
        errors.invalid_each(&path.field("name"), name, names::qualified_name(name));
        if !seen.insert(name) {
            errors.duplicate(&path.field("name"), name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value;

    fn check(resources: Value, expected: &[&str]) {
        let rule = value!({
            "operations": ["CREATE"],
            "apiGroups": [""],
            "apiVersions": ["v1"],
            "resources": resources,
        });
        let mut errors = Errors::default();
        validate_rule(&rule, &Path::ROOT.field("rule"), &mut errors);
        let texts: Vec<String> = errors.0.iter().map(ToString::to_string).collect();
        assert_eq!(texts, expected);
    }

    #[test]
    fn wildcards_stand_alone() {
        check(value!(["pods", "pods/status"]), &[]);
        check(value!([]), &["rule.resources: Required value"]);
        check(
            value!(["pods/*", "pods/status"]),
            &[
                "rule.resources[1]: Invalid value: \"pods/status\": if 'pods/*' is present, must not \
               specify pods/status",
            ],
        );
        check(
            value!(["*", "pods"]),
            &["rule.resources: Invalid value: []string{\"*\", \"pods\"}: if '*' is present, must \
               not specify other resources without subresources"],
        );
    }
}
