//! The functions of templates: Go's own, and kubectl's `base64decode` and
//! `exists`.

use podyard_engine::base64;
use podyard_engine::value::Value;

use super::eval::Operated;
use super::format::sprintf;
use crate::print::gofmt;
use crate::print::jsonpath::compare;

/// Every function a template may call.
pub(super) const NAMES: [&str; 21] = [
    "and",
    "base64decode",
    "call",
    "eq",
    "exists",
    "ge",
    "gt",
    "html",
    "index",
    "js",
    "le",
    "len",
    "lt",
    "ne",
    "not",
    "or",
    "print",
    "printf",
    "println",
    "slice",
    "urlquery",
];

/// What is wrong with calling `name` with `count` arguments, if anything.
pub(super) fn wrong_count(name: &str, count: usize) -> Option<String> {
    let (least, exact) = match name {
        "base64decode" | "len" | "not" => (1, true),
        "ge" | "gt" | "le" | "lt" | "ne" => (2, true),
        "html" | "js" | "print" | "println" | "urlquery" => (0, false),
        _ => (1, false),
    };
    let fits = if exact { count == least } else { count >= least };
    let at_least = if exact { "" } else { "at least " };
    (!fits).then(|| format!("wrong number of args for {name}: want {at_least}{least} got {count}"))
}

/// Whether a value counts as true: whether it is not its type's zero.
pub(super) fn truth(value: &Operated) -> bool {
    value.as_ref().is_some_and(|value| !value.is_zero())
}

/// Calls the function `name`.
pub(super) fn call(name: &str, arguments: &[Operated]) -> Result<Operated, String> {
    let values: Vec<Value> =
        arguments.iter().map(|argument| argument.clone().unwrap_or_default()).collect();
    let first = || values.first().cloned().unwrap_or_default();
    Ok(Some(match name {
        "not" => Value::Bool(!truth(&Some(first()))),
        "eq" => Value::Bool(equals_any(&values)?),
        "ne" => holds(&values, "!=")?,
        "lt" => holds(&values, "<")?,
        "le" => holds(&values, "<=")?,
        "gt" => holds(&values, ">")?,
        "ge" => holds(&values, ">=")?,
        "len" => length(&first())?.into(),
        "index" => return index(&values),
        "slice" => slice(&values)?,
        "exists" => Value::Bool(exists(&values)),
        "print" => print(&values).into(),
        "println" => {
            let texts: Vec<String> = values.iter().map(gofmt::sprint).collect();
            (texts.join(" ") + "\n").into()
        }
        "printf" => match first() {
            Value::Str(format) => sprintf(&format, values.get(1..).unwrap_or_default()).into(),
            other => {
                let name = gofmt::type_name(&other);
                return Err(format!("wrong type for value; expected string; got {name}"));
            }
        },
        "base64decode" => {
            let bytes = base64::decode(first().text());
            let bytes = bytes.map_err(|error| format!("base64 decode failed: {error}"))?;
            String::from_utf8_lossy(&bytes).into_owned().into()
        }
        "html" => escape(&print(&values), HTML).into(),
        "js" => escape(&print(&values), JS).into(),
        "urlquery" => url_query(&print(&values)).into(),
        _ => return Err("non-function of type interface {}".to_owned()),
    }))
}

