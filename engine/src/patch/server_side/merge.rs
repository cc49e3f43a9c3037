//! Merging a configuration into an object, and taking fields out of one.

use super::FieldSet;
use super::typed::{Division, Node};
use crate::value::{Map, Str, Value};

/// `object` with all that `configuration` says.
pub(super) fn merged(node: Node, object: &Value, configuration: &Value) -> Value {
    match (node.division(object), node.division(configuration)) {
        (Division::Fields, Division::Fields) => {
            let mut all = object.as_map().cloned().unwrap_or_default();
            for (key, said) in configuration.entries() {
                let own = node.field(key).unwrap_or(Node::root(None));
                let value = all.get(key).map_or_else(|| said.clone(), |old| merged(own, old, said));
                all.insert(key.clone(), value);
            }
            Value::Map(all)
        }
        (Division::Items(old), Division::Items(new)) => {
            let old: Vec<_> = old.into_iter().zip(object.items()).collect();
            let new: Vec<_> = new.into_iter().zip(configuration.items()).collect();
            Value::list(merged_items(node.item(), &old, &new))
        }
        _ => configuration.clone(),
    }
}

/// Items in the configuration's order; the object's others stay where they
/// stood among those that both have.
fn merged_items(node: Node, old: &[(Str, &Value)], new: &[(Str, &Value)]) -> Vec<Value> {
    let find =
        |items: &[(Str, &Value)], element: &Str| items.iter().position(|(own, _)| own == element);
    let mut shared =
        new.iter().map(|(own, _)| own).filter(|own| find(old, own).is_some()).peekable();
    let mut all = Vec::with_capacity(old.len() + new.len());
    let mut taken: Vec<&Str> = Vec::new();
    let (mut left, mut right) = (0, 0);
    loop {
        let (old_item, new_item) = (old.get(left), new.get(right));
        if old_item.is_none() && new_item.is_none() {
            return all;
        }
        if let Some((element, value)) = old_item {
            if find(new, element).is_none() {
                all.push((*value).clone());
                left += 1;
                continue;
            }
            let next = new_item.is_some_and(|(own, _)| own == element);
            let awaited = shared.peek().is_none_or(|own| *own == element);
            if taken.contains(&element) || (new_item.is_some() && !next && !awaited) {
                left += 1;
                continue;
            }
            if next {
                left += 1;
            }
        }
        let Some((element, said)) = new_item else {
            left += 1;
            continue;
        };
        let before = find(old, element).and_then(|at| old.get(at));
        all.push(before.map_or_else(|| (*said).clone(), |(_, before)| merged(node, before, said)));
        taken.push(element);
        if shared.peek() == Some(&element) {
            shared.next();
        }
        right += 1;
    }
}

/// `object` without the fields and items of a set.
pub(super) fn without(node: Node, object: &Value, gone: &FieldSet) -> Value {
    match node.division(object) {
        Division::Atomic => object.clone(),
        Division::Fields => {
            let mut kept: Vec<(Str, Value)> = Vec::new();
            for (key, value) in object.entries() {
                let own = node.field(key).unwrap_or(Node::root(None));
                match gone.below(&format!("f:{key}")) {
                    Some(gone) if gone.is_member() => {}
                    Some(gone) => kept.push((key.clone(), without(own, value, gone))),
                    None => kept.push((key.clone(), value.clone())),
                }
            }
            Value::Map(kept.into_iter().collect::<Map>())
        }
        Division::Items(elements) => {
            let mut kept = Vec::new();
            for (element, item) in elements.iter().zip(object.items()) {
                match gone.below(element) {
                    Some(gone) if gone.is_member() => {}
                    Some(gone) => kept.push(without(node.item(), item, gone)),
                    None => kept.push(item.clone()),
                }
            }
            Value::list(kept)
        }
    }
}
