//! From the nodes of a template to what they find
//! (client-go's `util/jsonpath/jsonpath.go`).

use podyard_engine::value::Value;

use super::JsonPathError;
use super::compare::compare;
use super::parse::{Node, Slice};
use crate::print::gofmt;

type Found = Result<Vec<Value>, JsonPathError>;

/// What each of `nodes` finds in `value`; `{range}` repeats the nodes up to
/// its `{end}`.
pub(super) fn find(
    nodes: &[Node],
    value: &Value,
    allow_missing_keys: bool,
) -> Result<Vec<Vec<Value>>, JsonPathError> {
    let mut walk = Walk { allow_missing_keys, begins: false, ends: false };
    let mut found = Vec::new();
    walk.block(nodes, value, 0, &mut found)?;
    Ok(found)
}

struct Walk {
    allow_missing_keys: bool,
    /// Whether the node just walked was a `range`.
    begins: bool,
    /// Whether the node just walked was an `end`.
    ends: bool,
}

impl Walk {
    /// Walks `nodes` up to the end of their range, of which `depth` are open,
    /// and returns what follows that end.
    fn block<'a>(
        &mut self,
        nodes: &'a [Node],
        value: &Value,
        depth: usize,
        found: &mut Vec<Vec<Value>>,
    ) -> Result<&'a [Node], JsonPathError> {
        let mut rest = nodes;
        while let Some((node, after)) = rest.split_first() {
            rest = after;
            let results = self.node(vec![value.clone()], node)?;
            if std::mem::take(&mut self.ends) {
                if depth == 0 {
                    return Err("not in range, nothing to end".into());
                }
                return Ok(rest);
            }
            if !std::mem::take(&mut self.begins) {
                found.push(results);
                continue;
            }
            let mut end = rest;
            for value in &results {
                end = self.block(rest, value, depth + 1, found)?;
            }
            if results.is_empty() {
                // The nodes of the range still say where it ends.
                end = self.block(rest, &Value::Null, depth + 1, &mut Vec::new())?;
            }
            rest = end;
        }
        Ok(rest)
    }

    fn list(&mut self, input: Vec<Value>, nodes: &[Node]) -> Found {
        nodes.iter().try_fold(input, |values, node| self.node(values, node))
    }

    fn node(&mut self, input: Vec<Value>, node: &Node) -> Found {
        match node {
            Node::List(nodes) => self.list(input, nodes),
            Node::Text(text) => Ok(vec![text.into()]),
            Node::Field(name) => self.field(&input, name),
            Node::Slice(slice) => elements(&input, *slice),
            Node::Filter { left, operator, right } => self.filter(&input, left, operator, right),
            Node::Int(value) => Ok(vec![Value::Int(*value); input.len()]),
            Node::Float(value) => Ok(vec![Value::Float(*value); input.len()]),
            Node::Bool(value) => Ok(vec![Value::Bool(*value); input.len()]),
            Node::Wildcard => Ok(input.iter().flat_map(children).collect()),
            Node::Recursive => Ok(input.iter().flat_map(descendants).collect()),
            Node::Union(lists) => {
                let mut results = Vec::new();
                for nodes in lists {
                    results.extend(self.list(input.clone(), nodes)?);
                }
                Ok(results)
            }
            Node::Identifier(name) => self.identifier(input, name),
        }
    }

    fn identifier(&mut self, input: Vec<Value>, name: &str) -> Found {
        match name {
            "range" => self.begins = true,
            "end" => {
                self.ends = true;
                return Ok(Vec::new());
            }
            _ => return Err(format!("unrecognized identifier {name}").into()),
        }
        Ok(input)
    }

    fn field(&self, input: &[Value], name: &str) -> Found {
        let results: Vec<Value> =
            input.iter().filter_map(|value| value.get(name)).cloned().collect();
        if results.is_empty() && !input.is_empty() && !self.allow_missing_keys {
            return Err(format!("{name} is not found").into());
        }
        Ok(results)
    }

    fn filter(&mut self, input: &[Value], left: &[Node], operator: &str, right: &[Node]) -> Found {
        let mut results = Vec::new();
        for value in input {
            let Value::List(items) = value else {
                let text = match value {
                    Value::Null => "<invalid reflect.Value>".to_owned(),
                    other => gofmt::sprint(other),
                };
                return Err(format!("{text} is not array or slice and cannot be filtered").into());
            };
            for item in items.iter() {
                if self.passes(item, left, operator, right)? {
                    results.push(item.clone());
                }
            }
        }
        Ok(results)
    }

    fn passes(
        &mut self,
        item: &Value,
        left: &[Node],
        operator: &str,
        right: &[Node],
    ) -> Result<bool, JsonPathError> {
        let lefts = self.list(vec![item.clone()], left);
        if operator == "exists" {
            return Ok(lefts.is_ok_and(|found| !found.is_empty()));
        }
        let one = |found: Vec<Value>| match found.len() {
            0 => Ok(None),
            1 => Ok(found.into_iter().next()),
            _ => Err(JsonPathError::from("can only compare one element at a time")),
        };
        let Some(left) = one(lefts?)? else { return Ok(false) };
        let Some(right) = one(self.list(vec![item.clone()], right)?)? else { return Ok(false) };
        compare(&left, operator, &right)
    }
}

