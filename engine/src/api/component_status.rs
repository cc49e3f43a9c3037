//! ComponentStatus: whether the control plane is well. Not stored: the API
//! server asks whenever it is asked.
//!
//! Source: `pkg/registry/core/componentstatus` and the printer. Deprecated
//! since 1.19, and still served.

use super::{Column, Kind, table};
use crate::sim::Time;
use crate::value;
use crate::value::Value;

/// The row of ComponentStatus.
pub static KIND: Kind = Kind {
    kind: "ComponentStatus",
    plural: "componentstatuses",
    singular: "componentstatus",
    short_names: &["cs"],
    namespaced: false,
    verbs: &["get", "list"],
    schema: "io.k8s.api.core.v1.ComponentStatus",
    deprecation: "v1 ComponentStatus is deprecated in v1.19+",
    columns: &[
        table::NAME,
        Column::text("Status", "Whether the component is well."),
        Column::text("Message", "What the component says."),
        Column::text("Error", "Why the component could not be asked."),
    ],
    cells,
    ..Kind::BASE
};

/// A component that is well.
pub fn healthy(name: &str) -> Value {
    value!({
        "kind": (KIND.kind),
        "apiVersion": "v1",
        "metadata": { "name": name, "creationTimestamp": null },
        "conditions": [{ "type": "Healthy", "status": "True", "message": "ok" }],
    })
}

fn cells(component: &Value, _now: Time) -> Vec<Value> {
    let conditions = component["conditions"].items();
    let healthy = conditions.iter().find(|own| own["type"].text() == "Healthy");
    let status = match healthy.map(|own| own["status"].text()) {
        Some("True") => "Healthy",
        Some("False") => "Unhealthy",
        _ => "Unknown",
    };
    let text = |field: &str| healthy.map_or("", |own| own[field].text());
    vec![table::name(component), status.into(), text("message").into(), text("error").into()]
}
