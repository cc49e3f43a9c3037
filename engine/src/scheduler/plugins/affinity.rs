//! Pods that must, must not, should or should not be near each other.
//!
//! Source: upstream plugin InterPodAffinity.

use std::sync::Arc;

use super::super::demands::Demand;
use super::super::domains::PerDomain;
use super::super::nodes::Nodes;
use super::super::pod_info::PodInfo;
use super::super::tally::Sort;
use super::super::term::{Meant, Term};
use super::super::watched::Watched;
use super::{Plugin, Reason, Rejection};

/// Where the Pods are that a Pod's affinities, or theirs, speak of.
#[derive(Debug, Clone)]
pub(super) struct Affinity {
    /// What must be near: for each term the Pods that all terms mean.
    near: Vec<PerDomain>,
    /// Whether the Pod may be the first of those that want each other.
    may_be_first: bool,
    /// What must not be near.
    far: Vec<PerDomain>,
    /// Pods that do not want this one near.
    kept_from: Vec<(Arc<Term>, PerDomain)>,
}

fn all_of(meant: &[Meant]) -> Sort {
    Sort { meant: meant.to_vec(), with_deleting: true }
}

/// Whether any of a Pod's own terms, all together, means `other`.
fn means(meant: &[Meant], other: &PodInfo, watched: Watched<'_>) -> bool {
    let (namespace, labels) = (&other.key.namespace, &other.labels);
    !meant.is_empty() && meant.iter().all(|own| own.matches(namespace, labels, watched))
}

fn near_terms(pod: &PodInfo) -> Vec<Meant> {
    let terms = pod.terms.iter().flat_map(|terms| &terms.affinity);
    terms.map(|term| term.meant.clone()).collect()
}

/// The Pods of a sort in each domain of a term.
fn count(sort: &Sort, term: &Term, nodes: &Nodes, watched: Watched<'_>) -> PerDomain {
    let mut counts = PerDomain::new(nodes.domains(&term.topology));
    let of_nodes = nodes.count(sort, watched);
    for (place, count) in of_nodes.iter().enumerate().filter(|(_, count)| **count > 0) {
        counts.add(place, (*count).into());
    }
    counts
}

impl Affinity {
    /// Counts what matters to the Pod; `None` if nothing does.
    pub(super) fn read(pod: &PodInfo, nodes: &Nodes, watched: Watched<'_>) -> Option<Self> {
        let (namespace, labels) = (&pod.key.namespace, &pod.labels);
        let mut kept_from = Vec::new();
        for group in nodes.demands().all(Demand::Keeps) {
            if group.term.meant.matches(namespace, labels, watched) {
                let mut counts = PerDomain::new(nodes.domains(&group.term.topology));
                group.of_nodes.iter().for_each(|(place, count)| counts.add(*place, *count));
                kept_from.push((Arc::clone(group.term), counts));
            }
        }
        if pod.terms.is_none() && kept_from.is_empty() {
            return None;
        }
        let meant = near_terms(pod);
        let sort = all_of(&meant);
        let own = pod.terms.iter();
        let affinity = own.clone().flat_map(|terms| &terms.affinity);
        let near = affinity.map(|term| count(&sort, term, nodes, watched)).collect();
        let anti_affinity = own.flat_map(|terms| &terms.anti_affinity);
        let far = anti_affinity
            .map(|term| count(&all_of(std::slice::from_ref(&term.meant)), term, nodes, watched))
            .collect();
        Some(Self { near, may_be_first: means(&meant, pod, watched), far, kept_from })
    }

    /// Refuses a node that is too far from some Pods or too near to others.
    pub(super) fn filter(&self, place: usize) -> Result<(), Rejection> {
        if !self.is_near(place) {
            let reason = Reason::Fixed("node(s) didn't match pod affinity rules");
            return Err(Rejection::for_good(Plugin::InterPodAffinity, reason));
        }
        let has = |counts: &PerDomain| counts.at(place).is_some_and(|count| count > 0);
        if self.far.iter().any(has) {
            let reason = Reason::Fixed("node(s) didn't match pod anti-affinity rules");
            return Err(Rejection::new(Plugin::InterPodAffinity, reason));
        }
        if self.kept_from.iter().any(|(_, counts)| has(counts)) {
            let text = "node(s) didn't satisfy existing pods anti-affinity rules";
            return Err(Rejection::new(Plugin::InterPodAffinity, Reason::Fixed(text)));
        }
        Ok(())
    }

    fn is_near(&self, place: usize) -> bool {
        let counts: Option<Vec<i64>> = self.near.iter().map(|own| own.at(place)).collect();
        let Some(counts) = counts else { return false };
        counts.iter().all(|count| *count > 0)
            || (self.may_be_first && self.near.iter().all(PerDomain::is_zero))
    }

    /// Reckons with one Pod more or less on the node at `place`.
    pub(super) fn suppose(
        &mut self,
        pod: &PodInfo,
        other: &PodInfo,
        place: usize,
        amount: i64,
        watched: Watched<'_>,
    ) {
        if means(&near_terms(pod), other, watched) {
            self.near.iter_mut().for_each(|counts| counts.add(place, amount));
        }
        let anti_affinity = pod.terms.iter().flat_map(|terms| &terms.anti_affinity);
        for (term, counts) in anti_affinity.zip(&mut self.far) {
            if term.meant.matches(&other.key.namespace, &other.labels, watched) {
                counts.add(place, amount);
            }
        }
        for term in other.terms.iter().flat_map(|terms| &terms.anti_affinity) {
            for (own, counts) in &mut self.kept_from {
                if own.meant == term.meant && own.topology == term.topology {
                    counts.add(place, amount);
                }
            }
        }
    }
}

/// More of those that should be near, fewer of those that should not, are
/// better; `None` if nobody cares.
pub(super) fn scores(
    pod: &PodInfo,
    nodes: &Nodes,
    watched: Watched<'_>,
    places: &[usize],
) -> Option<Vec<i64>> {
    let mut sums: Vec<(i64, PerDomain)> = Vec::new();
    for term in pod.terms.iter().flat_map(|terms| &terms.preferred) {
        let sort = all_of(std::slice::from_ref(&term.meant));
        sums.push((term.weight, count(&sort, term, nodes, watched)));
    }
    for group in nodes.demands().all(Demand::Prefers) {
        if group.term.meant.matches(&pod.key.namespace, &pod.labels, watched) {
            let mut counts = PerDomain::new(nodes.domains(&group.term.topology));
            group.of_nodes.iter().for_each(|(place, count)| counts.add(*place, *count));
            sums.push((group.term.weight, counts));
        }
    }
    if sums.is_empty() {
        return None;
    }
    let sum = |place: &usize| -> i64 {
        sums.iter().map(|(weight, counts)| weight * counts.at(*place).unwrap_or(0)).sum()
    };
    let mut scores: Vec<i64> = places.iter().map(sum).collect();
    let least = scores.iter().copied().min().unwrap_or(0);
    let most = scores.iter().copied().max().unwrap_or(0);
    for score in &mut scores {
        *score = if most > least { 100 * (*score - least) / (most - least) } else { 0 };
    }
    Some(scores)
}
