//! Deployment: keeps a number of Pods of one template, and rolls out changes.

use super::Kind;

/// The row of Deployment.
pub static KIND: Kind = Kind {
    group: "apps",
    kind: "Deployment",
    plural: "deployments",
    singular: "deployment",
    short_names: &["deploy"],
    categories: &["all"],
    subresources: &["scale", "status"],
    schema: "io.k8s.api.apps.v1.Deployment",
    has_generation: true,
    ..Kind::BASE
};
