//! Lists and maps: sizes, sums, sorting, sets.

use std::cmp::Ordering;

use super::strings::count;
use super::{Answer, operators};
use crate::cel::value::Cel;

pub(super) fn call(name: &str, values: &[Cel]) -> Answer {
    if let ("size", [Cel::Map(entries)]) = (name, values) {
        return Some(Ok(count(entries.len())));
    }
    if let ("size", [Cel::Bytes(bytes)]) = (name, values) {
        return Some(Ok(count(bytes.len())));
    }
    let (first, rest) = values.split_first()?;
    let own = first.items()?;
    Some(match (name, rest) {
        ("size", []) => Ok(count(own.len())),
        ("isSorted", []) => {
            Ok(Cel::Bool(own.windows(2).all(|pair| matches!(pair, [a, b] if in_order(a, b)))))
        }
        ("sum", []) => return sum(own),
        ("min" | "max", []) => {
            let wanted = if name == "min" { Ordering::Less } else { Ordering::Greater };
            let best = own
                .iter()
                .reduce(|best, item| if item.compare(best) == Some(wanted) { item } else { best });
            best.cloned().ok_or_else(|| format!("{name} called on empty list"))
        }
        ("indexOf", [item]) => Ok(place(own.iter().position(|own| own.equals(item)))),
        ("lastIndexOf", [item]) => Ok(place(own.iter().rposition(|own| own.equals(item)))),
        ("join", []) => join(own, ""),
        ("join", [Cel::Str(by)]) => join(own, by),
        ("sets.contains", [Cel::List(other)]) => Ok(Cel::Bool(contains(own, other))),
        ("sets.equivalent", [Cel::List(other)]) => {
            Ok(Cel::Bool(contains(own, other) && contains(other, own)))
        }
        ("sets.intersects", [Cel::List(other)]) => {
            Ok(Cel::Bool(other.iter().any(|item| own.iter().any(|own| own.equals(item)))))
        }
        _ => return None,
    })
}

fn in_order(a: &Cel, b: &Cel) -> bool {
    a.compare(b).is_some_and(|order| order != Ordering::Greater)
}

fn place(at: Option<usize>) -> Cel {
    at.map_or(Cel::Int(-1), count)
}

fn contains(own: &[Cel], other: &[Cel]) -> bool {
    other.iter().all(|item| own.iter().any(|own| own.equals(item)))
}

fn sum(items: &[Cel]) -> Answer {
    let mut items = items.iter();
    let mut total = items.next().cloned().unwrap_or(Cel::Int(0));
    for item in items {
        match operators::call("_+_", &[total, item.clone()])? {
            Ok(more) => total = more,
            failed => return Some(failed),
        }
    }
    Some(Ok(total))
}

fn join(items: &[Cel], by: &str) -> Result<Cel, String> {
    let texts: Option<Vec<&str>> = items.iter().map(Cel::as_str).collect();
    texts.map(|texts| Cel::str(texts.join(by))).ok_or_else(|| "no such overload".to_owned())
}
