//! Objects as server-side apply sees them: which parts are one value, and by
//! what the items of a list are known.

use super::FieldSet;
use crate::schema::{ListKind, Shape, Struct, Type};
use crate::value::{Str, Value, parse_json};

/// What the schema says of a value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    own: Known,
    list: &'static ListKind,
    atomic: bool,
}

#[derive(Debug, Clone, Copy)]
enum Known {
    Struct(&'static Struct),
    Type(&'static Type),
    Nothing,
}

/// How a value is divided.
pub(super) enum Division {
    /// It is one value.
    Atomic,
    /// Its fields or entries are values of their own.
    Fields,
    /// So are its items, known by these path elements.
    Items(Vec<Str>),
}

static ONE_VALUE: ListKind = ListKind::Atomic;

impl Node {
    pub(super) fn root(object_type: Option<&'static Struct>) -> Self {
        let own = object_type.map_or(Known::Nothing, Known::Struct);
        Self { own, list: &ONE_VALUE, atomic: false }
    }

    fn of(own: &'static Type, list: &'static ListKind, atomic: bool) -> Self {
        match own.as_struct() {
            Some(found) => Self { own: Known::Struct(found), list, atomic: atomic || found.atomic },
            None if matches!(own.shape, Shape::Any) => Self { own: Known::Nothing, list, atomic },
            None => Self { own: Known::Type(own), list, atomic },
        }
    }

    /// What the schema says of a field or entry; `None` if it has none.
    pub(super) fn field(self, name: &str) -> Option<Self> {
        match self.own {
            Known::Struct(own) => own
                .field(name)
                .map(|field| Self::of(&field.value, &field.list, field.map_type == Some("atomic"))),
            Known::Type(own) => own.inner().map(|inner| Self::of(inner, &ONE_VALUE, false)),
            Known::Nothing => Some(Self { list: &ONE_VALUE, ..self }),
        }
    }

    /// Whether `name` is a field of a struct, not an entry of a map.
    pub(super) fn declares(self, name: &str) -> bool {
        matches!(self.own, Known::Struct(own) if own.field(name).is_some())
    }

    /// What the schema says of the items.
    pub(super) fn item(self) -> Self {
        match self.own {
            Known::Type(own) => {
                own.inner().map_or(Self::root(None), |inner| Self::of(inner, &ONE_VALUE, false))
            }
            _ => Self::root(None),
        }
    }

    pub(super) fn division(self, value: &Value) -> Division {
        if self.atomic {
            return Division::Atomic;
        }
        match value {
            Value::Map(_) => Division::Fields,
            Value::List(items) => {
                let elements = items.iter().map(|item| self.element(item)).collect();
                match self.list {
                    ListKind::Atomic => Division::Atomic,
                    _ => Option::map_or(elements, Division::Atomic, Division::Items),
                }
            }
            _ => Division::Atomic,
        }
    }

    /// By what an item of this list is known.
    fn element(self, item: &Value) -> Option<Str> {
        let keys = match self.list {
            ListKind::Set => return Some(format!("v:{}", item.to_json()).into()),
            ListKind::Map(keys) => keys,
            ListKind::Atomic => return None,
        };
        let mut known = Value::map();
        for key in keys {
            let own = item.get(key).filter(|own| !own.is_null()).cloned();
            known.set(key, own.or_else(|| self.key_default(key))?);
        }
        Some(format!("k:{}", known.to_json()).into())
    }

    fn key_default(self, key: &str) -> Option<Value> {
        let Known::Type(Type { shape: Shape::List(item), .. }) = self.own else { return None };
        let default = item.as_struct()?.field(key)?.default?;
        parse_json(default.as_bytes()).ok()
    }
}

/// The fields that a configuration sets.
pub(super) fn fields_of(root: Node, object: &Value) -> FieldSet {
    let mut set = FieldSet::default();
    collect(root, object, &mut Vec::new(), &mut set);
    set
}

fn collect(node: Node, value: &Value, path: &mut Vec<Str>, set: &mut FieldSet) {
    match node.division(value) {
        Division::Atomic => set.insert(path),
        Division::Fields => {
            for (key, child) in value.entries() {
                path.push(format!("f:{key}").into());
                if let Some(own) = node.field(key) {
                    collect(own, child, path, set);
                }
                let empty = child.is_null() || matches!(child, Value::Map(map) if map.is_empty());
                if empty || !node.declares(key) {
                    set.insert(path);
                }
                path.pop();
            }
        }
        Division::Items(elements) => {
            for (element, item) in elements.into_iter().zip(value.items()) {
                path.push(element);
                collect(node.item(), item, path, set);
                set.insert(path);
                path.pop();
            }
        }
    }
}

/// How two versions of an object differ.
#[derive(Debug, Default)]
pub(super) struct Difference {
    pub(super) added: FieldSet,
    pub(super) modified: FieldSet,
    pub(super) removed: FieldSet,
}

/// How `new` differs from `old`.
pub(super) fn compare(root: Node, old: &Value, new: &Value) -> Difference {
    let mut difference = Difference::default();
    compare_values(root, Some(old), Some(new), &mut Vec::new(), &mut difference);
    difference
}

fn compare_values(
    node: Node,
    old: Option<&Value>,
    new: Option<&Value>,
    path: &mut Vec<Str>,
    difference: &mut Difference,
) {
    // What they still share is equal.
    if let (Some(old), Some(new)) = (old, new)
        && old == new
    {
        return;
    }
    let old_parts = old.and_then(|value| parts(node, value));
    let new_parts = new.and_then(|value| parts(node, value));
    let empty = |value: Option<&Value>| value.is_none_or(Value::is_null);
    match (old_parts, new_parts) {
        (old_parts, Some(new_parts)) if old_parts.is_some() || empty(old) => {
            let old_parts = old_parts.unwrap_or_default();
            compare_parts(&old_parts, &new_parts, path, difference);
        }
        (Some(old_parts), None) if empty(new) => {
            compare_parts(&old_parts, &[], path, difference);
        }
        _ if old.is_some() && new.is_some() => difference.modified.insert(path),
        _ => {}
    }
    match (old, new) {
        (None, Some(_)) => difference.added.insert(path),
        (Some(_), None) => difference.removed.insert(path),
        _ => {}
    }
}

type Parts<'a> = Vec<(Str, Option<Node>, &'a Value)>;

/// The parts of a value that are values of their own; `None` if it is one.
fn parts(node: Node, value: &Value) -> Option<Parts<'_>> {
    match node.division(value) {
        Division::Atomic => None,
        Division::Fields => {
            let part =
                |(key, child): (&Str, _)| (format!("f:{key}").into(), node.field(key), child);
            Some(value.entries().map(part).collect())
        }
        Division::Items(elements) => {
            let items = elements.into_iter().zip(value.items());
            Some(items.map(|(element, item)| (element, Some(node.item()), item)).collect())
        }
    }
}

