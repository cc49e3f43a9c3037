//! The kinds by which CSI drivers and Kubernetes speak of volumes.
//!
//! They are stored and shown; no driver runs. Sources:
//! `pkg/apis/storage/v1/defaults.go` and the printer.

use super::age::object_age;
use super::{Column, Kind, table};
use crate::sim::Time;
use crate::value::Value;

/// The row of CSIDriver.
pub static DRIVER_KIND: Kind = Kind {
    kind: "CSIDriver",
    plural: "csidrivers",
    singular: "csidriver",
    namespaced: false,
    schema: "io.k8s.api.storage.v1.CSIDriver",
    default: default_driver,
    columns: &[
        table::NAME,
        Column::text("AttachRequired", "Whether volumes are attached to nodes."),
        Column::text("PodInfoOnMount", "Whether the driver is told of the Pod."),
        Column::text("StorageCapacity", "Whether the driver says how much it holds."),
        Column::text("TokenRequests", "The audiences of the tokens that the driver gets."),
        Column::text("RequiresRepublish", "Whether volumes are published again and again."),
        Column::text("Modes", "The ways in which volumes live."),
        table::AGE,
    ],
    cells: driver_cells,
    ..ANY
};

/// The row of CSINode.
pub static NODE_KIND: Kind = Kind {
    kind: "CSINode",
    plural: "csinodes",
    singular: "csinode",
    namespaced: false,
    schema: "io.k8s.api.storage.v1.CSINode",
    columns: &[
        table::NAME,
        Column::integer(
            "Drivers",
            "Drivers indicates the number of CSI drivers registered on the node",
        ),
        table::AGE,
    ],
    cells: |node, now| {
        let count = node.at(&["spec", "drivers"]).items().len();
        vec![table::name(node), count.into(), object_age(node, now)]
    },
    ..ANY
};

/// The row of CSIStorageCapacity.
pub static CAPACITY_KIND: Kind = Kind {
    kind: "CSIStorageCapacity",
    plural: "csistoragecapacities",
    singular: "csistoragecapacity",
    schema: "io.k8s.api.storage.v1.CSIStorageCapacity",
    columns: &[
        table::NAME,
        Column::text("StorageClassName", "The class of the storage."),
        Column::text("Capacity", "How much of it there is."),
    ],
    cells: |capacity, _| {
        let amount = capacity["capacity"].as_str().unwrap_or("<unset>");
        vec![table::name(capacity), capacity["storageClassName"].text().into(), amount.into()]
    },
    ..ANY
};

/// The row of VolumeAttachment.
pub static ATTACHMENT_KIND: Kind = Kind {
    kind: "VolumeAttachment",
    plural: "volumeattachments",
    singular: "volumeattachment",
    namespaced: false,
    subresources: &["status"],
    schema: "io.k8s.api.storage.v1.VolumeAttachment",
    prepare: |new, old| {
        if old.is_none() {
            new.set("status", crate::value!({ "attached": false }));
        }
    },
    columns: &[
        table::NAME,
        Column::text("Attacher", "The driver that attaches the volume."),
        Column::text("PV", "The volume."),
        Column::text("Node", "The node."),
        Column { column_type: "boolean", ..Column::text("Attached", "Whether it is attached.") },
        table::AGE,
    ],
    cells: attachment_cells,
    ..ANY
};

/// What the kinds here have in common.
const ANY: Kind = Kind { group: "storage.k8s.io", ..Kind::BASE };

fn default_driver(driver: &mut Value) {
    let spec = &mut driver["spec"];
    spec.set_default("attachRequired", true);
    spec.set_default("fsGroupPolicy", "ReadWriteOnceWithFSType");
    for name in ["podInfoOnMount", "requiresRepublish", "seLinuxMount", "storageCapacity"] {
        spec.set_default(name, false);
    }
    if spec["volumeLifecycleModes"].is_empty() {
        spec["volumeLifecycleModes"].push("Persistent");
    }
}

fn driver_cells(driver: &Value, now: Time) -> Vec<Value> {
    let spec = &driver["spec"];
    let flag = |name: &str, missing: bool| -> Value {
        spec[name].as_bool().unwrap_or(missing).to_string().into()
    };
    let joined = |texts: Vec<&str>, missing: &str| -> Value {
        if texts.is_empty() { missing.into() } else { texts.join(",").into() }
    };
    let audiences = spec["tokenRequests"].items().iter().map(|token| token["audience"].text());
    let modes = spec["volumeLifecycleModes"].items().iter().map(Value::text);
    vec![
        table::name(driver),
        flag("attachRequired", true),
        flag("podInfoOnMount", false),
        flag("storageCapacity", false),
        joined(audiences.collect(), "<unset>"),
        flag("requiresRepublish", false),
        joined(modes.collect(), "<none>"),
        object_age(driver, now),
    ]
}

fn attachment_cells(attachment: &Value, now: Time) -> Vec<Value> {
    let spec = &attachment["spec"];
    vec![
        table::name(attachment),
        spec["attacher"].text().into(),
        spec.at(&["source", "persistentVolumeName"]).text().into(),
        spec["nodeName"].text().into(),
        attachment.at(&["status", "attached"]).is_true().into(),
        object_age(attachment, now),
    ]
}
