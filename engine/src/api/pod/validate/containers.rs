//! Containers, init containers and ephemeral containers.

use std::collections::BTreeSet;

use super::super::super::ports::validate_protocol;
use super::super::super::{Errors, Path, names};
use super::volumes::Volumes;
use super::{env, mounts, probes, resources, security};
use crate::value::Value;

/// The fields that an ephemeral container may not have.
const NOT_EPHEMERAL: [&str; 8] = [
    "ports",
    "resources",
    "resizePolicy",
    "restartPolicy",
    "livenessProbe",
    "readinessProbe",
    "startupProbe",
    "lifecycle",
];
const NOT_FOR_EPHEMERAL: &str = "cannot be set for an Ephemeral Container";

pub(super) fn validate_all(
    spec: &Value,
    volumes: &Volumes<'_>,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    validate_regular(spec, volumes, &path.field("containers"), errors);
    validate_init(spec, volumes, &path.field("initContainers"), errors);
    validate_ephemeral(spec, volumes, &path.field("ephemeralContainers"), errors);
}

fn validate_regular(spec: &Value, volumes: &Volumes<'_>, path: &Path<'_>, errors: &mut Errors) {
    let containers = spec["containers"].items();
    if containers.is_empty() {
        return errors.required(path, "");
    }
    let mut seen = BTreeSet::new();
    for (index, container) in containers.iter().enumerate() {
        let path = path.index(index);
        validate_common(container, spec, volumes, &path, errors);
        if !seen.insert(container["name"].text()) {
            errors.duplicate(&path.field("name"), container["name"].text());
        }
        probes::validate_all(container, spec, &path, errors);
        if !container["restartPolicy"].is_null() {
            let detail = "may not be set for non-init containers";
            errors.forbidden(&path.field("restartPolicy"), detail);
        }
    }
    validate_host_ports(containers, path, errors);
}

fn validate_init(spec: &Value, volumes: &Volumes<'_>, path: &Path<'_>, errors: &mut Errors) {
    let regular = spec["containers"].items().iter();
    let mut seen: BTreeSet<&str> = regular.map(|container| container["name"].text()).collect();
    for (index, container) in spec["initContainers"].items().iter().enumerate() {
        let own = path.index(index);
        validate_common(container, spec, volumes, &own, errors);
        let policy = container["restartPolicy"].as_str();
        if policy.is_some_and(|policy| policy != "Always") {
            let policy = policy.unwrap_or_default();
            errors.not_supported(&own.field("restartPolicy"), policy, &["Always"]);
        }
        let name = container["name"].text();
        if !name.is_empty() && !seen.insert(name) {
            errors.duplicate(&own.field("name"), name);
        }
        // Init containers run one by one. The place is that of the first, as
        // upstream.
        validate_host_ports(std::slice::from_ref(container), path, errors);
        if policy == Some("Always") {
            probes::validate_all(container, spec, &own, errors);
        } else {
            for field in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] {
                if !container[field].is_null() {
                    let detail = "may not be set for init containers without restartPolicy=Always";
                    errors.forbidden(&own.field(field), detail);
                }
            }
        }
    }
}

fn validate_ephemeral(spec: &Value, volumes: &Volumes<'_>, path: &Path<'_>, errors: &mut Errors) {
    let others = ["containers", "initContainers"].iter().flat_map(|list| spec[*list].items());
    let others: BTreeSet<&str> = others.map(|container| container["name"].text()).collect();
    let mut seen = others.clone();
    for (index, container) in spec["ephemeralContainers"].items().iter().enumerate() {
        let path = path.index(index);
        validate_common(container, spec, volumes, &path, errors);
        validate_only_for_pod(container, &path, errors);
        let name = container["name"].text();
        if !seen.insert(name) {
            errors.duplicate(&path.field("name"), name);
        }
        let target = container["targetContainerName"].text();
        if !target.is_empty() && !others.contains(target) {
            errors.not_found(&path.field("targetContainerName"), target);
        }
        for field in NOT_EPHEMERAL {
            let value = &container[field];
            // Hooks and probes are there even if they say nothing.
            let is_set = !value.is_empty() || field != "resources" && value.as_map().is_some();
            if is_set {
                errors.forbidden(&path.field(field), NOT_FOR_EPHEMERAL);
            }
        }
        let mounts = path.field("volumeMounts");
        for (index, mount) in container["volumeMounts"].items().iter().enumerate() {
            for field in ["subPath", "subPathExpr"] {
                if !mount[field].is_empty() {
                    errors.forbidden(&mounts.index(index).field(field), NOT_FOR_EPHEMERAL);
                }
            }
        }
    }
}

