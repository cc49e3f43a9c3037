//! Service: a stable address for a set of Pods.
//!
//! Sources: `pkg/apis/core/v1/defaults.go`, `pkg/apis/core/validation`,
//! `pkg/registry/core/service` and `pkg/api/service/warnings.go`.

mod allocation;
mod cluster_ips;
mod families;
mod node_ports;

mod ranges;
mod spec;
mod validate;

pub use self::allocation::{Allocators, Refusal, ServiceRange, Transaction};

use self::spec::Spec;
use super::age::object_age;
use super::selector::labels_cell;
use super::table::{self, or_none};
use super::{Column, Kind, NameRule, Path, ip};
use crate::sim::Time;
use crate::value;
use crate::value::Value;

/// `services` of the core group.
pub static KIND: Kind = Kind {
    kind: "Service",
    plural: "services",
    singular: "service",
    short_names: &["svc"],
    categories: &["all"],
    subresources: &["proxy", "status"],
    schema: "io.k8s.api.core.v1.Service",
    name_rule: NameRule::Label1035,
    defaults_status: true,
    default,
    prepare,
    validate: validate::validate,
    validate_update: validate::validate_update,
    validate_status: validate::validate_status,
    warnings,
    columns: COLUMNS,
    cells,
    selectable: &[
        ("spec.clusterIP", |service| service.at(&["spec", "clusterIP"]).text()),
        ("spec.type", |service| service.at(&["spec", "type"]).text()),
    ],
    ..Kind::BASE
};

const COLUMNS: &[Column] = &[
    table::NAME,
    Column::text("Type", "Type determines how the Service is exposed."),
    Column::text("Cluster-IP", "clusterIP is the IP address of the service."),
    Column::text("External-IP", "The addresses at which the service is reached from outside."),
    Column::text("Port(s)", "The list of ports that are exposed by this service."),
    table::AGE,
    Column::text("Selector", "Route service traffic to pods with these labels.").wide(),
];

/// How long a client stays with its endpoint unless the Service says.
const AFFINITY_SECS: i64 = 10_800;

fn default(service: &mut Value) {
    let spec = &mut service["spec"];
    spec.set_default("sessionAffinity", "None");
    match spec["sessionAffinity"].text() {
        "None" => {
            spec.remove("sessionAffinityConfig");
        }
        "ClientIP"
            if spec.at(&["sessionAffinityConfig", "clientIP", "timeoutSeconds"]).is_null() =>
        {
            spec["sessionAffinityConfig"] =
                value!({ "clientIP": { "timeoutSeconds": AFFINITY_SECS } });
        }
        _ => {}
    }
    if spec["type"].is_empty() {
        spec.set("type", "ClusterIP");
    }
    if !spec["ports"].items().is_empty() {
        for port in spec["ports"].make_list() {
            default_port(port);
        }
    }
    let asked = Spec(spec);
    let (is_external, needs_cluster_ip) = (asked.is_external(), asked.needs_cluster_ip());
    let is_load_balancer = asked.is_load_balancer();
    if is_external && spec["externalTrafficPolicy"].is_empty() {
        spec.set("externalTrafficPolicy", "Cluster");
    }
    if needs_cluster_ip {
        spec.set_default("internalTrafficPolicy", "Cluster");
    }
    if is_load_balancer {
        spec.set_default("allocateLoadBalancerNodePorts", true);
        default_ip_modes(service);
    }
}

fn default_port(port: &mut Value) {
    if port["protocol"].is_empty() {
        port.set("protocol", "TCP");
    }
    if port["targetPort"].is_zero() {
        let number = port["port"].int();
        port.set("targetPort", number);
    }
}

/// A load balancer's address is one that nodes answer for, unless it says.
fn default_ip_modes(service: &mut Value) {
    let has_some = !service.at(&["status", "loadBalancer", "ingress"]).items().is_empty();
    if has_some {
        for ingress in service.at_mut(&["status", "loadBalancer", "ingress"]).make_list() {
            if !ingress["ip"].is_empty() {
                ingress.set_default("ipMode", "VIP");
            }
        }
    }
}

fn prepare(new: &mut Value, old: Option<&Value>) {
    match old {
        None => new["status"] = value!({ "loadBalancer": {} }),
        Some(old) => drop_type_dependent(new, old),
    }
    // Once defaulted by mistake for this type, so the server hides it.
    if Spec::of(new).is_external_name() {
        new["spec"].remove("internalTrafficPolicy");
    }
}

