//! Making room: which less important Pods would have to go, and where.
//!
//! Source: upstream `pkg/scheduler/framework/preemption` and plugin
//! DefaultPreemption. **Real clusters:** Pods of one priority are told apart
//! by when they started; here by when they were made.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::diagnosis::{Diagnosis, PREEMPTION_IS_NO_HELP, histogram};
use super::node_info::NodeInfo;
use super::plugins::{Cycle, Plugin, Reason, Rejection};
use super::pod_info::PodInfo;
use super::watched::Watched;
use crate::api::selector::Selector;
use crate::sim::Random;
use crate::value::Value;

/// At least so many nodes are tried, and at least a tenth of those that could
/// help.
const CANDIDATES_MIN: usize = 100;

/// A node that would fit, had some Pods gone.
#[derive(Debug)]
pub(super) struct Candidate {
    /// The node's place.
    pub(super) place: usize,
    /// The Pods that must go, the most important first.
    pub(super) victims: Vec<Arc<PodInfo>>,
    violations: usize,
}

/// Finds the node where making room hurts least; or says why there is none,
/// in the words of the event.
pub(super) fn preempt(
    cycle: &Cycle<'_>,
    diagnosis: &Diagnosis,
    nominated: Option<usize>,
    watched: Watched<'_>,
    random: &mut Random,
) -> Result<Candidate, String> {
    if cycle.pod.spec["preemptionPolicy"].text() == "Never" {
        return Err("not eligible due to preemptionPolicy=Never.".to_owned());
    }
    if nominated.is_some_and(|place| waits_there(cycle, diagnosis, place)) {
        return Err("not eligible due to a terminating pod on the nominated node.".to_owned());
    }
    let helpful = |place: &&usize| diagnosis.refused.get(place).is_some_and(|own| !own.for_good);
    let helpful: Vec<usize> = cycle.nodes.order().iter().filter(helpful).copied().collect();
    let mut useless: BTreeMap<Reason, usize> = BTreeMap::new();
    let mut candidates = Vec::new();
    let wanted = (helpful.len() / 10).max(CANDIDATES_MIN);
    let nobody = cycle.nodes.least_priority().is_none_or(|least| least >= cycle.pod.priority);
    let offset = random.below(helpful.len() as u64);
    let offset = if nobody { 0 } else { usize::try_from(offset).unwrap_or(0) };
    let budgets = if nobody { Vec::new() } else { budgets(watched) };
    for place in helpful.iter().cycle().skip(offset).take(helpful.len()) {
        let found = if nobody { Err(no_victims()) } else { victims(cycle, *place, &budgets) };
        match found {
            Ok(candidate) => candidates.push(candidate),
            Err(rejection) => *useless.entry(rejection.reason).or_insert(0) += 1,
        }
        if candidates.len() >= wanted {
            break;
        }
    }
    if let Some(best) = candidates.into_iter().min_by_key(cost) {
        return Ok(best);
    }
    let rest = Reason::Fixed(PREEMPTION_IS_NO_HELP);
    let others = diagnosis.nodes - helpful.len();
    let all = useless.iter().map(|(reason, count)| (reason, *count)).chain([(&rest, others)]);
    let reasons = histogram(all.filter(|(_, count)| *count > 0));
    Err(format!("0/{} nodes are available: {reasons}.", diagnosis.nodes))
}

/// Whether Pods that were told to go still hold the place that was promised.
fn waits_there(cycle: &Cycle<'_>, diagnosis: &Diagnosis, place: usize) -> bool {
    let hopeless = diagnosis.refused.get(&place).is_some_and(|own| own.for_good);
    let info = cycle.nodes.get(place).filter(|_| !hopeless);
    info.is_some_and(|info| {
        let goes =
            |own: &Arc<PodInfo>| own.deleting && own.preempted && own.priority < cycle.pod.priority;
        info.pods().iter().any(goes)
    })
}

fn no_victims() -> Rejection {
    Rejection {
        plugin: Plugin::NodeResourcesFit,
        reason: Reason::Fixed("No preemption victims found for incoming pod"),
        for_good: true,
    }
}

