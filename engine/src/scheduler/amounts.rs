//! Amounts of resources as the scheduler counts them: whole numbers, so that
//! looking at a node costs nothing.
//!
//! Source: upstream `pkg/scheduler/framework/types.go` (`Resource`).

use crate::api::pod::Resources;
use crate::value::Str;

/// What a Pod asks for, or what a node offers or has given away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Amounts {
    /// Thousandths of a CPU.
    pub(super) cpu: i64,
    /// Bytes.
    pub(super) memory: i64,
    /// Bytes of the node's own disk.
    pub(super) storage: i64,
    /// Whatever else there is, as devices and huge pages.
    other: Vec<(Str, i64)>,
}

impl Amounts {
    /// The amounts that count here.
    pub(super) fn of(resources: &Resources) -> Self {
        let mut amounts = Self::default();
        for (name, amount) in resources {
            match &**name {
                "cpu" => amounts.cpu = amount.milli_value(),
                "memory" => amounts.memory = amount.value(),
                "ephemeral-storage" => amounts.storage = amount.value(),
                "pods" => {}
                _ => amounts.other.push((name.clone(), amount.value())),
            }
        }
        amounts
    }

    /// Adds what `other` says, `sign` times.
    pub(super) fn change(&mut self, other: &Self, sign: i64) {
        self.cpu += sign * other.cpu;
        self.memory += sign * other.memory;
        self.storage += sign * other.storage;
        for (name, amount) in &other.other {
            match self.other.iter_mut().find(|(own, _)| own == name) {
                Some((_, sum)) => *sum += sign * amount,
                None => self.other.push((name.clone(), sign * amount)),
            }
        }
    }

    /// The amount of a resource that is neither CPU, memory nor disk.
    fn other(&self, name: &str) -> i64 {
        self.other.iter().find(|(own, _)| **own == *name).map_or(0, |(_, amount)| *amount)
    }

    /// The resources of which less is left of `offered`, with `taken` gone,
    /// than this asks for.
    pub(super) fn short_of(&self, offered: &Self, taken: &Self) -> Vec<Str> {
        let lacks = |wanted: i64, offered: i64, taken: i64| wanted > 0 && wanted > offered - taken;
        let mut short: Vec<Str> = Vec::new();
        for (name, wanted, offered, taken) in [
            ("cpu", self.cpu, offered.cpu, taken.cpu),
            ("memory", self.memory, offered.memory, taken.memory),
            ("ephemeral-storage", self.storage, offered.storage, taken.storage),
        ] {
            if lacks(wanted, offered, taken) {
                short.push(name.into());
            }
        }
        let others = self.other.iter();
        let lacking = others
            .filter(|(name, wanted)| lacks(*wanted, offered.other(name), taken.other(name)))
            .map(|(name, _)| name.clone());
        short.extend(lacking);
        short
    }
}
