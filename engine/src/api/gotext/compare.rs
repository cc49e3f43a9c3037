//! Two Go values side by side: what is the same and what differs.
//!
//! Source: `github.com/google/go-cmp`, `cmp/compare.go` and
//! `cmp/report_value.go`.

use super::model::{Go, MapKey};

/// A pair of values, or one alone where the other has none.
#[derive(Debug)]
pub(super) struct Node<'a> {
    pub(super) old: Option<&'a Go>,
    pub(super) new: Option<&'a Go>,
    pub(super) children: Vec<Child<'a>>,
    pub(super) same: usize,
    pub(super) different: usize,
    /// How many nodes are below this one, on all levels.
    pub(super) descendants: usize,
    pub(super) depth: usize,
}

/// A field, item or entry of a [`Node`].
#[derive(Debug)]
pub(super) struct Child<'a> {
    pub(super) key: String,
    pub(super) node: Node<'a>,
}

impl<'a> Node<'a> {
    /// Compares two values of one type.
    pub(super) fn of(old: &'a Go, new: &'a Go) -> Self {
        let children = match (old, new) {
            (
                Go::Struct { fields: old, compares_whole: false, .. },
                Go::Struct { fields: new, .. },
            ) => fields(old, new),
            (Go::List { items: Some(old), .. }, Go::List { items: Some(new), .. }) => {
                items(old, new)
            }
            (Go::Map { entries: Some(old), key, .. }, Go::Map { entries: Some(new), .. }) => {
                entries(old, new, *key)
            }
            (Go::Pointer { target: Some(old), .. }, Go::Pointer { target: Some(new), .. }) => {
                vec![Child { key: String::new(), node: Self::of(old, new) }]
            }
            _ => return Self::leaf(Some(old), Some(new), old == new),
        };
        let nodes = || children.iter().map(|child| &child.node);
        Self {
            old: Some(old),
            new: Some(new),
            same: nodes().map(|node| node.same).sum(),
            different: nodes().map(|node| node.different).sum(),
            descendants: nodes().map(|node| node.descendants + 1).sum(),
            depth: nodes().map(|node| node.depth + 1).max().unwrap_or_default(),
            children,
        }
    }

    fn leaf(old: Option<&'a Go>, new: Option<&'a Go>, same: bool) -> Self {
        let (same, different) = (usize::from(same), usize::from(!same));
        Self { old, new, children: Vec::new(), same, different, descendants: 0, depth: 0 }
    }

    /// Whether the two are enough alike to be shown as one that changed.
    fn is_similar(&self) -> bool {
        self.same + 1 >= self.different
    }
}

fn fields<'a>(old: &'a [(String, Go)], new: &'a [(String, Go)]) -> Vec<Child<'a>> {
    old.iter()
        .zip(new)
        .map(|((key, old), (_, new))| Child { key: key.clone(), node: Node::of(old, new) })
        .collect()
}

fn entries<'a>(old: &'a [(String, Go)], new: &'a [(String, Go)], kind: MapKey) -> Vec<Child<'a>> {
    let mut keys: Vec<&String> = old.iter().chain(new).map(|(key, _)| key).collect();
    keys.sort();
    keys.dedup();
    let find = |entries: &'a [(String, Go)], key: &String| {
        entries.iter().find(|(own, _)| own == key).map(|(_, value)| value)
    };
    let child = |key: &String| {
        let node = match (find(old, key), find(new, key)) {
            (Some(old), Some(new)) => Node::of(old, new),
            (old, new) => Node::leaf(old, new, false),
        };
        let mark = if kind == MapKey::Stringer { "s" } else { "" };
        Child { key: format!("{mark}{key:?}"), node }
    };
    keys.into_iter().map(child).collect()
}

fn items<'a>(old: &'a [Go], new: &'a [Go]) -> Vec<Child<'a>> {
    let child = |node| Child { key: String::new(), node };
    let pair = |(old, new): (&'a Go, &'a Go)| child(Node::of(old, new));
    let same = |(old, new): &(&Go, &Go)| old == new;
    let start = old.iter().zip(new).take_while(same).count();
    let (old_rest, new_rest) =
        (old.get(start..).unwrap_or_default(), new.get(start..).unwrap_or_default());
    let end = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(same).count();
    let middle = |rest: &'a [Go]| rest.get(..rest.len() - end).unwrap_or_default();
    let (old_middle, new_middle) = (middle(old_rest), middle(new_rest));
    let mut children: Vec<Child<'a>> = old.iter().zip(new).take(start).map(pair).collect();
    for (old, new) in old_middle.iter().zip(new_middle) {
        let node = Node::of(old, new);
        if node.is_similar() {
            children.push(child(node));
        } else {
            children.push(child(Node::leaf(Some(old), None, false)));
            children.push(child(Node::leaf(None, Some(new), false)));
        }
    }
    let common = old_middle.len().min(new_middle.len());
    let removed = old_middle.iter().skip(common).map(|old| Node::leaf(Some(old), None, false));
    children.extend(removed.map(child));
    let added = new_middle.iter().skip(common).map(|new| Node::leaf(None, Some(new), false));
    children.extend(added.map(child));
    let rest = old_rest.iter().skip(old_middle.len()).zip(new_rest.iter().skip(new_middle.len()));
    children.extend(rest.map(pair));
    children
}
