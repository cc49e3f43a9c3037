//! What of a Pod may change.

use super::super::super::defaulting::each;
use super::super::super::{Errors, Path, Verbatim, gotext, names};
use super::{annotations, scheduling, validate_pod};
use crate::value::Value;

const UPDATABLE: &str = "`spec.containers[*].image`,`spec.initContainers[*].image`,\
                         `spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to \
                         existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to \
                         be set to 1 if it was previously negative)";

/// Finds what is wrong with a change of a Pod.
pub(in super::super) fn validate_update(new: &Value, old: &Value, errors: &mut Errors) {
    validate_pod(new, errors);
    annotations::validate_change(new, old, errors);
    let (spec, old_spec, path) = (&new["spec"], &old["spec"], Path::ROOT.field("spec"));
    for list in ["containers", "initContainers"] {
        if !validate_images(&spec[list], &old_spec[list], &path.field(list), errors) {
            return;
        }
    }
    if !validate_deadline(spec, old_spec, &path.field("activeDeadlineSeconds"), errors) {
        return;
    }
    let (tolerations, old_tolerations) = (&spec["tolerations"], &old_spec["tolerations"]);
    let tolerations_path = path.field("tolerations");
    scheduling::validate_tolerations_change(
        tolerations,
        old_tolerations,
        &tolerations_path,
        errors,
    );
    let (gates, old_gates) = (&spec["schedulingGates"], &old_spec["schedulingGates"]);
    scheduling::validate_gates_change(gates, old_gates, &path.field("schedulingGates"), errors);
    if spec == old_spec {
        return;
    }
    let mut munged = munged_spec(spec, old_spec);
    if !old_gates.is_empty() {
        validate_gated(&mut munged, old_spec, &path, errors);
    }
    if munged != *old_spec {
        let diff = gotext::diff("core/v1.PodSpec", old_spec, &munged);
        let detail = format!("pod updates may not change fields other than {UPDATABLE}\n{diff}");
        errors.forbidden(&path, &detail);
    }
}

/// Whether both lists have the same containers, so that one can go on.
fn validate_images(new: &Value, old: &Value, path: &Path<'_>, errors: &mut Errors) -> bool {
    if new.items().len() != old.items().len() {
        errors.forbidden(path, "pod updates may not add or remove containers");
        return false;
    }
    for (index, container) in new.items().iter().enumerate() {
        let (image, path) = (container["image"].text(), path.index(index));
        if image.is_empty() {
            errors.required(&path.field("image"), "");
        }
        if image.trim().len() != image.len() {
            let detail = "must not have leading or trailing whitespace";
            errors.invalid(&path.field("image"), image, detail);
        }
    }
    true
}

fn validate_deadline(new: &Value, old: &Value, path: &Path<'_>, errors: &mut Errors) -> bool {
    let deadline = |spec: &Value| spec["activeDeadlineSeconds"].as_int();
    let max = i64::from(i32::MAX);
    match (deadline(new), deadline(old)) {
        (Some(new), _) if !(0..=max).contains(&new) => {
            errors.invalid(path, new, &names::out_of_range(0, max));
            false
        }
        (Some(new), Some(old)) if old < new => {
            errors.invalid(path, new, "must be less than or equal to previous value");
            false
        }
        (None, Some(_)) => {
            let detail = "must not update from a positive integer to nil value";
            errors.invalid(path, Verbatim("null"), detail);
            true
        }
        _ => true,
    }
}

/// The new spec, with what may change set back to what it was.
fn munged_spec(spec: &Value, old: &Value) -> Value {
    let mut munged = spec.clone();
    for list in ["containers", "initContainers"] {
        let mut images = old[list].items().iter().map(|container| container["image"].clone());
        each(&mut munged, list, |container| {
            container.set("image", images.next().unwrap_or_default());
        });
    }
    for field in ["activeDeadlineSeconds", "schedulingGates", "tolerations"] {
        restore(&mut munged, old, field);
    }
    let grace = "terminationGracePeriodSeconds";
    if old[grace].int() < 0 && munged.at(&[grace]).as_int() == Some(1) {
        restore(&mut munged, old, grace);
    }
    munged
}

fn restore(spec: &mut Value, old: &Value, field: &str) {
    if spec[field] == old[field] {
        return;
    }
    match old.get(field) {
        Some(value) => spec.set(field, value),
        None => {
            spec.remove(field);
        }
    }
}

