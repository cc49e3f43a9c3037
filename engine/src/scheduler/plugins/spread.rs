//! Spreading Pods over nodes and zones.
//!
//! Source: upstream plugin PodTopologySpread, with its system defaults: Pods
//! of one Service or set spread over nodes and zones where they can.

use std::sync::Arc;

use super::super::domains::PerDomain;
use super::super::node_info::NodeInfo;
use super::super::nodes::Nodes;
use super::super::pod_info::PodInfo;
use super::super::tally::Sort;
use super::super::term::Meant;
use super::super::watched::Watched;
use super::node::{selects, untolerated};
use super::{Plugin, Reason, Rejection};
use crate::api::selector::Selector;
use crate::value;
use crate::value::{Str, Value};

const HOSTNAME: &str = "kubernetes.io/hostname";
const ZONE: &str = "topology.kubernetes.io/zone";
/// The system's own constraints: by which label, and how far counts may differ.
const DEFAULTS: [(&str, i64); 2] = [(HOSTNAME, 3), (ZONE, 5)];
const SCHEDULE_ANYWAY: &str = "ScheduleAnyway";

/// One of a Pod's `topologySpreadConstraints`.
#[derive(Debug, Clone)]
struct Constraint {
    topology: Str,
    sort: Sort,
    max_skew: i64,
    min_domains: usize,
    /// Whether nodes count that the Pod does not select.
    ignores_affinity: bool,
    /// Whether nodes count whose taints the Pod does not bear.
    ignores_taints: bool,
}

impl Constraint {
    fn of(constraint: &Value, pod: &PodInfo) -> Option<Self> {
        let mut selector = constraint["labelSelector"].clone();
        for key in constraint["matchLabelKeys"].items() {
            if let Some(label) = pod.labels.get(key.text()) {
                let own = value!({ "key": key, "operator": "In", "values": [label] });
                selector["matchExpressions"].push(own);
            }
        }
        Some(Self {
            topology: constraint["topologyKey"].as_shared()?.clone(),
            sort: sort(pod, Selector::from_object(&selector)?),
            max_skew: constraint["maxSkew"].int(),
            min_domains: usize::try_from(constraint["minDomains"].as_int().unwrap_or(1)).ok()?,
            ignores_affinity: constraint["nodeAffinityPolicy"].text() == "Ignore",
            ignores_taints: constraint["nodeTaintsPolicy"].text() != "Honor",
        })
    }

    fn counts_on(&self, pod: &PodInfo, info: &NodeInfo) -> bool {
        (self.ignores_affinity || selects(pod, info))
            && (self.ignores_taints || untolerated(pod, info).is_none())
    }
}

/// The Pods of the same namespace that a selector means and that stay.
fn sort(pod: &PodInfo, selector: Selector) -> Sort {
    Sort { meant: vec![Meant::within(&pod.key.namespace, selector)], with_deleting: false }
}

fn constraints(pod: &PodInfo, anyway: bool) -> Vec<Constraint> {
    let all = pod.spec["topologySpreadConstraints"].items().iter();
    all.filter(|own| (own["whenUnsatisfiable"].text() == SCHEDULE_ANYWAY) == anyway)
        .filter_map(|own| Constraint::of(own, pod))
        .collect()
}

fn has_all(info: &NodeInfo, constraints: &[Constraint]) -> bool {
    constraints.iter().all(|own| info.label(&own.topology).is_some())
}

/// How the Pods are spread that a Pod's hard constraints count.
#[derive(Debug, Clone)]
pub(super) struct Spread(Vec<Counted>);

#[derive(Debug, Clone)]
struct Counted {
    constraint: Constraint,
    counts: PerDomain,
    /// Which domains have a node that counts.
    eligible: Vec<bool>,
    least: i64,
    /// 1 if the Pod itself is one of those that are counted.
    own: i64,
}

impl Counted {
    fn settle(&mut self) {
        let eligible = self.counts.numbers().iter().zip(&self.eligible);
        let counts = eligible.clone().filter(|(_, own)| **own).map(|(count, _)| *count);
        let domains = eligible.filter(|(_, own)| **own).count();
        let enough = domains >= self.constraint.min_domains;
        self.least = if enough { counts.min().unwrap_or(0) } else { 0 };
    }
}

