//! `metadata.managedFields`: who manages which fields, since when.

use super::FieldSet;
use crate::sim::Time;
use crate::value;
use crate::value::Value;

/// How a manager came by its fields.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// By server-side apply.
    Apply,
    /// By anything else.
    #[default]
    Update,
}

impl Operation {
    fn name(self) -> &'static str {
        match self {
            Self::Apply => "Apply",
            Self::Update => "Update",
        }
    }
}

/// Who manages fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manager {
    /// The name, as `kubectl-client-side-apply`.
    pub name: String,
    /// How it came by them.
    pub operation: Operation,
    /// The version in which it names them.
    pub api_version: String,
    /// The subresource through which it set them; mostly empty.
    pub subresource: String,
}

impl Manager {
    /// Whether entries of both are one: an applier is the same in any version.
    fn is(&self, other: &Self) -> bool {
        self.name == other.name
            && self.operation == other.operation
            && self.subresource == other.subresource
            && (self.operation == Operation::Apply || self.api_version == other.api_version)
    }
}

#[derive(Debug, Clone)]
struct Entry {
    manager: Manager,
    fields: FieldSet,
    time: String,
}

/// All entries of an object.
#[derive(Debug, Clone, Default)]
pub(super) struct ManagedFields(Vec<Entry>);

/// What says which object it is belongs to nobody.
const IDENTITY: &[&[&str]] = &[
    &["apiVersion"],
    &["kind"],
    &["metadata"],
    &["metadata", "name"],
    &["metadata", "namespace"],
    &["metadata", "creationTimestamp"],
    &["metadata", "selfLink"],
    &["metadata", "uid"],
    &["metadata", "clusterName"],
    &["metadata", "generation"],
    &["metadata", "managedFields"],
    &["metadata", "resourceVersion"],
];

impl ManagedFields {
    pub(super) fn read(list: &Value) -> Self {
        let entry = |own: &Value| {
            let operation = match own["operation"].text() {
                "Apply" => Operation::Apply,
                "Update" => Operation::Update,
                _ => return None,
            };
            let text = |field: &str| own[field].text().to_owned();
            let manager = Manager {
                name: text("manager"),
                operation,
                api_version: text("apiVersion"),
                subresource: text("subresource"),
            };
            let fields = FieldSet::from_value(&own["fieldsV1"]);
            Some(Entry { manager, fields, time: text("time") })
        };
        Self(list.items().iter().filter_map(entry).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = (&Manager, &FieldSet)> {
        self.0.iter().map(|entry| (&entry.manager, &entry.fields))
    }

    pub(super) fn is_same(own: &Manager, other: &Manager) -> bool {
        own.is(other)
    }

    pub(super) fn fields_of(&self, manager: &Manager) -> Option<&FieldSet> {
        self.0.iter().find(|entry| entry.manager.is(manager)).map(|entry| &entry.fields)
    }

    pub(super) fn all_fields(&self) -> FieldSet {
        self.0.iter().fold(FieldSet::default(), |all, entry| all.union(&entry.fields))
    }

    /// Gives a manager `fields`, and only those.
    pub(super) fn set(&mut self, manager: &Manager, fields: FieldSet, now: Time) {
        self.0.retain(|entry| !entry.manager.is(manager));
        self.0.push(Entry { manager: manager.clone(), fields, time: now.rfc3339() });
    }

    /// Gives a manager `fields` beside those it has.
    pub(super) fn add(&mut self, manager: &Manager, fields: &FieldSet, now: Time) {
        let all = self.fields_of(manager).map_or_else(|| fields.clone(), |own| own.union(fields));
        self.set(manager, all, now);
    }

    /// Takes `fields` from all managers but one.
    pub(super) fn give_up(&mut self, fields: &FieldSet, except: Option<&Manager>) {
        for entry in &mut self.0 {
            if except.is_none_or(|manager| !entry.manager.is(manager)) {
                entry.fields = entry.fields.difference(fields);
            }
        }
    }

    pub(super) fn strip_identity(&mut self) {
        let mut identity = FieldSet::default();
        for path in IDENTITY {
            let path: Vec<_> = path.iter().map(|name| format!("f:{name}").into()).collect();
            identity.insert(&path);
        }
        self.give_up(&identity, None);
        self.0.retain(|entry| !entry.fields.is_empty());
    }

    /// Puts the oldest managers by update under one name when there are too
    /// many.
    pub(super) fn cap_updaters(&mut self, updaters_max: usize) {
        let is_updater = |entry: &Entry| entry.manager.operation == Operation::Update;
        self.sort();
        let mut excess =
            self.0.iter().filter(|entry| is_updater(entry)).count().saturating_sub(updaters_max);
        if excess == 0 {
            return;
        }
        // One more, since the shared entry counts as well.
        excess += 1;
        let mut kept = Vec::new();
        let mut ancient: Vec<Entry> = Vec::new();
        for mut entry in std::mem::take(&mut self.0) {
            if excess == 0 || !is_updater(&entry) {
                kept.push(entry);
                continue;
            }
            excess -= 1;
            let version = &entry.manager.api_version;
            if let Some(own) = ancient.iter_mut().find(|own| own.manager.api_version == *version) {
                own.fields = own.fields.union(&entry.fields);
                own.time = std::cmp::max(std::mem::take(&mut own.time), entry.time);
            } else {
                "ancient-changes".clone_into(&mut entry.manager.name);
                entry.manager.subresource.clear();
                ancient.push(entry);
            }
        }
        kept.extend(ancient);
        self.0 = kept;
    }

    fn sort(&mut self) {
        self.0.sort_by(|a, b| {
            let key = |entry: &Entry| (entry.manager.operation, entry.time.clone());
            let name = |entry: &Entry| {
                let own = &entry.manager;
                (own.name.clone(), own.api_version.clone(), own.subresource.clone())
            };
            key(a).cmp(&key(b)).then_with(|| name(a).cmp(&name(b)))
        });
    }

    pub(super) fn write(mut self, object: &mut Value) {
        self.sort();
        let entry = |own: &Entry| {
            let mut entry = value!({
                "manager": (&own.manager.name),
                "operation": (own.manager.operation.name()),
                "apiVersion": (&own.manager.api_version),
                "fieldsType": "FieldsV1",
                "fieldsV1": (own.fields.to_value()),
            });
            entry.set_nonzero("time", &own.time);
            entry.set_nonzero("subresource", &own.manager.subresource);
            entry
        };
        let entries: Value = self.0.iter().map(entry).collect();
        object["metadata"].set_nonzero("managedFields", entries);
    }
}
