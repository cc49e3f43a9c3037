//! The rules that several workloads share.

use super::super::meta::{IMMUTABLE, non_negative};
use super::super::selector::{Selector, validate_label_selector};
use super::super::{Errors, Path, Verbatim, gotext, pod};
use crate::value::Value;

/// What sets the templates of one kind apart from those of another.
pub(in super::super) struct TemplateRules {
    /// The kind, as in `activeDeadlineSeconds in ReplicaSet is not Supported`.
    pub kind: &'static str,
    /// Whether the Pods' spec is looked into. A StatefulSet's is not, since
    /// its claims would be missing among the volumes.
    pub checks_spec: bool,
}

/// Finds what is wrong with a selector that must be there and not be empty;
/// `None` when it cannot be used.
pub(in super::super) fn required_selector(
    selector: &Value,
    path: &Path<'_>,
    empty: &str,
    unusable: &str,
    errors: &mut Errors,
) -> Option<Selector> {
    if selector.is_null() {
        errors.required(path, "");
    } else {
        validate_label_selector(selector, path, errors);
        if selector["matchLabels"].is_empty() && selector["matchExpressions"].is_empty() {
            // Decoding drops an empty `matchLabels`; mostly that is what was given.
            let shown = gotext::label_selector(&crate::value!({ "matchLabels": {} }));
            errors.invalid(path, Verbatim(&shown), empty);
        }
    }
    let usable = Selector::from_object(selector);
    if usable.is_none() {
        errors.invalid(path, Verbatim(&gotext::label_selector(selector)), unusable);
    }
    usable
}

/// Finds what is wrong with a template whose Pods must always restart.
pub(in super::super) fn validate_template(
    template: &Value,
    selector: &Selector,
    rules: &TemplateRules,
    path: &Path<'_>,
    errors: &mut Errors,
) {
    let labels = template.at(&["metadata", "labels"]);
    if !selector.is_everything() && !selector.matches(labels) {
        let detail = "`selector` does not match template `labels`";
        let metadata = path.field("metadata");
        errors.invalid(&metadata.field("labels"), Verbatim(&gotext::text_map(labels)), detail);
    }
    if rules.checks_spec {
        pod::validate_template(template, path, errors);
    } else {
        pod::validate_template_metadata(template, path, errors);
    }
    let (spec, spec_path) = (&template["spec"], path.field("spec"));
    let policy = spec["restartPolicy"].text();
    if policy != "Always" {
        errors.not_supported(&spec_path.field("restartPolicy"), policy, &["Always"]);
    }
    if !spec["activeDeadlineSeconds"].is_null() {
        let detail = format!("activeDeadlineSeconds in {} is not Supported", rules.kind);
        errors.forbidden(&spec_path.field("activeDeadlineSeconds"), &detail);
    }
}

/// Says that `spec.selector` differs, if it does.
pub(in super::super) fn immutable_selector(new: &Value, old: &Value, errors: &mut Errors) {
    let selector = new.at(&["spec", "selector"]);
    if selector != old.at(&["spec", "selector"]) {
        let shown = gotext::label_selector(selector);
        let spec = Path::ROOT.field("spec");
        errors.invalid(&spec.field("selector"), Verbatim(&shown), IMMUTABLE);
    }
}

/// Says which of `fields` are below zero.
pub(in super::super) fn non_negative_fields(
    object: &Value,
    fields: &[&str],
    path: &Path<'_>,
    errors: &mut Errors,
) {
    for field in fields {
        non_negative(&object[*field], &path.field(field), errors);
    }
}

/// Says which of `fields` of a status exceed its `replicas`, and whether more
/// replicas are available than ready.
pub(in super::super) fn at_most_replicas(
    status: &Value,
    fields: &[&str],
    ready: &str,
    errors: &mut Errors,
) {
    let path = Path::ROOT.field("status");
    for field in fields {
        let count = status[*field].int();
        if count > status["replicas"].int() {
            let detail = "cannot be greater than status.replicas";
            errors.invalid(&path.field(field), count, detail);
        }
    }
    let available = status["availableReplicas"].int();
    if available > status["readyReplicas"].int() {
        let detail = format!("cannot be greater than {ready}");
        errors.invalid(&path.field("availableReplicas"), available, &detail);
    }
}

/// Says that `status.collisionCount` went down, if it did.
pub(in super::super) fn not_decremented(new: &Value, old: &Value, errors: &mut Errors) {
    let count = |object: &Value| object.at(&["status", "collisionCount"]).as_int();
    let (new, old) = (count(new), count(old));
    if old.is_some() && new < old {
        let status = Path::ROOT.field("status");
        let value = new.unwrap_or_default();
        errors.invalid(&status.field("collisionCount"), value, "cannot be decremented");
    }
}
