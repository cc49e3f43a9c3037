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

/// Applies `change` to the field `field`, if it is there.
pub(super) fn within(object: &mut Value, field: &str, change: impl FnOnce(&mut Value)) {
    if !object[field].is_null() {
        change(&mut object[field]);
    }
}

/// Applies `change` to every item of the list `field`.
pub(super) fn each(object: &mut Value, field: &str, mut change: impl FnMut(&mut Value)) {
    if object[field].items().is_empty() {
        return;
    }
    for item in object[field].make_list() {
        change(item);
    }
}
