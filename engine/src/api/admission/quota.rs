//! Applies the ResourceQuotas of a namespace.
//!
//! Source: `staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota`,
//! `pkg/quota/v1/evaluator/core` and `pkg/controller/resourcequota`.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Kind;
use super::super::pod::{Resources, amounts, qos_class};
use super::super::resource_names::{is_extended, is_huge_page};
use super::usage::{CLASS_SUFFIX, add_computing, usage};
use crate::value::{Str, Value};

/// What every container must say where a quota limits it.
const MUST_SAY: [&str; 6] =
    ["cpu", "limits.cpu", "limits.memory", "memory", "requests.cpu", "requests.memory"];

/// The quotas of `quotas` whose use grows when `object` is written, each with
/// its new status; or why the write is refused: `exceeded quota: …`.
///
/// `old` is the object's earlier version on an update.
pub fn charge(
    quotas: &[Value],
    kind: &Kind,
    object: &Value,
    old: Option<&Value>,
) -> Result<Vec<Value>, String> {
    // Most kinds are only counted, so their updates change nothing.
    if old.is_some() && !matches!(kind.kind, "Pod" | "Service" | "PersistentVolumeClaim") {
        return Ok(Vec::new());
    }
    let matching: Vec<&Value> =
        quotas.iter().filter(|quota| matches(quota, kind, object)).collect();
    for quota in &matching {
        check_constraints(quota, kind, object)?;
    }
    let mut grown = usage(kind, object);
    if let Some(old) = old {
        let before = usage(kind, old);
        for (name, amount) in &mut grown {
            *amount = *amount - before.get(name).copied().unwrap_or_default();
        }
    }
    grown.retain(|_, amount| !amount.is_zero() && !amount.is_negative());
    let charged = matching.into_iter().map(|quota| charge_one(quota, &grown));
    Ok(charged.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

fn charge_one(quota: &Value, grown: &Resources) -> Result<Option<Value>, String> {
    let hard = amounts(quota.at(&["status", "hard"]));
    let mut used = amounts(quota.at(&["status", "used"]));
    let before = used.clone();
    let mut exceeded: Vec<&Str> = Vec::new();
    let mut changed = quota.clone();
    for (name, amount) in grown {
        let Some(most) = hard.get(name) else { continue };
        let own = used.entry(name.clone()).or_default();
        *own = *own + *amount;
        if *own > *most {
            exceeded.push(name);
        }
        changed.at_mut(&["status", "used"]).set(&**name, own.to_string());
    }
    if exceeded.is_empty() {
        return Ok((changed != *quota).then_some(changed));
    }
    let list = |amounts: &Resources| {
        let shown = exceeded.iter().filter_map(|name| Some((name, amounts.get(*name)?)));
        shown.map(|(name, amount)| format!("{name}={amount}")).collect::<Vec<_>>().join(",")
    };
    Err(format!(
        "exceeded quota: {}, requested: {}, used: {}, limited: {}",
        quota.at(&["metadata", "name"]).text(),
        list(grown),
        list(&before),
        list(&hard)
    ))
}

/// Whether `quota` limits anything that `object` uses.
fn matches(quota: &Value, kind: &Kind, object: &Value) -> bool {
    let hard = quota.at(&["status", "hard"]);
    hard.entries().any(|(name, _)| concerns(kind, name)) && in_scopes(quota, kind, object)
}

/// Whether objects of `kind` may use the resource `name`.
fn concerns(kind: &Kind, name: &str) -> bool {
    if name.strip_prefix("count/").is_some_and(|counted| counted == kind.resource()) {
        return true;
    }
    if !kind.group.is_empty() {
        return false;
    }
    match kind.kind {
        "Pod" => {
            let requested = name.strip_prefix("requests.").unwrap_or(name);
            name == "pods"
                || MUST_SAY.contains(&name)
                || name.ends_with("ephemeral-storage")
                || is_huge_page(requested)
                || is_extended(requested)
        }
        "Service" => matches!(name, "services" | "services.nodeports" | "services.loadbalancers"),
        "PersistentVolumeClaim" => {
            matches!(name, "persistentvolumeclaims" | "requests.storage")
                || name.contains(CLASS_SUFFIX)
        }
        _ => name == kind.plural,
    }
}

/// Whether `object` is in every scope that `quota` names. Only Pods are in
/// any.
fn in_scopes(quota: &Value, kind: &Kind, object: &Value) -> bool {
    let scopes = quota.at(&["spec", "scopes"]).items();
    let terms = quota.at(&["spec", "scopeSelector", "matchExpressions"]).items();
    if scopes.is_empty() && terms.is_empty() {
        return true;
    }
    let exists = Value::Null;
    let spec = &object["spec"];
    kind.kind == "Pod"
        && scopes.iter().all(|scope| in_scope(spec, scope.text(), &exists))
        && terms.iter().all(|term| in_scope(spec, term["scopeName"].text(), term))
}

fn in_scope(spec: &Value, scope: &str, term: &Value) -> bool {
    match scope {
        "Terminating" => spec["activeDeadlineSeconds"].as_int().is_some(),
        "NotTerminating" => spec["activeDeadlineSeconds"].is_null(),
        "BestEffort" => qos_class(spec) == "BestEffort",
        "NotBestEffort" => qos_class(spec) != "BestEffort",
        "PriorityClass" => {
            let class = spec["priorityClassName"].text();
            let listed = term["values"].items().iter().any(|value| value.text() == class);
            match term["operator"].text() {
                "In" => listed,
                "NotIn" => !listed,
                "DoesNotExist" => class.is_empty(),
                _ => !class.is_empty(),
            }
        }
        "CrossNamespacePodAffinity" => crosses_namespaces(&spec["affinity"]),
        _ => false,
    }
}

/// Whether an affinity looks at Pods of other namespaces.
fn crosses_namespaces(affinity: &Value) -> bool {
    ["podAffinity", "podAntiAffinity"].iter().any(|name| {
        let affinity = &affinity[*name];
        let required = affinity["requiredDuringSchedulingIgnoredDuringExecution"].items().iter();
        let preferred = affinity["preferredDuringSchedulingIgnoredDuringExecution"].items().iter();
        required
            .chain(preferred.map(|term| &term["podAffinityTerm"]))
            .any(|term| !term["namespaces"].is_empty() || !term["namespaceSelector"].is_null())
    })
}

/// Refuses a Pod whose containers leave open what `quota` limits.
fn check_constraints(quota: &Value, kind: &Kind, object: &Value) -> Result<(), String> {
    if kind.kind != "Pod" {
        return Ok(());
    }
    let hard = quota.at(&["status", "hard"]);
    let required: Vec<&str> =
        MUST_SAY.into_iter().filter(|name| hard.get(name).is_some()).collect();
    let mut missing: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let lists = ["containers", "initContainers"].iter();
    for container in lists.flat_map(|list| object.at(&["spec", list]).items()) {
        let resources = &container["resources"];
        let mut said = Resources::new();
        add_computing(&mut said, &amounts(&resources["requests"]), &amounts(&resources["limits"]));
        for name in required.iter().filter(|name| !said.contains_key(**name)) {
            missing.entry(name).or_default().insert(container["name"].text());
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let texts: Vec<String> = missing
        .into_iter()
        .map(|(name, containers)| {
            let containers: Vec<&str> = containers.into_iter().collect();
            format!("{name} for: {}", containers.join(","))
        })
        .collect();
    let name = quota.at(&["metadata", "name"]).text();
    Err(format!("failed quota: {name}: must specify {}", texts.join("; ")))
}

/// The status of `quota` when `objects` are all there is in its namespace.
pub fn status<'a>(
    quota: &Value,
    objects: impl IntoIterator<Item = (&'a Kind, &'a Value)>,
) -> Value {
    let hard = quota.at(&["spec", "hard"]);
    let mut used: Resources =
        hard.entries().map(|(name, _)| (name.clone(), crate::quantity::Quantity::ZERO)).collect();
    let mut asked = quota.clone();
    asked.at_mut(&["status"]).set("hard", hard.clone());
    for (kind, object) in objects {
        if !matches(&asked, kind, object) {
            continue;
        }
        for (name, amount) in usage(kind, object) {
            if let Some(own) = used.get_mut(&name) {
                *own = *own + amount;
            }
        }
    }
    let used: Value = Value::Map(
        used.into_iter().map(|(name, amount)| (name, Value::from(amount.to_string()))).collect(),
    );
    crate::value!({ "hard": (hard.clone()), "used": used })
}

#[cfg(test)]
mod tests {
    use super::super::super::{config_map, pod, service};
    use super::*;
    use crate::value;

    fn quota(hard: Value, used: Value) -> Value {
        value!({ "metadata": { "name": "q" }, "status": { "hard": hard, "used": used } })
    }

    fn check(hard: Value, used: Value, kind: &Kind, object: Value, expected: &str) {
        let said = match charge(&[quota(hard, used)], kind, &object, None) {
            Err(message) => message,
            Ok(changed) => {
                let used = changed.iter().map(|quota| quota["status"]["used"].to_json());
                used.collect::<Vec<_>>().join(";")
            }
        };
        assert_eq!(said, expected);
    }

    #[test]
    fn pods_beyond_the_quota_are_refused() {
        let object = value!({ "spec": { "containers": [{ "name": "c" }] } });
        check(
            value!({ "pods": "0" }),
            value!({ "pods": "0" }),
            &pod::KIND,
            object.clone(),
            "exceeded quota: q, requested: pods=1, used: pods=0, limited: pods=0",
        );
        check(
            value!({ "pods": "2" }),
            value!({ "pods": "1" }),
            &pod::KIND,
            object.clone(),
            r#"{"pods":"2"}"#,
        );
        check(
            value!({ "limits.cpu": "2", "limits.memory": "2Gi", "requests.cpu": "1" }),
            value!({}),
            &pod::KIND,
            object,
            "failed quota: q: must specify limits.cpu for: c; limits.memory for: c; requests.cpu \
             for: c",
        );
    }

    #[test]
    fn amounts_are_summed() {
        let resources = value!({ "requests": { "memory": "700Mi" } });
        let object =
            value!({ "spec": { "containers": [{ "name": "c", "resources": resources }] } });
        check(
            value!({ "requests.memory": "1Gi" }),
            value!({ "requests.memory": "600Mi" }),
            &pod::KIND,
            object,
            "exceeded quota: q, requested: requests.memory=700Mi, used: requests.memory=600Mi, \
             limited: requests.memory=1Gi",
        );
    }

    #[test]
    fn services_and_others_are_counted() {
        let object = value!({ "spec": { "type": "NodePort", "ports": [{ "port": 80 }] } });
        check(
            value!({ "services": "5", "services.nodeports": "0" }),
            value!({ "services": "1", "services.nodeports": "0" }),
            &service::KIND,
            object,
            "exceeded quota: q, requested: services.nodeports=1, used: services.nodeports=0, \
             limited: services.nodeports=0",
        );
        check(
            value!({ "count/configmaps": "3" }),
            value!({ "count/configmaps": "1" }),
            &config_map::KIND,
            value!({}),
            r#"{"count/configmaps":"2"}"#,
        );
    }

    #[test]
    fn the_status_counts_what_is_there() {
        let wish = value!({ "spec": { "hard": { "pods": "4", "services": "2" } } });
        let object = value!({ "spec": { "containers": [{ "name": "c" }] } });
        let objects = [(&pod::KIND, &object), (&pod::KIND, &object)];
        assert_eq!(
            status(&wish, objects).to_json(),
            r#"{"hard":{"pods":"4","services":"2"},"used":{"pods":"2","services":"0"}}"#
        );
    }
}
