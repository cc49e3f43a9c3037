//! PersistentVolumes, storage classes and their like.

use podyard_engine::api::age::age;
use podyard_engine::api::selector::labels_cell;
use podyard_engine::sim::Time;
use podyard_engine::value::Value;

use super::claim::class as class_of;
use super::metadata::{
    bracketed, capital_bool, joined, name, timestamp, write_labels_and_annotations,
};
use super::volumes;
use super::writer::Writer;

/// Access modes in short form, each once, in kubectl's order.
pub(super) fn access_modes(modes: &Value) -> String {
    const SHORT: [(&str, &str); 4] = [
        ("ReadWriteOnce", "RWO"),
        ("ReadOnlyMany", "ROX"),
        ("ReadWriteMany", "RWX"),
        ("ReadWriteOncePod", "RWOP"),
    ];
    let has = |long: &str| modes.items().iter().any(|mode| mode.text() == long);
    let short: Vec<&str> =
        SHORT.iter().filter(|(long, _)| has(long)).map(|(_, short)| *short).collect();
    short.join(",")
}

/// Writes a PersistentVolume.
pub(super) fn volume(writer: &mut Writer, volume: &Value, now: Time) {
    let (metadata, spec, status) = (&volume["metadata"], &volume["spec"], &volume["status"]);
    writer.field(0, "Name", name(volume));
    write_labels_and_annotations(writer, volume);
    writer.field(0, "Finalizers", bracketed(&metadata["finalizers"]));
    writer.field(0, "StorageClass", class_of(volume));
    match metadata.get("deletionTimestamp") {
        Some(deleted) => {
            let since = age(deleted, now);
            writer.field(0, "Status", format_args!("Terminating (lasts {since})"));
        }
        None => writer.field(0, "Status", status["phase"].text()),
    }
    let claim = match spec.get("claimRef") {
        Some(claim) => format!("{}/{}", claim["namespace"].text(), claim["name"].text()),
        None => String::new(),
    };
    writer.field(0, "Claim", claim);
    writer.field(0, "Reclaim Policy", spec["persistentVolumeReclaimPolicy"].text());
    writer.field(0, "Access Modes", access_modes(&spec["accessModes"]));
    if let Some(mode) = spec.get("volumeMode") {
        writer.field(0, "VolumeMode", mode.text());
    }
    writer.field(0, "Capacity", spec.at(&["capacity", "storage"]).as_str().unwrap_or("0"));
    write_node_affinity(writer, spec.at(&["nodeAffinity", "required"]));
    writer.field(0, "Message", status["message"].text());
    writer.line(0, "Source:");
    volumes::write_persistent(writer, spec);
}

fn write_node_affinity(writer: &mut Writer, required: &Value) {
    if required.is_null() {
        writer.field(0, "Node Affinity", "<none>");
        return;
    }
    writer.field(0, "Node Affinity", "");
    let terms = required["nodeSelectorTerms"].items();
    if terms.is_empty() {
        writer.field(1, "Required Terms", "<none>");
        return;
    }
    writer.field(1, "Required Terms", "");
    for (index, term) in terms.iter().enumerate() {
        let requirements = term["matchExpressions"].items().iter().map(|requirement| {
            let operator = requirement["operator"].text().to_lowercase();
            requirement_line(requirement, &operator)
        });
        writer.lines(2, &format!("Term {index}"), requirements);
    }
}

fn requirement_line(requirement: &Value, operator: &str) -> String {
    let key = requirement["key"].text();
    if requirement["values"].items().is_empty() {
        format!("{key} {operator}")
    } else {
        format!("{key} {operator} [{}]", joined(&requirement["values"], ", "))
    }
}

/// Writes a StorageClass.
pub(super) fn class(writer: &mut Writer, class: &Value) {
    let annotations = class.at(&["metadata", "annotations"]);
    let is_default = ["storageclass.kubernetes.io", "storageclass.beta.kubernetes.io"]
        .iter()
        .any(|group| annotations[format!("{group}/is-default-class").as_str()].text() == "true");
    writer.field(0, "Name", name(class));
    writer.field(0, "IsDefaultClass", if is_default { "Yes" } else { "No" });
    writer.field(0, "Annotations", labels_cell(annotations));
    writer.field(0, "Provisioner", class["provisioner"].text());
    writer.field(0, "Parameters", labels_cell(&class["parameters"]));
    let expands = &class["allowVolumeExpansion"];
    let expands = if expands.is_null() { "<unset>" } else { capital_bool(expands) };
    writer.field(0, "AllowVolumeExpansion", expands);
    let options = class["mountOptions"].items();
    if options.is_empty() {
        writer.field(0, "MountOptions", "<none>");
    } else {
        writer.line(0, "MountOptions:");
        for option in options {
            writer.line(1, option.text());
        }
    }
    writer.field_if(0, "ReclaimPolicy", class["reclaimPolicy"].text());
    writer.field_if(0, "VolumeBindingMode", class["volumeBindingMode"].text());
    let topologies = class["allowedTopologies"].items();
    if topologies.is_empty() {
        return;
    }
    writer.field(0, "AllowedTopologies", "");
    for (index, term) in topologies.iter().enumerate() {
        let requirements = term["matchLabelExpressions"].items().iter();
        let requirements = requirements.map(|requirement| requirement_line(requirement, "in"));
        writer.lines(1, &format!("Term {index}"), requirements);
    }
}

/// Writes a VolumeAttributesClass.
pub(super) fn attributes_class(writer: &mut Writer, class: &Value) {
    writer.field(0, "Name", name(class));
    writer.field(0, "Annotations", labels_cell(class.at(&["metadata", "annotations"])));
    writer.field(0, "DriverName", class["driverName"].text());
    writer.field(0, "Parameters", labels_cell(&class["parameters"]));
}

/// Writes a CSINode.
pub(super) fn csi_node(writer: &mut Writer, node: &Value) {
    writer.field(0, "Name", name(node));
    write_labels_and_annotations(writer, node);
    writer.field(0, "CreationTimestamp", timestamp(node.at(&["metadata", "creationTimestamp"])));
    writer.line(0, "Spec:");
    let drivers = node.at(&["spec", "drivers"]);
    if drivers.is_null() {
        return;
    }
    writer.line(1, "Drivers:");
    for driver in drivers.items() {
        writer.line(2, format_args!("{}:", driver["name"].text()));
        writer.field(3, "Node ID", driver["nodeID"].text());
        if let Some(count) = driver.at(&["allocatable", "count"]).as_int() {
            writer.line(3, "Allocatables:");
            writer.field(4, "Count", count);
        }
        if !driver["topologyKeys"].is_null() {
            writer.field(3, "Topology Keys", bracketed(&driver["topologyKeys"]));
        }
    }
}
