//! Where the data of a volume comes from, source by source.

use std::collections::BTreeSet;

use super::super::super::meta::{validate_annotations, validate_labels};
use super::super::super::volume_source::{self, Holder, validate_local_path};
use super::super::super::{Errors, Path, names, persistent_volume_claim};
use super::env::{VOLUME_FIELDS, validate_field_ref, validate_resource_ref};
use crate::value::Value;

const MODE: &str = "must be a number between 0 and 0777 (octal), both inclusive";

/// The fields that a source must have which only Pods have.
fn required_fields(kind: &str) -> &'static [&'static str] {
    match kind {
        "gitRepo" => &["repository"],
        "secret" => &["secretName"],
        "configMap" => &["name"],
        "persistentVolumeClaim" => &["claimName"],
        _ => &[],
    }
}

/// Finds what is wrong with a source of type `kind`, as `hostPath`.
pub(super) fn validate_source(kind: &str, source: &Value, path: &Path<'_>, errors: &mut Errors) {
    volume_source::require(source, path, required_fields(kind), errors);
    match kind {
        "gitRepo" => {
            validate_local_path(source["directory"].text(), &path.field("directory"), errors);
        }
        "secret" | "configMap" => {
            validate_mode(source, "defaultMode", path, errors);
            validate_items(&source["items"], path, &mut BTreeSet::new(), None, errors);
        }
        "iscsi" => volume_source::validate_iscsi(source, Holder::Pod, path, errors),
        "downwardAPI" => {
            validate_mode(source, "defaultMode", path, errors);
            for file in source["items"].items() {
                validate_downward_file(file, path, errors);
            }
        }
        "projected" => {
            validate_mode(source, "defaultMode", path, errors);
            validate_projections(source, path, errors);
        }
        "csi" => validate_csi(source, path, errors),
        "ephemeral" => validate_ephemeral(source, path, errors),
        shared => volume_source::validate(shared, source, path, errors),
    }
}

fn validate_mode(source: &Value, field: &str, path: &Path<'_>, errors: &mut Errors) {
    if let Some(mode) = source[field].as_int()
        && !(0..=0o777).contains(&mode)
    {
        errors.invalid(&path.field(field), mode, MODE);
    }
}

/// Finds what is wrong with the files that keys become. Paths seen twice are
/// told of `whole`, if there is such a place.
fn validate_items<'a>(
    items: &'a Value,
    path: &Path<'_>,
    seen: &mut BTreeSet<&'a str>,
    whole: Option<(&Path<'_>, &str)>,
    errors: &mut Errors,
) {
    let list = path.field("items");
    for (index, item) in items.items().iter().enumerate() {
        let path = list.index(index);
        for field in ["key", "path"] {
            if item[field].is_empty() {
                errors.required(&path.field(field), "");
            }
        }
        let target = item["path"].text();
        validate_reserved_path(target, &path.field("path"), errors);
        validate_mode(item, "mode", &path, errors);
        if !target.is_empty()
            && !seen.insert(target)
            && let Some((place, name)) = whole
        {
            errors.invalid(place, name, "conflicting duplicate paths");
        }
    }
}

fn validate_downward_file(file: &Value, path: &Path<'_>, errors: &mut Errors) {
    if file["path"].is_empty() {
        errors.required(&path.field("path"), "");
    }
    validate_reserved_path(file["path"].text(), &path.field("path"), errors);
    let (field, resource) = (&file["fieldRef"], &file["resourceFieldRef"]);
    if !field.is_null() {
        validate_field_ref(field, &VOLUME_FIELDS, &path.field("fieldRef"), errors);
        if !resource.is_null() {
            let detail = "fieldRef and resourceFieldRef can not be specified simultaneously";
            errors.invalid(path, "resource", detail);
        }
    } else if !resource.is_null() {
        validate_resource_ref(resource, true, &path.field("resourceFieldRef"), errors);
    } else {
        errors.required(path, "one of fieldRef and resourceFieldRef is required");
    }
    validate_mode(file, "mode", path, errors);
}

