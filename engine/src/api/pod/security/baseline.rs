//! What takes over a node, and is not allowed even at the baseline level.

use super::{Violation, containers, named, names_of, plural, quoted, setters, sorted};
use crate::value::Value;

/// What runtimes give containers anyway.
const CAPABILITIES: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];
/// The settings of the kernel that are harmless, and since when.
const SYSCTLS: [(&str, u32); 10] = [
    ("kernel.shm_rmid_forced", 0),
    ("net.ipv4.ip_local_port_range", 0),
    ("net.ipv4.tcp_syncookies", 0),
    ("net.ipv4.ping_group_range", 0),
    ("net.ipv4.ip_unprivileged_port_start", 0),
    ("net.ipv4.ip_local_reserved_ports", 27),
    ("net.ipv4.tcp_keepalive_time", 29),
    ("net.ipv4.tcp_fin_timeout", 29),
    ("net.ipv4.tcp_keepalive_intvl", 29),
    ("net.ipv4.tcp_keepalive_probes", 29),
];
const SE_LINUX_TYPES: [&str; 5] =
    ["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];

pub(super) fn app_armor(spec: &Value) -> Option<Violation> {
    let (who, types) = bad_profiles(spec, "appArmorProfile")?;
    let reason = match types.len() {
        1 => "forbidden AppArmor profile",
        _ => "forbidden AppArmor profiles",
    };
    let detail = format!("{who} must not set AppArmor profile type to {}", quoted(&types));
    Some(Violation::new(reason, detail))
}

pub(super) fn seccomp(spec: &Value) -> Option<Violation> {
    let (who, types) = bad_profiles(spec, "seccompProfile")?;
    let detail =
        format!("{who} must not set securityContext.seccompProfile.type to {}", quoted(&types));
    Some(Violation::new("seccompProfile", detail))
}

/// Who sets a profile that confines nothing, and which types are set.
fn bad_profiles<'a>(spec: &'a Value, field: &str) -> Option<(String, Vec<&'a str>)> {
    let bad = |profile: &'a Value| {
        let kind = profile["type"].text();
        (!profile.is_null() && !matches!(kind, "RuntimeDefault" | "Localhost")).then_some(kind)
    };
    let pod = bad(spec.at(&["securityContext", field]));
    let names = names_of(spec, |container| {
        let kind = container.at(&["securityContext", field, "type"]).text();
        !container.at(&["securityContext", field]).is_null()
            && !matches!(kind, "RuntimeDefault" | "Localhost")
    });
    let own = containers(spec).filter_map(|one| bad(one.at(&["securityContext", field])));
    let types = sorted(own.chain(pod));
    (!types.is_empty()).then(|| (setters(pod.is_some(), &names), types))
}

pub(super) fn capabilities(spec: &Value) -> Option<Violation> {
    added(spec, &CAPABILITIES).map(|detail| Violation::new("non-default capabilities", detail))
}

/// Which containers add capabilities that are not `allowed`.
pub(super) fn added(spec: &Value, allowed: &[&str]) -> Option<String> {
    let bad = |container: &Value| -> Vec<String> {
        let list = container.at(&["securityContext", "capabilities", "add"]);
        let names = list.items().iter().map(Value::text);
        names.filter(|name| !allowed.contains(name)).map(str::to_owned).collect()
    };
    let names = names_of(spec, |container| !bad(container).is_empty());
    if names.is_empty() {
        return None;
    }
    let all: Vec<String> = containers(spec).flat_map(bad).collect();
    let all = sorted(all.iter().map(String::as_str));
    Some(format!(
        "{} must not include {} in securityContext.capabilities.add",
        named("container", &names),
        quoted(&all)
    ))
}

pub(super) fn host_namespaces(spec: &Value) -> Option<Violation> {
    let fields = ["hostNetwork", "hostPID", "hostIPC"];
    let set: Vec<String> = fields
        .into_iter()
        .filter(|field| spec[*field].is_true())
        .map(|field| format!("{field}=true"))
        .collect();
    (!set.is_empty()).then(|| Violation::new("host namespaces", set.join(", ")))
}

