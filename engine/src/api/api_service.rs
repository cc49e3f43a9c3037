//! APIService: which server answers for a group and version.
//!
//! Those of other servers are stored and shown; no request is passed on.
//! Source: `kube-aggregator/pkg/apis/apiregistration`.

use super::age::object_age;
use super::{Column, Errors, Kind, Path, defaulting, names, table};
use crate::sim::Time;
use crate::value::Value;

/// The row of APIService.
pub static KIND: Kind = Kind {
    group: "apiregistration.k8s.io",
    kind: "APIService",
    plural: "apiservices",
    singular: "apiservice",
    categories: &["api-extensions"],
    namespaced: false,
    subresources: &["status"],
    schema: "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService",
    allows_unconditional_update: false,
    default: |service| {
        defaulting::within(&mut service["spec"], "service", |service| {
            service.set_default("port", HTTPS_PORT);
        });
    },
    prepare: |new, old| {
        if old.is_none() {
            new.set("status", Value::map());
        }
    },
    validate,
    validate_update: |new, _, errors| validate(new, errors),
    columns: &[
        table::NAME,
        Column::text("Service", "The reference to the service that hosts this API endpoint."),
        Column::text("Available", "Whether this service is available."),
        table::AGE,
    ],
    cells,
    ..Kind::BASE
};

const HTTPS_PORT: i64 = 443;

fn validate(service: &Value, errors: &mut Errors) {
    let (spec, path) = (&service["spec"], Path::ROOT.field("spec"));
    let (group, version) = (spec["group"].text(), spec["version"].text());
    let name = service.at(&["metadata", "name"]).text();
    let wanted = format!("{version}.{group}");
    if name != wanted {
        let metadata = Path::ROOT.field("metadata");
        let detail = format!("must be `spec.version+\".\"+spec.group`: {wanted:?}");
        errors.invalid(&metadata.field("name"), name, &detail);
    }
    if version.is_empty() {
        errors.required(&path.field("version"), "");
    } else {
        errors.invalid_each(&path.field("version"), version, names::label_1035(version));
    }
    for (name, max) in [("groupPriorityMinimum", 20_000), ("versionPriority", 1_000)] {
        let number = spec[name].int();
        if number <= 0 || number > max {
            let detail = format!("must be positive and less than {max}");
            errors.invalid(&path.field(name), number, &detail);
        }
    }
}

fn cells(service: &Value, now: Time) -> Vec<Value> {
    let target = service.at(&["spec", "service"]);
    let target = match (target["namespace"].text(), target["name"].text()) {
        _ if target.is_null() => "Local".to_owned(),
        (namespace, name) => format!("{namespace}/{name}"),
    };
    let conditions = service.at(&["status", "conditions"]).items();
    let available = conditions.iter().find(|condition| condition["type"].text() == "Available");
    let available = match available.map(|own| (own["status"].text(), own["reason"].text())) {
        Some(("True", _)) => "True".to_owned(),
        Some((status, reason)) => format!("{status} ({reason})"),
        None => "Unknown".to_owned(),
    };
    vec![table::name(service), target.into(), available.into(), object_age(service, now)]
}
