//! PodTemplate: a template of Pods, kept for others to use.
//!
//! Source: `pkg/apis/core` and `pkg/registry/core/podtemplate`.

use super::pod::{self, default_template};
use super::selector::labels_cell;
use super::{Column, Errors, Kind, Path, table};
use crate::sim::Time;
use crate::value::Value;

/// The row of PodTemplate.
pub static KIND: Kind = Kind {
    kind: "PodTemplate",
    plural: "podtemplates",
    singular: "podtemplate",
    schema: "io.k8s.api.core.v1.PodTemplate",
    has_generation: true,
    default: |object| default_template(&mut object["template"]),
    prepare: |object, old| {
        pod::prepare_template(&mut object["template"], old.map(|old| &old["template"]));
    },
    validate: validate_template,
    validate_update: |new, _, errors| validate_template(new, errors),
    warnings: |object, _| {
        pod::template_warnings(&object["template"], &Path::ROOT.field("template"))
    },
    columns: &[
        table::NAME,
        Column::text("Containers", "Names of each container in the template."),
        Column::text("Images", "Images referenced by each container in the template."),
        Column::text("Pod Labels", "The labels for the pod template."),
    ],
    cells,
    ..Kind::BASE
};

fn validate_template(object: &Value, errors: &mut Errors) {
    pod::validate_template(&object["template"], &Path::ROOT.field("template"), errors);
}

fn cells(object: &Value, _now: Time) -> Vec<Value> {
    let template = &object["template"];
    let spec = &template["spec"];
    let labels = labels_cell(template.at(&["metadata", "labels"]));
    vec![table::name(object), table::containers(spec), table::images(spec), labels.into()]
}
