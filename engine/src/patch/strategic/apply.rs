//! Applying a patch to an object, or to another patch.

use super::order::{Key, deduplicate, in_order};
use super::{
    BAD_ELEMENT_ORDER, BAD_RETAIN_KEYS, DELETE_ITEMS, DIRECTIVE, ELEMENT_ORDER, FieldSchema, Items,
    RETAIN_KEYS, Schema, does_not_apply, go_type, in_go_syntax, kind_of_items, malformed,
    wrong_type,
};
use crate::patch::PatchError;
use crate::schema::Struct;
use crate::value::{Map, Value};

/// Applies a strategic merge patch to an object of type `schema`.
pub fn apply_strategic_patch(
    schema: &'static Struct,
    object: &Value,
    patch: &Value,
) -> Result<Value, PatchError> {
    merge_map(object.clone(), patch.clone(), Schema::Struct(schema), MergeOptions::APPLY)
}

#[derive(Debug, Clone, Copy)]
pub(super) struct MergeOptions {
    /// The first value is an object: directives are carried out. Otherwise it
    /// is a patch, and keeps them.
    carry_out: bool,
}

impl MergeOptions {
    const APPLY: Self = Self { carry_out: true };
    pub(super) const COMBINE_PATCHES: Self = Self { carry_out: false };
}

pub(super) fn merge_map(
    original: Value,
    mut patch: Value,
    schema: Schema,
    options: MergeOptions,
) -> Result<Value, PatchError> {
    if let Some(directive) = patch.get(DIRECTIVE) {
        return match directive.text() {
            "replace" => {
                patch.remove(DIRECTIVE);
                Ok(patch)
            }
            "delete" => Ok(Value::map()),
            _ => Err(unknown_directive(directive, &patch)),
        };
    }
    let mut merged = if let Value::Map(map) = original { map } else { Map::default() };
    let mut changes = if let Value::Map(map) = patch { map } else { Map::default() };
    retain_keys(&mut merged, &mut changes, options)?;
    merge_ordered_lists(&mut merged, &mut changes, schema, options)?;
    for (key, change) in changes.iter() {
        let (key, deletes_items) = match key.strip_prefix(DELETE_ITEMS) {
            Some(_) if !options.carry_out => {
                merged.insert(key.clone(), change.clone());
                continue;
            }
            Some(key) => (key, true),
            None => (&**key, false),
        };
        merge_field(&mut merged, key, change, deletes_items, (schema, options))?;
    }
    Ok(Value::Map(merged))
}

fn unknown_directive(directive: &Value, patch: &Value) -> PatchError {
    let (directive, patch) = (in_go_syntax(directive), in_go_syntax(patch));
    does_not_apply(format!("unknown patch type: {directive} in map: {patch}"))
}

fn merge_field(
    merged: &mut Map,
    key: &str,
    change: &Value,
    deletes_items: bool,
    (schema, options): (Schema, MergeOptions),
) -> Result<(), PatchError> {
    if change.is_null() {
        merged.remove(key);
        if options.carry_out {
            return Ok(());
        }
    }
    let Some(old) = merged.get(key) else {
        if !deletes_items {
            let added = if options.carry_out { without_nulls(change) } else { change.clone() };
            merged.insert(key, added);
        }
        return Ok(());
    };
    if go_type(old) != go_type(change) {
        merged.insert(key, change.clone());
        return Ok(());
    }
    let old = old.clone();
    let new = match (&old, change) {
        (Value::Map(_), Value::Map(_)) => {
            let field = schema.field(key)?;
            if field.patch.replace {
                change.clone()
            } else {
                merge_map(old, change.clone(), field.inner, options)?
            }
        }
        (Value::List(old), Value::List(change)) => {
            let field = schema.field(key)?;
            Value::list(merge_lists(old, change, &field, deletes_items, options)?)
        }
        _ => change.clone(),
    };
    merged.insert(key, new);
    Ok(())
}

/// Added values keep no `null`: it would delete, and there is nothing.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Map(map) => {
            let kept = map.iter().filter(|(_, value)| !value.is_null());
            Value::Map(kept.map(|(key, value)| (key.clone(), without_nulls(value))).collect())
        }
        Value::List(items) => Value::list(items.iter().map(without_nulls).collect()),
        other => other.clone(),
    }
}

/// `$retainKeys`: what it does not name goes.
fn retain_keys(
    merged: &mut Map,
    changes: &mut Map,
    options: MergeOptions,
) -> Result<(), PatchError> {
    let Some(kept) = changes.remove(RETAIN_KEYS) else { return Ok(()) };
    if !options.carry_out {
        if let Some(own) = merged.get(RETAIN_KEYS)
            && *own != kept
        {
            let (own, kept) = (in_go_syntax(own), in_go_syntax(&kept));
            return Err(does_not_apply(format!(
                "{own} and {kept} are not deep equal: this may happen when calculating the 3-way diff patch"
            )));
        }
        merged.insert(RETAIN_KEYS, kept);
        return Ok(());
    }
    let Value::List(kept) = kept else { return Err(malformed(BAD_RETAIN_KEYS)) };
    let is_kept = |key: &str| kept.iter().any(|own| own.as_str() == Some(key));
    let mut named = changes.iter().filter(|(key, value)| {
        !value.is_null() && !key.starts_with(DELETE_ITEMS) && !key.starts_with(ELEMENT_ORDER)
    });
    if named.any(|(key, _)| !is_kept(key)) {
        return Err(malformed(BAD_RETAIN_KEYS));
    }
    merged.retain(|key, _| is_kept(key));
    Ok(())
}

