//! Ingresses and their classes.

use std::collections::BTreeSet;

use podyard_engine::value::Value;

use super::Context;
use super::endpoints::{named, summary};
use super::metadata::{
    joined, name, namespace, write_annotations, write_labels, write_labels_and_annotations,
};
use super::related::{FetchError, Resource};
use super::writer::Writer;

/// Writes an Ingress, with the endpoints behind each path.
pub(super) async fn describe(writer: &mut Writer, ingress: &Value, context: Context<'_>) {
    let spec = &ingress["spec"];
    let namespace = namespace(ingress);
    writer.field(0, "Name", name(ingress));
    write_labels(writer, 0, "Labels", ingress.at(&["metadata", "labels"]));
    writer.field(0, "Namespace", namespace);
    writer.field(0, "Address", addresses(ingress));
    let class = spec["ingressClassName"].as_str().unwrap_or("<none>");
    writer.field(0, "Ingress Class", class);
    let default = match spec.get("defaultBackend") {
        Some(backend) => backend_summary(backend, namespace, context).await,
        None => "<default>".to_owned(),
    };
    writer.field(0, "Default backend", &default);
    write_tls(writer, &spec["tls"]);
    writer.line(0, "Rules:");
    writer.header(1, &["Host", "Path", "Backends"]);
    let mut ruled = false;
    for rule in spec["rules"].items().iter().filter(|rule| !rule["http"].is_null()) {
        ruled = true;
        let host = if rule["host"].is_empty() { "*" } else { rule["host"].text() };
        writer.line(1, format_args!("{host}\t"));
        for path in rule.at(&["http", "paths"]).items() {
            let backend = backend_summary(&path["backend"], namespace, context).await;
            writer.line(2, format_args!("\t{} \t{backend}", path["path"].text()));
        }
    }
    if !ruled {
        writer.row(1, &["*", "*", &default]);
    }
    write_annotations(writer, "Annotations", ingress.at(&["metadata", "annotations"]));
}

fn addresses(ingress: &Value) -> String {
    let points = ingress.at(&["status", "loadBalancer", "ingress"]).items().iter();
    let addresses = points.map(|point| match point["ip"].text() {
        "" => point["hostname"].text(),
        ip => ip,
    });
    let sorted: BTreeSet<&str> = addresses.filter(|address| !address.is_empty()).collect();
    sorted.into_iter().collect::<Vec<_>>().join(",")
}

fn write_tls(writer: &mut Writer, tls: &Value) {
    if tls.items().is_empty() {
        return;
    }
    writer.line(0, "TLS:");
    for entry in tls.items() {
        let hosts = joined(&entry["hosts"], ",");
        match entry["secretName"].text() {
            "" => writer.line(1, format_args!("SNI routes {hosts}")),
            secret => writer.line(1, format_args!("{secret} terminates {hosts}")),
        }
    }
}

async fn backend_summary(backend: &Value, namespace: &str, context: Context<'_>) -> String {
    if let Some(service) = backend.get("service") {
        let shown = match service.at(&["port", "number"]).int() {
            0 => format!("{}:{}", service["name"].text(), service.at(&["port", "name"]).text()),
            number => format!("{}:{number}", service["name"].text()),
        };
        return match service_endpoints(service, namespace, context).await {
            Ok(endpoints) => format!("{shown} ({endpoints})"),
            Err(error) => format!("{shown} (<error: {error}>)"),
        };
    }
    match backend.get("resource") {
        Some(resource) => format!(
            "APIGroup: {}, Kind: {}, Name: {}",
            resource["apiGroup"].as_str().unwrap_or("<none>"),
            resource["kind"].text(),
            resource["name"].text()
        ),
        None => String::new(),
    }
}

async fn service_endpoints(
    backend: &Value,
    namespace: &str,
    context: Context<'_>,
) -> Result<String, FetchError> {
    let name = backend["name"].text();
    let slices = named(namespace, name, context).await?;
    let service = context.related.get(Resource::SERVICES, namespace, name).await?;
    let wanted = &backend["port"];
    let fits = |port: &&Value| match wanted["number"].int() {
        0 => !wanted["name"].is_empty() && port["name"] == wanted["name"],
        number => port["port"].int() == number,
    };
    let port = service.at(&["spec", "ports"]).items().iter().rfind(fits);
    Ok(summary(&slices, port.map_or("", |port| port["name"].text())))
}

/// Writes an IngressClass.
pub(super) fn class(writer: &mut Writer, class: &Value) {
    writer.field(0, "Name", name(class));
    write_labels_and_annotations(writer, class);
    writer.field(0, "Controller", class.at(&["spec", "controller"]).text());
    let parameters = class.at(&["spec", "parameters"]);
    if parameters.is_null() {
        return;
    }
    writer.line(0, "Parameters:");
    writer.field_if(1, "APIGroup", parameters["apiGroup"].text());
    writer.field(1, "Kind", parameters["kind"].text());
    writer.field(1, "Name", parameters["name"].text());
}
