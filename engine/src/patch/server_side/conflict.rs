//! Fields that others manage and an apply would change.

use super::FieldSet;
use super::field_set::shown;
use super::managed::{ManagedFields, Manager, Operation};
use crate::value::{Str, Value};

/// A field that another manages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The other manager.
    pub manager: Manager,
    /// The field: `.spec.replicas`.
    pub path: String,
    pub(super) elements: Vec<Str>,
}

impl Conflict {
    /// The other manager as messages name it: `"kubectl" using apps/v1`.
    pub fn manager_text(&self) -> String {
        let Manager { name, operation, api_version, subresource } = &self.manager;
        let mut text = Value::str(name).to_json();
        if !subresource.is_empty() {
            text.extend([" with subresource ", &Value::str(subresource).to_json()]);
        }
        if *operation == Operation::Update {
            text.extend([" using ", api_version]);
        }
        text
    }
}

/// The fields of `changed` that others than `manager` manage.
pub(super) fn conflicts_with(
    owners: &ManagedFields,
    changed: &FieldSet,
    manager: &Manager,
) -> Vec<Conflict> {
    let mut conflicts = Vec::new();
    for (other, fields) in owners.entries() {
        if ManagedFields::is_same(other, manager) {
            continue;
        }
        for elements in fields.intersection(changed).paths() {
            let path = shown(&elements);
            conflicts.push(Conflict { manager: other.clone(), path, elements });
        }
    }
    conflicts.sort_by_key(Conflict::manager_text);
    conflicts
}

/// What the API server says of conflicts.
pub(super) fn message(conflicts: &[Conflict]) -> String {
    if let [only] = conflicts {
        let (manager, path) = (only.manager_text(), &only.path);
        return format!("Apply failed with 1 conflict: conflict with {manager}: {path}");
    }
    let mut lines = Vec::new();
    let mut last = None;
    for conflict in conflicts {
        if last != Some(&conflict.manager) {
            lines.push(format!("conflicts with {}:", conflict.manager_text()));
            last = Some(&conflict.manager);
        }
        lines.push(format!("- {}", conflict.path));
    }
    format!("Apply failed with {} conflicts: {}", conflicts.len(), lines.join("\n"))
}
