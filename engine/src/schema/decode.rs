//! Reading a value as a type of the API, as Go's JSON decoder does.
//!
//! The result is what Go writes after reading: unknown fields gone, empty
//! fields gone where Go omits them, amounts, times and bytes in their canonical
//! form. Source of the behaviour and words: `sigs.k8s.io/json` and Go's
//! `encoding/json`.

use std::fmt::{self, Write as _};

use super::table::{Field, Schema, Shape, Struct, Type};
use super::time::parse_time;
use crate::base64;
use crate::quantity::Quantity;
use crate::value::{Map, Str, Value};

/// What to do about unknown and duplicate fields: the `fieldValidation` of a
/// request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FieldValidation {
    /// Refuse them.
    Strict,
    /// Drop them and say so.
    #[default]
    Warn,
    /// Drop them.
    Ignore,
}

/// A value read as a type.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// The value as Go would write it.
    pub value: Value,
    /// What was dropped, as `unknown field "spec.foo"`.
    pub warnings: Vec<String>,
}

/// Why a value cannot be read as a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecodeError {
    /// A value has the wrong type or form.
    Type {
        /// What Go says.
        message: String,
        /// Where: `spec.containers[0].command`.
        path: String,
    },
    /// Unknown and duplicate fields, refused.
    Strict(Vec<String>),
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type { message, .. } => f.write_str(message),
            Self::Strict(errors) => write!(f, "strict decoding error: {}", errors.join(", ")),
        }
    }
}

impl std::error::Error for DecodeError {}

/// How many unknown and duplicate fields are reported at most.
const STRICT_ERRORS_MAX: usize = 100;

/// Reads `value` as a `target`. `duplicates` are the paths of the keys that
/// occurred twice in its text.
pub fn decode(
    target: &'static Struct,
    value: &Value,
    duplicates: &[String],
    validation: FieldValidation,
) -> Result<Decoded, DecodeError> {
    let mut decoder = Decoder::default();
    let value = match value {
        Value::Map(map) => decoder.read_struct(target, map).unwrap_or_default(),
        Value::Null => zero_of(target),
        other => {
            decoder.save_type_error(kind_of(other), &target.go());
            Value::Null
        }
    };
    if let Some((message, path)) = decoder.fatal.or(decoder.saved) {
        return Err(DecodeError::Type { message, path });
    }
    let mut errors = decoder.strict;
    errors.extend(duplicates.iter().map(|path| format!("duplicate field \"{path}\"")));
    errors.truncate(STRICT_ERRORS_MAX);
    match validation {
        FieldValidation::Strict if !errors.is_empty() => Err(DecodeError::Strict(errors)),
        FieldValidation::Strict | FieldValidation::Ignore => {
            Ok(Decoded { value, warnings: Vec::new() })
        }
        FieldValidation::Warn => Ok(Decoded { value, warnings: errors }),
    }
}

/// What Go writes for a `target` of which nothing is set.
pub fn zero_of(target: &Struct) -> Value {
    let zeros = target.fields.iter().filter_map(|field| Some((field.name, absent(field)?)));
    Value::Map(zeros.collect::<Map>())
}

/// What Go writes for a field that is not set, if it writes it.
fn absent(field: &Field) -> Option<Value> {
    let zero = zero_value(&field.value);
    let written = match field.value.shape {
        _ if !field.omit_empty => true,
        // Go's `omitempty` never leaves out a struct, as these are.
        Shape::Struct(_)
        | Shape::Quantity
        | Shape::Time
        | Shape::MicroTime
        | Shape::IntOrString => !field.value.pointer,
        Shape::Any => !field.value.pointer && field.value.go == "runtime.RawExtension",
        _ => false,
    };
    written.then_some(zero)
}

