//! Applies the LimitRanges of a namespace to its Pods and claims.
//!
//! Source: `plugin/pkg/admission/limitranger`.

use super::super::Kind;
use super::super::pod::{Resources, amounts, limits, requests};
use crate::quantity::Quantity;
use crate::value::Value;

/// The annotation that says which defaults a Pod got.
const ANNOTATION: &str = "kubernetes.io/limit-ranger";
/// The lists of containers that get defaults, and what each is called.
const CONTAINERS: [(&str, &str); 2] =
    [("containers", "container"), ("initContainers", "init container")];

/// Gives the containers of a new Pod the requests and limits that `range`
/// has for those that set none.
pub fn set_defaults(range: &Value, pod: &mut Value) {
    let mut notes = Vec::new();
    for (list, word) in CONTAINERS {
        let count = pod.at(&["spec", list]).items().len();
        for index in 0..count {
            let container = pod.at_mut(&["spec", list]).make_list().get_mut(index);
            let Some(container) = container else { continue };
            let name = container["name"].text().to_owned();
            for (field, defaults) in [("requests", "defaultRequest"), ("limits", "default")] {
                let set = merge(range, defaults, container, field);
                if !set.is_empty() {
                    let what = field.trim_end_matches('s');
                    notes.push(format!("{} {what} for {word} {name}", set.join(", ")));
                }
            }
        }
    }
    if !notes.is_empty() {
        let text = format!("LimitRanger plugin set: {}", notes.join("; "));
        pod.at_mut(&["metadata", "annotations"]).set(ANNOTATION, text);
    }
}

/// Sets the amounts that a container lacks, and says of which resources.
fn merge(range: &Value, defaults: &str, container: &mut Value, field: &str) -> Vec<String> {
    let mut set: Vec<String> = Vec::new();
    let container_limits = limits_of(range, "Container");
    for (name, amount) in container_limits.flat_map(|limit| limit[defaults].entries()) {
        if container.at(&["resources", field, name]).is_null() {
            container.at_mut(&["resources", field]).set(&**name, amount.clone());
            set.push(name.to_string());
        }
    }
    set.sort_unstable();
    set
}

fn limits_of<'a>(range: &'a Value, kind: &'a str) -> impl Iterator<Item = &'a Value> {
    range.at(&["spec", "limits"]).items().iter().filter(move |limit| limit["type"].text() == kind)
}

/// Why `range` refuses a Pod or claim; `None` if it does not.
pub fn refusal(range: &Value, kind: &Kind, object: &Value) -> Option<String> {
    let mut problems = Vec::new();
    match kind.kind {
        "Pod" => check_pod(range, &object["spec"], &mut problems),
        "PersistentVolumeClaim" => check_claim(range, &object["spec"], &mut problems),
        _ => {}
    }
    match problems.as_slice() {
        [] => None,
        [only] => Some(only.clone()),
        several => Some(format!("[{}]", several.join(", "))),
    }
}

fn check_pod(range: &Value, spec: &Value, problems: &mut Vec<String>) {
    for limit in range.at(&["spec", "limits"]).items() {
        match limit["type"].text() {
            "Container" => {
                for container in CONTAINERS.iter().flat_map(|(list, _)| spec[*list].items()) {
                    let resources = &container["resources"];
                    let asked = Asked {
                        requests: amounts(&resources["requests"]),
                        limits: amounts(&resources["limits"]),
                    };
                    asked.check(limit, problems);
                }
            }
            "Pod" => {
                Asked { requests: requests(spec), limits: limits(spec) }.check(limit, problems);
            }
            _ => {}
        }
    }
}

fn check_claim(range: &Value, spec: &Value, problems: &mut Vec<String>) {
    let requested = amounts(spec.at(&["resources", "requests"]));
    for limit in limits_of(range, "PersistentVolumeClaim") {
        let asked = Asked { requests: requested.clone(), limits: Resources::new() };
        for (name, least) in limit["min"].entries() {
            problems.extend(asked.too_little(name, limit, least.text()));
        }
        for (name, most) in limit["max"].entries() {
            problems.extend(asked.too_much_requested(name, limit, most.text()));
        }
    }
}

/// What a container, Pod or claim asks.
struct Asked {
    requests: Resources,
    limits: Resources,
}

impl Asked {
    fn check(&self, limit: &Value, problems: &mut Vec<String>) {
        for (name, least) in limit["min"].entries() {
            problems.extend(self.too_little(name, limit, least.text()));
        }
        for (name, most) in limit["max"].entries() {
            problems.extend(self.too_much(name, limit, most.text()));
        }
        for (name, ratio) in limit["maxLimitRequestRatio"].entries() {
            problems.extend(self.ratio_too_big(name, limit, ratio.text()));
        }
    }

