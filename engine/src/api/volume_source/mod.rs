//! The sources of volumes that Pods and PersistentVolumes have in common:
//! what they leave open, and what is wrong with them.
//!
//! Sources: `pkg/apis/core/validation`, `pkg/apis/core/v1/defaults.go`.

mod iscsi;

pub(super) use self::iscsi::{Holder, validate_iscsi, validate_volume_name};
use super::defaulting::{text, within};
use super::{Errors, Path, Verbatim, gotext, names};
use crate::value::Value;

/// What a host's path may lead to.
const HOST_PATH_TYPES: [&str; 8] = [
    "",
    "BlockDevice",
    "CharDevice",
    "Directory",
    "DirectoryOrCreate",
    "File",
    "FileOrCreate",
    "Socket",
];
/// How many bytes a tenant of Quobyte may have, and one more.
const TENANT_BYTES: usize = 65;

/// Completes the sources that `holder` has: a Pod's volume, or the spec of a
/// PersistentVolume.
pub(super) fn default_sources(holder: &mut Value) {
    within(holder, "hostPath", |source| source.set_default("type", ""));
    within(holder, "iscsi", |source| text(source, "iscsiInterface", "default"));
    within(holder, "rbd", |source| {
        text(source, "pool", "rbd");
        text(source, "user", "admin");
        text(source, "keyring", "/etc/ceph/keyring");
    });
    within(holder, "azureDisk", |source| {
        source.set_default("cachingMode", "ReadWrite");
        source.set_default("kind", "Shared");
        source.set_default("fsType", "ext4");
        source.set_default("readOnly", false);
    });
    within(holder, "scaleIO", |source| {
        text(source, "storageMode", "ThinProvisioned");
        text(source, "fsType", "xfs");
    });
}

/// The fields that a source must have and that it can do without anything
/// else.
fn required_fields(kind: &str) -> &'static [&'static str] {
    match kind {
        "gcePersistentDisk" => &["pdName"],
        "awsElasticBlockStore" | "cinder" | "portworxVolume" => &["volumeID"],
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
        "hostPath" => &["path"],
        _ => &[],
    }
}

/// Finds what is wrong with a source of type `kind`, as `hostPath`, whoever
/// holds it.
pub(super) fn validate(kind: &str, source: &Value, path: &Path<'_>, errors: &mut Errors) {
    require(source, path, required_fields(kind), errors);
    match kind {
        "hostPath" => validate_host_path(source, path, errors),
        "gcePersistentDisk" | "awsElasticBlockStore" => {
            at_most_255(&source["partition"], 1, &path.field("partition"), errors);
        }
        "nfs" if !source["path"].text().starts_with('/') => {
            errors.invalid(&path.field("path"), source["path"].text(), "must be an absolute path");
        }
        "flocker" => validate_flocker(source, path, errors),
        "cinder" => validate_secret(source, path, errors),
        "quobyte" => validate_quobyte(source, path, errors),
        "fc" => validate_fibre_channel(source, path, errors),
        "flexVolume" => validate_flex(source, path, errors),
        "azureDisk" => validate_azure_disk(source, path, errors),
        "storageos" => validate_storage_os(source, path, errors),
        _ => {}
    }
}

/// Says which of `fields` are not there.
pub(super) fn require(source: &Value, path: &Path<'_>, fields: &[&str], errors: &mut Errors) {
    for field in fields {
        if source[*field].is_empty() {
            errors.required(&path.field(field), "");
        }
    }
}

/// Says that a number is none of 0 to 255. The words may begin at 1, although
/// 0 passes.
fn at_most_255(number: &Value, low: i64, path: &Path<'_>, errors: &mut Errors) {
    let number = number.int();
    if !(0..=255).contains(&number) {
        errors.invalid(path, number, &names::out_of_range(low, 255));
    }
}

/// A secret must be named where one is spoken of.
fn validate_secret(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    let secret = &source["secretRef"];
    if !secret.is_null() {
        require(secret, &path.field("secretRef"), &["name"], errors);
    }
}

fn validate_host_path(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    if source["path"].is_empty() {
        return;
    }
    validate_no_backsteps(source["path"].text(), &path.field("path"), errors);
    if let Some(kind) = source["type"].as_str()
        && !HOST_PATH_TYPES.contains(&kind)
    {
        errors.not_supported(&path.field("type"), kind, &HOST_PATH_TYPES);
    }
}

