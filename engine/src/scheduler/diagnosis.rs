//! Why a Pod found no node, and in which words that is told.
//!
//! Source: upstream `pkg/scheduler/framework/types.go` (`FitError`).

use std::collections::{BTreeMap, BTreeSet};

use super::nodes::Nodes;
use super::plugins::{Plugin, Reason, Rejection};
use super::pod_info::PodInfo;
use crate::sim::Time;
use crate::value::Str;

/// What is said of nodes that stay unfit whatever Pods leave them.
pub(super) const PREEMPTION_IS_NO_HELP: &str = "Preemption is not helpful for scheduling";

/// What each node lacks.
#[derive(Debug, Clone, Default)]
pub(super) struct Diagnosis {
    /// How many nodes there are.
    pub(super) nodes: usize,
    /// A refusal of the Pod itself, before any node was looked at.
    pub(super) outright: Option<Rejection>,
    /// The nodes that were looked at, by place.
    pub(super) refused: BTreeMap<usize, Rejection>,
    /// The plugin by which the other nodes were never meant.
    pub(super) never_meant: Option<Plugin>,
    /// What came of preemption.
    pub(super) preemption: String,
}

/// Counts reasons, and puts them in the order of their text.
pub(super) fn histogram<'a>(reasons: impl Iterator<Item = (&'a Reason, usize)>) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (reason, count) in reasons {
        for text in reason.texts() {
            *counts.entry(text).or_insert(0) += count;
        }
    }
    let mut texts: Vec<String> =
        counts.into_iter().map(|(text, count)| format!("{count} {text}")).collect();
    texts.sort();
    texts.join(", ")
}

impl Diagnosis {
    /// The plugins that refused, by which changes are judged later.
    pub(super) fn plugins(&self) -> BTreeSet<Plugin> {
        let refused = self.refused.values().chain(&self.outright);
        refused.map(|own| own.plugin).chain(self.never_meant).collect()
    }

    /// `0/3 nodes are available: 1 …, 2 …. preemption: …`.
    pub(super) fn message(&self) -> String {
        if self.nodes == 0 {
            return "no nodes available to schedule pods".to_owned();
        }
        let mut message = format!("0/{} nodes are available:", self.nodes);
        let why = match &self.outright {
            Some(rejection) => rejection.reason.texts().join(", "),
            None => self.reasons(),
        };
        if !why.is_empty() {
            message.push_str(&format!(" {why}."));
        }
        if !self.preemption.is_empty() {
            message.push_str(&format!(" preemption: {}", self.preemption));
        }
        message
    }

    /// What is told of preemption where no node was looked at.
    pub(super) fn helpless(&self, pod: &PodInfo) -> String {
        if pod.spec["preemptionPolicy"].text() == "Never" {
            return "not eligible due to preemptionPolicy=Never.".to_owned();
        }
        let nodes = self.nodes;
        format!("0/{nodes} nodes are available: {nodes} {PREEMPTION_IS_NO_HELP}.")
    }

    fn reasons(&self) -> String {
        let never = self.never_meant.map(|plugin| {
            Reason::Told(format!("node(s) didn't satisfy plugin(s) [{}]", plugin.name()))
        });
        // The same refusal of many nodes becomes a text once.
        let mut counts: BTreeMap<&Reason, usize> = BTreeMap::new();
        for rejection in self.refused.values() {
            *counts.entry(&rejection.reason).or_insert(0) += 1;
        }
        if let Some(never) = &never {
            counts.insert(never, self.nodes - self.refused.len());
        }
        histogram(counts.into_iter().filter(|(_, count)| *count > 0))
    }
}

/// What the scheduler last thought of a Pod: for every node why not, or how
/// good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// When.
    pub at: Time,
    /// The node that was chosen, if one was.
    pub node: Option<Str>,
    /// What was told in the event.
    pub message: String,
    /// The nodes that were looked at, the first [`NODES_TOLD`] of them.
    pub nodes: Vec<NodeVerdict>,
}

/// How many nodes a [`Verdict`] names.
pub const NODES_TOLD: usize = 100;

/// What the scheduler thought of one node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeVerdict {
    /// The node.
    pub node: Str,
    /// What it thought.
    pub fit: Fit,
}

/// Whether a node fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fit {
    /// It does not.
    Refused {
        /// The first plugin to refuse it.
        plugin: Plugin,
        /// Why, one text for each thing that is wrong.
        reasons: Vec<String>,
    },
    /// It does.
    Scored {
        /// Each plugin's score, weighed.
        scores: Vec<(Plugin, i64)>,
    },
}

impl Fit {
    /// The sum of the scores; `None` for a node that does not fit.
    pub fn total(&self) -> Option<i64> {
        match self {
            Self::Refused { .. } => None,
            Self::Scored { scores } => Some(scores.iter().map(|(_, score)| score).sum()),
        }
    }
}

/// The nodes that refused, for a [`Verdict`].
pub(super) fn refusals(diagnosis: &Diagnosis, nodes: &Nodes) -> Vec<NodeVerdict> {
    let told = |place: &usize| {
        let rejection = diagnosis.outright.as_ref().or_else(|| diagnosis.refused.get(place));
        let (plugin, reasons) = match (rejection, diagnosis.never_meant) {
            (Some(rejection), _) => (rejection.plugin, rejection.reason.texts()),
            (None, Some(plugin)) => {
                let text = format!("node(s) didn't satisfy plugin(s) [{}]", plugin.name());
                (plugin, vec![text])
            }
            (None, None) => return None,
        };
        Some(NodeVerdict { node: nodes.name(*place), fit: Fit::Refused { plugin, reasons } })
    };
    nodes.order().iter().filter_map(told).take(NODES_TOLD).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(refused: &[(&str, &[&str])], expected: &str) {
        let mut diagnosis = Diagnosis { nodes: refused.len(), ..Diagnosis::default() };
        for (place, (kind, names)) in refused.iter().enumerate() {
            let plugin = Plugin::NodeResourcesFit;
            let names: Vec<Str> = names.iter().map(|name| (*name).into()).collect();
            let reason = match *kind {
                "short" => Reason::Short(names),
                _ => Reason::Taint(names[0].clone(), names[1].clone()),
            };
            diagnosis.refused.insert(place, Rejection { plugin, reason, for_good: false });
        }
        assert_eq!(diagnosis.message(), expected);
    }

    // Expectations from upstream `pkg/scheduler/framework/types_test.go` and
    // from recordings.
    #[test]
    fn reasons_are_counted_and_sorted_as_texts() {
        check(
            &[
                ("taint", &["key", "value"]),
                ("short", &["cpu", "memory"]),
                ("short", &["cpu"]),
                ("short", &["pods"]),
            ],
            "0/4 nodes are available: 1 Insufficient memory, 1 Too many pods, \
             1 node(s) had untolerated taint {key: value}, 2 Insufficient cpu.",
        );
        check(&[], "no nodes available to schedule pods");
    }
}
