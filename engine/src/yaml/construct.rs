//! From nodes to a value: aliases, merge keys, and keys as JSON has them.
//!
//! Source: go-yaml v2 `decode.go`, and `convertToJSONableObject` of
//! `sigs.k8s.io/yaml`.

use std::fmt::Write as _;

use super::YamlError;
use super::node::{Document, NodeId, NodeKind};
use super::scalar::resolve;
use crate::value::{Map, Str, Value};

/// The value of a document; an empty one is `null`.
pub(super) fn construct(document: &Document) -> Result<Value, YamlError> {
    let mut constructor = Constructor { document, alias_depth: 0, all: 0, aliased: 0 };
    document.root().map_or(Ok(Value::Null), |root| constructor.value(root))
}

struct Constructor<'a> {
    document: &'a Document,
    alias_depth: usize,
    /// How many nodes were read, and how many of them by way of an alias.
    all: u64,
    aliased: u64,
}

impl Constructor<'_> {
    fn value(&mut self, id: NodeId) -> Result<Value, YamlError> {
        self.count()?;
        let node = self.document.node(id);
        match &node.kind {
            NodeKind::Scalar { text, plain } => resolve(text, *plain, &node.tag),
            NodeKind::Sequence(items) => {
                let items: Result<_, _> = items.iter().map(|item| self.value(*item)).collect();
                Ok(Value::list(items?))
            }
            NodeKind::Mapping(entries) => {
                let mut map = Map::default();
                self.fill(&mut map, entries)?;
                Ok(Value::Map(map))
            }
            NodeKind::Alias(target) => {
                self.alias_depth += 1;
                let value = self.value(*target);
                self.alias_depth -= 1;
                value
            }
        }
    }

    fn fill(&mut self, map: &mut Map, entries: &[(NodeId, NodeId)]) -> Result<(), YamlError> {
        for (key, value) in entries {
            if is_merge_key(self.document, *key) {
                self.merge(map, *value)?;
                continue;
            }
            let key_value = self.value(*key)?;
            if matches!(key_value, Value::Map(_) | Value::List(_)) {
                return Err(YamlError::new(format!(
                    "invalid map key: {}",
                    in_go_syntax(&key_value)
                )));
            }
            let value = self.value(*value)?;
            map.insert(json_key(&key_value, &value)?, value);
        }
        Ok(())
    }

    /// `<<` writes over what stands before it, and not over what follows.
    fn merge(&mut self, map: &mut Map, id: NodeId) -> Result<(), YamlError> {
        let document = self.document;
        let error = "map merge requires map or sequence of maps as the value";
        let sources = match &document.node(resolve_alias(document, id)).kind {
            NodeKind::Mapping(_) => vec![id],
            // Earlier maps win, so they are written last.
            NodeKind::Sequence(items) => items.iter().rev().copied().collect(),
            _ => return Err(YamlError::new(error)),
        };
        for source in sources {
            let target = resolve_alias(document, source);
            let NodeKind::Mapping(entries) = &document.node(target).kind else {
                return Err(YamlError::new(error));
            };
            let depth = usize::from(target != source);
            self.alias_depth += depth;
            self.count()?;
            self.fill(map, entries)?;
            self.alias_depth -= depth;
        }
        Ok(())
    }

    /// Refuses a text of which aliases make far more than it holds.
    fn count(&mut self) -> Result<(), YamlError> {
        self.all += 1;
        self.aliased += u64::from(self.alias_depth > 0);
        if self.aliased > 100
            && self.all > 1_000
            && self.aliased * 100 > self.all * percent_allowed(self.all)
        {
            return Err(YamlError::new("document contains excessive aliasing"));
        }
        Ok(())
    }
}

/// How many of 100 nodes may come from aliases: 99 at first, 10 in the end.
fn percent_allowed(all: u64) -> u64 {
    const LOW: u64 = 400_000;
    const HIGH: u64 = 4_000_000;
    99 - 89 * (all.clamp(LOW, HIGH) - LOW) / (HIGH - LOW)
}

pub(super) fn is_merge_key(document: &Document, id: NodeId) -> bool {
    let node = document.node(id);
    matches!(&node.kind, NodeKind::Scalar { text, plain } if text == "<<" && (*plain || node.tag.ends_with(":merge")))
}

pub(super) fn resolve_alias(document: &Document, id: NodeId) -> NodeId {
    match document.node(id).kind {
        NodeKind::Alias(target) => target,
        _ => id,
    }
}

/// A key as JSON has it: a text.
fn json_key(key: &Value, value: &Value) -> Result<Str, YamlError> {
    match key {
        Value::Str(text) => Ok(text.clone()),
        Value::Null => Err(YamlError {
            // This one is `sigs.k8s.io/yaml`'s, which does not say `yaml:`.
            message: format!(
                "unsupported map key of type: %!s(<nil>), key: <nil>, value: {}",
                in_go_syntax(value)
            ),
            position: None,
        }),
        Value::Float(number) if number.is_nan() => Ok(".nan".into()),
        Value::Float(number) if number.is_infinite() => {
            Ok(if *number > 0.0 { ".inf" } else { "-.inf" }.into())
        }
        other => Ok(other.to_json().into()),
    }
}

