//! Who stands where for as long as they are there: each Pod keeps its slot
//! among the Pods of its node, and among those of its owner, so that nobody
//! moves because somebody else went.

use std::collections::BTreeMap;

use podyard_engine::view::{Id, Pod};

use super::cluster::SYSTEM_NAMESPACE;

/// Where Pods are at home: on a node, the cluster's own apart.
type OnNode = (String, bool);

/// The slots of all Pods.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Places {
    nodes: Homes<OnNode>,
    owners: Homes<Option<Id>>,
}

impl Places {
    /// A Pod is there, or has changed.
    pub(super) fn enter(&mut self, id: Id, pod: &Pod) {
        self.nodes.enter(id, (pod.node.clone(), pod.namespace == SYSTEM_NAMESPACE));
        self.owners.enter(id, pod.owner);
    }

    /// A Pod is gone.
    pub(super) fn leave(&mut self, id: Id) {
        self.nodes.leave(id);
        self.owners.leave(id);
    }

    /// The Pods on a node by slot; the cluster's own, or all others.
    pub(crate) fn on(&self, node: &str, system: bool) -> Vec<(u32, Id)> {
        self.nodes.at(&(node.to_owned(), system))
    }

    /// The Pods of an owner by slot.
    pub(crate) fn of(&self, owner: Option<Id>) -> Vec<(u32, Id)> {
        self.owners.at(&owner)
    }
}

/// The slots of several homes.
#[derive(Debug, Clone, PartialEq)]
struct Homes<K> {
    slots: BTreeMap<K, BTreeMap<u32, Id>>,
    home: BTreeMap<Id, (K, u32)>,
}

impl<K> Default for Homes<K> {
    fn default() -> Self {
        Self { slots: BTreeMap::new(), home: BTreeMap::new() }
    }
}

/// Fewer slots than this are never worth closing ranks for.
const FEW: u32 = 8;

impl<K: Ord + Clone> Homes<K> {
    /// Gives `id` the first free slot of its home; who is at home already
    /// stays where it is.
    fn enter(&mut self, id: Id, key: K) {
        if self.home.get(&id).is_some_and(|(own, _)| *own == key) {
            return;
        }
        self.leave(id);
        let slots = self.slots.entry(key.clone()).or_default();
        let taken = slots.keys().copied();
        let free = (0..).zip(taken).find(|(slot, taken)| slot != taken).map(|(slot, _)| slot);
        let slot = free.unwrap_or_else(|| slots.last_key_value().map_or(0, |(last, _)| last + 1));
        slots.insert(slot, id);
        self.home.insert(id, (key, slot));
    }

    /// Frees a slot. Where most are free, the rest close ranks.
    fn leave(&mut self, id: Id) {
        let Some((key, slot)) = self.home.remove(&id) else { return };
        let Some(slots) = self.slots.get_mut(&key) else { return };
        slots.remove(&slot);
        let Some((last, _)) = slots.last_key_value() else {
            self.slots.remove(&key);
            return;
        };
        let count = u32::try_from(slots.len()).unwrap_or(u32::MAX);
        if *last >= FEW && count.saturating_mul(2) <= *last {
            let closed: BTreeMap<u32, Id> = (0..).zip(slots.values().copied()).collect();
            for (slot, id) in &closed {
                self.home.insert(*id, (key.clone(), *slot));
            }
            *slots = closed;
        }
    }

    fn at(&self, key: &K) -> Vec<(u32, Id)> {
        let slots = self.slots.get(key).into_iter().flatten();
        slots.map(|(slot, id)| (*slot, *id)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(homes: &Homes<u8>) -> Vec<(u32, u32)> {
        homes.at(&0).into_iter().map(|(slot, id)| (slot, id.0)).collect()
    }

    #[test]
    fn nobody_moves_when_somebody_goes() {
        let mut homes = Homes::default();
        (0..3).for_each(|id| homes.enter(Id(id), 0));
        homes.leave(Id(0));
        assert_eq!(slots(&homes), [(1, 1), (2, 2)]);
        homes.enter(Id(9), 0);
        homes.enter(Id(1), 0);
        assert_eq!(slots(&homes), [(0, 9), (1, 1), (2, 2)]);
        homes.enter(Id(1), 1);
        assert_eq!(slots(&homes), [(0, 9), (2, 2)]);
    }

    #[test]
    fn the_few_who_are_left_close_ranks() {
        let mut homes = Homes::default();
        (0..20).for_each(|id| homes.enter(Id(id), 0));
        (0..18).for_each(|id| homes.leave(Id(id)));
        assert_eq!(slots(&homes).iter().map(|(_, id)| *id).collect::<Vec<_>>(), [18, 19]);
        assert!(slots(&homes).iter().all(|(slot, _)| *slot < 10), "{:?}", slots(&homes));
    }
}
