//! Pod: containers that run together on one node.
//!
//! Source: `pkg/apis/core` and `pkg/registry/core/pod`.

pub mod admission;
mod defaults;
mod prepare;
mod resources;
pub mod security;
mod table;
mod validate;
mod view;
mod volume_paths;
mod warnings;

pub use self::defaults::{CONTAINER_LISTS, default_template};
pub use self::prepare::prepare_template;
pub use self::resources::{Resources, amounts, limits, qos_class, requests, scored_requests};
pub use self::table::{PodSummary, row_conditions};
pub use self::validate::{
    validate_binding, validate_ephemeral_containers_update, validate_template,
    validate_template_metadata,
};
pub use self::view::{ContainerView, HostPort, PodView, Toleration};
pub use self::warnings::template_warnings;
use super::Kind;

/// The row of Pod.
pub static KIND: Kind = Kind {
    kind: "Pod",
    plural: "pods",
    singular: "pod",
    short_names: &["po"],
    categories: &["all"],
    subresources: &[
        "attach",
        "binding",
        "ephemeralcontainers",
        "eviction",
        "exec",
        "log",
        "portforward",
        "proxy",
        "status",
    ],
    schema: "io.k8s.api.core.v1.Pod",
    default: defaults::default_pod,
    prepare: prepare::prepare,
    validate: validate::validate,
    validate_update: validate::validate_update,
    validate_status: validate::validate_status,
    warnings: warnings::pod_warnings,
    columns: table::COLUMNS,
    cells: table::cells,
    selectable: &[
        ("spec.nodeName", |pod| pod.at(&["spec", "nodeName"]).text()),
        ("spec.restartPolicy", |pod| pod.at(&["spec", "restartPolicy"]).text()),
        ("spec.schedulerName", |pod| pod.at(&["spec", "schedulerName"]).text()),
        ("spec.serviceAccountName", |pod| pod.at(&["spec", "serviceAccountName"]).text()),
        ("spec.hostNetwork", |pod| {
            if pod.at(&["spec", "hostNetwork"]).is_true() { "true" } else { "false" }
        }),
        ("status.phase", |pod| pod.at(&["status", "phase"]).text()),
        ("status.podIP", |pod| pod.at(&["status", "podIP"]).text()),
        ("status.nominatedNodeName", |pod| pod.at(&["status", "nominatedNodeName"]).text()),
    ],
    ..Kind::BASE
};
