//! Where the parts of a document stand in its text: for the editor's markers.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::construct::{is_merge_key, resolve_alias};
use super::node::{Document, NodeId, NodeKind};

/// A place in a text: lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

/// Where a field stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// From where to where its key stands, or the value where there is no key.
    pub key: (Position, Position),
    /// From where to where its value stands.
    pub value: (Position, Position),
}

/// The places of a document's fields by path, as `spec.containers[0].image`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places(BTreeMap<String, Place>);

impl Places {
    pub(super) fn of(document: &Document) -> Self {
        let mut places = BTreeMap::new();
        if let Some(root) = document.root() {
            let node = document.node(root);
            let own = (node.start, node.end);
            places.insert(String::new(), Place { key: own, value: own });
            collect(document, root, "", &mut places);
        }
        Self(places)
    }

    /// Where the field at `path` stands. Keys of maps may be written as
    /// `labels.app` or `labels[app]`.
    pub fn get(&self, path: &str) -> Option<&Place> {
        self.0.get(path).or_else(|| self.0.get(&with_dots(path)))
    }

    /// Where the field at `path` stands, or the nearest thing around it that
    /// the text has.
    pub fn nearest(&self, path: &str) -> Option<&Place> {
        let mut path = with_dots(path);
        loop {
            if let Some(found) = self.0.get(&path) {
                return Some(found);
            }
            let cut = path.rfind(['.', '[']).unwrap_or_default();
            if path.is_empty() {
                return None;
            }
            path.truncate(cut);
        }
    }

    /// The path of the innermost field that holds this position.
    pub fn path_at(&self, position: Position) -> Option<&str> {
        let holds = |place: &Place| place.key.0 <= position && position <= place.value.1;
        self.0
            .iter()
            .filter(|(_, place)| holds(place))
            .max_by_key(|(path, place)| (place.key.0, path.len()))
            .map(|(path, _)| path.as_str())
    }
}

/// `labels[app]` as `labels.app`; indices stay.
fn with_dots(path: &str) -> String {
    let mut text = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('[') {
        text.push_str(before);
        let Some((inside, behind)) = after.split_once(']') else { break };
        if inside.bytes().all(|byte| byte.is_ascii_digit()) {
            let _ = write!(text, "[{inside}]");
        } else {
            let _ = write!(text, ".{inside}");
        }
        rest = behind;
    }
    text.push_str(rest);
    text
}

fn collect(document: &Document, id: NodeId, path: &str, places: &mut BTreeMap<String, Place>) {
    match &document.node(id).kind {
        NodeKind::Sequence(items) => {
            for (index, item) in items.iter().enumerate() {
                let node = document.node(*item);
                let own = (node.start, node.end);
                let path = format!("{path}[{index}]");
                collect(document, *item, &path, places);
                places.insert(path, Place { key: own, value: own });
            }
        }
        NodeKind::Mapping(entries) => {
            for (key, value) in entries {
                let (key_node, value_node) = (document.node(*key), document.node(*value));
                let NodeKind::Scalar { text, .. } = &key_node.kind else { continue };
                if is_merge_key(document, *key) {
                    collect(document, resolve_alias(document, *value), path, places);
                    continue;
                }
                let dot = if path.is_empty() { "" } else { "." };
                let path = format!("{path}{dot}{text}");
                collect(document, *value, &path, places);
                let place = Place {
                    key: (key_node.start, key_node.end),
                    value: (value_node.start, value_node.end),
                };
                places.insert(path, place);
            }
        }
        NodeKind::Scalar { .. } | NodeKind::Alias(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse_yaml_with_places;
    use super::*;

    const TEXT: &str = "kind: Pod\nmetadata:\n  labels: {app: web}\nspec:\n  containers:\n  - name: a\n    image: b\n";

    fn places() -> Places {
        parse_yaml_with_places(TEXT).expect("YAML").1
    }

    #[test]
    fn a_field_is_found_by_its_path() {
        let check = |path: &str, line, column| {
            let place = places().get(path).copied().expect(path);
            assert_eq!(place.key.0, Position { line, column }, "{path}");
        };
        check("spec.containers[0].image", 7, 5);
        check("metadata.labels[app]", 3, 12);
        check("spec", 4, 1);
    }

    #[test]
    fn a_missing_field_is_near_its_parent() {
        let places = places();
        let near = places.nearest("spec.containers[0].ports[1].name").expect("a container");
        assert_eq!(near.key.0, Position { line: 6, column: 5 });
        assert_eq!(places.nearest("status.phase"), places.get(""));
    }

    #[test]
    fn a_position_has_a_path() {
        let places = places();
        let at = |line, column| places.path_at(Position { line, column });
        assert_eq!(at(7, 13), Some("spec.containers[0].image"));
        assert_eq!(at(1, 2), Some("kind"));
    }
}
