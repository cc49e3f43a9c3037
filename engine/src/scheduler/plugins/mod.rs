//! The plugins: which nodes a Pod may run on, and which of them suits best.
//!
//! Source: upstream `pkg/scheduler/framework/plugins` and
//! `pkg/scheduler/apis/config/v1/default_plugins.go`, which gives their order
//! and the weights of their scores.

mod affinity;
mod fit;
mod images;
mod node;
mod spread;
mod volumes;

use std::sync::Arc;

use super::node_info::NodeInfo;
use super::nodes::Nodes;
use super::pod_info::PodInfo;
use super::watched::Watched;
use crate::value::Str;

pub(super) use self::volumes::{Binding, Volumes};

use self::affinity::Affinity;
use self::spread::Spread;

/// A plugin, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is the name of an upstream plugin")]
pub enum Plugin {
    SchedulingGates,
    NodeUnschedulable,
    NodeName,
    TaintToleration,
    NodeAffinity,
    NodePorts,
    NodeResourcesFit,
    VolumeRestrictions,
    VolumeBinding,
    VolumeZone,
    PodTopologySpread,
    InterPodAffinity,
    NodeResourcesBalancedAllocation,
    ImageLocality,
}

impl Plugin {
    /// Its name, as in upstream's configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::SchedulingGates => "SchedulingGates",
            Self::NodeUnschedulable => "NodeUnschedulable",
            Self::NodeName => "NodeName",
            Self::TaintToleration => "TaintToleration",
            Self::NodeAffinity => "NodeAffinity",
            Self::NodePorts => "NodePorts",
            Self::NodeResourcesFit => "NodeResourcesFit",
            Self::VolumeRestrictions => "VolumeRestrictions",
            Self::VolumeBinding => "VolumeBinding",
            Self::VolumeZone => "VolumeZone",
            Self::PodTopologySpread => "PodTopologySpread",
            Self::InterPodAffinity => "InterPodAffinity",
            Self::NodeResourcesBalancedAllocation => "NodeResourcesBalancedAllocation",
            Self::ImageLocality => "ImageLocality",
        }
    }
}

/// What is wrong with a node.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reason {
    /// One thing.
    Fixed(&'static str),
    /// Several things.
    Several(Vec<&'static str>),
    /// A taint, by key and value.
    Taint(Str, Str),
    /// Too little of these resources.
    Short(Vec<Str>),
    /// Words that name an object.
    Told(String),
}

impl Reason {
    /// The words, one text for each thing.
    pub(super) fn texts(&self) -> Vec<String> {
        match self {
            Self::Fixed(text) => vec![(*text).to_owned()],
            Self::Several(texts) => texts.iter().map(|text| (*text).to_owned()).collect(),
            Self::Taint(key, value) => {
                vec![format!("node(s) had untolerated taint {{{key}: {value}}}")]
            }
            Self::Short(names) => names.iter().map(|name| short(name)).collect(),
            Self::Told(text) => vec![text.clone()],
        }
    }
}

fn short(resource: &str) -> String {
    if resource == "pods" { "Too many pods".to_owned() } else { format!("Insufficient {resource}") }
}

/// A plugin's refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rejection {
    pub(super) plugin: Plugin,
    pub(super) reason: Reason,
    /// Whether the node stays unfit whatever Pods leave it.
    pub(super) for_good: bool,
}

impl Rejection {
    /// A refusal that Pods that leave may undo.
    fn new(plugin: Plugin, reason: Reason) -> Self {
        Self { plugin, reason, for_good: false }
    }

    /// A refusal that stays.
    fn for_good(plugin: Plugin, reason: Reason) -> Self {
        Self { plugin, reason, for_good: true }
    }
}

/// What the plugins have worked out about one Pod.
#[derive(Clone)]
pub(super) struct Cycle<'a> {
    pub(super) pod: &'a PodInfo,
    pub(super) nodes: &'a Nodes,
    watched: Watched<'a>,
    /// The only nodes that can be meant, by name.
    pub(super) only: Option<Vec<Str>>,
    spread: Option<Spread>,
    affinity: Option<Affinity>,
    volumes: Option<Arc<Volumes<'a>>>,
}

