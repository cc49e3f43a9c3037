//! What is wrong with an object by its schema, in the words of Kubernetes'
//! OpenAPI validator.
//!
//! Sources: `kube-openapi/pkg/validation`, and how `apiextensions-apiserver`
//! turns its findings into field errors.

use regex_lite::Regex;

use super::super::ip::{self, Cidr};
use super::super::{Errors, Path, Reason, names};
use crate::base64;
use crate::sim::Time;
use crate::value::Value;

/// Finds what is wrong with `value`, which is at `path`.
pub(super) fn validate(value: &Value, schema: &Value, path: &Path<'_>, errors: &mut Errors) {
    if !validate_type(value, schema, path, errors) || value.is_null() {
        return;
    }
    validate_alternatives(value, schema, path, errors);
    match value {
        Value::Str(text) => validate_text(text, schema, path, errors),
        Value::Int(_) | Value::Float(_) => validate_number(value, schema, path, errors),
        Value::List(items) => validate_items(items, schema, path, errors),
        _ => {}
    }
    let allowed = schema["enum"].items();
    if !allowed.is_empty() && !allowed.contains(value) {
        let texts: Vec<String> = allowed.iter().map(shown).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        errors.not_supported(path, value, &texts);
    }
    if matches!(value, Value::Map(_)) {
        validate_fields(value, schema, path, errors);
    }
}

/// A text as it is, anything else as JSON.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_json(), str::to_owned)
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Int(_) => "integer",
        Value::Float(_) => "number",
        Value::Str(_) => "string",
        Value::List(_) => "array",
        Value::Map(_) => "object",
    }
}

/// Says that a value has the wrong type; whether it has the right one.
fn validate_type(value: &Value, schema: &Value, path: &Path<'_>, errors: &mut Errors) -> bool {
    let (wanted, own) = (schema["type"].text(), type_of(value));
    let fits = match (wanted, value) {
        (_, Value::Null) => schema["nullable"].is_true() || wanted.is_empty(),
        ("number", Value::Int(_)) | ("", _) => true,
        ("integer", Value::Float(number)) => number.fract() == 0.0,
        _ => wanted == own,
    };
    let is_either = schema["x-kubernetes-int-or-string"].is_true();
    if fits || is_either && matches!(own, "integer" | "string") {
        return true;
    }
    let wanted = if is_either { "integer,string" } else { wanted };
    let message = format!("{path} in body must be of type {wanted}: {own:?}");
    errors.invalid(path, own, &message);
    if let Some(last) = errors.0.last_mut() {
        last.reason = Reason::TypeInvalid;
    }
    false
}

fn refuse(value: &Value, path: &Path<'_>, rule: &str, errors: &mut Errors) {
    errors.invalid(path, value, &format!("{path} in body {rule}"));
}

fn validate_text(text: &str, schema: &Value, path: &Path<'_>, errors: &mut Errors) {
    let value = Value::str(text);
    let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
    if let Some(max) = schema["maxLength"].as_int().filter(|max| length > *max) {
        errors.too_long(path, usize::try_from(max).unwrap_or_default());
    }
    if let Some(min) = schema["minLength"].as_int().filter(|min| length < *min) {
        refuse(&value, path, &format!("should be at least {min} chars long"), errors);
    }
    validate_format(text, schema["format"].text(), path, errors);
    let pattern = schema["pattern"].text();
    // A pattern that cannot be read matches all, rather than none.
    let matches = pattern.is_empty() || Regex::new(pattern).is_ok_and(|own| own.is_match(text));
    if !matches && Regex::new(pattern).is_ok() {
        refuse(&value, path, &format!("should match '{pattern}'"), errors);
    }
}

/// Says that a text does not have the form that `format` names; formats that
/// Kubernetes does not know are not looked at.
fn validate_format(text: &str, format: &str, path: &Path<'_>, errors: &mut Errors) {
    let fits = match format {
        "date-time" | "datetime" => Time::parse(text).is_some(),
        "date" => Time::parse(&format!("{text}T00:00:00Z")).is_some(),
        "ipv4" => ip::parse(text).is_some_and(|address| address.is_ipv4()),
        "ipv6" => ip::parse(text).is_some_and(|address| address.is_ipv6()),
        "cidr" => Cidr::parse(text).is_some(),
        "byte" => base64::decode(text).is_ok(),
        "hostname" => names::subdomain(&text.to_lowercase()).is_empty(),
        "email" => {
            text.split_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty())
        }
        "uuid" | "uuid3" | "uuid4" | "uuid5" => is_uuid(text),
        _ => true,
    };
    if fits {
        return;
    }
    errors.invalid(path, text, &format!("{path} in body must be of type {format}: {text:?}"));
    if let Some(last) = errors.0.last_mut() {
        last.reason = Reason::TypeInvalid;
    }
}

