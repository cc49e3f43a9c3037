//! The rules for `metadata`, which all kinds share.
//!
//! Source: apimachinery `pkg/api/validation/objectmeta.go`, with what
//! `pkg/apis/core/validation` adds about finalizers.

use super::gotext;
use super::{Errors, Kind, NameRule, Path, Verbatim, names};
use crate::value::Value;

/// What is said of a change to a field that may not change.
pub const IMMUTABLE: &str = "field is immutable";
/// What is said of a number below zero.
pub const NEGATIVE: &str = "must be greater than or equal to 0";
/// How many bytes the keys and values of all annotations may have together.
const ANNOTATIONS_BYTES_MAX: usize = 256 * 1024;
/// The finalizers that need no domain in their name.
pub(super) const STANDARD_FINALIZERS: [&str; 3] = ["kubernetes", "orphan", "foregroundDeletion"];

/// Finds what is wrong with the metadata of a new object.
pub fn validate(kind: &Kind, object: &Value, errors: &mut Errors) {
    let (meta, path) = (&object["metadata"], Path::ROOT.field("metadata"));
    validate_name(kind.name_rule, meta, errors);
    let namespace = meta["namespace"].text();
    let namespace_path = path.field("namespace");
    match (kind.namespaced, namespace.is_empty()) {
        (true, true) => errors.required(&namespace_path, ""),
        (true, false) => errors.invalid_each(&namespace_path, namespace, names::label(namespace)),
        (false, false) => errors.forbidden(&namespace_path, "not allowed on this type"),
        (false, true) => {}
    }
    non_negative(&meta["generation"], &path.field("generation"), errors);
    validate_common(meta, &Value::Null, &path, errors);
}

fn validate_name(rule: NameRule, meta: &Value, errors: &mut Errors) {
    let path = Path::ROOT.field("metadata");
    let (prefix, name) = (meta["generateName"].text(), meta["name"].text());
    if !prefix.is_empty() {
        let complaints = names::object_name(rule, prefix, true);
        errors.invalid_each(&path.field("generateName"), prefix, complaints);
    }
    if name.is_empty() {
        errors.required(&path.field("name"), "name or generateName is required");
    } else {
        let complaints = names::object_name(rule, name, false);
        errors.invalid_each(&path.field("name"), name, complaints);
    }
}

/// Finds what is wrong with a change of metadata.
pub fn validate_update(new: &Value, old: &Value, errors: &mut Errors) {
    let (new, old, path) = (&new["metadata"], &old["metadata"], Path::ROOT.field("metadata"));
    if !old["deletionTimestamp"].is_null() {
        no_new_finalizers(&new["finalizers"], &old["finalizers"], errors);
    }
    if new["resourceVersion"].is_empty() {
        errors.invalid(&path.field("resourceVersion"), "", "must be specified for an update");
    }
    if new["generation"].int() < old["generation"].int() {
        let generation = new["generation"].int();
        errors.invalid(&path.field("generation"), generation, "must not be decremented");
    }
    for field in ["name", "namespace", "uid"] {
        if new[field].text() != old[field].text() {
            errors.invalid(&path.field(field), new[field].text(), IMMUTABLE);
        }
    }
    for field in ["creationTimestamp", "deletionTimestamp"] {
        if new[field] != old[field] {
            let shown = gotext::time(&new[field]);
            errors.invalid(&path.field(field), Verbatim(&shown), IMMUTABLE);
        }
    }
    immutable(new, old, "deletionGracePeriodSeconds", &path, errors);
    validate_common(new, old, &path, errors);
}

