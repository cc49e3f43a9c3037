//! Endpoints and EndpointSlices, on their own and on one line.

use podyard_engine::value::Value;

use super::Context;
use super::metadata::{joined, name, namespace, write_labels_and_annotations, write_names};
use super::related::{FetchError, Query, Resource};
use super::writer::{Writer, or_none, or_unset};

/// The slices of a Service.
pub(super) async fn for_service(
    service: &Value,
    context: Context<'_>,
) -> Result<Vec<Value>, FetchError> {
    named(namespace(service), name(service), context).await
}

/// The slices of the Service `name`, whether or not there is one.
pub(super) async fn named(
    namespace: &str,
    name: &str,
    context: Context<'_>,
) -> Result<Vec<Value>, FetchError> {
    let labels = format!("kubernetes.io/service-name={name}");
    let query = Query::labelled(Resource::ENDPOINT_SLICES, namespace, labels);
    context.related.list(query).await
}

/// The first three ready addresses of the port `name`.
pub(super) fn summary(slices: &[Value], name: &str) -> String {
    const MAX: usize = 3;
    if slices.is_empty() {
        return "<none>".to_owned();
    }
    let (mut shown, mut count, mut more) = (Vec::new(), 0, false);
    for (endpoint, port) in slices.iter().flat_map(|slice| pairs(slice, name)) {
        // kubectl notices that the line is full at the next endpoint, ready or not.
        more |= shown.len() == MAX;
        if endpoint.at(&["conditions", "ready"]).as_bool() == Some(false) {
            continue;
        }
        count += 1;
        if !more {
            let address = endpoint["addresses"].items().first().map_or("", Value::text);
            shown.push(match port {
                Some(port) if address.contains(':') => format!("[{address}]:{port}"),
                Some(port) => format!("{address}:{port}"),
                None => address.to_owned(),
            });
        }
    }
    let list = shown.join(",");
    if more { format!("{list} + {} more...", count - MAX) } else { list }
}

/// The endpoints of a slice with the number of the port `name`; a slice
/// without ports gives its bare endpoints.
fn pairs<'a>(slice: &'a Value, name: &str) -> Vec<(&'a Value, Option<i64>)> {
    let endpoints = slice["endpoints"].items();
    let ports = slice["ports"].items();
    if ports.is_empty() {
        return endpoints.iter().map(|endpoint| (endpoint, None)).collect();
    }
    let ports = ports.iter().filter(|port| port["name"].text() == name);
    ports
        .flat_map(|port| endpoints.iter().map(|endpoint| (endpoint, Some(port["port"].int()))))
        .collect()
}

/// Writes an Endpoints object.
pub(super) fn endpoints(writer: &mut Writer, endpoints: &Value) {
    write_names(writer, endpoints);
    write_labels_and_annotations(writer, endpoints);
    writer.line(0, "Subsets:");
    for subset in endpoints["subsets"].items() {
        for (label, field) in
            [("Addresses", "addresses"), ("NotReadyAddresses", "notReadyAddresses")]
        {
            let addresses: Vec<&str> =
                subset[field].items().iter().map(|address| address["ip"].text()).collect();
            writer.field(1, label, or_none(&addresses.join(",")));
        }
        if !subset["ports"].items().is_empty() {
            writer.line(1, "Ports:");
            writer.nested(2, |writer| write_ports(writer, &subset["ports"]));
        }
        writer.line(0, "");
    }
}

fn write_ports(writer: &mut Writer, ports: &Value) {
    writer.header(0, &["Name", "Port", "Protocol"]);
    for port in ports.items() {
        let number = port["port"].as_int().map(|port| port.to_string()).unwrap_or_default();
        let name = or_unset(port["name"].text());
        writer.row(0, &[name, or_unset(&number), port["protocol"].text()]);
    }
}

/// Writes an EndpointSlice.
pub(super) fn slice(writer: &mut Writer, slice: &Value) {
    write_names(writer, slice);
    write_labels_and_annotations(writer, slice);
    writer.field(0, "AddressType", slice["addressType"].text());
    if slice["ports"].items().is_empty() {
        writer.line(0, "Ports: <unset>");
    } else {
        writer.line(0, "Ports:");
        writer.nested(1, |writer| write_ports(writer, &slice["ports"]));
    }
    let endpoints = slice["endpoints"].items();
    if endpoints.is_empty() {
        writer.line(0, "Endpoints: <none>");
        return;
    }
    writer.line(0, "Endpoints:");
    for endpoint in endpoints {
        write_endpoint(writer, endpoint);
    }
}

fn write_endpoint(writer: &mut Writer, endpoint: &Value) {
    writer.field(1, "- Addresses", or_none(&joined(&endpoint["addresses"], ", ")));
    writer.line(2, "Conditions:");
    let ready = endpoint.at(&["conditions", "ready"]).as_bool();
    let ready = ready.map_or_else(|| "<unset>".to_owned(), |ready| ready.to_string());
    writer.field(3, "Ready", ready);
    writer.field(2, "Hostname", or_unset(endpoint["hostname"].text()));
    if let Some(target) = endpoint.get("targetRef") {
        let (kind, name) = (target["kind"].text(), target["name"].text());
        writer.field(2, "TargetRef", format_args!("{kind}/{name}"));
    }
    writer.field(2, "NodeName", or_unset(endpoint["nodeName"].text()));
    writer.field(2, "Zone", or_unset(endpoint["zone"].text()));
}