/// A budget, and how many of its Pods may still be disturbed.
struct Budget<'a> {
    namespace: &'a str,
    selector: Selector,
    disturbed: &'a Value,
    allowed: i64,
}

fn budgets(watched: Watched<'_>) -> Vec<Budget<'_>> {
    let all = watched.cache.list(watched.kinds.disruption_budget, "");
    all.filter_map(|budget| {
        let selector = Selector::from_object(&budget["spec"]["selector"])?;
        Some(Budget {
            namespace: budget["metadata"]["namespace"].text(),
            selector,
            disturbed: &budget["status"]["disruptedPods"],
            allowed: budget["status"]["disruptionsAllowed"].int(),
        })
    })
    .collect()
}

/// Splits Pods by whether their budgets forbid that they go; each that may go
/// uses its budgets up.
fn by_budgets(
    pods: Vec<Arc<PodInfo>>,
    budgets: &[Budget<'_>],
) -> (Vec<Arc<PodInfo>>, Vec<Arc<PodInfo>>) {
    let mut left: Vec<i64> = budgets.iter().map(|budget| budget.allowed).collect();
    pods.into_iter().partition(|pod| {
        let mut violates = false;
        for (budget, left) in budgets.iter().zip(&mut left) {
            let own = budget.namespace == &*pod.key.namespace
                && !pod.labels.is_empty()
                && budget.selector.matches(&pod.labels)
                && budget.disturbed.get(&pod.key.name).is_none();
            if own {
                *left -= 1;
                violates |= *left < 0;
            }
        }
        violates
    })
}

/// The order of importance: the most important first.
fn importance(pod: &Arc<PodInfo>) -> (Reverse<i64>, crate::sim::Time) {
    (Reverse(pod.priority), pod.created())
}

/// The fewest and least important Pods that must leave the node at `place`.
fn victims(
    cycle: &Cycle<'_>,
    place: usize,
    budgets: &[Budget<'_>],
) -> Result<Candidate, Rejection> {
    let Some(info) = cycle.nodes.get(place) else { return Err(no_victims()) };
    let (mut info, mut cycle) = (info.clone(), cycle.clone());
    let lesser = info.pods().iter().filter(|own| own.priority < cycle.pod.priority);
    let mut lesser: Vec<Arc<PodInfo>> = lesser.cloned().collect();
    if lesser.is_empty() {
        return Err(no_victims());
    }
    for pod in &lesser {
        info.remove(&pod.key);
        cycle.suppose(pod, place, false);
    }
    cycle.filter(place, &info)?;
    lesser.sort_by_key(importance);
    let (violating, rest) = by_budgets(lesser, budgets);
    let mut victims = Vec::new();
    let mut violations = 0;
    for (pod, violates) in
        violating.into_iter().map(|pod| (pod, 1)).chain(rest.into_iter().map(|pod| (pod, 0)))
    {
        if !stays(&pod, place, &mut info, &mut cycle) {
            violations += violates;
            victims.push(pod);
        }
    }
    victims.sort_by_key(importance);
    Ok(Candidate { place, victims, violations })
}

/// Lets a Pod stay if the new one fits all the same.
fn stays(pod: &Arc<PodInfo>, place: usize, info: &mut NodeInfo, cycle: &mut Cycle<'_>) -> bool {
    info.add(Arc::clone(pod));
    cycle.suppose(pod, place, true);
    if cycle.filter(place, info).is_ok() {
        return true;
    }
    info.remove(&pod.key);
    cycle.suppose(pod, place, false);
    false
}

/// How much a candidate hurts: the least of these is taken.
fn cost(candidate: &Candidate) -> (usize, i64, i64, usize, Reverse<crate::sim::Time>) {
    let priorities = candidate.victims.iter().map(|own| own.priority);
    let highest = priorities.clone().max().unwrap_or(i64::MIN);
    // Every Pod counts, those with negative priorities too.
    let sum = priorities.map(|own| own + i64::from(i32::MAX) + 1).sum();
    let of_highest = candidate.victims.iter().filter(|own| own.priority == highest);
    let eldest = of_highest.map(|own| own.created()).min().unwrap_or_default();
    (candidate.violations, highest, sum, candidate.victims.len(), Reverse(eldest))
}
