//! PersistentVolumeClaim: a wish for storage, bound to a PersistentVolume.
//!
//! Sources: `pkg/apis/core/validation`,
//! `pkg/registry/core/persistentvolumeclaim/strategy.go` and
//! `pkg/api/persistentvolumeclaim/util.go`.

use super::age::object_age;
use super::persistent_volume::{
    CLASS_ANNOTATION, VOLUME_MODES, access_modes_cell, class_annotation_warning, class_of,
    or_unset, protect, validate_access_modes,
};
use super::{Column, Errors, Kind, Path, gotext, meta, names, resource_names, selector, table};
use crate::quantity::Quantity;
use crate::sim::Time;
use crate::value;
use crate::value::Value;

/// The row of PersistentVolumeClaim.
pub static KIND: Kind = Kind {
    kind: "PersistentVolumeClaim",
    plural: "persistentvolumeclaims",
    singular: "persistentvolumeclaim",
    short_names: &["pvc"],
    subresources: &["status"],
    schema: "io.k8s.api.core.v1.PersistentVolumeClaim",
    default,
    prepare,
    validate,
    validate_update,
    validate_status,
    warnings,
    columns: COLUMNS,
    cells,
    selectable: &[("name", |claim| claim.at(&["metadata", "name"]).text())],
    ..Kind::BASE
};

const COLUMNS: &[Column] = &[
    table::NAME,
    Column::text("Status", "Whether the claim is bound to a volume."),
    Column::text("Volume", "The volume that backs the claim."),
    Column::text("Capacity", "How much the volume holds."),
    Column::text("Access Modes", "The ways in which the volume can be mounted."),
    Column::text("StorageClass", "StorageClass of the pvc"),
    Column::text("VolumeAttributesClass", "The VolumeAttributesClass of the claim."),
    table::AGE,
    Column::text("VolumeMode", "Whether the volume is a file system or a raw device.").wide(),
];

const FINALIZER: &str = "kubernetes.io/pvc-protection";

fn default(claim: &mut Value) {
    if claim.at(&["status", "phase"]).is_empty() {
        claim["status"].set("phase", "Pending");
    }
    default_spec(&mut claim["spec"]);
}

/// The defaults of a claim's spec, also of one in a StatefulSet or a Pod.
pub(super) fn default_spec(spec: &mut Value) {
    spec.set_default("volumeMode", "Filesystem");
}

fn prepare(new: &mut Value, old: Option<&Value>) {
    let spec = &mut new["spec"];
    // Served only behind a gate that is closed by default.
    if old.is_none_or(|old| old.at(&["spec", "volumeAttributesClassName"]).is_null()) {
        spec.remove("volumeAttributesClassName");
    }
    if old.is_none_or(|old| !has_data_source(&old["spec"])) && !is_old_data_source(spec) {
        spec.remove("dataSource");
    }
    mirror_data_source(spec);
    if old.is_none() {
        new.set("status", value!({ "phase": "Pending" }));
        protect(new, FINALIZER);
    }
}

fn has_data_source(spec: &Value) -> bool {
    !spec["dataSource"].is_null() || !spec["dataSourceRef"].is_null()
}

/// Whether `dataSource` names what it could before `dataSourceRef` came; all
/// else is ignored there, as it was then.
fn is_old_data_source(spec: &Value) -> bool {
    let source = &spec["dataSource"];
    match (source["apiGroup"].text(), source["kind"].text()) {
        ("", "PersistentVolumeClaim") | ("snapshot.storage.k8s.io", "VolumeSnapshot") => true,
        _ => source.is_null(),
    }
}

/// Whoever sets one of the two fields for a data source sets both.
fn mirror_data_source(spec: &mut Value) {
    let (old, new) = (&spec["dataSource"], &spec["dataSourceRef"]);
    if new.is_null() && !old.is_null() {
        let source = old.clone();
        spec.set("dataSourceRef", source);
    } else if old.is_null() && !new.is_null() && new["namespace"].is_empty() {
        let mut source = new.clone();
        source.remove("namespace");
        spec.set("dataSource", source);
    }
}

