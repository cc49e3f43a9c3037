//! What the server changes in a Pod or template before it looks at it: fields
//! of features that are off go, and elder forms meet their newer ones.
//!
//! Source: `pkg/api/pod/util.go` (`DropDisabledPodFields`) and
//! `pkg/registry/core/pod/strategy.go`.

use super::super::defaulting::{each, within};
use super::CONTAINER_LISTS;
use super::validate::{APPARMOR_CONTAINER, is_apparmor_profile};
use crate::value;
use crate::value::Value;

/// Prepares a new or changed Pod.
pub(super) fn prepare(pod: &mut Value, old: Option<&Value>) {
    drop_disabled(&mut pod["spec"], old.map(|old| &old["spec"]));
    if old.is_some() {
        return;
    }
    let class = super::qos_class(&pod["spec"]);
    pod.set("status", value!({ "phase": "Pending", "qosClass": class }));
    if !pod.at(&["spec", "schedulingGates"]).is_empty() {
        let condition = value!({
            "type": "PodScheduled",
            "status": "False",
            "lastProbeTime": null,
            "lastTransitionTime": (pod.at(&["metadata", "creationTimestamp"])),
            "reason": "SchedulingGated",
            "message": "Scheduling is blocked due to non-empty scheduling gates",
        });
        pod.at_mut(&["status", "conditions"]).push(condition);
    }
    apply_label_keys(pod);
    sync_apparmor(pod);
}

/// Prepares the template of a new or changed workload.
pub fn prepare_template(template: &mut Value, old: Option<&Value>) {
    drop_disabled(&mut template["spec"], old.map(|old| &old["spec"]));
}

/// Drops the fields that no released feature of 1.32 reads, unless the object
/// had them before.
fn drop_disabled(spec: &mut Value, old: Option<&Value>) {
    let had = |field: &str| old.is_some_and(|old| !old[field].is_null());
    for field in ["resources", "resourceClaims", "hostUsers"] {
        if !had(field) {
            spec.remove(field);
        }
    }
    if !spec["securityContext"].is_null() {
        for field in ["supplementalGroupsPolicy", "seLinuxChangePolicy"] {
            spec["securityContext"].remove(field);
        }
    }
    for list in CONTAINER_LISTS {
        if spec[list].items().iter().any(has_disabled) {
            each(spec, list, drop_from_container);
        }
    }
    drop_image_volumes(spec);
    each(spec, "volumes", drop_from_volume);
}

/// Volumes of images go, and with them what mounts them.
fn drop_image_volumes(spec: &mut Value) {
    let is_image = |volume: &&Value| !volume["image"].is_null();
    let volumes = spec["volumes"].items().iter();
    let names: Vec<Value> = volumes.filter(is_image).map(|volume| volume["name"].clone()).collect();
    if names.is_empty() {
        return;
    }
    spec["volumes"].make_list().retain(|volume| volume["image"].is_null());
    for list in CONTAINER_LISTS {
        each(spec, list, |container| {
            within(container, "volumeMounts", |mounts| {
                mounts.make_list().retain(|mount| !names.contains(&mount["name"]));
            });
        });
    }
}

fn has_disabled(container: &Value) -> bool {
    !container["resizePolicy"].is_null()
        || !container.at(&["resources", "claims"]).is_null()
        || !container.at(&["securityContext", "procMount"]).is_null()
}

fn drop_from_container(container: &mut Value) {
    container.remove("resizePolicy");
    if !container.at(&["resources", "claims"]).is_null() {
        container["resources"].remove("claims");
    }
    if !container.at(&["securityContext", "procMount"]).is_null() {
        container["securityContext"].set("procMount", "Default");
    }
}

fn drop_from_volume(volume: &mut Value) {
    let sources = volume.at(&["projected", "sources"]);
    if sources.items().iter().any(|source| !source["clusterTrustBundle"].is_null()) {
        each(&mut volume["projected"], "sources", |source| {
            source.remove("clusterTrustBundle");
        });
    }
}

/// Turns the `matchLabelKeys` of affinities into conditions on the Pod's own
/// labels.
fn apply_label_keys(pod: &mut Value) {
    let labels = pod.at(&["metadata", "labels"]).clone();
    for kind in ["podAffinity", "podAntiAffinity"] {
        if pod.at(&["spec", "affinity", kind]).is_null() {
            continue;
        }
        let affinity = pod.at_mut(&["spec", "affinity", kind]);
        each(affinity, "requiredDuringSchedulingIgnoredDuringExecution", |term| {
            select_own_labels(term, &labels);
        });
        each(affinity, "preferredDuringSchedulingIgnoredDuringExecution", |term| {
            select_own_labels(&mut term["podAffinityTerm"], &labels);
        });
    }
}

fn select_own_labels(term: &mut Value, labels: &Value) {
    if term["labelSelector"].is_null() {
        return;
    }
    for (field, operator) in [("matchLabelKeys", "In"), ("mismatchLabelKeys", "NotIn")] {
        for key in term[field].clone().items() {
            let Some(label) = labels.get(key.text()) else { continue };
            let expression = value!({ "key": key, "operator": operator, "values": [label] });
            term.at_mut(&["labelSelector", "matchExpressions"]).push(expression);
        }
    }
}

/// Lets AppArmor profiles in annotations and in fields agree.
fn sync_apparmor(pod: &mut Value) {
    if pod.at(&["spec", "os", "name"]).text() == "windows" {
        return;
    }
    let of_pod = pod.at(&["spec", "securityContext", "appArmorProfile"]).clone();
    let mut annotations = pod.at(&["metadata", "annotations"]).clone();
    for list in CONTAINER_LISTS {
        each(&mut pod["spec"], list, |container| {
            let key = format!("{APPARMOR_CONTAINER}{}", container["name"].text());
            let own = container.at(&["securityContext", "appArmorProfile"]);
            match annotations.at(&[key.as_str()]).as_str() {
                None => {
                    let profile = if own.is_null() { &of_pod } else { own };
                    if let Some(annotation) = apparmor_annotation(profile) {
                        annotations.set(&key, annotation);
                    }
                }
                Some(annotation) if own.is_null() => {
                    let profile = apparmor_profile(annotation);
                    if let Some(profile) = profile.filter(|profile| *profile != of_pod) {
                        container["securityContext"].set("appArmorProfile", profile);
                    }
                }
                Some(_) => {}
            }
        });
    }
    if !annotations.is_empty() {
        pod["metadata"].set("annotations", annotations);
    }
}

fn apparmor_annotation(profile: &Value) -> Option<String> {
    Some(match profile["type"].text() {
        "Unconfined" => "unconfined".to_owned(),
        "RuntimeDefault" => "runtime/default".to_owned(),
        "Localhost" => format!("localhost/{}", profile["localhostProfile"].as_str()?),
        _ => return None,
    })
}

/// The profile that an annotation means, if that can be one.
pub(super) fn apparmor_profile(annotation: &str) -> Option<Value> {
    let profile = match annotation {
        "unconfined" => value!({ "type": "Unconfined" }),
        "runtime/default" => value!({ "type": "RuntimeDefault" }),
        _ => {
            let local = annotation.strip_prefix("localhost/").filter(|local| !local.is_empty())?;
            value!({ "type": "Localhost", "localhostProfile": local })
        }
    };
    is_apparmor_profile(&profile).then_some(profile)
}
