//! NetworkPolicies.

use podyard_engine::api::gotext;
use podyard_engine::api::selector::label_selector_cell;
use podyard_engine::value::Value;

use super::metadata::{int_or_string, joined, write_labels_and_annotations, write_names};
use super::writer::{Writer, or_none};

/// One of the two directions of traffic, and its words.
struct Direction {
    name: &'static str,
    peers: &'static str,
    label: &'static str,
    unrestricted: &'static str,
}

const INGRESS: Direction =
    Direction { name: "ingress", peers: "from", label: "From", unrestricted: "source" };
const EGRESS: Direction =
    Direction { name: "egress", peers: "to", label: "To", unrestricted: "destination" };

/// Writes a NetworkPolicy.
pub(super) fn describe(writer: &mut Writer, policy: &Value) {
    let spec = &policy["spec"];
    write_names(writer, policy);
    let created = policy.at(&["metadata", "creationTimestamp"]);
    writer.field(0, "Created on", gotext::time(created));
    write_labels_and_annotations(writer, policy);
    writer.line(0, "Spec:");
    let selector = &spec["podSelector"];
    let selected = if selector["matchLabels"].is_empty() && selector["matchExpressions"].is_empty()
    {
        "<none> (Allowing the specific traffic to all pods in this namespace)".to_owned()
    } else {
        label_selector_cell(selector)
    };
    writer.line(1, format_args!("PodSelector:     {selected}"));
    let types = spec["policyTypes"].items();
    for (direction, kind) in [(&INGRESS, "Ingress"), (&EGRESS, "Egress")] {
        let name = direction.name;
        if types.iter().any(|own| own.text() == kind) {
            writer.line(1, format_args!("Allowing {name} traffic:"));
            write_rules(writer, &spec[name], direction);
        } else {
            writer.line(1, format_args!("Not affecting {name} traffic"));
        }
    }
    let types = joined(&spec["policyTypes"], ", ");
    writer.line(1, format_args!("Policy Types: {}", or_none(&types)));
}

fn write_rules(writer: &mut Writer, rules: &Value, direction: &Direction) {
    let rules = rules.items();
    if rules.is_empty() {
        let name = direction.name;
        writer.line(2, format_args!("<none> (Selected pods are isolated for {name} connectivity)"));
    }
    for (index, rule) in rules.iter().enumerate() {
        if index > 0 {
            writer.line(2, "----------");
        }
        write_ports(writer, &rule["ports"]);
        let Direction { label, unrestricted, peers, .. } = direction;
        if rule[*peers].items().is_empty() {
            writer
                .line(2, format_args!("{label}: <any> (traffic not restricted by {unrestricted})"));
        }
        for peer in rule[*peers].items() {
            writer.line(2, format_args!("{label}:"));
            write_peer(writer, peer);
        }
    }
}

fn write_ports(writer: &mut Writer, ports: &Value) {
    if ports.items().is_empty() {
        writer.line(2, "To Port: <any> (traffic allowed to all ports)");
    }
    for port in ports.items() {
        let protocol = port["protocol"].as_str().unwrap_or("TCP");
        let number = match &port["port"] {
            Value::Null => "<nil>".to_owned(),
            number => int_or_string(number),
        };
        match port["endPort"].as_int() {
            None => writer.line(2, format_args!("To Port: {number}/{protocol}")),
            Some(end) => {
                writer.line(2, format_args!("To Port Range: {number}-{end}/{protocol}"));
            }
        }
    }
}

fn write_peer(writer: &mut Writer, peer: &Value) {
    let mut selected = false;
    for (label, field) in
        [("NamespaceSelector", "namespaceSelector"), ("PodSelector", "podSelector")]
    {
        if let Some(selector) = peer.get(field) {
            selected = true;
            writer.line(3, format_args!("{label}: {}", label_selector_cell(selector)));
        }
    }
    if let (Some(block), false) = (peer.get("ipBlock"), selected) {
        writer.line(3, "IPBlock:");
        writer.line(4, format_args!("CIDR: {}", block["cidr"].text()));
        writer.line(4, format_args!("Except: {}", joined(&block["except"], ", ")));
    }
}
