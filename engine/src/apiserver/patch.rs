//! `PATCH`: what a patch of any of the four kinds makes of an object.
//!
//! Source: apiserver `pkg/endpoints/handlers/patch.go`.

use super::body::parse_json_body;
use super::handle::PATCH_TYPES;
use super::{ApiServer, Status};
use crate::api::Kind;
use crate::patch::{
    JsonPatch, PatchError, apply_json_patch, apply_merge_patch, apply_strategic_patch, in_go_syntax,
};
use crate::schema::Schema;
use crate::value::Value;
use crate::wire::Request;

/// The most operations a JSON patch may have.
const OPERATIONS_MAX: usize = 10_000;

/// Refuses a body that is no patch of `kind`, before anything else.
pub(super) fn check_patch_type(kind: &Kind, content_type: &str) -> Result<(), Status> {
    // Nothing says how lists of custom kinds are merged.
    let merges = kind.custom.is_none();
    let types: Vec<&str> =
        PATCH_TYPES.split(", ").filter(|media| merges || !media.contains("strategic")).collect();
    let media = content_type.split(';').next().unwrap_or_default().trim();
    if types.contains(&media) {
        return Ok(());
    }
    Err(Status::unsupported_media_type(&types.join(", ")))
}

impl ApiServer {
    /// The object that the request's patch makes of `base`, which has the
    /// type called `schema`.
    pub(super) fn patched(
        &self,
        kind: &Kind,
        schema: &str,
        base: &Value,
        request: &Request,
    ) -> Result<Value, Status> {
        let name = base["metadata"]["name"].text();
        let refuse = |error: PatchError| match error {
            PatchError::Malformed(message) => Status::bad_request(message),
            PatchError::DoesNotApply(message) => Status::unprocessable(kind, name, &message),
        };
        let media = request.content_type.split(';').next().unwrap_or_default().trim();
        match media {
            "application/json-patch+json" => {
                let patch = JsonPatch::from_value(&parse_json_body(request)?).map_err(refuse)?;
                if patch.len() > OPERATIONS_MAX {
                    let message = format!(
                        "The allowed maximum operations in a JSON patch is {OPERATIONS_MAX}, got {}",
                        patch.len()
                    );
                    return Err(Status::too_large_request(message));
                }
                apply_json_patch(base, &patch).map_err(refuse)
            }
            "application/merge-patch+json" => {
                Ok(apply_merge_patch(base, &parse_json_body(request)?))
            }
            "application/strategic-merge-patch+json" => {
                let Some(target) = Schema::get().find(schema) else {
                    return Err(Status::unsupported_media_type(PATCH_TYPES));
                };
                apply_strategic_patch(target, base, &parse_json_body(request)?).map_err(refuse)
            }
            _ => Err(Status::unsupported_media_type(PATCH_TYPES)),
        }
    }
}

/// The refusal of an object that a patch made wrong: it blames the patch, where
/// that of a whole object blames its version.
pub(super) fn unfit_patch(refusal: Status, request: &Request, patched: &Value) -> Status {
    let strategic = request.content_type.starts_with("application/strategic-merge-patch+json");
    if let Some(why) = restoring(&refusal.message).filter(|_| strategic) {
        let shown = in_go_syntax(&parse_json_body(request).unwrap_or_default());
        return Status::invalid_patch(&format!("Invalid value: {shown:?}: {why}"));
    }
    let Some((_, why)) = refusal.message.split_once("strict decoding error: ") else {
        return refusal;
    };
    let shown = if strategic {
        in_go_syntax(&without_ordered_lists(&parse_json_body(request).unwrap_or_default()))
    } else {
        patched.to_json()
    };
    Status::invalid_patch(&format!("Invalid value: {shown:?}: strict decoding error: {why}"))
}

/// A value of the wrong type, as the conversion of a strategic patch's result
/// words it (upstream apimachinery `runtime/converter.go`).
fn restoring(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("json: cannot unmarshal ")?;
    let (found, rest) = rest.split_once(" into Go ")?;
    let (_, wanted) = rest.rsplit_once(" of type ")?;
    let found = match found.split(' ').next().unwrap_or_default() {
        "object" => "map",
        "array" => "slice",
        "number" => "int64",
        other => other,
    };
    Some(match wanted {
        map if map.starts_with("map[") => format!("cannot restore map from {found}"),
        list if list.starts_with("[]") => format!("cannot restore slice from {found}"),
        "string" if found == "int64" => "cannot convert int64 to string".to_owned(),
        structure if structure.contains('.') => format!("cannot restore struct from: {found}"),
        simple => format!("unrecognized type: {simple}"),
    })
}

/// What is left of a strategic patch once its lists are merged: those whose
/// order it gives are taken out of it on the way.
fn without_ordered_lists(patch: &Value) -> Value {
    const ORDER: &str = "$setElementOrder/";
    let Value::Map(_) = patch else { return patch.clone() };
    let ordered = |key: &str| patch.get(&format!("{ORDER}{key}")).is_some();
    let kept = patch.entries().filter(|(key, _)| !key.starts_with(ORDER) && !ordered(key));
    let mut left = Value::map();
    for (key, value) in kept {
        left.set(key, without_ordered_lists(value));
    }
    left
}