impl Spread {
    /// Counts what the Pod's hard constraints ask for; `None` if it has none.
    pub(super) fn read(pod: &PodInfo, nodes: &Nodes, watched: Watched<'_>) -> Option<Self> {
        if pod.spec["topologySpreadConstraints"].is_null() {
            return None;
        }
        let constraints = constraints(pod, false);
        if constraints.is_empty() {
            return None;
        }
        let counted = constraints.iter().map(|constraint| {
            let of_nodes = nodes.count(&constraint.sort, watched);
            let mut counts = PerDomain::new(nodes.domains(&constraint.topology));
            let mut eligible = vec![false; counts.numbers().len()];
            for place in nodes.order() {
                let Some(info) = nodes.get(*place) else { continue };
                if !has_all(info, &constraints) || !constraint.counts_on(pod, info) {
                    continue;
                }
                counts.add(*place, of_nodes.get(*place).copied().unwrap_or(0).into());
                let domain = counts.domain(*place);
                if let Some(own) = domain.and_then(|domain| eligible.get_mut(domain)) {
                    *own = true;
                }
            }
            let own = i64::from(constraint.sort.has(pod, watched));
            let constraint = constraint.clone();
            let mut counted = Counted { constraint, counts, eligible, least: 0, own };
            counted.settle();
            counted
        });
        Some(Self(counted.collect()))
    }

    /// Refuses a node where one more Pod would make the spread uneven.
    pub(super) fn filter(&self, place: usize) -> Result<(), Rejection> {
        for counted in &self.0 {
            let Some(domain) = counted.counts.domain(place) else {
                let text = "node(s) didn't match pod topology spread constraints \
                            (missing required label)";
                return Err(Rejection::for_good(Plugin::PodTopologySpread, Reason::Fixed(text)));
            };
            let counts = counted.eligible.get(domain).is_some_and(|own| *own);
            let there = counted.counts.at(place).filter(|_| counts).unwrap_or(0);
            if there + counted.own - counted.least > counted.constraint.max_skew {
                let reason = Reason::Fixed("node(s) didn't match pod topology spread constraints");
                return Err(Rejection::new(Plugin::PodTopologySpread, reason));
            }
        }
        Ok(())
    }

    /// Reckons with one Pod more or less on the node at `place`.
    pub(super) fn suppose(
        &mut self,
        other: &PodInfo,
        place: usize,
        amount: i64,
        watched: Watched<'_>,
    ) {
        for counted in &mut self.0 {
            if counted.constraint.sort.has(other, watched) {
                counted.counts.add(place, amount);
                counted.settle();
            }
        }
    }
}

/// The constraints that the system adds to Pods without their own.
fn default_constraints(pod: &PodInfo, watched: Watched<'_>) -> Vec<Constraint> {
    let Some(selector) = default_selector(pod, watched) else { return Vec::new() };
    let sort = sort(pod, selector);
    let constraint = |(topology, max_skew): (&str, i64)| Constraint {
        topology: topology.into(),
        sort: sort.clone(),
        max_skew,
        min_domains: 1,
        ignores_affinity: false,
        ignores_taints: true,
    };
    DEFAULTS.into_iter().map(constraint).collect()
}

/// What the Services and the controller of a Pod select.
fn default_selector(pod: &PodInfo, watched: Watched<'_>) -> Option<Selector> {
    let mut selector = Value::map();
    for service in watched.cache.list(watched.kinds.service, &pod.key.namespace) {
        let own = &service["spec"]["selector"];
        let selects = own.entries().all(|(key, value)| pod.labels.get(key) == Some(value));
        if selects && !own.is_empty() {
            own.entries().for_each(|(key, value)| selector["matchLabels"].set(key, value));
        }
    }
    let kind = match (pod.owner["apiVersion"].text(), pod.owner["kind"].text()) {
        ("apps/v1", "ReplicaSet") => Some(watched.kinds.replica_set),
        ("apps/v1", "StatefulSet") => Some(watched.kinds.stateful_set),
        ("v1", "ReplicationController") => Some(watched.kinds.replication_controller),
        _ => None,
    };
    let name = pod.owner["name"].text();
    let owner = kind.and_then(|kind| watched.get(kind, &pod.key.namespace, name));
    if let Some(owner) = owner {
        let own = &owner["spec"]["selector"];
        let plain = kind == Some(watched.kinds.replication_controller);
        let labels = if plain { own } else { &own["matchLabels"] };
        labels.entries().for_each(|(key, value)| selector["matchLabels"].set(key, value));
        if !plain && !own["matchExpressions"].is_empty() {
            selector.set("matchExpressions", &own["matchExpressions"]);
        }
    }
    Selector::from_object(&selector).filter(|own| !own.is_everything())
}