fn validate(claim: &Value, errors: &mut Errors) {
    validate_spec(&claim["spec"], &Path::ROOT.field("spec"), errors);
}

/// Finds what is wrong with a claim's spec.
pub(super) fn validate_spec(spec: &Value, path: &Path<'_>, errors: &mut Errors) {
    let modes = spec["accessModes"].items();
    if modes.is_empty() {
        errors.required(&path.field("accessModes"), "at least 1 access mode is required");
    }
    if !spec["selector"].is_null() {
        selector::validate_label_selector(&spec["selector"], &path.field("selector"), errors);
    }
    validate_access_modes(modes, &path.field("accessModes"), errors);
    let (storage, list) = (spec.at(&["resources", "requests", "storage"]), path.field("resources"));
    if storage.is_null() {
        errors.required(&list.key("storage"), "");
    } else {
        resource_names::validate_positive(storage, &list.key("storage"), errors);
    }
    let class = spec["storageClassName"].text();
    if !class.is_empty() {
        errors.invalid_each(&path.field("storageClassName"), class, names::subdomain(class));
    }
    if let Some(mode) = spec["volumeMode"].as_str().filter(|mode| !VOLUME_MODES.contains(mode)) {
        errors.not_supported(&path.field("volumeMode"), mode, &VOLUME_MODES);
    }
    for name in ["dataSource", "dataSourceRef"] {
        if !spec[name].is_null() {
            validate_data_source(&spec[name], &path.field(name), errors);
        }
    }
    let (old, new) = (&spec["dataSource"], &spec["dataSourceRef"]);
    let source_path = path.field("dataSource").to_string();
    if !new["namespace"].is_empty() {
        if !old.is_null() {
            let detail = "may not be specified when dataSourceRef.namespace is specified";
            errors.invalid(path, &*source_path, detail);
        }
    } else if !old.is_null() && !new.is_null() {
        let same = ["apiGroup", "kind", "name"].iter().all(|name| old[*name] == new[*name]);
        if !same {
            errors.invalid(path, &*source_path, "must match dataSourceRef");
        }
    }
}

fn validate_data_source(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    for name in ["name", "kind"] {
        if source[name].is_empty() {
            errors.required(&path.field(name), "");
        }
    }
    let (group, kind) = (source["apiGroup"].text(), source["kind"].text());
    if group.is_empty() && kind != "PersistentVolumeClaim" {
        let detail = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
        errors.invalid(path, kind, detail);
    }
    if !group.is_empty() {
        errors.invalid_each(&path.field("apiGroup"), group, names::subdomain(group));
    }
    let namespace = source["namespace"].text();
    if !namespace.is_empty() {
        errors.invalid_each(&path.field("namespace"), namespace, names::label(namespace));
    }
}

fn validate_update(new: &Value, old: &Value, errors: &mut Errors) {
    validate(new, errors);
    let metadata = Path::ROOT.field("metadata");
    let annotations = metadata.field("annotations");
    let annotation =
        |claim: &Value| claim.at(&["metadata", "annotations", CLASS_ANNOTATION]).clone();
    let upgrades = upgrades_class(new, old);
    if !upgrades && annotation(new).text() != annotation(old).text() {
        let path = annotations.field(CLASS_ANNOTATION);
        errors.invalid(&path, annotation(new).text(), meta::IMMUTABLE);
    }
    let spec = Path::ROOT.field("spec");
    let (before, after) = (comparable(old, new, old), comparable(new, new, old));
    if before != after {
        let detail = format!(
            "spec is immutable after creation except resources.requests and \
             volumeAttributesClassName for bound claims\n{}",
            gotext::diff("core/v1.PersistentVolumeClaimSpec", &before, &after)
        );
        errors.forbidden(&spec, &detail);
    }
    let storage = ["spec", "resources", "requests", "storage"];
    let (size, old_size) = (amount(new.at(&storage)), amount(old.at(&storage)));
    if size < old_size && size <= amount(old.at(&["status", "capacity", "storage"])) {
        let resources = spec.field("resources");
        let requests = resources.field("requests");
        errors.forbidden(&requests.field("storage"), "field can not be less than status.capacity");
    }
    meta::immutable(&new["spec"], &old["spec"], "volumeMode", &Path::ROOT, errors);
}

