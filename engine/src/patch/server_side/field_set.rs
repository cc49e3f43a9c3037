//! A set of fields, in the form in which objects carry it (`fieldsV1`).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::value::{Map, Str, Value, parse_json};

/// A set of the fields of an object.
///
/// It is a tree of path elements as `fieldsV1` writes them: `f:spec`,
/// `k:{"name":"web"}` for an item known by keys, `v:"x"` for one known by its
/// value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldSet {
    /// Whether the field at which this tree stands is itself in the set.
    member: bool,
    children: BTreeMap<Str, FieldSet>,
}

impl FieldSet {
    /// Whether no field is in the set.
    pub fn is_empty(&self) -> bool {
        !self.member && self.children.values().all(Self::is_empty)
    }

    /// Puts the field at the end of `path` into the set.
    pub(super) fn insert(&mut self, path: &[Str]) {
        let mut own = self;
        for element in path {
            own = own.children.entry(element.clone()).or_default();
        }
        own.member = true;
    }

    /// Whether the field at the end of `path` is in the set.
    pub(super) fn contains(&self, path: &[Str]) -> bool {
        let end = path.iter().try_fold(self, |own, element| own.children.get(element));
        end.is_some_and(|own| own.member)
    }

    /// The tree below an element.
    pub(super) fn below(&self, element: &str) -> Option<&Self> {
        self.children.get(element)
    }

    /// Whether the field at which this tree stands is in the set.
    pub(super) fn is_member(&self) -> bool {
        self.member
    }

    #[must_use]
    pub(super) fn union(&self, other: &Self) -> Self {
        let mut all = self.clone();
        all.member |= other.member;
        for (element, other) in &other.children {
            let own = all.children.entry(element.clone()).or_default();
            *own = own.union(other);
        }
        all
    }

    #[must_use]
    pub(super) fn difference(&self, other: &Self) -> Self {
        let mut rest = Self { member: self.member && !other.member, children: BTreeMap::new() };
        for (element, own) in &self.children {
            let own =
                other.children.get(element).map_or_else(|| own.clone(), |o| own.difference(o));
            if !own.is_empty() {
                rest.children.insert(element.clone(), own);
            }
        }
        rest
    }

    #[must_use]
    pub(super) fn intersection(&self, other: &Self) -> Self {
        let mut both = Self { member: self.member && other.member, children: BTreeMap::new() };
        for (element, own) in &self.children {
            let Some(other) = other.children.get(element) else { continue };
            let own = own.intersection(other);
            if !own.is_empty() {
                both.children.insert(element.clone(), own);
            }
        }
        both
    }

    /// Without a field and all below it.
    #[must_use]
    pub(super) fn without_below(mut self, path: &[&str]) -> Self {
        if let [first, rest @ ..] = path {
            let element: Str = format!("f:{first}").into();
            if let Some(child) = self.children.remove(&element)
                && !rest.is_empty()
            {
                self.children.insert(element, child.without_below(rest));
            }
        }
        self
    }

    /// With every named field on the way to a member; items of lists stay as
    /// they are.
    #[must_use]
    pub(super) fn with_named_parents(&self) -> Self {
        let mut all = Self { member: self.member, children: BTreeMap::new() };
        for (element, own) in &self.children {
            let mut own = own.with_named_parents();
            own.member |= element.starts_with("f:") && !own.children.is_empty();
            all.children.insert(element.clone(), own);
        }
        all
    }

    /// The paths of all members: of each level its members, then what is below.
    pub(super) fn paths(&self) -> Vec<Vec<Str>> {
        let mut paths = Vec::new();
        self.collect(&mut Vec::new(), &mut paths);
        paths
    }

    fn collect(&self, path: &mut Vec<Str>, paths: &mut Vec<Vec<Str>>) {
        for (element, _) in self.children.iter().filter(|(_, own)| own.member) {
            let mut found = path.clone();
            found.push(element.clone());
            paths.push(found);
        }
        for (element, own) in &self.children {
            path.push(element.clone());
            own.collect(path, paths);
            path.pop();
        }
    }

    /// Reads `fieldsV1`.
    pub fn from_value(value: &Value) -> Self {
        Self::read(value, false)
    }

    fn read(value: &Value, is_child: bool) -> Self {
        let mut own = Self { member: is_child && value.is_empty(), children: BTreeMap::new() };
        for (element, child) in value.entries() {
            if &**element == "." {
                own.member = true;
            } else {
                own.children.insert(element.clone(), Self::read(child, true));
            }
        }
        own
    }

    /// Writes `fieldsV1`.
    pub fn to_value(&self) -> Value {
        let mut map = Map::default();
        if self.member && !self.children.is_empty() {
            map.insert(".", Value::map());
        }
        for (element, child) in &self.children {
            map.insert(element.clone(), child.to_value());
        }
        Value::Map(map)
    }
}

/// A path as messages show it: `.spec.containers[name="web"].image`.
pub(super) fn shown(path: &[Str]) -> String {
    let mut text = String::new();
    for element in path {
        let _ = match element.split_once(':') {
            Some(("k", keys)) => {
                let keys = parse_json(keys.as_bytes()).unwrap_or_default();
                let named = |(key, value): (&Str, &Value)| format!("{key}={}", value.to_json());
                let keys: Vec<String> = keys.entries().map(named).collect();
                write!(text, "[{}]", keys.join(","))
            }
            Some(("v", value)) => write!(text, "[={value}]"),
            Some(("i", index)) => write!(text, "[{index}]"),
            Some((_, name)) => write!(text, ".{name}"),
            None => Ok(()),
        };
    }
    text
}