fn zero_value(target: &Type) -> Value {
    if target.pointer {
        return Value::Null;
    }
    match target.shape {
        Shape::Bool => Value::Bool(false),
        Shape::Int32 | Shape::Int64 | Shape::Float | Shape::IntOrString => Value::Int(0),
        Shape::String => Value::str(""),
        Shape::Quantity => Value::str("0"),
        Shape::Struct(id) => zero_of(Schema::get().resolve(id)),
        Shape::Bytes
        | Shape::Time
        | Shape::MicroTime
        | Shape::Any
        | Shape::List(_)
        | Shape::Map(_) => Value::Null,
    }
}

/// A step of the way from the object to a value in it.
enum Step {
    Field(Str),
    Index(usize),
}

#[derive(Default)]
struct Decoder {
    path: Vec<Step>,
    /// The struct and its fields that Go names in a type error.
    context: Option<&'static Struct>,
    fields: Vec<&'static str>,
    strict: Vec<String>,
    /// The first type error: Go reads on, and reports it at the end.
    saved: Option<(String, String)>,
    /// An error that stops the reading.
    fatal: Option<(String, String)>,
}

impl Decoder {
    /// `None` once a fatal error was met.
    fn read_struct(&mut self, target: &'static Struct, map: &Map) -> Option<Value> {
        let mut entries: Vec<(Str, Value)> = Vec::with_capacity(map.len() + 2);
        for (key, value) in map.iter() {
            self.path.push(Step::Field(key.clone()));
            if let Some(field) = target.field(key) {
                let outer = self.context.replace(target);
                self.fields.push(field.name);
                let value = self.read(&field.value, value)?;
                self.fields.pop();
                self.context = outer;
                if is_written(field, &value) {
                    entries.push((key.clone(), value));
                }
            } else {
                self.save_unknown_field();
            }
            self.path.pop();
        }
        for field in &target.fields {
            if !map.contains_key(field.name)
                && let Some(zero) = absent(field)
            {
                entries.push((field.name.into(), zero));
            }
        }
        Some(Value::Map(entries.into_iter().collect::<Map>()))
    }

    fn read(&mut self, target: &Type, value: &Value) -> Option<Value> {
        match (&target.shape, value) {
            (Shape::Any, value) => Some(value.clone()),
            (_, Value::Null) => Some(zero_value(target)),
            (Shape::Quantity, value) => self.read_quantity(value),
            (Shape::Time | Shape::MicroTime, value) => self.read_time(&target.shape, value),
            (Shape::Struct(id), Value::Map(map)) => {
                self.read_struct(Schema::get().resolve(*id), map)
            }
            (Shape::List(item), Value::List(items)) => self.read_list(item, items),
            (Shape::Map(entry), Value::Map(map)) => self.read_map(entry, map),
            (Shape::Bytes, Value::Str(text)) => Some(match base64::decode(text) {
                Ok(bytes) => Value::from(base64::encode(&bytes)),
                Err(error) => {
                    self.save(error);
                    Value::Null
                }
            }),
            (Shape::Bool, Value::Bool(_))
            | (Shape::String | Shape::IntOrString, Value::Str(_))
            | (Shape::Int64 | Shape::Float, Value::Int(_))
            | (Shape::Float, Value::Float(_)) => Some(value.clone()),
            (Shape::Int32 | Shape::IntOrString, Value::Int(int)) if i32::try_from(*int).is_ok() => {
                Some(value.clone())
            }
            (Shape::Int32 | Shape::Int64 | Shape::IntOrString, Value::Int(_) | Value::Float(_)) => {
                let number = format!("number {}", value.to_json());
                self.refuse(target, &number)
            }
            (_, other) => self.refuse(target, kind_of(other)),
        }
    }

    /// A value of the wrong kind: Go's own types note it and read on, types
    /// that read themselves stop.
    fn refuse(&mut self, target: &Type, found: &str) -> Option<Value> {
        if matches!(target.shape, Shape::IntOrString) {
            return self.stop_at_type(found, "int32");
        }
        self.save_type_error(found, &target.go);
        Some(zero_value(target))
    }

