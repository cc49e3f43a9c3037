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
use crate::value::Str;

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

    /// A label that all Pods of this sort have.
    fn label(&self) -> Option<Label> {
        let label = self.meant.iter().find_map(Meant::shared_label);
        label.map(|(key, value)| (key.clone(), value.clone()))
    }

    fn may_be_in(&self, pod: &PodInfo) -> bool {
        let only = self.meant.first().and_then(Meant::only_namespace);
        only.is_none_or(|only| *only == pod.key.namespace)
    }
}

/// The Pods of a sort on each node.
#[derive(Debug, Clone)]
struct Tally {
    of_nodes: Arc<Vec<u32>>,
    asked: u64,
}

impl Tally {
    fn note(&mut self, place: usize, comes: bool) {
        let of_nodes = Arc::make_mut(&mut self.of_nodes);
        if of_nodes.len() <= place {
            of_nodes.resize(place + 1, 0);
        }
        if let Some(own) = of_nodes.get_mut(place) {
            *own = if comes { *own + 1 } else { own.saturating_sub(1) };
        }
    }
}

/// A label's key and value.
type Label = (Str, Str);

/// All sorts that are counted.
#[derive(Debug, Clone, Default)]
pub(super) struct Tallies {
    /// By a label that all Pods of the sort have, so that a Pod is held
    /// against few of them.
    kept: BTreeMap<Option<Label>, BTreeMap<Sort, Tally>>,
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
        let label = sort.label();
        let known = self.kept.get_mut(&label).and_then(|sorts| sorts.get_mut(sort));
        if let Some(tally) = known {
            tally.asked = self.asked;
            return Arc::clone(&tally.of_nodes);
        }
        if self.kept.values().map(BTreeMap::len).sum::<usize>() >= KEPT {
            self.drop_eldest();
        }
        let count = |node: &NodeInfo| {
            let own = node.pods().iter().filter(|pod| sort.has(pod, watched)).count();
            u32::try_from(own).unwrap_or(u32::MAX)
        };
        let of_nodes = Arc::new(nodes.iter().map(count).collect::<Vec<u32>>());
        let tally = Tally { of_nodes: Arc::clone(&of_nodes), asked: self.asked };
        self.kept.entry(label).or_default().insert(sort.clone(), tally);
        of_nodes
    }

    fn drop_eldest(&mut self) {
        let asked = |sorts: &BTreeMap<Sort, Tally>| sorts.values().map(|own| own.asked).min();
        if let Some(eldest) = self.kept.values().filter_map(asked).min() {
            self.retain(|_, tally| tally.asked != eldest);
        }
    }

    fn retain(&mut self, keep: impl Fn(&Sort, &Tally) -> bool) {
        for sorts in self.kept.values_mut() {
            sorts.retain(|sort, tally| keep(sort, tally));
        }
        self.kept.retain(|_, sorts| !sorts.is_empty());
    }

    /// Takes note of a Pod that comes to the node at `place`, or leaves it.
    pub(super) fn note(&mut self, pod: &PodInfo, place: usize, comes: bool, watched: Watched<'_>) {
        let labels = pod.labels.entries();
        let labels =
            labels.filter_map(|(key, value)| Some((key.clone(), value.as_shared()?.clone())));
        for label in labels.map(Some).chain([None]) {
            for (sort, tally) in self.kept.get_mut(&label).into_iter().flatten() {
                if sort.may_be_in(pod) && sort.has(pod, watched) {
                    tally.note(place, comes);
                }
            }
        }
    }

    /// Forgets the sorts that ask for the labels of watched, after those
    /// have changed.
    pub(super) fn forget_namespaces(&mut self) {
        self.retain(|sort, _| !sort.meant.iter().any(Meant::asks_namespaces));
    }
}
