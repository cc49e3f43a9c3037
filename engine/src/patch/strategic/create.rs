//! Making a patch of two or three versions of an object.

use super::apply::{MergeOptions, merge_map};
use super::order::{Key, deduplicate, sort_like};
use super::{
    DELETE_ITEMS, DIRECTIVE, ELEMENT_ORDER, FieldSchema, Items, RETAIN_KEYS, Schema, go_type,
    in_go_syntax, kind_of_items,
};
use crate::patch::{Keep, PatchError};
use crate::schema::Struct;
use crate::value::{Map, Value};

/// The patch that makes `modified` of `original`.
pub fn create_strategic_patch(
    schema: &'static Struct,
    original: &Value,
    modified: &Value,
) -> Result<Value, PatchError> {
    difference(original, modified, Schema::Struct(schema), Options::new(Keep::All))
}

/// The patch that brings `current` to `modified`, and deletes what `modified`
/// no longer has of `original`.
pub fn create_three_way_strategic_patch(
    schema: &'static Struct,
    original: &Value,
    modified: &Value,
    current: &Value,
) -> Result<Value, PatchError> {
    let schema = Schema::Struct(schema);
    let changes = difference(current, modified, schema, Options::new(Keep::Changes))?;
    let deletions = difference(original, modified, schema, Options::new(Keep::Deletions))?;
    merge_map(deletions, changes, schema, MergeOptions::COMBINE_PATCHES)
}

/// All that differs, deletions and changes.
pub(super) fn full_difference(
    original: &Value,
    modified: &Value,
    schema: Schema,
) -> Result<Value, PatchError> {
    let options = Options { element_order: false, ..Options::new(Keep::All) };
    difference(original, modified, schema, options)
}

#[derive(Debug, Clone, Copy)]
struct Options {
    keep: Keep,
    element_order: bool,
    retain_keys: bool,
}

impl Options {
    const fn new(keep: Keep) -> Self {
        Self { keep, element_order: true, retain_keys: false }
    }
}

fn difference(
    original: &Value,
    modified: &Value,
    schema: Schema,
    options: Options,
) -> Result<Value, PatchError> {
    let mut patch = Map::default();
    for (key, new) in modified.entries() {
        match original.get(key) {
            Some(old) if &**key == DIRECTIVE => {
                if old != new {
                    patch.insert(key.clone(), new.clone());
                }
            }
            Some(old) if go_type(old) == go_type(new) => {
                field_difference(&mut patch, key, old, new, schema, options)?;
            }
            _ if !options.keep.changes() => {}
            _ => {
                patch.insert(key.clone(), new.clone());
            }
        }
    }
    if options.keep.deletions() {
        for (key, _) in original.entries().filter(|(key, _)| modified.get(key).is_none()) {
            patch.insert(key.clone(), Value::Null);
        }
    }
    if options.retain_keys {
        add_retained_keys(&mut patch, original, modified);
    }
    Ok(Value::Map(patch))
}

/// The patch names what stays, if it changes anything or something must go.
fn add_retained_keys(patch: &mut Map, original: &Value, modified: &Value) {
    let kept: Value =
        modified.entries().filter(|(_, value)| !value.is_null()).map(|(key, _)| key).collect();
    let mut before = original.entries().filter(|(_, value)| !value.is_null());
    let drops = before.any(|(key, _)| modified.get(key).is_none());
    if !kept.is_empty() && (!patch.is_empty() || drops) {
        patch.insert(RETAIN_KEYS, kept);
    }
}

fn field_difference(
    patch: &mut Map,
    key: &str,
    old: &Value,
    new: &Value,
    schema: Schema,
    options: Options,
) -> Result<(), PatchError> {
    let mut replace = || {
        if options.keep.changes() && old != new {
            patch.insert(key, new.clone());
        }
    };
    if old == new && !matches!(schema.field(key), Ok(field) if field.patch.replace) {
        return Ok(());
    }
    match (old, new) {
        (Value::Map(_), Value::Map(_)) => {
            let field = schema.field(key)?;
            if field.patch.replace {
                // Upstream repeats such a map even if it is the same.
                if options.keep.changes() {
                    patch.insert(key, new.clone());
                }
                return Ok(());
            }
            let options = Options { retain_keys: field.patch.retain_keys, ..options };
            let inner = difference(old, new, field.inner, options)?;
            if !inner.is_empty() {
                patch.insert(key, inner);
            }
        }
        (Value::List(old), Value::List(new)) => {
            let field = schema.field(key)?;
            if field.patch.merge {
                let options = Options { retain_keys: field.patch.retain_keys, ..options };
                ListDifference::of(old, new, &field, options)?.add_to(patch, key);
            } else {
                replace();
            }
        }
        _ => replace(),
    }
    Ok(())
}

#[derive(Default)]
struct ListDifference {
    changes: Vec<Value>,
    deletions: Vec<Value>,
    order: Vec<Value>,
}

