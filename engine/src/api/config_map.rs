//! ConfigMap: texts and bytes for Pods to read.

use super::age::object_age;
use super::{Column, Errors, Kind, Path, names, table};
use crate::base64;
use crate::sim::Time;
use crate::value::Value;

/// The row of ConfigMap.
pub static KIND: Kind = Kind {
    kind: "ConfigMap",
    plural: "configmaps",
    singular: "configmap",
    short_names: &["cm"],
    schema: "io.k8s.api.core.v1.ConfigMap",
    validate,
    validate_update,
    columns: &[table::NAME, Column::text("Data", "How many entries there are."), table::AGE],
    cells,
    ..Kind::BASE
};

/// How many bytes the values of a ConfigMap or Secret may have together.
pub(super) const BYTES_MAX: usize = 1024 * 1024;
/// What is said of a change to what `immutable` protects.
pub(super) const IMMUTABLE: &str = "field is immutable when `immutable` is set";

fn validate(map: &Value, errors: &mut Errors) {
    let mut bytes = 0;
    let (data, binary) = (&map["data"], &map["binaryData"]);
    let path = Path::ROOT.field("data");
    for (key, value) in data.entries() {
        errors.invalid_each(&path.key(key), key, names::config_key(key));
        if binary.get(key).is_some() {
            errors.invalid(&path.key(key), &**key, "duplicate of key present in binaryData");
        }
        bytes += value.text().len();
    }
    let path = Path::ROOT.field("binaryData");
    for (key, value) in binary.entries() {
        errors.invalid_each(&path.key(key), key, names::config_key(key));
        bytes += byte_count(value);
    }
    if bytes > BYTES_MAX {
        errors.too_long(&Path::ROOT, BYTES_MAX);
    }
}

/// How many bytes a base64 text stands for.
pub(super) fn byte_count(value: &Value) -> usize {
    base64::decode(value.text()).map_or(0, |bytes| bytes.len())
}

fn validate_update(new: &Value, old: &Value, errors: &mut Errors) {
    forbid_changes(new, old, &["data", "binaryData"], errors);
    validate(new, errors);
}

/// Finds changes to what the old object calls immutable.
pub(super) fn forbid_changes(new: &Value, old: &Value, fields: &[&str], errors: &mut Errors) {
    if !old["immutable"].is_true() {
        return;
    }
    if !new["immutable"].is_true() {
        errors.forbidden(&Path::ROOT.field("immutable"), IMMUTABLE);
    }
    for name in fields {
        if new[*name] != old[*name] {
            errors.forbidden(&Path::ROOT.field(name), IMMUTABLE);
        }
    }
}

fn cells(map: &Value, now: Time) -> Vec<Value> {
    let count = map["data"].entries().len() + map["binaryData"].entries().len();
    vec![table::name(map), count.into(), object_age(map, now)]
}
