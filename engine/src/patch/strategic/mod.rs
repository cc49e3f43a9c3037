//! Strategic merge patches: merge patches that know which lists are sets or
//! maps in disguise.
//!
//! Source: apimachinery `pkg/util/strategicpatch`.

mod apply;
mod conflict;
mod create;
mod order;

pub use self::apply::apply_strategic_patch;
pub use self::conflict::strategic_conflict;
pub use self::create::{create_strategic_patch, create_three_way_strategic_patch};

use super::PatchError;
use crate::schema::{FieldPatch, Struct, Type};
use crate::value::Value;

const DIRECTIVE: &str = "$patch";
const RETAIN_KEYS: &str = "$retainKeys";
const DELETE_ITEMS: &str = "$deleteFromPrimitiveList/";
const ELEMENT_ORDER: &str = "$setElementOrder/";

const BAD_RETAIN_KEYS: &str = "invalid patch format of retainKeys";
const BAD_ELEMENT_ORDER: &str = "invalid patch format of setElementOrder list";

/// What the schema knows of a map's fields.
#[derive(Clone, Copy)]
enum Schema {
    Struct(&'static Struct),
    /// A map whose entries have this type; `None` where nothing is known.
    Map(Option<&'static Type>),
}

/// What the schema knows of a field.
struct FieldSchema {
    /// Of the field's fields, or of its items' fields.
    inner: Schema,
    patch: FieldPatch,
}

impl Schema {
    fn of(own: &'static Type) -> Self {
        match own.as_struct() {
            Some(found) => Self::Struct(found),
            None => Self::Map(own.inner()),
        }
    }

    fn field(self, name: &str) -> Result<FieldSchema, PatchError> {
        match self {
            Self::Struct(own) => {
                let field = own.field(name).ok_or_else(|| {
                    let own = own.short_name();
                    PatchError::DoesNotApply(format!(
                        "unable to find api field in struct {own} for the json field \"{name}\""
                    ))
                })?;
                let inner = match field.value.shape {
                    crate::schema::Shape::List(ref item) => Self::of(item),
                    _ => Self::of(&field.value),
                };
                Ok(FieldSchema { inner, patch: field.patch })
            }
            Self::Map(entry) => {
                let inner = entry.map_or(Self::Map(None), Self::of);
                Ok(FieldSchema { inner, patch: FieldPatch::default() })
            }
        }
    }
}

/// What items of a list are alike in: Go's type of all its elements.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Items {
    Maps,
    Scalars,
}

/// The kind of the items of lists that are merged with each other.
fn kind_of_items(lists: &[&[Value]]) -> Result<Items, PatchError> {
    let mut items = lists.iter().flat_map(|list| list.iter());
    let Some(first) = items.next() else {
        return Err(does_not_apply("no elements in any of the given slices"));
    };
    if matches!(first, Value::List(_)) {
        return Err(does_not_apply("lists of lists are not supported"));
    }
    if items.any(|item| go_type(item) != go_type(first)) {
        return Err(does_not_apply("list element types are not identical"));
    }
    Ok(if matches!(first, Value::Map(_)) { Items::Maps } else { Items::Scalars })
}

fn does_not_apply(message: impl Into<String>) -> PatchError {
    PatchError::DoesNotApply(message.into())
}

fn malformed(message: &str) -> PatchError {
    PatchError::Malformed(message.to_owned())
}

fn lacks_merge_key(item: &Value, key: &str) -> PatchError {
    does_not_apply(format!(
        "map: {} does not contain declared merge key: {key}",
        in_go_syntax(item)
    ))
}

fn wrong_type(expected: &str, found: &Value) -> PatchError {
    {
        // Go prints the missing type of `null` this way.
        let found = if found.is_null() { "%!s(<nil>)" } else { go_type(found) };
        does_not_apply(format!("expected a {expected}, but received a {found}"))
    }
}

fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int64",
        Value::Float(_) => "float64",
        Value::Str(_) => "string",
        Value::List(_) => "[]interface {}",
        Value::Map(_) => "map[string]interface {}",
    }
}

/// A value as Go's `%v` prints it: `map[name:a ports:[1 2]]`.
pub fn in_go_syntax(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::Str(text) => text.to_string(),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(in_go_syntax).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Map(map) => {
            let entry = |(key, value)| format!("{key}:{}", in_go_syntax(value));
            format!("map[{}]", map.iter().map(entry).collect::<Vec<_>>().join(" "))
        }
        other => other.to_json(),
    }
}

#[cfg(test)]
mod tests;
