//! PodDisruptionBudgets and PriorityClasses.

use podyard_engine::api::selector::{label_selector_cell, labels_cell};
use podyard_engine::value::Value;

use super::metadata::{int_or_string, name, write_names};
use super::writer::Writer;

/// Writes a PodDisruptionBudget.
pub(super) fn disruption_budget(writer: &mut Writer, budget: &Value) {
    let (spec, status) = (&budget["spec"], &budget["status"]);
    write_names(writer, budget);
    if let Some(minimum) = spec.get("minAvailable") {
        writer.field(0, "Min available", int_or_string(minimum));
    } else if let Some(maximum) = spec.get("maxUnavailable") {
        writer.field(0, "Max unavailable", int_or_string(maximum));
    }
    match spec.get("selector") {
        Some(selector) => writer.field(0, "Selector", label_selector_cell(selector)),
        None => writer.field(0, "Selector", "<unset>"),
    }
    writer.line(0, "Status:");
    for (label, field) in [
        ("Allowed disruptions", "disruptionsAllowed"),
        ("Current", "currentHealthy"),
        ("Desired", "desiredHealthy"),
        ("Total", "expectedPods"),
    ] {
        writer.field(2, label, status[field].int());
    }
}

/// Writes a PriorityClass.
pub(super) fn priority_class(writer: &mut Writer, class: &Value) {
    writer.field(0, "Name", name(class));
    writer.field(0, "Value", class["value"].int());
    writer.field(0, "GlobalDefault", class["globalDefault"].is_true());
    writer.field(0, "PreemptionPolicy", class["preemptionPolicy"].text());
    writer.field(0, "Description", class["description"].text());
    writer.field(0, "Annotations", labels_cell(class.at(&["metadata", "annotations"])));
}
