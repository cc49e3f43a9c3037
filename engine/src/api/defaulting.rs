//! Small steps that the defaults of many kinds are made of.

use crate::value::Value;

/// Sets a text that is missing or empty.
pub(super) fn text(object: &mut Value, field: &str, default: &str) {
    if object[field].is_empty() {
        object.set(field, default);
    }
}

/// Sets a number that is missing or zero.
pub(super) fn nonzero(object: &mut Value, field: &str, default: i64) {
    if object[field].int() == 0 {
        object.set(field, default);
    }
}

/// Applies `change` to the field `field`, if it is there. What does not change
/// stays shared.
pub(super) fn within(object: &mut Value, field: &str, change: impl FnOnce(&mut Value)) {
    let before = &object[field];
    if before.is_null() {
        return;
    }
    let mut after = before.clone();
    change(&mut after);
    if after != *before {
        object.set(field, after);
    }
}

/// Applies `change` to every item of the list `field`. What does not change
/// stays shared.
pub(super) fn each(object: &mut Value, field: &str, mut change: impl FnMut(&mut Value)) {
    let mut changed = false;
    let items: Vec<Value> = object[field]
        .items()
        .iter()
        .map(|before| {
            let mut after = before.clone();
            change(&mut after);
            changed |= after != *before;
            after
        })
        .collect();
    if changed {
        object.set(field, Value::list(items));
    }
}