fn compare_parts(
    old: &[(Str, Option<Node>, &Value)],
    new: &[(Str, Option<Node>, &Value)],
    path: &mut Vec<Str>,
    difference: &mut Difference,
) {
    let find = |parts: &[(Str, Option<Node>, &Value)], element: &Str| {
        parts.iter().position(|(own, ..)| own == element)
    };
    for (element, node, old_part) in old {
        let new_part = find(new, element).and_then(|at| new.get(at)).map(|(.., part)| *part);
        path.push(element.clone());
        let node = node.unwrap_or(Node::root(None));
        compare_values(node, Some(old_part), new_part, path, difference);
        path.pop();
    }
    for (element, node, new_part) in new.iter().filter(|(own, ..)| find(old, own).is_none()) {
        path.push(element.clone());
        let node = node.unwrap_or(Node::root(None));
        compare_values(node, None, Some(new_part), path, difference);
        path.pop();
    }
}

/// What a configuration names that the schema does not know.
pub(super) fn undeclared_fields(root: Node, object: &Value) -> Vec<String> {
    let mut found = Vec::new();
    find_undeclared(root, object, &mut Vec::new(), &mut found);
    found
}

fn find_undeclared(node: Node, value: &Value, path: &mut Vec<Str>, found: &mut Vec<String>) {
    for (key, child) in value.entries() {
        path.push(format!("f:{key}").into());
        if let Some(own) = node.field(key) {
            find_undeclared(own, child, path, found);
        } else {
            let path = super::field_set::shown(path);
            found.push(format!("{path}: field not declared in schema"));
        }
        path.pop();
    }
    for (index, item) in value.items().iter().enumerate() {
        path.push(node.element(item).unwrap_or_else(|| format!("i:{index}").into()));
        find_undeclared(node.item(), item, path, found);
        path.pop();
    }
}
