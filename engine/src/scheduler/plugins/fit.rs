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
    // Most nodes are like the one before, and large divisions are slow.
    let mut before = ([0; 4], 100);
    let score = |place: &usize| {
        let Some(info) = nodes.get(*place) else { return 0 };
        let (offered, taken) = (&info.offered, &info.taken);
        let (cpu, memory) = (taken.cpu + pod.asks.cpu, taken.memory + pod.asks.memory);
        let amounts = [offered.cpu, offered.memory, cpu, memory];
        if amounts != before.0 {
            before = (amounts, evenness(amounts));
        }
        before.1
    };
    places.iter().map(score).collect()
}

/// How alike the shares are of CPU and memory, both offered and used, of 100.
fn evenness(amounts: [i64; 4]) -> i64 {
    let [cpu, memory, used_cpu, used_memory] = amounts.map(i128::from);
    if cpu == 0 || memory == 0 {
        return 100;
    }
    // Of two shares the deviation is half their difference.
    let apart = (used_cpu.min(cpu) * memory - used_memory.min(memory) * cpu).abs();
    let whole = 2 * cpu * memory;
    i64::try_from(100 * (whole - apart) / whole).unwrap_or(0)
}
