//! What is wrong with the storage behind a PersistentVolume.
//!
//! Source: `pkg/apis/core/validation`, `ValidatePersistentVolumeSpec`.

use super::super::{Errors, Path, Verbatim, gotext, names};
use crate::value::Value;

/// Judges one kind of storage; `path` is its field's.
type Check = fn(&Value, &Path<'_>, &mut Errors);

/// A kind of storage, in the order in which upstream looks at them: the
/// field, the field under which its problems are reported, and the rules.
const SOURCES: [(&str, &str, Check); 22] = [
    ("hostPath", "hostPath", host_path),
    ("gcePersistentDisk", "persistentDisk", gce_disk),
    ("awsElasticBlockStore", "awsElasticBlockStore", aws_disk),
    ("glusterfs", "glusterfs", glusterfs),
    ("flocker", "flocker", crate::api::pod::validate_flocker),
    ("nfs", "nfs", nfs),
    ("rbd", "rbd", rbd),
    ("quobyte", "quobyte", quobyte),
    ("cephfs", "cephfs", |source, path, errors| require(source, path, &["monitors"], errors)),
    ("iscsi", "iscsi", iscsi),
    ("cinder", "cinder", |source, path, errors| require(source, path, &["volumeID"], errors)),
    ("fc", "fc", fibre_channel),
    ("flexVolume", "flexVolume", flex_volume),
    ("azureFile", "azureFile", azure_file),
    ("vsphereVolume", "vsphereVolume", |source, path, errors| {
        require(source, path, &["volumePath"], errors);
    }),
    ("photonPersistentDisk", "photonPersistentDisk", |source, path, errors| {
        require(source, path, &["pdID"], errors);
    }),
    ("portworxVolume", "portworxVolume", |source, path, errors| {
        require(source, path, &["volumeID"], errors);
    }),
    ("azureDisk", "azureDisk", azure_disk),
    ("scaleIO", "scaleIO", |source, path, errors| {
        require(source, path, &["gateway", "system", "volumeName"], errors);
    }),
    ("local", "local", local),
    ("storageos", "storageos", storage_os),
    ("csi", "csi", csi),
];

/// Finds what is wrong with the storage that `spec` names, and demands that
/// it names exactly one.
pub(super) fn validate(spec: &Value, errors: &mut Errors) {
    let path = Path::ROOT.field("spec");
    let mut found = false;
    for (name, reported, check) in SOURCES {
        let source = &spec[name];
        if source.is_null() {
            continue;
        }
        if found && name != "flexVolume" {
            errors.forbidden(&path.field(name), "may not specify more than 1 volume type");
            continue;
        }
        found = true;
        check(source, &path.field(reported), errors);
        if name == "local" && spec["nodeAffinity"].is_null() {
            errors.required(&path.field("nodeAffinity"), "Local volume requires node affinity");
        }
    }
    if !found {
        errors.required(&path, "must specify a volume type");
    }
}

/// The part of `spec` that names the storage.
pub(super) fn source_of(spec: &Value) -> Value {
    let present = SOURCES.iter().filter(|(name, ..)| !spec[*name].is_null());
    Value::Map(present.map(|(name, ..)| (*name, spec[*name].clone())).collect())
}

fn require(source: &Value, path: &Path<'_>, fields: &[&str], errors: &mut Errors) {
    for name in fields {
        if source[*name].is_empty() {
            errors.required(&path.field(name), "");
        }
    }
}

fn no_backsteps(text: &str, path: &Path<'_>, errors: &mut Errors) {
    if text.split('/').any(|part| part == "..") {
        errors.invalid(path, text, "must not contain '..'");
    }
}

fn host_path(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    let text = source["path"].text();
    if text.is_empty() {
        errors.required(&path.field("path"), "");
        return;
    }
    no_backsteps(text, &path.field("path"), errors);
    let kinds = [
        "",
        "BlockDevice",
        "CharDevice",
        "Directory",
        "DirectoryOrCreate",
        "File",
        "FileOrCreate",
        "Socket",
    ];
    let kind = source["type"].text();
    if !kinds.contains(&kind) {
        errors.not_supported(&path.field("type"), kind, &kinds);
    }
}

fn at_most_255(source: &Value, name: &str, path: &Path<'_>, errors: &mut Errors) {
    let number = source[name].int();
    if !(0..=255).contains(&number) {
        // The words say so, although 0 passes.
        let low = i64::from(name == "partition");
        let detail = names::out_of_range(low, 255);
        errors.invalid(&path.field(name), number, &detail);
    }
}

fn gce_disk(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    require(source, path, &["pdName"], errors);
    at_most_255(source, "partition", path, errors);
}

fn aws_disk(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    require(source, path, &["volumeID"], errors);
    at_most_255(source, "partition", path, errors);
}

fn glusterfs(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    require(source, path, &["endpoints", "path"], errors);
    let Some(namespace) = source["endpointsNamespace"].as_str() else { return };
    let path = path.field("endpointsNamespace");
    if namespace.is_empty() {
        let detail = "if the endpointnamespace is set, it must be a valid namespace name";
        errors.invalid(&path, namespace, detail);
    } else {
        errors.invalid_each(&path, namespace, names::label(namespace));
    }
}

fn nfs(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    require(source, path, &["server", "path"], errors);
    let text = source["path"].text();
    if !text.starts_with('/') {
        errors.invalid(&path.field("path"), text, "must be an absolute path");
    }
}

fn rbd(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    require(source, path, &["monitors", "image"], errors);
}

fn quobyte(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    let registry = source["registry"].text();
    if registry.is_empty() {
        let detail = "must be a host:port pair or multiple pairs separated by commas";
        errors.required(&path.field("registry"), detail);
    } else if registry.len() >= 65 {
        errors.too_long(&path.field("registry"), 65);
    }
    require(source, path, &["volume"], errors);
}

fn iscsi(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    require(source, path, &["targetPortal"], errors);
    let (iqn, iqn_path) = (source["iqn"].text(), path.field("iqn"));
    if iqn.is_empty() {
        errors.required(&iqn_path, "");
    } else if !["iqn", "eui", "naa"].iter().any(|prefix| iqn.starts_with(prefix)) {
        let detail = "must be valid format starting with iqn, eui, or naa";
        errors.invalid(&iqn_path, iqn, detail);
    }
    at_most_255(source, "lun", path, errors);
    let authenticates =
        source["chapAuthDiscovery"].is_true() || source["chapAuthSession"].is_true();
    if authenticates && source["secretRef"].is_null() {
        errors.required(&path.field("secretRef"), "");
    } else if !source["secretRef"].is_null() {
        require(&source["secretRef"], &path.field("secretRef"), &["name"], errors);
    }
}

fn fibre_channel(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (names_given, ids_given) = (!source["targetWWNs"].is_empty(), !source["wwids"].is_empty());
    match (names_given, ids_given) {
        (false, false) => {
            errors.required(
                &path.field("targetWWNs"),
                "must specify either targetWWNs or wwids, but not both",
            );
        }
        (true, true) => {
            let shown = gotext::texts(&source["targetWWNs"]);
            let detail = "targetWWNs and wwids can not be specified simultaneously";
            let value = Verbatim(&shown);
            errors.invalid(&path.field("targetWWNs"), value, detail);
        }
        _ => {}
    }
    if !names_given {
        return;
    }
    if source["lun"].is_null() {
        errors.required(&path.field("lun"), "lun is required if targetWWNs is specified");
    } else {
        at_most_255(source, "lun", path, errors);
    }
}

fn flex_volume(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    require(source, path, &["driver"], errors);
    let options = path.field("options");
    for (key, _) in source["options"].entries() {
        let domain = key.split('/').next().unwrap_or_default();
        let dotted = format!(".{}", domain.to_lowercase());
        if dotted.ends_with(".kubernetes.io") || dotted.ends_with(".k8s.io") {
            let detail = "kubernetes.io and k8s.io namespaces are reserved";
            errors.invalid(&options.key(key), &**key, detail);
        }
    }
}

fn azure_file(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    require(source, path, &["secretName", "shareName"], errors);
    if source["secretNamespace"].as_str() == Some("") {
        errors.required(&path.field("secretNamespace"), "");
    }
}

fn azure_disk(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    require(source, path, &["diskName", "diskURI"], errors);
    let (caching, kind) = (source["cachingMode"].as_str(), source["kind"].as_str());
    let modes = ["None", "ReadOnly", "ReadWrite"];
    if let Some(mode) = caching.filter(|mode| !modes.contains(mode)) {
        errors.not_supported(&path.field("cachingMode"), mode, &modes);
    }
    let kinds = ["Dedicated", "Managed", "Shared"];
    let Some(kind) = kind else { return };
    if !kinds.contains(&kind) {
        errors.not_supported(&path.field("kind"), kind, &kinds);
    }
    let (prefix, form) = if kind == "Managed" {
        (
            "/subscriptions/",
            "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}",
        )
    } else {
        (
            "https://",
            "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd",
        )
    };
    let uri = source["diskURI"].text();
    if !uri.starts_with(prefix) {
        errors.not_supported(&path.field("diskURI"), uri, &[form]);
    }
}

fn local(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    require(source, path, &["path"], errors);
    no_backsteps(source["path"].text(), &path.field("path"), errors);
}

fn storage_os(source: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (name, namespace) = (source["volumeName"].text(), source["volumeNamespace"].text());
    if name.is_empty() {
        errors.required(&path.field("volumeName"), "");
    } else {
        errors.invalid_each(&path.field("volumeName"), name, names::label(name));
    }
    if !namespace.is_empty() {
        let complaints = names::label(namespace);
        errors.invalid_each(&path.field("volumeNamespace"), namespace, complaints);
    }
    if !source["secretRef"].is_null() {
        require(&source["secretRef"], &path.field("secretRef"), &["name", "namespace"], errors);
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

/// Finds what is wrong with the name of a CSI driver.
fn validate_driver_name(name: &str, path: &Path<'_>, errors: &mut Errors) {
    if name.is_empty() {
        errors.required(path, "");
    }
    if name.len() > names::LABEL_MAX {
        errors.too_long(path, names::LABEL_MAX);
    }
    errors.invalid_each(path, name, names::subdomain(&name.to_lowercase()));
}
