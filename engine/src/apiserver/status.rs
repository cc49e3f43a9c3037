//! The API server's refusals: `Status` objects with real words.
//!
//! Source of the words: apimachinery `pkg/api/errors`.

use crate::api::{Errors, Kind};
use crate::value;
use crate::value::Value;

/// Why a request was refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct Status {
    /// The HTTP status.
    pub code: u16,
    /// The machine-readable class, as `NotFound`.
    pub reason: &'static str,
    /// The message, as `pods "x" not found`.
    pub message: String,
    /// What the refusal is about: name, group, kind, causes.
    pub details: Value,
    /// Where a list that expired may go on; mostly empty.
    pub next: String,
}

impl Status {
    fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), details: Value::Null, next: String::new() }
    }

    fn about(mut self, kind: &Kind, name: &str) -> Self {
        self.details = object_details(kind, name);
        self
    }

    /// 404 `pods "x" not found`.
    pub fn not_found(kind: &Kind, name: &str) -> Self {
        let message = format!("{} \"{name}\" not found", kind.resource());
        Self::new(404, "NotFound", message).about(kind, name)
    }

    /// 404 for a path that no resource answers to.
    pub fn unknown_resource() -> Self {
        let message = "the server could not find the requested resource";
        Self { details: Value::map(), ..Self::new(404, "NotFound", message) }
    }

    /// 409 `pods "x" already exists`.
    pub fn already_exists(kind: &Kind, name: &str) -> Self {
        let message = format!("{} \"{name}\" already exists", kind.resource());
        Self::new(409, "AlreadyExists", message).about(kind, name)
    }

    /// 409: somebody else wrote in between, or a precondition failed.
    pub fn conflict(kind: &Kind, name: &str, why: &str) -> Self {
        let message =
            format!("Operation cannot be fulfilled on {} \"{name}\": {why}", kind.resource());
        Self::new(409, "Conflict", message).about(kind, name)
    }

    /// 409: the object was changed since it was read.
    pub fn modified(kind: &Kind, name: &str) -> Self {
        let why = "the object has been modified; please apply your changes to the latest version \
                   and try again";
        Self::conflict(kind, name, why)
    }

    /// 422 with every cause.
    pub fn invalid(kind: &Kind, name: &str, errors: &Errors) -> Self {
        // The causes repeat what the rules repeat; the message does not.
        let mut texts: Vec<String> = Vec::new();
        for text in errors.0.iter().map(ToString::to_string) {
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        let all = match texts.as_slice() {
            [one] => one.clone(),
            more => format!("[{}]", more.join(", ")),
        };
        let qualified = if kind.group.is_empty() {
            kind.kind.to_owned()
        } else {
            format!("{}.{}", kind.kind, kind.group)
        };
        let message = format!("{qualified} \"{name}\" is invalid: {all}");
        let causes = errors.0.iter().map(|error| {
            value!({
                "reason": error.reason.name(),
                "message": error.message.as_str(),
                "field": error.field.as_str(),
            })
        });
        let mut details = object_details(kind, name);
        details["kind"] = kind.kind.into();
        details["causes"] = causes.collect();
        Self { details, ..Self::new(422, "Invalid", message) }
    }

    /// 422: a patch that makes what no kind is; it is not even named.
    pub fn invalid_patch(why: &str) -> Self {
        let message = format!(" \"\" is invalid: patch: {why}");
        let cause = value!({ "reason": "FieldValueInvalid", "message": why, "field": "patch" });
        Self { details: value!({ "causes": [cause] }), ..Self::new(422, "Invalid", message) }
    }

    /// 422: a patch that is well-formed but does not fit the object.
    pub fn unprocessable(kind: &Kind, name: &str, why: &str) -> Self {
        let message =
            format!("the server rejected our request due to an error in our request: {why}");
        Self::new(422, "Invalid", message).about(kind, name)
    }

    /// 413 with a message of its own.
    pub fn too_large_request(message: String) -> Self {
        Self::new(413, "RequestEntityTooLarge", message)
    }

    /// 403 `pods "x" is forbidden: WHY`.
    pub fn forbidden(kind: &Kind, name: &str, why: &str) -> Self {
        let subject = if name.is_empty() {
            kind.resource()
        } else {
            format!("{} \"{name}\"", kind.resource())
        };
        Self::new(403, "Forbidden", format!("{subject} is forbidden: {why}")).about(kind, name)
    }

    /// 400 with a message.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// 405: the resource does not know the method.
    pub fn method_not_allowed() -> Self {
        let message = "the server does not allow this method on the requested resource";
        Self { details: Value::map(), ..Self::new(405, "MethodNotAllowed", message) }
    }

    /// 406: none of the formats asked for.
    pub fn not_acceptable() -> Self {
        let message = "406: Not Acceptable\n\nAvailable representations: application/json, \
                       application/yaml, application/vnd.kubernetes.protobuf, \
                       application/json;stream=watch, \
                       application/vnd.kubernetes.protobuf;stream=watch";
        Self { details: Value::map(), ..Self::new(406, "NotAcceptable", message) }
    }

    /// 410: the watch or list starts at a revision that is no longer kept.
    pub fn expired(message: impl Into<String>) -> Self {
        Self::new(410, "Expired", message)
    }

    /// 504: the list is wanted at a revision that is not there yet.
    pub fn too_large_version(wanted: u64, current: u64) -> Self {
        let message = format!("Too large resource version: {wanted}, current: {current}");
        let cause = value!({
            "reason": "ResourceVersionTooLarge",
            "message": "Too large resource version",
        });
        let details = value!({ "causes": [cause], "retryAfterSeconds": 1 });
        Self { details, ..Self::new(504, "Timeout", format!("Timeout: {message}")) }
    }

    /// 413: the body is larger than the server reads.
    pub fn too_large(limit: usize) -> Self {
        let message = format!("Request entity too large: limit is {limit}");
        Self::new(413, "RequestEntityTooLarge", message)
    }

    /// 415: the body is in none of the formats understood.
    pub fn unsupported_media_type(accepted: &str) -> Self {
        let message = format!(
            "the body of the request was in an unknown format - accepted media types include: \
             {accepted}"
        );
        Self::new(415, "UnsupportedMediaType", message)
    }

    /// 429: try again later.
    pub fn too_many_requests(message: impl Into<String>, causes: Vec<Value>) -> Self {
        let mut status = Self::new(429, "TooManyRequests", message);
        status.details = value!({ "causes": (Value::list(causes)) });
        status
    }

    /// 409: others manage fields that an apply would change.
    pub fn apply_conflict(message: String, causes: Value) -> Self {
        let details = value!({ "causes": causes });
        Self { details, ..Self::new(409, "Conflict", message) }
    }

    /// 500 without a class: what upstream passes on as it is.
    pub fn unknown(message: String) -> Self {
        Self { details: Value::map(), ..Self::new(500, "", message) }
    }

    /// 500: the server failed.
    pub fn internal(why: &str) -> Self {
        let mut status = Self::new(500, "InternalError", format!("Internal error occurred: {why}"));
        status.details = value!({ "causes": [{ "message": why }] });
        status
    }

    /// The object as it goes over the wire.
    pub fn to_value(&self) -> Value {
        let mut metadata = Value::map();
        metadata.set_nonzero("continue", self.next.as_str());
        let mut status = value!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": (metadata),
            "status": "Failure",
            "message": self.message.as_str(),
            "reason": self.reason,
            "code": (i64::from(self.code)),
        });
        if !self.details.is_null() {
            status["details"] = self.details.clone();
        }
        status
    }
}

fn object_details(kind: &Kind, name: &str) -> Value {
    let mut details = value!({ "kind": kind.plural });
    details.set_nonzero("name", name);
    details.set_nonzero("group", kind.group);
    details
}
