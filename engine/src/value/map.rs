//! A shared map with its keys in byte order.

use std::sync::Arc;

use super::text::Wanted;
use super::{Str, Value};

/// In maps up to this size, looking at every key is faster than halving.
const SMALL: usize = 24;

/// A map from texts to values, sorted by key, shared until written.
///
/// Kubernetes' maps are small (a dozen fields, a few labels), so a sorted
/// vector is smaller and faster than a tree.
#[derive(Debug, Clone, Default)]
pub struct Map(Option<Arc<Vec<(Str, Value)>>>);

impl Map {
    pub(super) const EMPTY: Self = Self(None);

    fn entries(&self) -> &[(Str, Value)] {
        self.0.as_deref().map_or(&[], Vec::as_slice)
    }

    fn entries_mut(&mut self) -> &mut Vec<(Str, Value)> {
        Arc::make_mut(self.0.get_or_insert_default())
    }

    /// A map of `entries` with different keys, in any order.
    pub fn of(mut entries: Vec<(Str, Value)>) -> Self {
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        debug_assert!(entries.is_sorted_by(|(a, _), (b, _)| a < b), "{entries:?}");
        Self(Some(Arc::new(entries)))
    }

    /// Where the wanted key is.
    fn find(&self, wanted: Wanted<'_>) -> Option<usize> {
        let entries = self.entries();
        if entries.len() > SMALL {
            return entries.binary_search_by(|(own, _)| own.as_str().cmp(wanted.text())).ok();
        }
        entries.iter().position(|(own, _)| own.is(wanted))
    }

    /// Puts `value` under `key`, which is not there yet; returns where.
    fn add(&mut self, key: Str, value: Value) -> usize {
        let entries = self.entries_mut();
        if entries.len() == entries.capacity() {
            // Most maps get one or two fields more, not twice as many.
            entries.reserve_exact(2 + entries.len() / 8);
        }
        let position = entries.partition_point(|(own, _)| *own < key);
        entries.insert(position, (key, value));
        position
    }

    /// Makes room for so many more entries.
    pub fn reserve(&mut self, more: usize) {
        self.entries_mut().reserve_exact(more);
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries().len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.entries().is_empty()
    }

    /// The entries in key order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Str, &Value)> + ExactSizeIterator {
        self.entries().iter().map(|(key, value)| (key, value))
    }

    /// The entries in key order, their values for writing.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&Str, &mut Value)> {
        self.entries_mut().iter_mut().map(|(key, value)| (&*key, value))
    }

    /// The value under `key`.
    #[inline]
    pub fn get(&self, key: &str) -> Option<&Value> {
        // Prepared here, where the compiler mostly knows the key.
        self.get_wanted(Wanted::new(key))
    }

    fn get_wanted(&self, wanted: Wanted<'_>) -> Option<&Value> {
        let position = self.find(wanted)?;
        self.entries().get(position).map(|(_, value)| value)
    }

    /// Whether there is an entry under `key`.
    pub fn contains_key(&self, key: &str) -> bool {
        self.find(Wanted::new(key)).is_some()
    }

    /// Puts `value` under `key` and returns what was there.
    pub fn insert(&mut self, key: impl AsRef<str> + Into<Str>, value: Value) -> Option<Value> {
        let Some(position) = self.find(Wanted::new(key.as_ref())) else {
            self.add(key.into(), value);
            return None;
        };
        self.entries_mut().get_mut(position).map(|(_, old)| std::mem::replace(old, value))
    }

    /// The value under `key` for writing, made as `null` when missing.
    pub fn entry(&mut self, key: &str) -> &mut Value {
        let position =
            self.find(Wanted::new(key)).unwrap_or_else(|| self.add(key.into(), Value::Null));
        match self.entries_mut().get_mut(position) {
            Some((_, value)) => value,
            None => unreachable!("the position was found or filled above"),
        }
    }

    /// Takes the entry under `key` away and returns its value.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        let position = self.find(Wanted::new(key))?;
        Some(self.entries_mut().remove(position).1)
    }

    /// Keeps only the entries for which `keep` holds.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &mut Value) -> bool) {
        self.entries_mut().retain_mut(|(key, value)| keep(key, value));
    }

    /// Whether both are the same piece of memory, hence equal without a look.
    pub fn is_shared_with(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        }
    }
}

impl PartialEq for Map {
    /// An empty map is equal to another, however it came to be.
    fn eq(&self, other: &Self) -> bool {
        self.is_shared_with(other) || self.entries() == other.entries()
    }
}

impl<K: Into<Str>, V: Into<Value>> FromIterator<(K, V)> for Map {
    /// Sorts once; of equal keys the last wins, as in JSON.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut entries: Vec<(Str, Value)> =
            entries.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        let mut unique: Vec<(Str, Value)> = Vec::with_capacity(entries.len());
        for entry in entries {
            match unique.last_mut() {
                Some(last) if last.0 == entry.0 => *last = entry,
                _ => unique.push(entry),
            }
        }
        Self(Some(Arc::new(unique)))
    }
}
