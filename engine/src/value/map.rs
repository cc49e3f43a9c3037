//! A shared map with its keys in byte order.

use std::sync::{Arc, OnceLock};

use super::keys::{Keys, ROOM};
use super::sharing::address;
use super::text::Wanted;
use super::{Str, Value};

/// A map from texts to values, sorted by key, shared until written.
///
/// Kubernetes' maps are small (a dozen fields, a few labels), so sorted lists
/// are smaller and faster than a tree. Thousands of maps have the same keys
/// and share the list of them.
#[derive(Debug, Clone, Default)]
pub struct Map(Option<Arc<Body>>);

#[derive(Debug, Clone, Default)]
struct Body {
    keys: Arc<Keys>,
    /// In the order of the keys.
    values: Vec<Value>,
}

impl Body {
    /// Puts `value` under `key`, which is not there yet; returns where.
    fn add(&mut self, key: Str, value: Value) -> usize {
        let position = self.keys.place_for(&key);
        if let Some(keys) = Arc::get_mut(&mut self.keys) {
            keys.insert(position, key);
        } else {
            self.keys = Arc::new(self.keys.with(position, key));
        }
        if self.values.len() == self.values.capacity() {
            self.values.reserve_exact(ROOM);
        }
        self.values.insert(position, value);
        position
    }
}

impl Map {
    pub(super) const EMPTY: Self = Self(None);

    fn keys(&self) -> &[Str] {
        self.0.as_ref().map_or(&[], |body| body.keys.texts())
    }

    fn values(&self) -> &[Value] {
        self.0.as_ref().map_or(&[], |body| &body.values)
    }

    fn body_mut(&mut self) -> &mut Body {
        Arc::make_mut(self.0.get_or_insert_default())
    }

    /// Where the wanted key is.
    fn find(&self, wanted: Wanted<'_>) -> Option<usize> {
        self.0.as_ref()?.keys.find(wanted)
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.keys().len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.keys().is_empty()
    }

    /// The entries in key order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Str, &Value)> + ExactSizeIterator {
        self.keys().iter().zip(self.values())
    }

    /// The entries in key order, their values for writing.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&Str, &mut Value)> {
        let body = self.body_mut();
        body.keys.texts().iter().zip(&mut body.values)
    }

    /// The value under `key`.
    #[cfg_attr(
        not(target_family = "wasm"),
        inline(always),
        expect(clippy::inline_always, reason = "a text known while compiling needs no search")
    )]
    pub fn get(&self, key: &str) -> Option<&Value> {
        // Prepared here, where the compiler mostly knows the key.
        self.get_wanted(Wanted::new(key))
    }

    fn get_wanted(&self, wanted: Wanted<'_>) -> Option<&Value> {
        let body = self.0.as_ref()?;
        body.values.get(body.keys.find(wanted)?)
    }

    /// Whether there is an entry under `key`.
    pub fn contains_key(&self, key: &str) -> bool {
        self.find(Wanted::new(key)).is_some()
    }

    /// Puts `value` under `key` and returns what was there.
    pub fn insert(&mut self, key: impl AsRef<str> + Into<Str>, value: Value) -> Option<Value> {
        let found = self.find(Wanted::new(key.as_ref()));
        let body = self.body_mut();
        let Some(position) = found else {
            body.add(key.into(), value);
            return None;
        };
        body.values.get_mut(position).map(|old| std::mem::replace(old, value))
    }

    /// The value under `key` for writing, made as `null` when missing.
    pub fn entry(&mut self, key: &str) -> &mut Value {
        let found = self.find(Wanted::new(key));
        let body = self.body_mut();
        let position = found.unwrap_or_else(|| body.add(key.into(), Value::Null));
        match body.values.get_mut(position) {
            Some(value) => value,
            None => unreachable!("the position was found or filled above"),
        }
    }

    /// Takes the entry under `key` away and returns its value.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        let position = self.find(Wanted::new(key))?;
        let body = self.body_mut();
        Arc::make_mut(&mut body.keys).remove(position);
        Some(body.values.remove(position))
    }

    /// Keeps only the entries for which `keep` holds.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &mut Value) -> bool) {
        let body = self.body_mut();
        let mut keys = body.keys.texts().iter();
        let mut kept = Vec::new();
        body.values.retain_mut(|value| {
            let key = keys.next().filter(|key| keep(key, value));
            kept.extend(key.cloned());
            key.is_some()
        });
        if kept.len() < body.keys.texts().len() {
            body.keys = Arc::new(Keys::sorted(kept));
        }
    }

    /// The keys and the values for writing, unless others share the map.
    pub(super) fn parts_mut(&mut self) -> Option<(&mut Arc<Keys>, &mut [Value])> {
        let body = Arc::get_mut(self.0.as_mut()?)?;
        Some((&mut body.keys, &mut body.values))
    }

    /// Where it is; the same for maps that are shared.
    pub(super) fn address(&self) -> u64 {
        self.0.as_ref().map_or(0, address)
    }

    /// Where its keys are; the same for maps that share them.
    pub(super) fn keys_address(&self) -> u64 {
        self.0.as_ref().map_or(0, |body| address(&body.keys))
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
        let same_keys =
            || self.keys_address() == other.keys_address() || self.keys() == other.keys();
        self.is_shared_with(other) || (same_keys() && self.values() == other.values())
    }
}

impl<K: Into<Str>, V: Into<Value>> FromIterator<(K, V)> for Map {
    /// Sorts once; of equal keys the last wins, as in JSON.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut entries: Vec<(Str, Value)> =
            entries.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        let mut keys: Vec<Str> = Vec::with_capacity(entries.len());
        let mut values: Vec<Value> = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            match values.last_mut() {
                Some(last) if keys.last() == Some(&key) => *last = value,
                _ => {
                    keys.push(key);
                    values.push(value);
                }
            }
        }
        Self(Some(Arc::new(Body { keys: Arc::new(Keys::sorted(keys)), values })))
    }
}

/// The keys that a program writes down for a map, once for all such maps.
#[derive(Debug)]
pub struct Written<const N: usize> {
    keys: [&'static str; N],
    /// The keys in byte order, and for each of them where it was written.
    sorted: OnceLock<(Arc<Keys>, [usize; N])>,
}

impl<const N: usize> Written<N> {
    /// Notes different keys, in any order.
    pub const fn new(keys: [&'static str; N]) -> Self {
        Self { keys, sorted: OnceLock::new() }
    }

    /// The map of these keys to `values`, in the order in which they are
    /// written.
    pub fn with(&self, mut values: [Value; N]) -> Map {
        let (keys, order) = self.sorted.get_or_init(|| self.sort());
        let value = |place: &usize| values.get_mut(*place).map(std::mem::take).unwrap_or_default();
        let values = order.iter().map(value).collect();
        Map(Some(Arc::new(Body { keys: Arc::clone(keys), values })))
    }

    fn sort(&self) -> (Arc<Keys>, [usize; N]) {
        let mut order: [usize; N] = std::array::from_fn(|place| place);
        order.sort_by_key(|place| self.keys.get(*place));
        let sorted = order.iter().filter_map(|place| self.keys.get(*place).copied());
        (Arc::new(Keys::sorted(sorted.map(Str::from).collect())), order)
    }
}
