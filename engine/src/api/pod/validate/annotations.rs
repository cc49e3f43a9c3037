//! Annotations that mean something: mirrors, deletion costs, and the elder
//! forms of seccomp and AppArmor profiles.

use super::super::super::volume_source::validate_local_path;
use super::super::super::{Errors, Path};
use super::{all_containers, scheduling, security};
use crate::value::{Value, parse_json};

/// The annotation of a Pod that a kubelet made from a file.
pub(super) const MIRROR: &str = "kubernetes.io/config.mirror";
const TOLERATIONS: &str = "scheduler.alpha.kubernetes.io/tolerations";
const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";
pub(in super::super) const SECCOMP_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";
pub(in super::super) const SECCOMP_CONTAINER: &str =
    "container.seccomp.security.alpha.kubernetes.io/";
pub(in super::super) const APPARMOR_CONTAINER: &str =
    "container.apparmor.security.beta.kubernetes.io/";

pub(super) fn validate(annotations: &Value, spec: &Value, path: &Path<'_>, errors: &mut Errors) {
    if let Some(mirror) = annotations[MIRROR].as_str()
        && spec["nodeName"].is_empty()
    {
        let detail = "must set spec.nodeName if mirror pod annotation is set";
        errors.invalid(&path.key(MIRROR), mirror, detail);
    }
    validate_tolerations(annotations[TOLERATIONS].text(), path, errors);
    if let Some(cost) = annotations[DELETION_COST].as_str()
        && !is_cost(cost)
    {
        errors.invalid(&path.key(DELETION_COST), cost, "must be a 32bit integer");
    }
    if let Some(profile) = annotations[SECCOMP_POD].as_str() {
        validate_seccomp(profile, &path.field(SECCOMP_POD), errors);
    }
    for (key, profile) in annotations.entries() {
        if key.starts_with(SECCOMP_CONTAINER) {
            validate_seccomp(profile.text(), &path.field(key), errors);
        }
    }
    for (key, profile) in annotations.entries() {
        if let Some(container) = key.strip_prefix(APPARMOR_CONTAINER) {
            validate_apparmor(container, profile.text(), spec, &path.key(key), errors);
        }
    }
}

/// A number without `+` and without leading zeros.
fn is_cost(cost: &str) -> bool {
    let plain = cost == "0" || !(cost.starts_with(['0', '+']) || cost == "-0");
    plain && cost.parse::<i32>().is_ok()
}

fn validate_tolerations(json: &str, path: &Path<'_>, errors: &mut Errors) {
    if json.is_empty() {
        return;
    }
    match parse_json(json.as_bytes()) {
        Ok(tolerations) => {
            scheduling::validate_tolerations(&tolerations, &path.field(TOLERATIONS), errors);
        }
        Err(error) => errors.invalid(path, TOLERATIONS, &error.message),
    }
}

fn validate_seccomp(profile: &str, path: &Path<'_>, errors: &mut Errors) {
    match profile.strip_prefix("localhost/") {
        Some(local) => validate_local_path(local, path, errors),
        None if matches!(profile, "runtime/default" | "docker/default" | "unconfined") => {}
        None => errors.invalid(path, profile, "must be a valid seccomp profile"),
    }
}

fn validate_apparmor(
    container: &str,
    profile: &str,
    spec: &Value,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    if !all_containers(spec).any(|(_, _, own)| own["name"].text() == container) {
        errors.invalid(path, container, "container not found");
    }
    let known = matches!(profile, "" | "runtime/default" | "unconfined");
    if !known && !profile.starts_with("localhost/") {
        errors.invalid(path, profile, &format!("invalid AppArmor profile name: {profile:?}"));
    }
}

