//! ServiceAccount: who the processes of a Pod are to the API server.

use super::age::object_age;
use super::{Column, Kind, table};
use crate::sim::Time;
use crate::value::Value;

/// The row of ServiceAccount.
pub static KIND: Kind = Kind {
    kind: "ServiceAccount",
    plural: "serviceaccounts",
    singular: "serviceaccount",
    short_names: &["sa"],
    subresources: &["token"],
    schema: "io.k8s.api.core.v1.ServiceAccount",
    allows_unconditional_update: false,
    columns: &[
        table::NAME,
        Column::text("Secrets", "How many secrets Pods of this account may use."),
        table::AGE,
    ],
    cells,
    ..Kind::BASE
};

fn cells(account: &Value, now: Time) -> Vec<Value> {
    vec![table::name(account), account["secrets"].items().len().into(), object_age(account, now)]
}
