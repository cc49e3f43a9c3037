//! The objects of one kind, in order of namespace and name.

use std::collections::BTreeMap;

use crate::value::{Str, Value};

/// The objects of one kind, in order of namespace and name.
#[derive(Debug, Clone, Default)]
pub struct Table(BTreeMap<Str, BTreeMap<Str, Value>>);

impl Table {
    /// The object under `namespace` and `name`.
    pub fn get(&self, namespace: &Str, name: &Str) -> Option<&Value> {
        self.0.get(namespace)?.get(name)
    }

    /// The objects of one `namespace`, or all if that is empty.
    ///
    /// Objects of the cluster have an empty namespace, so that both are the
    /// same for their kinds.
    pub fn list<'a>(&'a self, namespace: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
        let one = (!namespace.is_empty()).then(|| self.0.get(namespace));
        let all = one.is_none().then(|| self.0.values());
        one.flatten().into_iter().chain(all.into_iter().flatten()).flat_map(BTreeMap::values)
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.0.values().map(BTreeMap::len).sum()
    }

    /// Whether there is no object.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The object under `namespace` and `name`, for writing.
    pub(super) fn get_mut(&mut self, namespace: &Str, name: &Str) -> Option<&mut Value> {
        self.0.get_mut(namespace)?.get_mut(name)
    }

    /// Puts an object under `namespace` and `name`; returns what was there.
    pub fn insert(&mut self, namespace: &Str, name: &Str, object: Value) -> Option<Value> {
        if let Some(names) = self.0.get_mut(namespace) {
            return names.insert(name.clone(), object);
        }
        self.0.insert(namespace.clone(), BTreeMap::from([(name.clone(), object)]));
        None
    }

    /// Takes the object under `namespace` and `name` away.
    pub fn remove(&mut self, namespace: &Str, name: &Str) -> Option<Value> {
        let names = self.0.get_mut(namespace)?;
        let object = names.remove(name);
        if names.is_empty() {
            self.0.remove(namespace);
        }
        object
    }
}
