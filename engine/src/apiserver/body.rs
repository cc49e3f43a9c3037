//! The bodies of requests: from JSON, YAML or protobuf to an object of a kind.
//!
//! Source: apiserver `pkg/endpoints/handlers` and apimachinery
//! `pkg/runtime/serializer`.

use super::Status;
use super::route::Query;
use crate::api::custom::Definition;
use crate::api::registry::by_kind;
use crate::api::{Errors, Kind, Path};
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
            Err(error) => Err(Status::bad_request(error.to_string())),
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
    let (value, duplicates) = parse_body(kind.schema, request)
        .map_err(|refusal| unrecognized(refusal, kind, &request.body))?;
    let validation = field_validation(query)?;
    if let Some(why) = not_an_object(&value) {
        return Err(unrecognized(Status::bad_request(why), kind, &request.body));
    }
    decode_object(kind, &value, &duplicates, validation)
}

/// The refusal of a body that does not even say what it is.
fn unrecognized(refusal: Status, kind: &Kind, body: &[u8]) -> Status {
    if refusal.code != 400 {
        return refusal;
    }
    Status::bad_request(format!(
        "the object provided is unrecognized (must be of type {}): {} ({})",
        kind.kind,
        refusal.message,
        summary(body)
    ))
}

/// The start of a body: as text if it looks like JSON, else in hexadecimal.
fn summary(body: &[u8]) -> String {
    const BYTES_MAX: usize = 30;
    let start = body.get(..BYTES_MAX).unwrap_or(body);
    let more = if body.len() > BYTES_MAX { " ..." } else { "" };
    match start.first() {
        None => "<empty>".to_owned(),
        Some(b'{') => format!("{}{more}", String::from_utf8_lossy(start)),
        Some(_) => {
            let digits: String = start.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{digits}{more}")
        }
    }
}

/// Reads a value as an object of `kind`.
pub(super) fn decode_object(
    kind: &Kind,
    value: &Value,
    duplicates: &[String],
    validation: FieldValidation,
) -> Result<(Value, Vec<String>), Status> {
    if let Some(why) = not_an_object(value) {
        return Err(Status::bad_request(why));
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
    let given = !own_kind.is_empty() && own_kind != kind.kind && kind.custom.is_none();
    if given && by_kind(group, version, own_kind).is_some() {
        return Err(refuse(&format!(
            "converting ({version}.{own_kind}) to ({}.{}): unknown conversion",
            internal_package(kind.group),
            kind.kind
        )));
    }
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
        if !own_kind.is_empty() && own_kind != kind.kind {
            let mut errors = Errors::default();
            let detail = format!("must be {}", kind.kind);
            errors.invalid(&Path::ROOT.field("kind"), own_kind, &detail);
            return Err(Status::invalid(kind, value["metadata"]["name"].text(), &errors));
        }
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

/// The package of upstream's own types of a group.
fn internal_package(group: &str) -> &str {
    match group.split('.').next() {
        None | Some("" | "events") => "core",
        Some(name) => name,
    }
}

/// Why a value is none that can say what it is.
fn not_an_object(value: &Value) -> Option<String> {
    let go = match value {
        Value::Map(_) | Value::Null => return None,
        Value::List(_) => "array",
        Value::Str(_) => "string",
        Value::Bool(_) => "bool",
        Value::Int(_) | Value::Float(_) => "number",
    };
    Some(format!(
        "couldn't get version/kind; json parse error: json: cannot unmarshal {go} into Go value \
         of type struct {{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \
         \"json:\\\"kind,omitempty\\\"\" }}"
    ))
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