/// Forgets what the old type needed and the new does not, where the client
/// did not change it: it was set for them, and would now be refused.
fn drop_type_dependent(new: &mut Value, old: &Value) {
    let (is, was) = (Spec::of(new), Spec::of(old));
    let mut dropped: Vec<&str> = Vec::new();
    if loses(is, was, Spec::needs_cluster_ip) {
        if is.cluster_ips() == was.cluster_ips() && is.0["clusterIP"] == was.0["clusterIP"] {
            dropped.extend(["clusterIP", "clusterIPs"]);
        }
        dropped.extend(
            ["ipFamilies", "ipFamilyPolicy"].iter().filter(|name| is.0[**name] == was.0[**name]),
        );
    }
    let mut drop_same = |loses: bool, name: &'static str| {
        if loses && is.0[name] == was.0[name] {
            dropped.push(name);
        }
    };
    drop_same(loses(is, was, Spec::needs_health_check), "healthCheckNodePort");
    drop_same(loses(is, was, Spec::is_load_balancer), "allocateLoadBalancerNodePorts");
    drop_same(loses(is, was, Spec::is_load_balancer), "loadBalancerClass");
    drop_same(loses(is, was, Spec::is_external), "externalTrafficPolicy");
    let loses_node_ports = loses(is, was, Spec::needs_node_port) && same_node_ports(is, was);
    let has_balancer = is.is_load_balancer();
    for name in dropped {
        new["spec"].remove(name);
    }
    if loses_node_ports {
        for port in new.at_mut(&["spec", "ports"]).make_list() {
            port.remove("nodePort");
        }
    }
    if !has_balancer {
        new["status"].set("loadBalancer", Value::map());
    }
}

fn loses<'a>(is: Spec<'a>, was: Spec<'a>, need: fn(Spec<'a>) -> bool) -> bool {
    need(was) && !need(is)
}

fn same_node_ports(is: Spec<'_>, was: Spec<'_>) -> bool {
    let numbers = |spec: Spec<'_>| {
        let mut numbers: Vec<i64> =
            spec.ports().iter().map(|port| port["nodePort"].int()).collect();
        numbers.sort_unstable();
        numbers
    };
    numbers(is) == numbers(was)
}

fn warnings(service: &Value, _old: Option<&Value>) -> Vec<String> {
    let spec = Spec::of(service);
    let root = Path::ROOT.field("spec");
    let mut warnings = Vec::new();
    let hints = "service.kubernetes.io/topology-aware-hints";
    if !service.at(&["metadata", "annotations", hints]).is_null() {
        warnings.push(format!(
            "annotation {hints} is deprecated, please use \
             service.kubernetes.io/topology-mode instead"
        ));
    }
    let each = |name: &str, warn: fn(&str, &Path<'_>) -> Option<String>| {
        let path = root.field(name);
        let items = spec.0[name].items().iter().enumerate();
        items.filter_map(|(index, item)| warn(item.text(), &path.index(index))).collect::<Vec<_>>()
    };
    if spec.is_headless() {
        let ignored = [
            (!spec.0["loadBalancerIP"].is_empty(), "loadBalancerIP"),
            (!spec.0["externalIPs"].is_empty(), "externalIPs"),
            (spec.0["sessionAffinity"].text() != "None", "SessionAffinity"),
        ];
        for (_, name) in ignored.iter().filter(|(set, _)| *set) {
            warnings.push(format!("spec.{name} is ignored for headless services"));
        }
    } else {
        warnings.extend(each("clusterIPs", ip::warning));
    }
    warnings.extend(each("externalIPs", ip::warning));
    let balancer_ip = spec.0["loadBalancerIP"].text();
    if !balancer_ip.is_empty() {
        warnings.extend(ip::warning(balancer_ip, &root.field("loadBalancerIP")));
    }
    warnings.extend(each("loadBalancerSourceRanges", ip::cidr_warning));
    warnings
}

fn cells(service: &Value, now: Time) -> Vec<Value> {
    let spec = Spec::of(service);
    let cluster_ip = spec.cluster_ips().first().map_or("<none>", Value::text);
    vec![
        table::name(service),
        spec.kind().into(),
        cluster_ip.into(),
        external_ip(service, spec).into(),
        or_none(&spec.ports().iter().map(port_cell).collect::<Vec<_>>().join(",")),
        object_age(service, now),
        labels_cell(&spec.0["selector"]).into(),
    ]
}

fn port_cell(port: &Value) -> String {
    let (number, protocol) = (port["port"].int(), port["protocol"].text());
    match port["nodePort"].int() {
        0 => format!("{number}/{protocol}"),
        node_port => format!("{number}:{node_port}/{protocol}"),
    }
}

fn external_ip(service: &Value, spec: Spec<'_>) -> String {
    let external =
        spec.0["externalIPs"].items().iter().map(Value::text).collect::<Vec<_>>().join(",");
    match spec.kind() {
        "ClusterIP" | "NodePort" if external.is_empty() => "<none>".to_owned(),
        "ClusterIP" | "NodePort" => external,
        "LoadBalancer" => {
            let given = load_balancer_addresses(service);
            match (given.is_empty(), external.is_empty()) {
                (true, true) => "<pending>".to_owned(),
                (true, false) => external,
                (false, true) => given,
                (false, false) => format!("{given},{external}"),
            }
        }
        "ExternalName" => spec.0["externalName"].text().to_owned(),
        _ => "<unknown>".to_owned(),
    }
}

fn load_balancer_addresses(service: &Value) -> String {
    let ingress = service.at(&["status", "loadBalancer", "ingress"]).items();
    let mut addresses: Vec<&str> = Vec::new();
    for entry in ingress {
        let address = if entry["ip"].is_empty() { &entry["hostname"] } else { &entry["ip"] };
        if !address.is_empty() {
            addresses.push(address.text());
        }
    }
    addresses.sort_unstable();
    addresses.dedup();
    addresses.join(",")
}
