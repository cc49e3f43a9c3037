//! What the Pods that run already ask of those that come: their affinities,
//! by term and node.
//!
//! Many Pods share one term, as the replicas of one template do. So a Pod that
//! comes is held against each term once, not against each Pod.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::pod_info::PodInfo;
use super::term::Term;

/// What a term means to the Pods that come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Demand {
    /// They may not come near.
    Keeps,
    /// They are welcome near, or not; the term's weight says how much.
    Prefers,
}

/// The Pods with one term, on each node.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) term: Arc<Term>,
    /// How many Pods, by the node's place.
    pub(super) of_nodes: BTreeMap<usize, i64>,
}

/// The terms of all placed Pods.
#[derive(Debug, Default)]
pub(super) struct Demands {
    groups: BTreeMap<(Demand, String), Group>,
}

impl Demands {
    /// The terms of one meaning.
    pub(super) fn all(&self, demand: Demand) -> impl Iterator<Item = &Group> {
        let from = (demand, String::new());
        self.groups
            .range(from..)
            .take_while(move |((own, _), _)| *own == demand)
            .map(|(_, own)| own)
    }

    /// Takes note of a Pod that comes to the node at `place`, or leaves it.
    pub(super) fn note(&mut self, pod: &PodInfo, place: usize, comes: bool) {
        let Some(terms) = &pod.terms else { return };
        let amount = if comes { 1 } else { -1 };
        for term in &terms.anti_affinity {
            self.change(Demand::Keeps, term, place, amount);
        }
        // What one Pod requires of others it also likes to have come.
        for term in terms.affinity.iter().chain(&terms.preferred) {
            self.change(Demand::Prefers, term, place, amount);
        }
    }

    fn change(&mut self, demand: Demand, term: &Arc<Term>, place: usize, amount: i64) {
        let text = format!("{}|{}|{}", term.topology, term.weight, term.meant.text());
        let key = (demand, text);
        let new = || Group { term: Arc::clone(term), of_nodes: BTreeMap::new() };
        let group = self.groups.entry(key.clone()).or_insert_with(new);
        let own = group.of_nodes.entry(place).or_insert(0);
        *own += amount;
        if *own <= 0 {
            group.of_nodes.remove(&place);
        }
        if group.of_nodes.is_empty() {
            self.groups.remove(&key);
        }
    }
}
