//! What a Pod, or the template of one, leaves open.
//!
//! Source: `pkg/apis/core/v1/defaults.go` and `zz_generated.defaults.go`.

use super::super::defaulting::{each, nonzero, text, within};
use super::super::{persistent_volume_claim, volume_source};
use crate::value::Value;

/// The three lists of containers in a Pod spec.
pub const CONTAINER_LISTS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

/// Completes a Pod.
pub(super) fn default_pod(pod: &mut Value) {
    let spec = &mut pod["spec"];
    default_spec(spec);
    for list in ["containers", "initContainers"] {
        each(spec, list, default_requests);
    }
    spec.set_default("enableServiceLinks", true);
    if spec["hostNetwork"].is_true() {
        for list in ["containers", "initContainers"] {
            each(spec, list, default_host_ports);
        }
    }
}

/// Completes a template. Unlike a Pod, it gets no requests, host ports or
/// service links.
pub fn default_template(template: &mut Value) {
    default_spec(&mut template["spec"]);
}

/// A limit that has no request is the request, too.
fn default_requests(container: &mut Value) {
    let limits = container.at(&["resources", "limits"]).clone();
    for (name, limit) in limits.entries() {
        if container.at(&["resources", "requests", name]).is_null() {
            container.at_mut(&["resources", "requests"]).set(name, limit);
        }
    }
}

fn default_host_ports(container: &mut Value) {
    each(container, "ports", |port| {
        let number = port["containerPort"].clone();
        if port["hostPort"].int() == 0 {
            port.set("hostPort", number);
        }
    });
}

fn default_spec(spec: &mut Value) {
    default_service_account(spec);
    text(spec, "dnsPolicy", "ClusterFirst");
    text(spec, "restartPolicy", "Always");
    text(spec, "schedulerName", "default-scheduler");
    spec.set_default("terminationGracePeriodSeconds", 30);
    spec.set_default("securityContext", Value::map());
    for list in CONTAINER_LISTS {
        each(spec, list, default_container);
    }
    each(spec, "volumes", default_volume);
}

/// `serviceAccount` is the old name of `serviceAccountName`: both are kept.
fn default_service_account(spec: &mut Value) {
    let name = match spec["serviceAccountName"].text() {
        "" => spec["serviceAccount"].clone(),
        _ => spec["serviceAccountName"].clone(),
    };
    for field in ["serviceAccountName", "serviceAccount"] {
        if name.is_empty() {
            spec.remove(field);
        } else {
            spec.set(field, &name);
        }
    }
}

fn default_container(container: &mut Value) {
    if container["imagePullPolicy"].is_empty() {
        let policy = default_pull_policy(container["image"].text());
        container.set("imagePullPolicy", policy);
    }
    text(container, "terminationMessagePath", "/dev/termination-log");
    text(container, "terminationMessagePolicy", "File");
    each(container, "ports", |port| text(port, "protocol", "TCP"));
    each(container, "env", |variable| {
        within(variable, "valueFrom", |source| within(source, "fieldRef", default_field_ref));
    });
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        within(container, probe, default_probe);
    }
    for hook in ["postStart", "preStop"] {
        within(container, "lifecycle", |lifecycle| within(lifecycle, hook, default_handler));
    }
}

fn default_field_ref(field: &mut Value) {
    text(field, "apiVersion", "v1");
}

fn default_probe(probe: &mut Value) {
    nonzero(probe, "timeoutSeconds", 1);
    nonzero(probe, "periodSeconds", 10);
    nonzero(probe, "successThreshold", 1);
    nonzero(probe, "failureThreshold", 3);
    default_handler(probe);
    within(probe, "grpc", |grpc| grpc.set_default("service", ""));
}

fn default_handler(handler: &mut Value) {
    within(handler, "httpGet", |http| {
        text(http, "path", "/");
        text(http, "scheme", "HTTP");
    });
}

/// `Always` for the tag `latest`, which is the tag of an image without one.
fn default_pull_policy(image: &str) -> &'static str {
    if image_tag(image) == Some("latest") { "Always" } else { "IfNotPresent" }
}

