//! Which nodes a Pod's node selector and required node affinity fit.
//!
//! Source: `k8s.io/component-helpers/scheduling/corev1/nodeaffinity`.

use crate::value::Value;

/// Whether `node` has the labels of `selector` (`spec.nodeSelector`) and fits
/// `required` (a NodeSelector object, or null).
pub fn matches(selector: &Value, required: &Value, node: &Value) -> bool {
    let labels = &node["metadata"]["labels"];
    let labelled = selector.entries().all(|(key, value)| labels.get(key) == Some(value));
    labelled && (required.is_null() || matches_selector(required, node))
}

/// Whether one of the terms of a NodeSelector fits `node`.
pub fn matches_selector(selector: &Value, node: &Value) -> bool {
    selector["nodeSelectorTerms"].items().iter().any(|term| matches_term(term, node))
}

/// Whether a term of a NodeSelector, or of a preference, fits `node`. A term
/// without requirements fits none.
pub fn matches_term(term: &Value, node: &Value) -> bool {
    let (expressions, fields) = (term["matchExpressions"].items(), term["matchFields"].items());
    if expressions.is_empty() && fields.is_empty() {
        return false;
    }
    let labels = &node["metadata"]["labels"];
    let name = &node["metadata"]["name"];
    expressions.iter().all(|own| holds(own, labels.get(own["key"].text())))
        && fields.iter().all(|own| own["key"].text() == "metadata.name" && holds(own, Some(name)))
}

fn holds(requirement: &Value, actual: Option<&Value>) -> bool {
    let values = requirement["values"].items();
    let number = |value: &Value| value.text().parse::<i64>().ok();
    let compare = |wanted: fn(i64, i64) -> bool| {
        let sides = (actual.and_then(number), values.first().and_then(number));
        matches!(sides, (Some(own), Some(limit)) if wanted(own, limit))
    };
    match requirement["operator"].text() {
        "In" => actual.is_some_and(|actual| values.contains(actual)),
        "NotIn" => actual.is_none_or(|actual| !values.contains(actual)),
        "Exists" => actual.is_some(),
        "DoesNotExist" => actual.is_none(),
        "Gt" => compare(|own, limit| own > limit),
        "Lt" => compare(|own, limit| own < limit),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value;

    #[test]
    fn every_requirement_of_one_term_must_hold() {
        let node =
            value!({ "metadata": { "name": "n1", "labels": { "disk": "ssd", "size": "8" } } });
        let fits = |key: &str, operator: &str, values: &[&str]| {
            let requirement = value!({
                "key": key,
                "operator": operator,
                "values": (values.to_vec()),
            });
            matches_term(&value!({ "matchExpressions": [requirement] }), &node)
        };
        assert!(fits("disk", "In", &["ssd", "hdd"]));
        assert!(!fits("disk", "NotIn", &["ssd"]));
        assert!(fits("gpu", "DoesNotExist", &[]));
        assert!(fits("size", "Gt", &["7"]));
        assert!(!fits("size", "Lt", &["8"]));
        assert!(!matches_term(&Value::map(), &node));
    }
}
