//! The order of merged lists: the patch's items in the patch's order, the
//! others as they stood, interleaved as well as can be.

use super::{Items, lacks_merge_key, wrong_type};
use crate::patch::PatchError;
use crate::value::Value;

/// What items are known by.
#[derive(Clone, Copy)]
pub(super) enum Key<'a> {
    /// Maps, by the value of this field.
    Field(&'a str),
    /// Scalars, by themselves.
    Own,
}

impl<'a> Key<'a> {
    pub(super) fn new(kind: Items, field: Option<&'a str>) -> Self {
        match (kind, field) {
            (Items::Maps, Some(field)) => Self::Field(field),
            _ => Self::Own,
        }
    }

    /// What `item` is known by; `null` for a map that lacks the field.
    pub(super) fn of(self, item: &Value) -> &Value {
        match self {
            Self::Field(field) => &item[field],
            Self::Own => item,
        }
    }

    /// What `item` is known by; an error for a map that lacks the field.
    pub(super) fn required(self, item: &Value) -> Result<&Value, PatchError> {
        let Self::Field(field) = self else { return Ok(item) };
        match item {
            Value::Map(map) => map.get(field).ok_or_else(|| lacks_merge_key(item, field)),
            other => Err(wrong_type("map[string]interface {}", other)),
        }
    }

    pub(super) fn position(self, list: &[Value], item: &Value) -> Option<usize> {
        list.iter().position(|own| self.of(own) == self.of(item))
    }
}

/// Orders `merged`: items of `patch_order` as they stand there, the others as
/// in `server_order`.
pub(super) fn in_order(
    merged: Vec<Value>,
    patch_order: &[Value],
    server_order: &[Value],
    key: Key<'_>,
) -> Vec<Value> {
    let (mut patched, mut others): (Vec<Value>, Vec<Value>) =
        merged.into_iter().partition(|item| key.position(patch_order, item).is_some());
    sort_like(&mut patched, patch_order, key);
    sort_like(&mut others, server_order, key);
    interleave(others, patched, server_order, key)
}

/// Sorts `items` as they stand in `order`.
pub(super) fn sort_like(items: &mut [Value], order: &[Value], key: Key<'_>) {
    items.sort_by_cached_key(|item| key.position(order, item).unwrap_or(usize::MAX));
}

/// Puts each of `left` before the first of `right` that the server has after it.
fn interleave(
    left: Vec<Value>,
    right: Vec<Value>,
    server_order: &[Value],
    key: Key<'_>,
) -> Vec<Value> {
    let mut all = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(l), Some(r)) = (left.peek(), right.peek()) {
        let l_at = key.position(server_order, l);
        let r_at = key.position(server_order, r);
        let l_first = matches!((l_at, r_at), (Some(l_at), Some(r_at)) if l_at < r_at);
        all.extend(if l_first { left.next() } else { right.next() });
    }
    all.extend(left);
    all.extend(right);
    all
}

/// Removes items that stand twice, as upstream does: the last takes the place
/// of the second.
pub(super) fn deduplicate(items: &mut Vec<Value>) {
    let mut first = 0;
    while first < items.len() {
        let mut other = first + 1;
        while other < items.len() {
            if items.get(first) == items.get(other) {
                items.swap_remove(other);
            } else {
                other += 1;
            }
        }
        first += 1;
    }
}