    fn read_list(&mut self, item: &Type, items: &[Value]) -> Option<Value> {
        let mut read = Vec::with_capacity(items.len());
        for (index, value) in items.iter().enumerate() {
            self.path.push(Step::Index(index));
            read.push(self.read(item, value)?);
            self.path.pop();
        }
        Some(Value::list(read))
    }

    fn read_map(&mut self, entry: &Type, map: &Map) -> Option<Value> {
        let mut read = Vec::with_capacity(map.len());
        for (key, value) in map.iter() {
            self.path.push(Step::Field(key.clone()));
            read.push((key.clone(), self.read(entry, value)?));
            self.path.pop();
        }
        Some(Value::Map(read.into_iter().collect::<Map>()))
    }

    fn read_quantity(&mut self, value: &Value) -> Option<Value> {
        let text = match value {
            Value::Str(text) => text.to_string(),
            other => other.to_json(),
        };
        match Quantity::parse(text.trim()) {
            Ok(amount) => Some(Value::from(amount.to_string())),
            Err(error) => self.stop(error.to_string()),
        }
    }

    fn read_time(&mut self, shape: &Shape, value: &Value) -> Option<Value> {
        let micros = matches!(shape, Shape::MicroTime);
        let layout =
            if micros { "2006-01-02T15:04:05.000000Z07:00" } else { "2006-01-02T15:04:05Z07:00" };
        let Some(text) = value.as_str() else {
            return self.stop_at_type(kind_of(value), "string");
        };
        match parse_time(text, layout) {
            Ok(time) if micros => Some(Value::from(time.rfc3339_micros())),
            Ok(time) => Some(Value::from(time.rfc3339())),
            Err(error) => self.stop(error),
        }
    }

    fn stop_at_type(&mut self, found: &str, wanted: &str) -> Option<Value> {
        self.saved = None;
        self.save_type_error(found, wanted);
        self.fatal = self.saved.take();
        None
    }

    fn stop(&mut self, message: String) -> Option<Value> {
        self.fatal = Some((message, self.path_text()));
        None
    }

    fn save(&mut self, message: String) {
        if self.saved.is_none() {
            self.saved = Some((message, self.path_text()));
        }
    }

    fn save_type_error(&mut self, found: &str, wanted: &str) {
        let place = match self.context {
            Some(own) => {
                let fields = self.fields.join(".");
                format!("Go struct field {}.{fields}", own.short_name())
            }
            None => "Go value".to_owned(),
        };
        self.save(format!("json: cannot unmarshal {found} into {place} of type {wanted}"));
    }

    fn save_unknown_field(&mut self) {
        if self.strict.len() < STRICT_ERRORS_MAX {
            self.strict.push(format!("unknown field \"{}\"", self.path_text()));
        }
    }

    fn path_text(&self) -> String {
        let mut text = String::new();
        for step in &self.path {
            match step {
                Step::Field(name) if text.is_empty() => text.push_str(name),
                Step::Field(name) => text.extend([".", name]),
                Step::Index(index) => {
                    let _ = write!(text, "[{index}]");
                }
            }
        }
        text
    }
}

