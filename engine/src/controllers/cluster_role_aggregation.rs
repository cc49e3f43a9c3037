//! Collects the rules of ClusterRoles that are put together from others.
//!
//! Source: upstream `pkg/controller/clusterroleaggregation`.

use super::{Context, Controller, Outcome, Write};
use crate::api::selector::Selector;
use crate::store::{Change, Key};
use crate::value::Value;

/// The controller of aggregated ClusterRoles.
pub(super) struct ClusterRoleAggregation;

impl Controller for ClusterRoleAggregation {
    fn name(&self) -> &'static str {
        "clusterrole-aggregation-controller"
    }

    fn triggers(&self, change: &Change, cx: &Context<'_>) -> Vec<Key> {
        let id = cx.kinds.cluster_role;
        if change.key.kind != id {
            return Vec::new();
        }
        let roles = cx.cache.list(id, "").filter(|role| !role["aggregationRule"].is_null());
        roles.map(|role| Key::of(id, role)).collect()
    }

    fn sync(&self, key: &Key, cx: &Context<'_>) -> Outcome {
        let mut outcome = Outcome::default();
        let Some(role) = cx.cache.get(key).filter(|role| !role["aggregationRule"].is_null()) else {
            return outcome;
        };
        let roles: Vec<&Value> = cx.cache.list(key.kind, "").collect();
        let rules = collect(role, &roles);
        if rules != role["rules"].items() {
            let mut object = role.clone();
            object.set("rules", Value::list(rules));
            outcome.writes.push(Write::Update { kind: key.kind, object });
        }
        outcome
    }
}

/// The rules of all `roles` that the rule of aggregation selects, each once.
fn collect(role: &Value, roles: &[&Value]) -> Vec<Value> {
    let mut rules: Vec<Value> = Vec::new();
    for selector in role.at(&["aggregationRule", "clusterRoleSelectors"]).items() {
        let Some(selector) = Selector::from_object(selector) else { continue };
        let own_name = &role["metadata"]["name"];
        let parts = roles.iter().filter(|part| {
            selector.matches(&part["metadata"]["labels"]) && part["metadata"]["name"] != *own_name
        });
        for rule in parts.flat_map(|part| part["rules"].items()) {
            if !rules.contains(rule) {
                rules.push(rule.clone());
            }
        }
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value;

    fn role(name: &str, label: &str, verb: &str) -> Value {
        let mut role = value!({
            "metadata": { "name": name, "labels": {} },
            "rules": [{ "verbs": [verb] }],
        });
        role["metadata"]["labels"].set(label, "true");
        role
    }

    #[test]
    fn rules_of_selected_roles_are_collected_once() {
        let whole = value!({
            "metadata": { "name": "whole", "labels": { "a": "true" } },
            "aggregationRule": { "clusterRoleSelectors": [{ "matchLabels": { "a": "true" } }] },
            "rules": [{ "verbs": ["old"] }],
        });
        let parts = [role("x", "a", "get"), role("y", "b", "list"), role("z", "a", "get")];
        let mut roles: Vec<&Value> = parts.iter().collect();
        roles.push(&whole);
        assert_eq!(collect(&whole, &roles), [value!({ "verbs": ["get"] })]);
    }
}
