//! A range of numbers given out at random, with a band kept for those that
//! people choose themselves.
//!
//! Source: `pkg/registry/core/service/allocator`.

use std::collections::BTreeSet;

use crate::sim::Random;

/// The numbers `0..size`: those from `band` on are given out first, so that
/// the lower ones stay free for whoever asks for one by name.
#[derive(Debug, Clone)]
pub(super) struct Range {
    size: u32,
    band: u32,
    taken: BTreeSet<u32>,
}

impl Range {
    /// `size` free numbers, the lowest `band` of them given out last.
    pub(super) fn new(size: u32, band: u32) -> Self {
        Self { size, band, taken: BTreeSet::new() }
    }

    /// Whether `number` is taken.
    pub(super) fn has(&self, number: u32) -> bool {
        self.taken.contains(&number)
    }

    /// Takes `number`; says whether it was free.
    pub(super) fn take(&mut self, number: u32) -> bool {
        number < self.size && self.taken.insert(number)
    }

    /// Takes a free number, or none when all are taken.
    pub(super) fn take_any(&mut self, random: &mut Random) -> Option<u32> {
        let number = self
            .free_from(self.band, self.size, random)
            .or_else(|| self.free_from(0, self.band, random))?;
        self.taken.insert(number);
        Some(number)
    }

    /// A free number of `low..high`: the first one from a random start.
    fn free_from(&self, low: u32, high: u32, random: &mut Random) -> Option<u32> {
        let drawn = random.below(u64::from(high.saturating_sub(low)));
        let start = low + u32::try_from(drawn).unwrap_or_default();
        (start..high).chain(low..start).find(|number| !self.has(*number))
    }

    /// Gives `number` back.
    pub(super) fn release(&mut self, number: u32) {
        self.taken.remove(&number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_band_is_given_out_last() {
        let mut range = Range::new(8, 3);
        let mut random = Random::new(7);
        let drawn: Vec<u32> = (0..8).filter_map(|_| range.take_any(&mut random)).collect();
        let (upper, lower) = drawn.split_at(5);
        assert!(upper.iter().all(|number| *number >= 3), "{drawn:?}");
        assert!(lower.iter().all(|number| *number < 3), "{drawn:?}");
        assert_eq!(range.take_any(&mut random), None);
        range.release(4);
        assert!(!range.take(5));
        assert_eq!(range.take_any(&mut random), Some(4));
        assert!(!range.take(8));
    }
}
