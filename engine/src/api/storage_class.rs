//! StorageClass: how to make a PersistentVolume when a claim asks for one.
//!
//! Source: `pkg/apis/storage/validation`.

use super::age::object_age;
use super::persistent_volume::CLASS_ANNOTATION;
use super::{Column, Errors, Kind, Path, meta, names, node_selector, table};
use crate::sim::Time;
use crate::value::Value;

/// The row of StorageClass.
pub static KIND: Kind = Kind {
    group: "storage.k8s.io",
    kind: "StorageClass",
    plural: "storageclasses",
    singular: "storageclass",
    short_names: &["sc"],
    namespaced: false,
    schema: "io.k8s.api.storage.v1.StorageClass",
    default: |class| {
        class.set_default("reclaimPolicy", "Delete");
        class.set_default("volumeBindingMode", "Immediate");
    },
    validate,
    validate_update,
    warnings,
    columns: &[
        table::NAME,
        Column::text("Provisioner", "Who makes the volumes."),
        Column::text("ReclaimPolicy", "What becomes of a volume once its claim is gone."),
        Column::text("VolumeBindingMode", "When volumes are made and bound."),
        Column {
            column_type: "boolean",
            ..Column::text("AllowVolumeExpansion", "Whether volumes may grow.")
        },
        table::AGE,
    ],
    cells,
    ..Kind::BASE
};

const PARAMETERS_MAX: usize = 512;
const PARAMETERS_BYTES_MAX: usize = 256 * 1024;
const DEFAULT_ANNOTATIONS: [&str; 2] = [
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
];

/// Whether claims that name no class get this one.
pub fn is_default(class: &Value) -> bool {
    let annotations = class.at(&["metadata", "annotations"]);
    DEFAULT_ANNOTATIONS.iter().any(|name| annotations[*name].text() == "true")
}

/// The class that claims get which name none: of several the youngest.
pub fn default_of<'a>(classes: impl Iterator<Item = &'a Value>) -> Option<&'a Value> {
    let age = |class: &&Value| class.at(&["metadata", "creationTimestamp"]).text().to_owned();
    // Of those made in one second, the first by name.
    classes.filter(|class| is_default(class)).fold(None, |best: Option<&Value>, class| {
        if best.is_some_and(|best| age(&best) >= age(&class)) { best } else { Some(class) }
    })
}

/// Whether a claim leaves it open which class it gets.
pub fn is_unsaid(claim: &Value) -> bool {
    let old = claim.at(&["metadata", "annotations"]).get(CLASS_ANNOTATION);
    claim.at(&["spec", "storageClassName"]).is_null() && old.is_none()
}

fn validate(class: &Value, errors: &mut Errors) {
    let (provisioner, path) = (class["provisioner"].text(), Path::ROOT.field("provisioner"));
    if provisioner.is_empty() {
        errors.required(&path, "");
    } else {
        let lower = provisioner.to_lowercase();
        errors.invalid_each(&path, provisioner, names::qualified_name(&lower));
    }
    validate_parameters(&class["parameters"], errors);
    let policies = ["Delete", "Retain"];
    let (policy, path) = (class["reclaimPolicy"].text(), Path::ROOT.field("reclaimPolicy"));
    if !policy.is_empty() && !policies.contains(&policy) {
        errors.not_supported(&path, policy, &policies);
    }
    let modes = ["Immediate", "WaitForFirstConsumer"];
    let (mode, path) = (&class["volumeBindingMode"], Path::ROOT.field("volumeBindingMode"));
    if mode.is_null() {
        errors.required(&path, "");
    } else if !modes.contains(&mode.text()) {
        errors.not_supported(&path, mode.text(), &modes);
    }
    validate_topologies(class["allowedTopologies"].items(), errors);
}

