//! What a component knows of the cluster: the objects it has watched, with
//! the indexes it asks by.
//!
//! **Invariant:** a cache only changes by [`Cache::apply`], in the order of
//! the API server's changes; a component reads nothing else.

use std::collections::{BTreeMap, BTreeSet};

use crate::store::{Change, Key, KindId, Store};
use crate::value::{Str, Value};

type Place = (Str, Str);

/// A watched copy of some kinds' objects.
#[derive(Debug, Clone, Default)]
pub struct Cache {
    revision: u64,
    tables: BTreeMap<KindId, BTreeMap<Place, Value>>,
    by_owner: BTreeMap<Str, BTreeSet<Key>>,
    orphans: BTreeMap<(KindId, Str), BTreeSet<Str>>,
}

impl Cache {
    /// The revision of the last change seen.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Forgets everything and lists the store anew, as after a restart.
    pub fn relist(&mut self, store: &Store, kinds: impl IntoIterator<Item = KindId>) {
        *self = Self { revision: store.revision(), ..Self::default() };
        for kind in kinds {
            for object in store.list(kind, "") {
                self.put(&Key::of(kind, object), object.clone());
            }
        }
    }

    /// Takes in one change.
    pub fn apply(&mut self, change: &Change) {
        self.revision = change.revision;
        match &change.new {
            Some(object) => self.put(&change.key, object.clone()),
            None => self.drop(&change.key),
        }
    }

    fn put(&mut self, key: &Key, object: Value) {
        let owners = object["metadata"]["ownerReferences"].clone();
        let orphan = controller_ref(&object).is_none();
        let table = self.tables.entry(key.kind).or_default();
        let old = table.insert((key.namespace.clone(), key.name.clone()), object);
        if let Some(old) = &old {
            if old["metadata"]["ownerReferences"] == owners {
                return;
            }
            self.unlink(key, old);
        }
        for owner in owners.items() {
            if let Some(uid) = owner["uid"].as_shared() {
                self.by_owner.entry(uid.clone()).or_default().insert(key.clone());
            }
        }
        if orphan {
            let place = (key.kind, key.namespace.clone());
            self.orphans.entry(place).or_default().insert(key.name.clone());
        }
    }

    fn drop(&mut self, key: &Key) {
        let table = self.tables.entry(key.kind).or_default();
        if let Some(old) = table.remove(&(key.namespace.clone(), key.name.clone())) {
            self.unlink(key, &old);
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
        self.tables.get(&key.kind)?.get(&(key.namespace.clone(), key.name.clone()))
    }

    /// The objects of a kind in order of namespace and name; of one
    /// `namespace` only unless that is empty.
    pub fn list<'a>(&'a self, kind: KindId, namespace: &str) -> impl Iterator<Item = &'a Value> {
        let start: Place = (namespace.into(), Str::default());
        let all = namespace.is_empty();
        let within = start.0.clone();
        self.tables
            .get(&kind)
            .into_iter()
            .flat_map(move |table| table.range(start.clone()..))
            .take_while(move |((own, _), _)| all || *own == within)
            .map(|(_, object)| object)
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
            .filter_map(move |name| self.tables.get(&kind)?.get(&(namespace.clone(), name.clone())))
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
