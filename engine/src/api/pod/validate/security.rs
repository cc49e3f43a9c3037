//! Security contexts of Pods and containers.

use super::super::super::volume_source::validate_local_path;
use super::super::super::{Errors, Path, Verbatim, gotext, names};
use super::windows;
use crate::value::Value;

const LOCALHOST_PROFILE_BYTES_MAX: usize = 4_095;
const PROFILES: [&str; 3] = ["Localhost", "RuntimeDefault", "Unconfined"];
const SYSCTL_BYTES_MAX: usize = 253;
const SYSCTL_REGEX: &str =
    r"^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";

fn validate_id(context: &Value, field: &str, path: &Path<'_>, errors: &mut Errors) {
    if let Some(id) = context[field].as_int() {
        validate_id_number(id, &path.field(field), errors);
    }
}

fn validate_id_number(id: i64, path: &Path<'_>, errors: &mut Errors) {
    let max = i64::from(i32::MAX);
    if !(0..=max).contains(&id) {
        errors.invalid(path, id, &names::out_of_range(0, max));
    }
}

/// Finds what is wrong with the security context of a Pod.
pub(super) fn validate_pod(spec: &Value, path: &Path<'_>, errors: &mut Errors) {
    let context = &spec["securityContext"];
    for field in ["fsGroup", "runAsUser", "runAsGroup"] {
        validate_id(context, field, path, errors);
    }
    let groups = path.field("supplementalGroups");
    for (index, group) in context["supplementalGroups"].items().iter().enumerate() {
        validate_id_number(group.int(), &groups.index(index), errors);
    }
    if spec["shareProcessNamespace"].is_true() && spec["hostPID"].is_true() {
        let detail = "ShareProcessNamespace and HostPID cannot both be enabled";
        errors.invalid(&path.field("shareProcessNamespace"), true, detail);
    }
    validate_sysctls(spec, &path.field("sysctls"), errors);
    one_of(context, "fsGroupChangePolicy", &["Always", "OnRootMismatch"], path, errors);
    validate_seccomp(&context["seccompProfile"], &path.field("seccompProfile"), errors);
    windows::validate_options(&context["windowsOptions"], &path.field("windowsOptions"), errors);
    validate_apparmor(&context["appArmorProfile"], &path.field("appArmorProfile"), errors);
    one_of(context, "supplementalGroupsPolicy", &["Merge", "Strict"], path, errors);
    one_of(context, "seLinuxChangePolicy", &["MountOption", "Recursive"], path, errors);
}

fn one_of(object: &Value, field: &str, known: &[&str], path: &Path<'_>, errors: &mut Errors) {
    if let Some(text) = object[field].as_str()
        && !known.contains(&text)
    {
        errors.not_supported(&path.field(field), text, known);
    }
}

fn validate_sysctls(spec: &Value, path: &Path<'_>, errors: &mut Errors) {
    let sysctls = spec.at(&["securityContext", "sysctls"]).items();
    for (index, sysctl) in sysctls.iter().enumerate() {
        let path = path.index(index);
        let (path, name) = (path.field("name"), sysctl["name"].text());
        let before = sysctls.get(..index).unwrap_or_default();
        if name.is_empty() {
            errors.required(&path, "");
        } else if !is_sysctl(name) {
            let detail = format!(
                "must have at most {SYSCTL_BYTES_MAX} characters and match regex {SYSCTL_REGEX}"
            );
            errors.invalid(&path, name, &detail);
        } else if before.iter().any(|other| other["name"].text() == name) {
            errors.duplicate(&path, name);
        }
        let dotted = name.replace('/', ".");
        let of_ipc = dotted.starts_with("kernel.shm")
            || dotted.starts_with("kernel.msg")
            || dotted == "kernel.sem"
            || dotted.starts_with("fs.mqueue.");
        if spec["hostNetwork"].is_true() && dotted.starts_with("net.") {
            errors.invalid(&path, name, "may not be specified when 'hostNetwork' is true");
        } else if spec["hostIPC"].is_true() && of_ipc {
            errors.invalid(&path, name, "may not be specified when 'hostIPC' is true");
        }
    }
}

fn is_sysctl(name: &str) -> bool {
    let is_segment = |segment: &str| {
        let known = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_')
        };
        !segment.is_empty()
            && segment.bytes().all(known)
            && !segment.starts_with(['-', '_'])
            && !segment.ends_with(['-', '_'])
    };
    name.len() <= SYSCTL_BYTES_MAX && name.split(['.', '/']).all(is_segment)
}

