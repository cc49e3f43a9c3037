//! Node: a machine that runs Pods.
//!
//! Sources: `pkg/apis/core/validation`, `pkg/registry/core/node/strategy.go`,
//! `plugin/pkg/admission/nodetaint`.

use std::collections::BTreeSet;

use super::age::object_age;
use super::ip::{Cidr, validate_cidr};
use super::{Column, Errors, Kind, Path, Verbatim, gotext, names, resource_names, table};
use crate::sim::Time;
use crate::value;
use crate::value::{Value, parse_json};

/// The row of Node.
pub static KIND: Kind = Kind {
    kind: "Node",
    plural: "nodes",
    singular: "node",
    short_names: &["no"],
    namespaced: false,
    subresources: &["proxy", "status"],
    schema: "io.k8s.api.core.v1.Node",
    created_with_status: true,
    defaults_status: true,
    default,
    prepare,
    validate,
    validate_update,
    validate_status: validate_update,
    warnings,
    columns: COLUMNS,
    cells,
    selectable: &[("spec.unschedulable", |node| {
        if node.at(&["spec", "unschedulable"]).is_true() { "true" } else { "false" }
    })],
    ..Kind::BASE
};

const COLUMNS: &[Column] = &[
    table::NAME,
    Column::text("Status", "The status of the node"),
    Column::text("Roles", "The roles of the node"),
    table::AGE,
    Column::text("Version", "Kubelet Version reported by the node."),
    Column::text("Internal-IP", "The node's address inside the cluster's network.").wide(),
    Column::text("External-IP", "The node's address outside.").wide(),
    Column::text("OS-Image", "The operating system that the node reports.").wide(),
    Column::text("Kernel-Version", "The kernel that the node reports.").wide(),
    Column::text("Container-Runtime", "The container runtime that the node reports.").wide(),
];

const NOT_READY: &str = "node.kubernetes.io/not-ready";
const AVOID_PODS: &str = "scheduler.alpha.kubernetes.io/preferAvoidPods";
fn default(node: &mut Value) {
    let (capacity, allocatable) =
        (node.at(&["status", "capacity"]), node.at(&["status", "allocatable"]));
    if allocatable.is_null() && !capacity.is_null() {
        let capacity = capacity.clone();
        node["status"].set("allocatable", capacity);
    }
    // `podCIDR` is the first of `podCIDRs`; whoever sets one sets both.
    let spec = &mut node["spec"];
    let first = spec["podCIDRs"].items().first().cloned().unwrap_or_default();
    let single = spec["podCIDR"].clone();
    if single.is_empty() && !first.is_empty() {
        spec.set("podCIDR", first);
    } else if !single.is_empty() && single != first {
        spec.set("podCIDRs", value!([single]));
    }
}

fn prepare(new: &mut Value, old: Option<&Value>) {
    let taints = new.at(&["spec", "taints"]).items();
    let is_not_ready =
        |taint: &Value| taint["key"].text() == NOT_READY && taint["effect"].text() == "NoSchedule";
    // Admission: nothing is scheduled to a new node until it says it is ready.
    if old.is_none() && !taints.iter().any(is_not_ready) {
        let taint = value!({ "key": NOT_READY, "effect": "NoSchedule" });
        new.at_mut(&["spec", "taints"]).push(taint);
    }
}

fn validate(node: &Value, errors: &mut Errors) {
    validate_annotations(node, errors);
    validate_taints(node.at(&["spec", "taints"]), errors);
    validate_resources(node, errors);
    let spec = Path::ROOT.field("spec");
    let (list, path) = (node.at(&["spec", "podCIDRs"]), spec.field("podCIDRs"));
    let ranges = list.items();
    for (index, range) in ranges.iter().enumerate() {
        validate_cidr(range.text(), &path.index(index), errors);
    }
    if ranges.len() < 2 {
        return;
    }
    let sixes = ranges.iter().filter_map(|range| Cidr::parse(range.text())).filter(Cidr::is_v6);
    let sixes = sixes.count();
    if ranges.len() > 2 || sixes == 0 || sixes == ranges.len() {
        let detail = "may specify no more than one CIDR for each IP family";
        errors.invalid(&path, Verbatim(&gotext::texts(list)), detail);
    }
    let mut seen = BTreeSet::new();
    for (index, range) in ranges.iter().enumerate() {
        if !seen.insert(range.text()) {
            errors.duplicate(&path.index(index), range.text());
        }
    }
}

/// The annotation by which a node once asked to be spared some Pods.
fn validate_annotations(node: &Value, errors: &mut Errors) {
    let text = node.at(&["metadata", "annotations", AVOID_PODS]).text();
    if text.is_empty() {
        return;
    }
    let metadata = Path::ROOT.field("metadata");
    let annotations = metadata.field("annotations");
    let path = annotations.field(AVOID_PODS);
    let avoids = match parse_json(text.as_bytes()) {
        Ok(avoids) => avoids,
        Err(error) => {
            let path = annotations.field("AvoidPods");
            return errors.invalid(&path, AVOID_PODS, &error.to_string());
        }
    };
    for (index, avoid) in avoids.at(&["preferAvoidPods"]).items().iter().enumerate() {
        let path = path.index(index);
        let signature = path.field("PodSignature");
        let owner = avoid.at(&["podSignature", "podController"]);
        if owner.is_null() {
            errors.required(&signature, "");
        } else if !owner["controller"].is_true() {
            let controller = signature.field("PodController");
            errors.invalid(&controller.field("Controller"), false, "must point to a controller");
        }
    }
}

