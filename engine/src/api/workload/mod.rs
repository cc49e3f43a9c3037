//! What the kinds that run Pods from a template have in common.
//!
//! Source: `pkg/apis/apps/validation` and `pkg/printers/internalversion`.

pub mod view;

use super::{Column, table};
use crate::value::Value;

/// The cells of a template's containers and images.
pub(super) fn template_cells(template: &Value) -> [Value; 2] {
    let spec = &template["spec"];
    [table::containers(spec), table::images(spec)]
}

/// The wide column of a selector, with the words of its kind's field.
pub(super) const fn selector_column(description: &'static str) -> Column {
    Column::text("Selector", description).wide()
}
