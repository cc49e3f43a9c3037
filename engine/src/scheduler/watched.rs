//! What the scheduler has watched besides nodes and Pods.

use crate::apiserver::Kinds;
use crate::informer::Cache;
use crate::store::{Key, KindId};
use crate::value::Value;

/// The objects that say more of a Pod: its namespace, its owners, its claims.
#[derive(Clone, Copy)]
pub(super) struct Watched<'a> {
    pub(super) cache: &'a Cache,
    pub(super) kinds: &'a Kinds,
}

impl<'a> Watched<'a> {
    /// An object, if it is there.
    pub(super) fn get(self, kind: KindId, namespace: &str, name: &str) -> Option<&'a Value> {
        self.cache.get(&Key::new(kind, namespace, name))
    }

    /// The labels of a namespace.
    pub(super) fn namespace_labels(self, name: &str) -> &'a Value {
        let namespace = self.get(self.kinds.namespace, "", name);
        namespace.map_or(&Value::Null, |own| &own["metadata"]["labels"])
    }
}

/// Whether the scheduler looks at objects of a kind.
pub(super) fn watches(kinds: &Kinds, kind: KindId) -> bool {
    [
        kinds.namespace,
        kinds.service,
        kinds.replica_set,
        kinds.replication_controller,
        kinds.stateful_set,
        kinds.disruption_budget,
        kinds.volume,
        kinds.volume_claim,
        kinds.storage_class,
    ]
    .contains(&kind)
}
