//! What a component knows of the cluster: the objects it has watched, with
//! the indexes it asks by.
//!
//! **Invariant:** a cache only changes by [`Cache::apply`], in the order of
//! the API server's changes; a component reads nothing else.

mod pods;

use std::collections::{BTreeMap, BTreeSet};

pub use self::pods::{Crew, Member, PodGroup};

use self::pods::PodCounts;
use crate::store::{Change, Key, KindId, Table};
use crate::value::{Str, Value};

/// A watched copy of some kinds' objects.
#[derive(Debug, Clone, Default)]
pub struct Cache {
    revision: u64,
    tables: BTreeMap<KindId, Table>,
    by_owner: BTreeMap<Str, BTreeSet<Key>>,
    orphans: BTreeMap<(KindId, Str), BTreeSet<Str>>,
    /// The kind of Pods, where they are counted.
    pods: Option<KindId>,
    counts: PodCounts,
}

impl Cache {
    /// A copy of nothing yet, that counts its Pods.
    pub fn counting(pods: KindId) -> Self {
        Self { pods: Some(pods), ..Self::default() }
    }

    /// The revision of the last change seen.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Takes in one change.
    pub fn apply(&mut self, change: &Change) {
        self.revision = change.revision;
        match &change.new {
            Some(object) => self.put(&change.key, object),
            None => self.drop(&change.key),
        }
    }

    fn put(&mut self, key: &Key, object: &Value) {
        let owners = &object["metadata"]["ownerReferences"];
        let table = self.tables.entry(key.kind).or_default();
        let old = table.insert(&key.namespace, &key.name, object.clone());
        self.count(key, old.as_ref(), Some(object));
        if let Some(old) = &old {
            if old["metadata"]["ownerReferences"] == *owners {
                return;
            }
            self.unlink(key, old);
        }
        for owner in owners.items() {
            if let Some(uid) = owner["uid"].as_shared() {
                self.by_owner.entry(uid.clone()).or_default().insert(key.clone());
            }
        }
        if controller_ref(object).is_none() {
            let place = (key.kind, key.namespace.clone());
            self.orphans.entry(place).or_default().insert(key.name.clone());
        }
    }

    fn drop(&mut self, key: &Key) {
        let table = self.tables.entry(key.kind).or_default();
        if let Some(old) = table.remove(&key.namespace, &key.name) {
            self.count(key, Some(&old), None);
            self.unlink(key, &old);
        }
    }

    fn count(&mut self, key: &Key, old: Option<&Value>, new: Option<&Value>) {
        if self.pods == Some(key.kind) {
            self.counts.note(&key.namespace, &key.name, old, new);
        }
    }

    fn unlink(&mut self, key: &Key, old: &Value) {
        for owner in old["metadata"]["ownerReferences"].items() {
            let Some(uid) = owner["uid"].as_shared() else { continue };
            if let Some(keys) = self.by_owner.get_mut(uid) {
                keys.remove(key);
                if keys.is_empty() {
                    self.by_owner.remove(uid);
                }
            }
        }
        if let Some(names) = self.orphans.get_mut(&(key.kind, key.namespace.clone())) {
            names.remove(&key.name);
        }
    }

    /// The object under `key`.
    pub fn get(&self, key: &Key) -> Option<&Value> {
        self.tables.get(&key.kind)?.get(&key.namespace, &key.name)
    }

    /// The objects of a kind in order of namespace and name; of one
    /// `namespace` only unless that is empty.
    pub fn list<'a>(
        &'a self,
        kind: KindId,
        namespace: &str,
    ) -> impl Iterator<Item = &'a Value> + use<'a> {
        self.tables.get(&kind).map(|table| table.list(namespace)).into_iter().flatten()
    }

    /// Everything that names the object with the uid `owner` as an owner.
    pub fn dependents(&self, owner: &str) -> impl Iterator<Item = &Key> + use<'_> {
        self.by_owner.get(owner).into_iter().flatten()
    }

    /// The objects of a kind whose controller has the uid `owner`.
    pub fn controlled_by<'a>(
        &'a self,
        kind: KindId,
        owner: &str,
    ) -> impl Iterator<Item = &'a Value> + use<'a> {
        let owner: Str = owner.into();
        self.by_owner
            .get(&owner)
            .into_iter()
            .flatten()
            .filter(move |key| key.kind == kind)
            .filter_map(|key| self.get(key))
            .filter(move |object| controller_uid(object) == Some(&owner))
    }

    /// The Pods whose controller has the uid `owner`, counted by their labels.
    pub fn pod_groups(&self, owner: &str) -> &[PodGroup] {
        self.counts.groups(owner)
    }

    /// The active Pods whose controller has the uid `owner`, by node.
    pub fn crew(&self, owner: &str) -> Option<&Crew> {
        self.counts.crew(owner)
    }

    /// How many Pods have ended for good.
    pub fn ended_pod_count(&self) -> usize {
        self.counts.ended().len()
    }

    /// The Pods that have ended for good, in order of namespace and name.
    pub fn ended_pods(&self) -> impl Iterator<Item = &Value> {
        let table = self.pods.and_then(|kind| self.tables.get(&kind));
        self.counts.ended().iter().filter_map(move |(namespace, name)| table?.get(namespace, name))
    }

    /// The objects of a kind in `namespace` that have no controller.
    pub fn orphans<'a>(
        &'a self,
        kind: KindId,
        namespace: &str,
    ) -> impl Iterator<Item = &'a Value> + use<'a> {
        let namespace: Str = namespace.into();
        let names = self.orphans.get(&(kind, namespace.clone()));
        names
            .into_iter()
            .flatten()
            .filter_map(move |name| self.tables.get(&kind)?.get(&namespace, name))
    }
}

/// The uid of the object's controller, if it has one.
pub fn controller_uid(object: &Value) -> Option<&Str> {
    controller_ref(object)?["uid"].as_shared()
}

/// The owner reference that names the object's controller.
pub fn controller_ref(object: &Value) -> Option<&Value> {
    let owners = object["metadata"]["ownerReferences"].items();
    owners.iter().find(|owner| owner["controller"].is_true())
}
