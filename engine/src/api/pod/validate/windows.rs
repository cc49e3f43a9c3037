//! What Pods for Windows may and may not say.

use super::super::super::{Errors, Path, names};
use super::all_containers;
use crate::value::Value;

const CREDENTIALS_KIB_MAX: usize = 64;
const DOMAIN_BYTES_MAX: usize = 256;
const USER_BYTES_MAX: usize = 104;
const NOT_FOR_WINDOWS: &str = "cannot be set for a windows pod";
const NOT_FOR_LINUX: &str = "windows options cannot be set for a linux pod";

/// Finds what is wrong with `windowsOptions`.
pub(super) fn validate_options(options: &Value, path: &Path<'_>, errors: &mut Errors) {
    if let Some(name) = options["gmsaCredentialSpecName"].as_str() {
        let path = path.field("gmsaCredentialSpecName");
        errors.invalid_each(&path, name, names::subdomain(name));
    }
    if let Some(credentials) = options["gmsaCredentialSpec"].as_str() {
        let path = path.field("gmsaCredentialSpec");
        if credentials.is_empty() {
            let detail = "gmsaCredentialSpec cannot be an empty string";
            errors.invalid(&path, credentials, detail);
        } else if credentials.len() > CREDENTIALS_KIB_MAX * 1_024 {
            let detail = format!("gmsaCredentialSpec size must be under {CREDENTIALS_KIB_MAX} KiB");
            errors.invalid(&path, credentials, &detail);
        }
    }
    if let Some(name) = options["runAsUserName"].as_str() {
        validate_user_name(name, &path.field("runAsUserName"), errors);
    }
}

fn validate_user_name(name: &str, path: &Path<'_>, errors: &mut Errors) {
    let mut complain = |detail: &str| errors.invalid(path, name, &format!("runAsUserName{detail}"));
    if name.is_empty() {
        return complain(" cannot be an empty string");
    }
    if name.bytes().any(|byte| byte.is_ascii_control()) {
        return complain(" cannot contain control characters");
    }
    let (domain, user) = match name.split('\\').collect::<Vec<_>>().as_slice() {
        [user] => (None, *user),
        [domain, user] => (Some(*domain), *user),
        _ => return complain(" cannot contain more than one backslash"),
    };
    if let Some(domain) = domain {
        if domain.len() >= DOMAIN_BYTES_MAX {
            complain(&format!("'s Domain length must be under {DOMAIN_BYTES_MAX} characters"));
        }
        if !is_net_bios(domain) && !is_dns(domain) {
            complain("'s Domain doesn't match the NetBios nor the DNS format");
        }
    }
    if user.is_empty() {
        complain("'s User cannot be empty");
    } else if user.len() > USER_BYTES_MAX {
        complain(&format!("'s User length must not be longer than {USER_BYTES_MAX} characters"));
    }
    if !user.is_empty() && user.bytes().all(|byte| matches!(byte, b'.' | b' ')) {
        complain("'s User cannot contain only periods or spaces");
    }
    if user
        .contains(['"', '/', '\\', ':', ';', '|', '=', ',', '+', '*', '?', '<', '>', '@', '[', ']'])
    {
        complain("'s User cannot contain the following characters: \"/\\:;|=,+*?<>@[]");
    }
}

fn is_net_bios(domain: &str) -> bool {
    let refused = ['\\', '/', ':', '*', '?', '"', '<', '>', '|'];
    (1..=15).contains(&domain.chars().count())
        && !domain.contains(refused)
        && !domain.starts_with('.')
}

fn is_dns(domain: &str) -> bool {
    domain.split('.').all(|label| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    })
}

/// Finds what is wrong with containers that run on a Windows host itself:
/// all of a Pod's do, or none.
pub(super) fn validate_host_processes(spec: &Value, path: &Path<'_>, errors: &mut Errors) {
    let of = |context: &Value| context.at(&["windowsOptions", "hostProcess"]).as_bool();
    let pod = of(&spec["securityContext"]);
    let (mut count, mut on_host) = (0, 0);
    for (list, index, container) in all_containers(spec) {
        count += 1;
        let own = of(&container["securityContext"]);
        if let (Some(pod), Some(own)) = (pod, own)
            && pod != own
        {
            let list = path.field(list);
            let container = list.index(index);
            let context = container.field("securityContext");
            let options = context.field("windowsOptions");
            let detail =
                format!("pod hostProcess value must be identical if both are specified, was {pod}");
            errors.invalid(&options.field("hostProcess"), own, &detail);
        }
        on_host += usize::from(own.or(pod) == Some(true));
    }
    if on_host == 0 {
        return;
    }
    if on_host != count {
        let detail = "If pod contains any hostProcess containers then all containers must be \
                      HostProcess containers";
        errors.invalid(path, "", detail);
    }
    if !spec["hostNetwork"].is_true() {
        let detail = "hostNetwork must be true if pod contains any hostProcess containers";
        errors.invalid(&path.field("hostNetwork"), false, detail);
    }
}

/// Finds what does not go with the operating system that a Pod is for.
pub(super) fn validate_os(spec: &Value, path: &Path<'_>, errors: &mut Errors) {
    if spec["os"].is_null() {
        return;
    }
    let os = path.field("os");
    match spec.at(&["os", "name"]).text() {
        "" => errors.required(&os.field("name"), "cannot be empty"),
        "linux" => {
            let fields = ["windowsOptions"];
            forbid(spec, &fields, &fields, NOT_FOR_LINUX, path, errors);
        }
        "windows" => {
            forbid(spec, &POD_FIELDS, &CONTAINER_FIELDS, NOT_FOR_WINDOWS, path, errors);
        }
        other => errors.not_supported(&os, other, &["linux", "windows"]),
    }
}

/// Where upstream's order matters, fields of the spec itself stand among those
/// of its security context.
const POD_FIELDS: [&str; 15] = [
    "appArmorProfile",
    "seLinuxOptions",
    "hostUsers",
    "hostPID",
    "hostIPC",
    "seccompProfile",
    "fsGroup",
    "fsGroupChangePolicy",
    "sysctls",
    "shareProcessNamespace",
    "runAsUser",
    "runAsGroup",
    "supplementalGroups",
    "supplementalGroupsPolicy",
    "seLinuxChangePolicy",
];
const OF_SPEC: [&str; 4] = ["hostUsers", "hostPID", "hostIPC", "shareProcessNamespace"];
const CONTAINER_FIELDS: [&str; 10] = [
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "capabilities",
    "readOnlyRootFilesystem",
    "privileged",
    "allowPrivilegeEscalation",
    "procMount",
    "runAsUser",
    "runAsGroup",
];

fn forbid(
    spec: &Value,
    pod_fields: &[&str],
    container_fields: &[&str],
    detail: &str,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    let context = path.field("securityContext");
    for field in pod_fields {
        let (holder, path) = if OF_SPEC.contains(field) {
            (spec, path)
        } else {
            (&spec["securityContext"], &context)
        };
        let is_set = match &holder[*field] {
            // What shares the host's namespaces is plain, not a pointer.
            Value::Bool(shares) if field.starts_with("hostP") || *field == "hostIPC" => *shares,
            Value::List(items) if *field == "sysctls" => !items.is_empty(),
            value => !value.is_null(),
        };
        if is_set {
            errors.forbidden(&path.field(field), detail);
        }
    }
    for (list, index, container) in all_containers(spec) {
        let list = path.field(list);
        let own = list.index(index);
        let context = own.field("securityContext");
        for field in container_fields {
            if !container.at(&["securityContext", field]).is_null() {
                errors.forbidden(&context.field(field), detail);
            }
        }
    }
}
