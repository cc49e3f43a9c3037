//! Pods.

use podyard_engine::api::age::age;
use podyard_engine::api::pod::qos_class;
use podyard_engine::api::selector::label_selector_cell;
use podyard_engine::sim::Time;
use podyard_engine::value::Value;

use super::containers::{self, Origin};
use super::metadata::{
    timestamp, write_controller, write_labels, write_labels_and_annotations, write_names,
    write_tolerations,
};
use super::volumes;
use super::writer::Writer;

/// Writes a Pod.
pub(super) fn describe(writer: &mut Writer, pod: &Value, now: Time) {
    write_head(writer, pod);
    write_labels_and_annotations(writer, pod);
    write_status(writer, pod, now);
    write_addresses(writer, &pod["status"]);
    write_controller(writer, pod);
    writer.field_if(0, "NominatedNodeName", pod.at(&["status", "nominatedNodeName"]).text());
    write_containers(writer, pod);
    write_conditions(writer, pod);
    let spec = &pod["spec"];
    volumes::write(writer, &spec["volumes"], Origin::Pod(pod));
    let qos = pod.at(&["status", "qosClass"]).as_str().unwrap_or_else(|| qos_class(spec));
    writer.field(0, "QoS Class", qos);
    write_labels(writer, 0, "Node-Selectors", &spec["nodeSelector"]);
    write_tolerations(writer, "Tolerations", &spec["tolerations"]);
    write_topology_spread(writer, &spec["topologySpreadConstraints"], Origin::Pod(pod));
}

fn write_head(writer: &mut Writer, pod: &Value) {
    let (spec, status) = (&pod["spec"], &pod["status"]);
    write_names(writer, pod);
    if let Some(priority) = spec["priority"].as_int() {
        writer.field(0, "Priority", priority);
    }
    writer.field_if(0, "Priority Class Name", spec["priorityClassName"].text());
    writer.field_if(0, "Runtime Class Name", spec["runtimeClassName"].text());
    writer.field_if(0, "Service Account", spec["serviceAccountName"].text());
    match spec["nodeName"].text() {
        "" => writer.field(0, "Node", "<none>"),
        node => writer.field(0, "Node", format_args!("{node}/{}", status["hostIP"].text())),
    }
    if let Some(start) = status.get("startTime") {
        writer.field(0, "Start Time", timestamp(start));
    }
}

fn write_status(writer: &mut Writer, pod: &Value, now: Time) {
    let (metadata, status) = (&pod["metadata"], &pod["status"]);
    let phase = status["phase"].text();
    match metadata.get("deletionTimestamp") {
        Some(deleted) if !matches!(phase, "Failed" | "Succeeded") => {
            let since = age(deleted, now);
            writer.field(0, "Status", format_args!("Terminating (lasts {since})"));
            let grace = metadata["deletionGracePeriodSeconds"].int();
            writer.field(0, "Termination Grace Period", format_args!("{grace}s"));
        }
        _ => writer.field(0, "Status", phase),
    }
    writer.field_if(0, "Reason", status["reason"].text());
    writer.field_if(0, "Message", status["message"].text());
    let profile = pod.at(&["spec", "securityContext", "seccompProfile"]);
    if !profile.is_null() {
        writer.field(0, "SeccompProfile", profile["type"].text());
        if profile["type"].text() == "Localhost" {
            writer.field(0, "LocalhostProfile", profile["localhostProfile"].text());
        }
    }
}

fn write_addresses(writer: &mut Writer, status: &Value) {
    writer.field(0, "IP", status["podIP"].text());
    let addresses = status["podIPs"].items();
    if addresses.is_empty() {
        writer.field(0, "IPs", "<none>");
        return;
    }
    writer.line(0, "IPs:");
    for address in addresses {
        writer.field(1, "IP", address["ip"].text());
    }
}

fn write_containers(writer: &mut Writer, pod: &Value) {
    let (spec, status) = (&pod["spec"], &pod["status"]);
    for (title, containers, statuses) in [
        ("Init Containers", "initContainers", "initContainerStatuses"),
        ("Containers", "containers", "containerStatuses"),
        ("Ephemeral Containers", "ephemeralContainers", "ephemeralContainerStatuses"),
    ] {
        let containers = &spec[containers];
        if title == "Containers" || !containers.is_empty() {
            containers::write(writer, title, containers, &status[statuses], Origin::Pod(pod));
        }
    }
}

fn write_conditions(writer: &mut Writer, pod: &Value) {
    let conditions = pod.at(&["status", "conditions"]).items();
    let gates = pod.at(&["spec", "readinessGates"]).items();
    if !gates.is_empty() {
        writer.line(0, "Readiness Gates:");
        writer.row(1, &["Type", "Status"]);
    }
    for gate in gates {
        let kind = gate["conditionType"].text();
        let condition = conditions.iter().find(|condition| condition["type"].text() == kind);
        let status = condition.map_or("<none>", |condition| condition["status"].text());
        writer.line(1, format_args!("{kind} \t{status} "));
    }
    if !conditions.is_empty() {
        writer.line(0, "Conditions:");
        writer.row(1, &["Type", "Status"]);
    }
    for condition in conditions {
        let (kind, status) = (condition["type"].text(), condition["status"].text());
        writer.line(1, format_args!("{kind} \t{status} "));
    }
}

/// Writes the topology spread constraints of a Pod or a template, by key.
pub(super) fn write_topology_spread(writer: &mut Writer, constraints: &Value, origin: Origin<'_>) {
    let mut constraints: Vec<&Value> = constraints.items().iter().collect();
    constraints.sort_by_key(|constraint| constraint["topologyKey"].text());
    if constraints.is_empty() {
        return;
    }
    let title = format!("{}Topology Spread Constraints", origin.title());
    let lines = constraints.into_iter().map(|constraint| {
        let (key, action) =
            (constraint["topologyKey"].text(), constraint["whenUnsatisfiable"].text());
        let skew = constraint["maxSkew"].int();
        let selector = match constraint.get("labelSelector") {
            Some(selector) => format!(" for selector {}", label_selector_cell(selector)),
            None => String::new(),
        };
        format!("{key}:{action} when max skew {skew} is exceeded{selector}")
    });
    writer.lines(0, &title, lines);
}
