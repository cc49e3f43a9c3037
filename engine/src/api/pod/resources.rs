//! What a Pod asks of its node, all containers together.
//!
//! Source: `k8s.io/component-helpers/resource` and
//! `pkg/apis/core/helper/qos`.

use std::collections::BTreeMap;

use crate::quantity::{Notation, Quantity};
use crate::value::{Str, Value};

/// Amounts by the name of their resource, as `cpu`.
pub type Resources = BTreeMap<Str, Quantity>;

/// What a container that says nothing is taken to ask for, by the scheduler's
/// scores: a tenth of a CPU and 200 MiB.
const UNSAID: [(&str, Quantity); 2] = [
    ("cpu", Quantity::millis(100)),
    ("memory", Quantity::units(200 * 1_024 * 1_024, Notation::Binary)),
];

/// What a Pod of `spec` requests while it runs or starts, whichever is more.
pub fn requests(spec: &Value) -> Resources {
    total(spec, "requests", &[])
}

/// The same, where containers that say nothing ask for a little.
pub fn scored_requests(spec: &Value) -> Resources {
    total(spec, "requests", &UNSAID)
}

/// What a Pod of `spec` may use at most.
pub fn limits(spec: &Value) -> Resources {
    total(spec, "limits", &[])
}

/// One map of amounts, as `resources.requests`.
pub fn amounts(map: &Value) -> Resources {
    map.entries()
        .map(|(name, amount)| (name.clone(), Quantity::parse_or_zero(amount.text())))
        .collect()
}

fn total(spec: &Value, field: &str, unsaid: &[(&str, Quantity)]) -> Resources {
    let of = |container: &Value| {
        let mut own = amounts(container.at(&["resources", field]));
        for (name, amount) in unsaid {
            own.entry((*name).into()).or_insert(*amount);
        }
        own
    };
    let mut running = Resources::new();
    for container in spec["containers"].items() {
        add(&mut running, &of(container));
    }
    let mut sidecars = Resources::new();
    let mut starting = Resources::new();
    for container in spec["initContainers"].items() {
        let own = of(container);
        // Init containers run one by one, beside the sidecars before them.
        let mut together = sidecars.clone();
        add(&mut together, &own);
        if container["restartPolicy"].text() == "Always" {
            add(&mut running, &own);
            sidecars.clone_from(&together);
        }
        raise(&mut starting, &together);
    }
    raise(&mut running, &starting);
    if field == "requests" || !running.is_empty() {
        add_overhead(&mut running, &amounts(&spec["overhead"]), field);
    }
    running
}

fn add(sum: &mut Resources, amounts: &Resources) {
    for (name, amount) in amounts {
        let own = sum.entry(name.clone()).or_default();
        *own = *own + *amount;
    }
}

fn raise(least: &mut Resources, amounts: &Resources) {
    for (name, amount) in amounts {
        let own = least.entry(name.clone()).or_insert(*amount);
        *own = (*own).max(*amount);
    }
}

/// The overhead raises limits only where there are some.
fn add_overhead(sum: &mut Resources, overhead: &Resources, field: &str) {
    for (name, amount) in overhead {
        if field == "requests" || sum.contains_key(name) {
            let own = sum.entry(name.clone()).or_default();
            *own = *own + *amount;
        }
    }
}

/// How dear a Pod of `spec` is to its node: `Guaranteed`, `Burstable` or
/// `BestEffort`.
pub fn qos_class(spec: &Value) -> &'static str {
    let mut requests = Resources::new();
    let mut limits = Resources::new();
    let mut guaranteed = true;
    let lists = ["containers", "initContainers"].iter();
    for container in lists.flat_map(|list| spec[*list].items()) {
        add(&mut requests, &computing(container.at(&["resources", "requests"])));
        let own = computing(container.at(&["resources", "limits"]));
        guaranteed &= own.len() == 2;
        add(&mut limits, &own);
    }
    if requests.is_empty() && limits.is_empty() {
        "BestEffort"
    } else if guaranteed && requests == limits {
        "Guaranteed"
    } else {
        "Burstable"
    }
}

/// The CPU and memory in a map of amounts, where there is some.
fn computing(map: &Value) -> Resources {
    let mut amounts = amounts(map);
    amounts.retain(|name, amount| matches!(&**name, "cpu" | "memory") && *amount > Quantity::ZERO);
    amounts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value;

    fn container(cpu: &str) -> Value {
        value!({ "resources": { "requests": { "cpu": cpu } } })
    }

    #[test]
    fn init_containers_and_sidecars_count_as_the_scheduler_counts() {
        let mut sidecar = container("1");
        sidecar.set("restartPolicy", "Always");
        for (init, expected) in [
            (vec![], "3"),
            (vec![container("2")], "3"),
            (vec![container("5")], "5"),
            (vec![sidecar.clone(), container("5")], "6"),
            (vec![container("5"), sidecar.clone()], "5"),
            (vec![sidecar], "4"),
        ] {
            let spec = value!({
                "containers": [(container("1")), (container("2"))],
                "initContainers": (init),
            });
            assert_eq!(requests(&spec)["cpu"].to_string(), expected, "{}", spec.to_json());
        }
    }

    #[test]
    fn requests_and_limits_decide_the_class() {
        let both = value!({ "cpu": "1", "memory": "1Gi" });
        for (resources, class) in [
            (value!({}), "BestEffort"),
            (value!({ "requests": { "cpu": "0" } }), "BestEffort"),
            (value!({ "requests": { "cpu": "1" } }), "Burstable"),
            (value!({ "requests": (&both), "limits": (&both) }), "Guaranteed"),
            (value!({ "requests": { "cpu": "1" }, "limits": (&both) }), "Burstable"),
        ] {
            let spec = value!({ "containers": [{ "resources": resources }] });
            assert_eq!(qos_class(&spec), class, "{}", spec.to_json());
        }
    }
}
