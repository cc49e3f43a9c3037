//! What the kinds that run Pods from a template have in common.
//!
//! Source: `pkg/apis/apps/validation` and `pkg/printers/internalversion`.

mod rules;
mod view;

pub(super) use self::rules::{
    TemplateRules, at_most_replicas, immutable_selector, non_negative_fields, not_decremented,
    required_selector, validate_template,
};
pub use self::view::{DeploymentView, WorkloadView};
use super::selector::label_selector_cell;
use super::{Column, Path, names, pod, table};
use crate::value::Value;

/// The cells of a template's containers and images, and of a selector.
pub(super) fn wide_cells(spec: &Value) -> [Value; 3] {
    let pod = spec.at(&["template", "spec"]);
    let selector = label_selector_cell(&spec["selector"]).into();
    [table::containers(pod), table::images(pod), selector]
}

/// The wide column of a selector, with the words of its kind's field.
pub(super) const fn selector_column(description: &'static str) -> Column {
    Column::text("Selector", description).wide()
}

/// What the server warns of in a workload with `spec.template` whose name
/// may be more than a DNS label.
pub(super) fn warnings(new: &Value, old: Option<&Value>) -> Vec<String> {
    let mut warnings = if old.is_none() { name_warnings(new) } else { Vec::new() };
    warnings.extend(template_warnings(new, old));
    warnings
}

/// What the server warns of in `spec.template`, where it may have changed.
pub(super) fn template_warnings(new: &Value, old: Option<&Value>) -> Vec<String> {
    if old.is_some_and(|old| old["spec"] == new["spec"]) {
        return Vec::new();
    }
    let path = Path::ROOT.field("spec");
    pod::template_warnings(new.at(&["spec", "template"]), &path.field("template"))
}

/// A name that is no DNS label makes odd host names.
pub(super) fn name_warnings(object: &Value) -> Vec<String> {
    let name = object.at(&["metadata", "name"]).text();
    let complaints = names::label(name);
    if name.is_empty() || complaints.is_empty() {
        return Vec::new();
    }
    vec![format!(
        "metadata.name: this is used in Pod names and hostnames, which can result in surprising \
         behavior; a DNS label is recommended: [{}]",
        complaints.join(" ")
    )]
}
