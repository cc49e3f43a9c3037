//! What is wrong with the schemas of a CustomResourceDefinition.
//!
//! Rules in CEL are judged beside. Sources: `apiextensions-apiserver`'s `pkg/apis/apiextensions/validation` and
//! `pkg/apiserver/schema/validation.go`.

use super::super::{Errors, Path};
use crate::value::Value;

const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];
const LIST_TYPES: [&str; 3] = ["atomic", "map", "set"];
const MAP_TYPES: [&str; 2] = ["atomic", "granular"];
const LIST_TYPE: &str = "x-kubernetes-list-type";
const LIST_MAP_KEYS: &str = "x-kubernetes-list-map-keys";
const MAP_TYPE: &str = "x-kubernetes-map-type";
const PRESERVE: &str = "x-kubernetes-preserve-unknown-fields";
const INT_OR_STRING: &str = "x-kubernetes-int-or-string";
/// What OpenAPI has and definitions may not use.
const FORBIDDEN: [(&str, &str); 7] = [
    ("definitions", "definitions is not supported"),
    ("dependencies", "dependencies is not supported"),
    ("$ref", "$ref is not supported"),
    ("id", "id is not supported"),
    ("$schema", "schema is not supported"),
    ("additionalItems", "additionalItems is not supported"),
    ("patternProperties", "patternProperties is not supported"),
];
/// The fields that lead to further schemas of the same value.
const JUNCTORS: [&str; 3] = ["allOf", "oneOf", "anyOf"];
/// What a part of a junctor may not say: the schema beside it does.
const STRUCTURAL: [&str; 7] =
    ["type", "title", "description", "default", "nullable", PRESERVE, "additionalProperties"];

/// Finds what is wrong with a whole schema at `path`.
pub(super) fn validate(root: &Value, path: &Path<'_>, errors: &mut Errors) {
    if root["nullable"].is_true() {
        errors.forbidden(&path.field("nullable"), "nullable cannot be true at the root");
    }
    validate_openapi(root, path, errors);
    validate_structure(root, Place::Root, path, errors);
    let metadata = &root["properties"]["metadata"];
    let stray = metadata
        .entries()
        .any(|(field, _)| !matches!(&**field, "type" | "properties" | "description"));
    let inner = metadata["properties"].entries();
    if stray || inner.into_iter().any(|(name, _)| !matches!(&**name, "name" | "generateName")) {
        let properties = path.field("properties");
        let detail = "must not specify anything other than name and generateName, but metadata is \
                      implicitly specified";
        errors.forbidden(&properties.key("metadata"), detail);
    }
}

/// The schemas within a schema, each with how to name its place.
fn each_inner(schema: &Value, path: &Path<'_>, visit: &mut dyn FnMut(&Value, &Path<'_>)) {
    for field in ["additionalProperties", "not", "items"] {
        if matches!(schema[field], Value::Map(_)) {
            visit(&schema[field], &path.field(field));
        }
    }
    let properties = path.field("properties");
    for (name, inner) in schema["properties"].entries() {
        visit(inner, &properties.key(name));
    }
    for field in JUNCTORS {
        let list = path.field(field);
        for (index, inner) in schema[field].items().iter().enumerate() {
            visit(inner, &list.index(index));
        }
    }
}

/// The rules for what a definition may use of OpenAPI.
fn validate_openapi(schema: &Value, path: &Path<'_>, errors: &mut Errors) {
    for (field, detail) in FORBIDDEN {
        if !schema[field].is_null() {
            errors.forbidden(&path.field(field), detail);
        }
    }
    let kind = schema["type"].text();
    match kind {
        "null" => {
            let detail = "type cannot be set to null, use nullable as an alternative";
            errors.forbidden(&path.field("type"), detail);
        }
        "array" if schema["items"].is_null() => {
            errors.required(&path.field("items"), "must be specified");
        }
        _ if !kind.is_empty() && !TYPES.contains(&kind) => {
            errors.not_supported(&path.field("type"), kind, &TYPES);
        }
        _ => {}
    }
    if schema["uniqueItems"].is_true() {
        let detail = "uniqueItems cannot be set to true since the runtime complexity becomes \
                      quadratic";
        errors.forbidden(&path.field("uniqueItems"), detail);
    }
    let additional = &schema["additionalProperties"];
    if !schema["properties"].is_empty() && !additional.is_null() && !additional.is_true() {
        let detail = "additionalProperties and properties are mutual exclusive";
        errors.forbidden(&path.field("additionalProperties"), detail);
    }
    if schema[PRESERVE].as_bool() == Some(false) {
        errors.invalid(&path.field(PRESERVE), false, "must be true or undefined");
    }
    validate_list_type(schema, path, errors);
    validate_map_type(schema, path, errors);
    each_inner(schema, path, &mut |inner, path| validate_openapi(inner, path, errors));
}

