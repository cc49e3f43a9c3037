//! CertificateSigningRequest: a wish for a certificate.
//!
//! They are stored and shown; nothing signs them. Source: the printer.

use super::age::{human_duration, object_age};
use super::{Column, Kind, table};
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
    subresources: &["approval", "status"],
    schema: "io.k8s.api.certificates.v1.CertificateSigningRequest",
    default: |request| {
        if request.at(&["spec", "usages"]).is_empty() {
            for usage in ["digital signature", "key encipherment"] {
                request.at_mut(&["spec", "usages"]).push(usage);
            }
        }
    },
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