fn validate_projections(projected: &Value, path: &Path<'_>, errors: &mut Errors) {
    let mut seen = BTreeSet::new();
    let sources = path.field("sources");
    for (index, source) in projected["sources"].items().iter().enumerate() {
        let own = sources.index(index);
        let mut count = 0;
        for kind in ["secret", "configMap"] {
            let keys = &source[kind];
            if keys.is_null() {
                continue;
            }
            count += 1;
            let (name, place) = (keys["name"].text(), own.field(kind));
            if name.is_empty() {
                errors.required(&place.field("name"), "");
            }
            validate_items(&keys["items"], &place, &mut seen, Some((path, name)), errors);
        }
        if !source["downwardAPI"].is_null() {
            count += 1;
            for file in source.at(&["downwardAPI", "items"]).items() {
                validate_downward_file(file, &own.field("downwardAPI"), errors);
                let target = file["path"].text();
                if !target.is_empty() && !seen.insert(target) {
                    errors.invalid(path, target, "conflicting duplicate paths");
                }
            }
        }
        let token = &source["serviceAccountToken"];
        if !token.is_null() {
            count += 1;
            validate_token(token, &own.field("serviceAccountToken"), path, errors);
        }
        if count > 1 {
            errors.forbidden(&own, "may not specify more than 1 volume type per source");
        }
    }
}

fn validate_token(token: &Value, path: &Path<'_>, whole: &Path<'_>, errors: &mut Errors) {
    let secs = token["expirationSeconds"].int();
    let secs_path = path.field("expirationSeconds");
    if secs < 600 {
        errors.invalid(&secs_path, secs, "may not specify a duration less than 10 minutes");
    }
    if secs > 1 << 32 {
        errors.invalid(&secs_path, secs, "may not specify a duration larger than 2^32 seconds");
    }
    // The place of the path is that of the volume, as upstream.
    let target = token["path"].text();
    if target.is_empty() {
        errors.required(&whole.field("path"), "");
    } else {
        validate_reserved_path(target, &whole.field("path"), errors);
    }
}

fn validate_csi(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    volume_source::validate_driver_name(source["driver"].text(), &path.field("driver"), errors);
    let secret = &source["nodePublishSecretRef"];
    let name = secret["name"].text();
    if secret.is_null() {
        return;
    }
    if name.is_empty() {
        errors.required(&path.field("nodePublishSecretRef").field("name"), "");
    } else {
        errors.invalid_each(&path.field("name"), name, names::subdomain(name));
    }
}

fn validate_ephemeral(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    let template = &source["volumeClaimTemplate"];
    let path = path.field("volumeClaimTemplate");
    if template.is_null() {
        return errors.required(&path, "");
    }
    let (metadata, metadata_path) = (&template["metadata"], path.field("metadata"));
    validate_annotations(&metadata["annotations"], &metadata_path.field("annotations"), errors);
    validate_labels(&metadata["labels"], &metadata_path.field("labels"), errors);
    for (field, value) in metadata.entries() {
        if !matches!(&**field, "annotations" | "labels") && !value.is_null() {
            // Upstream makes the place of the field's name in Go.
            let place = if &**field == "uid" { "uID" } else { field };
            errors.forbidden(&metadata_path.field(place), "cannot be set");
        }
    }
    persistent_volume_claim::validate_spec(&template["spec"], &path.field("spec"), errors);
}

/// Finds what is wrong with a path of a file in a volume: names that start
/// with `..` are for the kubelet's own use.
fn validate_reserved_path(target: &str, path: &Path<'_>, errors: &mut Errors) {
    validate_local_path(target, path, errors);
    if target.starts_with("..") && !target.starts_with("../") {
        errors.invalid(path, target, "must not start with '..'");
    }
}