fn validate_flocker(source: &Value, path: &Path<'_>, errors: &mut Errors) {
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

fn validate_quobyte(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    let registry = source["registry"].text();
    let pairs = "must be a host:port pair or multiple pairs separated by commas";
    if registry.is_empty() {
        errors.required(&path.field("registry"), pairs);
    } else if source["tenant"].text().len() >= TENANT_BYTES {
        let detail = "must be a UUID and may not exceed a length of 64 characters";
        errors.required(&path.field("tenant"), detail);
    } else {
        for _ in registry.split(',').filter(|pair| !is_host_and_port(pair)) {
            errors.invalid(&path.field("registry"), registry, pairs);
        }
    }
    require(source, path, &["volume"], errors);
}

/// Whether Go's `net.SplitHostPort` can split a text.
fn is_host_and_port(pair: &str) -> bool {
    let Some((host, port)) = pair.rsplit_once(':') else { return false };
    let inner = match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']'),
        None => (!host.contains(':')).then_some(host),
    };
    inner.is_some_and(|inner| !inner.contains(['[', ']'])) && !port.contains(['[', ']'])
}

fn validate_fibre_channel(source: &Value, path: &Path<'_>, errors: &mut Errors) {
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
    if source["lun"].is_null() {
        errors.required(&path.field("lun"), "lun is required if targetWWNs is specified");
    } else {
        at_most_255(&source["lun"], 0, &path.field("lun"), errors);
    }
}

fn validate_flex(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    let options = path.field("options");
    for (key, _) in source["options"].entries() {
        let domain = key.split('/').next().unwrap_or_default();
        let domain = format!(".{}", domain.to_lowercase());
        if domain.ends_with(".kubernetes.io") || domain.ends_with(".k8s.io") {
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
    require(source, path, &["volumeName"], errors);
    for field in ["volumeName", "volumeNamespace"] {
        let name = source[field].text();
        if !name.is_empty() {
            errors.invalid_each(&path.field(field), name, names::label(name));
        }
    }
    validate_secret(source, path, errors);
}

/// Finds what is wrong with the name of a CSI driver.
pub(super) fn validate_driver_name(name: &str, path: &Path<'_>, errors: &mut Errors) {
    if name.is_empty() {
        errors.required(path, "");
    }
    if name.len() > names::LABEL_MAX {
        errors.too_long(path, names::LABEL_MAX);
    }
    errors.invalid_each(path, name, names::subdomain(&name.to_lowercase()));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value;

    #[test]
    fn hosts_and_ports_split_as_in_go() {
        for (pair, splits) in [
            ("registry:7861", true),
            ("[::1]:7861", true),
            (":7861", true),
            ("registry:", true),
            ("registry", false),
            ("a:b:7861", false),
            ("[::1]", false),
            ("[::1:7861", false),
        ] {
            assert_eq!(is_host_and_port(pair), splits, "{pair}");
        }
    }

    #[test]
    fn each_source_has_its_rules() {
        for (kind, source, expected) in [
            ("nfs", value!({ "server": "s", "path": "/p" }), &[][..]),
            (
                "nfs",
                value!({ "path": "p" }),
                &[
                    "v.server: Required value",
                    "v.path: Invalid value: \"p\": must be an absolute path",
                ],
            ),
            (
                "cinder",
                value!({ "volumeID": "1", "secretRef": {} }),
                &["v.secretRef.name: Required value"],
            ),
            (
                "fc",
                value!({ "targetWWNs": ["w"], "lun": 256 }),
                &["v.lun: Invalid value: 256: must be between 0 and 255, inclusive"],
            ),
            (
                "flexVolume",
                value!({ "driver": "d", "options": { "x.Kubernetes.io/y": "" } }),
                &[
                    "v.options[x.Kubernetes.io/y]: Invalid value: \"x.Kubernetes.io/y\": kubernetes.io \
                   and k8s.io namespaces are reserved",
                ],
            ),
        ] {
            let mut errors = Errors::default();
            validate(kind, &source, &Path::ROOT.field("v"), &mut errors);
            let texts: Vec<String> = errors.0.iter().map(ToString::to_string).collect();
            assert_eq!(texts, expected, "{kind}");
        }
    }
}
