//! What a Pod asks for and may use in all (component-helpers' `resource`).

use std::collections::BTreeMap;

use podyard_engine::quantity::Quantity;
use podyard_engine::value::Value;

/// Amounts by the name of the resource.
pub(super) type Amounts = BTreeMap<String, Quantity>;

/// Adds `more` to `amounts`.
pub(super) fn add(amounts: &mut Amounts, more: &Amounts) {
    for (name, amount) in more {
        let known = amounts.entry(name.clone()).or_default();
        *known = *known + *amount;
    }
}

/// The sum of what a Pod's containers ask for (`requests`) or may use
/// (`limits`), or what its start needs if that is more.
pub(super) fn total(pod: &Value, list: &str) -> Amounts {
    let spec = &pod["spec"];
    let mut sum = Amounts::new();
    for container in spec["containers"].items() {
        add(&mut sum, &of_container(container, list));
    }
    let (mut sidecars, mut peak) = (Amounts::new(), Amounts::new());
    for container in spec["initContainers"].items() {
        let mut needed = of_container(container, list);
        if container["restartPolicy"].text() == "Always" {
            // A sidecar goes on beside everything that starts after it.
            add(&mut sum, &needed);
            add(&mut sidecars, &needed);
            needed.clone_from(&sidecars);
        } else {
            add(&mut needed, &sidecars);
        }
        raise(&mut peak, &needed);
    }
    raise(&mut sum, &peak);
    let overhead = amounts(&spec["overhead"]);
    if list == "requests" {
        add(&mut sum, &overhead);
    } else {
        // Overhead raises only the limits that there are.
        for (name, amount) in &overhead {
            if let Some(limit) = sum.get_mut(name).filter(|limit| !limit.is_zero()) {
                *limit = *limit + *amount;
            }
        }
    }
    sum
}

fn of_container(container: &Value, list: &str) -> Amounts {
    amounts(container.at(&["resources", list]))
}

fn amounts(list: &Value) -> Amounts {
    let entries = list.entries();
    entries
        .map(|(name, amount)| (name.to_string(), Quantity::parse_or_zero(amount.text())))
        .collect()
}

fn raise(amounts: &mut Amounts, floor: &Amounts) {
    for (name, amount) in floor {
        let known = amounts.entry(name.clone()).or_default();
        *known = (*known).max(*amount);
    }
}
