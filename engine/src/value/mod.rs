//! The shape of every API object: JSON's values, cheap to clone, shared until
//! written.
//!
//! A clone copies a pointer; a write copies only the path from the root to the
//! written field. So the replicas of one template share its spec, an old
//! version of an object costs what changed since, and comparing two versions
//! is fast where they still share. This module knows nothing of Kubernetes.

mod json;
mod keys;
mod map;
mod ordered;
mod sharing;
mod text;
mod words;

use std::ops::{Index, IndexMut};
use std::sync::Arc;

pub use self::json::{JsonError, parse_json, parse_json_noting_duplicates, parse_json_prefix};
pub use self::map::{Map, Written};
pub use self::sharing::{Sharing, digest};
pub use self::text::Str;

/// One JSON value.
#[derive(Debug, Clone, Default)]
pub enum Value {
    /// JSON's `null`, and what a missing field reads as.
    #[default]
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction or an exponent.
    Float(f64),
    /// A text.
    Str(Str),
    /// A list.
    List(Arc<Vec<Value>>),
    /// A map with its keys in byte order.
    Map(Map),
}

static NULL: Value = Value::Null;
static EMPTY: Map = Map::EMPTY;

impl Value {
    /// An empty map.
    pub fn map() -> Self {
        Self::Map(Map::default())
    }

    /// A list of `items`.
    pub fn list(items: Vec<Self>) -> Self {
        Self::List(Arc::new(items))
    }

    /// A text.
    pub fn str(text: impl AsRef<str>) -> Self {
        Self::Str(text.as_ref().into())
    }

