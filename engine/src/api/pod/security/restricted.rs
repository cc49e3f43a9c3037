//! What the restricted level asks for besides.

use super::baseline;
use super::{Violation, named, names_of, plural, quoted, setters, sorted};
use crate::value::Value;

/// Since when the level has words of its own about capabilities.
pub(super) const CAPABILITIES_SINCE: u32 = 22;
/// Since when the level wants a seccomp profile to be named.
pub(super) const SECCOMP_SINCE: u32 = 19;
/// Since when a Pod may not let its containers gain privileges.
const ESCALATION_SINCE: u32 = 8;
/// Since when no container may be root's by number.
const USER_SINCE: u32 = 23;
/// Since when Pods for Windows need not say what only Linux knows.
const WINDOWS_SINCE: u32 = 25;

/// The kinds of volumes that anybody may use.
const VOLUMES: [&str; 8] = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

/// All that the level finds, in its order.
pub(super) fn all(spec: &Value, minor: u32) -> [Option<Violation>; 6] {
    let is_windows = minor >= WINDOWS_SINCE && spec.at(&["os", "name"]).text() == "windows";
    let since = |first: u32| minor >= first && !is_windows;
    [
        since(ESCALATION_SINCE).then(|| escalation(spec)).flatten(),
        since(CAPABILITIES_SINCE).then(|| capabilities(spec)).flatten(),
        volumes(spec),
        non_root(spec),
        (minor >= USER_SINCE).then(|| root_user(spec)).flatten(),
        since(SECCOMP_SINCE).then(|| seccomp(spec)).flatten(),
    ]
}

fn escalation(spec: &Value) -> Option<Violation> {
    let names = names_of(spec, |one| {
        one.at(&["securityContext", "allowPrivilegeEscalation"]).as_bool() != Some(false)
    });
    let who = named("container", &names);
    let detail = format!("{who} must set securityContext.allowPrivilegeEscalation=false");
    (!names.is_empty()).then(|| Violation::new("allowPrivilegeEscalation != false", detail))
}

fn capabilities(spec: &Value) -> Option<Violation> {
    let names = names_of(spec, |one| {
        let dropped = one.at(&["securityContext", "capabilities", "drop"]).items();
        !dropped.iter().any(|name| name.text() == "ALL")
    });
    let mut details = Vec::new();
    if !names.is_empty() {
        let who = named("container", &names);
        details.push(format!("{who} must set securityContext.capabilities.drop=[\"ALL\"]"));
    }
    details.extend(baseline::added(spec, &["NET_BIND_SERVICE"]));
    let detail = details.join("; ");
    (!details.is_empty()).then(|| Violation::new("unrestricted capabilities", detail))
}

fn volumes(spec: &Value) -> Option<Violation> {
    let mut names = Vec::new();
    let mut types = Vec::new();
    for volume in spec["volumes"].items() {
        let source = volume.entries().map(|(key, _)| key.as_ref()).find(|key| *key != "name");
        if let Some(source) = source.filter(|source| !VOLUMES.contains(source)) {
            names.push(volume["name"].text());
            types.push(source);
        }
    }
    if names.is_empty() {
        return None;
    }
    let types = sorted(types);
    let verb = if names.len() == 1 { "uses" } else { "use" };
    let detail = format!(
        "{} {verb} restricted volume type{} {}",
        named("volume", &names),
        plural(&types),
        quoted(&types)
    );
    Some(Violation::new("restricted volume types", detail))
}

fn non_root(spec: &Value) -> Option<Violation> {
    let said = |one: &Value| one.at(&["securityContext", "runAsNonRoot"]).as_bool();
    let pod = said(spec);
    let (wrong, silent) = (
        names_of(spec, |one| said(one) == Some(false)),
        names_of(spec, |one| said(one).is_none() && pod != Some(true)),
    );
    let detail = if pod == Some(false) || !wrong.is_empty() {
        let who = setters(pod == Some(false), &wrong);
        format!("{who} must not set securityContext.runAsNonRoot=false")
    } else if silent.is_empty() {
        return None;
    } else {
        format!("pod or {} must set securityContext.runAsNonRoot=true", named("container", &silent))
    };
    Some(Violation::new("runAsNonRoot != true", detail))
}

fn root_user(spec: &Value) -> Option<Violation> {
    let is_root = |one: &Value| one.at(&["securityContext", "runAsUser"]).as_int() == Some(0);
    let (by_pod, names) = (is_root(spec), names_of(spec, is_root));
    let detail = || format!("{} must not set runAsUser=0", setters(by_pod, &names));
    (by_pod || !names.is_empty()).then(|| Violation::new("runAsUser=0", detail()))
}

fn seccomp(spec: &Value) -> Option<Violation> {
    let explicit = baseline::seccomp(spec);
    let profile = |one: &Value| one.at(&["securityContext", "seccompProfile"]).is_null();
    if explicit.is_some() || !profile(spec) {
        return explicit;
    }
    let names = names_of(spec, profile);
    let who = named("container", &names);
    let detail = format!(
        "pod or {who} must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \
         \"Localhost\""
    );
    (!names.is_empty()).then(|| Violation::new("seccompProfile", detail))
}
