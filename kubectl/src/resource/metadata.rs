//! The part of an object that kubectl itself decodes: its `metadata`.
//!
//! Models `metadataValidatingDecoder` of cli-runtime, with Go's words.

use podyard_engine::schema::{FieldValidation, Schema, decode};
use podyard_engine::value::{Map, Value};

/// Refuses what is no object, has no kind, or has unreadable metadata.
pub(super) fn check(value: &Value) -> Result<(), String> {
    let Some(fields) = value.as_map() else {
        let found = match value {
            Value::List(_) => "array",
            Value::Str(_) => "string",
            Value::Bool(_) => "bool",
            _ => "number",
        };
        return Err(format!(
            "json: cannot unmarshal {found} into Go value of type unstructured.detector"
        ));
    };
    if value["kind"].text().is_empty() {
        let text = value.to_json();
        return Err(format!("Object 'Kind' is missing in '{text}'"));
    }
    // Any kind will do: what matters is how Go reads a `metadata` field.
    let Some(any) = Schema::get().find("core/v1.Namespace") else { return Ok(()) };
    let only: Map = fields
        .iter()
        .filter(|(key, _)| &***key == "metadata")
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    match decode(any, &Value::from(only), &[], FieldValidation::Ignore) {
        Ok(_) => Ok(()),
        Err(error) => Err(error
            .to_string()
            .replace("Namespace.metadata of", "metadataOnlyObject.metadata of")),
    }
}
