//! Which nodes are near each other: those with the same value of a label.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::node_info::NodeInfo;
use crate::value::Str;

/// The nodes by their value of one label.
#[derive(Debug, Default)]
pub(super) struct Domains {
    /// The number of each node's value; `None` where it lacks the label.
    of_nodes: Vec<Option<u32>>,
    count: usize,
}

impl Domains {
    /// Sorts the nodes by their label `key`.
    pub(super) fn new(nodes: &[NodeInfo], key: &str) -> Self {
        let mut numbers: BTreeMap<&Str, u32> = BTreeMap::new();
        let of_nodes = nodes
            .iter()
            .map(|node| {
                let value = node.label(key)?;
                let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
                Some(*numbers.entry(value).or_insert(next))
            })
            .collect();
        Self { of_nodes, count: numbers.len() }
    }

    /// The domain of the node at `place`.
    pub(super) fn of(&self, place: usize) -> Option<usize> {
        self.of_nodes.get(place).copied().flatten().and_then(|own| usize::try_from(own).ok())
    }
}

/// A number for each domain.
#[derive(Debug, Clone)]
pub(super) struct PerDomain {
    domains: Arc<Domains>,
    numbers: Vec<i64>,
}

impl PerDomain {
    /// Nothing for any domain.
    pub(super) fn new(domains: Arc<Domains>) -> Self {
        let numbers = vec![0; domains.count];
        Self { domains, numbers }
    }

    /// Adds to the number of the domain of the node at `place`.
    pub(super) fn add(&mut self, place: usize, amount: i64) {
        let domain = self.domains.of(place);
        if let Some(own) = domain.and_then(|domain| self.numbers.get_mut(domain)) {
            *own += amount;
        }
    }

    /// The number of the domain of the node at `place`; `None` if it is in none.
    pub(super) fn at(&self, place: usize) -> Option<i64> {
        self.numbers.get(self.domains.of(place)?).copied()
    }

    /// Whether nothing was ever added.
    pub(super) fn is_zero(&self) -> bool {
        self.numbers.iter().all(|own| *own == 0)
    }

    /// The domain of the node at `place`.
    pub(super) fn domain(&self, place: usize) -> Option<usize> {
        self.domains.of(place)
    }

    /// The numbers, by domain.
    pub(super) fn numbers(&self) -> &[i64] {
        &self.numbers
    }
}
