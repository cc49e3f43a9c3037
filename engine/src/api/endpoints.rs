//! Endpoints: the addresses behind a Service, in the older form.

use super::age::object_age;
use super::table::more;
use super::{Column, Errors, Kind, Path, defaulting, ip, names, ports, table};
use crate::sim::Time;
use crate::value::Value;

/// The row of Endpoints.
pub static KIND: Kind = Kind {
    kind: "Endpoints",
    plural: "endpoints",
    singular: "endpoints",
    short_names: &["ep"],
    schema: "io.k8s.api.core.v1.Endpoints",
    default,
    validate,
    validate_update,
    columns: &[table::NAME, Column::text("Endpoints", "The ready addresses."), table::AGE],
    cells,
    ..Kind::BASE
};

/// How many endpoints a cell shows.
const SHOWN: usize = 3;

fn default(endpoints: &mut Value) {
    defaulting::each(endpoints, "subsets", |subset| {
        defaulting::each(subset, "ports", |port| defaulting::text(port, "protocol", "TCP"));
    });
}

fn validate(endpoints: &Value, errors: &mut Errors) {
    let path = Path::ROOT.field("subsets");
    for (index, subset) in endpoints["subsets"].items().iter().enumerate() {
        let path = path.index(index);
        if subset["addresses"].is_empty() && subset["notReadyAddresses"].is_empty() {
            errors.required(&path, "must specify `addresses` or `notReadyAddresses`");
        }
        for list in ["addresses", "notReadyAddresses"] {
            let path = path.field(list);
            for (index, address) in subset[list].items().iter().enumerate() {
                validate_address(address, &path.index(index), errors);
            }
        }
        let (list, path) = (subset["ports"].items(), path.field("ports"));
        for (index, port) in list.iter().enumerate() {
            validate_port(port, list.len() > 1, &path.index(index), errors);
        }
    }
}

fn validate_address(address: &Value, path: &Path<'_>, errors: &mut Errors) {
    let text = address["ip"].text();
    ip::validate(text, &path.field("ip"), errors);
    let host = address["hostname"].text();
    if !host.is_empty() {
        errors.invalid_each(&path.field("hostname"), host, names::label(host));
    }
    if let Some(node) = address["nodeName"].as_str() {
        errors.invalid_each(&path.field("nodeName"), node, names::subdomain(node));
    }
    ip::validate_non_special(text, &path.field("ip"), errors);
}

fn validate_port(port: &Value, needs_name: bool, path: &Path<'_>, errors: &mut Errors) {
    let name = port["name"].text();
    if !name.is_empty() {
        errors.invalid_each(&path.field("name"), name, names::label(name));
    } else if needs_name {
        errors.required(&path.field("name"), "");
    }
    let number = port["port"].int();
    for complaint in names::port_number(number) {
        errors.invalid(&path.field("port"), number, &complaint);
    }
    ports::validate_protocol(&port["protocol"], &path.field("protocol"), errors);
    if let Some(protocol) = port["appProtocol"].as_str() {
        errors.invalid_each(&path.field("appProtocol"), protocol, names::qualified_name(protocol));
    }
}

fn validate_update(new: &Value, old: &Value, errors: &mut Errors) {
    // What is already stored is not judged again.
    if new["subsets"] != old["subsets"] {
        validate(new, errors);
    }
}

fn cells(endpoints: &Value, now: Time) -> Vec<Value> {
    let mut shown = Vec::new();
    for subset in endpoints["subsets"].items() {
        let addresses = || subset["addresses"].items().iter().map(|address| address["ip"].text());
        if subset["ports"].is_empty() {
            shown.extend(addresses().map(str::to_owned));
        }
        for port in subset["ports"].items() {
            let number = port["port"].int();
            shown.extend(addresses().map(|address| host_port(address, number)));
        }
    }
    // Subsets without a ready address show nothing, not even that.
    let cell = match more(&shown, SHOWN) {
        none if endpoints["subsets"].is_empty() => table::or_none(&none),
        some => some.into(),
    };
    vec![table::name(endpoints), cell, object_age(endpoints, now)]
}

/// An address and a port; brackets keep an IPv6 address apart.
fn host_port(address: &str, port: i64) -> String {
    if address.contains(':') { format!("[{address}]:{port}") } else { format!("{address}:{port}") }
}
