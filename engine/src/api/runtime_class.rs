//! RuntimeClass: which container runtime runs the Pods that name it.
//!
//! Source: `pkg/apis/node/validation`.

use super::age::object_age;
use super::{Column, Errors, Kind, Path, meta, names, resource_names, table};
use crate::sim::Time;
use crate::value::Value;

/// The row of RuntimeClass.
pub static KIND: Kind = Kind {
    group: "node.k8s.io",
    kind: "RuntimeClass",
    plural: "runtimeclasses",
    singular: "runtimeclass",
    namespaced: false,
    schema: "io.k8s.api.node.v1.RuntimeClass",
    allows_unconditional_update: false,
    validate,
    validate_update: |new, old, errors| {
        meta::immutable(new, old, "handler", &Path::ROOT, errors);
    },
    columns: &[
        table::NAME,
        Column::text("Handler", "The configuration of the runtime that is used."),
        table::AGE,
    ],
    cells,
    ..Kind::BASE
};

fn validate(class: &Value, errors: &mut Errors) {
    let handler = class["handler"].text();
    errors.invalid_each(&Path::ROOT.field("handler"), handler, names::label(handler));
    let path = Path::ROOT.field("overhead");
    let list = path.field("podFixed");
    for (name, amount) in class.at(&["overhead", "podFixed"]).entries() {
        resource_names::validate_container_name(name, &list.key(name), errors);
        resource_names::validate_amount(name, amount, &list.key(name), errors);
    }
    let path = Path::ROOT.field("scheduling");
    let selector = class.at(&["scheduling", "nodeSelector"]);
    meta::validate_labels(selector, &path.field("nodeSelector"), errors);
}

fn cells(class: &Value, now: Time) -> Vec<Value> {
    vec![table::name(class), class["handler"].text().into(), object_age(class, now)]
}
