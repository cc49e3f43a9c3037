//! The bodies of requests: from JSON, YAML or protobuf to an object of a kind.
//!
//! Source: apiserver `pkg/endpoints/handlers` and apimachinery
//! `pkg/runtime/serializer`.

use super::Status;
use super::route::Query;
use crate::api::Kind;
use crate::api::custom::Definition;
use crate::api::registry::by_kind;
use crate::schema::{self, DecodeError, FieldValidation, Schema};
use crate::value::{Value, parse_json, parse_json_noting_duplicates};
use crate::wire::Request;
use crate::yaml::parse_yaml;

const BODY_TYPES: &str = "application/json, application/yaml, application/vnd.kubernetes.protobuf";

/// Reads the body of a patch as JSON, whatever its type says.
pub(super) fn parse_json_body(request: &Request) -> Result<Value, Status> {
    parse_json(&request.body).map_err(|error| Status::bad_request(error.message))
}

/// Reads a body that holds an object of the type called `schema`, with the
/// paths of keys that occur twice.
pub(super) fn parse_body(schema: &str, request: &Request) -> Result<(Value, Vec<String>), Status> {
    let media = request.content_type.split(';').next().unwrap_or_default().trim();
    match media {
        "" | "application/json" | "*/*" => {
            parse_json_noting_duplicates(&request.body).map_err(|error| {
                Status::bad_request(format!(
                    "couldn't get version/kind; json parse error: {}",
                    error.message
                ))
            })
        }
        "application/yaml" => match parse_yaml(&String::from_utf8_lossy(&request.body)) {
            Ok(value) => Ok((value, Vec::new())),
            Err(error) => {
                Err(Status::bad_request(format!("error converting YAML to JSON: {error}")))
            }
        },
        "application/vnd.kubernetes.protobuf" => {
            let Some(target) = Schema::get().find(schema) else {
                return Err(Status::unsupported_media_type(BODY_TYPES));
            };
            let read = schema::decode_protobuf(target, &request.body);
            read.map(|value| (value, Vec::new()))
                .map_err(|error| Status::bad_request(error.to_string()))
        }
        _ => Err(Status::unsupported_media_type(BODY_TYPES)),
    }
}

/// What the query asks to be done about unknown and duplicate fields.
pub(super) fn field_validation(query: &Query) -> Result<FieldValidation, Status> {
    match query.get("fieldValidation") {
        "" | "Warn" => Ok(FieldValidation::Warn),
        "Strict" => Ok(FieldValidation::Strict),
        "Ignore" => Ok(FieldValidation::Ignore),
        other => Err(Status::bad_request(format!(
            "fieldValidation: Unsupported value: \"{other}\": supported values: \"Ignore\", \
             \"Strict\", \"Warn\""
        ))),
    }
}

/// Reads the body as an object of `kind`.
pub(super) fn decode_body(
    kind: &Kind,
    query: &Query,
    request: &Request,
) -> Result<(Value, Vec<String>), Status> {
    let (value, duplicates) = parse_body(kind.schema, request)?;
    decode_object(kind, &value, &duplicates, field_validation(query)?)
}

/// Reads a value as an object of `kind`.
pub(super) fn decode_object(
    kind: &Kind,
    value: &Value,
    duplicates: &[String],
    validation: FieldValidation,
) -> Result<(Value, Vec<String>), Status> {
    if let Some(go) = not_an_object(value) {
        return Err(Status::bad_request(format!(
            "couldn't get version/kind; json parse error: json: cannot unmarshal {go} into Go \
             value of type struct {{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind \
             string \"json:\\\"kind,omitempty\\\"\" }}"
        )));
    }
    let (own_kind, own_version) = (value["kind"].text(), value["apiVersion"].text());
    let refuse = |why: &str| {
        let version = if own_version.is_empty() { kind.version } else { own_version };
        let version = version.rsplit('/').next().unwrap_or_default();
        let own_kind = if own_kind.is_empty() { kind.kind } else { own_kind };
        let message = format!(
            "{own_kind} in version \"{version}\" cannot be handled as a {}: {why}",
            kind.kind
        );
        Status::bad_request(message)
    };
    // A kind of another version is read, and refused for its version below.
    let (group, version) = own_version.split_once('/').unwrap_or(("", own_version));
    let known = by_kind(group, version, own_kind)
        .is_some_and(|own| own.version != kind.version || own.group != kind.group);
    let given = !own_kind.is_empty() && own_kind != kind.kind && !known;
    if given {
        return Err(refuse(&format!(
            "no kind \"{own_kind}\" is registered for version \"{own_version}\" in scheme \
             \"k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30\""
        )));
    }
    let api_version = kind.api_version();
    if !own_version.is_empty() && own_version != api_version {
        return Err(Status::bad_request(format!(
            "the API version in the data ({own_version}) does not match the expected API version \
             ({api_version})"
        )));
    }
    if let Some(definition) = kind.custom {
        let decoded = decode_custom(definition, value, duplicates, validation);
        let (mut object, warnings) = decoded.map_err(|why| refuse(&why))?;
        object.set("kind", kind.kind);
        object.set("apiVersion", api_version);
        return Ok((object, warnings));
    }
    let Some(target) = Schema::get().find(kind.schema) else {
        return Err(Status::internal(&format!("{} has no schema", kind.kind)));
    };
    let decoded =
        schema::decode(target, value, duplicates, validation).map_err(|error| match &error {
            DecodeError::Type { .. } | DecodeError::Strict(_) => refuse(&error.to_string()),
        })?;
    let mut object = decoded.value;
    object.set("kind", kind.kind);
    object.set("apiVersion", api_version);
    Ok((object, decoded.warnings))
}

/// Go's word for what is no object though one has to be.
fn not_an_object(value: &Value) -> Option<&'static str> {
    match value {
        Value::Map(_) | Value::Null => None,
        Value::List(_) => Some("array"),
        Value::Str(_) => Some("string"),
        Value::Bool(_) => Some("bool"),
        Value::Int(_) | Value::Float(_) => Some("number"),
    }
}

/// Reads a value as an object of a kind that a definition brought.
fn decode_custom(
    definition: &Definition,
    value: &Value,
    duplicates: &[String],
    validation: FieldValidation,
) -> Result<(Value, Vec<String>), String> {
    let (object, mut problems) = definition.decode(value)?;
    problems.extend(duplicates.iter().map(|path| format!("duplicate field \"{path}\"")));
    match validation {
        FieldValidation::Strict if !problems.is_empty() => {
            Err(format!("strict decoding error: {}", problems.join(", ")))
        }
        FieldValidation::Warn => Ok((object, problems)),
        FieldValidation::Strict | FieldValidation::Ignore => Ok((object, Vec::new())),
    }
}
