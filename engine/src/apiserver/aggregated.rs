//! Kinds that another server answers for, behind this one's door.
//!
//! Source: kube-aggregator. Such a server hands over all its objects at once
//! whenever they change; they have no history and cannot be watched.

use std::collections::BTreeMap;

use super::ApiServer;
use crate::api::Kind;
use crate::store::{Key, KindId};
use crate::value::{Str, Value};

/// The objects of other servers, by kind, namespace and name.
#[derive(Debug, Clone, Default)]
pub struct Aggregated(BTreeMap<KindId, BTreeMap<(Str, Str), Value>>);

impl Aggregated {
    /// The object under `key`.
    pub fn get(&self, key: &Key) -> Option<&Value> {
        self.0.get(&key.kind)?.get(&(key.namespace.clone(), key.name.clone()))
    }

    /// The objects of a kind, in order; of one `namespace` unless that is
    /// empty.
    pub fn list(&self, kind: KindId, namespace: &str) -> impl Iterator<Item = &Value> + use<'_> {
        let namespace: Str = namespace.into();
        let objects = self.0.get(&kind).into_iter().flatten();
        objects
            .filter(move |((own, _), _)| namespace.is_empty() || *own == namespace)
            .map(|(_, object)| object)
    }
}

impl ApiServer {
    /// What other servers have.
    pub fn aggregated(&self) -> &Aggregated {
        &self.aggregated
    }

    /// Serves a kind that another server answers for; returns its number.
    pub fn aggregate(&mut self, kind: &'static Kind) -> KindId {
        let id = self.registry.add(kind);
        self.aggregated.0.insert(id, BTreeMap::new());
        id
    }

    /// Takes over what another server has of a kind now.
    pub fn publish(&mut self, id: KindId, objects: Vec<Value>) {
        let keyed = objects.into_iter().map(|object| {
            let key = Key::of(id, &object);
            ((key.namespace, key.name), object)
        });
        self.aggregated.0.insert(id, keyed.collect());
    }
}