/// Where annotation and field both name a seccomp profile, they must agree.
pub(super) fn validate_seccomp_matches(
    metadata: &Value,
    spec: &Value,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    let annotations = &metadata["annotations"];
    let profile = spec.at(&["securityContext", "seccompProfile"]);
    if let Some(annotation) = annotations[SECCOMP_POD].as_str() {
        let context = path.field("securityContext");
        seccomp_matches(annotation, profile, &context.field("seccompProfile"), errors);
    }
    for (list, index, container) in all_containers(spec) {
        let key = format!("{SECCOMP_CONTAINER}{}", container["name"].text());
        if let Some(annotation) = annotations[key.as_str()].as_str() {
            let (list, profile) =
                (path.field(list), container.at(&["securityContext", "seccompProfile"]));
            let container = list.index(index);
            let context = container.field("securityContext");
            seccomp_matches(annotation, profile, &context.field("seccompProfile"), errors);
        }
    }
}

fn seccomp_matches(annotation: &str, profile: &Value, path: &Path<'_>, errors: &mut Errors) {
    let same = match profile["type"].text() {
        "Unconfined" => annotation == "unconfined",
        "RuntimeDefault" => matches!(annotation, "runtime/default" | "docker/default"),
        "Localhost" => {
            if let Some(local) = annotation.strip_prefix("localhost/")
                && profile["localhostProfile"].as_str() != Some(local)
            {
                let detail = "seccomp profile in annotation and field must match";
                return errors.forbidden(&path.field("localhostProfile"), detail);
            }
            annotation.starts_with("localhost/")
        }
        _ => true,
    };
    if !same {
        errors.forbidden(&path.field("type"), "seccomp type in annotation and field must match");
    }
}

/// Where annotation and field both name an AppArmor profile, they must agree.
pub(super) fn validate_apparmor_matches(
    metadata: &Value,
    spec: &Value,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    if spec.at(&["os", "name"]).text() == "windows" {
        return;
    }
    for (list, index, container) in all_containers(spec) {
        let key = format!("{APPARMOR_CONTAINER}{}", container["name"].text());
        let Some(annotation) = metadata.at(&["annotations", key.as_str()]).as_str() else {
            continue;
        };
        let profile = security::apparmor_profile(spec, container);
        let list = path.field(list);
        let container = list.index(index);
        let context = container.field("securityContext");
        apparmor_matches(annotation, profile, &context.field("appArmorProfile"), errors);
    }
}

fn apparmor_matches(annotation: &str, profile: &Value, path: &Path<'_>, errors: &mut Errors) {
    let same = match profile["type"].text() {
        "Unconfined" => annotation == "unconfined",
        "RuntimeDefault" => annotation == "runtime/default",
        "Localhost" => {
            if let Some(local) = annotation.strip_prefix("localhost/")
                && profile["localhostProfile"].as_str() != Some(local)
            {
                let detail = "apparmor profile in annotation and field must match";
                return errors.forbidden(&path.field("localhostProfile"), detail);
            }
            annotation.starts_with("localhost/")
        }
        _ => true,
    };
    if !same {
        errors.forbidden(&path.field("type"), "apparmor type in annotation and field must match");
    }
}

/// Says which annotations of a Pod may not come, change or go.
pub(super) fn validate_change(new: &Value, old: &Value, errors: &mut Errors) {
    let metadata = Path::ROOT.field("metadata");
    let path = metadata.field("annotations");
    let annotations = |pod: &Value| pod.at(&["metadata", "annotations"]).clone();
    let (new_all, old_all) = (annotations(new), annotations(old));
    for (key, value) in old_all.entries() {
        if new_all.get(key) != Some(value) {
            forbid(key, "remove or update", &path, errors);
        }
    }
    for (key, _) in new_all.entries().filter(|(key, _)| old_all.get(key).is_none()) {
        forbid(key, "add", &path, errors);
    }
    validate(&new_all, &new["spec"], &path, errors);
}

fn forbid(key: &str, verb: &str, path: &Path<'_>, errors: &mut Errors) {
    if key.starts_with(APPARMOR_CONTAINER) {
        errors.forbidden(&path.key(key), &format!("may not {verb} AppArmor annotations"));
    }
    if key == MIRROR {
        errors.forbidden(&path.key(key), &format!("may not {verb} mirror pod annotation"));
    }
}
