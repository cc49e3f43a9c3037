//! Volumes and devices as containers see them.

use std::collections::{BTreeMap, BTreeSet};

use super::super::super::volume_source::validate_local_path;
use super::super::super::{Errors, Path};
use super::volumes::Volumes;
use crate::value::Value;

pub(super) fn validate_mounts(
    container: &Value,
    volumes: &Volumes<'_>,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    let devices = by_name(&container["volumeDevices"], "devicePath");
    let mut seen = BTreeSet::new();
    for (index, mount) in container["volumeMounts"].items().iter().enumerate() {
        let own = path.index(index);
        let (name, target) = (mount["name"].text(), mount["mountPath"].text());
        if name.is_empty() {
            errors.required(&own.field("name"), "");
        }
        if !volumes.contains_key(name) {
            errors.not_found(&own.field("name"), name);
        }
        if target.is_empty() {
            errors.required(&own.field("mountPath"), "");
        }
        if !seen.insert(target) {
            errors.invalid(&own.field("mountPath"), target, "must be unique");
        }
        if devices.contains_key(name) {
            errors.invalid(&own.field("name"), name, "must not already exist in volumeDevices");
        }
        if devices.values().any(|device| *device == target) {
            let detail = "must not already exist as a path in volumeDevices";
            errors.invalid(&own.field("mountPath"), target, detail);
        }
        validate_sub_path(mount, path, &own, errors);
        validate_propagation(mount, container, path, errors);
        validate_recursive_read_only(mount, &path.field("recursiveReadOnly"), errors);
    }
}

/// The places of paths have no index, as upstream.
fn validate_sub_path(mount: &Value, path: &Path<'_>, own: &Path<'_>, errors: &mut Errors) {
    let (sub_path, expression) = (mount["subPath"].text(), mount["subPathExpr"].text());
    if !sub_path.is_empty() {
        validate_local_path(sub_path, &path.field("subPath"), errors);
    }
    if expression.is_empty() {
        return;
    }
    if !sub_path.is_empty() {
        let detail = "subPathExpr and subPath are mutually exclusive";
        errors.invalid(&own.field("subPathExpr"), expression, detail);
    }
    validate_local_path(expression, &path.field("subPathExpr"), errors);
}

fn validate_propagation(mount: &Value, container: &Value, path: &Path<'_>, errors: &mut Errors) {
    let Some(propagation) = mount["mountPropagation"].as_str() else { return };
    let path = path.field("mountPropagation");
    let known = ["Bidirectional", "HostToContainer", "None"];
    if !known.contains(&propagation) {
        errors.not_supported(&path, propagation, &known);
    }
    let privileged = container.at(&["securityContext", "privileged"]).is_true();
    if propagation == "Bidirectional" && !privileged {
        let detail = "Bidirectional mount propagation is available only to privileged containers";
        errors.forbidden(&path, detail);
    }
}

fn validate_recursive_read_only(mount: &Value, path: &Path<'_>, errors: &mut Errors) {
    match mount["recursiveReadOnly"].as_str() {
        None | Some("Disabled") => {}
        Some("Enabled" | "IfPossible") => {
            if !mount["readOnly"].is_true() {
                errors.forbidden(path, "may only be specified when readOnly is true");
            }
            if !matches!(mount["mountPropagation"].text(), "" | "None") {
                let detail = "may only be specified when mountPropagation is None or not specified";
                errors.forbidden(path, detail);
            }
        }
        Some(other) => {
            errors.not_supported(path, other, &["Disabled", "Enabled", "IfPossible"]);
        }
    }
}

pub(super) fn validate_devices(
    container: &Value,
    volumes: &Volumes<'_>,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    let mounts = by_name(&container["volumeMounts"], "mountPath");
    let (mut names, mut paths) = (BTreeSet::new(), BTreeSet::new());
    for (index, device) in container["volumeDevices"].items().iter().enumerate() {
        let own = path.index(index);
        let (name, target) = (device["name"].text(), device["devicePath"].text());
        let (name_path, target_path) = (own.field("name"), own.field("devicePath"));
        if name.is_empty() {
            errors.required(&name_path, "");
        }
        if names.contains(name) {
            errors.invalid(&name_path, name, "must be unique");
        }
        match volumes.get(name) {
            None => errors.not_found(&name_path, name),
            Some(volume) => {
                let claims = ["persistentVolumeClaim", "ephemeral"];
                if claims.iter().all(|source| volume[*source].is_null()) {
                    let detail = "can only use volume source type of PersistentVolumeClaim or \
                                  Ephemeral for block mode";
                    errors.invalid(&name_path, name, detail);
                }
            }
        }
        if target.is_empty() {
            errors.required(&target_path, "");
        }
        if paths.contains(target) {
            errors.invalid(&target_path, target, "must be unique");
        }
        if target.split('/').any(|part| part == "..") {
            errors.invalid(&target_path, target, "can not contain backsteps ('..')");
        } else {
            paths.insert(target);
        }
        if mounts.contains_key(name) {
            errors.invalid(&name_path, name, "must not already exist in volumeMounts");
        }
        if mounts.values().any(|mount| *mount == target) {
            let detail = "must not already exist as a path in volumeMounts";
            errors.invalid(&target_path, target, detail);
        }
        if !name.is_empty() {
            names.insert(name);
        }
    }
}

fn by_name<'a>(list: &'a Value, target: &str) -> BTreeMap<&'a str, &'a str> {
    list.items().iter().map(|item| (item["name"].text(), item[target].text())).collect()
}
