//! Nodes that have a Pod's images already suit it better.
//!
//! Source: upstream plugin ImageLocality.

use super::super::nodes::Nodes;
use super::super::pod_info::PodInfo;
use crate::value::Value;

const MEBIBYTE: i64 = 1_024 * 1_024;
/// Smaller images do not count; beyond the most for each container, all count
/// the same.
const LEAST: i64 = 23 * MEBIBYTE;
const MOST: i64 = 1_000 * MEBIBYTE;

/// The larger the images that are there, the better; those that few nodes
/// have count less.
pub(super) fn scores(pod: &PodInfo, nodes: &Nodes, places: &[usize]) -> Vec<i64> {
    let lists = ["initContainers", "containers"];
    let containers: Vec<&Value> = lists.iter().flat_map(|list| pod.spec[*list].items()).collect();
    let most = MOST * i64::try_from(containers.len()).unwrap_or(1);
    let all = i64::try_from(nodes.order().len().max(1)).unwrap_or(i64::MAX);
    let score = |place: &usize| {
        let sizes = containers.iter().filter_map(|container| {
            let image = nodes.image(&normalized(container["image"].text()))?;
            let spread = i64::try_from(image.spread()).unwrap_or(0);
            image.is_on(*place).then(|| image.size.saturating_mul(spread) / all)
        });
        let sum: i64 = sizes.sum();
        100 * (sum.clamp(LEAST, most) - LEAST) / (most - LEAST).max(1)
    };
    places.iter().map(score).collect()
}

/// The image's name with a tag.
fn normalized(name: &str) -> String {
    let last = name.rsplit('/').next().unwrap_or(name);
    if last.contains([':', '@']) { name.to_owned() } else { format!("{name}:latest") }
}