pub(super) fn host_paths(spec: &Value) -> Option<Violation> {
    let volumes = spec["volumes"].items().iter();
    let names: Vec<&str> = volumes
        .filter(|volume| !volume["hostPath"].is_null())
        .map(|volume| volume["name"].text())
        .collect();
    (!names.is_empty()).then(|| Violation::new("hostPath volumes", named("volume", &names)))
}

pub(super) fn host_ports(spec: &Value) -> Option<Violation> {
    let ports = |container: &Value| -> Vec<String> {
        let ports = container["ports"].items().iter().map(|port| port["hostPort"].int());
        ports.filter(|port| *port != 0).map(|port| port.to_string()).collect()
    };
    let names = names_of(spec, |container| !ports(container).is_empty());
    if names.is_empty() {
        return None;
    }
    let all: Vec<String> = containers(spec).flat_map(ports).collect();
    let all = sorted(all.iter().map(String::as_str));
    let verb = if names.len() == 1 { "uses" } else { "use" };
    let who = named("container", &names);
    let detail = format!("{who} {verb} hostPort{} {}", plural(&all), all.join(", "));
    Some(Violation::new("hostPort", detail))
}

pub(super) fn privileged(spec: &Value) -> Option<Violation> {
    let names = names_of(spec, |one| one.at(&["securityContext", "privileged"]).is_true());
    let detail =
        || format!("{} must not set securityContext.privileged=true", named("container", &names));
    (!names.is_empty()).then(|| Violation::new("privileged", detail()))
}

pub(super) fn proc_mount(spec: &Value) -> Option<Violation> {
    let bad = |container: &Value| {
        !matches!(container.at(&["securityContext", "procMount"]).text(), "" | "Default")
    };
    let names = names_of(spec, bad);
    if names.is_empty() {
        return None;
    }
    let values = containers(spec).filter(|one| bad(one));
    let values = sorted(values.map(|one| one.at(&["securityContext", "procMount"]).text()));
    let detail = format!(
        "{} must not set securityContext.procMount to {}",
        named("container", &names),
        quoted(&values)
    );
    Some(Violation::new("procMount", detail))
}

pub(super) fn se_linux(spec: &Value) -> Option<Violation> {
    let bad = |options: &Value| {
        !SE_LINUX_TYPES.contains(&options["type"].text())
            || !options["user"].is_empty()
            || !options["role"].is_empty()
    };
    let own = |one: &'_ Value| one.at(&["securityContext", "seLinuxOptions"]).clone();
    let by_pod = bad(&own(spec));
    let names = names_of(spec, |container| bad(&own(container)));
    if !by_pod && names.is_empty() {
        return None;
    }
    let all: Vec<Value> = containers(spec).map(own).chain([own(spec)]).collect();
    let types = all.iter().map(|options| options["type"].text());
    let types = sorted(types.filter(|name| !SE_LINUX_TYPES.contains(name)));
    let mut data = Vec::new();
    if !types.is_empty() {
        data.push(named("type", &types));
    }
    for part in ["user", "role"] {
        if all.iter().any(|options| !options[part].is_empty()) {
            data.push(format!("{part} may not be set"));
        }
    }
    let detail = format!(
        "{} set forbidden securityContext.seLinuxOptions: {}",
        setters(by_pod, &names),
        data.join("; ")
    );
    Some(Violation::new("seLinuxOptions", detail))
}

pub(super) fn sysctls(spec: &Value, minor: u32) -> Option<Violation> {
    let list = spec.at(&["securityContext", "sysctls"]).items().iter();
    let is_allowed =
        |name: &str| SYSCTLS.iter().any(|(own, since)| *own == name && minor >= *since);
    let bad: Vec<&str> =
        list.map(|one| one["name"].text()).filter(|name| !is_allowed(name)).collect();
    (!bad.is_empty()).then(|| Violation::new("forbidden sysctls", bad.join(", ")))
}

pub(super) fn host_process(spec: &Value) -> Option<Violation> {
    let is_set =
        |one: &Value| one.at(&["securityContext", "windowsOptions", "hostProcess"]).is_true();
    let (by_pod, names) = (is_set(spec), names_of(spec, is_set));
    if !by_pod && names.is_empty() {
        return None;
    }
    let who = setters(by_pod, &names);
    let detail = format!("{who} must not set securityContext.windowsOptions.hostProcess=true");
    Some(Violation::new("hostProcess", detail))
}