type Check = fn(&Value, &Path<'_>, &mut Errors);

/// Checks what new and old objects have in common; what is as it was before
/// has been checked before.
fn validate_common(meta: &Value, old: &Value, path: &Path<'_>, errors: &mut Errors) {
    let checks: [(&str, Check); 6] = [
        ("labels", validate_labels),
        ("annotations", validate_annotations),
        ("ownerReferences", validate_owners),
        ("finalizers", validate_finalizers),
        ("managedFields", validate_managed_fields),
        ("finalizers", validate_finalizer_domains),
    ];
    for (field, check) in checks {
        if meta[field] != old[field] {
            check(&meta[field], &path.field(field), errors);
        }
    }
}

/// Says that the field `name` of two versions differs, if it does.
pub fn immutable(new: &Value, old: &Value, name: &str, path: &Path<'_>, errors: &mut Errors) {
    if new[name] != old[name] {
        errors.invalid(&path.field(name), &new[name], IMMUTABLE);
    }
}

/// Says that a number is below zero, if it is.
pub fn non_negative(number: &Value, path: &Path<'_>, errors: &mut Errors) {
    if number.int() < 0 {
        errors.invalid(path, number.int(), NEGATIVE);
    }
}

/// Finds what is wrong with a map of labels.
pub fn validate_labels(labels: &Value, path: &Path<'_>, errors: &mut Errors) {
    for (key, value) in labels.entries() {
        errors.invalid_each(path, key, names::qualified_name(key));
        errors.invalid_each(path, value.text(), names::label_value(value.text()));
    }
}

/// Finds what is wrong with a map of annotations.
pub fn validate_annotations(annotations: &Value, path: &Path<'_>, errors: &mut Errors) {
    let mut bytes = 0;
    for (key, value) in annotations.entries() {
        bytes += key.len() + value.text().len();
        // Unlike a label's, the domain of an annotation's key may have capitals.
        errors.invalid_each(path, key, names::qualified_name(&key.to_ascii_lowercase()));
    }
    if bytes > ANNOTATIONS_BYTES_MAX {
        errors.too_long(path, ANNOTATIONS_BYTES_MAX);
    }
}

fn validate_owners(owners: &Value, path: &Path<'_>, errors: &mut Errors) {
    let mut controller: Option<String> = None;
    for owner in owners.items() {
        let api_version = owner["apiVersion"].text();
        // As upstream, the place has no index.
        if api_version.rsplit('/').next().is_none_or(str::is_empty) {
            errors.invalid(&path.field("apiVersion"), api_version, "version must not be empty");
        }
        for field in ["kind", "name", "uid"] {
            if owner[field].is_empty() {
                errors.invalid(&path.field(field), "", "must not be empty");
            }
        }
        if api_version == "v1" && owner["kind"].text() == "Event" {
            let detail = "/v1, Kind=Event is disallowed from being an owner";
            errors.invalid(path, Verbatim(&gotext::owner_reference(owner)), detail);
        }
        if owner["controller"].is_true() {
            let name = format!("{}/{}", owner["kind"].text(), owner["name"].text());
            match &controller {
                None => controller = Some(name),
                Some(first) => {
                    let detail = format!(
                        "Only one reference can have Controller set to true. Found \"true\" in \
                         references for {first} and {name}"
                    );
                    errors.invalid(path, Verbatim(&gotext::owner_references(owners)), &detail);
                }
            }
        }
    }
}

fn validate_finalizers(finalizers: &Value, path: &Path<'_>, errors: &mut Errors) {
    for finalizer in finalizers.items() {
        errors.invalid_each(path, finalizer.text(), names::qualified_name(finalizer.text()));
    }
    let has = |name| finalizers.items().iter().any(|finalizer| finalizer.text() == name);
    if has("orphan") && has("foregroundDeletion") {
        let shown = gotext::texts(finalizers);
        let detail = "finalizer orphan and foregroundDeletion cannot be both set";
        errors.invalid(path, Verbatim(&shown), detail);
    }
}

fn validate_finalizer_domains(finalizers: &Value, path: &Path<'_>, errors: &mut Errors) {
    for (index, finalizer) in finalizers.items().iter().enumerate() {
        let (name, path) = (finalizer.text(), path.index(index));
        let complaints = names::qualified_name(name);
        if !complaints.is_empty() {
            errors.invalid_each(&path, name, complaints);
        } else if !name.contains('/') && !STANDARD_FINALIZERS.contains(&name) {
            let detail = "name is neither a standard finalizer name nor is it fully qualified";
            errors.invalid(&path, name, detail);
        }
    }
}

fn no_new_finalizers(new: &Value, old: &Value, errors: &mut Errors) {
    let mut extra: Vec<Value> =
        new.items().iter().filter(|name| !old.items().contains(name)).cloned().collect();
    if extra.is_empty() {
        return;
    }
    extra.sort_by(|a, b| a.text().cmp(b.text()));
    let detail = format!(
        "no new finalizers can be added if the object is being deleted, found new finalizers {}",
        gotext::texts(&Value::list(extra))
    );
    errors.forbidden(&Path::ROOT.field("metadata").field("finalizers"), &detail);
}

fn validate_managed_fields(managers: &Value, path: &Path<'_>, errors: &mut Errors) {
    for (index, manager) in managers.items().iter().enumerate() {
        let path = path.index(index);
        let operation = manager["operation"].text();
        if !matches!(operation, "Apply" | "Update") {
            errors.invalid(&path.field("operation"), operation, "must be `Apply` or `Update`");
        }
        let fields_type = manager["fieldsType"].text();
        if !matches!(fields_type, "" | "FieldsV1") {
            errors.invalid(&path.field("fieldsType"), fields_type, "must be `FieldsV1`");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value;

    fn check(meta: Value, expected: &[&str]) {
        let mut errors = Errors::default();
        validate(&Kind::BASE, &value!({ "metadata": meta }), &mut errors);
        let texts: Vec<String> = errors.0.iter().map(ToString::to_string).collect();
        assert_eq!(texts, expected);
    }

    #[test]
    fn a_name_and_a_namespace_are_enough() {
        check(value!({ "name": "web", "namespace": "default" }), &[]);
        check(
            value!({}),
            &[
                "metadata.name: Required value: name or generateName is required",
                "metadata.namespace: Required value",
            ],
        );
    }

    #[test]
    fn labels_owners_and_finalizers_are_checked() {
        check(
            value!({
                "name": "web",
                "namespace": "default",
                "labels": { "a": "-" },
                "ownerReferences": [{ "apiVersion": "v1", "kind": "Pod", "name": "", "uid": "u" }],
                "finalizers": ["mine", "orphan", "example.com/x"],
            }),
            &[
                "metadata.labels: Invalid value: \"-\": a valid label must be an empty string or \
                 consist of alphanumeric characters, '-', '_' or '.', and must start and end with \
                 an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex \
                 used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
                "metadata.ownerReferences.name: Invalid value: \"\": must not be empty",
                "metadata.finalizers[0]: Invalid value: \"mine\": name is neither a standard \
                 finalizer name nor is it fully qualified",
            ],
        );
    }

    #[test]
    fn names_and_uids_do_not_change() {
        let old = value!({ "metadata": { "name": "a", "uid": "1", "resourceVersion": "5" } });
        let new = value!({ "metadata": { "name": "b", "uid": "1" } });
        let mut errors = Errors::default();
        validate_update(&new, &old, &mut errors);
        let texts: Vec<String> = errors.0.iter().map(ToString::to_string).collect();
        let expected = [
            "metadata.resourceVersion: Invalid value: \"\": must be specified for an update",
            "metadata.name: Invalid value: \"b\": field is immutable",
        ];
        assert_eq!(texts, expected);
    }
}
