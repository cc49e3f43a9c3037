//! MutatingWebhookConfiguration and ValidatingWebhookConfiguration: servers
//! to ask about writes.
//!
//! They are stored and shown; no server is asked. Sources:
//! `pkg/apis/admissionregistration/v1/defaults.go` and `validation`,
//! apiserver `pkg/util/webhook/validation.go`.

use std::collections::BTreeSet;

use super::admission_rules::{
    FAILURE_POLICIES, one_of, validate_conditions, validate_match_policy, validate_rule,
    validate_selectors,
};
use super::age::object_age;
use super::policy_program::Names;
use super::{Column, Errors, Kind, Path, Verbatim, defaulting, gotext, names, table};
use crate::sim::Time;
use crate::value::Value;

/// The row of MutatingWebhookConfiguration.
pub static MUTATING_KIND: Kind = Kind {
    kind: "MutatingWebhookConfiguration",
    plural: "mutatingwebhookconfigurations",
    singular: "mutatingwebhookconfiguration",
    schema: "io.k8s.api.admissionregistration.v1.MutatingWebhookConfiguration",
    default: |configuration| {
        defaulting::each(configuration, "webhooks", |webhook| {
            default(webhook);
            webhook.set_default("reinvocationPolicy", "Never");
        });
    },
    ..ANY
};

/// The row of ValidatingWebhookConfiguration.
pub static VALIDATING_KIND: Kind = Kind {
    kind: "ValidatingWebhookConfiguration",
    plural: "validatingwebhookconfigurations",
    singular: "validatingwebhookconfiguration",
    schema: "io.k8s.api.admissionregistration.v1.ValidatingWebhookConfiguration",
    default: |configuration| defaulting::each(configuration, "webhooks", default),
    ..ANY
};

/// What both kinds have in common.
const ANY: Kind = Kind {
    group: "admissionregistration.k8s.io",
    allows_unconditional_update: false,
    categories: &["api-extensions"],
    namespaced: false,
    has_generation: true,
    columns: &[
        table::NAME,
        Column::integer(
            "Webhooks",
            "Webhooks indicates the number of webhooks configured in this configuration",
        ),
        table::AGE,
    ],
    validate,
    validate_update: |new, _, errors| validate(new, errors),
    cells,
    ..Kind::BASE
};

const TIMEOUT_SECS: i64 = 10;
const HTTPS_PORT: i64 = 443;
const TIMEOUT_SECS_MAX: i64 = 30;
const SIDE_EFFECTS: [&str; 2] = ["None", "NoneOnDryRun"];
const REINVOCATION_POLICIES: [&str; 2] = ["IfNeeded", "Never"];
const REVIEW_VERSIONS: [&str; 2] = ["v1", "v1beta1"];

fn default(webhook: &mut Value) {
    webhook.set_default("failurePolicy", "Fail");
    webhook.set_default("matchPolicy", "Equivalent");
    webhook.set_default("namespaceSelector", Value::map());
    webhook.set_default("objectSelector", Value::map());
    webhook.set_default("timeoutSeconds", TIMEOUT_SECS);
    defaulting::each(webhook, "rules", |rule| rule.set_default("scope", "*"));
    defaulting::within(&mut webhook["clientConfig"], "service", |service| {
        service.set_default("port", HTTPS_PORT);
    });
}

fn validate(configuration: &Value, errors: &mut Errors) {
    let list = Path::ROOT.field("webhooks");
    let mut seen = BTreeSet::new();
    for (index, webhook) in configuration["webhooks"].items().iter().enumerate() {
        let (path, name) = (list.index(index), webhook["name"].text());
        validate_webhook(webhook, &path, errors);
        validate_review_versions(
            &webhook["admissionReviewVersions"],
            &path.field("admissionReviewVersions"),
            errors,
        );
        if !name.is_empty() && !seen.insert(name) {
            errors.duplicate(&path.field("name"), name);
        }
    }
}