/// Fewer Pods of the same sort nearby are better.
pub(super) fn scores(
    pod: &PodInfo,
    nodes: &Nodes,
    watched: Watched<'_>,
    places: &[usize],
) -> Option<Vec<i64>> {
    let own = !pod.spec["topologySpreadConstraints"].is_empty();
    let constraints = if own { constraints(pod, true) } else { default_constraints(pod, watched) };
    if constraints.is_empty() {
        return None;
    }
    let ignored =
        |place: &usize| own && nodes.get(*place).is_none_or(|info| !has_all(info, &constraints));
    let taken: Vec<usize> = places.iter().copied().filter(|place| !ignored(place)).collect();
    let mut sums = vec![0; taken.len()];
    for constraint in &constraints {
        add_scores(constraint, pod, nodes, watched, &taken, &mut sums, |info| {
            !own || has_all(info, &constraints)
        });
    }
    for sum in &mut sums {
        *sum = (*sum + ONE / 2) / ONE;
    }
    let least = sums.iter().copied().min().unwrap_or(0);
    let most = sums.iter().copied().max().unwrap_or(0);
    let mut sums = sums.into_iter();
    let score = |place: &usize| {
        if ignored(place) {
            return 0;
        }
        let own = sums.next().unwrap_or(0);
        if most == 0 { 100 } else { 100 * (most + least - own) / most }
    };
    Some(places.iter().map(score).collect())
}

/// One, as logarithms count here: floats must not decide.
const ONE: i64 = 1 << 20;

fn add_scores(
    constraint: &Constraint,
    pod: &PodInfo,
    nodes: &Nodes,
    watched: Watched<'_>,
    places: &[usize],
    sums: &mut [i64],
    counts_at_all: impl Fn(&NodeInfo) -> bool,
) {
    let of_nodes = nodes.count(&constraint.sort, watched);
    let on_node = |place: usize| i64::from(of_nodes.get(place).copied().unwrap_or(0));
    let domains = nodes.domains(&constraint.topology);
    let by_node = &*constraint.topology == HOSTNAME;
    let size = if by_node {
        places.len()
    } else {
        let mut met: Vec<Option<usize>> = places.iter().map(|own| domains.of(*own)).collect();
        met.sort_unstable();
        met.dedup();
        met.len()
    };
    let mut counts = (!by_node).then(|| PerDomain::new(Arc::clone(&domains)));
    if let Some(counts) = counts.as_mut().filter(|own| !own.numbers().is_empty()) {
        for place in nodes.order() {
            let Some(info) = nodes.get(*place) else { continue };
            if counts_at_all(info) && constraint.counts_on(pod, info) {
                counts.add(*place, on_node(*place));
            }
        }
    }
    let weight = logarithm(size + 2);
    for (place, sum) in places.iter().zip(sums) {
        let count = counts.as_ref().map_or(Some(on_node(*place)), |counts| counts.at(*place));
        if let (Some(count), Some(_)) = (count, domains.of(*place)) {
            *sum += count * weight + (constraint.max_skew - 1) * ONE;
        }
    }
}

/// The natural logarithm of `number` in parts of [`ONE`].
fn logarithm(number: usize) -> i64 {
    /// The natural logarithm of 2 in parts of 2⁴⁰.
    const LN_2: u128 = 762_123_384_786;
    let number = u64::try_from(number).unwrap_or(u64::MAX).max(1);
    let whole = number.ilog2();
    // The fraction of the binary logarithm, bit by bit, by squaring.
    let mut rest = (u128::from(number) << 32) >> whole;
    let mut binary = u128::from(whole) << 20;
    for bit in (0..20).rev() {
        rest = (rest * rest) >> 32;
        if rest >= 2 << 32 {
            rest >>= 1;
            binary |= 1 << bit;
        }
    }
    i64::try_from((binary * LN_2) >> 40).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_come_without_floats() {
        for (number, thousandths) in [(1, 0), (2, 693), (3, 1_098), (36, 3_583), (5_002, 8_517)] {
            assert_eq!(logarithm(number) * 1_000 / ONE, thousandths, "{number}");
        }
    }
}