fn is_uuid(text: &str) -> bool {
    let digits = text.replace('-', "");
    digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn as_float(value: &Value) -> Option<f64> {
    match value {
        // A schema's bounds are small; what is lost here is beyond them.
        Value::Int(number) => number.to_string().parse().ok(),
        Value::Float(number) => Some(*number),
        _ => None,
    }
}

fn validate_number(value: &Value, schema: &Value, path: &Path<'_>, errors: &mut Errors) {
    let Some(number) = as_float(value) else { return };
    let bound = |name: &str| as_float(&schema[name]).map(|bound| (bound, shown(&schema[name])));
    if let Some((max, text)) = bound("maximum") {
        let exclusive = schema["exclusiveMaximum"].is_true();
        if number > max || exclusive && number >= max {
            let or_equal = if exclusive { "" } else { "or equal to " };
            refuse(value, path, &format!("should be less than {or_equal}{text}"), errors);
        }
    }
    if let Some((min, text)) = bound("minimum") {
        let exclusive = schema["exclusiveMinimum"].is_true();
        if number < min || exclusive && number <= min {
            let or_equal = if exclusive { "" } else { "or equal to " };
            refuse(value, path, &format!("should be greater than {or_equal}{text}"), errors);
        }
    }
    if let Some((step, text)) = bound("multipleOf")
        && (number / step).fract() != 0.0
    {
        refuse(value, path, &format!("should be a multiple of {text}"), errors);
    }
}

fn validate_items(items: &[Value], schema: &Value, path: &Path<'_>, errors: &mut Errors) {
    let count = i64::try_from(items.len()).unwrap_or(i64::MAX);
    for (index, item) in items.iter().enumerate() {
        validate(item, &schema["items"], &path.index(index), errors);
    }
    let whole = || Value::list(items.to_vec());
    if let Some(min) = schema["minItems"].as_int().filter(|min| count < *min) {
        refuse(&whole(), path, &format!("should have at least {min} items"), errors);
    }
    if let Some(max) = schema["maxItems"].as_int().filter(|max| count > *max) {
        errors.too_many(path, items.len(), usize::try_from(max).unwrap_or_default());
    }
    let keys = schema["x-kubernetes-list-map-keys"].items();
    let same = |a: &Value, b: &Value| match schema["x-kubernetes-list-type"].text() {
        "set" => a == b,
        "map" => keys.iter().all(|key| a[key.text()] == b[key.text()]),
        _ => false,
    };
    for (index, item) in items.iter().enumerate() {
        if items.iter().take(index).any(|earlier| same(earlier, item)) {
            if keys.is_empty() {
                errors.duplicate(&path.index(index), item);
            } else {
                let key = keys.iter().map(|key| (key.text(), item[key.text()].clone()));
                let key = Value::Map(key.collect());
                errors.duplicate(&path.index(index), &key);
            }
        }
    }
}

fn validate_fields(value: &Value, schema: &Value, path: &Path<'_>, errors: &mut Errors) {
    let count = value.entries().len();
    let known = i64::try_from(count).unwrap_or(i64::MAX);
    if let Some(min) = schema["minProperties"].as_int().filter(|min| known < *min) {
        refuse(value, path, &format!("should have at least {min} properties"), errors);
    }
    if let Some(max) = schema["maxProperties"].as_int().filter(|max| known > *max) {
        errors.too_many(path, count, usize::try_from(max).unwrap_or_default());
    }
    for name in schema["required"].items() {
        if value.get(name.text()).is_none() {
            errors.required(&path.field(name.text()), "");
        }
    }
    for (name, inner) in value.entries() {
        let own = &schema["properties"][&**name];
        let schema = if own.is_null() { &schema["additionalProperties"] } else { own };
        if matches!(schema, Value::Map(_)) {
            validate(inner, schema, &path.field(name), errors);
        }
    }
}

/// The rules that combine schemas.
fn validate_alternatives(value: &Value, schema: &Value, path: &Path<'_>, errors: &mut Errors) {
    let fits = |schema: &Value| {
        let mut found = Errors::default();
        validate(value, schema, path, &mut found);
        found.is_empty()
    };
    for inner in schema["allOf"].items() {
        validate(value, inner, path, errors);
    }
    let any = schema["anyOf"].items();
    if !any.is_empty() && !any.iter().any(fits) {
        refuse(value, path, "must validate at least one schema (anyOf)", errors);
    }
    let one = schema["oneOf"].items();
    let fitting = one.iter().filter(|inner| fits(inner)).count();
    if !one.is_empty() && fitting != 1 {
        let found = match fitting {
            0 => "none valid".to_owned(),
            count => format!("{count} valid alternatives"),
        };
        let rule = format!("must validate one and only one schema (oneOf). Found {found}");
        refuse(value, path, &rule, errors);
    }
    if !schema["not"].is_null() && fits(&schema["not"]) {
        refuse(value, path, "must not validate the schema (not)", errors);
    }
}
