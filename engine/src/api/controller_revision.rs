//! ControllerRevision: one remembered state of a DaemonSet or StatefulSet.
//!
//! Source: `pkg/apis/apps/validation` and `pkg/registry/apps/controllerrevision`.

use super::meta::{self, non_negative};
use super::object::Object;
use super::{Column, Errors, Kind, Path, age, table};
use crate::sim::Time;
use crate::value::Value;

/// The row of ControllerRevision.
pub static KIND: Kind = Kind {
    group: "apps",
    kind: "ControllerRevision",
    plural: "controllerrevisions",
    singular: "controllerrevision",
    schema: "io.k8s.api.apps.v1.ControllerRevision",
    validate,
    validate_update: |new, old, errors| {
        validate(new, errors);
        meta::immutable(new, old, "data", &Path::ROOT, errors);
    },
    columns: &[
        table::NAME,
        Column::text("Controller", "Controller of the object"),
        Column::text(
            "Revision",
            "Revision indicates the revision of the state represented by Data.",
        ),
        table::AGE,
    ],
    cells,
    ..Kind::BASE
};

fn validate(revision: &Value, errors: &mut Errors) {
    if revision["data"].is_null() {
        errors.required(&Path::ROOT.field("data"), "data is mandatory");
    }
    non_negative(&revision["revision"], &Path::ROOT.field("revision"), errors);
}

fn cells(revision: &Value, now: Time) -> Vec<Value> {
    let controller = match Object(revision).controller() {
        None => "<none>".to_owned(),
        Some(owner) => {
            let kind = owner.kind.to_ascii_lowercase();
            match owner.api_version.split_once('/') {
                Some((group, _)) => format!("{kind}.{group}/{}", owner.name),
                None => format!("{kind}/{}", owner.name),
            }
        }
    };
    vec![
        table::name(revision),
        controller.into(),
        revision["revision"].int().into(),
        age::object_age(revision, now),
    ]
}