/// The tag of an image's reference, `latest` when it has neither tag nor
/// digest; none when the reference is no reference at all.
fn image_tag(image: &str) -> Option<&str> {
    let (name, digest) = match image.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (image, None),
    };
    let last = name.rsplit('/').next().unwrap_or(name);
    let (path, tag) = match last.split_once(':') {
        Some((_, tag)) => (name.get(..name.len() - tag.len() - 1)?, Some(tag)),
        None => (name, None),
    };
    let known =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-/:".contains(&byte);
    // A registry's name may have capitals, the rest may not.
    let repository = path.split_once('/').map_or(path, |(_, repository)| repository);
    if repository.is_empty() || !repository.bytes().all(known) {
        return None;
    }
    match (tag, digest) {
        (Some(tag), _) => Some(tag),
        (None, None) => Some("latest"),
        (None, Some(_)) => None,
    }
}

fn default_volume(volume: &mut Value) {
    // Only the name, hence no source: an empty directory.
    if volume.entries().all(|(field, value)| &**field == "name" || value.is_null()) {
        volume.set("emptyDir", Value::map());
    }
    for source in ["secret", "configMap", "downwardAPI", "projected"] {
        within(volume, source, |source| source.set_default("defaultMode", 0o644));
    }
    within(volume, "downwardAPI", default_downward_items);
    within(volume, "projected", |projected| each(projected, "sources", default_projection));
    within(volume, "ephemeral", |source| within(source, "volumeClaimTemplate", default_claim));
    volume_source::default_sources(volume);
}

fn default_downward_items(source: &mut Value) {
    each(source, "items", |item| within(item, "fieldRef", default_field_ref));
}

fn default_projection(source: &mut Value) {
    within(source, "serviceAccountToken", |token| token.set_default("expirationSeconds", 3600));
    within(source, "downwardAPI", default_downward_items);
}

fn default_claim(template: &mut Value) {
    persistent_volume_claim::default_spec(&mut template["spec"]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value;

    #[test]
    fn the_tag_decides_how_images_are_pulled() {
        for (image, policy) in [
            ("nginx", "Always"),
            ("nginx:latest", "Always"),
            ("nginx:1.27", "IfNotPresent"),
            ("localhost:5000/nginx", "Always"),
            ("Localhost:5000/a/b:1", "IfNotPresent"),
            ("nginx@sha256:0123", "IfNotPresent"),
            ("nginx:latest@sha256:0123", "Always"),
            ("Nginx", "IfNotPresent"),
        ] {
            assert_eq!(default_pull_policy(image), policy, "{image}");
        }
    }

    #[test]
    fn a_pod_is_completed() {
        let mut pod = value!({
            "spec": {
                "containers": [{
                    "name": "web",
                    "image": "nginx",
                    "ports": [{ "containerPort": 80 }],
                    "resources": { "limits": { "cpu": "1" } },
                    "readinessProbe": { "httpGet": { "port": 80 } },
                }],
                "volumes": [{ "name": "tmp" }],
            },
        });
        default_pod(&mut pod);
        let expected = value!({
            "spec": {
                "containers": [{
                    "name": "web",
                    "image": "nginx",
                    "imagePullPolicy": "Always",
                    "ports": [{ "containerPort": 80, "protocol": "TCP" }],
                    "resources": { "limits": { "cpu": "1" }, "requests": { "cpu": "1" } },
                    "readinessProbe": {
                        "httpGet": { "path": "/", "port": 80, "scheme": "HTTP" },
                        "timeoutSeconds": 1,
                        "periodSeconds": 10,
                        "successThreshold": 1,
                        "failureThreshold": 3,
                    },
                    "terminationMessagePath": "/dev/termination-log",
                    "terminationMessagePolicy": "File",
                }],
                "dnsPolicy": "ClusterFirst",
                "enableServiceLinks": true,
                "restartPolicy": "Always",
                "schedulerName": "default-scheduler",
                "securityContext": {},
                "terminationGracePeriodSeconds": 30,
                "volumes": [{ "name": "tmp", "emptyDir": {} }],
            },
        });
        assert_eq!(pod.to_json(), expected.to_json());
    }
}
