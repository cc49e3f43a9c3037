//! The rules for Pods and the templates of Pods.
//!
//! Source: `pkg/apis/core/validation/validation.go`. The files follow its
//! sections; the order of the errors is upstream's.

mod affinity;
mod annotations;
mod containers;
mod env;
mod mounts;
mod network;
mod probes;
mod resources;
mod scheduling;
mod security;
mod spec;
mod status;
mod update;
mod volume_sources;
mod volumes;
mod windows;

pub(super) use self::annotations::{APPARMOR_CONTAINER, SECCOMP_CONTAINER, SECCOMP_POD};
pub(super) use self::security::is_apparmor_profile;
pub(super) use self::status::validate_status;
pub(super) use self::update::validate_update;
pub use self::update::{validate_binding, validate_ephemeral_containers_update};
use super::super::meta::{validate_annotations, validate_labels};
use super::super::{Errors, Path};
use crate::value::Value;

/// How a spec is looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'a> {
    /// The Pod that the spec is of; none for a template.
    pub(super) pod: Option<&'a Value>,
    /// The whole spec.
    pub(super) spec: &'a Value,
}

/// Finds what is wrong with a new Pod.
pub(super) fn validate(pod: &Value, errors: &mut Errors) {
    validate_pod(pod, errors);
    let (spec, path) = (&pod["spec"], Path::ROOT.field("spec"));
    if !spec["ephemeralContainers"].is_empty() {
        errors.forbidden(&path.field("ephemeralContainers"), "cannot be set on create");
    }
    if !spec["nodeName"].is_empty() && !spec["schedulingGates"].is_empty() {
        let detail = "cannot be set until all schedulingGates have been cleared";
        errors.forbidden(&path.field("nodeName"), detail);
    }
    annotations::validate_seccomp_matches(&pod["metadata"], spec, &path, errors);
    annotations::validate_apparmor_matches(&pod["metadata"], spec, &path, errors);
}

/// Finds what is wrong with a Pod, be it new or not.
fn validate_pod(pod: &Value, errors: &mut Errors) {
    let (spec, path) = (&pod["spec"], Path::ROOT.field("spec"));
    let metadata = Path::ROOT.field("metadata");
    let annotations = pod.at(&["metadata", "annotations"]);
    annotations::validate(annotations, spec, &metadata.field("annotations"), errors);
    spec::validate_spec(Context { pod: Some(pod), spec }, &path, errors);
    if spec["serviceAccountName"].is_empty() {
        forbid_tokens(spec, &path, errors);
    }
    for list in ["containers", "initContainers"] {
        let path = path.field(list);
        for (index, container) in spec[list].items().iter().enumerate() {
            containers::validate_only_for_pod(container, &path.index(index), errors);
        }
    }
}

/// Without a ServiceAccount there is nobody to issue a token to.
fn forbid_tokens(spec: &Value, path: &Path<'_>, errors: &mut Errors) {
    let volumes = path.field("volumes");
    for (index, volume) in spec["volumes"].items().iter().enumerate() {
        let volume_path = volumes.index(index);
        let projected = volume_path.field("projected");
        let sources = projected.field("sources");
        for (index, source) in volume.at(&["projected", "sources"]).items().iter().enumerate() {
            if !source["serviceAccountToken"].is_null() {
                let path = sources.index(index);
                let detail = "must not be specified when serviceAccountName is not set";
                errors.forbidden(&path.field("serviceAccountToken"), detail);
            }
        }
    }
}

/// Finds what is wrong with a template of Pods.
pub fn validate_template(template: &Value, path: &Path<'_>, errors: &mut Errors) {
    validate_template_metadata(template, path, errors);
    let (spec, spec_path) = (&template["spec"], path.field("spec"));
    spec::validate_spec(Context { pod: None, spec }, &spec_path, errors);
    annotations::validate_seccomp_matches(&template["metadata"], spec, &spec_path, errors);
    annotations::validate_apparmor_matches(&template["metadata"], spec, &spec_path, errors);
    if !spec["ephemeralContainers"].is_empty() {
        let detail = "ephemeral containers not allowed in pod template";
        errors.forbidden(&spec_path.field("ephemeralContainers"), detail);
    }
}

/// Finds what is wrong with the labels and annotations of a template. As
/// upstream, their places lack the `metadata`.
pub fn validate_template_metadata(template: &Value, path: &Path<'_>, errors: &mut Errors) {
    let metadata = &template["metadata"];
    validate_labels(&metadata["labels"], &path.field("labels"), errors);
    let annotations_path = path.field("annotations");
    validate_annotations(&metadata["annotations"], &annotations_path, errors);
    let spec = &template["spec"];
    annotations::validate(&metadata["annotations"], spec, &annotations_path, errors);
}

/// The containers of a spec with their lists, in upstream's order of visits:
/// init containers, containers, ephemeral containers.
fn all_containers(spec: &Value) -> impl Iterator<Item = (&'static str, usize, &Value)> {
    super::CONTAINER_LISTS.iter().flat_map(|list| {
        spec[*list].items().iter().enumerate().map(|(index, container)| (*list, index, container))
    })
}