fn validate_list_type(schema: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (Some(kind), keys) = (schema[LIST_TYPE].as_str(), &schema[LIST_MAP_KEYS]) else {
        if !schema[LIST_MAP_KEYS].is_empty() {
            let detail = "must be map if x-kubernetes-list-map-keys is non-empty";
            errors.required(&path.field(LIST_TYPE), detail);
        }
        return;
    };
    if schema["type"].text() != "array" {
        if schema["type"].is_empty() {
            let detail = "must be array if x-kubernetes-list-type is specified";
            errors.required(&path.field("type"), detail);
        } else {
            let detail = "must be array if x-kubernetes-list-type is specified";
            errors.invalid(&path.field("type"), schema["type"].text(), detail);
        }
    }
    if !LIST_TYPES.contains(&kind) {
        errors.not_supported(&path.field(LIST_TYPE), kind, &LIST_TYPES);
    }
    if kind != "map" {
        if !keys.is_empty() {
            let detail = "must be map if x-kubernetes-list-map-keys is non-empty";
            errors.invalid(&path.field(LIST_TYPE), kind, detail);
        }
        return;
    }
    if keys.is_empty() {
        let detail = "must not be empty if x-kubernetes-list-type is map";
        errors.required(&path.field(LIST_MAP_KEYS), detail);
    }
    let items_path = path.field("items");
    let items = &schema["items"];
    if items["type"].text() != "object" && !items.is_null() {
        let detail = "must be object if parent array's x-kubernetes-list-type is map";
        errors.invalid(&items_path.field("type"), items["type"].text(), detail);
    }
    validate_map_keys(schema, path, errors);
}

fn validate_map_keys(schema: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (keys, items) = (schema[LIST_MAP_KEYS].items(), &schema["items"]);
    let keys_path = path.field(LIST_MAP_KEYS);
    let items_path = path.field("items");
    let properties = items_path.field("properties");
    for (index, key) in keys.iter().map(Value::text).enumerate() {
        let property = &items["properties"][key];
        if property.is_null() {
            let detail = "entries must all be names of item properties";
            errors.invalid(&keys_path.index(index), key, detail);
            continue;
        }
        if matches!(property["type"].text(), "array" | "object") {
            let detail = "must be a scalar type if parent array's x-kubernetes-list-type is map";
            errors.invalid(&properties.key(key).field("type"), property["type"].text(), detail);
        }
        if keys.iter().take(index).any(|earlier| earlier.text() == key) {
            errors.invalid(&keys_path.index(index), key, "must not contain duplicate entries");
        }
        let is_required = items["required"].items().iter().any(|name| name.text() == key);
        if !is_required && property.get("default").is_none() {
            let detail = "this property is in x-kubernetes-list-map-keys, so it must have a \
                          default or be a required property";
            errors.required(&properties.key(key).field("default"), detail);
        }
    }
}

fn validate_map_type(schema: &Value, path: &Path<'_>, errors: &mut Errors) {
    let Some(kind) = schema[MAP_TYPE].as_str() else { return };
    let own = schema["type"].text();
    if own != "object" {
        let detail = "must be object if x-kubernetes-map-type is specified";
        if own.is_empty() {
            errors.required(&path.field("type"), detail);
        } else {
            errors.invalid(&path.field("type"), own, detail);
        }
    }
    if !MAP_TYPES.contains(&kind) {
        errors.not_supported(&path.field(MAP_TYPE), kind, &MAP_TYPES);
    }
}

/// Where a schema stands, as the words about a missing type tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Field,
    Item,
}

/// A structural schema says the type of everything, and starts at an object.
fn validate_structure(schema: &Value, place: Place, path: &Path<'_>, errors: &mut Errors) {
    if matches!(schema["items"], Value::Map(_)) {
        validate_structure(&schema["items"], Place::Item, &path.field("items"), errors);
    }
    let properties = path.field("properties");
    for (name, inner) in schema["properties"].entries() {
        validate_structure(inner, Place::Field, &properties.key(name), errors);
    }
    if matches!(schema["additionalProperties"], Value::Map(_)) {
        let additional = path.field("additionalProperties");
        validate_structure(&schema["additionalProperties"], Place::Field, &additional, errors);
    }
    let (kind, type_path) = (schema["type"].text(), path.field("type"));
    let is_open = schema[INT_OR_STRING].is_true() || schema[PRESERVE].is_true();
    match (kind, place) {
        ("", Place::Root) => errors.required(&type_path, "must not be empty at the root"),
        ("object", Place::Root) => {}
        (_, Place::Root) => errors.invalid(&type_path, kind, "must be object at the root"),
        ("", _) if is_open => {}
        ("", Place::Field) => {
            errors.required(&type_path, "must not be empty for specified object fields");
        }
        ("", Place::Item) => {
            errors.required(&type_path, "must not be empty for specified array items");
        }
        _ => {}
    }
    for field in JUNCTORS {
        let list = path.field(field);
        for (index, inner) in schema[field].items().iter().enumerate() {
            validate_junctor(inner, schema, &list.index(index), errors);
        }
    }
}

