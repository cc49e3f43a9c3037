//! CertificateSigningRequest: a wish for a certificate.
//!
//! They are stored and shown; nothing signs them. Sources:
//! `pkg/apis/certificates/validation` and the printer.

use super::age::{human_duration, object_age};
use super::{Column, Errors, Kind, NameRule, Path, names, table};
use crate::sim::{Delay, Time};
use crate::value::Value;

/// The row of CertificateSigningRequest.
pub static KIND: Kind = Kind {
    group: "certificates.k8s.io",
    kind: "CertificateSigningRequest",
    plural: "certificatesigningrequests",
    singular: "certificatesigningrequest",
    short_names: &["csr"],
    namespaced: false,
    name_rule: NameRule::PathSegment,
    subresources: &["approval", "status"],
    schema: "io.k8s.api.certificates.v1.CertificateSigningRequest",
    validate,
    validate_update: |new, _, errors| validate(new, errors),
    prepare: |new, old| {
        if old.is_none() {
            new.set("status", Value::map());
        }
    },
    columns: &[
        table::NAME,
        table::AGE,
        Column::text("SignerName", "Who is to sign."),
        Column::text("Requestor", "Who asks."),
        Column::text("RequestedDuration", "How long the certificate is to be good."),
        Column::text("Condition", "What has become of the request."),
    ],
    cells,
    ..Kind::BASE
};

/// What a certificate may be for.
const USAGES: [&str; 23] = [
    "any",
    "cert sign",
    "client auth",
    "code signing",
    "content commitment",
    "crl sign",
    "data encipherment",
    "decipher only",
    "digital signature",
    "email protection",
    "encipher only",
    "ipsec end system",
    "ipsec tunnel",
    "ipsec user",
    "key agreement",
    "key encipherment",
    "microsoft sgc",
    "netscape sgc",
    "ocsp signing",
    "s/mime",
    "server auth",
    "signing",
    "timestamping",
];
const EXPIRATION_SECS_MIN: i64 = 600;

fn validate(request: &Value, errors: &mut Errors) {
    let (spec, path) = (&request["spec"], Path::ROOT.field("spec"));
    let (usages, list) = (spec["usages"].items(), path.field("usages"));
    if usages.is_empty() {
        errors.required(&list, "");
    }
    for (index, usage) in usages.iter().enumerate() {
        let (path, text) = (list.index(index), usage.text());
        if !USAGES.contains(&text) {
            errors.not_supported(&path, text, &USAGES);
        }
        if usages.iter().take(index).any(|earlier| earlier == usage) {
            errors.duplicate(&path, text);
        }
    }
    let signer = spec["signerName"].text();
    let signer_path = path.field("signerName");
    if signer == "kubernetes.io/legacy-unknown" {
        let detail = "the legacy signerName is not allowed via this API version";
        errors.invalid(&signer_path, signer, detail);
    } else {
        validate_signer(signer, &signer_path, errors);
    }
    if let Some(secs) =
        spec["expirationSeconds"].as_int().filter(|secs| *secs < EXPIRATION_SECS_MIN)
    {
        let detail = "may not specify a duration less than 600 seconds (10 minutes)";
        errors.invalid(&path.field("expirationSeconds"), secs, detail);
    }
}

/// Finds what is wrong with the name of a signer: a domain, then a path.
fn validate_signer(signer: &str, path: &Path<'_>, errors: &mut Errors) {
    if signer.is_empty() {
        return errors.required(path, "");
    }
    let Some((domain, own)) = signer.split_once('/') else {
        let detail = "must be a fully qualified domain and path of the form \
                      'example.com/signer-name'";
        return errors.invalid(path, signer, detail);
    };
    let complaints = names::subdomain(domain);
    if !complaints.is_empty() {
        errors.invalid(
            path,
            domain,
            &format!("validating label {domain:?}: {}", complaints.join(",")),
        );
    } else if domain.split('.').count() < 2 {
        let detail = "should be a domain with at least two segments separated by dots";
        errors.invalid(path, domain, detail);
    }
    errors.invalid_each(path, own, names::subdomain(own));
}

fn cells(request: &Value, now: Time) -> Vec<Value> {
    let spec = &request["spec"];
    let duration = match spec["expirationSeconds"].as_int() {
        Some(secs) => human_duration(Delay::secs(secs)),
        None => "<none>".to_owned(),
    };
    vec![
        table::name(request),
        object_age(request, now),
        table::or_none(spec["signerName"].text()),
        spec["username"].text().into(),
        duration.into(),
        condition(&request["status"]).into(),
    ]
}

fn condition(status: &Value) -> String {
    let conditions = status["conditions"].items();
    let has = |name: &str| conditions.iter().any(|condition| condition["type"].text() == name);
    let mut texts = match (has("Approved"), has("Denied")) {
        (_, true) => vec!["Denied"],
        (true, false) => vec!["Approved"],
        (false, false) => vec!["Pending"],
    };
    if has("Failed") {
        texts.push("Failed");
    }
    if !status["certificate"].is_empty() {
        texts.push("Issued");
    }
    texts.join(",")
}
