//! Ingress: how HTTP requests from outside reach Services.
//!
//! Source: `pkg/apis/networking/validation`.

use super::age::object_age;
use super::{Column, Errors, Kind, Path, Verbatim, ip, names, table};
use crate::sim::Time;
use crate::value;
use crate::value::Value;

/// The row of Ingress.
pub static KIND: Kind = Kind {
    group: "networking.k8s.io",
    kind: "Ingress",
    plural: "ingresses",
    singular: "ingress",
    short_names: &["ing"],
    subresources: &["status"],
    schema: "io.k8s.api.networking.v1.Ingress",
    has_generation: true,
    prepare: |new, old| {
        if old.is_none() {
            new.set("status", value!({ "loadBalancer": {} }));
        }
    },
    validate,
    validate_update: |new, _, errors| validate_spec(&new["spec"], errors),
    validate_status,
    warnings,
    columns: &[
        table::NAME,
        Column::text("Class", "The name of the IngressClass resource that should be used."),
        Column::text(
            "Hosts",
            "Hosts that incoming requests are matched against before the ingress rule",
        ),
        Column::text(
            "Address",
            "Address is a list containing ingress points for the load-balancer",
        ),
        Column::text("Ports", "Ports of TLS configurations that open"),
        table::AGE,
    ],
    cells,
    ..Kind::BASE
};

/// The annotation that named the class before there was a field for it.
const CLASS_ANNOTATION: &str = "kubernetes.io/ingress.class";
/// What a path that is compared part by part may not contain.
const PATH_SEQUENCES: [&str; 5] = ["//", "/./", "/../", "%2f", "%2F"];
/// What such a path may not end with.
const PATH_SUFFIXES: [&str; 2] = ["/..", "/."];

fn validate(ingress: &Value, errors: &mut Errors) {
    validate_spec(&ingress["spec"], errors);
    let annotation = ingress.at(&["metadata", "annotations", CLASS_ANNOTATION]);
    let class = ingress.at(&["spec", "ingressClassName"]);
    if !annotation.is_null() && !class.is_null() && annotation != class {
        let path = Path::ROOT.field("annotations");
        let detail = "must match `ingressClassName` when both are specified";
        errors.invalid(&path.field(CLASS_ANNOTATION), annotation.text(), detail);
    }
}

fn validate_spec(spec: &Value, errors: &mut Errors) {
    let path = Path::ROOT.field("spec");
    let (rules, backend) = (spec["rules"].items(), &spec["defaultBackend"]);
    if rules.is_empty() && backend.is_null() {
        let shown = if spec["rules"].is_null() { "(nil)" } else { "{}" };
        let shown = format!("[]networking.IngressRule{shown}");
        let detail = "either `defaultBackend` or `rules` must be specified";
        errors.invalid(&path, Verbatim(&shown), detail);
    }
    if !backend.is_null() {
        validate_backend(backend, &path.field("defaultBackend"), errors);
    }
    let list = path.field("rules");
    for (index, rule) in rules.iter().enumerate() {
        validate_rule(rule, &list.index(index), errors);
    }
    let list = path.field("tls");
    for (index, tls) in spec["tls"].items().iter().enumerate() {
        validate_tls(tls, &list.index(index), errors);
    }
    if let Some(class) = spec["ingressClassName"].as_str() {
        errors.invalid_each(&path.field("ingressClassName"), class, names::subdomain(class));
    }
}

fn validate_host(host: &str, path: &Path<'_>, errors: &mut Errors) {
    let complaints =
        if host.contains('*') { names::wildcard_subdomain(host) } else { names::subdomain(host) };
    errors.invalid_each(path, host, complaints);
}

fn validate_tls(tls: &Value, path: &Path<'_>, errors: &mut Errors) {
    let list = path.field("hosts");
    for (index, host) in tls["hosts"].items().iter().enumerate() {
        validate_host(host.text(), &list.index(index), errors);
    }
    let secret = tls["secretName"].text();
    if !secret.is_empty() {
        errors.invalid_each(&path.field("secretName"), secret, names::subdomain(secret));
    }
}

fn validate_rule(rule: &Value, path: &Path<'_>, errors: &mut Errors) {
    let host = rule["host"].text();
    if !host.is_empty() {
        if ip::parse(host).is_some() {
            let detail = "must be a DNS name, not an IP address";
            errors.invalid(&path.field("host"), host, detail);
        }
        validate_host(host, &path.field("host"), errors);
    }
    let (http, path) = (&rule["http"], path.field("http"));
    if http.is_null() {
        return;
    }
    let (paths, list) = (http["paths"].items(), path.field("paths"));
    if paths.is_empty() {
        errors.required(&list, "");
    }
    for (index, item) in paths.iter().enumerate() {
        validate_path(item, &list.index(index), errors);
    }
}

