//! Where the data of a volume comes from, source by source.

use std::collections::BTreeSet;

use super::super::super::meta::{validate_annotations, validate_labels};
use super::super::super::{Errors, Path, Verbatim, gotext, names, persistent_volume_claim};
use super::env::{VOLUME_FIELDS, validate_field_ref, validate_resource_ref};
use crate::value::Value;

const MODE: &str = "must be a number between 0 and 0777 (octal), both inclusive";

/// The fields that a source must have, for the sources that ask no more.
fn required_fields(source: &str) -> &'static [&'static str] {
    match source {
        "gcePersistentDisk" => &["pdName"],
        "awsElasticBlockStore" | "cinder" | "portworxVolume" => &["volumeID"],
        "gitRepo" => &["repository"],
        "secret" => &["secretName"],
        "configMap" => &["name"],
        "persistentVolumeClaim" => &["claimName"],
        "nfs" => &["server", "path"],
        "glusterfs" => &["endpoints", "path"],
        "rbd" => &["monitors", "image"],
        "cephfs" => &["monitors"],
        "flexVolume" => &["driver"],
        "azureFile" => &["secretName", "shareName"],
        "azureDisk" => &["diskName", "diskURI"],
        "vsphereVolume" => &["volumePath"],
        "photonPersistentDisk" => &["pdID"],
        "scaleIO" => &["gateway", "system", "volumeName"],
        "iscsi" => &["targetPortal"],
        "hostPath" => &["path"],
        "ephemeral" => &["volumeClaimTemplate"],
        _ => &[],
    }
}

/// Finds what is wrong with a source of type `kind`, as `hostPath`.
pub(super) fn validate_source(kind: &str, source: &Value, path: &Path<'_>, errors: &mut Errors) {
    for field in required_fields(kind) {
        let value = &source[*field];
        // An empty template is there.
        if value.is_empty() && value.as_map().is_none() {
            errors.required(&path.field(field), "");
        }
    }
    match kind {
        "hostPath" => validate_host_path(source, path, errors),
        "gitRepo" => {
            validate_local_path(source["directory"].text(), &path.field("directory"), errors);
        }
        "gcePersistentDisk" | "awsElasticBlockStore" => validate_partition(source, path, errors),
        "secret" | "configMap" => {
            validate_mode(source, "defaultMode", path, errors);
            validate_items(&source["items"], path, &mut BTreeSet::new(), None, errors);
        }
        "nfs" if !source["path"].text().starts_with('/') => {
            errors.invalid(&path.field("path"), source["path"].text(), "must be an absolute path");
        }
        "iscsi" => validate_iscsi(source, path, errors),
        "flocker" => validate_flocker(source, path, errors),
        "cinder" => validate_secret_ref(&source["secretRef"], path, errors),
        "quobyte" => validate_quobyte(source, path, errors),
        "downwardAPI" => {
            validate_mode(source, "defaultMode", path, errors);
            for file in source["items"].items() {
                validate_downward_file(file, path, errors);
            }
        }
        "fc" => validate_fc(source, path, errors),
        "flexVolume" => validate_flex(source, path, errors),
        "azureDisk" => validate_azure_disk(source, path, errors),
        "storageos" => validate_storage_os(source, path, errors),
        "projected" => {
            validate_mode(source, "defaultMode", path, errors);
            validate_projections(source, path, errors);
        }
        "csi" => validate_csi(source, path, errors),
        "ephemeral" => validate_ephemeral(source, path, errors),
        _ => {}
    }
}

fn validate_mode(source: &Value, field: &str, path: &Path<'_>, errors: &mut Errors) {
    if let Some(mode) = source[field].as_int()
        && !(0..=0o777).contains(&mode)
    {
        errors.invalid(&path.field(field), mode, MODE);
    }
}

fn validate_host_path(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    if source["path"].is_empty() {
        return;
    }
    validate_no_backsteps(source["path"].text(), &path.field("path"), errors);
    let known = [
        "",
        "BlockDevice",
        "CharDevice",
        "Directory",
        "DirectoryOrCreate",
        "File",
        "FileOrCreate",
        "Socket",
    ];
    if let Some(kind) = source["type"].as_str()
        && !known.contains(&kind)
    {
        errors.not_supported(&path.field("type"), kind, &known);
    }
}