/// The elements of all lists in `input` that `slice` selects.
fn elements(input: &[Value], slice: Slice) -> Found {
    let mut results = Vec::new();
    for value in input {
        match value {
            Value::Null => {}
            Value::List(items) => results.extend(select(items, slice)?.cloned()),
            other => {
                let name = gofmt::type_name(other);
                return Err(format!("{name} is not array or slice").into());
            }
        }
    }
    Ok(results)
}

fn select(items: &[Value], slice: Slice) -> Result<impl Iterator<Item = &Value>, JsonPathError> {
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let from_end = |index: i64| if index < 0 { index + length } else { index };
    let start = from_end(slice.start.unwrap_or(0));
    let end = match slice.end {
        None => length,
        // `[-1]` ends after the last element, not before the first.
        Some(0) if slice.single => length,
        Some(end) => from_end(end),
    };
    let out_of_bounds = |index: i64| {
        let message = format!("array index out of bounds: index {index}, length {length}");
        Err(JsonPathError::from(message))
    };
    if start != end {
        if start >= length || start < 0 {
            return out_of_bounds(start);
        }
        if end > length || end < 0 {
            return out_of_bounds(end - 1);
        }
        if start > end {
            let message = format!("starting index {start} is greater than ending index {end}");
            return Err(message.into());
        }
    }
    let step = match slice.step {
        Some(step) if step <= 0 && start != end => return Err("step must be > 0".into()),
        step => usize::try_from(step.unwrap_or(1)).unwrap_or(1).max(1),
    };
    let index = |index: i64| usize::try_from(index).unwrap_or_default();
    let selected = items.get(index(start)..index(end)).unwrap_or_default();
    Ok(selected.iter().step_by(step))
}

/// What `*` finds: a map's values, a list's items and, as in Go, the bytes of
/// a text.
fn children(value: &Value) -> Vec<Value> {
    match value {
        Value::Map(map) => map.iter().map(|(_, value)| value.clone()).collect(),
        Value::List(items) => items.to_vec(),
        Value::Str(text) => text.bytes().map(|byte| Value::Int(byte.into())).collect(),
        _ => Vec::new(),
    }
}

/// What `..` finds: every map, list and text that is not empty, from `value`
/// downwards.
fn descendants(value: &Value) -> Vec<Value> {
    let children = children(value);
    if children.is_empty() {
        return Vec::new();
    }
    let below = children.iter().flat_map(descendants);
    std::iter::once(value.clone()).chain(below).collect()
}