    /// Whether this is `null` (or a field that is not there).
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether this holds nothing: `null`, `""`, `[]` or `{}`.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Str(text) => text.is_empty(),
            Self::List(items) => items.is_empty(),
            Self::Map(map) => map.is_empty(),
            Self::Bool(_) | Self::Int(_) | Self::Float(_) => false,
        }
    }

    /// Whether Go's `omitempty` would leave this out: empty, `false` or `0`.
    pub fn is_zero(&self) -> bool {
        match self {
            Self::Bool(value) => !value,
            Self::Int(value) => *value == 0,
            Self::Float(value) => *value == 0.0,
            other => other.is_empty(),
        }
    }

    /// The text, if this is one.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Str(text) = self { Some(text) } else { None }
    }

    /// The shared text, if this is one.
    pub fn as_shared(&self) -> Option<&Str> {
        if let Self::Str(text) = self { Some(text) } else { None }
    }

    /// The text, or `""` for anything else.
    pub fn text(&self) -> &str {
        self.as_str().unwrap_or_default()
    }

    /// The whole number, if this is one.
    pub fn as_int(&self) -> Option<i64> {
        if let Self::Int(value) = self { Some(*value) } else { None }
    }

    /// The whole number, or `0` for anything else.
    pub fn int(&self) -> i64 {
        self.as_int().unwrap_or_default()
    }

    /// The boolean, if this is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    /// Whether this is `true`.
    pub fn is_true(&self) -> bool {
        matches!(self, Self::Bool(true))
    }

    /// The items, or none for anything but a list.
    pub fn items(&self) -> &[Self] {
        if let Self::List(items) = self { items } else { &[] }
    }

    /// The map, if this is one.
    #[inline]
    pub fn as_map(&self) -> Option<&Map> {
        if let Self::Map(map) = self { Some(map) } else { None }
    }

    /// The entries in key order, or none for anything but a map.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = (&Str, &Self)> + ExactSizeIterator {
        self.as_map().unwrap_or(&EMPTY).iter()
    }

    /// The field `key` of a map.
    #[cfg_attr(
        not(target_family = "wasm"),
        inline(always),
        expect(clippy::inline_always, reason = "a text known while compiling needs no search")
    )]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_map()?.get(key)
    }

    /// The value at the end of `path`; `null` where the path leaves the value.
    pub fn at(&self, path: &[&str]) -> &Self {
        path.iter().fold(self, |value, key| &value[*key])
    }

    /// Sets the field `key`, turning anything but a map into one first.
    pub fn set(&mut self, key: impl AsRef<str>, value: impl Into<Self>) {
        self.make_map().insert(key.as_ref(), value.into());
    }

    /// Sets the field `key` unless `value` is empty or zero, as Go's
    /// `omitempty` does; a zero removes the field.
    pub fn set_nonzero(&mut self, key: &str, value: impl Into<Self>) {
        let value = value.into();
        if value.is_zero() {
            self.remove(key);
        } else {
            self.set(key, value);
        }
    }

    /// Sets the field `key` if it is missing or `null`.
    pub fn set_default(&mut self, key: &str, value: impl Into<Self>) {
        if self[key].is_null() {
            self.set(key, value);
        }
    }

    /// Takes the field `key` away and returns it.
    pub fn remove(&mut self, key: &str) -> Option<Self> {
        // Looks first, so that a map that lacks the key is not copied.
        self.get(key)?;
        self.make_map().remove(key)
    }

    /// Adds an item, turning anything but a list into one first.
    pub fn push(&mut self, item: impl Into<Self>) {
        self.make_list().push(item.into());
    }

    /// The map for writing; anything else becomes an empty map first.
    pub fn make_map(&mut self) -> &mut Map {
        if !matches!(self, Self::Map(_)) {
            *self = Self::map();
        }
        match self {
            Self::Map(map) => map,
            _ => unreachable!("made a map above"),
        }
    }

    /// The list for writing; anything else becomes an empty list first.
    pub fn make_list(&mut self) -> &mut Vec<Self> {
        if !matches!(self, Self::List(_)) {
            *self = Self::list(Vec::new());
        }
        match self {
            Self::List(items) => Arc::make_mut(items),
            _ => unreachable!("made a list above"),
        }
    }

    /// The value at the end of `path` for writing, made where it is missing.
    pub fn at_mut(&mut self, path: &[&str]) -> &mut Self {
        path.iter().fold(self, |value, key| &mut value[*key])
    }

    /// Whether both are the same piece of memory, hence equal without a look.
    pub fn is_shared_with(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Str(a), Self::Str(b)) => a.is_shared_with(b),
            (Self::List(a), Self::List(b)) => Arc::ptr_eq(a, b),
            (Self::Map(a), Self::Map(b)) => a.is_shared_with(b),
            _ => false,
        }
    }

    /// The JSON text on one line, with the keys in order.
    pub fn to_json(&self) -> String {
        json::print(self, None)
    }

    /// The JSON text over several lines, each level in by `indent` spaces.
    pub fn to_json_pretty(&self, indent: usize) -> String {
        json::print(self, Some(indent))
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a.to_bits() == b.to_bits(),
            (Self::Str(a), Self::Str(b)) => a == b,
            (Self::List(a), Self::List(b)) => Arc::ptr_eq(a, b) || a == b,
            (Self::Map(a), Self::Map(b)) => a.is_shared_with(b) || a == b,
            _ => false,
        }
    }
}

impl Index<&str> for Value {
    type Output = Self;

    /// The field `key`; `null` when there is none, or this is no map.
    #[cfg_attr(
        not(target_family = "wasm"),
        inline(always),
        expect(clippy::inline_always, reason = "a text known while compiling needs no search")
    )]
    fn index(&self, key: &str) -> &Self {
        self.get(key).unwrap_or(&NULL)
    }
}

impl IndexMut<&str> for Value {
    /// The field `key`, made as `null` when missing; anything but a map
    /// becomes one first.
    fn index_mut(&mut self, key: &str) -> &mut Self {
        self.make_map().entry(key)
    }
}

impl Index<usize> for Value {
    type Output = Self;

