//! The chain of causes behind an object: who made whom, and what Kubernetes'
//! events say about it.

use std::sync::Arc;

use podyard_engine::view::{Event, Id};

use super::{Cluster, Timeline};

/// More events about one object are not read.
const MAX_EVENTS: usize = 4;

/// One link of the chain: an object, and what happened to it that matters.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cause {
    /// The object.
    pub(crate) id: Id,
    /// The events, oldest first.
    pub(crate) events: Vec<Arc<Event>>,
}

/// The chain from whom nobody made down to `id`. Of what happened to the
/// owners, only what names the next in the chain is told.
pub(crate) fn causes(cluster: &Cluster, timeline: &Timeline, id: Id) -> Vec<Cause> {
    let mut chain = vec![id];
    while let Some(owner) = owner_of(cluster, chain.last().copied().unwrap_or(id)) {
        chain.push(owner);
    }
    chain.reverse();
    let newest = timeline.newest();
    let about = |id: Id, names: Option<&str>| {
        let own = newest.iter().filter(|(_, event)| event.about == Some(id));
        let own = own.filter(|(_, event)| names.is_none_or(|name| event.message.contains(name)));
        let mut events: Vec<_> = own.take(MAX_EVENTS).map(|(_, event)| event.clone()).collect();
        events.reverse();
        events
    };
    let name = |id: &Id| cluster.reference(*id).map(|reference| reference.name);
    chain
        .iter()
        .enumerate()
        .map(|(index, own)| {
            let next = chain.get(index + 1).and_then(name);
            Cause { id: *own, events: about(*own, next.as_deref()) }
        })
        .collect()
}

fn owner_of(cluster: &Cluster, id: Id) -> Option<Id> {
    let of_workload = || cluster.workloads.get(&id).and_then(|own| own.owner);
    let owner = cluster.pods.get(&id).map_or_else(of_workload, |pod| pod.owner)?;
    cluster.workloads.contains_key(&owner).then_some(owner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::cluster::tests::sample;

    #[test]
    fn the_chain_begins_with_whom_nobody_made() {
        let cluster = sample();
        let (pod, _) = cluster.pods.iter().next().expect("a Pod");
        let chain = causes(&cluster, &Timeline::default(), *pod);
        let kinds: Vec<_> =
            chain.iter().filter_map(|cause| Some(cluster.reference(cause.id)?.kind)).collect();
        assert_eq!(kinds, ["Deployment", "ReplicaSet", "Pod"]);
    }
}
