//! What is wrong with the rules in CEL of a schema.
//!
//! Source: `apiextensions-apiserver`'s `pkg/apis/apiextensions/validation`.

use super::super::custom::rules::{Unfit, VALIDATIONS, compile, type_of};
use super::super::{Errors, Path, Verbatim};
use crate::cel::Type;
use crate::value::Value;

const REASONS: [&str; 4] =
    ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];

/// Finds what is wrong with the rules of a whole schema at `path`.
pub(super) fn validate(root: &Value, path: &Path<'_>, errors: &mut Errors) {
    validate_within(root, true, "", path, errors);
}

/// `uncorrelated` is the list within which no item is known to be the same as
/// an older one.
fn validate_within(
    schema: &Value,
    whole: bool,
    uncorrelated: &str,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    let mut within = |inner: &Value, uncorrelated: &str, path: &Path<'_>| {
        let whole = inner["x-kubernetes-embedded-resource"].is_true();
        validate_within(inner, whole, uncorrelated, path, errors);
    };
    if matches!(schema["additionalProperties"], Value::Map(_)) {
        let path = path.field("additionalProperties");
        within(&schema["additionalProperties"], uncorrelated, &path);
    }
    let properties = path.field("properties");
    for (name, inner) in schema["properties"].entries() {
        within(inner, uncorrelated, &properties.key(name));
    }
    if matches!(schema["items"], Value::Map(_)) {
        let own = path.to_string();
        let is_map = schema["x-kubernetes-list-type"].text() == "map";
        let list = if is_map || !uncorrelated.is_empty() { uncorrelated } else { &own };
        within(&schema["items"], list, &path.field("items"));
    }
    let kind = type_of(schema, whole);
    let list = path.field(VALIDATIONS);
    for (index, rule) in schema[VALIDATIONS].items().iter().enumerate() {
        let path = list.index(index);
        validate_form(rule, schema, &path, errors);
        if let Some(kind) = kind.as_ref().filter(|_| !rule["rule"].text().trim().is_empty()) {
            validate_program(rule, kind, uncorrelated, &path, errors);
        }
    }
}

fn validate_form(rule: &Value, schema: &Value, path: &Path<'_>, errors: &mut Errors) {
    let has_lines = |text: &str| text.trim().contains(['\n', '\r']);
    let (text, message) = (rule["rule"].text(), rule["message"].text());
    let message_path = path.field("message");
    if text.trim().is_empty() {
        errors.required(&path.field("rule"), "rule is not specified");
    } else if !message.is_empty() && message.trim().is_empty() {
        errors.invalid(&message_path, message, "message must be non-empty if specified");
    } else if has_lines(message) {
        errors.invalid(&message_path, message, "message must not contain line breaks");
    } else if has_lines(text) && message.trim().is_empty() {
        let detail = "message must be specified if rule contains line breaks";
        errors.required(&message_path, detail);
    }
    let expression = rule["messageExpression"].text();
    if !expression.is_empty() && expression.trim().is_empty() {
        let detail = "messageExpression must be non-empty if specified";
        errors.required(&path.field("messageExpression"), detail);
    }
    if let Some(reason) = rule["reason"].as_str().filter(|reason| !REASONS.contains(reason)) {
        errors.not_supported(&path.field("reason"), reason, &REASONS);
    }
    let (place, place_path) = (rule["fieldPath"].text(), path.field("fieldPath"));
    if !place.is_empty() && place.trim().is_empty() {
        errors.invalid(&place_path, place, "fieldPath must be non-empty if specified");
    } else if has_lines(place) {
        errors.invalid(&place_path, place, "fieldPath must not contain line breaks");
    } else if !place.is_empty() && !has_field(schema, place) {
        let detail = "fieldPath must be a valid path: does not refer to a valid field";
        errors.invalid(&place_path, place, detail);
    }
}

/// Whether a schema has the field at a path such as `.spec.size`.
fn has_field(schema: &Value, path: &str) -> bool {
    let Some(path) = path.strip_prefix('.') else { return false };
    let mut names = path.split('.');
    names.try_fold(schema, |schema, name| schema["properties"].get(name)).is_some()
}

fn validate_program(
    rule: &Value,
    kind: &Type,
    uncorrelated: &str,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    match compile(rule, kind) {
        Err(Unfit::Rule(why)) => {
            errors.invalid(&path.field("rule"), Verbatim(&shown(rule)), &why);
        }
        Err(Unfit::Message(why)) => {
            errors.invalid(&path.field("messageExpression"), Verbatim(&shown(rule)), &why);
        }
        Ok((program, _)) if program.names("oldSelf") => {
            if !uncorrelated.is_empty() {
                let detail = format!(
                    "oldSelf cannot be used on the uncorrelatable portion of the schema within \
                     {uncorrelated}"
                );
                errors.invalid(&path.field("rule"), rule["rule"].text(), &detail);
            }
        }
        Ok(_) => {
            if let Some(wish) = rule["optionalOldSelf"].as_bool() {
                let detail = "may not be set if oldSelf is not used in rule";
                errors.invalid(&path.field("optionalOldSelf"), wish, detail);
            }
        }
    }
}

/// A rule as Go prints it.
fn shown(rule: &Value) -> String {
    let text = |field: &str| format!("{:?}", rule[field].text());
    let pointer = |field: &str, kind: &str| {
        let target = if rule[field].is_null() { "nil" } else { "0xc000010000" };
        format!("(*{kind})({target})")
    };
    format!(
        "apiextensions.ValidationRule{{Rule:{}, Message:{}, MessageExpression:{}, Reason:{}, \
         FieldPath:{}, OptionalOldSelf:{}}}",
        text("rule"),
        text("message"),
        text("messageExpression"),
        pointer("reason", "apiextensions.FieldValueErrorReason"),
        text("fieldPath"),
        pointer("optionalOldSelf", "bool")
    )
}
