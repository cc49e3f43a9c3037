//! From a request's path and query to what it asks for.

use super::Registry;
use crate::api::Kind;
use crate::store::{Key, KindId};
use crate::value::Value;

/// What a path names.
#[derive(Debug, Clone)]
pub(super) enum Route {
    /// Objects of a kind.
    Resource(Resource),
    /// A path outside the resources, in parts.
    Other(Vec<String>),
}

/// A kind's objects, or one of them, or a part of one.
#[derive(Debug, Clone)]
pub(super) struct Resource {
    /// The kind as it is stored.
    pub(super) kind: KindId,
    /// The kind as the path names it, which may be another version.
    pub(super) served: &'static Kind,
    /// The namespace; empty for none or all.
    pub(super) namespace: String,
    /// The object; empty for all.
    pub(super) name: String,
    /// The part: `status`, `scale`, `log`; empty for the whole.
    pub(super) subresource: String,
}

/// The query of a request, decoded.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Query(Vec<(String, String)>);

impl Resource {
    /// Whether the object under `key` is of this kind and namespace.
    pub(super) fn contains(&self, key: &Key) -> bool {
        let everywhere = self.namespace.is_empty();
        key.kind == self.kind && (everywhere || *key.namespace == *self.namespace)
    }

    /// A stored object in the shape of the version that the path names.
    pub(super) fn outward(&self, object: &Value) -> Value {
        let mut object = object.clone();
        if let Some(stored) = &self.served.stored_as {
            (stored.from_stored)(&mut object);
            object.set("apiVersion", self.served.api_version());
        }
        object
    }

    /// An object of the version that the path names, in the stored shape.
    pub(super) fn inward(&self, mut object: Value) -> Value {
        if let Some(stored) = &self.served.stored_as {
            (self.served.default)(&mut object);
            (stored.to_stored)(&mut object);
            object.set("apiVersion", stored.kind.api_version());
        }
        object
    }
}

impl Query {
    /// The first value of `name`; empty when it is not there.
    pub(super) fn get<'a>(&'a self, name: &'a str) -> &'a str {
        self.all(name).next().unwrap_or_default()
    }

    /// Every value of `name`.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// Whether `name` is there, with a value or without.
    pub(super) fn contains_key(&self, name: &str) -> bool {
        self.all(name).next().is_some()
    }

    /// Whether `name` is there and does not say no.
    pub(super) fn is_true(&self, name: &str) -> bool {
        let given = self.0.iter().find(|(own, _)| own == name);
        given.is_some_and(|(_, value)| !matches!(value.as_str(), "false" | "0" | "False" | "F"))
    }

    /// The number `name`, if it is one.
    pub(super) fn int(&self, name: &str) -> Option<i64> {
        self.get(name).parse().ok()
    }
}

impl super::ApiServer {
    /// Whether the group and version in a target's path are served.
    pub(super) fn serves_version_of(&self, target: &str) -> bool {
        let path = target.split('?').next().unwrap_or_default();
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        let group = if parts.next() == Some("api") { "" } else { parts.next().unwrap_or_default() };
        let version = parts.next().unwrap_or_default();
        self.registry.iter().any(|(_, kind)| kind.group == group && kind.version == version)
    }
}

/// Takes a request's target apart. `None` when it names no known resource.
pub(super) fn parse(target: &str, registry: &Registry) -> (Option<Route>, Query) {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let parts: Vec<String> = path.split('/').filter(|part| !part.is_empty()).map(decode).collect();
    let mut query = parse_query(query);
    let parts = watched(parts, &mut query);
    (route(parts, registry), query)
}

/// The old paths of watches, `/api/v1/watch/pods`, as today's: with a query.
fn watched(mut parts: Vec<String>, query: &mut Query) -> Vec<String> {
    let place = if parts.first().is_some_and(|first| first == "api") { 2 } else { 3 };
    if parts.len() <= place + 1 || parts.get(place).is_none_or(|part| part != "watch") {
        return parts;
    }
    parts.remove(place);
    query.0.retain(|(name, _)| name != "watch");
    query.0.push(("watch".to_owned(), "true".to_owned()));
    let name_at = if parts.get(place).is_some_and(|part| part == "namespaces") { 3 } else { 1 };
    if let Some(name) = parts.get(place + name_at).filter(|_| parts.len() > place + name_at) {
        query.0.push(("fieldSelector".to_owned(), format!("metadata.name={name}")));
        parts.truncate(place + name_at);
    }
    parts
}

fn route(parts: Vec<String>, registry: &Registry) -> Option<Route> {
    let words: Vec<&str> = parts.iter().map(String::as_str).collect();
    let resource = match words.as_slice() {
        ["api", version, rest @ ..] if !rest.is_empty() => resource(registry, "", version, rest),
        ["apis", group, version, rest @ ..] if !rest.is_empty() => {
            resource(registry, group, version, rest)
        }
        _ => return Some(Route::Other(parts)),
    };
    resource.map(Route::Resource)
}

fn resource(registry: &Registry, group: &str, version: &str, rest: &[&str]) -> Option<Resource> {
    let (namespace, plural, rest) = match rest {
        // A namespace itself, and its subresources, are no namespaced paths.
        ["namespaces", _, "status" | "finalize"] | ["namespaces"] | ["namespaces", _] => {
            ("", "namespaces", rest.get(1..).unwrap_or_default())
        }
        ["namespaces", namespace, plural, rest @ ..] => (*namespace, *plural, rest),
        [plural, rest @ ..] => ("", *plural, rest),
        [] => return None,
    };
    let id = registry.by_plural(group, version, plural)?;
    let own = registry.kind(id);
    // Only objects with a namespace are in one; they have no path without.
    let is_misplaced = if own.namespaced {
        namespace.is_empty() && !rest.is_empty()
    } else {
        !namespace.is_empty()
    };
    if is_misplaced {
        return None;
    }
    let (name, subresource) = match rest {
        [] => ("", String::new()),
        [name] => (*name, String::new()),
        [name, subresource @ ..] => (*name, subresource.join("/")),
    };
    Some(Resource {
        kind: registry.stored(id),
        served: registry.kind(id),
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        subresource,
    })
}

fn parse_query(query: &str) -> Query {
    let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(&name.replace('+', " ")), decode(&value.replace('+', " ")))
    });
    Query(pairs.collect())
}

/// Percent-decodes; what is no escape stays as it is.
fn decode(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = (*first == b'%').then(|| tail.get(..2)).flatten();
        let code = hex
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        if let Some(code) = code {
            bytes.push(code);
            rest = tail.get(2..).unwrap_or_default();
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
