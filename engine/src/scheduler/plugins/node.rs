//! What a Pod asks of the node itself: its name, its taints, its labels, and
//! that it takes new Pods at all.
//!
//! Source: upstream plugins NodeUnschedulable, NodeName, TaintToleration,
//! NodeAffinity and NodePorts.

use std::collections::BTreeSet;

use super::super::node_info::NodeInfo;
use super::super::nodes::Nodes;
use super::super::pod_info::PodInfo;
use super::{Plugin, Reason, Rejection, normalize};
use crate::api::node_affinity;
use crate::api::pod::Toleration;
use crate::value::{Str, Value};

const REQUIRED: [&str; 3] =
    ["affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"];
const PREFERRED: [&str; 3] =
    ["affinity", "nodeAffinity", "preferredDuringSchedulingIgnoredDuringExecution"];

/// Refuses a node that is closed, is not the one that is named, has taints
/// that the Pod does not bear, other labels, or the wanted ports in use.
pub(super) fn filter(pod: &PodInfo, info: &NodeInfo) -> Result<(), Rejection> {
    if pod.takes_any_node && !info.is_closed && info.taints().is_empty() {
        return Ok(());
    }
    if info.is_closed && !bears_unschedulable(pod) {
        let reason = Reason::Fixed("node(s) were unschedulable");
        return Err(Rejection::for_good(Plugin::NodeUnschedulable, reason));
    }
    let named = pod.spec["nodeName"].text();
    if !named.is_empty() && named != &*info.name {
        let reason = Reason::Fixed("node(s) didn't match the requested node name");
        return Err(Rejection::for_good(Plugin::NodeName, reason));
    }
    if let Some(taint) = untolerated(pod, info) {
        let text = |field: &str| taint[field].as_shared().cloned().unwrap_or_default();
        let reason = Reason::Taint(text("key"), text("value"));
        return Err(Rejection::for_good(Plugin::TaintToleration, reason));
    }
    if !selects(pod, info) {
        let reason = Reason::Fixed("node(s) didn't match Pod's node affinity/selector");
        return Err(Rejection::for_good(Plugin::NodeAffinity, reason));
    }
    if pod.ports.iter().any(|port| info.has_port(port)) {
        let reason = Reason::Fixed("node(s) didn't have free ports for the requested pod ports");
        return Err(Rejection::new(Plugin::NodePorts, reason));
    }
    Ok(())
}

fn tolerations(pod: &PodInfo) -> impl Iterator<Item = Toleration<'_>> {
    pod.spec["tolerations"].items().iter().map(Toleration)
}

fn bears_unschedulable(pod: &PodInfo) -> bool {
    tolerations(pod).any(|own| {
        let names = matches!(own.key(), "" | "node.kubernetes.io/unschedulable");
        let operator = own.0["operator"].text();
        let value = operator == "Exists" || (own.0["value"].is_empty() && !own.key().is_empty());
        names && value && matches!(own.effect(), "" | "NoSchedule")
    })
}

/// The first taint that keeps the Pod away.
pub(super) fn untolerated<'a>(pod: &PodInfo, info: &'a NodeInfo) -> Option<&'a Value> {
    info.taints().iter().find(|taint| {
        matches!(taint["effect"].text(), "NoSchedule" | "NoExecute")
            && !tolerations(pod).any(|own| own.tolerates(taint))
    })
}

/// Whether the node has the labels that the Pod asks for.
pub(super) fn selects(pod: &PodInfo, info: &NodeInfo) -> bool {
    let (selector, required) = (&pod.spec["nodeSelector"], pod.spec.at(&REQUIRED));
    (selector.is_null() && required.is_null())
        || node_affinity::matches(selector, required, info.node())
}

/// The only nodes that can be meant, where every term names its nodes.
pub(super) fn named_only(pod: &PodInfo) -> Result<Option<Vec<Str>>, Rejection> {
    let mut all: BTreeSet<Str> = BTreeSet::new();
    let terms = pod.spec.at(&REQUIRED)["nodeSelectorTerms"].items();
    for term in terms {
        let fields = term["matchFields"].items().iter();
        let names = fields
            .filter(|own| own["key"].text() == "metadata.name" && own["operator"].text() == "In")
            .map(|own| own["values"].items().iter().filter_map(Value::as_shared).cloned())
            .map(BTreeSet::from_iter)
            .reduce(|all, own| &all & &own);
        // A term that names no node may mean any.
        let Some(names) = names else { return Ok(None) };
        all.extend(names);
    }
    if terms.is_empty() {
        return Ok(None);
    }
    if all.is_empty() {
        let reason = Reason::Fixed("pod affinity terms conflict");
        return Err(Rejection::for_good(Plugin::NodeAffinity, reason));
    }
    Ok(Some(all.into_iter().collect()))
}

/// Fewer taints that only discourage are better.
pub(super) fn taint_scores(pod: &PodInfo, nodes: &Nodes, places: &[usize]) -> Vec<i64> {
    let discouraging = |taint: &&Value| {
        let bears = |own: Toleration<'_>| {
            matches!(own.effect(), "" | "PreferNoSchedule") && own.tolerates(taint)
        };
        taint["effect"].text() == "PreferNoSchedule" && !tolerations(pod).any(bears)
    };
    let count = |place: &usize| {
        let taints = nodes.get(*place).map_or(&[][..], NodeInfo::taints);
        i64::try_from(taints.iter().filter(discouraging).count()).unwrap_or(i64::MAX)
    };
    let mut scores: Vec<i64> = places.iter().map(count).collect();
    normalize(&mut scores, true);
    scores
}

/// More of the weights of fitting preferences are better.
pub(super) fn affinity_scores(pod: &PodInfo, nodes: &Nodes, places: &[usize]) -> Option<Vec<i64>> {
    let preferred = pod.spec.at(&PREFERRED).items();
    if preferred.is_empty() {
        return None;
    }
    let sum = |place: &usize| -> i64 {
        let Some(info) = nodes.get(*place) else { return 0 };
        let fits = |own: &&Value| node_affinity::matches_term(&own["preference"], info.node());
        preferred.iter().filter(fits).map(|own| own["weight"].int()).sum()
    };
    let mut scores: Vec<i64> = places.iter().map(sum).collect();
    normalize(&mut scores, false);
    Some(scores)
}
