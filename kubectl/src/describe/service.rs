//! Services.

use podyard_engine::api::selector::labels_cell;
use podyard_engine::value::Value;

use super::Context;
use super::endpoints::{for_service, summary};
use super::metadata::{int_or_string, joined, write_labels_and_annotations, write_names};
use super::writer::{Writer, or_none, or_unset};

/// Writes a Service with its ready endpoints.
pub(super) async fn describe(writer: &mut Writer, service: &Value, context: Context<'_>) {
    let slices = for_service(service, context).await.unwrap_or_default();
    let (spec, status) = (&service["spec"], &service["status"]);
    write_names(writer, service);
    write_labels_and_annotations(writer, service);
    writer.field(0, "Selector", labels_cell(&spec["selector"]));
    writer.field(0, "Type", spec["type"].text());
    writer.field_if(0, "IP Family Policy", spec["ipFamilyPolicy"].text());
    writer.field(0, "IP Families", or_none(&joined(&spec["ipFamilies"], ",")));
    writer.field(0, "IP", spec["clusterIP"].text());
    writer.field(0, "IPs", or_none(&joined(&spec["clusterIPs"], ",")));
    writer.field_if(0, "External IPs", &joined(&spec["externalIPs"], ","));
    writer.field_if(0, "Desired LoadBalancer IP", spec["loadBalancerIP"].text());
    writer.field_if(0, "External Name", spec["externalName"].text());
    writer.field_if(0, "LoadBalancer Ingress", &ingress(&status["loadBalancer"]["ingress"]));
    for port in spec["ports"].items() {
        write_port(writer, port, &slices);
    }
    writer.field(0, "Session Affinity", spec["sessionAffinity"].text());
    writer.field_if(0, "External Traffic Policy", spec["externalTrafficPolicy"].text());
    writer.field_if(0, "Internal Traffic Policy", spec["internalTrafficPolicy"].text());
    if let Some(port) = spec["healthCheckNodePort"].as_int().filter(|port| *port != 0) {
        writer.field(0, "HealthCheck NodePort", port);
    }
    let ranges = joined(&spec["loadBalancerSourceRanges"], ",");
    writer.field_if(0, "LoadBalancer Source Ranges", &ranges);
}

fn write_port(writer: &mut Writer, port: &Value, slices: &[Value]) {
    let name = port["name"].text();
    let shown = or_unset(name);
    let protocol = port["protocol"].text();
    writer.field(0, "Port", format_args!("{shown}\t{}/{protocol}", port["port"].int()));
    let target = int_or_string(&port["targetPort"]);
    writer.field(0, "TargetPort", format_args!("{target}/{protocol}"));
    if let Some(node_port) = port["nodePort"].as_int().filter(|port| *port != 0) {
        writer.field(0, "NodePort", format_args!("{shown}\t{node_port}/{protocol}"));
    }
    writer.field(0, "Endpoints", summary(slices, name));
}

fn ingress(points: &Value) -> String {
    let texts: Vec<String> = points
        .items()
        .iter()
        .map(|point| match (point["ip"].text(), point["ipMode"].text()) {
            ("", _) => point["hostname"].text().to_owned(),
            (ip, "") => ip.to_owned(),
            (ip, mode) => format!("{ip} ({mode})"),
        })
        .collect();
    texts.join(", ")
}
