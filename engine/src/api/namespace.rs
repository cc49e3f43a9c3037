//! Namespace: a part of the cluster whose objects have names of their own.
//!
//! Source: `pkg/registry/core/namespace/strategy.go`.

use super::age::object_age;
use super::{Column, Errors, Kind, NameRule, Path, meta, names, table};
use crate::sim::Time;
use crate::value;
use crate::value::Value;

/// The row of Namespace.
pub static KIND: Kind = Kind {
    kind: "Namespace",
    plural: "namespaces",
    singular: "namespace",
    short_names: &["ns"],
    namespaced: false,
    verbs: &["create", "delete", "get", "list", "patch", "update", "watch"],
    subresources: &["finalize", "status"],
    schema: "io.k8s.api.core.v1.Namespace",
    name_rule: NameRule::Label,
    default,
    prepare,
    validate,
    validate_update: |_, _, _| {},
    validate_status,
    columns: &[table::NAME, Column::text("Status", "The status of the namespace"), table::AGE],
    cells,
    selectable: &[
        ("name", |namespace| namespace.at(&["metadata", "name"]).text()),
        ("status.phase", |namespace| namespace.at(&["status", "phase"]).text()),
    ],
    ..Kind::BASE
};

/// The finalizer that keeps a namespace until it is empty.
const FINALIZER: &str = "kubernetes";
/// The label by which selectors find a namespace by its name.
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

fn default(namespace: &mut Value) {
    let name = namespace.at(&["metadata", "name"]).clone();
    if !name.is_empty() {
        namespace.at_mut(&["metadata", "labels"]).set(NAME_LABEL, name);
    }
}

fn prepare(new: &mut Value, old: Option<&Value>) {
    if let Some(old) = old {
        // Finalizers change through the subresource `finalize` alone.
        if old["spec"] != new["spec"] {
            new["spec"] = old["spec"].clone();
        }
        return;
    }
    default(new);
    new.set("status", value!({ "phase": "Active" }));
    let finalizers = new.at_mut(&["spec", "finalizers"]);
    if !finalizers.items().iter().any(|finalizer| finalizer.text() == FINALIZER) {
        finalizers.push(FINALIZER);
    }
}

fn validate(namespace: &Value, errors: &mut Errors) {
    let spec = Path::ROOT.field("spec");
    let path = spec.field("finalizers");
    for finalizer in namespace.at(&["spec", "finalizers"]).items() {
        let name = finalizer.text();
        errors.invalid_each(&path, name, names::qualified_name(name));
        if !name.contains('/') && !meta::STANDARD_FINALIZERS.contains(&name) {
            let detail = "name is neither a standard finalizer name nor is it fully qualified";
            errors.invalid(&path, name, detail);
        }
    }
}

fn validate_status(new: &Value, _old: &Value, errors: &mut Errors) {
    let status = Path::ROOT.field("status");
    let (path, phase) = (status.field("Phase"), new.at(&["status", "phase"]).text());
    let deleted = !new.at(&["metadata", "deletionTimestamp"]).is_null();
    if deleted && phase != "Terminating" {
        let detail = "may only be 'Terminating' if `deletionTimestamp` is not empty";
        errors.invalid(&path, phase, detail);
    } else if !deleted && phase != "Active" {
        let detail = "may only be 'Active' if `deletionTimestamp` is empty";
        errors.invalid(&path, phase, detail);
    }
}

fn cells(namespace: &Value, now: Time) -> Vec<Value> {
    vec![
        table::name(namespace),
        namespace.at(&["status", "phase"]).text().into(),
        object_age(namespace, now),
    ]
}