fn validate_webhook(webhook: &Value, path: &Path<'_>, errors: &mut Errors) {
    validate_full_name(webhook["name"].text(), &path.field("name"), errors);
    let rules = path.field("rules");
    for (index, rule) in webhook["rules"].items().iter().enumerate() {
        validate_rule(rule, &rules.index(index), errors);
    }
    one_of(webhook, "failurePolicy", &FAILURE_POLICIES, path, errors);
    validate_match_policy(webhook, path, errors);
    if webhook["sideEffects"].is_null() {
        let detail = format!("must specify one of {}", SIDE_EFFECTS.join(", "));
        errors.required(&path.field("sideEffects"), &detail);
    }
    one_of(webhook, "sideEffects", &SIDE_EFFECTS, path, errors);
    if let Some(secs) = webhook["timeoutSeconds"].as_int()
        && !(1..=TIMEOUT_SECS_MAX).contains(&secs)
    {
        let detail = "the timeout value must be between 1 and 30 seconds";
        errors.invalid(&path.field("timeoutSeconds"), secs, detail);
    }
    validate_selectors(webhook, path, errors);
    one_of(webhook, "reinvocationPolicy", &REINVOCATION_POLICIES, path, errors);
    let (client, client_path) = (&webhook["clientConfig"], path.field("clientConfig"));
    match (client["url"].as_str(), &client["service"]) {
        (Some(url), Value::Null) => validate_url(url, &client_path.field("url"), errors),
        (None, service) if !service.is_null() => {
            validate_service(service, &client_path.field("service"), errors);
        }
        _ => errors.required(&client_path, "exactly one of url or service is required"),
    }
    let names = Names { authorizer: true, ..Names::default() };
    let conditions = path.field("matchConditions");
    validate_conditions(&webhook["matchConditions"], names, &conditions, errors);
}

/// Finds what is wrong with a name that must have at least three parts.
fn validate_full_name(name: &str, path: &Path<'_>, errors: &mut Errors) {
    let complaints = names::subdomain(name);
    if name.is_empty() {
        errors.required(path, "");
    } else if !complaints.is_empty() {
        errors.invalid(path, name, &complaints.join(","));
    } else if name.split('.').count() < 3 {
        let detail = "should be a domain with at least three segments separated by dots";
        errors.invalid(path, name, detail);
    }
}

fn validate_url(url: &str, path: &Path<'_>, errors: &mut Errors) {
    let form = "; desired format: https://host[/path]";
    let mut refuse = |value: &str, detail: &str| {
        errors.invalid(path, value, &format!("{detail}{form}"));
    };
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    if scheme != "https" {
        refuse(scheme, "'https' is the only allowed URL scheme");
    }
    let (place, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (place, query) = place.split_once('?').unwrap_or((place, ""));
    let authority =
        if scheme.is_empty() { "" } else { place.split('/').next().unwrap_or_default() };
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    if host.is_empty() {
        refuse(host, "host must be specified");
    }
    if !user.is_empty() {
        refuse(user, "user information is not permitted in the URL");
    }
    if !fragment.is_empty() {
        refuse(fragment, "fragments are not permitted in the URL");
    }
    if !query.is_empty() {
        refuse(query, "query parameters are not permitted in the URL");
    }
}

fn validate_service(service: &Value, path: &Path<'_>, errors: &mut Errors) {
    for (field, detail) in
        [("name", "service name is required"), ("namespace", "service namespace is required")]
    {
        if service[field].is_empty() {
            errors.required(&path.field(field), detail);
        }
    }
    if let Some(port) = service["port"].as_int() {
        let complaints = names::port_number(port);
        if !complaints.is_empty() {
            let detail = format!("port is not valid: {}", complaints.join(","));
            errors.invalid(&path.field("port"), port, &detail);
        }
    }
    let Some(own) = service["path"].as_str() else { return };
    let path = path.field("path");
    if !own.starts_with('/') {
        errors.invalid(&path, own, "must start with a '/'");
    }
    if own.contains("//") {
        errors.invalid(&path, own, "segment[0] may not be empty");
    }
}

fn validate_review_versions(versions: &Value, path: &Path<'_>, errors: &mut Errors) {
    let all: Vec<&str> = versions.items().iter().map(Value::text).collect();
    let known = REVIEW_VERSIONS.join(", ");
    if all.is_empty() {
        return errors.required(path, &format!("must specify one of {known}"));
    }
    let mut seen = BTreeSet::new();
    for (index, version) in all.iter().copied().enumerate() {
        if seen.insert(version) {
            errors.invalid_each(&path.index(index), version, names::label_1035(version));
        } else {
            errors.invalid(&path.index(index), version, "duplicate version");
        }
    }
    if !all.iter().any(|version| REVIEW_VERSIONS.contains(version)) {
        let detail = format!("must include at least one of {known}");
        errors.invalid(path, Verbatim(&gotext::texts(versions)), &detail);
    }
}

fn cells(configuration: &Value, now: Time) -> Vec<Value> {
    vec![
        table::name(configuration),
        configuration["webhooks"].items().len().into(),
        object_age(configuration, now),
    ]
}