impl<'a> Cycle<'a> {
    /// Works out what does not depend on the node; a refusal holds for all.
    pub(super) fn begin(
        pod: &'a PodInfo,
        nodes: &'a Nodes,
        watched: Watched<'a>,
    ) -> Result<Self, Rejection> {
        let only = node::named_only(pod)?;
        let volumes = Volumes::read(pod, nodes, watched)?.map(Arc::new);
        let spread = Spread::read(pod, nodes, watched);
        let affinity = Affinity::read(pod, nodes, watched);
        Ok(Self { pod, nodes, watched, only, spread, affinity, volumes })
    }

    /// Runs the filters in their order; the first to refuse decides.
    pub(super) fn filter(&self, place: usize, info: &NodeInfo) -> Result<(), Rejection> {
        node::filter(self.pod, info)?;
        fit::filter(self.pod, info)?;
        if let Some(volumes) = &self.volumes {
            volumes.filter(info)?;
        }
        if let Some(spread) = &self.spread {
            spread.filter(place)?;
        }
        match &self.affinity {
            Some(affinity) => affinity.filter(place),
            None => Ok(()),
        }
    }

    /// Reckons with a Pod that would come to the node at `place`, or leave it.
    pub(super) fn suppose(&mut self, other: &PodInfo, place: usize, comes: bool) {
        let amount = if comes { 1 } else { -1 };
        if let Some(spread) = &mut self.spread {
            spread.suppose(other, place, amount, self.watched);
        }
        if let Some(affinity) = &mut self.affinity {
            affinity.suppose(self.pod, other, place, amount, self.watched);
        }
    }

    /// What must be bound first for the Pod to run on the node at `place`.
    pub(super) fn bindings(&self, place: usize) -> Vec<Binding> {
        let info = self.nodes.get(place);
        let volumes = self.volumes.as_ref();
        volumes.zip(info).map_or_else(Vec::new, |(volumes, info)| volumes.bindings(info))
    }

    /// The scores of the nodes at `places`, weighed: for each plugin that has
    /// something to say one list.
    pub(super) fn scores(&self, places: &[usize]) -> Vec<(Plugin, Vec<i64>)> {
        let mut scores = vec![
            (Plugin::NodeResourcesFit, fit::least_allocated(self.pod, self.nodes, places)),
            (Plugin::NodeResourcesBalancedAllocation, fit::balanced(self.pod, self.nodes, places)),
            (Plugin::TaintToleration, node::taint_scores(self.pod, self.nodes, places)),
        ];
        if let Some(own) = node::affinity_scores(self.pod, self.nodes, places) {
            scores.push((Plugin::NodeAffinity, own));
        }
        if let Some(own) = spread::scores(self.pod, self.nodes, self.watched, places) {
            scores.push((Plugin::PodTopologySpread, own));
        }
        if let Some(own) = affinity::scores(self.pod, self.nodes, self.watched, places) {
            scores.push((Plugin::InterPodAffinity, own));
        }
        if self.nodes.has_images() {
            scores.push((Plugin::ImageLocality, images::scores(self.pod, self.nodes, places)));
        }
        for (plugin, own) in &mut scores {
            let weight = weight(*plugin);
            for score in own {
                *score *= weight;
            }
        }
        scores
    }
}

/// How much a plugin's score counts.
fn weight(plugin: Plugin) -> i64 {
    match plugin {
        Plugin::TaintToleration => 3,
        Plugin::NodeAffinity | Plugin::PodTopologySpread | Plugin::InterPodAffinity => 2,
        _ => 1,
    }
}

/// Stretches scores to 0…100; `reverse` makes the least the best.
fn normalize(scores: &mut [i64], reverse: bool) {
    let most = scores.iter().copied().max().unwrap_or(0);
    for score in scores {
        *score = match (most, reverse) {
            (0, true) => 100,
            (0, false) => 0,
            (_, true) => 100 - 100 * *score / most,
            (_, false) => 100 * *score / most,
        };
    }
}
