//! PersistentVolume: a piece of storage that outlives Pods.
//!
//! Sources: `pkg/apis/core/validation`, `pkg/api/persistentvolume/util.go` and
//! `plugin/pkg/admission/storage/storageobjectinuseprotection`.

mod sources;

use super::age::object_age;
use super::{
    Column, Errors, Kind, Path, Verbatim, defaulting, gotext, meta, names, node_selector,
    resource_names, table, volume_source,
};
use crate::quantity::Quantity;
use crate::sim::Time;
use crate::value;
use crate::value::Value;

/// The row of PersistentVolume.
pub static KIND: Kind = Kind {
    kind: "PersistentVolume",
    plural: "persistentvolumes",
    singular: "persistentvolume",
    short_names: &["pv"],
    namespaced: false,
    subresources: &["status"],
    schema: "io.k8s.api.core.v1.PersistentVolume",
    default,
    prepare,
    validate,
    validate_update,
    validate_status,
    warnings,
    columns: COLUMNS,
    cells,
    selectable: &[("name", |volume| volume.at(&["metadata", "name"]).text())],
    ..Kind::BASE
};

const COLUMNS: &[Column] = &[
    table::NAME,
    Column::text("Capacity", "How much the volume holds."),
    Column::text("Access Modes", "All ways in which the volume can be mounted."),
    Column::text("Reclaim Policy", "What becomes of the volume once its claim is gone."),
    Column::text("Status", "Whether the volume is available, bound to a claim or released."),
    Column::text("Claim", "The claim that the volume is bound to."),
    Column::text("StorageClass", "StorageClass of the pv"),
    Column::text("VolumeAttributesClass", "The VolumeAttributesClass of the volume."),
    Column::text("Reason", "Why the volume is in its state."),
    table::AGE,
    Column::text("VolumeMode", "Whether the volume is a file system or a raw device.").wide(),
];

const FINALIZER: &str = "kubernetes.io/pv-protection";
/// The access modes of volumes and claims.
pub(super) const ACCESS_MODES: [&str; 4] =
    ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
/// The modes of volumes and claims.
pub(super) const VOLUME_MODES: [&str; 2] = ["Block", "Filesystem"];
/// The annotation that named the class before there was a field for it.
pub(super) const CLASS_ANNOTATION: &str = "volume.beta.kubernetes.io/storage-class";
/// What has become of kinds of storage that left the tree.
const RETIRED: [(&str, &str); 8] = [
    ("photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"),
    ("scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
    ("storageos", "deprecated in v1.22, non-functional in v1.25+"),
    ("glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
    ("flocker", "deprecated in v1.22, non-functional in v1.25+"),
    ("quobyte", "deprecated in v1.22, non-functional in v1.25+"),
    ("cephfs", "deprecated in v1.28, non-functional in v1.31+"),
    ("rbd", "deprecated in v1.28, non-functional in v1.31+"),
];

fn default(volume: &mut Value) {
    defaulting::text(&mut volume["status"], "phase", "Pending");
    let spec = &mut volume["spec"];
    defaulting::text(spec, "persistentVolumeReclaimPolicy", "Retain");
    spec.set_default("volumeMode", "Filesystem");
    volume_source::default_sources(spec);
}

fn prepare(new: &mut Value, old: Option<&Value>) {
    // Served only behind a gate that is closed by default.
    if old.is_none_or(|old| old.at(&["spec", "volumeAttributesClassName"]).is_null()) {
        new["spec"].remove("volumeAttributesClassName");
    }
    if old.is_none() {
        let created = new.at(&["metadata", "creationTimestamp"]).clone();
        new.set("status", value!({ "phase": "Pending", "lastPhaseTransitionTime": created }));
        protect(new, FINALIZER);
    }
}

/// Admission: what is in use is not deleted before it is free.
pub(super) fn protect(object: &mut Value, finalizer: &str) {
    let finalizers = object.at_mut(&["metadata", "finalizers"]);
    if !finalizers.items().iter().any(|own| own.text() == finalizer) {
        finalizers.push(finalizer);
    }
}

fn validate(volume: &Value, errors: &mut Errors) {
    let (spec, path) = (&volume["spec"], Path::ROOT.field("spec"));
    let modes = spec["accessModes"].items();
    if modes.is_empty() {
        errors.required(&path.field("accessModes"), "");
    }
    validate_access_modes(modes, &path.field("accessModes"), errors);
    validate_capacity(&spec["capacity"], &path.field("capacity"), errors);
    let policy = spec["persistentVolumeReclaimPolicy"].text();
    let policies = ["Delete", "Recycle", "Retain"];
    let policy_path = path.field("persistentVolumeReclaimPolicy");
    if !policy.is_empty() && !policies.contains(&policy) {
        errors.not_supported(&policy_path, policy, &policies);
    }
    if !spec["nodeAffinity"].is_null() {
        validate_affinity(&spec["nodeAffinity"], &path.field("nodeAffinity"), errors);
    }
    sources::validate_sources(volume, errors);
    let host_path = spec.at(&["hostPath", "path"]).text();
    if is_root(host_path) && policy == "Recycle" {
        errors.forbidden(&policy_path, "may not be 'recycle' for a hostPath mount of '/'");
    }
    let class = spec["storageClassName"].text();
    if !class.is_empty() {
        errors.invalid_each(&path.field("storageClassName"), class, names::subdomain(class));
    }
    if let Some(mode) = spec["volumeMode"].as_str().filter(|mode| !VOLUME_MODES.contains(mode)) {
        errors.not_supported(&path.field("volumeMode"), mode, &VOLUME_MODES);
    }
}

/// Whether a path leads to the root, as Go's `path.Clean` sees it.
fn is_root(path: &str) -> bool {
    let mut depth = 0_usize;
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => depth = depth.saturating_sub(1),
            _ => depth += 1,
        }
    }
    path.starts_with('/') && depth == 0
}

