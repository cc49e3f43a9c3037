//! The template of a controller's Pods.

use podyard_engine::value::Value;

use super::containers::{self, Origin};
use super::metadata::{write_annotations, write_labels, write_tolerations};
use super::pod::write_topology_spread;
use super::volumes;
use super::writer::Writer;

/// Writes a Pod template.
pub(super) fn write(writer: &mut Writer, template: &Value) {
    writer.line(0, "Pod Template:");
    let (metadata, spec) = (&template["metadata"], &template["spec"]);
    write_labels(writer, 0, "  Labels", &metadata["labels"]);
    if !metadata["annotations"].is_empty() {
        write_annotations(writer, "  Annotations", &metadata["annotations"]);
    }
    writer.field_if(1, "Service Account", spec["serviceAccountName"].text());
    let origin = Origin::Template;
    if !spec["initContainers"].is_empty() {
        let containers = &spec["initContainers"];
        containers::write(writer, "Init Containers", containers, &Value::Null, origin);
    }
    containers::write(writer, "Containers", &spec["containers"], &Value::Null, origin);
    volumes::write(writer, &spec["volumes"], origin);
    write_topology_spread(writer, &spec["topologySpreadConstraints"], origin);
    writer.field_if(1, "Priority Class Name", spec["priorityClassName"].text());
    write_labels(writer, 0, "  Node-Selectors", &spec["nodeSelector"]);
    write_tolerations(writer, "  Tolerations", &spec["tolerations"]);
}
