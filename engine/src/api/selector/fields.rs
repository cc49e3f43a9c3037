//! Field selectors: `status.phase=Running,spec.nodeName!=node01`.
//!
//! Source: apimachinery `pkg/fields/selector.go`.

use super::super::Kind;
use crate::value::Value;

/// One condition on one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldTerm {
    /// The field's path, as `status.phase`.
    pub field: String,
    /// The value to compare with.
    pub value: String,
    /// Whether the field must have the value (`=`), or must not (`!=`).
    pub equal: bool,
}

/// Which objects are meant, by their fields: all terms must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldSelector(pub Vec<FieldTerm>);

impl FieldSelector {
    /// Reads a query.
    pub fn parse(query: &str) -> Result<Self, String> {
        let mut terms = Vec::new();
        for part in split_terms(query) {
            if part.is_empty() {
                continue;
            }
            let Some((field, operator, value)) = split_term(part) else {
                return Err(format!("invalid selector: '{query}'; can't understand '{part}'"));
            };
            let value = unescape(value)?;
            terms.push(FieldTerm { field: field.to_owned(), value, equal: operator != "!=" });
        }
        Ok(Self(terms))
    }

    /// Whether this asks nothing of an object.
    pub fn is_everything(&self) -> bool {
        self.0.is_empty()
    }

    /// The value that `field` must have, if one is demanded.
    pub fn demanded(&self, field: &str) -> Option<&str> {
        let term = self.0.iter().find(|term| term.equal && term.field == field)?;
        Some(&term.value)
    }

    /// Checks that `kind` knows every field named.
    pub fn check(&self, kind: &Kind) -> Result<(), String> {
        let is_known = |field: &str| {
            getter(kind, field).is_some() || kind.custom.is_some_and(|own| own.is_selectable(field))
        };
        match self.0.iter().find(|term| !is_known(&term.field)) {
            None => Ok(()),
            Some(term) => Err(unsupported(kind, &term.field)),
        }
    }

    /// Whether `object` fulfils all terms; a field the kind does not know
    /// reads as empty.
    pub fn matches(&self, kind: &Kind, object: &Value) -> bool {
        self.0.iter().all(|term| {
            let is_equal = match (getter(kind, &term.field), kind.custom) {
                (Some(get), _) => get(object) == term.value,
                (None, Some(own)) => own.selected(object, &term.field) == term.value,
                (None, None) => term.value.is_empty(),
            };
            is_equal == term.equal
        })
    }
}

fn getter(kind: &Kind, field: &str) -> Option<super::super::Getter> {
    match field {
        "metadata.name" => Some(|object| object.at(&["metadata", "name"]).text()),
        "metadata.namespace" => Some(|object| object.at(&["metadata", "namespace"]).text()),
        _ => kind.selectable.iter().find(|(own, _)| *own == field).map(|(_, get)| *get),
    }
}

fn unsupported(kind: &Kind, field: &str) -> String {
    if kind.kind == "Job" {
        return format!("field label {field:?} not supported for Job");
    }
    if kind.selectable.is_empty() && kind.custom.is_none() {
        return format!(
            "{field:?} is not a known field selector: only \"metadata.name\", \
             \"metadata.namespace\""
        );
    }
    format!("field label not supported: {field}")
}

/// Cuts at commas that no backslash precedes.
fn split_terms(query: &str) -> Vec<&str> {
    let mut terms = Vec::new();
    let (mut start, mut escaped) = (0, false);
    for (index, byte) in query.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b',' => {
                terms.extend(query.get(start..index));
                start = index + 1;
            }
            _ => {}
        }
    }
    terms.extend(query.get(start..));
    terms
}

fn split_term(term: &str) -> Option<(&str, &str, &str)> {
    for (index, _) in term.char_indices() {
        let rest = term.get(index..)?;
        for operator in ["!=", "==", "="] {
            if let Some(value) = rest.strip_prefix(operator) {
                return Some((term.get(..index)?, operator, value));
            }
        }
    }
    None
}

fn unescape(value: &str) -> Result<String, String> {
    let mut text = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => match chars.next() {
                Some(escaped @ ('\\' | ',' | '=')) => text.push(escaped),
                other => {
                    let sequence: String = std::iter::once('\\').chain(other).collect();
                    return Err(format!(
                        "invalid field selector: invalid escape sequence: {sequence}"
                    ));
                }
            },
            ',' | '=' => {
                let code = u32::from(char);
                return Err(format!(
                    "invalid field selector: unescaped character in value: {code}"
                ));
            }
            other => text.push(other),
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value;

    const KIND: Kind = Kind {
        selectable: &[("status.phase", |object| object["status"]["phase"].text())],
        ..Kind::BASE
    };

    #[test]
    fn selects_by_fields() {
        let pod = value!({ "metadata": { "name": "a" }, "status": { "phase": "Running" } });
        for (query, expected) in [
            ("metadata.name=a", true),
            ("status.phase!=Running", false),
            ("status.phase==Running,metadata.name!=b", true),
            ("", true),
        ] {
            let selector = FieldSelector::parse(query).expect("a selector");
            assert_eq!(selector.check(&KIND), Ok(()));
            assert_eq!(selector.matches(&KIND, &pod), expected, "{query}");
        }
    }

    #[test]
    fn says_what_it_does_not_know() {
        let selector = FieldSelector::parse("spec.x=1").expect("a selector");
        assert_eq!(selector.check(&KIND), Err("field label not supported: spec.x".to_owned()));
        assert_eq!(
            FieldSelector::parse("a"),
            Err("invalid selector: 'a'; can't understand 'a'".to_owned())
        );
    }
}