fn validate_partition(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    let partition = source["partition"].int();
    if !(0..=255).contains(&partition) {
        errors.invalid(&path.field("partition"), partition, &names::out_of_range(1, 255));
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

fn validate_iscsi(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    let name = source["iqn"].text();
    let name_path = path.field("iqn");
    if name.is_empty() {
        errors.required(&name_path, "");
    } else {
        validate_iscsi_name(name, &name_path, errors);
    }
    let lun = source["lun"].int();
    if !(0..=255).contains(&lun) {
        errors.invalid(&path.field("lun"), lun, &names::out_of_range(0, 255));
    }
    let needs_secret =
        ["chapAuthDiscovery", "chapAuthSession"].iter().any(|field| source[*field].is_true());
    if needs_secret && source["secretRef"].is_null() {
        errors.required(&path.field("secretRef"), "");
    }
    if let Some(initiator) = source["initiatorName"].as_str() {
        validate_iscsi_name(initiator, &path.field("initiatorname"), errors);
    }
}

fn validate_iscsi_name(name: &str, path: &Path<'_>, errors: &mut Errors) {
    let is_hex_like = |rest: &str, length: usize| {
        rest.len() == length && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let fits = if let Some(rest) = name.strip_prefix("iqn") {
        is_iqn(rest)
    } else if let Some(rest) = name.strip_prefix("eui") {
        is_hex_like(rest.get(1..).unwrap_or_default(), 16)
    } else if let Some(rest) = name.strip_prefix("naa") {
        is_hex_like(rest.get(1..).unwrap_or_default(), 32)
    } else {
        let detail = "must be valid format starting with iqn, eui, or naa";
        return errors.invalid(path, name, detail);
    };
    if !fits {
        errors.invalid(path, name, "must be valid format");
    }
}

/// What follows `iqn`: `.2014-08.com.example:disk`.
fn is_iqn(rest: &str) -> bool {
    let Some((date, domain)) = rest.strip_prefix('.').and_then(|rest| rest.split_at_checked(7))
    else {
        return false;
    };
    let is_date = date.bytes().enumerate().all(|(index, byte)| match index {
        4 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    let Some((domain, name)) = domain.strip_prefix('.').and_then(|rest| rest.split_once(':'))
    else {
        return false;
    };
    is_date
        && !domain.is_empty()
        && domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
        && !name.is_empty()
        && !name.contains([',', ';', '*', '&', '$', '|', ' ', '\t', '\n'])
}

pub(in crate::api) fn validate_flocker(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (name, uuid) = (source["datasetName"].text(), source["datasetUUID"].text());
    if name.is_empty() && uuid.is_empty() {
        errors.required(path, "one of datasetName and datasetUUID is required");
    }
    if !name.is_empty() && !uuid.is_empty() {
        let detail = "datasetName and datasetUUID can not be specified simultaneously";
        errors.invalid(path, "resource", detail);
    }
    if name.contains('/') {
        errors.invalid(&path.field("datasetName"), name, "must not contain '/'");
    }
}

fn validate_secret_ref(secret: &Value, path: &Path<'_>, errors: &mut Errors) {
    if !secret.is_null() && secret["name"].is_empty() {
        errors.required(&path.field("secretRef").field("name"), "");
    }
}

fn validate_quobyte(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    let registry = source["registry"].text();
    let pairs = "must be a host:port pair or multiple pairs separated by commas";
    if registry.is_empty() {
        errors.required(&path.field("registry"), pairs);
    } else if source["tenant"].text().len() >= 65 {
        let detail = "must be a UUID and may not exceed a length of 64 characters";
        errors.required(&path.field("tenant"), detail);
    } else {
        for _ in registry.split(',').filter(|pair| !pair.contains(':')) {
            errors.invalid(&path.field("registry"), registry, pairs);
        }
    }
    if source["volume"].is_empty() {
        errors.required(&path.field("volume"), "");
    }
}

fn validate_fc(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (targets, ids) = (&source["targetWWNs"], &source["wwids"]);
    let targets_path = path.field("targetWWNs");
    if targets.is_empty() && ids.is_empty() {
        let detail = "must specify either targetWWNs or wwids, but not both";
        errors.required(&targets_path, detail);
    }
    if !targets.is_empty() && !ids.is_empty() {
        let detail = "targetWWNs and wwids can not be specified simultaneously";
        errors.invalid(&targets_path, Verbatim(&gotext::texts(targets)), detail);
    }
    if targets.is_empty() {
        return;
    }
    match source["lun"].as_int() {
        None => errors.required(&path.field("lun"), "lun is required if targetWWNs is specified"),
        Some(lun) if !(0..=255).contains(&lun) => {
            errors.invalid(&path.field("lun"), lun, &names::out_of_range(0, 255));
        }
        Some(_) => {}
    }
}

fn validate_flex(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    let options = path.field("options");
    for (key, _) in source["options"].entries() {
        let domain = key.split('/').next().unwrap_or_default();
        let domain = format!(".{}", domain.to_ascii_lowercase());
        let is_prefixed = key.contains('/') || !domain.is_empty();
        if is_prefixed && [".kubernetes.io", ".k8s.io"].iter().any(|own| domain.ends_with(own)) {
            let detail = "kubernetes.io and k8s.io namespaces are reserved";
            errors.invalid(&options.key(key), &**key, detail);
        }
    }
}

fn validate_azure_disk(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    for (field, known) in [
        ("cachingMode", ["None", "ReadOnly", "ReadWrite"]),
        ("kind", ["Dedicated", "Managed", "Shared"]),
    ] {
        if let Some(text) = source[field].as_str()
            && !known.contains(&text)
        {
            errors.not_supported(&path.field(field), text, &known);
        }
    }
    let (kind, uri) = (source["kind"].as_str(), source["diskURI"].text());
    let expected = match kind {
        Some("Managed") if !uri.starts_with("/subscriptions/") => {
            "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"
        }
        Some(kind) if kind != "Managed" && !uri.starts_with("https://") => {
            "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"
        }
        _ => return,
    };
    errors.not_supported(&path.field("diskURI"), uri, &[expected]);
}

fn validate_storage_os(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (volume, namespace) = (source["volumeName"].text(), source["volumeNamespace"].text());
    if volume.is_empty() {
        errors.required(&path.field("volumeName"), "");
    } else {
        errors.invalid_each(&path.field("volumeName"), volume, names::label(volume));
    }
    if !namespace.is_empty() {
        errors.invalid_each(&path.field("volumeNamespace"), namespace, names::label(namespace));
    }
    validate_secret_ref(&source["secretRef"], path, errors);
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
    validate_csi_driver_name(source["driver"].text(), &path.field("driver"), errors);
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

/// Finds what is wrong with the name of a CSI driver.
pub(super) fn validate_csi_driver_name(name: &str, path: &Path<'_>, errors: &mut Errors) {
    if name.is_empty() {
        errors.required(path, "");
    }
    if name.len() > names::LABEL_MAX {
        errors.too_long(path, names::LABEL_MAX);
    }
    errors.invalid_each(path, name, names::subdomain(&name.to_ascii_lowercase()));
}

fn validate_ephemeral(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    let template = &source["volumeClaimTemplate"];
    if template.is_null() {
        return;
    }
    let path = path.field("volumeClaimTemplate");
    let (metadata, metadata_path) = (&template["metadata"], path.field("metadata"));
    validate_annotations(&metadata["annotations"], &metadata_path.field("annotations"), errors);
    validate_labels(&metadata["labels"], &metadata_path.field("labels"), errors);
    for (field, value) in metadata.entries() {
        if !matches!(&**field, "annotations" | "labels") && !value.is_null() {
            let detail = "cannot be set for an ephemeral volume";
            errors.forbidden(&metadata_path.field(field), detail);
        }
    }
    persistent_volume_claim::validate_spec(&template["spec"], &path.field("spec"), errors);
}

/// Finds what is wrong with a path that must lead down from where it starts.
pub(super) fn validate_local_path(target: &str, path: &Path<'_>, errors: &mut Errors) {
    if target.starts_with('/') {
        errors.invalid(path, target, "must be a relative path");
    }
    validate_no_backsteps(target, path, errors);
}

/// Says that a path has a `..` in it.
pub(super) fn validate_no_backsteps(target: &str, path: &Path<'_>, errors: &mut Errors) {
    if target.split('/').any(|part| part == "..") {
        errors.invalid(path, target, "must not contain '..'");
    }
}

/// Finds what is wrong with a path of a file in a volume: names that start
/// with `..` are for the kubelet's own use.
fn validate_reserved_path(target: &str, path: &Path<'_>, errors: &mut Errors) {
    validate_local_path(target, path, errors);
    if target.starts_with("..") && !target.starts_with("../") && target != ".." {
        errors.invalid(path, target, "must not start with '..'");
    }
}