fn validate_common(
    container: &Value,
    spec: &Value,
    volumes: &Volumes<'_>,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    let name = container["name"].text();
    if name.is_empty() {
        errors.required(&path.field("name"), "");
    } else {
        errors.invalid_each(&path.field("name"), name, names::label(name));
    }
    if container["image"].is_empty() {
        errors.required(&path.field("image"), "");
    }
    let policies = ["File", "FallbackToLogsOnError"];
    required_one_of(container, "terminationMessagePolicy", &policies, path, errors);
    validate_ports(&container["ports"], &path.field("ports"), errors);
    env::validate_env(&container["env"], &path.field("env"), errors);
    env::validate_env_from(&container["envFrom"], &path.field("envFrom"), errors);
    mounts::validate_mounts(container, volumes, &path.field("volumeMounts"), errors);
    mounts::validate_devices(container, volumes, &path.field("volumeDevices"), errors);
    let policies = ["Always", "IfNotPresent", "Never"];
    required_one_of(container, "imagePullPolicy", &policies, path, errors);
    let requirements = &container["resources"];
    resources::validate_requirements(requirements, spec, &path.field("resources"), errors);
    security::validate_container(container, spec, &path.field("securityContext"), errors);
}

fn required_one_of(
    object: &Value,
    field: &str,
    known: &[&str],
    path: &Path<'_>,
    errors: &mut Errors,
) {
    match object[field].text() {
        "" => errors.required(&path.field(field), ""),
        text if !known.contains(&text) => errors.not_supported(&path.field(field), text, known),
        _ => {}
    }
}

fn validate_ports(ports: &Value, path: &Path<'_>, errors: &mut Errors) {
    let mut seen = BTreeSet::new();
    for (index, port) in ports.items().iter().enumerate() {
        let path = path.index(index);
        let name = port["name"].text();
        if !name.is_empty() {
            let complaints = names::port_name(name);
            if complaints.is_empty() && !seen.insert(name) {
                errors.duplicate(&path.field("name"), name);
            }
            errors.invalid_each(&path.field("name"), name, complaints);
        }
        let number = port["containerPort"].int();
        if number == 0 {
            errors.required(&path.field("containerPort"), "");
        } else {
            validate_port_number(number, &path.field("containerPort"), errors);
        }
        let host = port["hostPort"].int();
        if host != 0 {
            validate_port_number(host, &path.field("hostPort"), errors);
        }
        validate_protocol(&port["protocol"], &path.field("protocol"), errors);
    }
}

fn validate_port_number(number: i64, path: &Path<'_>, errors: &mut Errors) {
    for complaint in names::port_number(number) {
        errors.invalid(path, number, &complaint);
    }
}

/// Says which ports of the node are taken twice.
fn validate_host_ports(containers: &[Value], path: &Path<'_>, errors: &mut Errors) {
    let mut seen = BTreeSet::new();
    for (index, container) in containers.iter().enumerate() {
        let path = path.index(index);
        let ports = path.field("ports");
        for (index, port) in container["ports"].items().iter().enumerate() {
            let number = port["hostPort"].int();
            let (protocol, ip) = (port["protocol"].text(), port["hostIP"].text());
            let taken = format!("{protocol}/{ip}/{number}");
            if number != 0 && !seen.insert(taken.clone()) {
                errors.duplicate(&ports.index(index).field("hostPort"), taken.as_str());
            }
        }
    }
}

/// Finds what is wrong with a container of a Pod that a template may have.
pub(super) fn validate_only_for_pod(container: &Value, path: &Path<'_>, errors: &mut Errors) {
    let image = container["image"].text();
    if image.trim().len() != image.len() {
        let detail = "must not have leading or trailing whitespace";
        errors.invalid(&path.field("image"), image, detail);
    }
}
