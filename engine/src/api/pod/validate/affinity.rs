//! Affinity to nodes and to other Pods.

use std::collections::BTreeSet;

use super::super::super::selector::validate_label_selector;
use super::super::super::{Errors, Path, names, node_selector};
use crate::value::Value;

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

pub(super) fn validate_affinity(affinity: &Value, path: &Path<'_>, errors: &mut Errors) {
    let node = &affinity["nodeAffinity"];
    if !node.is_null() {
        validate_node_affinity(node, &path.field("nodeAffinity"), errors);
    }
    for field in ["podAffinity", "podAntiAffinity"] {
        let (terms, path) = (&affinity[field], path.field(field));
        let required = path.field(REQUIRED);
        for (index, term) in terms[REQUIRED].items().iter().enumerate() {
            validate_pod_term(term, &required.index(index), errors);
        }
        let preferred = path.field(PREFERRED);
        for (index, term) in terms[PREFERRED].items().iter().enumerate() {
            let path = preferred.index(index);
            validate_weight(term, &path, errors);
            validate_pod_term(&term["podAffinityTerm"], &path.field("podAffinityTerm"), errors);
        }
    }
}

fn validate_node_affinity(affinity: &Value, path: &Path<'_>, errors: &mut Errors) {
    if !affinity[REQUIRED].is_null() {
        node_selector::validate(&affinity[REQUIRED], &path.field(REQUIRED), errors);
    }
    let preferred = path.field(PREFERRED);
    for (index, term) in affinity[PREFERRED].items().iter().enumerate() {
        let path = preferred.index(index);
        validate_weight(term, &path, errors);
        node_selector::validate_preference(&term["preference"], &path.field("preference"), errors);
    }
}

fn validate_weight(term: &Value, path: &Path<'_>, errors: &mut Errors) {
    let weight = term["weight"].int();
    if !(1..=100).contains(&weight) {
        errors.invalid(&path.field("weight"), weight, "must be in the range 1-100");
    }
}

fn validate_pod_term(term: &Value, path: &Path<'_>, errors: &mut Errors) {
    validate_label_selector(&term["labelSelector"], &path.field("labelSelector"), errors);
    validate_label_selector(&term["namespaceSelector"], &path.field("namespaceSelector"), errors);
    for namespace in term["namespaces"].items().iter().map(Value::text) {
        errors.invalid_each(&path.field("namespace"), namespace, names::label(namespace));
    }
    validate_label_keys(term, path, errors);
    let key = term["topologyKey"].text();
    let key_path = path.field("topologyKey");
    if key.is_empty() {
        errors.required(&key_path, "can not be empty");
    }
    errors.invalid_each(&key_path, key, names::qualified_name(key));
}

fn validate_label_keys(term: &Value, path: &Path<'_>, errors: &mut Errors) {
    let selector = &term["labelSelector"];
    for field in ["matchLabelKeys", "mismatchLabelKeys"] {
        let (keys, path) = (term[field].items(), path.field(field));
        if !keys.is_empty() && selector.is_null() {
            errors.forbidden(&path, "must not be specified when labelSelector is not set");
            continue;
        }
        for (index, key) in keys.iter().map(Value::text).enumerate() {
            errors.invalid_each(&path.index(index), key, names::qualified_name(key));
        }
    }
    let keys: Vec<&str> = term["matchLabelKeys"].items().iter().map(Value::text).collect();
    // The keys are among the expressions by now: a second one is the user's.
    let mut seen: BTreeSet<&str> =
        selector["matchLabels"].entries().map(|(key, _)| &**key).collect();
    for expression in selector["matchExpressions"].items() {
        let key = expression["key"].text();
        let repeated = !seen.insert(key);
        if let Some(index) = keys.iter().rposition(|own| *own == key).filter(|_| repeated) {
            let detail = "exists in both matchLabelKeys and labelSelector";
            errors.invalid(&path.index(index), key, detail);
        }
    }
    let path = path.field("matchLabelKeys");
    for (index, key) in keys.iter().enumerate() {
        if term["mismatchLabelKeys"].items().iter().any(|other| other.text() == *key) {
            let detail = "exists in both matchLabelKeys and mismatchLabelKeys";
            errors.invalid(&path.index(index), *key, detail);
        }
    }
}
