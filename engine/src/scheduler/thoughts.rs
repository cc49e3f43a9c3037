//! What the scheduler last thought of Pods, for those who ask why.
//!
//! The latest decisions are kept as they were made, and put into words only
//! for who asks.

use std::collections::{BTreeMap, VecDeque};

use super::diagnosis::{Diagnosis, Fit, NODES_TOLD, NodeVerdict, Verdict, refusals};
use super::nodes::Nodes;
use super::select::Choice;
use crate::sim::Time;
use crate::store::Key;

/// How many Pods are remembered.
const KEPT: usize = 256;

/// The latest thought of each Pod.
#[derive(Debug, Clone, Default)]
pub(super) struct Thoughts {
    kept: BTreeMap<Key, Thought>,
    /// The Pods, from the eldest thought on; a Pod may stand here again.
    order: VecDeque<(Time, Key)>,
}

#[derive(Debug, Clone)]
struct Thought {
    at: Time,
    message: String,
    /// The nodes that were refused.
    diagnosis: Diagnosis,
    /// The node that was chosen, and from which.
    choice: Option<Choice>,
}

impl Thoughts {
    /// Takes note of a Pod that fits nowhere.
    pub(super) fn note_failure(
        &mut self,
        key: &Key,
        at: Time,
        message: String,
        diagnosis: Diagnosis,
    ) {
        self.keep(key, Thought { at, message, diagnosis, choice: None });
    }

    /// Takes note of a Pod that got a node.
    pub(super) fn note_choice(&mut self, key: &Key, at: Time, message: String, mut choice: Choice) {
        let refused = std::mem::take(&mut choice.refused);
        let diagnosis = Diagnosis { refused, ..Diagnosis::default() };
        self.keep(key, Thought { at, message, diagnosis, choice: Some(choice) });
    }

    fn keep(&mut self, key: &Key, thought: Thought) {
        self.order.push_back((thought.at, key.clone()));
        self.kept.insert(key.clone(), thought);
        while self.order.len() > KEPT {
            let Some((at, key)) = self.order.pop_front() else { return };
            if self.kept.get(&key).is_some_and(|own| own.at == at) {
                self.kept.remove(&key);
            }
        }
    }

    /// What was last thought of a Pod.
    pub(super) fn tell(&self, key: &Key, nodes: &Nodes) -> Option<Verdict> {
        let thought = self.kept.get(key)?;
        let mut told = refusals(&thought.diagnosis, nodes);
        let choice = thought.choice.as_ref();
        for (index, place) in choice.iter().flat_map(|choice| choice.places.iter().enumerate()) {
            let scores = choice.iter().flat_map(|choice| &choice.scores);
            let scores = scores.filter_map(|(plugin, own)| Some((*plugin, *own.get(index)?)));
            let fit = Fit::Scored { scores: scores.collect() };
            told.push(NodeVerdict { node: nodes.name(*place), fit });
        }
        told.truncate(NODES_TOLD);
        Some(Verdict {
            at: thought.at,
            node: choice.map(|choice| nodes.name(choice.place)),
            message: thought.message.clone(),
            nodes: told,
        })
    }
}
