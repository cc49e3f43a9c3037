//! Probes and lifecycle hooks.

use super::super::super::meta::non_negative;
use super::super::super::ports::validate_number_or_name;
use super::super::super::{Errors, Path, names};
use crate::value::Value;

/// Finds what is wrong with the hooks and probes of a container.
pub(super) fn validate_all(container: &Value, spec: &Value, path: &Path<'_>, errors: &mut Errors) {
    let grace = spec["terminationGracePeriodSeconds"].as_int();
    let lifecycle = path.field("lifecycle");
    for hook in ["postStart", "preStop"] {
        let handler = container.at(&["lifecycle", hook]);
        if !handler.is_null() {
            validate_handler(handler, HOOKS, grace, &lifecycle.field(hook), errors);
        }
    }
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if !container[probe].is_null() {
            validate_probe(&container[probe], probe, grace, &path.field(probe), errors);
        }
    }
}

fn validate_probe(
    probe: &Value,
    name: &str,
    grace: Option<i64>,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    validate_handler(probe, PROBES, grace, path, errors);
    for field in [
        "initialDelaySeconds",
        "timeoutSeconds",
        "periodSeconds",
        "successThreshold",
        "failureThreshold",
    ] {
        non_negative(&probe[field], &path.field(field), errors);
    }
    let own_grace = probe["terminationGracePeriodSeconds"].as_int();
    let grace_path = path.field("terminationGracePeriodSeconds");
    if let Some(secs) = own_grace.filter(|secs| *secs <= 0) {
        errors.invalid(&grace_path, secs, "must be greater than 0");
    }
    match (name, own_grace) {
        ("readinessProbe", Some(secs)) => {
            errors.invalid(&grace_path, secs, "must not be set for readinessProbes");
        }
        ("readinessProbe", None) => {}
        _ => {
            let threshold = probe["successThreshold"].int();
            if threshold != 1 {
                errors.invalid(&path.field("successThreshold"), threshold, "must be 1");
            }
        }
    }
}

/// What a probe may do.
const PROBES: &[&str] = &["exec", "httpGet", "tcpSocket", "grpc"];
/// What a hook may do.
const HOOKS: &[&str] = &["exec", "httpGet", "tcpSocket", "sleep"];

fn validate_handler(
    handler: &Value,
    kinds: &[&str],
    grace: Option<i64>,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    let mut count = 0;
    for kind in kinds {
        let (action, path) = (&handler[*kind], path.field(kind));
        if action.is_null() {
            continue;
        }
        count += 1;
        if count > 1 {
            errors.forbidden(&path, "may not specify more than 1 handler type");
            continue;
        }
        match *kind {
            "exec" if action["command"].is_empty() => errors.required(&path.field("command"), ""),
            "httpGet" => validate_http(action, &path, errors),
            "tcpSocket" | "grpc" => {
                validate_number_or_name(&action["port"], &path.field("port"), errors);
            }
            "sleep" => validate_sleep(action["seconds"].int(), grace, &path, errors),
            _ => {}
        }
    }
    if count == 0 {
        errors.required(path, "must specify a handler type");
    }
}

fn validate_http(action: &Value, path: &Path<'_>, errors: &mut Errors) {
    if action["path"].is_empty() {
        errors.required(&path.field("path"), "");
    }
    validate_number_or_name(&action["port"], &path.field("port"), errors);
    let scheme = action["scheme"].text();
    if !matches!(scheme, "HTTP" | "HTTPS") {
        errors.not_supported(&path.field("scheme"), scheme, &["HTTP", "HTTPS"]);
    }
    for header in action["httpHeaders"].items() {
        let name = header["name"].text();
        errors.invalid_each(&path.field("httpHeaders"), name, names::http_header(name));
    }
}

fn validate_sleep(secs: i64, grace: Option<i64>, path: &Path<'_>, errors: &mut Errors) {
    if let Some(grace) = grace.filter(|grace| secs <= 0 || secs > *grace) {
        let detail = format!(
            "must be greater than 0 and less than terminationGracePeriodSeconds ({grace}). \
             Enable AllowPodLifecycleSleepActionZeroValue feature gate for zero sleep."
        );
        errors.invalid(path, secs, &detail);
    }
}
