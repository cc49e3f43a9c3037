//! The comparisons of filters and templates (Go's `text/template/funcs.go`).

use std::cmp::Ordering;

use podyard_engine::value::Value;

use super::JsonPathError;

/// The kinds that Go compares with each other.
#[derive(PartialEq, Eq)]
enum Basic {
    Bool,
    Int,
    Float,
    Text,
}

fn basic(value: &Value) -> Result<Basic, JsonPathError> {
    match value {
        Value::Bool(_) => Ok(Basic::Bool),
        Value::Int(_) => Ok(Basic::Int),
        Value::Float(_) => Ok(Basic::Float),
        Value::Str(_) => Ok(Basic::Text),
        Value::Null | Value::List(_) | Value::Map(_) => Err("invalid type for comparison".into()),
    }
}

/// Whether `left operator right` holds.
pub(crate) fn compare(left: &Value, operator: &str, right: &Value) -> Result<bool, JsonPathError> {
    match operator {
        "==" => equal(left, right),
        "!=" => equal(left, right).map(|equal| !equal),
        "<" => less(left, right),
        "<=" => Ok(less(left, right)? || equal(left, right)?),
        ">" => Ok(!less(left, right)? && !equal(left, right)?),
        ">=" => less(left, right).map(|less| !less),
        _ => Err(format!("unrecognized filter operator {operator}").into()),
    }
}

fn equal(left: &Value, right: &Value) -> Result<bool, JsonPathError> {
    same_kind(left, right)?;
    Ok(left == right)
}

fn less(left: &Value, right: &Value) -> Result<bool, JsonPathError> {
    match same_kind(left, right)? {
        Basic::Bool => Err("invalid type for comparison".into()),
        Basic::Int => Ok(left.int() < right.int()),
        Basic::Text => Ok(left.text() < right.text()),
        Basic::Float => match (left, right) {
            (Value::Float(left), Value::Float(right)) => {
                Ok(left.partial_cmp(right) == Some(Ordering::Less))
            }
            _ => Ok(false),
        },
    }
}

fn same_kind(left: &Value, right: &Value) -> Result<Basic, JsonPathError> {
    let kind = basic(left)?;
    if kind == basic(right)? { Ok(kind) } else { Err("incompatible types for comparison".into()) }
}
