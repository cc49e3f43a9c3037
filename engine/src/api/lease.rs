//! Lease: who holds something, and until when: nodes and leaders show that
//! they live by renewing one.

use super::age::object_age;
use super::{Column, Errors, Kind, Path, table};
use crate::sim::Time;
use crate::value::Value;

/// The row of Lease.
pub static KIND: Kind = Kind {
    group: "coordination.k8s.io",
    kind: "Lease",
    plural: "leases",
    singular: "lease",
    schema: "io.k8s.api.coordination.v1.Lease",
    allows_unconditional_update: false,
    validate,
    validate_update: |new, _, errors| validate(new, errors),
    columns: &[table::NAME, Column::text("Holder", "Who holds the lease."), table::AGE],
    cells,
    ..Kind::BASE
};

fn validate(lease: &Value, errors: &mut Errors) {
    let (spec, path) = (&lease["spec"], Path::ROOT.field("spec"));
    if let Some(secs) = spec["leaseDurationSeconds"].as_int()
        && secs <= 0
    {
        errors.invalid(&path.field("leaseDurationSeconds"), secs, "must be greater than 0");
    }
    if let Some(count) = spec["leaseTransitions"].as_int()
        && count < 0
    {
        let detail = "must be greater than or equal to 0";
        errors.invalid(&path.field("leaseTransitions"), count, detail);
    }
    let (strategy, holder) = (&spec["strategy"], &spec["preferredHolder"]);
    if !strategy.is_null() && strategy.text() != "OldestEmulationVersion" {
        errors.not_supported(&path.field("strategy"), strategy.text(), &["OldestEmulationVersion"]);
    }
    if !holder.is_empty() && strategy.is_empty() {
        let detail = "may only be specified when `strategy` is defined";
        errors.forbidden(&path.field("preferredHolder"), detail);
    }
}

fn cells(lease: &Value, now: Time) -> Vec<Value> {
    vec![
        table::name(lease),
        lease.at(&["spec", "holderIdentity"]).text().into(),
        object_age(lease, now),
    ]
}