/// Finds what is wrong with the access modes of a volume or claim.
pub(super) fn validate_access_modes(modes: &[Value], path: &Path<'_>, errors: &mut Errors) {
    let is_single = |mode: &Value| mode.text() == "ReadWriteOncePod";
    for mode in modes.iter().filter(|mode| !ACCESS_MODES.contains(&mode.text())) {
        errors.not_supported(path, mode.text(), &ACCESS_MODES);
    }
    let has_other =
        modes.iter().any(|mode| !is_single(mode) && ACCESS_MODES.contains(&mode.text()));
    if modes.iter().any(is_single) && has_other {
        errors.forbidden(path, "may not use ReadWriteOncePod with other access modes");
    }
}

fn validate_capacity(capacity: &Value, path: &Path<'_>, errors: &mut Errors) {
    if capacity.is_empty() {
        errors.required(path, "");
    }
    if capacity.get("storage").is_none() || capacity.entries().len() > 1 {
        let shown = gotext::resource_list(capacity);
        errors.not_supported(path, Verbatim(&shown), &["storage"]);
    }
    for (name, amount) in capacity.entries() {
        let whole = Quantity::parse_or_zero(amount.text()).value();
        if whole < 0 {
            errors.invalid(&path.key(name), whole, "must be a valid resource quantity");
        }
        resource_names::validate_positive(amount, &path.key(name), errors);
    }
}

fn validate_affinity(affinity: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (required, path) = (&affinity["required"], path.field("required"));
    if required.is_null() {
        errors.required(&path, "must specify required node constraints");
    } else {
        node_selector::validate(required, &path, errors);
    }
}

fn validate_update(new: &Value, old: &Value, errors: &mut Errors) {
    validate(new, errors);
    let (spec, old_spec) = (&new["spec"], &old["spec"]);
    let path = Path::ROOT.field("spec");
    let (source, old_source) = (sources::source_of(spec), sources::source_of(old_spec));
    if source != old_source && !adds_expand_secret(spec, old_spec) {
        let detail = format!(
            "spec.persistentvolumesource is immutable after creation\n{}",
            gotext::diff_embedded("core/v1.PersistentVolumeSpec", old_spec, spec)
        );
        errors.forbidden(&path.field("persistentvolumesource"), &detail);
    }
    meta::immutable(spec, old_spec, "volumeMode", &Path::ROOT, errors);
    let (affinity, old_affinity) = (&spec["nodeAffinity"], &old_spec["nodeAffinity"]);
    if !old_affinity.is_null() && renamed(old_affinity) != renamed(affinity) {
        let detail = "field is immutable, except for updating from beta label to GA";
        errors.invalid(&Path::ROOT.field("nodeAffinity"), affinity, detail);
    }
}

/// Whether all that changes is a secret for expansion where there was none.
fn adds_expand_secret(new: &Value, old: &Value) -> bool {
    let name = "controllerExpandSecretRef";
    let (new, old) = (&new["csi"], &old["csi"]);
    let mut without = new.clone();
    without.remove(name);
    old[name].is_null() && !new.is_null() && without == *old
}

