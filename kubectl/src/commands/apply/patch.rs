//! The patch between what was applied last, what is to be applied and what is
//! there.

use podyard_engine::patch::{create_three_way_merge_patch, create_three_way_strategic_patch};
use podyard_engine::value::Value;

use crate::commands::change::type_of;
use crate::discovery::Resource;

/// A patch and its kind.
pub(in crate::commands) struct Patch {
    pub(in crate::commands) patch: Value,
    pub(in crate::commands) strategic: bool,
}

/// The patch that turns `current` into `modified` where `modified` speaks, and
/// takes away what only `original` had.
pub(in crate::commands) fn three_way(
    resource: &Resource,
    original: &Value,
    modified: &Value,
    current: &Value,
) -> Result<Patch, String> {
    let empty = Value::map();
    let original = if original.is_null() { &empty } else { original };
    match type_of(resource) {
        Some(schema) => {
            let patch = create_three_way_strategic_patch(schema, original, modified, current)
                .map_err(|error| error.to_string())?;
            Ok(Patch { patch, strategic: true })
        }
        None => Ok(Patch {
            patch: create_three_way_merge_patch(original, modified, current),
            strategic: false,
        }),
    }
}