impl ListDifference {
    fn of(
        old: &[Value],
        new: &[Value],
        field: &FieldSchema,
        options: Options,
    ) -> Result<Self, PatchError> {
        if old.is_empty() {
            let changes = if options.keep.changes() { new.to_vec() } else { Vec::new() };
            return Ok(Self { changes, ..Self::default() });
        }
        match kind_of_items(&[old, new])? {
            Items::Maps => Self::of_maps(old, new, field, options),
            Items::Scalars => Ok(Self::of_scalars(old, new, options)),
        }
    }

    fn add_to(self, patch: &mut Map, key: &str) {
        if !self.changes.is_empty() {
            patch.insert(key, Value::list(self.changes));
        }
        if !self.deletions.is_empty() {
            patch.insert(format!("{DELETE_ITEMS}{key}"), Value::list(self.deletions));
        }
        if !self.order.is_empty() {
            patch.insert(format!("{ELEMENT_ORDER}{key}"), Value::list(self.order));
        }
    }

    fn of_maps(
        old: &[Value],
        new: &[Value],
        field: &FieldSchema,
        options: Options,
    ) -> Result<Self, PatchError> {
        let key_field = field.patch.key.unwrap_or_default();
        let key = Key::Field(key_field);
        let (mut changes, deletions) = changed_maps(old, new, key_field, field.inner, options)?;
        sort_like(&mut changes, new, key);
        let same_order = old.len() == new.len()
            && old.iter().zip(new).all(|(old, new)| key.of(old) == key.of(new));
        changes.extend(deletions);
        let ordered = options.element_order
            && ((options.keep.changes() && (!changes.is_empty() || !same_order))
                || (options.keep.deletions() && !changes.is_empty()));
        let named = |item: &Value| {
            let mut only_key = Value::map();
            only_key.set(key_field, key.of(item));
            only_key
        };
        let order = if ordered { new.iter().map(named).collect() } else { Vec::new() };
        Ok(Self { changes, deletions: Vec::new(), order })
    }

    fn of_scalars(old: &[Value], new: &[Value], options: Options) -> Self {
        let mut changes = Vec::new();
        let mut deletions = Vec::new();
        let (old_sorted, new_sorted) = (sorted(old), sorted(new));
        let mut old_items = old_sorted.iter().peekable();
        let mut new_items = new_sorted.iter().peekable();
        loop {
            let order = match (old_items.peek(), new_items.peek()) {
                (None, None) => break,
                (Some((old, _)), Some((new, _))) => old.cmp(new),
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
            };
            let gone = if order.is_le() { old_items.next() } else { None };
            let come = if order.is_ge() { new_items.next() } else { None };
            match (gone, come) {
                (Some((_, gone)), None) if options.keep.deletions() => {
                    deletions.push((*gone).clone());
                }
                (None, Some((_, come))) if options.keep.changes() => changes.push((*come).clone()),
                _ => {}
            }
        }
        deduplicate(&mut deletions);
        sort_like(&mut changes, new, Key::Own);
        let ordered = options.element_order
            && ((options.keep.deletions() && !deletions.is_empty())
                || (options.keep.changes() && old != new));
        let order = if ordered { new.to_vec() } else { Vec::new() };
        Self { changes, deletions, order }
    }
}

/// Values with their printed forms, by which upstream sorts them.
fn sorted(items: &[Value]) -> Vec<(String, &Value)> {
    let mut items: Vec<_> = items.iter().map(|item| (in_go_syntax(item), item)).collect();
    items.sort_by(|(a, _), (b, _)| a.cmp(b));
    items
}

/// What to add or change, and what to delete, in a list of maps.
fn changed_maps(
    old: &[Value],
    new: &[Value],
    key_field: &str,
    schema: Schema,
    options: Options,
) -> Result<(Vec<Value>, Vec<Value>), PatchError> {
    let key = Key::Field(key_field);
    let by_key = |items: &[Value]| -> Result<Vec<(String, Value)>, PatchError> {
        let keyed = |item: &Value| Ok((in_go_syntax(key.required(item)?), item.clone()));
        let mut items: Vec<_> = items.iter().map(keyed).collect::<Result<_, PatchError>>()?;
        items.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(items)
    };
    let (old, new) = (by_key(old)?, by_key(new)?);
    let (mut changes, mut deletions) = (Vec::new(), Vec::new());
    let (mut old, mut new) = (old.iter().peekable(), new.iter().peekable());
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => break,
            (Some((old, _)), Some((new, _))) => old.cmp(new),
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
        };
        let before = if order.is_le() { old.next() } else { None };
        let after = if order.is_ge() { new.next() } else { None };
        match (before, after) {
            (Some((_, before)), Some((_, after))) => {
                let mut change = difference(before, after, schema, options)?;
                if !change.is_empty() {
                    change.set(key_field, key.of(after));
                    changes.push(change);
                }
            }
            (Some((_, gone)), None) if options.keep.deletions() => {
                let mut deletion = Value::map();
                deletion.set(DIRECTIVE, "delete");
                deletion.set(key_field, key.of(gone));
                deletions.push(deletion);
            }
            (None, Some((_, come))) if options.keep.changes() => changes.push(come.clone()),
            _ => {}
        }
    }
    Ok((changes, deletions))
}
