//! Secret: bytes for Pods to read, kept apart from ConfigMaps.

use super::age::object_age;
use super::config_map::{BYTES_MAX, byte_count, forbid_changes};
use super::{Column, Errors, Kind, Path, meta, names, table};
use crate::base64;
use crate::sim::Time;
use crate::value::{Value, parse_json};

/// The row of Secret.
pub static KIND: Kind = Kind {
    kind: "Secret",
    plural: "secrets",
    singular: "secret",
    schema: "io.k8s.api.core.v1.Secret",
    default,
    prepare,
    validate,
    validate_update,
    warnings,
    columns: &[
        table::NAME,
        Column::text("Type", "What kind of secret this is."),
        Column::text("Data", "How many entries there are."),
        table::AGE,
    ],
    cells,
    selectable: &[("type", |secret| secret["type"].text())],
    ..Kind::BASE
};

const TLS: &str = "kubernetes.io/tls";
const ACCOUNT_NAME: &str = "kubernetes.io/service-account.name";

fn default(secret: &mut Value) {
    if secret["type"].is_empty() {
        secret.set("type", "Opaque");
    }
    // `stringData` is for writing only.
    if let Some(texts) = secret.remove("stringData") {
        for (key, text) in texts.entries() {
            secret["data"].set(&**key, base64::encode(text.text().as_bytes()));
        }
    }
}

fn prepare(new: &mut Value, old: Option<&Value>) {
    // An update that leaves the type open means the one there is.
    if let Some(old) = old
        && new["type"].is_empty()
    {
        new["type"] = old["type"].clone();
    }
}

fn validate(secret: &Value, errors: &mut Errors) {
    let (data, path) = (&secret["data"], Path::ROOT.field("data"));
    let mut bytes = 0;
    for (key, value) in data.entries() {
        errors.invalid_each(&path.key(key), key, names::config_key(key));
        bytes += byte_count(value);
    }
    if bytes > BYTES_MAX {
        errors.too_long(&path, BYTES_MAX);
    }
    let mut require = |key: &str| {
        if data.get(key).is_none() {
            errors.required(&path.key(key), "");
        }
    };
    match secret["type"].text() {
        "kubernetes.io/service-account-token"
            if secret.at(&["metadata", "annotations", ACCOUNT_NAME]).is_empty() =>
        {
            let metadata = Path::ROOT.field("metadata");
            errors.required(&metadata.field("annotations").key(ACCOUNT_NAME), "");
        }
        "kubernetes.io/dockercfg" => validate_json(data, ".dockercfg", errors),
        "kubernetes.io/dockerconfigjson" => validate_json(data, ".dockerconfigjson", errors),
        "kubernetes.io/basic-auth"
            if data.get("username").is_none() && data.get("password").is_none() =>
        {
            require("username");
            require("password");
        }
        "kubernetes.io/ssh-auth" if data["ssh-privatekey"].is_empty() => {
            errors.required(&path.key("ssh-privatekey"), "");
        }
        TLS => {
            require("tls.crt");
            require("tls.key");
        }
        _ => {}
    }
}

/// Says that the entry `key` is missing or no JSON object.
fn validate_json(data: &Value, key: &str, errors: &mut Errors) {
    let path = Path::ROOT.field("data");
    let Some(value) = data.get(key) else {
        errors.required(&path.key(key), "");
        return;
    };
    let bytes = base64::decode(value.text()).unwrap_or_default();
    let complaint = match parse_json(&bytes) {
        Err(error) => error.to_string(),
        Ok(Value::Map(_) | Value::Null) => return,
        Ok(other) => {
            let kind = json_kind(&other);
            format!("json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}")
        }
    };
    errors.invalid(&path.key(key), "<secret contents redacted>", &complaint);
}

fn json_kind(value: &Value) -> &'static str {
    match value {
        Value::List(_) => "array",
        Value::Bool(_) => "bool",
        Value::Str(_) => "string",
        _ => "number",
    }
}

fn validate_update(new: &Value, old: &Value, errors: &mut Errors) {
    meta::immutable(new, old, "type", &Path::ROOT, errors);
    forbid_changes(new, old, &["data"], errors);
    validate(new, errors);
}

fn warnings(secret: &Value, _old: Option<&Value>) -> Vec<String> {
    if secret["type"].text() != TLS {
        return Vec::new();
    }
    let data = &secret["data"];
    let complaint = pem_complaint(data["tls.crt"].text(), "certificate", is_certificate)
        .or_else(|| pem_complaint(data["tls.key"].text(), "key", is_private_key));
    complaint.into_iter().collect()
}

fn is_certificate(label: &str) -> bool {
    label == "CERTIFICATE"
}

fn is_private_key(label: &str) -> bool {
    label == "PRIVATE KEY" || label.ends_with(" PRIVATE KEY")
}

/// What Go's `tls.X509KeyPair` says when one half has no PEM block of its
/// kind. Whether the halves match is not looked at.
fn pem_complaint(base64: &str, what: &str, wanted: fn(&str) -> bool) -> Option<String> {
    let bytes = base64::decode(base64).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let labels: Vec<&str> = text.split("-----BEGIN ").skip(1).filter_map(pem_label).collect();
    if labels.iter().any(|label| wanted(label)) {
        return None;
    }
    let input = format!("in {what} input");
    Some(match (what, labels.as_slice()) {
        (_, []) => format!("tls: failed to find any PEM data {input}"),
        ("certificate", [only]) if is_private_key(only) => format!(
            "tls: failed to find certificate PEM data {input}, but did find a private key; PEM \
             inputs may have been switched"
        ),
        ("key", [only]) if is_certificate(only) => {
            "tls: found a certificate rather than a key in the PEM for the private key".to_owned()
        }
        ("certificate", several) => format!(
            "tls: failed to find \"CERTIFICATE\" PEM block {input} after skipping PEM blocks of \
             the following types: [{}]",
            several.join(" ")
        ),
        (_, several) => format!(
            "tls: failed to find PEM block with type ending in \"PRIVATE KEY\" {input} after \
             skipping PEM blocks of the following types: [{}]",
            several.join(" ")
        ),
    })
}

fn pem_label(rest: &str) -> Option<&str> {
    let (label, _) = rest.split_once("-----")?;
    rest.contains(&format!("-----END {label}-----")).then_some(label)
}

fn cells(secret: &Value, now: Time) -> Vec<Value> {
    vec![
        table::name(secret),
        secret["type"].text().into(),
        secret["data"].entries().len().into(),
        object_age(secret, now),
    ]
}