/// A value as Go's `%#v` prints what go-yaml read.
fn in_go_syntax(value: &Value) -> String {
    match value {
        Value::Null => "interface {}(nil)".to_owned(),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(in_go_syntax).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Value::Map(map) => {
            let mut text = "map[interface {}]interface {}{".to_owned();
            for (index, (key, value)) in map.iter().enumerate() {
                let comma = if index > 0 { ", " } else { "" };
                let _ =
                    write!(text, "{comma}{}:{}", Value::from(key).to_json(), in_go_syntax(value));
            }
            text + "}"
        }
        other => other.to_json(),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::super::parse_yaml;

    fn check(text: &str, json: &str) {
        let read = parse_yaml(text).map(|value| value.to_json());
        assert_eq!(read.as_deref(), Ok(json), "{text}");
    }

    fn check_error(text: &str, message: &str) {
        let error = parse_yaml(text).expect_err("not YAML").message;
        assert_eq!(error, message, "{text}");
    }

    #[test]
    fn keys_become_texts_and_the_last_of_equal_ones_wins() {
        check(
            "1: a\ntrue: b\n1.5: c\n0x10: d\nyes: e\n",
            r#"{"1":"a","1.5":"c","16":"d","true":"e"}"#,
        );
        check("a: 1\na: 2\n", r#"{"a":2}"#);
    }

    #[test]
    fn merge_keys_write_over_what_stands_before_them() {
        check(
            "b: &b {x: 1, z: 2}\nc: &c {x: 5, w: 6}\nd:\n  x: 9\n  <<: [*b, *c]\n  z: 3\n",
            r#"{"b":{"x":1,"z":2},"c":{"w":6,"x":5},"d":{"w":6,"x":1,"z":3}}"#,
        );
    }

    #[test]
    fn only_the_first_document_is_read() {
        check("a: 1\n...\nb: [\n", r#"{"a":1}"#);
        check(" a: 1\nb: 2\n", r#"{"a":1}"#);
        check("# nothing\n", "null");
        check("hello world\n", r#""hello world""#);
    }

    #[test]
    fn errors_stand_at_go_yamls_lines() {
        let no_mapping = "mapping values are not allowed in this context";
        let no_token = "found character that cannot start any token";
        for (text, message) in [
            ("a:\n  name:x\n  b: c\n", format!("line 3: {no_mapping}")),
            ("a: b: c\n", no_mapping.to_owned()),
            ("a:\n  b: 1\n c:\n", "line 2: did not find expected key".to_owned()),
            ("a: 1\nb: {c: d\ne: {}\n", "line 2: did not find expected ',' or '}'".to_owned()),
            ("a: {b: c\n", "line 1: did not find expected ',' or '}'".to_owned()),
            ("a: [1, 2\nb: 3\n", "line 1: did not find expected ',' or ']'".to_owned()),
            ("a: 1\nb: @c\n", format!("line 2: {no_token}")),
            ("a: 1\nb:\n\tc: 1\n", format!("line 3: {no_token}")),
            ("a:\n  b: x\n\t\nfoo: 1\n", "line 3: found a tab character that violates indentation".to_owned()),
            ("a: 1\nb: \"x\n", "line 3: found unexpected end of stream".to_owned()),
            ("a: 1\nb: \"x\\q\"\n", "line 2: found unknown escape character".to_owned()),
            ("a: 1\nfoo\nb: 1\n", "line 3: could not find expected ':'".to_owned()),
            ("s:\n  - a\n  b: c\n", "line 2: did not find expected '-' indicator".to_owned()),
            ("a: \u{1}x\n", "control characters are not allowed".to_owned()),
            ("a: *foo\n", "unknown anchor 'foo' referenced".to_owned()),
            (
                "a: {{ .Values.x }}\n",
                r#"invalid map key: map[interface {}]interface {}{".Values.x":interface {}(nil)}"#.to_owned(),
            ),
            (
                "? [a, 1, {b: 1.5}]\n: x\n",
                r#"invalid map key: []interface {}{"a", 1, map[interface {}]interface {}{"b":1.5}}"#.to_owned(),
            ),
        ] {
            check_error(text, &format!("yaml: {message}"));
        }
        check_error("~: a\n", r#"unsupported map key of type: %!s(<nil>), key: <nil>, value: "a""#);
    }

    #[test]
    fn a_text_that_unfolds_into_billions_is_refused() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let before = vec![format!("*a{}", level - 1); 9].join(", ");
            let _ = writeln!(text, "a{level}: &a{level} [{before}]");
        }
        check_error(&text, "yaml: document contains excessive aliasing");
    }
}