fn validate_taints(taints: &Value, errors: &mut Errors) {
    let metadata = Path::ROOT.field("metadata");
    let path = metadata.field("taints");
    let mut seen = BTreeSet::new();
    for (index, taint) in taints.items().iter().enumerate() {
        let path = path.index(index);
        let (key, effect) = (taint["key"].text(), taint["effect"].text());
        let value = taint["value"].text();
        errors.invalid_each(&path.field("key"), key, names::qualified_name(key));
        let complaints = names::label_value(value);
        if !complaints.is_empty() {
            errors.invalid(&path.field("value"), value, &complaints.join(";"));
        }
        let effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
        if effect.is_empty() {
            errors.required(&path.field("effect"), "");
        } else if !effects.contains(&effect) {
            errors.not_supported(&path.field("effect"), effect, &effects);
        }
        if !seen.insert((effect, key)) {
            let shown = format!(
                "core.Taint{{Key:{key:?}, Value:{value:?}, Effect:{effect:?}, TimeAdded:<nil>}}: \
                 taints must be unique by key and effect pair"
            );
            errors.duplicate(&path, Verbatim(&shown));
        }
    }
}

fn validate_resources(node: &Value, errors: &mut Errors) {
    let status = Path::ROOT.field("status");
    for list in ["capacity", "allocatable"] {
        let path = status.field(list);
        for (name, amount) in node.at(&["status", list]).entries() {
            resource_names::validate_amount(name, amount, &path.field(name), errors);
        }
    }
}

fn validate_update(new: &Value, old: &Value, errors: &mut Errors) {
    validate_annotations(new, errors);
    validate_resources(new, errors);
    let (spec, status) = (Path::ROOT.field("spec"), Path::ROOT.field("status"));
    let addresses = new.at(&["status", "addresses"]).items();
    let path = status.field("addresses");
    for (index, address) in addresses.iter().enumerate() {
        if addresses.iter().take(index).any(|earlier| earlier == address) {
            let shown = format!(
                "core.NodeAddress{{Type:{:?}, Address:{:?}}}",
                address["type"].text(),
                address["address"].text()
            );
            errors.duplicate(&path.index(index), Verbatim(&shown));
        }
    }
    for (field, word) in [("podCIDRs", "podCIDR"), ("providerID", "providerID")] {
        let (before, after) = (old.at(&["spec", field]), new.at(&["spec", field]));
        if !before.is_empty() && before != after {
            let detail = format!("node updates may not change {word} except from \"\" to valid");
            errors.forbidden(&spec.field(field), &detail);
        }
    }
    validate_taints(new.at(&["spec", "taints"]), errors);
    if new.at(&["spec", "externalID"]) != old.at(&["spec", "externalID"]) {
        errors.forbidden(&spec.field("externalID"), "may not be updated");
    }
}

fn warnings(node: &Value, _old: Option<&Value>) -> Vec<String> {
    let spec = node.at(&["spec"]);
    let mut warnings = Vec::new();
    if !spec["configSource"].is_null() {
        warnings.push("spec.configSource: the feature is removed".to_owned());
    }
    if !spec["externalID"].is_empty() {
        let words = "spec.externalID: this field is deprecated, and is unused by Kubernetes";
        warnings.push(words.to_owned());
    }
    warnings
}

fn cells(node: &Value, now: Time) -> Vec<Value> {
    let info = node.at(&["status", "nodeInfo"]);
    let or_unknown = |field: &str| match info[field].text() {
        "" => Value::str("<unknown>"),
        text => text.into(),
    };
    vec![
        table::name(node),
        status_cell(node).into(),
        table::or_none(&roles(node)),
        object_age(node, now),
        info["kubeletVersion"].text().into(),
        table::or_none(address(node, "InternalIP")),
        table::or_none(address(node, "ExternalIP")),
        or_unknown("osImage"),
        or_unknown("kernelVersion"),
        or_unknown("containerRuntimeVersion"),
    ]
}

fn status_cell(node: &Value) -> String {
    let conditions = node.at(&["status", "conditions"]).items();
    let ready = conditions.iter().find(|condition| condition["type"].text() == "Ready");
    let mut status = match ready.map(|condition| condition["status"].text()) {
        Some("True") => "Ready".to_owned(),
        Some(_) => "NotReady".to_owned(),
        None => "Unknown".to_owned(),
    };
    if node.at(&["spec", "unschedulable"]).is_true() {
        status.push_str(",SchedulingDisabled");
    }
    status
}

/// The roles that a node's labels give it, sorted and joined by commas.
pub fn roles(node: &Value) -> String {
    let labels = node.at(&["metadata", "labels"]);
    let mut roles: BTreeSet<&str> = BTreeSet::new();
    for (key, value) in labels.entries() {
        if let Some(role) = key.strip_prefix("node-role.kubernetes.io/") {
            roles.insert(role);
        } else if &**key == "kubernetes.io/role" {
            roles.insert(value.text());
        }
    }
    roles.remove("");
    roles.into_iter().collect::<Vec<_>>().join(",")
}

/// The first address of a node that has the type `kind`; empty for none.
pub fn address<'a>(node: &'a Value, kind: &str) -> &'a str {
    let addresses = node.at(&["status", "addresses"]).items();
    let found = addresses.iter().find(|address| address["type"].text() == kind);
    found.map_or("", |address| address["address"].text())
}