    fn too_little(&self, name: &str, limit: &Value, least: &str) -> Option<String> {
        let kind = limit["type"].text();
        let rule = format!("minimum {name} usage per {kind} is {least}");
        let bound = Quantity::parse_or_zero(least);
        match (self.requests.get(name), self.limits.get(name)) {
            (None, _) => Some(format!("{rule}.  No request is specified")),
            (Some(own), _) if *own < bound => Some(format!("{rule}, but request is {own}")),
            (_, Some(own)) if *own < bound => Some(format!("{rule}, but limit is {own}")),
            _ => None,
        }
    }

    fn too_much(&self, name: &str, limit: &Value, most: &str) -> Option<String> {
        let kind = limit["type"].text();
        let rule = format!("maximum {name} usage per {kind} is {most}");
        let bound = Quantity::parse_or_zero(most);
        match (self.requests.get(name), self.limits.get(name)) {
            (_, None) => Some(format!("{rule}.  No limit is specified")),
            (_, Some(own)) if *own > bound => Some(format!("{rule}, but limit is {own}")),
            (Some(own), _) if *own > bound => Some(format!("{rule}, but request is {own}")),
            _ => None,
        }
    }

    fn too_much_requested(&self, name: &str, limit: &Value, most: &str) -> Option<String> {
        let kind = limit["type"].text();
        let rule = format!("maximum {name} usage per {kind} is {most}");
        match self.requests.get(name) {
            None => Some(format!("{rule}.  No request is specified")),
            Some(own) if *own > Quantity::parse_or_zero(most) => {
                Some(format!("{rule}, but request is {own}"))
            }
            Some(_) => None,
        }
    }

    fn ratio_too_big(&self, name: &str, limit: &Value, most: &str) -> Option<String> {
        let kind = limit["type"].text();
        let rule = format!("{name} max limit to request ratio per {kind} is {most}");
        let given = |amounts: &Resources| {
            amounts.get(name).map_or(0, |amount| i128::from(amount.milli_value()))
        };
        let (request, limit) = (given(&self.requests), given(&self.limits));
        if request == 0 {
            return Some(format!("{rule}, but no request is specified or request is 0"));
        }
        if limit == 0 {
            return Some(format!("{rule}, but no limit is specified or limit is 0"));
        }
        let bound = i128::from(Quantity::parse_or_zero(most).milli_value());
        if limit * 1_000 <= bound * request {
            return None;
        }
        // Rounded half up to six places, as Go prints the quotient.
        let millionths = (limit * 2_000_000 + request) / (request * 2);
        let (whole, rest) = (millionths / 1_000_000, millionths % 1_000_000);
        Some(format!("{rule}, but provided ratio is {whole}.{rest:06}"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::pod;
    use super::*;
    use crate::value;

    fn range() -> Value {
        value!({ "spec": { "limits": [{
            "type": "Container",
            "min": { "cpu": "200m" },
            "max": { "cpu": "800m" },
            "default": { "cpu": "500m", "memory": "512Mi" },
            "defaultRequest": { "cpu": "300m" },
        }] } })
    }

    fn check(resources: Value, expected: Option<&str>) {
        let object =
            value!({ "spec": { "containers": [{ "name": "c", "resources": resources }] } });
        assert_eq!(refusal(&range(), &pod::KIND, &object).as_deref(), expected);
    }

    #[test]
    fn containers_out_of_bounds_are_refused() {
        check(value!({ "requests": { "cpu": "500m" }, "limits": { "cpu": "800m" } }), None);
        check(
            value!({ "requests": { "cpu": "500m" }, "limits": { "cpu": "1500m" } }),
            Some("maximum cpu usage per Container is 800m, but limit is 1500m"),
        );
        check(
            value!({ "requests": { "cpu": "100m" }, "limits": { "cpu": "1" } }),
            Some(
                "[minimum cpu usage per Container is 200m, but request is 100m, \
                 maximum cpu usage per Container is 800m, but limit is 1]",
            ),
        );
        check(
            value!({}),
            Some(
                "[minimum cpu usage per Container is 200m.  No request is specified, \
                 maximum cpu usage per Container is 800m.  No limit is specified]",
            ),
        );
    }

    #[test]
    fn defaults_fill_what_is_open_and_say_so() {
        let mut object = value!({ "spec": { "containers": [
            { "name": "a" },
            { "name": "b", "resources": { "limits": { "cpu": "1" } } },
        ] } });
        set_defaults(&range(), &mut object);
        assert_eq!(
            object.at(&["metadata", "annotations", ANNOTATION]).text(),
            "LimitRanger plugin set: cpu request for container a; cpu, memory limit for \
             container a; cpu request for container b; memory limit for container b"
        );
        let first = &object["spec"]["containers"][0]["resources"];
        assert_eq!(
            first.to_json(),
            r#"{"limits":{"cpu":"500m","memory":"512Mi"},"requests":{"cpu":"300m"}}"#
        );
    }
}
