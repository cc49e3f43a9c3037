//! What is wrong with the storage behind a PersistentVolume.
//!
//! Source: `pkg/apis/core/validation`, `ValidatePersistentVolumeSpec`.

use super::super::volume_source::{
    Holder, require, validate, validate_driver_name, validate_iscsi, validate_no_backsteps,
};
use super::super::{Errors, Path, names};
use crate::value::Value;

/// The kinds of storage in the order in which upstream looks at them, each
/// with the field under which its problems are reported.
const SOURCES: [(&str, &str); 22] = [
    ("hostPath", "hostPath"),
    ("gcePersistentDisk", "persistentDisk"),
    ("awsElasticBlockStore", "awsElasticBlockStore"),
    ("glusterfs", "glusterfs"),
    ("flocker", "flocker"),
    ("nfs", "nfs"),
    ("rbd", "rbd"),
    ("quobyte", "quobyte"),
    ("cephfs", "cephfs"),
    ("iscsi", "iscsi"),
    ("cinder", "cinder"),
    ("fc", "fc"),
    ("flexVolume", "flexVolume"),
    ("azureFile", "azureFile"),
    ("vsphereVolume", "vsphereVolume"),
    ("photonPersistentDisk", "photonPersistentDisk"),
    ("portworxVolume", "portworxVolume"),
    ("azureDisk", "azureDisk"),
    ("scaleIO", "scaleIO"),
    ("local", "local"),
    ("storageos", "storageos"),
    ("csi", "csi"),
];

/// Finds what is wrong with the storage that the spec of `volume` names, and
/// demands that it names exactly one.
pub(super) fn validate_sources(volume: &Value, errors: &mut Errors) {
    let (spec, path) = (&volume["spec"], Path::ROOT.field("spec"));
    let name = volume.at(&["metadata", "name"]).text();
    let mut found = false;
    for (kind, reported) in SOURCES {
        let source = &spec[kind];
        if source.is_null() {
            continue;
        }
        if found && kind != "flexVolume" {
            let field = if kind == "cephfs" { "cephFS" } else { kind };
            errors.forbidden(&path.field(field), "may not specify more than 1 volume type");
            continue;
        }
        found = true;
        validate(kind, source, &path.field(reported), errors);
        validate_own(kind, source, name, &path.field(reported), errors);
        if kind == "local" && spec["nodeAffinity"].is_null() {
            errors.required(&path.field("nodeAffinity"), "Local volume requires node affinity");
        }
    }
    if !found {
        errors.required(&path, "must specify a volume type");
    }
}

/// The part of `spec` that names the storage.
pub(super) fn source_of(spec: &Value) -> Value {
    let present = SOURCES.iter().filter(|(kind, _)| !spec[*kind].is_null());
    Value::Map(present.map(|(kind, _)| (*kind, spec[*kind].clone())).collect())
}

/// The rules that a Pod's volume of the same kind does not have.
fn validate_own(kind: &str, source: &Value, name: &str, path: &Path<'_>, errors: &mut Errors) {
    match kind {
        "glusterfs" => glusterfs(source, path, errors),
        "iscsi" => validate_iscsi(source, Holder::Volume(name), path, errors),
        "cinder" | "storageos" if !source["secretRef"].is_null() => {
            require(&source["secretRef"], &path.field("secretRef"), &["namespace"], errors);
        }
        "azureFile" if source["secretNamespace"].as_str() == Some("") => {
            errors.required(&path.field("secretNamespace"), "");
        }
        "local" => {
            require(source, path, &["path"], errors);
            validate_no_backsteps(source["path"].text(), &path.field("path"), errors);
        }
        "csi" => csi(source, path, errors),
        _ => {}
    }
}

fn glusterfs(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    let Some(namespace) = source["endpointsNamespace"].as_str() else { return };
    let path = path.field("endpointsNamespace");
    if namespace.is_empty() {
        let detail = "if the endpointnamespace is set, it must be a valid namespace name";
        errors.invalid(&path, namespace, detail);
    } else {
        errors.invalid_each(&path, namespace, names::label(namespace));
    }
}

fn csi(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    validate_driver_name(source["driver"].text(), &path.field("driver"), errors);
    require(source, path, &["volumeHandle"], errors);
    for name in [
        "controllerPublishSecretRef",
        "controllerExpandSecretRef",
        "nodePublishSecretRef",
        "nodeExpandSecretRef",
    ] {
        let (secret, path) = (&source[name], path.field(name));
        if secret.is_null() {
            continue;
        }
        let (own, space) = (secret["name"].text(), secret["namespace"].text());
        require(secret, &path, &["name"], errors);
        if !own.is_empty() {
            errors.invalid_each(&path.field("name"), own, names::subdomain(own));
        }
        require(secret, &path, &["namespace"], errors);
        if !space.is_empty() {
            errors.invalid_each(&path.field("namespace"), space, names::label(space));
        }
    }
}