/// Whether Go writes a field that was set to `value`.
fn is_written(field: &Field, value: &Value) -> bool {
    if !field.omit_empty {
        return true;
    }
    match field.value.shape {
        _ if field.value.pointer => !value.is_null(),
        Shape::Struct(_)
        | Shape::Quantity
        | Shape::Time
        | Shape::MicroTime
        | Shape::IntOrString
        | Shape::Any => true,
        _ => !value.is_zero(),
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Int(_) | Value::Float(_) => "number",
        Value::Str(_) => "string",
        Value::List(_) => "array",
        Value::Map(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::parse_json;

    fn decoded(name: &str, json: &str) -> Result<Decoded, DecodeError> {
        let target = Schema::get().find(name).expect("a type of the table");
        let value = parse_json(json.as_bytes()).expect("JSON");
        decode(target, &value, &[], FieldValidation::Strict)
    }

    fn check_error(name: &str, json: &str, message: &str) {
        assert_eq!(decoded(name, json).expect_err(json).to_string(), message);
    }

    #[test]
    fn a_wrong_type_is_named_as_go_names_it() {
        for (name, json, message) in [
            (
                "core/v1.Pod",
                r#"{"spec":{"containers":[{"command":"sleep 100"}]}}"#,
                "json: cannot unmarshal string into Go struct field Container.spec.containers.command of type []string",
            ),
            (
                "core/v1.ConfigMap",
                r#"{"data":{"debug":true}}"#,
                "json: cannot unmarshal bool into Go struct field ConfigMap.data of type string",
            ),
            (
                "core/v1.Service",
                r#"{"spec":{"selector":"app=web"}}"#,
                "json: cannot unmarshal string into Go struct field ServiceSpec.spec.selector of type map[string]string",
            ),
            (
                "core/v1.Pod",
                r#"{"spec":{"containers":[{"env":{}}]}}"#,
                "json: cannot unmarshal object into Go struct field Container.spec.containers.env of type []v1.EnvVar",
            ),
            (
                "apps/v1.Deployment",
                r#"{"spec":{"replicas":2.5}}"#,
                "json: cannot unmarshal number 2.5 into Go struct field DeploymentSpec.spec.replicas of type int32",
            ),
            (
                "core/v1.Pod",
                r#"{"spec":{"volumes":[{"fc":{"lun":"2"}}]}}"#,
                "json: cannot unmarshal string into Go struct field FCVolumeSource.spec.volumes.fc.lun of type int32",
            ),
            (
                "resource/cli.metadataOnlyObject",
                r#"{"metadata":"name:x"}"#,
                "json: cannot unmarshal string into Go struct field metadataOnlyObject.metadata of type v1.ObjectMeta",
            ),
            ("core/v1.Pod", "[]", "json: cannot unmarshal array into Go value of type v1.Pod"),
        ] {
            check_error(name, json, message);
        }
    }

    #[test]
    fn types_that_read_themselves_stop_with_their_own_words() {
        check_error(
            "core/v1.Pod",
            r#"{"kind":1,"spec":{"containers":[{"resources":{"requests":{"memory":"64MB"}}}]}}"#,
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        );
        check_error(
            "core/v1.Secret",
            r#"{"data":{"password":"hunter2!"}}"#,
            "illegal base64 data at input byte 7",
        );
    }

    #[test]
    fn unknown_fields_are_all_named_with_their_paths() {
        check_error(
            "networking/v1.Ingress",
            r#"{"spec":{"rules":[{"http":{"paths":[{"backend":{"serviceName":"a","servicePort":1}}]}}]},"Spec":{}}"#,
            "strict decoding error: unknown field \"Spec\", \
             unknown field \"spec.rules[0].http.paths[0].backend.serviceName\", \
             unknown field \"spec.rules[0].http.paths[0].backend.servicePort\"",
        );
    }

    #[test]
    fn what_go_would_write_is_what_stays() {
        let json = r#"{
            "metadata": {"name": "a", "labels": {}, "creationTimestamp": "2024-01-01T09:00:00+09:00"},
            "spec": {"ports": [{"port": 80}], "selector": null, "publishNotReadyAddresses": false}
        }"#;
        let read = decoded("core/v1.Service", json).expect("a service").value;
        assert_eq!(
            read.to_json(),
            r#"{"metadata":{"creationTimestamp":"2024-01-01T00:00:00Z","name":"a"},"spec":{"ports":[{"port":80,"targetPort":0}]},"status":{"loadBalancer":{}}}"#
        );
        let json =
            r#"{"spec":{"containers":[{"name":"a","resources":{"limits":{"cpu":"1000m"}}}]}}"#;
        let read = decoded("core/v1.Pod", json).expect("a pod").value;
        assert_eq!(
            read.to_json(),
            r#"{"metadata":{"creationTimestamp":null},"spec":{"containers":[{"name":"a","resources":{"limits":{"cpu":"1"}}}]},"status":{}}"#
        );
    }
}
