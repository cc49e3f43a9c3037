//! What the scheduler thinks of a Pod, as the page hears it.

use podyard_engine::cluster::Cluster;
use podyard_engine::scheduler::{Fit, NodeVerdict};

use crate::protocol::{NodeOpinion, Opinion};

/// What it last thought, if it remembers.
pub(super) fn opinion(cluster: &Cluster, namespace: String, pod: String) -> Option<Opinion> {
    let verdict = cluster.verdict(&namespace, &pod)?;
    let node = verdict.node.map(|node| node.to_string());
    let mut nodes: Vec<NodeOpinion> = verdict.nodes.into_iter().map(of_node).collect();
    nodes.sort_by(|a, b| (-a.score, &a.node).cmp(&(-b.score, &b.node)));
    Some(Opinion { namespace, pod, node, nodes })
}

fn of_node(NodeVerdict { node, fit }: NodeVerdict) -> NodeOpinion {
    let score = fit.total().unwrap_or_default();
    let (refused_by, reasons) = match fit {
        Fit::Refused { plugin, reasons } => (Some(plugin.name().to_owned()), reasons),
        Fit::Scored { scores } => {
            let told = scores.iter().filter(|(_, score)| *score > 0);
            (None, told.map(|(plugin, score)| format!("{} {score}", plugin.name())).collect())
        }
    };
    NodeOpinion { node: node.to_string(), refused_by, reasons, score }
}
