//! IngressClass: which controller serves the Ingresses that name it.
//!
//! Source: `pkg/apis/networking/validation`.

use super::age::object_age;
use super::ingress::validate_typed_reference;
use super::{Column, Errors, Kind, Path, defaulting, meta, names, table};
use crate::sim::Time;
use crate::value::Value;

/// The row of IngressClass.
pub static KIND: Kind = Kind {
    group: "networking.k8s.io",
    kind: "IngressClass",
    plural: "ingressclasses",
    singular: "ingressclass",
    namespaced: false,
    schema: "io.k8s.api.networking.v1.IngressClass",
    has_generation: true,
    default: |class| {
        defaulting::within(&mut class["spec"], "parameters", |parameters| {
            parameters.set_default("scope", "Cluster");
        });
    },
    validate,
    validate_update,
    columns: &[
        table::NAME,
        Column::text("Controller", "Controller that is responsible for handling this class"),
        Column::text("Parameters", "A reference to a resource with additional parameters"),
        table::AGE,
    ],
    cells,
    ..Kind::BASE
};

const CONTROLLER_BYTES_MAX: usize = 250;

fn validate(class: &Value, errors: &mut Errors) {
    let (spec, path) = (&class["spec"], Path::ROOT.field("spec"));
    let controller = spec["controller"].text();
    if controller.len() > CONTROLLER_BYTES_MAX {
        errors.too_long(&path.field("controller"), CONTROLLER_BYTES_MAX);
    }
    validate_prefixed_path(controller, &path.field("controller"), errors);
    if !spec["parameters"].is_null() {
        validate_parameters(&spec["parameters"], &path.field("parameters"), errors);
    }
}

/// Finds what is wrong with a path after a domain: `example.com/name`.
fn validate_prefixed_path(text: &str, path: &Path<'_>, errors: &mut Errors) {
    if text.is_empty() {
        errors.required(path, "");
        return;
    }
    match text.split_once('/') {
        Some((domain, rest)) if !domain.is_empty() && !rest.is_empty() => {
            errors.invalid_each(path, domain, names::subdomain(domain));
            errors.invalid_each(path, rest, names::http_path(rest));
        }
        _ => {
            let detail = "must be a domain-prefixed path (such as \"acme.io/foo\")";
            errors.invalid(path, text, detail);
        }
    }
}

fn validate_parameters(parameters: &Value, path: &Path<'_>, errors: &mut Errors) {
    validate_typed_reference(parameters, path, errors);
    let (scope, namespace) = (parameters["scope"].as_str(), parameters["namespace"].as_str());
    let (scope_path, namespace_path) = (path.field("scope"), path.field("namespace"));
    match (scope, namespace) {
        (None, _) => errors.required(&scope_path, ""),
        (Some("Namespace"), None) => {
            errors.required(&namespace_path, "`parameters.scope` is set to 'Namespace'");
        }
        (Some("Namespace"), Some(namespace)) => {
            errors.invalid_each(&namespace_path, namespace, names::label(namespace));
        }
        (Some("Cluster"), Some(_)) => {
            errors.forbidden(&namespace_path, "`parameters.scope` is set to 'Cluster'");
        }
        (Some("Cluster"), None) => {}
        (Some(other), _) => errors.not_supported(&scope_path, other, &["Cluster", "Namespace"]),
    }
}

fn validate_update(new: &Value, old: &Value, errors: &mut Errors) {
    let path = Path::ROOT.field("spec");
    meta::immutable(&new["spec"], &old["spec"], "controller", &path, errors);
    validate(new, errors);
}

fn cells(class: &Value, now: Time) -> Vec<Value> {
    let parameters = class.at(&["spec", "parameters"]);
    let reference = match (parameters["apiGroup"].as_str(), parameters["kind"].text()) {
        _ if parameters.is_null() => "<none>".to_owned(),
        (Some(group), kind) => format!("{kind}.{group}/{}", parameters["name"].text()),
        (None, kind) => format!("{kind}/{}", parameters["name"].text()),
    };
    vec![
        table::name(class),
        class.at(&["spec", "controller"]).text().into(),
        reference.into(),
        object_age(class, now),
    ]
}
