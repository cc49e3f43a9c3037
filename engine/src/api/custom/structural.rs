//! Pruning and defaulting by a structural schema.
//!
//! Source: `apiextensions-apiserver/pkg/apiserver/schema/{pruning,defaulting}`.

use crate::value::Value;

const PRESERVE: &str = "x-kubernetes-preserve-unknown-fields";
const EMBEDDED: &str = "x-kubernetes-embedded-resource";
/// The fields that every whole object has.
const OBJECT_FIELDS: [&str; 3] = ["apiVersion", "kind", "metadata"];

/// Drops what `schema` does not know from a whole object, and says what that
/// was: `unknown field "spec.extra"`.
pub(super) fn prune(object: &mut Value, schema: &Value) -> Vec<String> {
    let mut unknown = Vec::new();
    prune_at(object, schema, true, "", &mut unknown);
    unknown
}

fn prune_at(value: &mut Value, schema: &Value, whole: bool, path: &str, unknown: &mut Vec<String>) {
    match value {
        Value::Map(_) => prune_map(value, schema, whole, path, unknown),
        Value::List(items) if !items.is_empty() => {
            let items_schema = &schema["items"];
            let whole = items_schema[EMBEDDED].is_true();
            for (index, item) in value.make_list().iter_mut().enumerate() {
                prune_at(item, items_schema, whole, &format!("{path}[{index}]"), unknown);
            }
        }
        _ => {}
    }
}

fn prune_map(map: &mut Value, schema: &Value, whole: bool, path: &str, unknown: &mut Vec<String>) {
    let preserves = schema[PRESERVE].is_true();
    let additional = &schema["additionalProperties"];
    let keys: Vec<String> = map.entries().map(|(key, _)| key.to_string()).collect();
    for key in keys {
        if whole && OBJECT_FIELDS.contains(&key.as_str()) {
            continue;
        }
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        let own = &schema["properties"][key.as_str()];
        let inner = if own.is_null() { additional } else { own };
        if inner.is_null() || inner.as_bool() == Some(false) {
            if !preserves {
                map.remove(&key);
                unknown.push(format!("unknown field \"{path}\""));
            }
        } else if !own.is_null() || matches!(inner, Value::Map(_)) {
            let whole = inner[EMBEDDED].is_true();
            prune_at(&mut map[key.as_str()], inner, whole, &path, unknown);
        }
    }
}

/// Sets what `schema` has a default for and the value lacks.
pub(super) fn default(value: &mut Value, schema: &Value) {
    if !has_default(schema) {
        return;
    }
    match value {
        Value::Map(_) => {
            for (name, inner) in schema["properties"].entries() {
                let own = &value[&**name];
                let replaces = own.is_null() && !inner["nullable"].is_true();
                if value.get(name).is_none() || replaces {
                    match inner.get("default") {
                        Some(default) => value.set(&**name, default.clone()),
                        None => continue,
                    }
                }
                default(&mut value[&**name], inner);
            }
            let additional = &schema["additionalProperties"];
            let keys: Vec<String> = value.entries().map(|(key, _)| key.to_string()).collect();
            for key in keys {
                if schema["properties"].get(&key).is_none() {
                    default(&mut value[key.as_str()], additional);
                }
            }
        }
        Value::List(items) if !items.is_empty() => {
            for item in value.make_list() {
                default(item, &schema["items"]);
            }
        }
        _ => {}
    }
}

/// Whether a schema has a default anywhere within.
fn has_default(schema: &Value) -> bool {
    let within = schema["properties"]
        .entries()
        .any(|(_, inner)| inner.get("default").is_some() || has_default(inner));
    let holds = |inner: &Value| matches!(inner, Value::Map(_)) && has_default(inner);
    within || holds(&schema["items"]) || holds(&schema["additionalProperties"])
}