fn validate_path(item: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (kind, text) = (&item["pathType"], item["path"].text());
    if kind.is_null() {
        errors.required(&path.field("pathType"), "pathType must be specified");
        return;
    }
    let text_path = path.field("path");
    match kind.text() {
        "Exact" | "Prefix" => {
            if !text.starts_with('/') {
                errors.invalid(&text_path, text, "must be an absolute path");
            }
            for part in PATH_SEQUENCES.iter().filter(|part| text.contains(**part)) {
                errors.invalid(&text_path, text, &format!("must not contain '{part}'"));
            }
            for end in PATH_SUFFIXES.iter().filter(|end| text.ends_with(**end)) {
                errors.invalid(&text_path, text, &format!("cannot end with '{end}'"));
            }
        }
        "ImplementationSpecific" => {
            if !text.is_empty() && !text.starts_with('/') {
                errors.invalid(&text_path, text, "must be an absolute path");
            }
        }
        other => {
            let kinds = ["Exact", "ImplementationSpecific", "Prefix"];
            errors.not_supported(&path.field("pathType"), other, &kinds);
        }
    }
    validate_backend(&item["backend"], &path.field("backend"), errors);
}

fn validate_backend(backend: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (resource, service) = (&backend["resource"], &backend["service"]);
    match (resource.is_null(), service.is_null()) {
        (false, false) => {
            errors.invalid(path, "", "cannot set both resource and service backends");
        }
        (false, true) => validate_typed_reference(resource, &path.field("resource"), errors),
        (true, false) => validate_service(service, path, errors),
        (true, true) => errors.invalid(path, "", "resource or service backend is required"),
    }
}

fn validate_service(service: &Value, path: &Path<'_>, errors: &mut Errors) {
    let service_path = path.field("service");
    let name = service["name"].text();
    if name.is_empty() {
        errors.required(&service_path.field("name"), "");
    } else {
        errors.invalid_each(&service_path.field("name"), name, names::label_1035(name));
    }
    let (port, port_path) = (&service["port"], service_path.field("port"));
    match (port["name"].text(), port["number"].int()) {
        ("", 0) => errors.required(path, "port name or number is required"),
        ("", number) => {
            for complaint in names::port_number(number) {
                errors.invalid(&port_path.field("number"), number, &complaint);
            }
        }
        (name, 0) => errors.invalid_each(&port_path.field("name"), name, names::port_name(name)),
        _ => errors.invalid(path, "", "cannot set both port name & port number"),
    }
}

/// Finds what is wrong with a reference to an object of any kind.
pub(super) fn validate_typed_reference(reference: &Value, path: &Path<'_>, errors: &mut Errors) {
    if let Some(group) = reference["apiGroup"].as_str() {
        errors.invalid_each(&path.field("apiGroup"), group, names::subdomain(group));
    }
    for name in ["kind", "name"] {
        let text = reference[name].text();
        if text.is_empty() {
            errors.required(&path.field(name), &format!("{name} is required"));
        } else {
            errors.invalid_each(&path.field(name), text, names::path_segment(text, false));
        }
    }
}

fn validate_status(new: &Value, _old: &Value, errors: &mut Errors) {
    let status = Path::ROOT.field("status");
    let balancer = status.field("loadBalancer");
    let list = balancer.field("ingress");
    let ingresses = new.at(&["status", "loadBalancer", "ingress"]).items();
    for (index, ingress) in ingresses.iter().enumerate() {
        let path = list.index(index);
        let (address, host) = (ingress["ip"].text(), ingress["hostname"].text());
        if !address.is_empty() {
            ip::validate(address, &path.field("ip"), errors);
        }
        if !host.is_empty() {
            errors.invalid_each(&path.field("hostname"), host, names::subdomain(host));
            if ip::parse(host).is_some() {
                let detail = "must be a DNS name, not an IP address";
                errors.invalid(&path.field("hostname"), host, detail);
            }
        }
    }
}

fn warnings(ingress: &Value, old: Option<&Value>) -> Vec<String> {
    let annotation = ingress.at(&["metadata", "annotations", CLASS_ANNOTATION]);
    let has_class = !ingress.at(&["spec", "ingressClassName"]).is_null();
    if old.is_some() || annotation.is_null() || has_class {
        return Vec::new();
    }
    vec![format!(
        "annotation \"{CLASS_ANNOTATION}\" is deprecated, please use 'spec.ingressClassName' \
         instead"
    )]
}

/// How many hosts a cell shows.
const SHOWN: usize = 3;

fn cells(ingress: &Value, now: Time) -> Vec<Value> {
    let spec = &ingress["spec"];
    let hosts: Vec<&str> = spec["rules"]
        .items()
        .iter()
        .map(|rule| rule["host"].text())
        .filter(|host| !host.is_empty())
        .collect();
    let hosts = if hosts.is_empty() { "*".to_owned() } else { table::more(&hosts, SHOWN) };
    let addresses = ingress.at(&["status", "loadBalancer", "ingress"]).items();
    let addresses: Vec<&str> = addresses
        .iter()
        .map(|entry| match entry["ip"].text() {
            "" => entry["hostname"].text(),
            address => address,
        })
        .filter(|address| !address.is_empty())
        .collect();
    let class = spec["ingressClassName"].as_str();
    vec![
        table::name(ingress),
        class.unwrap_or("<none>").into(),
        hosts.into(),
        addresses.join(",").into(),
        if spec["tls"].is_empty() { "80".into() } else { "80, 443".into() },
        object_age(ingress, now),
    ]
}
