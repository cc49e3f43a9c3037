//! Equal parts of values, kept once.
//!
//! Thousands of Pods have the same conditions, thousands of events the same
//! source. Whoever keeps values for long lets a [`Sharing`] look at each: it
//! remembers the parts that it met lately and puts them in the place of equal
//! ones. This changes what values weigh, never what they say.

use std::sync::Arc;

use super::keys::Keys;
use super::{Str, Value};

/// How many parts of each sort are remembered.
const PLACES: usize = 4_096;
/// Longer texts are rarely equal, and dear to remember.
const TEXT_MAX: usize = 512;

/// The parts of values that were met lately.
#[derive(Debug, Default)]
pub struct Sharing {
    texts: Places<Str>,
    keys: Places<Arc<Keys>>,
    trees: Places<Value>,
}

/// What was met lately, by its digest; what comes later takes the place.
#[derive(Debug, Default)]
struct Places<T>(Vec<T>);

impl Clone for Sharing {
    /// A copy has met nothing yet: it would only cost time.
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl<T: Clone + Default> Places<T> {
    /// Puts what was met lately in the place of `own` if it is `alike`, or
    /// remembers `own`.
    fn unite(&mut self, digest: u64, own: &mut T, alike: impl FnOnce(&T, &T) -> bool) {
        if self.0.is_empty() {
            self.0.resize(PLACES, T::default());
        }
        let place = usize::try_from(digest >> 32).unwrap_or_default() % PLACES;
        match self.0.get_mut(place) {
            Some(known) if alike(known, own) => own.clone_from(known),
            Some(known) => known.clone_from(own),
            None => {}
        }
    }
}

impl Sharing {
    /// Shares the parts of `value`, which takes the place of `old`: what is
    /// the same as there has been shared already.
    pub fn share_parts(&mut self, value: &mut Value, old: &Value) {
        match value {
            Value::List(items) => {
                let items = Arc::get_mut(items).into_iter().flatten().enumerate();
                for (index, item) in items.filter(|(_, item)| !is_small(item)) {
                    self.share(item, &old[index]);
                }
            }
            Value::Map(map) => {
                let Some((keys, values)) = map.parts_mut() else { return };
                if Arc::strong_count(keys) == 1 {
                    let texts = keys.texts().iter();
                    let digest = texts.fold(0, |digest, key| mix(digest, key.identity()));
                    self.keys.unite(digest, keys, |known, own| known == own);
                }
                let mut before = old.entries().peekable();
                for (key, value) in keys.texts().iter().zip(values) {
                    if is_small(value) {
                        continue;
                    }
                    while before.next_if(|(other, _)| *other < key).is_some() {}
                    let same = before.next_if(|(other, _)| *other == key);
                    self.share(value, same.map_or(&Value::Null, |(_, old)| old));
                }
            }
            _ => {}
        }
    }

    fn share(&mut self, value: &mut Value, old: &Value) {
        if value.is_shared_with(old) {
            return;
        }
        if !matches!(value, Value::Str(_)) {
            self.share_parts(value, old);
        }
        if is_alike(value, old) {
            value.clone_from(old);
            return;
        }
        match value {
            Value::Str(text) if text.len() <= TEXT_MAX => {
                self.texts.unite(digest([&**text]), text, |known, own| known == own);
            }
            Value::List(items) => {
                let digest = items.iter().fold(1, |digest, own| mix(digest, identity(own)));
                self.trees.unite(digest, value, is_alike);
            }
            Value::Map(map) => {
                let keys = map.keys_address();
                let values = map.iter().map(|(_, own)| identity(own));
                self.trees.unite(values.fold(keys, mix), value, is_alike);
            }
            _ => {}
        }
    }
}

/// Whether a value takes no memory but its place.
fn is_small(value: &Value) -> bool {
    match value {
        Value::Str(text) => text.word().is_some(),
        Value::List(_) | Value::Map(_) => false,
        _ => true,
    }
}

/// Whether two values are equal as far as can be seen without a look into the
/// parts of theirs: equal parts are one, once they have been shared.
fn is_alike(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Str(one), Value::Str(other)) => one == other,
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len()
                && one.iter().zip(&**other).all(|(one, other)| is_one(one, other))
        }
        (Value::Map(one), Value::Map(other)) => {
            one.keys_address() == other.keys_address()
                && one.iter().zip(other.iter()).all(|((_, one), (_, other))| is_one(one, other))
        }
        _ => false,
    }
}

fn is_one(one: &Value, other: &Value) -> bool {
    match one {
        Value::Str(_) | Value::List(_) | Value::Map(_) => one.is_shared_with(other),
        plain => plain == other,
    }
}

/// A number that is the same for what [`is_one`] says is one.
fn identity(value: &Value) -> u64 {
    match value {
        Value::Null => 0,
        Value::Bool(value) => 1 + u64::from(*value),
        Value::Int(value) => value.cast_unsigned(),
        Value::Float(value) => value.to_bits(),
        Value::Str(text) => text.identity(),
        Value::List(items) => address(items),
        Value::Map(map) => map.address(),
    }
}

/// Where a piece of memory is, as a number.
pub(super) fn address<T: ?Sized>(shared: &Arc<T>) -> u64 {
    Arc::as_ptr(shared).cast::<u8>().addr() as u64
}

fn mix(digest: u64, word: u64) -> u64 {
    (digest ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
}

/// A digest of texts that makes equal ones of different ones practically never.
pub fn digest<'a>(texts: impl IntoIterator<Item = &'a str>) -> u64 {
    texts.into_iter().fold(0xcbf2_9ce4_8422_2325, |hash, text| {
        let (words, rest) = text.as_bytes().as_chunks::<8>();
        let hash = words.iter().fold(hash, |hash, word| mix(hash, u64::from_le_bytes(*word)));
        let mut last = [0; 8];
        last.iter_mut().zip(rest).for_each(|(to, byte)| *to = *byte);
        // The length tells what belongs to which text.
        mix(mix(hash, u64::from_le_bytes(last)), text.len() as u64)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value;

    fn pod(name: &str, ready: &str) -> Value {
        value!({
            "metadata": { "name": name },
            "status": { "conditions": [{ "type": "Ready", "status": ready, "at": "noon" }, 1] },
        })
    }

    #[test]
    fn equal_parts_of_two_values_are_one_afterwards() {
        let mut sharing = Sharing::default();
        let (mut one, mut other, mut third) = (pod("a", "True"), pod("b", "True"), pod("c", "No"));
        for value in [&mut one, &mut other, &mut third] {
            sharing.share_parts(value, &Value::Null);
        }
        assert_eq!(one, pod("a", "True"));
        assert_eq!(third, pod("c", "No"));
        assert!(one["status"].is_shared_with(&other["status"]));
        assert!(!one["status"].is_shared_with(&third["status"]));
        let at = |pod: &Value| pod["status"]["conditions"][0]["at"].clone();
        assert!(at(&one).is_shared_with(&at(&third)));
    }

    #[test]
    fn what_did_not_change_stays_where_it_was() {
        let old = pod("a", "True");
        let mut new = pod("a", "True");
        new.set("spec", Value::map());
        Sharing::default().share_parts(&mut new, &old);
        assert!(new["metadata"]["name"].is_shared_with(&old["metadata"]["name"]));
        assert_eq!(new["status"], old["status"]);
    }
}