/// `$setElementOrder`: merges the lists it names and puts them in its order.
fn merge_ordered_lists(
    merged: &mut Map,
    changes: &mut Map,
    schema: Schema,
    options: MergeOptions,
) -> Result<(), PatchError> {
    let directives: Vec<_> = changes
        .iter()
        .filter(|(key, _)| key.starts_with(ELEMENT_ORDER))
        .map(|(key, order)| (key.clone(), order.clone()))
        .collect();
    for (directive, order) in directives {
        changes.remove(&directive);
        if !options.carry_out {
            match merged.get(&directive) {
                Some(own) if *own != order => return Err(malformed(BAD_ELEMENT_ORDER)),
                _ => merged.insert(directive.clone(), order.clone()),
            };
        }
        let Value::List(order) = &order else { return Err(wrong_type("[]interface {}", &order)) };
        let Some(key) = directive.strip_prefix(ELEMENT_ORDER) else { continue };
        let change = changes.remove(key);
        if let Some(list) =
            merge_ordered_list(merged.get(key), change, order, (key, schema, options))?
        {
            merged.insert(key, list);
        }
    }
    Ok(())
}

fn merge_ordered_list(
    old: Option<&Value>,
    change: Option<Value>,
    order: &[Value],
    (key, schema, options): (&str, Schema, MergeOptions),
) -> Result<Option<Value>, PatchError> {
    for list in [old, change.as_ref()].into_iter().flatten() {
        if !matches!(list, Value::List(_)) {
            return Err(wrong_type("[]interface {}", list));
        }
    }
    let field = schema.field(key)?;
    let new = change.as_ref().map_or(&[][..], Value::items);
    check_order(new, order, field.patch.key)?;
    let old_items = old.map_or(&[][..], Value::items);
    let merged = match (old, &change) {
        (None, None) => return Ok(None),
        (Some(_), None) => old_items.to_vec(),
        (None, Some(_)) => new.to_vec(),
        (Some(_), Some(_)) => merge_lists(old_items, new, &field, false, options)?,
    };
    let item_key = field.patch.key.map_or(Key::Own, Key::Field);
    for item in &merged {
        item_key.required(item)?;
    }
    if merged.is_empty() {
        return Ok(Some(Value::list(merged)));
    }
    Ok(Some(Value::list(in_order(merged, order, old_items, item_key))))
}

/// The patch's items must stand in the order the directive names.
fn check_order(
    patch: &[Value],
    order: &[Value],
    key_field: Option<&str>,
) -> Result<(), PatchError> {
    if order.is_empty() || patch.is_empty() {
        return Ok(());
    }
    let key = key_field.map_or(Key::Own, Key::Field);
    let mut ordered = order.iter();
    for item in patch.iter().filter(|item| item.get(DIRECTIVE).is_none()) {
        let own = key.required(item)?;
        if !ordered.any(|other| key.of(other) == own) {
            return Err(does_not_apply(format!(
                "The order in patch list:\n{}\n doesn't match {} list:\n{}\n",
                in_go_syntax(&Value::list(patch.to_vec())),
                ELEMENT_ORDER.trim_end_matches('/'),
                in_go_syntax(&Value::list(order.to_vec())),
            )));
        }
    }
    Ok(())
}

fn merge_lists(
    old: &[Value],
    change: &[Value],
    field: &FieldSchema,
    deletes_items: bool,
    options: MergeOptions,
) -> Result<Vec<Value>, PatchError> {
    if !field.patch.merge {
        return Ok(change.to_vec());
    }
    if old.is_empty() && change.is_empty() {
        return Ok(Vec::new());
    }
    let kind = kind_of_items(&[old, change])?;
    if kind == Items::Scalars {
        if options.carry_out && deletes_items {
            return Ok(old.iter().filter(|item| !change.contains(item)).cloned().collect());
        }
        let mut both = [old, change].concat();
        deduplicate(&mut both);
        return Ok(in_order(both, change, old, Key::Own));
    }
    let Some(key_field) = field.patch.key else {
        return Err(does_not_apply("cannot merge lists without merge key for type struct"));
    };
    let key = Key::new(kind, Some(key_field));
    let (kept, change) = carry_out_item_directives(old, change, key)?;
    let merged = merge_items(kept.clone(), &change, key, field.inner, options)?;
    for item in &merged {
        key.required(item)?;
    }
    Ok(in_order(merged, &change, &kept, key))
}

/// `$patch: delete` removes an item, `$patch: replace` all that were there.
fn carry_out_item_directives(
    old: &[Value],
    change: &[Value],
    key: Key<'_>,
) -> Result<(Vec<Value>, Vec<Value>), PatchError> {
    let mut kept = old.to_vec();
    let mut plain = Vec::new();
    let mut replaces = false;
    for item in change {
        let Some(directive) = item.get(DIRECTIVE) else {
            plain.push(item.clone());
            continue;
        };
        match directive.text() {
            "delete" => {
                let gone = key.required(item)?;
                kept.retain(|own| key.of(own) != gone);
            }
            "replace" => replaces = true,
            "merge" => {
                return Err(does_not_apply("merging lists cannot yet be specified in the patch"));
            }
            _ => return Err(unknown_directive(directive, item)),
        }
    }
    Ok(if replaces { (plain, Vec::new()) } else { (kept, plain) })
}

fn merge_items(
    mut merged: Vec<Value>,
    change: &[Value],
    key: Key<'_>,
    schema: Schema,
    options: MergeOptions,
) -> Result<Vec<Value>, PatchError> {
    for item in change {
        key.required(item)?;
        let position = key.position(&merged, item);
        match position.and_then(|position| merged.get_mut(position)) {
            Some(own) => *own = merge_map(std::mem::take(own), item.clone(), schema, options)?,
            None if options.carry_out => merged.push(without_nulls(item)),
            None => merged.push(item.clone()),
        }
    }
    Ok(merged)
}