fn validate_seccomp(profile: &Value, path: &Path<'_>, errors: &mut Errors) {
    if profile.is_null() {
        return;
    }
    let kind = profile["type"].text();
    match kind {
        "" => errors.required(&path.field("type"), "type is required when seccompProfile is set"),
        _ if !PROFILES.contains(&kind) => {
            errors.not_supported(&path.field("type"), kind, &PROFILES);
        }
        _ => {}
    }
    let path = path.field("localhostProfile");
    match (kind, profile["localhostProfile"].as_str()) {
        ("Localhost", None) => {
            errors.required(&path, "must be set when seccomp type is Localhost");
        }
        ("Localhost", Some(local)) => validate_local_path(local, &path, errors),
        (_, None) => {}
        (_, Some(_)) => {
            let shown = format!(
                "core.SeccompProfile{{Type:{kind:?}, LocalhostProfile:{}}}",
                gotext::pointer("string", &profile["localhostProfile"])
            );
            let detail = "can only be set when seccomp type is Localhost";
            errors.invalid(&path, Verbatim(&shown), detail);
        }
    }
}

fn validate_apparmor(profile: &Value, path: &Path<'_>, errors: &mut Errors) {
    if profile.is_null() {
        return;
    }
    let (local, local_path) =
        (profile["localhostProfile"].as_str(), path.field("localhostProfile"));
    match profile["type"].text() {
        "Localhost" => {
            let needed = "must be set when AppArmor type is Localhost";
            let Some(local) = local else { return errors.required(&local_path, needed) };
            if local.trim() != local {
                errors.invalid(&local_path, local, "must not be padded with whitespace");
            } else if local.is_empty() {
                errors.required(&local_path, needed);
            }
            if local.len() > LOCALHOST_PROFILE_BYTES_MAX {
                errors.too_long(&local_path, LOCALHOST_PROFILE_BYTES_MAX);
            }
        }
        "RuntimeDefault" | "Unconfined" => {
            if let Some(local) = local {
                let detail = "can only be set when AppArmor type is Localhost";
                errors.invalid(&local_path, local, detail);
            }
        }
        "" => {
            let detail = "type is required when appArmorProfile is set";
            errors.required(&path.field("type"), detail);
        }
        kind => errors.not_supported(&path.field("type"), kind, &PROFILES),
    }
}

/// Whether `profile` keeps the rules for AppArmor profiles.
pub(in super::super) fn is_apparmor_profile(profile: &Value) -> bool {
    let mut errors = Errors::default();
    validate_apparmor(profile, &Path::ROOT, &mut errors);
    errors.is_empty()
}

/// The AppArmor profile in force for a container: its own, or the Pod's.
pub(super) fn apparmor_profile<'a>(spec: &'a Value, container: &'a Value) -> &'a Value {
    match container.at(&["securityContext", "appArmorProfile"]) {
        Value::Null => spec.at(&["securityContext", "appArmorProfile"]),
        own => own,
    }
}

/// Finds what is wrong with the security context of a container.
pub(super) fn validate_container(
    container: &Value,
    spec: &Value,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    let context = &container["securityContext"];
    for field in ["runAsUser", "runAsGroup"] {
        validate_id(context, field, path, errors);
    }
    one_of(context, "procMount", &["Default", "Unmasked"], path, errors);
    let uses_host_users = spec["hostUsers"].as_bool() != Some(false);
    if uses_host_users && context["procMount"].text() == "Unmasked" {
        let detail = "`hostUsers` must be false to use `Unmasked`";
        errors.invalid(&path.field("procMount"), "Unmasked", detail);
    }
    validate_seccomp(&context["seccompProfile"], &path.field("seccompProfile"), errors);
    if context["allowPrivilegeEscalation"].as_bool() == Some(false) {
        validate_escalation(context, path, errors);
    }
    windows::validate_options(&context["windowsOptions"], &path.field("windowsOptions"), errors);
    validate_apparmor(&context["appArmorProfile"], &path.field("appArmorProfile"), errors);
}

fn validate_escalation(context: &Value, path: &Path<'_>, errors: &mut Errors) {
    let shown = gotext::structure("core/v1.SecurityContext", context);
    if context["privileged"].is_true() {
        let detail = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
        errors.invalid(path, Verbatim(&shown), detail);
    }
    for capability in context.at(&["capabilities", "add"]).items() {
        if capability.text() == "CAP_SYS_ADMIN" {
            let detail = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` \
                          CAP_SYS_ADMIN";
            errors.invalid(path, Verbatim(&shown), detail);
        }
    }
}
