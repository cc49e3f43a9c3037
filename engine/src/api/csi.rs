//! The kinds by which CSI drivers and Kubernetes speak of volumes.
//!
//! They are stored and shown; no driver runs. Sources:
//! `pkg/apis/storage/v1/defaults.go`, `validation` and the printer.

use std::collections::BTreeSet;

use super::age::object_age;
use super::volume_source::validate_driver_name;
use super::{Column, Errors, Kind, Path, Verbatim, gotext, meta, names, selector, table};
use crate::quantity::Quantity;
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
    validate: validate_driver,
    validate_update: validate_driver_update,
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
    validate: validate_node,
    validate_update: |new, _, errors| validate_node(new, errors),
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
    validate: validate_capacity,
    validate_update: |new, old, errors| {
        validate_capacity(new, errors);
        for name in ["nodeTopology", "storageClassName"] {
            meta::immutable(new, old, name, &Path::ROOT, errors);
        }
    },
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
    validate: validate_attachment,
    validate_update: validate_attachment_update,
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
const ANY: Kind =
    Kind { group: "storage.k8s.io", allows_unconditional_update: false, ..Kind::BASE };

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

const TOKEN_SECS_MIN: i64 = 600;
const TOKEN_SECS_MAX: i64 = 1 << 32;
const NODE_ID_BYTES_MAX: usize = 192;

fn validate_driver(driver: &Value, errors: &mut Errors) {
    let (spec, path) = (&driver["spec"], Path::ROOT.field("spec"));
    validate_driver_name(
        driver.at(&["metadata", "name"]).text(),
        &Path::ROOT.field("name"),
        errors,
    );
    let policies = ["File", "None", "ReadWriteOnceWithFSType"];
    let policy = spec["fsGroupPolicy"].text();
    if !policies.contains(&policy) {
        errors.not_supported(&path.field("fsGroupPolicy"), policy, &policies);
    }
    let list = path.field("tokenRequests");
    let mut seen = BTreeSet::new();
    for (index, token) in spec["tokenRequests"].items().iter().enumerate() {
        let (path, audience) = (list.index(index), token["audience"].text());
        if !seen.insert(audience) {
            errors.duplicate(&path.field("audience"), audience);
            continue;
        }
        let Some(secs) = token["expirationSeconds"].as_int() else { continue };
        let path = path.field("expirationSeconds");
        if secs < TOKEN_SECS_MIN {
            errors.invalid(&path, secs, "may not specify a duration less than 10 minutes");
        }
        if secs > TOKEN_SECS_MAX {
            errors.invalid(&path, secs, "may not specify a duration larger than 2^32 seconds");
        }
    }
    let modes = ["Ephemeral", "Persistent"];
    for mode in spec["volumeLifecycleModes"].items().iter().map(Value::text) {
        if !modes.contains(&mode) {
            errors.not_supported(&path.field("volumeLifecycleModes"), mode, &modes);
        }
    }
}

fn validate_driver_update(new: &Value, old: &Value, errors: &mut Errors) {
    validate_driver(new, errors);
    let path = Path::ROOT.field("spec");
    let (spec, old_spec) = (&new["spec"], &old["spec"]);
    if spec["attachRequired"] != old_spec["attachRequired"] {
        // The place has a letter more than the field, as upstream.
        let place = path.field("attachedRequired");
        errors.invalid(&place, &spec["attachRequired"], meta::IMMUTABLE);
    }
    meta::immutable(spec, old_spec, "volumeLifecycleModes", &path, errors);
}

fn validate_node(node: &Value, errors: &mut Errors) {
    let spec = Path::ROOT.field("spec");
    let list = spec.field("drivers");
    let mut seen = BTreeSet::new();
    for (index, driver) in node.at(&["spec", "drivers"]).items().iter().enumerate() {
        let (path, name) = (list.index(index), driver["name"].text());
        validate_driver_name(name, &path.field("name"), errors);
        let id = driver["nodeID"].text();
        if id.is_empty() {
            errors.required(&path.field("nodeID"), "");
        } else if id.len() > NODE_ID_BYTES_MAX {
            let detail = format!("must be {NODE_ID_BYTES_MAX} characters or less");
            errors.invalid(&path.field("nodeID"), id, &detail);
        }
        let allocatable = path.field("allocatable");
        meta::non_negative(
            driver.at(&["allocatable", "count"]),
            &allocatable.field("count"),
            errors,
        );
        validate_topology_keys(driver["topologyKeys"].items(), &path.field("topologyKeys"), errors);
        if !seen.insert(name) {
            errors.duplicate(&path, name);
        }
    }
}

fn validate_topology_keys(keys: &[Value], path: &Path<'_>, errors: &mut Errors) {
    let mut seen = BTreeSet::new();
    for key in keys.iter().map(Value::text) {
        if key.is_empty() {
            errors.required(path, "");
            continue;
        }
        if !seen.insert(key) {
            errors.duplicate(path, key);
        }
        errors.invalid_each(path, key, names::qualified_name(&key.to_lowercase()));
    }
}

fn validate_capacity(capacity: &Value, errors: &mut Errors) {
    let class = capacity["storageClassName"].text();
    errors.invalid_each(&Path::ROOT.field("storageClassName"), class, names::subdomain(class));
    for name in ["capacity", "maximumVolumeSize"] {
        let amount = capacity[name].text();
        if Quantity::parse_or_zero(amount).is_negative() {
            errors.invalid(&Path::ROOT.field(name), amount, meta::NEGATIVE);
        }
    }
    if !capacity["nodeTopology"].is_null() {
        let path = Path::ROOT.field("nodeTopology");
        selector::validate_label_selector(&capacity["nodeTopology"], &path, errors);
    }
}

fn validate_attachment(attachment: &Value, errors: &mut Errors) {
    let (spec, path) = (&attachment["spec"], Path::ROOT.field("spec"));
    let (source, source_path) = (&spec["source"], path.field("source"));
    let attacher = spec["attacher"].text();
    if attacher.is_empty() {
        errors.required(&path.field("attacher"), "");
    }
    let volume = source["persistentVolumeName"].text();
    let one = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";
    match (volume.is_empty(), source["inlineVolumeSpec"].is_null()) {
        (true, true) => errors.required(&source_path, one),
        (false, false) => errors.forbidden(&source_path, one),
        _ => {}
    }
    let node = spec["nodeName"].text();
    errors.invalid_each(&path.field("nodeName"), node, names::subdomain(node));
    validate_driver_name(attacher, &path.field("attacher"), errors);
    if !volume.is_empty() {
        let path = source_path.field("persistentVolumeName");
        errors.invalid_each(&path, volume, names::subdomain(volume));
    }
}

fn validate_attachment_update(new: &Value, old: &Value, errors: &mut Errors) {
    validate_attachment(new, errors);
    if new["spec"] != old["spec"] {
        let shown = gotext::structure("storage/v1.VolumeAttachmentSpec", &new["spec"]);
        errors.invalid(&Path::ROOT.field("spec"), Verbatim(&shown), meta::IMMUTABLE);
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
