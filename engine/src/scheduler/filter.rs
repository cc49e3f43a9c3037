//! Which nodes a Pod may run on, and why not on the others.
//!
//! Source: upstream `pkg/scheduler/framework/plugins`: NodeUnschedulable,
//! NodeName, TaintToleration, NodeAffinity, NodePorts, NodeResourcesFit.

use std::collections::BTreeMap;

use super::node_info::NodeInfo;
use crate::api::pod::{PodView, requests};
use crate::quantity::Quantity;
use crate::value::Value;

/// Why a node was refused: one text for each thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rejection {
    /// The reasons, as they are counted in the summary.
    pub(super) reasons: Vec<String>,
    /// Whether removing other Pods could help.
    pub(super) preemptible: bool,
}

impl Rejection {
    fn fixed(reason: impl Into<String>) -> Self {
        Self { reasons: vec![reason.into()], preemptible: false }
    }
}

/// Runs the filters in their order; the first to refuse decides.
pub(super) fn check(pod: &Value, info: &NodeInfo) -> Result<(), Rejection> {
    let node = info.node();
    if node["spec"]["unschedulable"].is_true() && !tolerates_unschedulable(pod) {
        return Err(Rejection::fixed("node(s) were unschedulable"));
    }
    if let Some(taint) = untolerated_taint(pod, node) {
        let (key, value) = (taint["key"].text(), taint["value"].text());
        return Err(Rejection::fixed(format!("node(s) had untolerated taint {{{key}: {value}}}")));
    }
    if !selects(pod, node) {
        return Err(Rejection::fixed("node(s) didn't match Pod's node affinity/selector"));
    }
    if PodView(pod).host_ports().any(|port| info.has_port(&port)) {
        let reason = "node(s) didn't have free ports for the requested pod ports";
        return Err(Rejection { reasons: vec![reason.to_owned()], preemptible: true });
    }
    let short = shortages(pod, info);
    if short.is_empty() { Ok(()) } else { Err(Rejection { reasons: short, preemptible: true }) }
}

fn shortages(pod: &Value, info: &NodeInfo) -> Vec<String> {
    let mut short = Vec::new();
    if i64::try_from(info.pod_count()).unwrap_or(i64::MAX) >= info.allocatable("pods").value() {
        short.push("Too many pods".to_owned());
    }
    for (name, wanted) in requests(&pod["spec"]) {
        let after = info.requested(&name) + wanted;
        if wanted > Quantity::ZERO && after > info.allocatable(&name) {
            short.push(format!("Insufficient {name}"));
        }
    }
    short
}

fn tolerates_unschedulable(pod: &Value) -> bool {
    let taint = crate::value!({
        "key": "node.kubernetes.io/unschedulable",
        "effect": "NoSchedule",
    });
    PodView(pod).tolerates(&taint)
}

fn untolerated_taint<'a>(pod: &Value, node: &'a Value) -> Option<&'a Value> {
    node["spec"]["taints"].items().iter().find(|taint| {
        matches!(taint["effect"].text(), "NoSchedule" | "NoExecute")
            && !PodView(pod).tolerates(taint)
    })
}

fn selects(pod: &Value, node: &Value) -> bool {
    let labels = &node["metadata"]["labels"];
    pod["spec"]["nodeSelector"].entries().all(|(key, value)| labels.get(key) == Some(value))
}

/// `0/3 nodes are available: 1 …, 2 …. preemption: …`.
pub(super) fn summary(rejections: &[Rejection]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for reason in rejections.iter().flat_map(|rejection| &rejection.reasons) {
        *counts.entry(reason).or_insert(0) += 1;
    }
    let total = rejections.len();
    if total == 0 {
        return "no nodes available to schedule pods".to_owned();
    }
    let mut reasons: Vec<String> =
        counts.into_iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    reasons.sort();
    let fixed = rejections.iter().filter(|rejection| !rejection.preemptible).count();
    let mut preemption = Vec::new();
    if fixed < total {
        let hopeless = "No preemption victims found for incoming pod";
        preemption.push(format!("{} {hopeless}", total - fixed));
    }
    if fixed > 0 {
        preemption.push(format!("{fixed} Preemption is not helpful for scheduling"));
    }
    preemption.sort();
    format!(
        "0/{total} nodes are available: {}. preemption: 0/{total} nodes are available: {}.",
        reasons.join(", "),
        preemption.join(", "),
    )
}

impl NodeInfo {
    /// How much room is left: CPU and memory weigh the same.
    pub(super) fn score(&self, pod: &Value) -> i64 {
        let wanted = requests(&pod["spec"]);
        let free = |name: &str| {
            let all = self.allocatable(name).milli_value();
            let own = wanted.get(name).copied().unwrap_or_default();
            let used = (self.requested(name) + own).milli_value();
            if all == 0 { 0 } else { (all - used).max(0) * 100 / all }
        };
        let crowd = i64::try_from(self.pod_count()).unwrap_or(i64::MAX / 2);
        (free("cpu") + free("memory")) * 100 - crowd
    }
}
