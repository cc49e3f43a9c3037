//! The schemas of types, as OpenAPI has them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Descriptions, Version};
use crate::api::Kind;
use crate::schema::{Field, FieldPatch, ListKind, Schema, Shape, Struct, Type};
use crate::value;
use crate::value::{Map, Value, parse_json};

/// Collects the definitions that a document refers to.
pub(super) struct Definitions<'a> {
    version: Version,
    descriptions: &'a Descriptions,
    kinds: BTreeMap<String, Value>,
    customs: BTreeMap<&'static str, &'static Kind>,
    made: Map,
    pending: Vec<&'static Struct>,
}

impl<'a> Definitions<'a> {
    pub(super) fn new(
        version: Version,
        kinds: &[&'static Kind],
        descriptions: &'a Descriptions,
    ) -> Self {
        let mut names = BTreeMap::new();
        for kind in kinds {
            names.insert(kind.schema.to_owned(), kind_value(kind, ""));
            names.insert(format!("{}List", kind.schema), kind_value(kind, "List"));
        }
        let customs = kinds.iter().filter(|kind| kind.custom.is_some());
        Self {
            version,
            descriptions,
            kinds: names,
            customs: customs.map(|kind| (kind.schema, *kind)).collect(),
            made: Map::default(),
            pending: Vec::new(),
        }
    }

    /// A reference to a struct, whose definition the document then has.
    pub(super) fn reference(&mut self, own: &'static Struct) -> Value {
        let name = own.definition();
        if !self.made.contains_key(name.as_str()) {
            self.made.insert(name.as_str(), Value::Null);
            self.pending.push(own);
        }
        self.version.reference(&name)
    }

    /// A reference to the type called `name`, whoever brought it.
    pub(super) fn reference_to(&mut self, name: &str) -> Option<Value> {
        if let Some(own) = Schema::get().find(name) {
            return Some(self.reference(own));
        }
        let kind = *self.customs.get(name.strip_suffix("List").unwrap_or(name))?;
        if !self.made.contains_key(name) {
            let is_list = name != kind.schema;
            let definition = if is_list { self.custom_list(kind) } else { self.custom(kind) };
            self.made.insert(name, definition);
        }
        Some(self.version.reference(name))
    }

    /// The schema of a definition's kind, with what all objects have.
    fn custom(&mut self, kind: &'static Kind) -> Value {
        let mut schema = kind.custom.map(|own| own.schema().clone()).unwrap_or_default();
        let stated = std::mem::take(&mut schema["properties"]);
        let mut properties = self.type_meta("ObjectMeta");
        for (name, property) in stated.entries().filter(|(name, _)| ***name != *"metadata") {
            properties.set(name, property);
        }
        schema.set("properties", properties);
        schema.set("type", "object");
        schema.set("x-kubernetes-group-version-kind", value!([(kind_value(kind, ""))]));
        schema
    }

    fn custom_list(&mut self, kind: &'static Kind) -> Value {
        let mut properties = self.type_meta("ListMeta");
        let items = self.reference_to(kind.schema);
        properties.set("items", value!({ "type": "array", "items": items }));
        value!({
            "description": (format!("{}List is a list of {}", kind.kind, kind.kind)),
            "type": "object",
            "required": ["items"],
            "properties": properties,
            "x-kubernetes-group-version-kind": [(kind_value(kind, "List"))],
        })
    }

    fn type_meta(&mut self, metadata: &str) -> Value {
        let pod = "io.k8s.api.core.v1.Pod";
        let text = |words: Option<String>| {
            let mut schema = value!({ "type": "string" });
            schema.set_nonzero("description", words.unwrap_or_default());
            schema
        };
        let mut properties = Value::map();
        for field in ["apiVersion", "kind"] {
            properties.set(field, text(self.descriptions.get(pod, field)));
        }
        let name = format!("io.k8s.apimachinery.pkg.apis.meta.v1.{metadata}");
        let mut schema = self.reference_to(&name).unwrap_or_default();
        if self.version == Version::V3 {
            wrap_reference(&mut schema);
        }
        schema
            .set_nonzero("description", self.descriptions.get(pod, "metadata").unwrap_or_default());
        properties.set("metadata", schema);
        properties
    }

    /// All definitions referred to, and those that they refer to.
    pub(super) fn finish(mut self) -> Value {
        while let Some(own) = self.pending.pop() {
            let definition = self.definition(own);
            self.made.insert(own.definition(), definition);
        }
        Value::Map(self.made)
    }

    fn definition(&mut self, own: &'static Struct) -> Value {
        let mut schema = value!({ "type": "object" });
        if let Some(words) = self.descriptions.get(own.name, "") {
            schema.set("description", words);
        }
        let mut properties = Value::map();
        for field in &own.fields {
            let property = self.property(own, field);
            properties.set(field.name, property);
        }
        if !own.fields.is_empty() {
            schema.set("properties", properties);
        }
        let required: Vec<&str> =
            own.fields.iter().filter(|field| field.required).map(|field| field.name).collect();
        if !required.is_empty() {
            schema.set("required", required);
        }
        if own.atomic {
            schema.set("x-kubernetes-map-type", "atomic");
        }
        if let Some(kind) = self.kinds.get(&own.definition()) {
            schema.set("x-kubernetes-group-version-kind", value!([(kind.clone())]));
        }
        schema
    }

    /// What the items of a list are, where descriptions are wanted.
    fn of_list(&self, own: &Struct, field: &Field) -> Option<String> {
        if self.descriptions.is_empty() || field.name != "items" {
            return None;
        }
        let kind = self.kinds.get(&own.definition())?["kind"].text().strip_suffix("List")?;
        Some(format!("List of {}s", kind.to_lowercase()))
    }

    fn property(&mut self, own: &Struct, field: &'static Field) -> Value {
        let mut schema = self.value_schema(&field.value);
        if self.version == Version::V3
            && let Some(default) = default_of(field)
        {
            with_default(&mut schema, default);
        }
        let words = self.descriptions.get(own.name, field.name).filter(|words| !words.is_empty());
        let words = words.or_else(|| self.of_list(own, field));
        if let Some(words) = words.map(|words| words + &self.values_listed(&field.value)) {
            // Beside a reference nothing else may stand in version 3.
            if self.version == Version::V3 {
                wrap_reference(&mut schema);
            }
            schema.set("description", words);
        }
        add_list_facts(&mut schema, field);
        schema
    }

    fn value_schema(&mut self, own: &'static Type) -> Value {
        let mut schema = match &own.shape {
            Shape::Bool => value!({ "type": "boolean" }),
            Shape::Int32 => value!({ "type": "integer", "format": "int32" }),
            Shape::Int64 => value!({ "type": "integer", "format": "int64" }),
            Shape::Float => value!({ "type": "number", "format": "double" }),
            Shape::String => value!({ "type": "string" }),
            Shape::Bytes => value!({ "type": "string", "format": "byte" }),
            Shape::Struct(id) => self.reference(Schema::get().resolve(*id)),
            Shape::List(item) => {
                let items = self.item_schema(item);
                value!({ "type": "array", "items": items })
            }
            Shape::Map(entry) => {
                let entries = self.item_schema(entry);
                value!({ "type": "object", "additionalProperties": entries })
            }
            Shape::Quantity | Shape::Time | Shape::MicroTime | Shape::IntOrString | Shape::Any => {
                self.special(own)
            }
        };
        if !own.values.is_empty() {
            schema.set("enum", own.values.clone());
        }
        schema
    }

    fn item_schema(&mut self, own: &'static Type) -> Value {
        let mut schema = self.value_schema(own);
        if self.version == Version::V3
            && let Some(default) = zero_of(own)
        {
            with_default(&mut schema, default);
        }
        schema
    }

    /// A reference to a type that is no struct in JSON.
    fn special(&mut self, own: &Type) -> Value {
        let (name, definition) = match own.go.as_str() {
            "resource.Quantity" => {
                ("io.k8s.apimachinery.pkg.api.resource.Quantity", self.quantity())
            }
            "intstr.IntOrString" => {
                ("io.k8s.apimachinery.pkg.util.intstr.IntOrString", self.int_or_string())
            }
            "v1.Time" => ("io.k8s.apimachinery.pkg.apis.meta.v1.Time", date_time()),
            "v1.MicroTime" => ("io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime", date_time()),
            "v1.FieldsV1" => {
                ("io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1", value!({ "type": "object" }))
            }
            "runtime.RawExtension" => {
                ("io.k8s.apimachinery.pkg.runtime.RawExtension", value!({ "type": "object" }))
            }
            other => {
                let name = other.trim_start_matches("v1.");
                let name =
                    format!("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.{name}");
                self.made.insert(name.as_str(), Value::map());
                return self.version.reference(&name);
            }
        };
        let mut definition = definition;
        if let Some(words) = self.descriptions.get(name, "") {
            definition.set("description", words);
        }
        self.made.insert(name, definition);
        self.version.reference(name)
    }

    fn values_listed(&self, own: &Type) -> String {
        let mut text = String::new();
        for value in &own.values {
            let words = own.name.and_then(|name| self.descriptions.get(name, value));
            let space = if words.is_some() { " " } else { "" };
            let _ = write!(text, "\n - `\"{value}\"`{space}{}", words.unwrap_or_default());
        }
        if text.is_empty() { text } else { format!("\n\nPossible enum values:{text}") }
    }

    fn quantity(&self) -> Value {
        match self.version {
            Version::V2 => value!({ "type": "string" }),
            Version::V3 => value!({ "oneOf": [{ "type": "string" }, { "type": "number" }] }),
        }
    }

    fn int_or_string(&self) -> Value {
        match self.version {
            Version::V2 => value!({ "type": "string", "format": "int-or-string" }),
            Version::V3 => value!({
                "format": "int-or-string",
                "oneOf": [{ "type": "integer" }, { "type": "string" }],
            }),
        }
    }
}

fn date_time() -> Value {
    value!({ "type": "string", "format": "date-time" })
}

/// Group, version and kind as documents state them.
pub(super) fn kind_value(kind: &Kind, suffix: &str) -> Value {
    let name = format!("{}{suffix}", kind.kind);
    value!({ "group": (kind.group), "version": (kind.version), "kind": name })
}

fn wrap_reference(schema: &mut Value) {
    if let Some(reference) = schema.remove("$ref") {
        schema.set("allOf", value!([{ "$ref": reference }]));
    }
}

fn with_default(schema: &mut Value, default: Value) {
    wrap_reference(schema);
    schema.set("default", default);
}

/// The default that the schema states: Go's zero for what Go always writes.
fn default_of(field: &Field) -> Option<Value> {
    if let Some(stated) = field.default {
        return parse_json(stated.as_bytes()).ok();
    }
    let is_struct = matches!(field.value.shape, Shape::Struct(_));
    if field.value.pointer || (field.omit_empty && !is_struct) {
        return None;
    }
    zero_of(&field.value)
}

fn zero_of(own: &Type) -> Option<Value> {
    if own.pointer {
        return None;
    }
    match own.shape {
        Shape::Bool => Some(false.into()),
        Shape::Int32 | Shape::Int64 | Shape::Float => Some(0.into()),
        Shape::String => Some("".into()),
        Shape::Struct(_) => Some(Value::map()),
        _ => None,
    }
}

fn add_list_facts(schema: &mut Value, field: &Field) {
    if matches!(field.value.shape, Shape::List(_) | Shape::Bytes | Shape::Struct(_)) {
        match &field.list {
            ListKind::Map(keys) => {
                schema.set("x-kubernetes-list-type", "map");
                schema.set("x-kubernetes-list-map-keys", keys.clone());
            }
            ListKind::Set => schema.set("x-kubernetes-list-type", "set"),
            ListKind::Atomic if field.states_list => {
                schema.set("x-kubernetes-list-type", "atomic");
            }
            ListKind::Atomic => {}
        }
    }
    if let Some(map_type) = field.map_type {
        schema.set("x-kubernetes-map-type", map_type);
    }
    let FieldPatch { merge, replace, retain_keys, key } = field.patch;
    let strategies = [(merge, "merge"), (replace, "replace"), (retain_keys, "retainKeys")];
    let strategies: Vec<&str> =
        strategies.iter().filter(|(on, _)| *on).map(|(_, name)| *name).collect();
    if !strategies.is_empty() {
        schema.set("x-kubernetes-patch-strategy", strategies.join(","));
    }
    if let Some(key) = key {
        schema.set("x-kubernetes-patch-merge-key", key);
    }
}