fn validate_parameters(parameters: &Value, errors: &mut Errors) {
    let path = Path::ROOT.field("parameters");
    let mut bytes = 0;
    if parameters.entries().len() > PARAMETERS_MAX {
        errors.too_long(&path, PARAMETERS_MAX);
        return;
    }
    for (key, value) in parameters.entries() {
        if key.is_empty() {
            errors.invalid(&path, &**key, "field can not be empty.");
        }
        bytes += key.len() + value.text().len();
    }
    if bytes > PARAMETERS_BYTES_MAX {
        errors.too_long(&path, PARAMETERS_BYTES_MAX);
    }
}

fn validate_topologies(terms: &[Value], errors: &mut Errors) {
    let path = Path::ROOT.field("allowedTopologies");
    let mut earlier: Vec<Vec<(String, Vec<String>)>> = Vec::new();
    for (index, term) in terms.iter().enumerate() {
        let path = path.index(index);
        let list = path.field("matchLabelExpressions");
        let mut keys: Vec<&str> = Vec::new();
        for (index, requirement) in term["matchLabelExpressions"].items().iter().enumerate() {
            let (key, path) = (requirement["key"].text(), list.index(index));
            validate_requirement(requirement, &path, errors);
            if keys.contains(&key) {
                errors.duplicate(&path.field("key"), key);
            }
            keys.push(key);
        }
        let normal = normal_form(term);
        if earlier.contains(&normal) {
            errors.duplicate(&list, "");
        }
        earlier.push(normal);
    }
}

fn validate_requirement(requirement: &Value, path: &Path<'_>, errors: &mut Errors) {
    let (values, list) = (requirement["values"].items(), path.field("values"));
    if values.is_empty() {
        errors.required(&list, "");
    }
    for (index, value) in values.iter().enumerate() {
        if values.iter().take(index).any(|earlier| earlier == value) {
            errors.duplicate(&list.index(index), value.text());
        }
    }
    let key = requirement["key"].text();
    errors.invalid_each(&path.field("key"), key, names::qualified_name(key));
}

/// A term so that equal ones look the same: keys and values are sets.
fn normal_form(term: &Value) -> Vec<(String, Vec<String>)> {
    let mut normal: Vec<(String, Vec<String>)> = Vec::new();
    for requirement in term["matchLabelExpressions"].items() {
        let values = requirement["values"].items().iter();
        let mut values: Vec<String> = values.map(|value| value.text().to_owned()).collect();
        values.sort_unstable();
        normal.push((requirement["key"].text().to_owned(), values));
    }
    normal.sort();
    normal
}

fn validate_update(new: &Value, old: &Value, errors: &mut Errors) {
    validate(new, errors);
    for name in ["parameters", "provisioner", "reclaimPolicy"] {
        let both_empty = new[name].is_empty() && old[name].is_empty();
        if new[name] != old[name] && !both_empty {
            let detail = format!("updates to {name} are forbidden.");
            errors.forbidden(&Path::ROOT.field(name), &detail);
        }
    }
    meta::immutable(new, old, "volumeBindingMode", &Path::ROOT, errors);
}

fn warnings(class: &Value, _old: Option<&Value>) -> Vec<String> {
    let path = Path::ROOT.field("allowedTopologies");
    let mut warnings = Vec::new();
    for (index, term) in class["allowedTopologies"].items().iter().enumerate() {
        let path = path.index(index);
        let list = path.field("matchLabelExpressions");
        for (index, requirement) in term["matchLabelExpressions"].items().iter().enumerate() {
            if let Some(deprecation) = node_selector::deprecation(requirement["key"].text()) {
                warnings.push(format!("{}: {deprecation}", list.index(index).field("key")));
            }
        }
    }
    warnings
}

fn cells(class: &Value, now: Time) -> Vec<Value> {
    let name = class.at(&["metadata", "name"]).text();
    let or = |field: &str, default: &str| match class[field].text() {
        "" => default.to_owned(),
        text => text.to_owned(),
    };
    vec![
        if is_default(class) { format!("{name} (default)").into() } else { name.into() },
        class["provisioner"].text().into(),
        or("reclaimPolicy", "Delete").into(),
        or("volumeBindingMode", "Immediate").into(),
        class["allowVolumeExpansion"].is_true().into(),
        object_age(class, now),
    ]
}
