//! EndpointSlice: some of the addresses behind a Service.
//!
//! Source: `pkg/apis/discovery/validation`.

use std::collections::BTreeSet;

use super::age::object_age;
use super::{Column, Errors, Kind, Path, defaulting, ip, meta, names, ports, table};
use crate::sim::Time;
use crate::value::Value;

/// The row of EndpointSlice.
pub static KIND: Kind = Kind {
    group: "discovery.k8s.io",
    kind: "EndpointSlice",
    plural: "endpointslices",
    singular: "endpointslice",
    schema: "io.k8s.api.discovery.v1.EndpointSlice",
    has_generation: true,
    default,
    validate,
    validate_update,
    columns: &[
        table::NAME,
        Column::text("AddressType", "The type of the addresses."),
        Column::text("Ports", "The ports of each endpoint."),
        Column::text("Endpoints", "The addresses."),
        table::AGE,
    ],
    cells,
    ..Kind::BASE
};

const ADDRESS_TYPES: [&str; 3] = ["FQDN", "IPv4", "IPv6"];
const ENDPOINTS_MAX: usize = 1_000;
const ADDRESSES_MAX: usize = 100;
const PORTS_MAX: usize = 20_000;
const TOPOLOGY_MAX: usize = 16;
const ZONE_HINTS_MAX: usize = 8;
/// How many ports and addresses a cell shows.
const SHOWN: usize = 3;

fn default(slice: &mut Value) {
    defaulting::each(slice, "ports", |port| {
        port.set_default("name", "");
        port.set_default("protocol", "TCP");
    });
}

fn validate(slice: &Value, errors: &mut Errors) {
    let (kind, path) = (slice["addressType"].text(), Path::ROOT.field("addressType"));
    if kind.is_empty() {
        errors.required(&path, "");
    } else if !ADDRESS_TYPES.contains(&kind) {
        errors.not_supported(&path, kind, &ADDRESS_TYPES);
    }
    let (endpoints, path) = (slice["endpoints"].items(), Path::ROOT.field("endpoints"));
    if endpoints.len() > ENDPOINTS_MAX {
        errors.too_many(&path, endpoints.len(), ENDPOINTS_MAX);
    } else {
        for (index, endpoint) in endpoints.iter().enumerate() {
            validate_endpoint(endpoint, kind, &path.index(index), errors);
        }
    }
    validate_ports(slice["ports"].items(), errors);
}

fn validate_endpoint(endpoint: &Value, kind: &str, path: &Path<'_>, errors: &mut Errors) {
    let (addresses, list) = (endpoint["addresses"].items(), path.field("addresses"));
    if addresses.is_empty() {
        errors.required(&list, "must contain at least 1 address");
    } else if addresses.len() > ADDRESSES_MAX {
        errors.too_many(&list, addresses.len(), ADDRESSES_MAX);
    }
    for (index, address) in addresses.iter().enumerate() {
        validate_address(address.text(), kind, &list.index(index), errors);
    }
    if let Some(node) = endpoint["nodeName"].as_str() {
        errors.invalid_each(&path.field("nodeName"), node, names::subdomain(node));
    }
    let (topology, list) =
        (endpoint["deprecatedTopology"].entries(), path.field("deprecatedTopology"));
    if topology.len() > TOPOLOGY_MAX {
        errors.too_many(&list, topology.len(), TOPOLOGY_MAX);
    }
    meta::validate_labels(&endpoint["deprecatedTopology"], &list, errors);
    if let Some(host) = endpoint["hostname"].as_str() {
        errors.invalid_each(&path.field("hostname"), host, names::label(host));
    }
    validate_hints(&endpoint["hints"], &path.field("hints"), errors);
}

fn validate_address(address: &str, kind: &str, path: &Path<'_>, errors: &mut Errors) {
    match kind {
        "IPv4" => {
            if ip::parse(address).is_none_or(|address| address.is_ipv6()) {
                errors.invalid(path, address, "must be a valid IPv4 address");
            }
            ip::validate_non_special(address, path, errors);
        }
        "IPv6" => {
            if !ip::is_v6(address) {
                errors.invalid(path, address, "must be a valid IPv6 address");
            }
            ip::validate_non_special(address, path, errors);
        }
        "FQDN" => validate_domain(address, path, errors),
        _ => {}
    }
}

/// Finds what is wrong with a domain name that must be complete.
fn validate_domain(name: &str, path: &Path<'_>, errors: &mut Errors) {
    if name.is_empty() {
        errors.required(path, "");
        return;
    }
    let name = name.strip_suffix('.').unwrap_or(name);
    let complaints = names::subdomain(name);
    if !complaints.is_empty() {
        errors.invalid(path, name, &complaints.join(","));
    } else if name.split('.').count() < 2 {
        errors.invalid(
            path,
            name,
            "should be a domain with at least two segments separated by dots",
        );
    }
}

fn validate_hints(hints: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (zones, path) = (hints["forZones"].items(), path.field("forZones"));
    if zones.len() > ZONE_HINTS_MAX {
        errors.too_many(&path, zones.len(), ZONE_HINTS_MAX);
        return;
    }
    let mut seen = BTreeSet::new();
    for (index, zone) in zones.iter().enumerate() {
        let (name, path) = (zone["name"].text(), path.index(index));
        if seen.insert(name) {
            errors.invalid_each(&path.field("name"), name, names::label_value(name));
        } else {
            errors.duplicate(&path.field("name"), name);
        }
    }
}

fn validate_ports(list: &[Value], errors: &mut Errors) {
    let path = Path::ROOT.field("ports");
    if list.len() > PORTS_MAX {
        errors.too_many(&path, list.len(), PORTS_MAX);
        return;
    }
    let mut seen = BTreeSet::new();
    for (index, port) in list.iter().enumerate() {
        let (name, path) = (port["name"].text(), path.index(index));
        if !name.is_empty() {
            errors.invalid_each(&path.field("name"), name, names::label(name));
        }
        if !seen.insert(name) {
            errors.duplicate(&path.field("name"), name);
        }
        ports::validate_protocol(&port["protocol"], &path.field("protocol"), errors);
        if let Some(number) = port["port"].as_int() {
            for complaint in names::port_number(number) {
                errors.invalid(&path.field("port"), number, &complaint);
            }
        }
        if let Some(protocol) = port["appProtocol"].as_str() {
            let complaints = names::qualified_name(protocol);
            errors.invalid_each(&path.field("appProtocol"), protocol, complaints);
        }
    }
}

fn validate_update(new: &Value, old: &Value, errors: &mut Errors) {
    validate(new, errors);
    meta::immutable(new, old, "addressType", &Path::ROOT, errors);
}

fn cells(slice: &Value, now: Time) -> Vec<Value> {
    let ports: Vec<String> = slice["ports"]
        .items()
        .iter()
        .map(|port| port["port"].as_int().map_or_else(|| "*".to_owned(), |port| port.to_string()))
        .collect();
    let addresses: Vec<&str> = slice["endpoints"]
        .items()
        .iter()
        .flat_map(|endpoint| endpoint["addresses"].items())
        .map(Value::text)
        .collect();
    let or_unset = |text: String| if text.is_empty() { "<unset>".to_owned() } else { text };
    vec![
        table::name(slice),
        slice["addressType"].text().into(),
        or_unset(table::more(&ports, SHOWN)).into(),
        or_unset(table::more(&addresses, SHOWN)).into(),
        object_age(slice, now),
    ]
}