    /// The item at `index`; `null` when there is none, or this is no list.
    fn index(&self, index: usize) -> &Self {
        self.items().get(index).unwrap_or(&NULL)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<i32> for Value {
    fn from(value: i32) -> Self {
        Self::Int(value.into())
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Int(value.into())
    }
}

impl From<usize> for Value {
    fn from(value: usize) -> Self {
        Self::Int(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::str(value)
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Str(value.into())
    }
}

impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Self::str(value)
    }
}

impl From<Str> for Value {
    fn from(value: Str) -> Self {
        Self::Str(value)
    }
}

impl From<&Str> for Value {
    fn from(value: &Str) -> Self {
        Self::Str(value.clone())
    }
}

impl From<Map> for Value {
    fn from(value: Map) -> Self {
        Self::Map(value)
    }
}

impl From<&Self> for Value {
    fn from(value: &Self) -> Self {
        value.clone()
    }
}

impl<T: Into<Self>> From<Vec<T>> for Value {
    fn from(items: Vec<T>) -> Self {
        items.into_iter().collect()
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<T: Into<Self>> FromIterator<T> for Value {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self::list(items.into_iter().map(Into::into).collect())
    }
}

/// Writes a [`Value`] as JSON reads: `value!({ "a": 1, "b": [x, null] })`.
///
/// Any Rust expression that converts into a [`Value`] may stand as a value or
/// an item; one of several tokens goes in parentheses or is a call.
#[macro_export]
macro_rules! value {
    (null) => { $crate::value::Value::Null };
    ([ $($item:tt),* $(,)? ]) => {
        $crate::value::Value::list(vec![ $( $crate::value!($item) ),* ])
    };
    ({}) => { $crate::value::Value::map() };
    ({ $($rest:tt)+ }) => {
        $crate::value::Value::from($crate::value_entries!([] $($rest)+))
    };
    ($other:expr) => { $crate::value::Value::from($other) };
}

/// The map of [`value!`]'s entries; not for direct use.
#[doc(hidden)]
#[macro_export]
macro_rules! value_entries {
    ([ $($key:literal => $value:expr,)* ]) => {{
        static WRITTEN: $crate::value::Written<{ [$($key),*].len() }> =
            $crate::value::Written::new([$($key),*]);
        WRITTEN.with([$($value),*])
    }};
    ([ $($done:tt)* ] $key:literal : null $(, $($rest:tt)*)?) => {
        $crate::value_entries!([ $($done)* $key => $crate::value::Value::Null, ] $( $($rest)* )?)
    };
    ([ $($done:tt)* ] $key:literal : { $($inner:tt)* } $(, $($rest:tt)*)?) => {
        $crate::value_entries!([ $($done)* $key => $crate::value!({ $($inner)* }), ] $( $($rest)* )?)
    };
    ([ $($done:tt)* ] $key:literal : [ $($inner:tt)* ] $(, $($rest:tt)*)?) => {
        $crate::value_entries!([ $($done)* $key => $crate::value!([ $($inner)* ]), ] $( $($rest)* )?)
    };
    ([ $($done:tt)* ] $key:literal : $value:expr $(, $($rest:tt)*)?) => {
        $crate::value_entries!([ $($done)* $key => $crate::value::Value::from($value), ] $( $($rest)* )?)
    };
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_clone_shares_until_it_is_written() {
        let first = value!({ "spec": { "replicas": 3 }, "kind": "Deployment" });
        let mut second = first.clone();
        second["metadata"]["name"] = "web".into();
        assert!(first["spec"].is_shared_with(&second["spec"]));
        assert!(first["metadata"].is_null());
        assert_eq!(second.at(&["metadata", "name"]).text(), "web");
    }

    #[test]
    fn maps_keep_their_keys_in_order() {
        let value = value!({ "b": 1, "a": [1, "x", null, {}], "c": { "d": true } });
        assert_eq!(value.to_json(), r#"{"a":[1,"x",null,{}],"b":1,"c":{"d":true}}"#);
    }

    #[test]
    fn empty_maps_are_equal() {
        let emptied = {
            let mut map = value!({ "a": 1 });
            map.remove("a");
            map
        };
        let collected: super::Map = Vec::<(super::Str, super::Value)>::new().into_iter().collect();
        assert_eq!(emptied, value!({}));
        assert_eq!(super::Value::from(collected), value!({}));
    }

    #[test]
    fn a_missing_path_is_null() {
        let value = value!({ "a": 1 });
        assert!(value["a"]["b"]["c"].is_null());
        assert!(value["a"][3].is_null());
        assert_eq!(value["a"]["b"].items().len(), 0);
    }
}
