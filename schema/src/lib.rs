//! What k8s-openapi knows of Kubernetes' types: their descriptions, for OpenAPI
//! documents and the editor, and their shapes, against which a test holds the
//! engine's table.
//!
//! This crate is native: k8s-openapi and schemars are too large for the page,
//! which loads the descriptions as an asset when it needs them.

mod roots;

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// What the values of enumerated types mean.
const VALUES: &str = include_str!("values.txt");

/// The descriptions of all types, their fields and values, in the form that
/// `podyard_engine::openapi::Descriptions` reads.
pub fn descriptions() -> String {
    let mut text = String::new();
    for (name, definition) in roots::definitions() {
        let words = |value: &Value| escaped(value["description"].as_str().unwrap_or_default());
        let Some(properties) = properties(&definition) else {
            let _ = writeln!(text, "{name}\t{}", words(&definition));
            continue;
        };
        let _ = writeln!(text, "{}\t{}", table_name(&name), words(&definition));
        for (field, property) in properties {
            let _ = writeln!(text, "\t{field}\t{}", words(property));
        }
    }
    for line in VALUES.lines().filter(|line| !line.starts_with('#')) {
        let _ = writeln!(text, "{line}");
    }
    text
}

fn properties(definition: &Value) -> Option<&Map<String, Value>> {
    definition.get("properties")?.as_object()
}

/// `io.k8s.api.core.v1.Pod` as the engine's table calls it: `core/v1.Pod`.
fn table_name(definition: &str) -> String {
    let mut parts = definition.rsplitn(4, '.');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(own), Some(version), Some(group)) => format!("{group}/{version}.{own}"),
        _ => definition.to_owned(),
    }
}

fn escaped(words: &str) -> String {
    words.replace('\\', "\\\\").replace('\n', "\\n").replace('\t', "\\t")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use podyard_engine::openapi::Descriptions;
    use podyard_engine::schema::{Field, Schema, Shape, Type};

    use super::*;

    /// Types that JSON knows as something else than a struct.
    const SPECIAL: &[&str] = &["Quantity", "IntOrString", "Time", "MicroTime"];

    /// What the engine's table says of a type, as schemars would.
    fn shape_of(own: &Type) -> String {
        match &own.shape {
            Shape::Bool => "boolean".to_owned(),
            Shape::Int32 => "integer int32".to_owned(),
            Shape::Int64 => "integer int64".to_owned(),
            Shape::Float => "number double".to_owned(),
            Shape::String => "string".to_owned(),
            Shape::Bytes => "string byte".to_owned(),
            Shape::List(item) => format!("array of {}", shape_of(item)),
            Shape::Map(entry) => format!("object of {}", shape_of(entry)),
            Shape::Quantity | Shape::Time | Shape::MicroTime | Shape::IntOrString | Shape::Any => {
                own.go.rsplit('.').next().unwrap_or_default().to_owned()
            }
            Shape::Struct(id) => Schema::get().resolve(*id).definition(),
        }
    }

    /// What schemars says of a property.
    fn shape_in(property: &Value) -> String {
        let reference = property["$ref"].as_str().or_else(|| property["allOf"][0]["$ref"].as_str());
        if let Some(reference) = reference {
            let name = reference.trim_start_matches("#/definitions/");
            let own = name.rsplit('.').next().unwrap_or_default();
            let plain = SPECIAL.contains(&own)
                || ["RawExtension", "FieldsV1", "JSON"].contains(&own)
                || own.starts_with("JSONSchemaPropsOr");
            return if plain { own.to_owned() } else { name.to_owned() };
        }
        let own = property["type"].as_str().unwrap_or_default();
        match (own, property["format"].as_str()) {
            ("array", _) => format!("array of {}", shape_in(&property["items"])),
            ("object", _) => format!("object of {}", shape_in(&property["additionalProperties"])),
            (own, Some(format)) => format!("{own} {format}"),
            (own, None) => own.to_owned(),
        }
    }

    #[test]
    fn the_engines_table_agrees_with_k8s_openapi() {
        let mut differences = Vec::new();
        let mut seen = BTreeSet::new();
        for (name, definition) in roots::definitions() {
            let Some(properties) = properties(&definition) else { continue };
            let Some(own) = Schema::get().find(&name) else {
                differences.push(format!("{name}: not in the table"));
                continue;
            };
            seen.insert(own.name);
            for (field, property) in properties {
                let found = own.field(field).map(|found| shape_of(&found.value));
                let expected = shape_in(property);
                if found.as_ref() != Some(&expected) {
                    differences.push(format!("{name}.{field}: {expected}, but {found:?}"));
                }
            }
            let gone = |field: &&Field| !properties.contains_key(field.name);
            differences.extend(
                own.fields
                    .iter()
                    .filter(gone)
                    .map(|field| format!("{name}.{}: only in the table", field.name)),
            );
        }
        // k8s-openapi has lists and watch events as generic types.
        let generic = |name: &str| name.ends_with("List") || name.ends_with(".WatchEvent");
        let unseen = Schema::get().structs().filter(|own| {
            !seen.contains(own.name)
                && !generic(own.name)
                && !own.name.contains("/cli.")
                && !own.fields.is_empty()
        });
        differences.extend(unseen.map(|own| format!("{}: only in the table", own.name)));
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    }

    #[test]
    fn descriptions_read_as_they_were_written() {
        let read = Descriptions::parse(&descriptions());
        let ports = read.get("core/v1.ContainerPort", "hostIP");
        assert_eq!(ports.as_deref(), Some("What host IP to bind the external port to."));
        let protocol = read.get("core/v1.Protocol", "TCP");
        assert_eq!(protocol.as_deref(), Some("is the TCP protocol."));
        assert!(read.get("apps/v1.Deployment", "").is_some());
        assert!(read.get("io.k8s.apimachinery.pkg.api.resource.Quantity", "").is_some());
    }
}
