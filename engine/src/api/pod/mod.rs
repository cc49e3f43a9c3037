//! Pod: containers that run together on one node.
//!
//! Source: `pkg/apis/core` and `pkg/registry/core/pod`.

mod defaults;
mod resources;
mod table;
mod view;

pub use self::defaults::default_template;
pub use self::resources::{Resources, amounts, limits, qos_class, requests};
pub use self::table::{PodSummary, row_conditions};
pub use self::view::{ContainerView, HostPort, PodView, Toleration};
use super::Kind;
use crate::value;
use crate::value::Value;

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
    prepare,
    columns: table::COLUMNS,
    cells: table::cells,
    selectable: &[
        ("spec.nodeName", |pod| pod.at(&["spec", "nodeName"]).text()),
        ("spec.restartPolicy", |pod| pod.at(&["spec", "restartPolicy"]).text()),
        ("spec.schedulerName", |pod| pod.at(&["spec", "schedulerName"]).text()),
        ("spec.serviceAccountName", |pod| pod.at(&["spec", "serviceAccountName"]).text()),
        ("spec.hostNetwork", |pod| match pod.at(&["spec", "hostNetwork"]).is_true() {
            true => "true",
            false => "false",
        }),
        ("status.phase", |pod| pod.at(&["status", "phase"]).text()),
        ("status.podIP", |pod| pod.at(&["status", "podIP"]).text()),
        ("status.nominatedNodeName", |pod| pod.at(&["status", "nominatedNodeName"]).text()),
    ],
    ..Kind::BASE
};

fn prepare(pod: &mut Value, old: Option<&Value>) {
    if old.is_none() {
        let class = qos_class(&pod["spec"]);
        pod.set("status", value!({ "phase": "Pending", "qosClass": class }));
    }
}
