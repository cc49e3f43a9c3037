//! The `scale` subresource: replicas, whatever the kind.
//!
//! Source: upstream `pkg/registry/apps/*/storage` (`ScaleREST`).

use super::write::WriteOptions;
use super::{ApiServer, Part, Status};
use crate::api::Kind;
use crate::api::selector::{Selector, label_selector_cell};
use crate::store::KindId;
use crate::value;
use crate::value::Value;

/// An object of `kind` as its `Scale`.
pub(super) fn scale_of(kind: &Kind, object: &Value) -> Value {
    let metadata = &object["metadata"];
    let mut own = Value::map();
    for field in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
        own.set(field, &metadata[field]);
    }
    let mut spec = Value::map();
    let mut status = value!({ "replicas": (object["status"]["replicas"].int()) });
    if let Some(custom) = kind.custom {
        let at = |which: &str| object.at(&custom.scale_path(which));
        spec.set_nonzero("replicas", at("specReplicasPath"));
        status.set("replicas", at("statusReplicasPath").int());
        if !custom.scale_path("labelSelectorPath").is_empty() {
            status.set_nonzero("selector", at("labelSelectorPath"));
        }
    } else {
        let selector = &object["spec"]["selector"];
        let is_plain = object["kind"].text() == "ReplicationController";
        let text = if is_plain {
            Selector::from_labels(selector).to_cell()
        } else {
            label_selector_cell(selector)
        };
        spec.set_nonzero("replicas", &object["spec"]["replicas"]);
        status.set("selector", text);
    }
    value!({
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": own,
        "spec": spec,
        "status": status,
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
            let scale_kind =
                Kind { group: "autoscaling", kind: "Scale", plural: kind.plural, ..Kind::BASE };
            return Err(Status::invalid(&scale_kind, &name, &errors));
        }
        let version = scale["metadata"]["resourceVersion"].text();
        if !version.is_empty() && version != object["metadata"]["resourceVersion"].text() {
            return Err(Status::modified(kind, &name));
        }
        match kind.custom {
            Some(custom) => {
                *object.at_mut(&custom.scale_path("specReplicasPath")) = replicas.int().into();
            }
            None => object["spec"]["replicas"] = replicas.int().into(),
        }
        let options = WriteOptions { part: Part::Main, ..*options };
        self.update(id, object, &options).map(|stored| scale_of(kind, &stored))
    }
}