fn amount(value: &Value) -> Quantity {
    Quantity::parse_or_zero(value.text())
}

/// Whether an update moves the class from the annotation to the field.
fn upgrades_class(new: &Value, old: &Value) -> bool {
    let annotation =
        |claim: &Value| claim.at(&["metadata", "annotations", CLASS_ANNOTATION]).clone();
    let (before, after) = (annotation(old), annotation(new));
    let (old_class, class) =
        (old.at(&["spec", "storageClassName"]), new.at(&["spec", "storageClassName"]));
    !before.is_null()
        && old_class.is_null()
        && *class == before
        && (after.is_null() || after == before)
}

/// The spec of `claim`, without what an update from `old` to `new` may
/// change.
fn comparable(claim: &Value, new: &Value, old: &Value) -> Value {
    let mut spec = claim["spec"].clone();
    if old.at(&["spec", "volumeName"]).is_empty() {
        spec.remove("volumeName");
    }
    let (before, after) =
        (old.at(&["spec", "storageClassName"]), new.at(&["spec", "storageClassName"]));
    let annotation = old.at(&["metadata", "annotations", CLASS_ANNOTATION]);
    if before.is_null() && !after.is_null() && (annotation.is_null() || annotation == after) {
        spec.remove("storageClassName");
    }
    if new.at(&["status", "phase"]).text() == "Bound" {
        spec.at_mut(&["resources", "requests"]).remove("storage");
        spec.remove("volumeAttributesClassName");
    }
    spec
}

fn validate_status(new: &Value, _old: &Value, errors: &mut Errors) {
    if new.at(&["metadata", "resourceVersion"]).is_empty() {
        errors.required(&Path::ROOT.field("resourceVersion"), "");
    }
    if new.at(&["spec", "accessModes"]).is_empty() {
        errors.required(&Path::ROOT.field("Spec").field("accessModes"), "");
    }
    let status = Path::ROOT.field("status");
    let path = status.field("capacity");
    for (name, quantity) in new.at(&["status", "capacity"]).entries() {
        let whole = amount(quantity).value();
        if whole < 0 {
            errors.invalid(&path.key(name), whole, "must be a valid resource quantity");
        }
    }
}

fn warnings(claim: &Value, _old: Option<&Value>) -> Vec<String> {
    let mut warnings = class_annotation_warning(claim);
    for list in ["requests", "limits"] {
        let storage = claim.at(&["spec", "resources", list, "storage"]);
        if amount(storage).milli_value() % 1_000 != 0 {
            warnings.push(format!(
                "spec.resources.{list}[storage]: fractional byte value {:?} is invalid, must be \
                 an integer",
                storage.text()
            ));
        }
    }
    warnings
}

fn cells(claim: &Value, now: Time) -> Vec<Value> {
    let (spec, status) = (&claim["spec"], &claim["status"]);
    let phase = if claim.at(&["metadata", "deletionTimestamp"]).is_null() {
        status["phase"].text()
    } else {
        "Terminating"
    };
    let bound = !spec["volumeName"].is_empty();
    let (capacity, modes) = if bound {
        let capacity = match status.at(&["capacity", "storage"]).text() {
            "" => "0",
            amount => amount,
        };
        (capacity, access_modes_cell(status["accessModes"].items()))
    } else {
        ("", String::new())
    };
    vec![
        table::name(claim),
        phase.into(),
        spec["volumeName"].text().into(),
        capacity.into(),
        modes.into(),
        class_of(claim).into(),
        or_unset(&spec["volumeAttributesClassName"]),
        object_age(claim, now),
        or_unset(&spec["volumeMode"]),
    ]
}