/// A gated Pod may still be sent to fewer nodes.
fn validate_gated(munged: &mut Value, old: &Value, path: &Path<'_>, errors: &mut Errors) {
    let selector = &munged["nodeSelector"];
    if old["nodeSelector"].entries().any(|(key, value)| selector.get(key) != Some(value)) {
        let shown = gotext::text_map(selector);
        let detail = "only additions to spec.nodeSelector are allowed (no mutations or deletions)";
        errors.invalid(&path.field("nodeSelector"), Verbatim(&shown), detail);
    }
    restore(munged, old, "nodeSelector");
    let affinity = path.field("affinity");
    let node = affinity.field("nodeAffinity");
    validate_terms_change(&munged["affinity"], &old["affinity"], &node, errors);
    let restored = old.at(&["affinity", "nodeAffinity"]).clone();
    if *munged.at(&["affinity", "nodeAffinity"]) == restored {
        return;
    }
    if restored.is_null() {
        munged["affinity"].remove("nodeAffinity");
    } else {
        munged["affinity"].set("nodeAffinity", restored);
    }
    if munged["affinity"].is_empty() && old["affinity"].is_null() {
        munged.remove("affinity");
    }
}

/// Terms of a required node affinity may gain conditions, not lose them.
fn validate_terms_change(new: &Value, old: &Value, path: &Path<'_>, errors: &mut Errors) {
    let required = "requiredDuringSchedulingIgnoredDuringExecution";
    let terms =
        |affinity: &Value| affinity.at(&["nodeAffinity", required, "nodeSelectorTerms"]).clone();
    let (new, old) = (terms(new), terms(old));
    if old.is_empty() {
        return;
    }
    let path = path.field(required);
    let path = path.field("nodeSelectorTerms");
    if old.items().len() != new.items().len() {
        let shown = gotext::typed_list("[]core.NodeSelectorTerm", &new, node_selector_term);
        let detail = "no additions/deletions to non-empty NodeSelectorTerms list are allowed";
        return errors.invalid(&path, Verbatim(&shown), detail);
    }
    for (index, (new, old)) in new.items().iter().zip(old.items()).enumerate() {
        let kept = ["matchExpressions", "matchFields"]
            .iter()
            .all(|field| new[*field].items().starts_with(old[*field].items()));
        let is_empty = old["matchExpressions"].is_empty() && old["matchFields"].is_empty();
        if !kept || is_empty && new != old {
            let detail = "only additions are allowed (no mutations or deletions)";
            errors.invalid(&path.index(index), Verbatim(&node_selector_term(new)), detail);
        }
    }
}

fn node_selector_term(term: &Value) -> String {
    gotext::structure("core/v1.NodeSelectorTerm", term)
}

/// Finds what is wrong with a change through `pods/ephemeralcontainers`.
pub fn validate_ephemeral_containers_update(new: &Value, old: &Value, errors: &mut Errors) {
    validate_pod(new, errors);
    annotations::validate_change(new, old, errors);
    if !old.at(&["metadata", "annotations"])[annotations::MIRROR].is_null() {
        *errors = Errors::default();
        let detail = "static pods do not support ephemeral containers";
        return errors.forbidden(&Path::ROOT.field(""), detail);
    }
    let spec = Path::ROOT.field("spec");
    let path = spec.field("ephemeralContainers");
    let containers = new.at(&["spec", "ephemeralContainers"]).items();
    for before in old.at(&["spec", "ephemeralContainers"]).items() {
        let name = before["name"].text();
        match containers.iter().find(|container| container["name"].text() == name) {
            None => {
                let detail = format!("existing ephemeral containers {name:?} may not be removed\n");
                errors.forbidden(&path, &detail);
            }
            Some(after) if after != before => {
                let diff = gotext::diff("core/v1.EphemeralContainer", before, after);
                let detail =
                    format!("existing ephemeral containers {name:?} may not be changed\n{diff}");
                errors.forbidden(&path, &detail);
            }
            Some(_) => {}
        }
    }
}

/// Finds what is wrong with a `Binding` of a Pod to a node.
pub fn validate_binding(binding: &Value, errors: &mut Errors) {
    let path = Path::ROOT.field("target");
    let kind = binding.at(&["target", "kind"]).text();
    if !matches!(kind, "" | "Node") {
        errors.not_supported(&path.field("kind"), kind, &["Node", "<empty>"]);
    }
    if binding.at(&["target", "name"]).is_empty() {
        errors.required(&path.field("name"), "");
    }
}
