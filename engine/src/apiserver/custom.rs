//! Serving the kinds that CustomResourceDefinitions bring.
//!
//! **Real clusters:** several controllers accept the names, establish the
//! kind and clean up after it, each a moment later; here the definition's
//! write does all that at once.

use super::ApiServer;
use crate::api::custom;
use crate::api::custom_resource_definition::{KIND, established};
use crate::store::{Key, KindId};
use crate::value::Value;

impl ApiServer {
    /// Stores a change, and returns the object as it is stored or was last.
    pub(super) fn commit(&mut self, key: Key, object: Option<Value>) -> Value {
        let gone = object.is_none();
        let committed = self.store.commit(key.clone(), object, self.now).unwrap_or_default();
        if !gone {
            self.leases.note(&key, &committed, self.now);
        }
        if std::ptr::eq(self.kind(key.kind), &raw const KIND) {
            if gone {
                self.withdraw(&committed);
            } else {
                self.establish(key, &committed);
            }
        }
        committed
    }

    /// Serves the kinds of a definition, and says so in its status.
    fn establish(&mut self, key: Key, crd: &Value) {
        self.registry.serve(crd);
        let mut changed = crd.clone();
        changed.set("status", established(crd, self.now));
        if changed != *crd {
            self.store.commit(key, Some(changed), self.now);
        }
    }

    /// Deletes the objects of a definition that is gone, and its kinds.
    fn withdraw(&mut self, crd: &Value) {
        for id in self.registry.withdraw(crd) {
            let keys: Vec<Key> =
                self.store.list(id, "").map(|object| Key::of(id, object)).collect();
            for key in keys {
                self.store.commit(key, None, self.now);
            }
        }
    }
}

impl super::Registry {
    /// Serves the kinds of a definition instead of those it brought before.
    fn serve(&mut self, crd: &Value) {
        let name = crd["metadata"]["name"].text();
        let spec = &crd["spec"];
        if self.definitions.get(name).is_some_and(|known| known == spec) {
            return;
        }
        let before = self.brought_by(crd);
        let mut slots = before.iter().copied();
        for kind in custom::kinds(crd) {
            match slots.next() {
                // The number of the stored kind stays, and with it its objects.
                Some(id) => self.replace(id, kind),
                None => self.kinds.push(kind),
            }
        }
        for id in slots {
            self.replace(id, &super::registry::NO_KIND);
        }
        self.definitions.insert(name.to_owned(), spec.clone());
        self.index();
    }

    /// No longer serves the kinds of a definition; these are their numbers.
    fn withdraw(&mut self, crd: &Value) -> Vec<KindId> {
        let ids = self.brought_by(crd);
        for id in &ids {
            self.replace(*id, &super::registry::NO_KIND);
        }
        self.definitions.remove(crd["metadata"]["name"].text());
        self.index();
        ids
    }

    /// The numbers of the kinds that a definition brought, the stored one
    /// first.
    fn brought_by(&self, crd: &Value) -> Vec<KindId> {
        let spec = &crd["spec"];
        let (group, plural) = (spec["group"].text(), spec["names"]["plural"].text());
        let own = self.iter().filter(|(_, kind)| {
            kind.custom.is_some() && kind.group == group && kind.plural == plural
        });
        let mut ids: Vec<KindId> = own.map(|(id, _)| id).collect();
        ids.sort_by_key(|id| self.kind(*id).stored_as.is_some());
        ids
    }
}
