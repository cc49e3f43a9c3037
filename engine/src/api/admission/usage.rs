//! What one object uses of a quota.
//!
//! Source: `pkg/quota/v1/evaluator/core`.

use super::super::Kind;
use super::super::persistent_volume::class_of;
use super::super::pod::{Resources, limits, requests};
use super::super::resource_names::{is_extended, is_huge_page};
use crate::quantity::{Notation, Quantity};
use crate::value::Value;

/// What comes after a StorageClass' name in the names of what claims of the
/// class use.
pub(super) const CLASS_SUFFIX: &str = ".storageclass.storage.k8s.io/";
/// The kinds that quotas also count without `count/`.
const COUNTED: [&str; 7] = [
    "configmaps",
    "persistentvolumeclaims",
    "pods",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "services",
];

/// What `object` of `kind` uses of what quotas limit, by resource.
pub fn usage(kind: &Kind, object: &Value) -> Resources {
    let mut used = Resources::new();
    count(&mut used, &format!("count/{}", kind.resource()), 1);
    if !kind.group.is_empty() {
        return used;
    }
    let spec = &object["spec"];
    if kind.kind == "Pod" {
        let phase = object.at(&["status", "phase"]).text();
        if !matches!(phase, "Succeeded" | "Failed") {
            count(&mut used, "pods", 1);
            add_computing(&mut used, &requests(spec), &limits(spec));
        }
    } else if COUNTED.contains(&kind.plural) {
        count(&mut used, kind.plural, 1);
    }
    match kind.kind {
        "Service" => add_service(&mut used, spec),
        "PersistentVolumeClaim" => add_claim(&mut used, object),
        _ => {}
    }
    used
}

fn count(used: &mut Resources, name: &str, number: i64) {
    used.insert(name.into(), Quantity::units(number, Notation::Decimal));
}

/// What containers with these requests and limits use, under all the names
/// that a quota may give it.
pub(super) fn add_computing(used: &mut Resources, requests: &Resources, limits: &Resources) {
    for (name, amount) in requests {
        let plain = matches!(&**name, "cpu" | "memory" | "ephemeral-storage");
        if plain || is_huge_page(name) {
            used.insert(name.clone(), *amount);
        }
        if plain || is_huge_page(name) || is_extended(name) {
            used.insert(format!("requests.{name}").into(), *amount);
        }
    }
    for (name, amount) in limits {
        if matches!(&**name, "cpu" | "memory" | "ephemeral-storage") {
            used.insert(format!("limits.{name}").into(), *amount);
        }
    }
}

fn add_service(used: &mut Resources, spec: &Value) {
    let ports = spec["ports"].items();
    let all = i64::try_from(ports.len()).unwrap_or(i64::MAX);
    let (node_ports, balancers) = match spec["type"].text() {
        "NodePort" => (all, 0),
        "LoadBalancer" if spec["allocateLoadBalancerNodePorts"].as_bool() == Some(false) => {
            let chosen = ports.iter().filter(|port| port["nodePort"].int() != 0).count();
            (i64::try_from(chosen).unwrap_or(i64::MAX), 1)
        }
        "LoadBalancer" => (all, 1),
        _ => (0, 0),
    };
    count(used, "services.nodeports", node_ports);
    count(used, "services.loadbalancers", balancers);
}

fn add_claim(used: &mut Resources, claim: &Value) {
    let storage = claim.at(&["spec", "resources", "requests", "storage"]);
    let amount = Quantity::parse_or_zero(storage.text());
    used.insert("requests.storage".into(), amount);
    let class = class_of(claim);
    if !class.is_empty() {
        count(used, &format!("{class}{CLASS_SUFFIX}persistentvolumeclaims"), 1);
        used.insert(format!("{class}{CLASS_SUFFIX}requests.storage").into(), amount);
    }
}