/// Whether some value equals the first one.
fn equals_any(values: &[Value]) -> Result<bool, String> {
    let Some((first, others)) = values.split_first() else { return Ok(false) };
    if others.is_empty() {
        return Err("missing argument for comparison".to_owned());
    }
    for other in others {
        if equal(first, other)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn equal(left: &Value, right: &Value) -> Result<bool, String> {
    match (left, right) {
        (Value::Null, other) | (other, Value::Null) => Ok(other.is_null()),
        (Value::List(_) | Value::Map(_), Value::List(_) | Value::Map(_)) => {
            let (name, text) = (gofmt::type_name(right), gofmt::sprint(right));
            Err(format!("non-comparable type {text}: {name}"))
        }
        (Value::List(_) | Value::Map(_), _) | (_, Value::List(_) | Value::Map(_)) => {
            Err("incompatible types for comparison".to_owned())
        }
        _ => compared(left, "==", right),
    }
}

fn holds(values: &[Value], operator: &str) -> Result<Value, String> {
    match values {
        [left, right] if operator == "!=" => equal(left, right).map(|equal| Value::Bool(!equal)),
        [left, right] => compared(left, operator, right).map(Value::Bool),
        _ => Ok(Value::Null),
    }
}

fn compared(left: &Value, operator: &str, right: &Value) -> Result<bool, String> {
    compare(left, operator, right).map_err(|error| error.to_string())
}

fn length(value: &Value) -> Result<usize, String> {
    match value {
        Value::Str(text) => Ok(text.len()),
        Value::List(items) => Ok(items.len()),
        Value::Map(map) => Ok(map.len()),
        Value::Null => Err("len of nil pointer".to_owned()),
        other => Err(format!("len of type {}", gofmt::type_name(other))),
    }
}

fn index(values: &[Value]) -> Result<Operated, String> {
    let Some((first, keys)) = values.split_first() else { return Ok(None) };
    let mut value = first.clone();
    for key in keys {
        value = match (&value, key) {
            (Value::Null, _) => return Err("index of untyped nil".to_owned()),
            (Value::Map(map), Value::Str(key)) => match map.get(key) {
                Some(found) => found.clone(),
                // The zero of an interface, which prints as no value.
                None => return Ok(None),
            },
            (Value::Map(_), other) => {
                let name = gofmt::type_name(other);
                return Err(format!("value has type {name}; should be string"));
            }
            (Value::List(items), key) => {
                items.get(item(key, items.len())?).cloned().unwrap_or_default()
            }
            (Value::Str(text), key) => {
                let byte = text.as_bytes().get(item(key, text.len())?).copied();
                Value::Int(byte.unwrap_or_default().into())
            }
            (other, _) => {
                return Err(format!("can't index item of type {}", gofmt::type_name(other)));
            }
        };
    }
    Ok(Some(value))
}

/// A whole number as an index into something of `length`.
fn item(key: &Value, length: usize) -> Result<usize, String> {
    let Value::Int(at) = key else {
        return Err(format!("cannot index slice/array with type {}", gofmt::type_name(key)));
    };
    usize::try_from(*at)
        .ok()
        .filter(|at| *at < length)
        .ok_or_else(|| format!("index out of range: {at}"))
}

fn slice(values: &[Value]) -> Result<Value, String> {
    let Some((first, bounds)) = values.split_first() else { return Ok(Value::Null) };
    let length = length(first)?;
    let bound = |at: usize, default: usize| match bounds.get(at) {
        None => Ok(default),
        Some(key) => item(key, length + 1),
    };
    let (start, end) = (bound(0, 0)?, bound(1, length)?);
    if start > end {
        return Err(format!("invalid slice index: {start} > {end}"));
    }
    match first {
        Value::Str(text) => Ok(text.get(start..end).unwrap_or_default().into()),
        Value::List(items) => Ok(Value::list(items.get(start..end).unwrap_or_default().to_vec())),
        other => Err(format!("can't slice item of type {}", gofmt::type_name(other))),
    }
}

/// Whether the keys lead to a value.
fn exists(values: &[Value]) -> bool {
    let Some((first, keys)) = values.split_first() else { return false };
    let found = keys.iter().try_fold(first, |value, key| match (value, key) {
        (Value::Map(map), Value::Str(key)) => map.get(key),
        (Value::List(items), Value::Int(at)) => items.get(usize::try_from(*at).ok()?),
        _ => None,
    });
    found.is_some()
}

/// Go's `Sprint`: a space between two arguments when neither is a text.
fn print(values: &[Value]) -> String {
    let mut out = String::new();
    let mut text_before = true;
    for value in values {
        let is_text = value.as_str().is_some();
        if !is_text && !text_before {
            out.push(' ');
        }
        out.push_str(&gofmt::sprint(value));
        text_before = is_text;
    }
    out
}

const HTML: &[(char, &str)] = &[
    ('\0', "\u{fffd}"),
    ('"', "&#34;"),
    ('\'', "&#39;"),
    ('&', "&amp;"),
    ('<', "&lt;"),
    ('>', "&gt;"),
];

const JS: &[(char, &str)] = &[
    ('\\', "\\\\"),
    ('\'', "\\'"),
    ('"', "\\\""),
    ('<', "\\u003C"),
    ('>', "\\u003E"),
    ('&', "\\u0026"),
    ('=', "\\u003D"),
    ('\n', "\\u000A"),
    ('\r', "\\u000D"),
    ('\t', "\\u0009"),
];

fn escape(text: &str, escapes: &[(char, &str)]) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match escapes.iter().find(|(own, _)| *own == char) {
            Some((_, escape)) => out.push_str(escape),
            None => out.push(char),
        }
    }
    out
}

fn url_query(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            b' ' => out.push('+'),
            other => out.extend(["%", &format!("{other:02X}")]),
        }
    }
    out
}
