//! The keys of maps: sorted, and quick to search.

use super::Str;
use super::text::Wanted;

/// In lists up to this size, looking at every key is faster than halving.
const SMALL: usize = 24;
/// Most maps get a few fields more, not twice as many.
pub(super) const ROOM: usize = 3;
/// Stands for the number of a key that is no word.
const NO_WORD: u16 = u16::MAX;

/// Different keys in byte order.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Keys {
    texts: Vec<Str>,
    /// The number of each that is a word: side by side they are quick to search.
    numbers: Vec<u16>,
}

fn number(key: &Str) -> u16 {
    key.word().unwrap_or(NO_WORD)
}

impl Keys {
    /// Takes keys that are in order.
    pub(super) fn sorted(texts: Vec<Str>) -> Self {
        debug_assert!(texts.is_sorted_by(|a, b| a < b), "{texts:?}");
        Self { numbers: texts.iter().map(number).collect(), texts }
    }

    /// The keys.
    pub(super) fn texts(&self) -> &[Str] {
        &self.texts
    }

    /// Where the wanted key is.
    pub(super) fn find(&self, wanted: Wanted<'_>) -> Option<usize> {
        if let Some(number) = wanted.word() {
            return self.numbers.iter().position(|own| *own == number);
        }
        if self.texts.len() > SMALL {
            return self.texts.binary_search_by(|own| own.as_str().cmp(wanted.text())).ok();
        }
        let is = |(own, number): (&Str, &u16)| *number == NO_WORD && *own == *wanted.text();
        self.texts.iter().zip(&self.numbers).position(is)
    }

    /// Where a key belongs that is not there yet.
    pub(super) fn place_for(&self, key: &Str) -> usize {
        self.texts.partition_point(|own| own < key)
    }

    /// Puts a key where it belongs.
    pub(super) fn insert(&mut self, place: usize, key: Str) {
        if self.texts.len() == self.texts.capacity() {
            self.texts.reserve_exact(ROOM);
            self.numbers.reserve_exact(ROOM);
        }
        self.numbers.insert(place, number(&key));
        self.texts.insert(place, key);
    }

    /// The same keys and one more.
    pub(super) fn with(&self, place: usize, key: Str) -> Self {
        let room = self.texts.len() + ROOM;
        let mut own = Self { texts: Vec::with_capacity(room), numbers: Vec::with_capacity(room) };
        own.texts.extend_from_slice(&self.texts);
        own.numbers.extend_from_slice(&self.numbers);
        own.insert(place, key);
        own
    }

    /// Takes a key away.
    pub(super) fn remove(&mut self, place: usize) {
        self.texts.remove(place);
        self.numbers.remove(place);
    }
}