/// An affinity with the old names of labels replaced.
fn renamed(affinity: &Value) -> Value {
    let mut affinity = affinity.clone();
    defaulting::within(&mut affinity, "required", |required| {
        defaulting::each(required, "nodeSelectorTerms", |term| {
            defaulting::each(term, "matchExpressions", |requirement| {
                if let Some(name) = node_selector::renamed(requirement["key"].text()) {
                    requirement.set("key", name);
                }
            });
        });
    });
    affinity
}

fn validate_status(new: &Value, _old: &Value, errors: &mut Errors) {
    if new.at(&["metadata", "resourceVersion"]).is_empty() {
        errors.required(&Path::ROOT.field("resourceVersion"), "");
    }
}

fn warnings(volume: &Value, _old: Option<&Value>) -> Vec<String> {
    let (spec, path) = (&volume["spec"], Path::ROOT.field("spec"));
    let mut warnings = class_annotation_warning(volume);
    if spec["persistentVolumeReclaimPolicy"].text() == "Recycle" {
        warnings.push(format!(
            "{}: The Recycle reclaim policy is deprecated. Instead, the recommended approach is \
             to use dynamic provisioning.",
            path.field("persistentVolumeReclaimPolicy")
        ));
    }
    let affinity = path.field("nodeAffinity");
    let required = affinity.field("required");
    let list = required.field("nodeSelectorTerms");
    let terms = spec.at(&["nodeAffinity", "required", "nodeSelectorTerms"]).items();
    for (index, term) in terms.iter().enumerate() {
        warnings.extend(node_selector::warnings(term, &list.index(index)));
    }
    for (name, fate) in RETIRED {
        if !spec[name].is_null() {
            warnings.push(format!("{}: {fate}", path.field(name)));
        }
    }
    warnings
}

/// What the server warns of the annotation that names a class.
pub(super) fn class_annotation_warning(object: &Value) -> Vec<String> {
    if object.at(&["metadata", "annotations", CLASS_ANNOTATION]).is_null() {
        return Vec::new();
    }
    vec![format!(
        "metadata.annotations[{CLASS_ANNOTATION}]: deprecated since v1.8; use \
         \"storageClassName\" attribute instead"
    )]
}

/// The class that a volume or claim names, by field or annotation.
pub fn class_of(object: &Value) -> &str {
    let annotation = object.at(&["metadata", "annotations", CLASS_ANNOTATION]);
    match annotation.as_str() {
        Some(name) => name,
        None => object.at(&["spec", "storageClassName"]).text(),
    }
}

/// Access modes as tables show them: `RWO,ROX`, each once.
pub(super) fn access_modes_cell(modes: &[Value]) -> String {
    let short = [
        ("ReadWriteOnce", "RWO"),
        ("ReadOnlyMany", "ROX"),
        ("ReadWriteMany", "RWX"),
        ("ReadWriteOncePod", "RWOP"),
    ];
    let has = |name: &str| modes.iter().any(|mode| mode.text() == name);
    short.iter().filter(|(name, _)| has(name)).map(|(_, cell)| *cell).collect::<Vec<_>>().join(",")
}

/// A text, or `<unset>` when there is none.
pub(super) fn or_unset(value: &Value) -> Value {
    value.as_str().unwrap_or("<unset>").into()
}

fn cells(volume: &Value, now: Time) -> Vec<Value> {
    let spec = &volume["spec"];
    let claim = &spec["claimRef"];
    let claim = match (claim["namespace"].text(), claim["name"].text()) {
        _ if claim.is_null() => String::new(),
        (namespace, name) => format!("{namespace}/{name}"),
    };
    let phase = if volume.at(&["metadata", "deletionTimestamp"]).is_null() {
        volume.at(&["status", "phase"]).text()
    } else {
        "Terminating"
    };
    let capacity = match spec.at(&["capacity", "storage"]).text() {
        "" => "0",
        amount => amount,
    };
    vec![
        table::name(volume),
        capacity.into(),
        access_modes_cell(spec["accessModes"].items()).into(),
        spec["persistentVolumeReclaimPolicy"].text().into(),
        phase.into(),
        claim.into(),
        class_of(volume).into(),
        or_unset(&spec["volumeAttributesClassName"]),
        volume.at(&["status", "reason"]).text().into(),
        object_age(volume, now),
        or_unset(&spec["volumeMode"]),
    ]
}
