//! One Pod's way through filters and scores to a node.
//!
//! Source: upstream `pkg/scheduler/schedule_one.go`: in a large cluster only
//! some of the fitting nodes are looked for, each time from where the last
//! search ended.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::diagnosis::Diagnosis;
use super::plugins::{Cycle, Plugin, Rejection};
use super::pod_info::PodInfo;
use crate::sim::Random;
use crate::store::Key;

/// Fewer fitting nodes than this are never enough, where there are more.
const ENOUGH_MIN: usize = 100;

/// The Pods to which nodes are promised, each with its node's place.
pub(super) type Nominated = BTreeMap<Key, (usize, Arc<PodInfo>)>;

/// A node that was found, and what was thought of the others.
#[derive(Debug, Clone)]
pub(super) struct Choice {
    /// The node's place.
    pub(super) place: usize,
    /// The fitting nodes.
    pub(super) places: Vec<usize>,
    /// Their scores, by plugin; none where only one node fits.
    pub(super) scores: Vec<(Plugin, Vec<i64>)>,
    /// The nodes that do not fit.
    pub(super) refused: BTreeMap<usize, Rejection>,
}

/// How many fitting nodes are enough among `nodes`.
pub(super) fn enough(nodes: usize) -> usize {
    if nodes < ENOUGH_MIN {
        return nodes;
    }
    let percent = 50_usize.saturating_sub(nodes / 125).max(5);
    (nodes * percent / 100).max(ENOUGH_MIN)
}

/// Finds a node; `start` is where the search begins, and then where it ended.
pub(super) fn select(
    cycle: &Cycle<'_>,
    nominated: &Nominated,
    start: &mut usize,
    random: &mut Random,
) -> Result<Choice, Diagnosis> {
    let mut refused = BTreeMap::new();
    let promised = nominated.get(&cycle.pod.key).map(|(place, _)| *place);
    let mut places: Vec<usize> = Vec::new();
    if let Some(place) = promised.filter(|place| filter(cycle, *place, nominated).is_ok()) {
        places.push(place);
    } else {
        look_around(cycle, nominated, start, &mut places, &mut refused);
    }
    if places.is_empty() {
        let never_meant = cycle.only.as_ref().map(|_| Plugin::NodeAffinity);
        let nodes = cycle.nodes.order().len();
        return Err(Diagnosis { nodes, refused, never_meant, ..Diagnosis::default() });
    }
    let scores = if places.len() > 1 { cycle.scores(&places) } else { Vec::new() };
    let total = |index: usize| -> i64 { scores.iter().filter_map(|(_, own)| own.get(index)).sum() };
    let totals: Vec<i64> = (0..places.len()).map(total).collect();
    let best = totals.iter().max();
    let fitting = places.iter().zip(&totals);
    let equals: Vec<usize> =
        fitting.filter(|(_, total)| Some(*total) == best).map(|(place, _)| *place).collect();
    let chosen = if equals.len() > 1 { random.choose(&equals) } else { equals.first() };
    let place = chosen.copied().unwrap_or_default();
    Ok(Choice { place, places, scores, refused })
}

fn look_around(
    cycle: &Cycle<'_>,
    nominated: &Nominated,
    start: &mut usize,
    places: &mut Vec<usize>,
    refused: &mut BTreeMap<usize, Rejection>,
) {
    let order = cycle.nodes.order();
    let mut seen = 0;
    let mut look = |place: usize, wanted: usize| {
        seen += 1;
        match filter(cycle, place, nominated) {
            Ok(()) => places.push(place),
            Err(rejection) => {
                refused.insert(place, rejection);
            }
        }
        places.len() < wanted
    };
    if let Some(only) = &cycle.only {
        for name in only {
            if let Some(place) = cycle.nodes.place(name) {
                look(place, usize::MAX);
            }
        }
        return;
    }
    let wanted = enough(order.len());
    let from = start.checked_rem(order.len()).unwrap_or(0);
    for place in order.iter().cycle().skip(from).take(order.len()) {
        if !look(*place, wanted) {
            break;
        }
    }
    *start = (from + seen).checked_rem(order.len()).unwrap_or(0);
}

/// Runs the filters, with the more important Pods to which the node is
/// promised as though they were there, and without them.
fn filter(cycle: &Cycle<'_>, place: usize, nominated: &Nominated) -> Result<(), Rejection> {
    let Some(info) = cycle.nodes.get(place) else { return Ok(()) };
    let pod = cycle.pod;
    let others = nominated.values().filter(|(own, other)| {
        *own == place && other.priority >= pod.priority && other.key != pod.key
    });
    let mut others = others.peekable();
    if others.peek().is_some() {
        let (mut info, mut cycle) = (info.clone(), cycle.clone());
        for (_, other) in others {
            info.add(Arc::clone(other));
            cycle.suppose(other, place, true);
        }
        cycle.filter(place, &info)?;
    }
    cycle.filter(place, info)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Expectations from upstream `schedule_one_test.go`
    // (`TestNumFeasibleNodesToFind`).
    #[test]
    fn large_clusters_are_searched_in_part() {
        for (nodes, expected) in
            [(10, 10), (99, 99), (100, 100), (1_000, 420), (5_000, 500), (6_000, 300)]
        {
            assert_eq!(enough(nodes), expected, "{nodes}");
        }
    }
}
