//! The `scale` subresource: replicas, whatever the kind.
//!
//! Source: upstream `pkg/registry/apps/*/storage` (`ScaleREST`).

use super::write::WriteOptions;
use super::{ApiServer, Part, Status};
use crate::api::selector::{Selector, label_selector_cell};
use crate::store::KindId;
use crate::value;
use crate::value::Value;

/// An object as its `Scale`.
pub(super) fn scale_of(object: &Value) -> Value {
    let metadata = &object["metadata"];
    let mut own = Value::map();
    for field in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
        own.set(field, &metadata[field]);
    }
    let selector = &object["spec"]["selector"];
    let is_plain = object["kind"].text() == "ReplicationController";
    let text = if is_plain {
        Selector::from_labels(selector).to_cell()
    } else {
        label_selector_cell(selector)
    };
    let mut spec = Value::map();
    spec.set_nonzero("replicas", &object["spec"]["replicas"]);
    value!({
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": own,
        "spec": spec,
        "status": { "replicas": (object["status"]["replicas"].int()), "selector": text },
    })
}

impl ApiServer {
    /// Writes a `Scale` back to its object.
    pub(super) fn put_scale(
        &mut self,
        id: KindId,
        mut object: Value,
        scale: &Value,
        options: &WriteOptions<'_>,
    ) -> Result<Value, Status> {
        let kind = self.kind(id);
        let name = object["metadata"]["name"].text().to_owned();
        let replicas = &scale["spec"]["replicas"];
        if replicas.int() < 0 {
            let mut errors = crate::api::Errors::default();
            let spec = crate::api::Path::ROOT.field("spec");
            errors.invalid(
                &spec.field("replicas"),
                replicas.int(),
                "must be greater than or equal to 0",
            );
            let scale_kind = crate::api::Kind {
                group: "autoscaling",
                kind: "Scale",
                plural: kind.plural,
                ..crate::api::Kind::BASE
            };
            return Err(Status::invalid(&scale_kind, &name, &errors));
        }
        let version = scale["metadata"]["resourceVersion"].text();
        if !version.is_empty() && version != object["metadata"]["resourceVersion"].text() {
            return Err(Status::modified(kind, &name));
        }
        object["spec"]["replicas"] = replicas.int().into();
        let options = WriteOptions { part: Part::Main, ..*options };
        self.update(id, object, &options).map(|stored| scale_of(&stored))
    }
}
