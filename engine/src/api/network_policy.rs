//! NetworkPolicy: which traffic Pods may receive and send.
//!
//! Sources: `pkg/apis/networking/v1/defaults.go` and `validation`.

use super::age::object_age;
use super::ip::{Cidr, validate_cidr};
use super::selector::{label_selector_cell, validate_label_selector};
use super::{Column, Errors, Kind, Path, defaulting, names, table};
use crate::sim::Time;
use crate::value::Value;

/// The row of NetworkPolicy.
pub static KIND: Kind = Kind {
    group: "networking.k8s.io",
    kind: "NetworkPolicy",
    plural: "networkpolicies",
    singular: "networkpolicy",
    short_names: &["netpol"],
    schema: "io.k8s.api.networking.v1.NetworkPolicy",
    has_generation: true,
    default,
    validate,
    validate_update: |new, _, errors| validate(new, errors),
    columns: &[
        table::NAME,
        Column::text("Pod-Selector", "The Pods that the policy is for."),
        table::AGE,
    ],
    cells,
    ..Kind::BASE
};

/// The protocols that a policy knows, in the order in which they are listed.
const PROTOCOLS: [&str; 3] = ["TCP", "UDP", "SCTP"];
/// The two directions: the rules' field, the field of their peers.
const DIRECTIONS: [(&str, &str); 2] = [("ingress", "from"), ("egress", "to")];

fn default(policy: &mut Value) {
    let spec = &mut policy["spec"];
    for (rules, _) in DIRECTIONS {
        defaulting::each(spec, rules, |rule| {
            defaulting::each(rule, "ports", |port| port.set_default("protocol", "TCP"));
        });
    }
    if spec["policyTypes"].is_empty() {
        spec["policyTypes"].push("Ingress");
        if !spec["egress"].is_empty() {
            spec["policyTypes"].push("Egress");
        }
    }
}

fn validate(policy: &Value, errors: &mut Errors) {
    let (spec, path) = (&policy["spec"], Path::ROOT.field("spec"));
    validate_label_selector(&spec["podSelector"], &path.field("podSelector"), errors);
    for (rules, peers) in DIRECTIONS {
        let list = path.field(rules);
        for (index, rule) in spec[rules].items().iter().enumerate() {
            let path = list.index(index);
            let ports = path.field("ports");
            for (index, port) in rule["ports"].items().iter().enumerate() {
                validate_port(port, &ports.index(index), errors);
            }
            let list = path.field(peers);
            for (index, peer) in rule[peers].items().iter().enumerate() {
                validate_peer(peer, &list.index(index), errors);
            }
        }
    }
    let (types, path) = (spec["policyTypes"].items(), path.field("policyTypes"));
    let known = ["Ingress", "Egress"];
    if types.len() > known.len() {
        let shown = &spec["policyTypes"];
        errors.invalid(&path, shown, "may not specify more than two policyTypes");
        return;
    }
    for (index, kind) in types.iter().enumerate() {
        if !known.contains(&kind.text()) {
            errors.not_supported(&path.index(index), kind.text(), &known);
        }
    }
}

fn validate_port(port: &Value, path: &Path<'_>, errors: &mut Errors) {
    if let Some(protocol) = port["protocol"].as_str().filter(|own| !PROTOCOLS.contains(own)) {
        errors.not_supported(&path.field("protocol"), protocol, &PROTOCOLS);
    }
    let (start, end) = (&port["port"], port["endPort"].as_int());
    let (start_path, end_path) = (path.field("port"), path.field("endPort"));
    match (start, end) {
        (Value::Null, None) => {}
        (Value::Null, Some(end)) => {
            let detail = "may not be specified when `port` is not specified";
            errors.invalid(&end_path, end, detail);
        }
        (Value::Str(name), end) => {
            if let Some(end) = end {
                let detail = "may not be specified when `port` is non-numeric";
                errors.invalid(&end_path, end, detail);
            }
            errors.invalid_each(&start_path, name, names::port_name(name));
        }
        (start, end) => {
            let start = start.int();
            for complaint in names::port_number(start) {
                errors.invalid(&start_path, start, &complaint);
            }
            let Some(end) = end else { return };
            if end < start {
                errors.invalid(&end_path, start, "must be greater than or equal to `port`");
            }
            for complaint in names::port_number(end) {
                errors.invalid(&end_path, end, &complaint);
            }
        }
    }
}

fn validate_peer(peer: &Value, path: &Path<'_>, errors: &mut Errors) {
    let mut count = 0;
    for name in ["podSelector", "namespaceSelector"] {
        if !peer[name].is_null() {
            count += 1;
            validate_label_selector(&peer[name], &path.field(name), errors);
        }
    }
    let block = &peer["ipBlock"];
    if !block.is_null() {
        count += 1;
        validate_block(block, &path.field("ipBlock"), errors);
    }
    if count == 0 {
        errors.required(path, "must specify a peer");
    } else if count > 1 && !block.is_null() {
        errors.forbidden(path, "may not specify both ipBlock and another peer");
    }
}

fn validate_block(block: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (whole, path_of_whole) = (block["cidr"].text(), path.field("cidr"));
    if whole.is_empty() {
        errors.required(&path_of_whole, "");
        return;
    }
    validate_cidr(whole, &path_of_whole, errors);
    let Some(whole) = Cidr::parse(whole) else { return };
    let list = path.field("except");
    for (index, part) in block["except"].items().iter().enumerate() {
        let (text, path) = (part.text(), list.index(index));
        validate_cidr(text, &path, errors);
        if Cidr::parse(text).is_some_and(|part| !whole.strictly_contains(&part)) {
            errors.invalid(&path, text, "must be a strict subset of `cidr`");
        }
    }
}

fn cells(policy: &Value, now: Time) -> Vec<Value> {
    let selector = label_selector_cell(policy.at(&["spec", "podSelector"]));
    vec![table::name(policy), selector.into(), object_age(policy, now)]
}
