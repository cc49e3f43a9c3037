//! The spec as a whole.

use super::super::super::meta::validate_labels;
use super::super::super::{Errors, Path, names};
use super::{Context, affinity, containers, network, scheduling, security, volumes, windows};
use crate::value::Value;

pub(super) fn validate_spec(context: Context<'_>, path: &Path<'_>, errors: &mut Errors) {
    let spec = context.spec;
    if spec["terminationGracePeriodSeconds"].is_null() {
        errors.required(&path.field("terminationGracePeriodSeconds"), "");
    }
    let volumes = volumes::validate_volumes(context, &path.field("volumes"), errors);
    containers::validate_all(spec, &volumes, path, errors);
    network::validate_host_ports(context, &path.field("containers"), errors);
    validate_policies(spec, path, errors);
    validate_labels(&spec["nodeSelector"], &path.field("nodeSelector"), errors);
    security::validate_pod(spec, &path.field("securityContext"), errors);
    affinity::validate_affinity(&spec["affinity"], &path.field("affinity"), errors);
    network::validate_dns(spec, &path.field("dnsConfig"), errors);
    scheduling::validate_gates(spec, path, errors);
    let constraints = &spec["topologySpreadConstraints"];
    let constraints_path = path.field("topologySpreadConstraints");
    scheduling::validate_spread(constraints, &constraints_path, errors);
    windows::validate_host_processes(spec, path, errors);
    validate_host_users(spec, path, errors);
    validate_names(spec, path, errors);
    scheduling::validate_tolerations(&spec["tolerations"], &path.field("tolerations"), errors);
    network::validate_host_aliases(&spec["hostAliases"], &path.field("hostAliases"), errors);
    validate_classes(spec, path, errors);
    windows::validate_os(spec, path, errors);
}

fn validate_policies(spec: &Value, path: &Path<'_>, errors: &mut Errors) {
    for (field, known) in [
        ("restartPolicy", &["Always", "OnFailure", "Never"][..]),
        ("dnsPolicy", &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"][..]),
    ] {
        match spec[field].text() {
            "" => errors.required(&path.field(field), ""),
            policy if !known.contains(&policy) => {
                errors.not_supported(&path.field(field), policy, known);
            }
            _ => {}
        }
    }
}

fn validate_host_users(spec: &Value, path: &Path<'_>, errors: &mut Errors) {
    if spec["hostUsers"].as_bool() != Some(false) {
        return;
    }
    // The capitals are upstream's.
    for (field, shown) in
        [("hostNetwork", "hostNetwork"), ("hostPID", "HostPID"), ("hostIPC", "HostIPC")]
    {
        if spec[field].is_true() {
            errors.forbidden(&path.field(shown), "when `pod.Spec.HostUsers` is false");
        }
    }
}

fn validate_names(spec: &Value, path: &Path<'_>, errors: &mut Errors) {
    for field in ["serviceAccountName", "nodeName"] {
        let name = spec[field].text();
        if !name.is_empty() {
            errors.invalid_each(&path.field(field), name, names::subdomain(name));
        }
    }
    if let Some(deadline) = spec["activeDeadlineSeconds"].as_int() {
        let max = i64::from(i32::MAX);
        if !(1..=max).contains(&deadline) {
            let path = path.field("activeDeadlineSeconds");
            errors.invalid(&path, deadline, &names::out_of_range(1, max));
        }
    }
    for field in ["hostname", "subdomain"] {
        let name = spec[field].text();
        if !name.is_empty() {
            errors.invalid_each(&path.field(field), name, names::label(name));
        }
    }
}

fn validate_classes(spec: &Value, path: &Path<'_>, errors: &mut Errors) {
    let priority = spec["priorityClassName"].text();
    if !priority.is_empty() {
        let path = path.field("priorityClassName");
        errors.invalid_each(&path, priority, names::subdomain(priority));
    }
    if let Some(class) = spec["runtimeClassName"].as_str() {
        errors.invalid_each(&path.field("runtimeClassName"), class, names::subdomain(class));
    }
    match spec["preemptionPolicy"].as_str() {
        None | Some("PreemptLowerPriority" | "Never") => {}
        Some("") => errors.required(&path.field("preemptionPolicy"), ""),
        Some(policy) => {
            let path = path.field("preemptionPolicy");
            errors.not_supported(&path, policy, &["PreemptLowerPriority", "Never"]);
        }
    }
    if !spec["overhead"].is_null() {
        let limits = crate::value!({ "limits": (&spec["overhead"]) });
        super::resources::validate_requirements(&limits, spec, &path.field("overhead"), errors);
    }
}
