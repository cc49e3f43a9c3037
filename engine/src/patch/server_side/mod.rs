//! Server-side apply: who manages which fields, and what an applied
//! configuration makes of an object.
//!
//! Source: apimachinery `pkg/util/managedfields` and
//! `sigs.k8s.io/structured-merge-diff`.

mod conflict;
mod field_set;
mod managed;
mod merge;
mod typed;

pub use self::conflict::Conflict;
pub use self::field_set::FieldSet;
pub use self::managed::{Manager, Operation};

use self::conflict::conflicts_with;
use self::managed::ManagedFields;
use self::merge::{merged, without};
use self::typed::{Node, compare, fields_of, undeclared_fields};
use crate::schema::{Struct, zero_of};
use crate::sim::Time;
use crate::value::{Value, parse_json};

/// The annotation in which client-side apply keeps its last configuration.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// The field manager of `kubectl apply --server-side`.
const KUBECTL: &str = "kubectl";

/// The most managers by update that an object names one by one.
const UPDATERS_MAX: usize = 10;

/// Why a configuration cannot be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApplyError {
    /// Others manage fields that it changes: the API server answers 409.
    Conflicts(Vec<Conflict>),
    /// It is no object of this type: `.spec.foo: field not declared in schema`.
    NotTyped(String),
}

impl std::fmt::Display for ApplyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Conflicts(conflicts) => f.write_str(&conflict::message(conflicts)),
            Self::NotTyped(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for ApplyError {}

/// The type of the objects, if the schema knows it: a custom resource's lists
/// are one value each, its maps are not.
pub type ObjectType = Option<&'static Struct>;

/// Notes in `new.metadata.managedFields` that `manager` made `new` of `live`;
/// `live` is `None` when the object is created. Fields below `ignored` (as
/// `status`) are not the manager's to set.
pub fn track_update(
    object_type: ObjectType,
    live: Option<&Value>,
    new: &mut Value,
    manager: &Manager,
    ignored: &[&[&str]],
    now: Time,
) {
    let empty = object_type.map_or_else(Value::map, zero_of);
    let before = live.unwrap_or(&empty);
    let sent = new["metadata"].remove("managedFields").unwrap_or_default();
    let main = manager.subresource.is_empty();
    let mut owners = ManagedFields::read(&sent);
    if (owners.is_empty() && !is_reset(&sent)) || !main {
        owners = ManagedFields::read(&before["metadata"]["managedFields"]);
    }
    let difference = compare(Node::root(object_type), before, new);
    let changed = difference.modified.union(&difference.added);
    owners.give_up(&changed.union(&difference.removed), None);
    let mut own = changed;
    for path in ignored {
        own = own.without_below(path);
    }
    if !own.is_empty() {
        owners.add(manager, &own, now);
    }
    owners.strip_identity();
    owners.cap_updaters(UPDATERS_MAX);
    owners.write(new);
    if let Some(live) = live {
        keep_times_of_the_unchanged(live, new);
    }
}

/// What `configuration`, applied by `manager`, makes of `live` (`None` when
/// there is no object yet), with who manages what. Defaults are not set yet.
pub fn apply_configuration(
    object_type: ObjectType,
    live: Option<&Value>,
    configuration: &Value,
    manager: &Manager,
    force: bool,
    now: Time,
) -> Result<Value, ApplyError> {
    let root = Node::root(object_type);
    let undeclared = undeclared_fields(root, configuration);
    if !undeclared.is_empty() {
        return Err(ApplyError::NotTyped(listed(&undeclared)));
    }
    let empty = object_type.map_or_else(Value::map, zero_of);
    let before = live.unwrap_or(&empty);
    let mut owners = ManagedFields::read(&before["metadata"]["managedFields"]);
    let mut before = before.clone();
    before["metadata"].remove("managedFields");

    let last = owners.fields_of(manager).cloned().unwrap_or_default();
    owners.set(manager, fields_of(root, configuration), now);
    let result = merged(root, &before, configuration);
    let result = pruned(root, result, &last, &owners);

    let difference = compare(root, &before, &result);
    let changed = difference.modified.union(&difference.added);
    let mut conflicts = conflicts_with(&owners, &changed, manager);
    if !conflicts.is_empty() && !force {
        if manager.name == KUBECTL {
            let allowed = last_applied_fields(root, &before);
            conflicts.retain(|conflict| !allowed.contains(&conflict.elements));
        }
        if !conflicts.is_empty() {
            return Err(ApplyError::Conflicts(conflicts));
        }
    }
    owners.give_up(&changed.union(&difference.removed), Some(manager));
    owners.strip_identity();
    let mut result = result;
    update_last_applied(&mut result, configuration, manager);
    owners.write(&mut result);
    if let Some(live) = live {
        keep_times_of_the_unchanged(live, &mut result);
    }
    Ok(result)
}

/// Takes out what the manager applied before and nobody manages any more.
fn pruned(root: Node, object: Value, last: &FieldSet, owners: &ManagedFields) -> Value {
    if last.is_empty() {
        return object;
    }
    let owned = owners.all_fields().with_named_parents();
    let gone = last.with_named_parents().difference(&owned);
    without(root, &object, &gone)
}

/// Keeps the annotation that client-side apply reads in step with what
/// kubectl applied here, where there is one (upstream `lastAppliedUpdater`).
fn update_last_applied(object: &mut Value, configuration: &Value, manager: &Manager) {
    let annotations = &object["metadata"]["annotations"];
    if manager.name != KUBECTL || annotations[LAST_APPLIED].is_null() {
        return;
    }
    let mut applied = configuration.clone();
    if let Some(annotations) = applied["metadata"].get("annotations").cloned() {
        let mut annotations = annotations;
        annotations.remove(LAST_APPLIED);
        applied["metadata"].set("annotations", annotations);
    }
    let text = format!("{}\n", applied.to_json());
    object["metadata"]["annotations"].set(LAST_APPLIED, text);
}

/// The fields that client-side apply set: kubectl's server-side apply may take
/// them.
fn last_applied_fields(root: Node, live: &Value) -> FieldSet {
    let text = live["metadata"]["annotations"][LAST_APPLIED].text();
    parse_json(text.as_bytes()).map(|last| fields_of(root, &last)).unwrap_or_default()
}

/// A list of one empty entry asks for all entries to be forgotten.
fn is_reset(sent: &Value) -> bool {
    matches!(sent.items(), [only] if only.is_empty())
}

/// Where only times differ, nothing has happened.
fn keep_times_of_the_unchanged(live: &Value, new: &mut Value) {
    let timeless = |object: &Value| {
        let mut object = object.clone();
        for entry in object["metadata"]["managedFields"].make_list() {
            entry.remove("time");
        }
        object
    };
    if timeless(live) == timeless(new) {
        let fields = live["metadata"]["managedFields"].clone();
        new["metadata"].set("managedFields", fields);
    }
}

fn listed(errors: &[String]) -> String {
    match errors {
        [only] => only.clone(),
        all => {
            let lines: Vec<String> = all.iter().map(|error| format!("  {error}")).collect();
            format!("errors:\n{}", lines.join("\n"))
        }
    }
}

#[cfg(test)]
mod tests;
