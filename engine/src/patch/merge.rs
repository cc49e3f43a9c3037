//! JSON merge patches: RFC 7386.

use super::Keep;
use crate::value::{Map, Value};

/// Applies a merge patch: maps are merged, `null` deletes, all else replaces.
#[must_use]
pub fn apply_merge_patch(object: &Value, patch: &Value) -> Value {
    let Value::Map(changes) = patch else { return patch.clone() };
    let mut merged = object.as_map().cloned().unwrap_or_default();
    for (key, change) in changes.iter() {
        if change.is_null() {
            merged.remove(key);
            continue;
        }
        let merged_value = match (merged.get(key), change) {
            (Some(old), Value::Map(_)) => apply_merge_patch(old, change),
            (None, Value::Map(_)) => apply_merge_patch(&Value::Null, change),
            _ => change.clone(),
        };
        merged.insert(key.clone(), merged_value);
    }
    Value::Map(merged)
}

/// The merge patch that makes `modified` of `original`.
#[must_use]
pub fn create_merge_patch(original: &Value, modified: &Value) -> Value {
    Value::Map(difference(original, modified, Keep::All))
}

/// The merge patch that brings `current` to `modified`, and deletes what
/// `modified` no longer has of `original`.
#[must_use]
pub fn create_three_way_merge_patch(original: &Value, modified: &Value, current: &Value) -> Value {
    let changes = difference(current, modified, Keep::Changes);
    let deletions = difference(original, modified, Keep::Deletions);
    Value::Map(merge_patches(deletions, &changes))
}

fn difference(original: &Value, modified: &Value, keep: Keep) -> Map {
    let mut patch = Map::default();
    for (key, new) in modified.entries() {
        match (original.get(key), new) {
            (Some(old @ Value::Map(_)), Value::Map(_)) => {
                let inner = difference(old, new, keep);
                if !inner.is_empty() {
                    patch.insert(key.clone(), Value::Map(inner));
                }
            }
            (old, _) if keep.changes() && old != Some(new) => {
                patch.insert(key.clone(), new.clone());
            }
            _ => {}
        }
    }
    if keep.deletions() {
        for (key, _) in original.entries() {
            if modified.get(key).is_none() {
                patch.insert(key.clone(), Value::Null);
            }
        }
    }
    patch
}

/// Both patches as one; where they meet, `second` wins. A `null` stays.
fn merge_patches(mut first: Map, second: &Map) -> Map {
    for (key, change) in second.iter() {
        let merged = match (first.get(key), change) {
            (Some(Value::Map(old)), Value::Map(change)) => {
                Value::Map(merge_patches(old.clone(), change))
            }
            _ => change.clone(),
        };
        first.insert(key.clone(), merged);
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value;

    #[test]
    fn null_deletes_and_lists_are_replaced() {
        let object = value!({ "a": { "b": 1, "c": 2 }, "l": [1, 2] });
        let patch = value!({ "a": { "b": null, "d": { "e": null, "f": 1 } }, "l": [3] });
        let expected = value!({ "a": { "c": 2, "d": { "f": 1 } }, "l": [3] });
        assert_eq!(apply_merge_patch(&object, &patch), expected);
    }

    #[test]
    fn a_created_patch_makes_one_of_the_other() {
        let original = value!({ "a": { "b": 1, "c": 2 }, "l": [1, 2], "x": 1 });
        let modified = value!({ "a": { "b": 3, "c": 2 }, "l": [1], "y": {} });
        let patch = create_merge_patch(&original, &modified);
        assert_eq!(patch, value!({ "a": { "b": 3 }, "l": [1], "x": null, "y": {} }));
        assert_eq!(apply_merge_patch(&original, &patch), modified);
    }

    #[test]
    fn three_ways_leave_alone_what_others_set() {
        let original = value!({ "spec": { "a": 1, "b": 1 } });
        let modified = value!({ "spec": { "a": 2 } });
        let current = value!({ "spec": { "a": 1, "b": 1, "c": 1 } });
        let patch = create_three_way_merge_patch(&original, &modified, &current);
        assert_eq!(patch, value!({ "spec": { "a": 2, "b": null } }));
    }
}
