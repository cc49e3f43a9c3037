//! The objects of the cluster, as etcd keeps them: one revision counter, one
//! history of changes. Knows nothing of kinds but their number.
//!
//! **Real clusters:** etcd keeps history until it is compacted, every five
//! minutes; here the history is bounded by count.

mod table;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

pub use self::table::Table;

use crate::sim::Time;
use crate::value::{Sharing, Str, Value};

/// How many changes the history keeps for watches that resume.
const HISTORY_MAX: usize = 4_096;

/// A kind of object, by its place in the API server's registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct KindId(pub u16);

/// Names one object: its kind, namespace (empty for the cluster) and name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The kind.
    pub kind: KindId,
    /// The namespace; empty when the kind is cluster-scoped.
    pub namespace: Str,
    /// The name.
    pub name: Str,
}

impl Key {
    /// The key of `namespace/name`.
    pub fn new(kind: KindId, namespace: &str, name: &str) -> Self {
        Self { kind, namespace: namespace.into(), name: name.into() }
    }

    /// The key of `object`, from its metadata.
    pub fn of(kind: KindId, object: &Value) -> Self {
        let metadata = &object["metadata"];
        let shared = |field: &str| metadata[field].as_shared().cloned().unwrap_or_default();
        Self { kind, namespace: shared("namespace"), name: shared("name") }
    }
}

/// One accepted write.
#[derive(Debug, Clone)]
pub struct Change {
    /// The revision it made, larger than that of every earlier change.
    pub revision: u64,
    /// When it was made.
    pub at: Time,
    /// The object.
    pub key: Key,
    /// The object before; `None` when it was created.
    pub old: Option<Value>,
    /// The object after; `None` when it was deleted.
    pub new: Option<Value>,
}

impl Change {
    /// The object after the change, or as it was last when it was deleted.
    pub fn object(&self) -> &Value {
        self.new.as_ref().or(self.old.as_ref()).unwrap_or(&Value::Null)
    }
}

/// A watch asked for changes that the history no longer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expired {
    /// The oldest revision from which a watch may start.
    pub oldest: u64,
}

/// Every object and the latest changes.
#[derive(Debug, Clone, Default)]
pub struct Store {
    revision: u64,
    tables: BTreeMap<KindId, Table>,
    /// Shared with those who look at them later.
    history: VecDeque<Arc<Change>>,
    /// How many changes have left the history.
    forgotten: u64,
    sharing: Sharing,
}

impl Store {
    /// The revision of the latest change.
    pub fn revision(&self) -> u64 {
        self.revision
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

    /// How many objects of a kind there are.
    pub fn count(&self, kind: KindId) -> usize {
        self.tables.get(&kind).map_or(0, Table::len)
    }

    /// Writes `new` under `key`, or deletes what is there. Returns the stored
    /// object with its `resourceVersion`; `None` if there was nothing to do.
    pub fn commit(&mut self, key: Key, new: Option<Value>, at: Time) -> Option<Value> {
        let table = self.tables.entry(key.kind).or_default();
        let is_gone = new.is_none();
        let mut object = match new {
            Some(object) => object,
            None => table.remove(&key.namespace, &key.name)?,
        };
        self.revision += 1;
        object["metadata"]["resourceVersion"] = self.revision.to_string().into();
        let (old, new) = if is_gone {
            (Some(object.clone()), None)
        } else {
            let place = table.get_mut(&key.namespace, &key.name);
            let old = place.as_deref().unwrap_or(&Value::Null);
            self.sharing.share_parts(&mut object, old);
            let old = match place {
                Some(place) => Some(std::mem::replace(place, object.clone())),
                None => table.insert(&key.namespace, &key.name, object.clone()),
            };
            (old, Some(object.clone()))
        };
        let change = Change { revision: self.revision, at, key, old, new };
        self.history.push_back(Arc::new(change));
        if self.history.len() > HISTORY_MAX {
            self.history.pop_front();
            self.forgotten += 1;
        }
        Some(object)
    }

    /// The changes after `revision`, oldest first.
    pub fn changes_after(
        &self,
        revision: u64,
    ) -> Result<impl Iterator<Item = &Change> + use<'_>, Expired> {
        let oldest = self.history.front().map_or(self.revision, |change| change.revision - 1);
        if revision < oldest && self.forgotten > 0 {
            return Err(Expired { oldest });
        }
        let start = self.history.partition_point(|change| change.revision <= revision);
        Ok(self.history.range(start..).map(|change| &**change))
    }

    /// The changes made after the `seen`-th one ever made, oldest first, and
    /// how many have been made in all. The caller must keep up with the
    /// history's bound.
    pub fn changes_since_count(&self, seen: u64) -> impl Iterator<Item = &Arc<Change>> + use<'_> {
        let start = usize::try_from(seen.saturating_sub(self.forgotten)).unwrap_or(usize::MAX);
        self.history.range(start.min(self.history.len())..)
    }

    /// How many changes have ever been made.
    pub fn change_count(&self) -> u64 {
        self.forgotten + self.history.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value;

    const PODS: KindId = KindId(0);

    fn put(store: &mut Store, namespace: &str, name: &str) {
        let object = value!({ "metadata": { "namespace": namespace, "name": name } });
        store.commit(Key::of(PODS, &object), Some(object), Time::default());
    }

    #[test]
    fn every_write_makes_one_revision_and_one_change() {
        let mut store = Store::default();
        put(&mut store, "a", "x");
        put(&mut store, "b", "y");
        put(&mut store, "a", "z");
        let deleted = store.commit(Key::new(PODS, "a", "x"), None, Time::default());
        assert_eq!(deleted.expect("was there")["metadata"]["resourceVersion"].text(), "4");
        assert_eq!(store.commit(Key::new(PODS, "a", "x"), None, Time::default()), None);
        let names = |namespace| -> Vec<String> {
            let objects = store.list(PODS, namespace);
            objects.map(|object| object["metadata"]["name"].text().to_owned()).collect()
        };
        assert_eq!(names(""), ["z", "y"]);
        assert_eq!(names("a"), ["z"]);
        let revisions = store.changes_after(2).expect("kept").map(|change| change.revision);
        assert_eq!(revisions.collect::<Vec<_>>(), [3, 4]);
    }

    #[test]
    fn the_history_is_bounded_and_says_when_it_is_too_short() {
        let mut store = Store::default();
        for _ in 0..HISTORY_MAX + 10 {
            put(&mut store, "a", "x");
        }
        assert_eq!(store.changes_after(5).err(), Some(Expired { oldest: 10 }));
        assert_eq!(store.changes_after(10).map(Iterator::count), Ok(HISTORY_MAX));
        assert_eq!(store.changes_since_count(store.change_count() - 3).count(), 3);
    }
}
