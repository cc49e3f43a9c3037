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
use super::{Column, pod, table};
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

/// What the server warns of in `spec.template`.
pub(super) fn warnings(new: &Value, old: Option<&Value>) -> Vec<String> {
    let template = |object: &Value| object.at(&["spec", "template"]).clone();
    let path = super::Path::ROOT.field("spec");
    if old.is_some_and(|old| template(old) == template(new)) {
        return Vec::new();
    }
    pod::template_warnings(&template(new), &path.field("template"))
}
