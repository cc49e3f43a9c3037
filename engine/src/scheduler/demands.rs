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
pub(super) struct Group<'a> {
    pub(super) term: &'a Arc<Term>,
    /// How many Pods, by the node's place.
    pub(super) of_nodes: &'a BTreeMap<usize, i64>,
}

/// The terms of all placed Pods.
#[derive(Debug, Clone, Default)]
pub(super) struct Demands {
    keeps: BTreeMap<Arc<Term>, BTreeMap<usize, i64>>,
    prefers: BTreeMap<Arc<Term>, BTreeMap<usize, i64>>,
}

impl Demands {
    /// The terms of one meaning.
    pub(super) fn all(&self, demand: Demand) -> impl Iterator<Item = Group<'_>> {
        let groups = match demand {
            Demand::Keeps => &self.keeps,
            Demand::Prefers => &self.prefers,
        };
        groups.iter().map(|(term, of_nodes)| Group { term, of_nodes })
    }

    /// Takes note of a Pod that comes to the node at `place`, or leaves it.
    pub(super) fn note(&mut self, pod: &PodInfo, place: usize, comes: bool) {
        let Some(terms) = &pod.terms else { return };
        let amount = if comes { 1 } else { -1 };
        for term in &terms.anti_affinity {
            change(&mut self.keeps, term, place, amount);
        }
        // What one Pod requires of others it also likes to have come.
        for term in terms.affinity.iter().chain(&terms.preferred) {
            change(&mut self.prefers, term, place, amount);
        }
    }
}

fn change(
    groups: &mut BTreeMap<Arc<Term>, BTreeMap<usize, i64>>,
    term: &Arc<Term>,
    place: usize,
    amount: i64,
) {
    let of_nodes = groups.entry(Arc::clone(term)).or_default();
    let own = of_nodes.entry(place).or_insert(0);
    *own += amount;
    if *own <= 0 {
        of_nodes.remove(&place);
        if of_nodes.is_empty() {
            groups.remove(term);
        }
    }
}
