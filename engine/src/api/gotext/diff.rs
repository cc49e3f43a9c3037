//! Differences as Go's `cmp.Diff` reports them.
//!
//! Source: `github.com/google/go-cmp`, `cmp/report_compare.go` and
//! `cmp/report_reflect.go`. Long texts and lists of plain values, which that
//! library compares piece by piece, are shown whole.

use super::compare::{Child, Node};
use super::layout::{Record, Side, Text};
use super::model::{Go, MapKey};

/// How many equal records are shown on each side of a difference.
const CONTEXT: usize = 2;
/// How much of a value that differs is shown: levels, each with fewer parts.
const DETAIL: u32 = 3;

/// What of a pair of values is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Difference,
    Same,
    Old,
    New,
}

/// Whether types are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Types {
    Named,
    Elided,
}

/// The difference of two values of one type, over several lines.
pub(super) fn diff(old: &Go, new: &Go) -> String {
    format(&Node::of(old, new), Mode::Difference, Types::Named).print()
}

fn format(node: &Node<'_>, mode: Mode, types: Types) -> Text {
    if node.depth == 0 {
        return format_leaf(node, mode, types);
    }
    let own = node.old.or(node.new);
    match own {
        Some(Go::Pointer { .. }) => match node.children.first() {
            Some(child) => format(&child.node, mode, types).after("&"),
            None => Text::nil(),
        },
        Some(go @ (Go::Struct { .. } | Go::List { .. } | Go::Map { .. })) => {
            let is_struct = matches!(go, Go::Struct { .. });
            let inner = if is_struct { Types::Named } else { Types::Elided };
            let list = match mode {
                Mode::Difference => differences(&node.children, part_name(go), inner),
                _ => parts(&node.children, mode, is_struct, inner),
            };
            let text = Text::braces(list);
            named(text, go, mode, types)
        }
        _ => Text::nil(),
    }
}

fn part_name(go: &Go) -> &'static str {
    match go {
        Go::Struct { .. } => "field",
        Go::Map { .. } => "entry",
        _ => "element",
    }
}

fn named(text: Text, go: &Go, mode: Mode, types: Types) -> Text {
    let name = match go {
        Go::Struct { name, .. } | Go::List { name, .. } | Go::Map { name, .. } => name,
        Go::Leaf { .. } | Go::Pointer { .. } => return text,
    };
    if types == Types::Elided || mode == Mode::Same { text } else { text.after(name) }
}

fn format_leaf(node: &Node<'_>, mode: Mode, types: Types) -> Text {
    let detail = if mode == Mode::Same { 1 } else { DETAIL };
    let value = match mode {
        Mode::New => node.new,
        Mode::Old => node.old,
        Mode::Same | Mode::Difference => node.old.or(node.new),
    };
    value.map_or_else(Text::nil, |value| format_value(value, mode, types, detail))
}

/// The parts of a value of which only one side is shown.
fn parts(children: &[Child<'_>], mode: Mode, is_struct: bool, types: Types) -> Vec<Record> {
    let max = if mode == Mode::Same { 4 } else { 16 };
    let mut records: Vec<Record> = Vec::new();
    for child in children {
        let value = if mode == Mode::New { child.node.new } else { child.node.old };
        let Some(value) = value else { continue };
        if is_struct && value.is_zero() {
            continue;
        }
        if records.len() == max {
            records.push(Record::ellipsis(None));
            break;
        }
        records.push(Record::new(Side::Both, &child.key, format(&child.node, mode, types)));
    }
    records
}

/// The parts that differ, with some of those that do not around them.
fn differences(children: &[Child<'_>], name: &str, types: Types) -> Vec<Record> {
    let mut records = Vec::new();
    let groups: Vec<&[Child<'_>]> =
        children.chunk_by(|a, b| (a.node.different == 0) == (b.node.different == 0)).collect();
    let last = groups.len().saturating_sub(1);
    for (index, group) in groups.into_iter().enumerate() {
        let is_same = group.first().is_some_and(|child| child.node.different == 0);
        if is_same {
            equal(group, index != 0, index != last, name, types, &mut records);
        } else {
            for child in group {
                unequal(child, types, &mut records);
            }
        }
    }
    records
}

fn equal(
    group: &[Child<'_>],
    follows: bool,
    precedes: bool,
    name: &str,
    types: Types,
    records: &mut Vec<Record>,
) {
    let count = group.len();
    let before = if follows { CONTEXT.min(count) } else { 0 };
    let mut after = if precedes { CONTEXT.min(count - before) } else { 0 };
    if count - before - after == 1 {
        after += 1;
    }
    let show = |child: &Child<'_>| {
        Record::new(Side::Both, &child.key, format(&child.node, Mode::Same, types))
    };
    records.extend(group.iter().take(before).map(show));
    let hidden = count - before - after;
    if hidden > 0 {
        let plural = match name.strip_suffix('y') {
            Some(stem) if hidden > 1 => format!("{stem}ies"),
            _ if hidden > 1 => format!("{name}s"),
            _ => name.to_owned(),
        };
        records.push(Record::ellipsis(Some(format!("{hidden} identical {plural}"))));
    }
    records.extend(group.iter().skip(count - after).map(show));
}

fn unequal(child: &Child<'_>, types: Types, records: &mut Vec<Record>) {
    let node = &child.node;
    if node.descendants != node.depth {
        let text = format(node, Mode::Difference, types);
        records.push(Record::new(Side::Both, &child.key, text));
        return;
    }
    // A single thread of parts: the old and the new value say it all.
    if node.old.is_some() {
        records.push(Record::new(Side::Old, &child.key, format(node, Mode::Old, types)));
    }
    if node.new.is_some() {
        records.push(Record::new(Side::New, &child.key, format(node, Mode::New, types)));
    }
}

/// A value on its own; the deeper it goes, the less is shown.
fn format_value(value: &Go, mode: Mode, types: Types, detail: u32) -> Text {
    let max = ((1_usize << detail) >> 1) << 2;
    let deeper = detail.saturating_sub(1);
    let records: Vec<Record> = match value {
        Go::Leaf { text, .. } => return Text::Line(text.clone()),
        Go::List { items: None, .. }
        | Go::Map { entries: None, .. }
        | Go::Pointer { target: None, .. } => return Text::nil(),
        Go::Pointer { target: Some(target), .. } => {
            return format_value(target, mode, types, detail).after("&");
        }
        Go::Struct { fields, .. } => fields
            .iter()
            .filter(|(_, value)| !value.is_zero())
            .map(|(key, value)| {
                Record::new(Side::Both, key, format_value(value, mode, Types::Named, deeper))
            })
            .collect(),
        Go::List { items: Some(items), .. } => items
            .iter()
            .map(|value| {
                Record::new(Side::Both, "", format_value(value, mode, Types::Elided, deeper))
            })
            .collect(),
        Go::Map { entries: Some(entries), key: kind, .. } => entries
            .iter()
            .map(|(key, value)| {
                let mark = if *kind == MapKey::Stringer { "s" } else { "" };
                let text = format_value(value, mode, Types::Elided, deeper);
                Record::new(Side::Both, &format!("{mark}{key:?}"), text)
            })
            .collect(),
    };
    let hides = records.len() > max;
    let mut shown: Vec<Record> = records.into_iter().take(max).collect();
    if hides {
        shown.push(Record::ellipsis(None));
    }
    named(Text::braces(shown), value, mode, types)
}
