//! MutatingWebhookConfiguration and ValidatingWebhookConfiguration: servers
//! to ask about writes.
//!
//! They are stored and shown; no server is asked. Source:
//! `pkg/apis/admissionregistration/v1/defaults.go`.

use super::age::object_age;
use super::{Column, Kind, defaulting, table};
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
    cells,
    ..Kind::BASE
};

const TIMEOUT_SECS: i64 = 10;
const HTTPS_PORT: i64 = 443;

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

fn cells(configuration: &Value, now: Time) -> Vec<Value> {
    vec![
        table::name(configuration),
        configuration["webhooks"].items().len().into(),
        object_age(configuration, now),
    ]
}
