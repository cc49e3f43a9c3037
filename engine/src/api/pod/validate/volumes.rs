//! The volumes of a Pod.

use std::collections::{BTreeMap, BTreeSet};

use super::super::super::{Errors, Path, names, volume_source};
use super::{Context, volume_sources};
use crate::quantity::Quantity;
use crate::value::Value;

/// The volumes without fault, by name.
pub(super) type Volumes<'a> = BTreeMap<&'a str, &'a Value>;

const ONE_TYPE: &str = "may not specify more than 1 volume type";

/// The sources in upstream's order, each with the name that it has in the
/// places of errors, where that differs.
const SOURCES: [(&str, &str); 30] = [
    ("hostPath", "hostPath"),
    ("gitRepo", "gitRepo"),
    ("gcePersistentDisk", "persistentDisk"),
    ("awsElasticBlockStore", "awsElasticBlockStore"),
    ("secret", "secret"),
    ("nfs", "nfs"),
    ("iscsi", "iscsi"),
    ("glusterfs", "glusterfs"),
    ("flocker", "flocker"),
    ("persistentVolumeClaim", "persistentVolumeClaim"),
    ("rbd", "rbd"),
    ("cinder", "cinder"),
    ("cephfs", "cephfs"),
    ("quobyte", "quobyte"),
    ("downwardAPI", "downwardAPI"),
    ("fc", "fc"),
    ("flexVolume", "flexVolume"),
    ("configMap", "configMap"),
    ("azureFile", "azureFile"),
    ("vsphereVolume", "vsphereVolume"),
    ("photonPersistentDisk", "photonPersistentDisk"),
    ("portworxVolume", "portworxVolume"),
    ("azureDisk", "azureDisk"),
    ("storageos", "storageos"),
    ("projected", "projected"),
    ("scaleIO", "scaleIO"),
    ("csi", "csi"),
    ("ephemeral", "ephemeral"),
    ("image", "image"),
    ("emptyDir", "emptyDir"),
];

pub(super) fn validate_volumes<'a>(
    context: Context<'a>,
    path: &Path<'_>,
    errors: &mut Errors,
) -> Volumes<'a> {
    let all = context.spec["volumes"].items();
    let pod_name = context.pod.map_or("", |pod| pod.at(&["metadata", "name"]).text());
    // The claims that come with this Pod are named after it.
    let created: BTreeSet<String> = all
        .iter()
        .filter(|volume| !pod_name.is_empty() && !volume["ephemeral"].is_null())
        .map(|volume| format!("{pod_name}-{}", volume["name"].text()))
        .collect();
    let mut volumes = Volumes::new();
    for (index, volume) in all.iter().enumerate() {
        let path = path.index(index);
        let mut own = Errors::default();
        validate_volume(volume, pod_name, &volumes, &path, &mut own);
        if own.is_empty() {
            volumes.insert(volume["name"].text(), volume);
        }
        errors.0.append(&mut own.0);
        let claim = volume.at(&["persistentVolumeClaim", "claimName"]).text();
        if created.contains(claim) {
            let source = path.field("persistentVolumeClaim");
            let detail = "must not reference a PVC that gets created for an ephemeral volume";
            errors.invalid(&source.field("claimName"), claim, detail);
        }
    }
    volumes
}

fn validate_volume(
    volume: &Value,
    pod_name: &str,
    others: &Volumes<'_>,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    let (name, name_path) = (volume["name"].text(), path.field("name"));
    validate_source(volume, pod_name, path, errors);
    if name.is_empty() {
        errors.required(&name_path, "");
    } else {
        errors.invalid_each(&name_path, name, names::label(name));
    }
    if others.contains_key(name) {
        errors.duplicate(&name_path, name);
    }
}

fn validate_source(volume: &Value, pod_name: &str, path: &Path<'_>, errors: &mut Errors) {
    let empty_dir = &volume["emptyDir"];
    if Quantity::parse_or_zero(empty_dir["sizeLimit"].text()).is_negative() {
        let source = path.field("emptyDir");
        let detail = "SizeLimit field must be a valid resource quantity";
        errors.forbidden(&source.field("sizeLimit"), detail);
    }
    let mut count = usize::from(!empty_dir.is_null());
    for (field, place) in SOURCES.iter().filter(|(field, _)| *field != "emptyDir") {
        let source = &volume[*field];
        if source.is_null() {
            continue;
        }
        if count > 0 {
            errors.forbidden(&path.field(forbidden_place(field)), ONE_TYPE);
        } else {
            volume_sources::validate_source(field, source, &path.field(place), errors);
            if *field == "ephemeral" {
                validate_claim_name(volume["name"].text(), pod_name, path, errors);
            }
        }
        count += 1;
        if *field == "iscsi" {
            let name = volume["name"].text();
            volume_source::validate_volume_name(name, source, &path.field("name"), errors);
        }
    }
    if count == 0 {
        errors.required(path, "must specify a volume type");
    }
}

/// Where upstream names a second source.
fn forbidden_place<'a>(field: &&'a str) -> &'a str {
    match *field {
        "downwardAPI" => "downwarAPI",
        "cephfs" => "cephFS",
        other => other,
    }
}

fn validate_claim_name(name: &str, pod_name: &str, path: &Path<'_>, errors: &mut Errors) {
    if name.is_empty() || pod_name.is_empty() {
        return;
    }
    let claim = format!("{pod_name}-{name}");
    for complaint in names::subdomain(&claim) {
        let detail = format!("PVC name {claim:?}: {complaint}");
        errors.invalid(&path.field("name"), name, &detail);
    }
}
