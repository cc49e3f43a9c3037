//! Whether a patch would undo what others changed: `apply --overwrite=false`.

use super::create::full_difference;
use super::order::deduplicate;
use super::{DIRECTIVE, Items, Schema, in_go_syntax, kind_of_items};
use crate::patch::PatchError;
use crate::schema::{FieldPatch, Struct};
use crate::value::Value;

/// What others changed between `original` and `current`, if `patch` changes
/// the same differently.
pub fn strategic_conflict(
    schema: &'static Struct,
    patch: &Value,
    original: &Value,
    current: &Value,
) -> Result<Option<Value>, PatchError> {
    let schema = Schema::Struct(schema);
    let changed = full_difference(original, current, schema)?;
    Ok(maps_conflict(patch, &changed, schema)?.then_some(changed))
}

fn maps_conflict(left: &Value, right: &Value, schema: Schema) -> Result<bool, PatchError> {
    for (key, left) in left.entries() {
        let Some(right) = right.get(key) else { continue };
        // Directives are no fields.
        if key.starts_with('$') {
            continue;
        }
        let field = schema.field(key)?;
        if values_conflict(left, right, field.inner, field.patch)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn values_conflict(
    left: &Value,
    right: &Value,
    schema: Schema,
    patch: FieldPatch,
) -> Result<bool, PatchError> {
    match (left, right) {
        (Value::Map(_), Value::Map(_)) => {
            if left[DIRECTIVE] != right[DIRECTIVE] {
                return Ok(true);
            }
            Ok(!patch.replace && maps_conflict(left, right, schema)?)
        }
        (Value::List(left), Value::List(right)) => lists_conflict(left, right, schema, patch),
        _ => Ok(left != right),
    }
}

fn lists_conflict(
    left: &[Value],
    right: &[Value],
    schema: Schema,
    patch: FieldPatch,
) -> Result<bool, PatchError> {
    let kind = kind_of_items(&[left, right])?;
    if patch.merge {
        let Some(key) = patch.key.filter(|_| kind == Items::Maps) else { return Ok(false) };
        for item in left {
            let same = right.iter().find(|other| other[key] == item[key]);
            let Some(same) = same else { continue };
            if values_conflict(item, same, schema, FieldPatch::default())? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    if left.len() != right.len() {
        return Ok(true);
    }
    if kind == Items::Scalars {
        return Ok(sorted(left) != sorted(right));
    }
    for (left, right) in left.iter().zip(right) {
        if values_conflict(left, right, schema, FieldPatch::default())? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn sorted(items: &[Value]) -> Vec<String> {
    let mut items = items.to_vec();
    deduplicate(&mut items);
    let mut printed: Vec<String> = items.iter().map(in_go_syntax).collect();
    printed.sort();
    printed
}
