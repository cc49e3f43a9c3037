//! The patch between what was applied last, what is to be applied and what is
//! there.

use podyard_engine::value::Value;

/// A patch and its kind.
pub(super) struct Patch {
    pub(super) patch: Value,
    pub(super) strategic: bool,
}

/// The patch that turns `current` into `modified` where `modified` speaks, and
/// takes away what only `original` had.
pub(super) fn three_way(
    _api_version: &str,
    _kind: &str,
    original: &Value,
    modified: &Value,
    current: &Value,
) -> Result<Patch, String> {
    let mut patch = changes(current, modified);
    deletions(original, modified, &mut patch);
    Ok(Patch { patch, strategic: false })
}

/// What `modified` says otherwise than `current`.
fn changes(current: &Value, modified: &Value) -> Value {
    let mut patch = Value::map();
    for (key, wanted) in modified.entries() {
        match (current.get(key), wanted) {
            (Some(found), wanted) if found == wanted => {}
            (Some(found @ Value::Map(_)), Value::Map(_)) => {
                let inner = changes(found, wanted);
                if !inner.is_empty() {
                    patch.set(key, inner);
                }
            }
            (None, Value::Null) => {}
            (_, wanted) => patch.set(key, wanted.clone()),
        }
    }
    patch
}

/// Adds a null for everything that `original` had and `modified` has not.
fn deletions(original: &Value, modified: &Value, patch: &mut Value) {
    for (key, had) in original.entries() {
        match (had, modified.get(key)) {
            (_, None) => patch.set(key, Value::Null),
            (Value::Map(_), Some(wanted @ Value::Map(_))) => {
                let mut inner = patch.get(key).cloned().unwrap_or_else(Value::map);
                deletions(had, wanted, &mut inner);
                if !inner.is_empty() {
                    patch.set(key, inner);
                }
            }
            _ => {}
        }
    }
}
