//! How many Pods of a sort each node has, counted as Pods come and go.
//!
//! Spreading and affinities ask for the same sort again and again, once for
//! each replica. A sort is counted whole when it is first asked for, and kept
//! up to date from then on, until others have been asked for more recently.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::node_info::NodeInfo;
use super::pod_info::PodInfo;
use super::term::Meant;
use super::watched::Watched;

/// How many sorts are kept.
const KEPT: usize = 512;

/// A sort of Pods.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Sort {
    /// All of these must mean the Pod.
    pub(super) meant: Vec<Meant>,
    /// Whether Pods that are being deleted count.
    pub(super) with_deleting: bool,
}

impl Sort {
    /// Whether a Pod is of this sort.
    pub(super) fn has(&self, pod: &PodInfo, watched: Watched<'_>) -> bool {
        (self.with_deleting || !pod.deleting)
            && self
                .meant
                .iter()
                .all(|meant| meant.matches(&pod.key.namespace, &pod.labels, watched))
    }

    fn may_be_in(&self, pod: &PodInfo) -> bool {
        let only = self.meant.first().and_then(Meant::only_namespace);
        only.is_none_or(|only| *only == pod.key.namespace)
    }
}

/// The Pods of a sort on each node.
#[derive(Debug)]
struct Tally {
    of_nodes: Arc<Vec<u32>>,
    asked: u64,
}

/// All sorts that are counted.
#[derive(Debug, Default)]
pub(super) struct Tallies {
    kept: BTreeMap<Sort, Tally>,
    asked: u64,
}

impl Tallies {
    /// The Pods of a sort on each node, by the node's place.
    pub(super) fn count(
        &mut self,
        sort: &Sort,
        nodes: &[NodeInfo],
        watched: Watched<'_>,
    ) -> Arc<Vec<u32>> {
        self.asked += 1;
        if let Some(tally) = self.kept.get_mut(sort) {
            tally.asked = self.asked;
            return Arc::clone(&tally.of_nodes);
        }
        if self.kept.len() >= KEPT {
            self.drop_eldest();
        }
        let count = |node: &NodeInfo| {
            let own = node.pods().iter().filter(|pod| sort.has(pod, watched)).count();
            u32::try_from(own).unwrap_or(u32::MAX)
        };
        let of_nodes = Arc::new(nodes.iter().map(count).collect::<Vec<u32>>());
        let tally = Tally { of_nodes: Arc::clone(&of_nodes), asked: self.asked };
        self.kept.insert(sort.clone(), tally);
        of_nodes
    }

    fn drop_eldest(&mut self) {
        let eldest = self.kept.iter().min_by_key(|(_, tally)| tally.asked);
        if let Some(sort) = eldest.map(|(sort, _)| sort.clone()) {
            self.kept.remove(&sort);
        }
    }

    /// Takes note of a Pod that comes to the node at `place`, or leaves it.
    pub(super) fn note(&mut self, pod: &PodInfo, place: usize, comes: bool, watched: Watched<'_>) {
        for (sort, tally) in &mut self.kept {
            if !sort.may_be_in(pod) || !sort.has(pod, watched) {
                continue;
            }
            let of_nodes = Arc::make_mut(&mut tally.of_nodes);
            if of_nodes.len() <= place {
                of_nodes.resize(place + 1, 0);
            }
            if let Some(own) = of_nodes.get_mut(place) {
                *own = if comes { *own + 1 } else { own.saturating_sub(1) };
            }
        }
    }

    /// Forgets the sorts that ask for the labels of watched, after those
    /// have changed.
    pub(super) fn forget_namespaces(&mut self) {
        self.kept.retain(|sort, _| !sort.meant.iter().any(Meant::asks_namespaces));
    }
}
