//! Parts of objects that are written by themselves: a Pod's ephemeral
//! containers, a request's approval, a namespace's finalizers; and the tokens
//! of ServiceAccounts.
//!
//! Sources: upstream `pkg/registry/core/pod`, `certificates/certificates`,
//! `core/namespace` and `core/serviceaccount/storage/token.go`.

use super::route::Resource;
use super::{ApiServer, Part, Status};
use crate::api::pod::validate_ephemeral_containers_update;
use crate::api::{Errors, Kind, Path};
use crate::base64;
use crate::sim::Delay;
use crate::value;
use crate::value::Value;

const ISSUER: &str = "https://kubernetes.default.svc.cluster.local";
const TOKEN_SECS: i64 = 3_600;
const TOKEN_SECS_MIN: i64 = 600;

/// How a write through `subresource` counts.
pub(super) fn part_of(subresource: &str) -> Part {
    match subresource {
        "status" | "approval" => Part::Status,
        "ephemeralcontainers" | "finalize" => Part::Special,
        _ => Part::Main,
    }
}

/// Of `new`, what a write through the subresource may change; the rest is of
/// `old`.
pub(super) fn only_part(
    resource: &Resource,
    mut new: Value,
    old: Option<&Value>,
) -> Result<Value, Status> {
    let (Some(old), subresource) = (old, resource.subresource.as_str()) else { return Ok(new) };
    let path: &[&str] = match subresource {
        "ephemeralcontainers" => &["spec", "ephemeralContainers"],
        "approval" => &["status", "conditions"],
        "finalize" => &["spec", "finalizers"],
        _ => return Ok(new),
    };
    let mut object = old.clone();
    *object.at_mut(path) = std::mem::take(new.at_mut(path));
    // What the client knew of the object still has to be true.
    for field in ["uid", "resourceVersion"] {
        let known = &new["metadata"][field];
        if !known.is_empty() {
            object["metadata"].set(field, known);
        }
    }
    if subresource == "ephemeralcontainers" {
        resource.served.fill(&mut object);
        check_ephemeral_containers(resource.served, &object, old)?;
    }
    Ok(object)
}

fn check_ephemeral_containers(kind: &Kind, new: &Value, old: &Value) -> Result<(), Status> {
    let mut errors = Errors::default();
    validate_ephemeral_containers_update(new, old, &mut errors);
    if errors.is_empty() {
        return Ok(());
    }
    Err(Status::invalid(kind, new["metadata"]["name"].text(), &errors))
}

impl ApiServer {
    /// Notes in a CertificateSigningRequest who asks; nobody else may say.
    pub(super) fn sign_request(&self, kind: &Kind, object: &mut Value, manager: &str) {
        if kind.kind != "CertificateSigningRequest" {
            return;
        }
        let user = self.writer(manager).info();
        let spec = &mut object["spec"];
        for field in ["username", "uid", "groups"] {
            spec.remove(field);
            if let Some(value) = user.get(field) {
                spec.set(field, value);
            }
        }
    }

    /// Answers a wish for a token of a ServiceAccount.
    pub(super) fn issue_token(
        &mut self,
        account: &Value,
        mut request: Value,
    ) -> Result<Value, Status> {
        let spec = &mut request["spec"];
        spec.set_default("expirationSeconds", TOKEN_SECS);
        if spec["audiences"].is_empty() {
            spec.set("audiences", value!([ISSUER]));
        }
        let secs = spec["expirationSeconds"].int();
        if secs < TOKEN_SECS_MIN {
            return Err(too_short(secs));
        }
        let metadata = &account["metadata"];
        let (name, namespace) = (metadata["name"].text(), metadata["namespace"].text());
        let issued = self.now.as_secs();
        let claims = value!({
            "aud": &request["spec"]["audiences"],
            "exp": (issued + secs),
            "iat": issued,
            "iss": ISSUER,
            "jti": (self.random.uuid()),
            "kubernetes.io": {
                "namespace": namespace,
                "serviceaccount": { "name": name, "uid": &metadata["uid"] },
            },
            "nbf": issued,
            "sub": (format!("system:serviceaccount:{namespace}:{name}")),
        });
        let header = value!({ "alg": "RS256", "kid": "podyard" });
        let signature = (0..8).map(|_| self.random.suffix(8)).collect::<String>();
        let parts = [header.to_json(), claims.to_json(), signature];
        let token = parts.map(|part| url_base64(part.as_bytes())).join(".");
        let metadata = &mut request["metadata"];
        metadata.set("name", name);
        metadata.set("namespace", namespace);
        metadata.set("creationTimestamp", self.now.rfc3339());
        let expires = (self.now + Delay::secs(secs)).rfc3339();
        request.set("status", value!({ "token": token, "expirationTimestamp": expires }));
        Ok(request)
    }
}

fn too_short(secs: i64) -> Status {
    let mut errors = Errors::default();
    let spec = Path::ROOT.field("spec");
    let rule = "may not specify a duration less than 10 minutes";
    errors.invalid(&spec.field("expirationSeconds"), secs, rule);
    let kind = Kind { group: "authentication.k8s.io", kind: "TokenRequest", ..Kind::BASE };
    Status::invalid(&kind, "", &errors)
}

/// The alphabet for URLs, without padding.
fn url_base64(bytes: &[u8]) -> String {
    base64::encode(bytes).trim_end_matches('=').replace('+', "-").replace('/', "_")
}
