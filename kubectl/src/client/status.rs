//! Answers that are no success.
//!
//! Models client-go's `rest/request.go` and `NewGenericServerResponse` of
//! apimachinery's `api/errors`.

use podyard_engine::value;
use podyard_engine::value::parse_json;
use podyard_engine::wire::Response;

use super::Asked;
use crate::failure::Failure;

/// The failure that `response` stands for: the server's own `Status`, or one
/// made from the HTTP status.
pub(super) fn failure(response: &Response, asked: &Asked) -> Failure {
    if let Ok(status) = parse_json(response.bytes())
        && status["kind"].text() == "Status"
    {
        return Failure::Status(status);
    }
    let text = String::from_utf8_lossy(response.bytes());
    let verb = asked.verb();
    let (reason, message) = match response.status {
        400 => ("BadRequest", "the server rejected our request for an unknown reason".to_owned()),
        401 => (
            "Unauthorized",
            "the server has asked for the client to provide credentials".to_owned(),
        ),
        403 => ("Forbidden", text.trim().to_owned()),
        404 => ("NotFound", "the server could not find the requested resource".to_owned()),
        405 => (
            "MethodNotAllowed",
            "the server does not allow this method on the requested resource".to_owned(),
        ),
        406 | 415 => ("", text.trim().to_owned()),
        409 => ("Conflict", "the server reported a conflict".to_owned()),
        422 => {
            ("Invalid", "the server rejected our request due to an error in our request".to_owned())
        }
        429 => (
            "TooManyRequests",
            "the server has received too many requests and has asked us to try again later"
                .to_owned(),
        ),
        503 => (
            "ServiceUnavailable",
            "the server is currently unable to handle the request".to_owned(),
        ),
        code => (
            if code >= 500 { "InternalError" } else { "Unknown" },
            format!(
                "an error on the server ({:?}) has prevented the request from succeeding ({verb} {})",
                text.trim(),
                asked.target
            ),
        ),
    };
    Failure::Status(value!({
        "kind": "Status",
        "status": "Failure",
        "reason": reason,
        "message": message,
        "code": i64::from(response.status),
    }))
}
