//! What a field means, which default it has, and what the cluster holds there.

use podyard_engine::api::registry::by_api_version;
use podyard_engine::schema::{Field, Place, Shape, type_at};
use podyard_engine::value::Value;
use podyard_engine::yaml::read_stream;

use super::known::Known;
use super::outline::{Outline, Row};
use super::{Assistant, root_of, units};
use crate::protocol::Explanation;

/// Longer values of the cluster are not shown.
const MAX_LIVE: usize = 120;

pub(super) fn explain(
    all: &Assistant,
    text: &str,
    line: usize,
    column: usize,
) -> Option<Explanation> {
    let (outline, _) = Outline::around(text, line, column);
    let row = outline.rows.iter().find(|row| row.line == line)?;
    let key = row.key.as_ref()?;
    let end = row.column + key.chars().count();
    if !(row.column..=end).contains(&column) {
        return None;
    }
    let path: Vec<&str> = row.path.iter().map(String::as_str).collect();
    let (name, outer) = path.split_last()?;
    let Some(Place::Struct(own)) = type_at(root_of(&outline)?, outer) else { return None };
    let field = own.field(name)?;
    let source = text.split('\n').nth(line).unwrap_or_default();
    Some(Explanation {
        path: shown(&path),
        type_name: field.value.go.clone(),
        required: field.required,
        default: default_of(text, &outline, row, field),
        values: values_of(field),
        description: all.descriptions.get(own.name, name).unwrap_or_default(),
        live: live(all, &outline, &path),
        from: units(source, row.column) + 1,
        to: units(source, end) + 1,
    })
}

fn values_of(field: &Field) -> Vec<String> {
    let mut innermost = &field.value;
    while let Some(inner) = innermost.inner() {
        innermost = inner;
    }
    innermost.values.clone()
}

/// `spec.ports.0.name` as `spec.ports[0].name`.
fn shown(path: &[&str]) -> String {
    let mut text = String::new();
    for step in path {
        if step.bytes().all(|byte| byte.is_ascii_digit()) {
            text.push_str(&format!("[{step}]"));
        } else {
            let dot = if text.is_empty() { "" } else { "." };
            text.push_str(dot);
            text.push_str(step);
        }
    }
    text
}

/// What the server fills in where the field is left out.
fn default_of(text: &str, outline: &Outline, row: &Row, field: &Field) -> Option<String> {
    if matches!(field.value.shape, Shape::Struct(_) | Shape::List(_) | Shape::Map(_)) {
        return None;
    }
    let kind = by_api_version(outline.value(&["apiVersion"]), outline.value(&["kind"]))?;
    let path: Vec<&str> = row.path.iter().map(String::as_str).collect();
    let mut object = document_at(text, row.line).unwrap_or_else(|| skeleton(&path));
    without(&mut object, &path);
    (kind.default)(&mut object);
    let filled = path.iter().fold(&object, |value, step| step_into(value, step));
    let default =
        if filled.is_null() { field.default.map(str::to_owned) } else { Some(word(filled)) };
    default.filter(|own| own != "\"\"" && own != "{}")
}

/// The document at a line, where the text can be read so far.
fn document_at(text: &str, line: usize) -> Option<Value> {
    let line = u32::try_from(line).ok()? + 1;
    let (documents, _) = read_stream(text);
    let own = documents.into_iter().rfind(|own| own.first_line <= line)?;
    Some(own.value)
}

/// An object that has nothing but what is on the way to a field.
fn skeleton(path: &[&str]) -> Value {
    let Some((step, rest)) = path.split_first() else { return Value::map() };
    if step.bytes().all(|byte| byte.is_ascii_digit()) {
        return Value::list(vec![skeleton(rest)]);
    }
    let mut object = Value::map();
    object.set(step, skeleton(rest));
    object
}

fn without(object: &mut Value, path: &[&str]) {
    match path {
        [] => {}
        [last] => drop(object.remove(last)),
        [step, rest @ ..] => {
            let index = step.parse::<usize>();
            let next = match index {
                Ok(index) if !object.items().is_empty() => object.make_list().get_mut(index),
                _ => Some(object.at_mut(&[step])),
            };
            if let Some(next) = next {
                without(next, rest);
            }
        }
    }
}

fn step_into<'a>(value: &'a Value, step: &str) -> &'a Value {
    let item = step.parse::<usize>().ok().and_then(|index| value.items().get(index));
    item.unwrap_or_else(|| value.at(&[step]))
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_json(), str::to_owned)
}

/// What the object of this name holds there in the cluster.
fn live(all: &Assistant, outline: &Outline, path: &[&str]) -> Option<String> {
    let known = Known { api: all.api, files: all.files };
    let (kind, name) = (outline.value(&["kind"]), outline.value(&["metadata", "name"]));
    let namespace = Some(outline.value(&["metadata", "namespace"])).filter(|own| !own.is_empty());
    let is = |object: &&Value| {
        let own = object.at(&["metadata", "namespace"]).text();
        object.at(&["metadata", "name"]).text() == name
            && (own.is_empty() || own == namespace.unwrap_or("default"))
    };
    let object = known.objects(kind).find(is)?;
    let value = path.iter().fold(object, |value, step| step_into(value, step));
    let is_scalar = value.as_map().is_none() && value.items().is_empty() && !value.is_null();
    is_scalar.then(|| word(value)).filter(|own| own.len() <= MAX_LIVE)
}
