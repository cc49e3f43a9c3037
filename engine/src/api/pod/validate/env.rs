//! Environment variables and where their values come from.

use super::super::super::{Errors, Path, names};
use crate::quantity::Quantity;
use crate::value::Value;

/// The fields of a Pod that an environment variable may name.
const ENV_FIELDS: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];
/// The fields of a Pod that a file of a volume may name.
pub(super) const VOLUME_FIELDS: [&str; 5] = [
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
];
const RESOURCES: [&str; 6] = [
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
];
const DIVISORS: [&str; 13] =
    ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];

pub(super) fn validate_env(variables: &Value, path: &Path<'_>, errors: &mut Errors) {
    for (index, variable) in variables.items().iter().enumerate() {
        let path = path.index(index);
        let name = variable["name"].text();
        if name.is_empty() {
            errors.required(&path.field("name"), "");
        } else {
            errors.invalid_each(&path.field("name"), name, names::env_name(name));
        }
        if !variable["valueFrom"].is_null() {
            validate_value_from(variable, &path.field("valueFrom"), errors);
        }
    }
}

fn validate_value_from(variable: &Value, path: &Path<'_>, errors: &mut Errors) {
    let source = &variable["valueFrom"];
    let mut count = 0;
    if !source["fieldRef"].is_null() {
        count += 1;
        validate_field_ref(&source["fieldRef"], &ENV_FIELDS, &path.field("fieldRef"), errors);
    }
    if !source["resourceFieldRef"].is_null() {
        count += 1;
        let path = path.field("resourceFieldRef");
        validate_resource_ref(&source["resourceFieldRef"], false, &path, errors);
    }
    for field in ["configMapKeyRef", "secretKeyRef"] {
        if !source[field].is_null() {
            count += 1;
            validate_key_ref(&source[field], &path.field(field), errors);
        }
    }
    let detail = if count == 0 {
        "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`"
    } else if !variable["value"].is_empty() {
        "may not be specified when `value` is not empty"
    } else if count > 1 {
        "may not have more than one field specified at a time"
    } else {
        return;
    };
    errors.invalid(path, "", detail);
}

fn validate_key_ref(reference: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (name, key) = (reference["name"].text(), reference["key"].text());
    errors.invalid_each(&path.field("name"), name, names::subdomain(name));
    if key.is_empty() {
        errors.required(&path.field("key"), "");
    } else {
        errors.invalid_each(&path.field("key"), key, names::config_key(key));
    }
}

/// Finds what is wrong with a reference to a field of the Pod itself.
pub(super) fn validate_field_ref(
    reference: &Value,
    known: &[&str],
    path: &Path<'_>,
    errors: &mut Errors,
) {
    for field in ["apiVersion", "fieldPath"] {
        if reference[field].is_empty() {
            return errors.required(&path.field(field), "");
        }
    }
    let (version, field) = (reference["apiVersion"].text(), reference["fieldPath"].text());
    if let Some(error) = unknown_field(version, field) {
        let detail = format!("error converting fieldPath: {error}");
        return errors.invalid(&path.field("fieldPath"), field, &detail);
    }
    // An elder name of the same field.
    let field = if field == "spec.host" { "spec.nodeName" } else { field };
    match subscript(field) {
        Some(("metadata.annotations", key)) => {
            let key = key.to_ascii_lowercase();
            errors.invalid_each(path, &key, names::qualified_name(&key));
        }
        Some(("metadata.labels", key)) => {
            errors.invalid_each(path, key, names::qualified_name(key));
        }
        Some((field, _)) => errors.invalid(path, field, "does not support subscript"),
        None if !known.contains(&field) => {
            errors.not_supported(&path.field("fieldPath"), field, known);
        }
        None => {}
    }
}

/// Why a field is none that the downward API knows.
fn unknown_field(version: &str, field: &str) -> Option<String> {
    if version != "v1" {
        return Some(format!("unsupported pod version: {version}"));
    }
    if let Some((field, _)) = subscript(field) {
        return match field {
            "metadata.annotations" | "metadata.labels" => None,
            _ => Some(format!("field label does not support subscript: {field}")),
        };
    }
    let known = ENV_FIELDS.contains(&field)
        || VOLUME_FIELDS.contains(&field)
        || matches!(
            field,
            "spec.restartPolicy" | "spec.schedulerName" | "status.phase" | "spec.host"
        );
    if known { None } else { Some(format!("field label not supported: {field}")) }
}

/// `metadata.labels['a']` as `metadata.labels` and `a`.
fn subscript(field: &str) -> Option<(&str, &str)> {
    field.strip_suffix("']")?.split_once("['").filter(|(field, _)| !field.is_empty())
}

/// Finds what is wrong with a reference to a container's requests or limits.
pub(super) fn validate_resource_ref(
    reference: &Value,
    in_volume: bool,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    let resource = reference["resource"].text();
    let is_huge = ["requests.hugepages-", "limits.hugepages-"]
        .iter()
        .any(|prefix| resource.starts_with(prefix));
    if in_volume && reference["containerName"].is_empty() {
        errors.required(&path.field("containerName"), "");
    } else if resource.is_empty() {
        errors.required(&path.field("resource"), "");
    } else if !RESOURCES.contains(&resource) && !is_huge {
        errors.not_supported(&path.field("resource"), resource, &RESOURCES);
    }
    validate_divisor(resource, is_huge, reference["divisor"].text(), path, errors);
}

fn validate_divisor(
    resource: &str,
    is_huge: bool,
    divisor: &str,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    let divisor = Quantity::parse_or_zero(divisor);
    if divisor.is_zero() {
        return;
    }
    let divisor = divisor.to_string();
    let (known, named): (&[&str], &str) = match resource.split_once('.').map(|(_, name)| name) {
        Some("cpu") => (&["1m", "1"], "cpu"),
        Some("memory") => (&DIVISORS, "memory"),
        Some("ephemeral-storage") => (&DIVISORS, "local ephemeral storage"),
        _ if is_huge => (&DIVISORS, "hugepages"),
        _ => return,
    };
    if !known.contains(&divisor.as_str()) {
        let values = if named == "cpu" { "1m and 1".to_owned() } else { known.join(", ") };
        let detail =
            format!("only divisor's values {values} are supported with the {named} resource");
        errors.invalid(&path.field("divisor"), resource, &detail);
    }
}

pub(super) fn validate_env_from(sources: &Value, path: &Path<'_>, errors: &mut Errors) {
    for (index, source) in sources.items().iter().enumerate() {
        let own = path.index(index);
        let prefix = source["prefix"].text();
        if !prefix.is_empty() {
            errors.invalid_each(&own.field("prefix"), prefix, names::env_name(prefix));
        }
        let mut count = 0;
        for field in ["configMapRef", "secretRef"] {
            if source[field].is_null() {
                continue;
            }
            count += 1;
            let (name, place) = (source.at(&[field, "name"]).text(), own.field(field));
            if name.is_empty() {
                errors.required(&place.field("name"), "");
            } else {
                let rule = super::super::super::NameRule::Subdomain;
                let complaints = names::object_name(rule, name, true);
                errors.invalid_each(&place.field("name"), name, complaints);
            }
        }
        // The place has no index, as upstream.
        if count == 0 {
            errors.invalid(path, "", "must specify one of: `configMapRef` or `secretRef`");
        } else if count > 1 {
            errors.invalid(path, "", "may not have more than one field specified at a time");
        }
    }
}
