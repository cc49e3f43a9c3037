//! Whether a node has room, and which has the most or the most even.
//!
//! Source: upstream plugins NodeResourcesFit (with its default strategy
//! LeastAllocated) and NodeResourcesBalancedAllocation.

use super::super::node_info::NodeInfo;
use super::super::nodes::Nodes;
use super::super::pod_info::PodInfo;
use super::{Plugin, Reason, Rejection};

/// Refuses a node that lacks room.
pub(super) fn filter(pod: &PodInfo, info: &NodeInfo) -> Result<(), Rejection> {
    let count = i64::try_from(info.pods().len()).unwrap_or(i64::MAX);
    let mut short = pod.asks.short_of(&info.offered, &info.taken);
    if count >= info.max_pods {
        short.insert(0, "pods".into());
    }
    if short.is_empty() {
        return Ok(());
    }
    Err(Rejection::new(Plugin::NodeResourcesFit, Reason::Short(short)))
}

/// The more is left, the better.
pub(super) fn least_allocated(pod: &PodInfo, nodes: &Nodes, places: &[usize]) -> Vec<i64> {
    let left =
        |offered: i64, used: i64| (offered > 0).then(|| (offered - used).max(0) * 100 / offered);
    let score = |place: &usize| {
        let Some(info) = nodes.get(*place) else { return 0 };
        let cpu = left(info.offered.cpu, info.scored.0 + pod.scored.0);
        let memory = left(info.offered.memory, info.scored.1 + pod.scored.1);
        match (cpu, memory) {
            (Some(cpu), Some(memory)) => i64::midpoint(cpu, memory),
            (own, other) => own.or(other).unwrap_or(0),
        }
    };
    places.iter().map(score).collect()
}

/// The more alike the shares of CPU and memory that are in use, the better.
pub(super) fn balanced(pod: &PodInfo, nodes: &Nodes, places: &[usize]) -> Vec<i64> {
    let score = |place: &usize| {
        let Some(info) = nodes.get(*place) else { return 0 };
        let (cpu, memory) = (i128::from(info.offered.cpu), i128::from(info.offered.memory));
        if cpu == 0 || memory == 0 {
            return 100;
        }
        let used_cpu = i128::from(info.taken.cpu + pod.asks.cpu).min(cpu);
        let used_memory = i128::from(info.taken.memory + pod.asks.memory).min(memory);
        // Of two shares the deviation is half their difference.
        let apart = (used_cpu * memory - used_memory * cpu).abs();
        let whole = 2 * cpu * memory;
        i64::try_from(100 * (whole - apart) / whole).unwrap_or(0)
    };
    places.iter().map(score).collect()
}
