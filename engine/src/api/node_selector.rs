//! Selectors of nodes, as in affinities and PersistentVolumes.
//!
//! Sources: `pkg/apis/core/validation` and `pkg/api/node/util.go`.

use super::{Errors, Path, names};
use crate::value::Value;

/// The labels of nodes that have another name by now, and that name.
const DEPRECATED: [(&str, &str); 5] = [
    ("beta.kubernetes.io/arch", "kubernetes.io/arch"),
    ("beta.kubernetes.io/instance-type", "node.kubernetes.io/instance-type"),
    ("beta.kubernetes.io/os", "kubernetes.io/os"),
    ("failure-domain.beta.kubernetes.io/region", "topology.kubernetes.io/region"),
    ("failure-domain.beta.kubernetes.io/zone", "topology.kubernetes.io/zone"),
];

/// What is said of a deprecated label of nodes: since when, and the one to
/// use instead.
pub(crate) fn deprecation(label: &str) -> Option<String> {
    if label == "node-role.kubernetes.io/master" {
        return Some("use \"node-role.kubernetes.io/control-plane\" instead".to_owned());
    }
    let new = renamed(label)?;
    let since = if matches!(new, "kubernetes.io/arch" | "kubernetes.io/os") { 14 } else { 17 };
    Some(format!("deprecated since v1.{since}; use \"{new}\" instead"))
}

/// The new name of a deprecated label of nodes.
pub(crate) fn renamed(label: &str) -> Option<&'static str> {
    DEPRECATED.iter().find(|(own, _)| *own == label).map(|(_, new)| *new)
}

/// Finds what is wrong with a `NodeSelector`.
pub(crate) fn validate(selector: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (terms, path) = (selector["nodeSelectorTerms"].items(), path.field("nodeSelectorTerms"));
    if terms.is_empty() {
        errors.required(&path, "must have at least one node selector term");
    }
    for (index, term) in terms.iter().enumerate() {
        validate_term(term, &path.index(index), errors);
    }
}

/// Finds what is wrong with a `NodeSelectorTerm`.
pub(crate) fn validate_term(term: &Value, path: &Path<'_>, errors: &mut Errors) {
    validate_conditions(term, true, path, errors);
}

/// Finds what is wrong with a `NodeSelectorTerm` that is only preferred: its
/// values may be none that a label can have.
pub(crate) fn validate_preference(term: &Value, path: &Path<'_>, errors: &mut Errors) {
    validate_conditions(term, false, path, errors);
}

fn validate_conditions(term: &Value, checks_values: bool, path: &Path<'_>, errors: &mut Errors) {
    let list = path.field("matchExpressions");
    for (index, requirement) in term["matchExpressions"].items().iter().enumerate() {
        let path = list.index(index);
        validate_expression(requirement, &path, errors);
        if checks_values {
            validate_values(&requirement["values"], &path.field("values"), errors);
        }
    }
    let list = path.field("matchFields");
    for (index, requirement) in term["matchFields"].items().iter().enumerate() {
        validate_field(requirement, &list.index(index), errors);
    }
}

fn validate_values(values: &Value, path: &Path<'_>, errors: &mut Errors) {
    for (index, value) in values.items().iter().map(Value::text).enumerate() {
        errors.invalid_each(&path.index(index), value, names::label_value(value));
    }
}

fn validate_expression(requirement: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (values, values_path) = (requirement["values"].items(), path.field("values"));
    let operator = requirement["operator"].text();
    match operator {
        "In" | "NotIn" if values.is_empty() => {
            let detail = "must be specified when `operator` is 'In' or 'NotIn'";
            errors.required(&values_path, detail);
        }
        "Exists" | "DoesNotExist" if !values.is_empty() => {
            let detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
            errors.forbidden(&values_path, detail);
        }
        "Gt" | "Lt" if values.len() != 1 => {
            let detail = "must be specified single value when `operator` is 'Lt' or 'Gt'";
            errors.required(&values_path, detail);
        }
        "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt" => {}
        _ => errors.invalid(&path.field("operator"), operator, "not a valid selector operator"),
    }
    let key = requirement["key"].text();
    errors.invalid_each(&path.field("key"), key, names::qualified_name(key));
}

fn validate_field(requirement: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (values, values_path) = (requirement["values"].items(), path.field("values"));
    let operator = requirement["operator"].text();
    match operator {
        "In" | "NotIn" if values.len() != 1 => {
            let detail = "must be only one value when `operator` is 'In' or 'NotIn' for node \
                          field selector";
            errors.required(&values_path, detail);
        }
        "In" | "NotIn" => {}
        _ => errors.invalid(&path.field("operator"), operator, "not a valid selector operator"),
    }
    let key = requirement["key"].text();
    if key == "metadata.name" {
        for (index, value) in values.iter().enumerate() {
            let complaints = names::subdomain(value.text());
            errors.invalid_each(&values_path.index(index), value.text(), complaints);
        }
    } else {
        errors.invalid(&path.field("key"), key, "not a valid field selector key");
    }
}

/// What the server warns of in a `NodeSelectorTerm` at `path`.
pub(crate) fn warnings(term: &Value, path: &Path<'_>) -> Vec<String> {
    let list = path.field("matchExpressions");
    let requirements = term["matchExpressions"].items().iter().enumerate();
    requirements
        .filter_map(|(index, requirement)| {
            let key = requirement["key"].text();
            let path = list.index(index);
            let deprecation = deprecation(key)?;
            Some(format!("{}: {key} is {deprecation}", path.field("key")))
        })
        .collect()
}