/// A part of `allOf` and its like only narrows what the schema beside it says.
fn validate_junctor(part: &Value, whole: &Value, path: &Path<'_>, errors: &mut Errors) {
    for field in STRUCTURAL {
        let is_alternative = whole[INT_OR_STRING].is_true() && field == "type";
        if !part[field].is_null() && !is_alternative {
            let detail = "must be empty to be structural".to_owned();
            match field {
                "additionalProperties" => {
                    errors.forbidden(&path.field(field), "must be undefined to be structural");
                }
                "type" | "title" | "description" => {
                    errors.forbidden(&path.field(field), &detail);
                }
                "nullable" | PRESERVE => {
                    errors.forbidden(&path.field(field), "must be false to be structural");
                }
                _ => errors.forbidden(&path.field(field), "must be undefined to be structural"),
            }
        }
    }
    let properties = path.field("properties");
    for (name, inner) in part["properties"].entries() {
        let own = &whole["properties"][&**name];
        if own.is_null() && !matches!(whole["additionalProperties"], Value::Map(_)) {
            let detail = format!("because it is defined in {path}.properties[{name}]");
            let whole_path = whole_of(path);
            let field = format!("{whole_path}.properties[{name}]");
            errors.required(&Path::ROOT.field(&field), &detail);
        }
        validate_junctor(inner, own, &properties.key(name), errors);
    }
}

/// The path before the first junctor: `a.b` of `a.b.anyOf[0].properties[x]`.
fn whole_of(path: &Path<'_>) -> String {
    let text = path.to_string();
    let cuts = JUNCTORS.iter().filter_map(|junctor| text.find(&format!(".{junctor}[")));
    let cut = cuts.min().unwrap_or(text.len());
    text.get(..cut).unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value;

    fn check(properties: Value, expected: &[&str]) {
        let root = value!({ "type": "object", "properties": properties });
        let mut errors = Errors::default();
        validate(&root, &Path::ROOT.field("s"), &mut errors);
        let texts: Vec<String> = errors.0.iter().map(ToString::to_string).collect();
        assert_eq!(texts, expected);
    }

    #[test]
    fn everything_has_a_type() {
        check(value!({ "a": { "type": "string" } }), &[]);
        check(
            value!({ "a": {}, "b": { "type": "array", "items": {} }, "c": { "type": "array" } }),
            &[
                "s.properties[c].items: Required value: must be specified",
                "s.properties[a].type: Required value: must not be empty for specified object \
                 fields",
                "s.properties[b].items.type: Required value: must not be empty for specified \
                 array items",
            ],
        );
        check(value!({ "a": { "x-kubernetes-preserve-unknown-fields": true } }), &[]);
    }

    #[test]
    fn what_definitions_may_not_use_is_named() {
        check(
            value!({ "a": { "type": "list", "$ref": "#/b" }, "b": { "type": "string", "uniqueItems": true } }),
            &[
                "s.properties[a].$ref: Forbidden: $ref is not supported",
                "s.properties[a].type: Unsupported value: \"list\": supported values: \"array\", \
                 \"boolean\", \"integer\", \"number\", \"object\", \"string\"",
                "s.properties[b].uniqueItems: Forbidden: uniqueItems cannot be set to true since \
                 the runtime complexity becomes quadratic",
            ],
        );
    }

    #[test]
    fn the_keys_of_lists_are_always_there() {
        let items = value!({
            "type": "object",
            "required": ["name"],
            "properties": { "name": { "type": "string" }, "protocol": { "type": "string" } },
        });
        check(
            value!({ "ports": {
                "type": "array",
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["name", "protocol"],
                "items": items,
            } }),
            &["s.properties[ports].items.properties[protocol].default: Required value: this \
               property is in x-kubernetes-list-map-keys, so it must have a default or be a \
               required property"],
        );
    }

    #[test]
    fn parts_of_alternatives_only_narrow() {
        check(
            value!({ "a": { "type": "object", "anyOf": [{ "type": "object", "properties": { "b": {} } }] } }),
            &[
                "s.properties[a].anyOf[0].type: Forbidden: must be empty to be structural",
                "s.properties[a].properties[b]: Required value: because it is defined in \
                 s.properties[a].anyOf[0].properties[b]",
            ],
        );
    }
}
