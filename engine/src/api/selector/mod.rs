//! Which objects a query or a controller means: label and field selectors.
//!
//! Source of the syntax and of the messages: apimachinery `pkg/labels`,
//! `pkg/fields` and `pkg/apis/meta/v1` (`helpers.go`, `validation`).

mod fields;
mod lexer;
mod parser;

use std::fmt;

pub use self::fields::{FieldSelector, FieldTerm};
use super::meta::validate_labels;
use super::{Errors, Path, names};
use crate::value::{Str, Value};

/// How a requirement compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operator {
    /// `key=value`.
    Equals,
    /// `key==value`, which means the same.
    DoubleEquals,
    /// `key!=value`: another value, or none.
    NotEquals,
    /// `key in (a,b)`.
    In,
    /// `key notin (a,b)`: another value, or none.
    NotIn,
    /// `key`: any value.
    Exists,
    /// `!key`: no value.
    DoesNotExist,
    /// `key>1`: a greater whole number.
    GreaterThan,
    /// `key<1`: a smaller whole number.
    LessThan,
}

/// One condition on one label.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Requirement {
    /// The label's key.
    pub key: Str,
    /// How to compare.
    pub operator: Operator,
    /// What to compare with, sorted.
    pub values: Vec<Str>,
}

/// Which labels are meant: all requirements must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Selector {
    requirements: Vec<Requirement>,
    nothing: bool,
}

impl Requirement {
    /// Whether `labels` (a map of texts) fulfil this.
    pub fn matches(&self, labels: &Value) -> bool {
        let value = labels[&*self.key].as_str();
        let is_listed = || value.is_some_and(|value| self.values.iter().any(|own| **own == *value));
        match self.operator {
            Operator::Equals | Operator::DoubleEquals | Operator::In => is_listed(),
            Operator::NotEquals | Operator::NotIn => !is_listed(),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
            Operator::GreaterThan => self.compare(value).is_some_and(|(value, own)| value > own),
            Operator::LessThan => self.compare(value).is_some_and(|(value, own)| value < own),
        }
    }

    fn compare(&self, value: Option<&str>) -> Option<(i64, i64)> {
        Some((value?.parse().ok()?, self.values.first()?.parse().ok()?))
    }
}

impl Selector {
    /// The selector that no object matches.
    pub const NOTHING: Self = Self { requirements: Vec::new(), nothing: true };
    /// The selector that every object matches.
    pub const EVERYTHING: Self = Self { requirements: Vec::new(), nothing: false };

    /// Reads a query as `app=web,tier in (a,b),!debug`.
    pub fn parse(query: &str) -> Result<Self, String> {
        let mut requirements = parser::parse(query)?;
        requirements.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(Self { requirements, nothing: false })
    }

    /// The selector of a plain map of labels, as a Service's; an empty or
    /// missing one matches everything.
    pub fn from_labels(labels: &Value) -> Self {
        let requirements = labels.entries().map(|(key, value)| equals(key, value)).collect();
        Self { requirements, nothing: false }
    }

    /// The selector of a `LabelSelector` object: a missing one matches
    /// nothing, an empty one everything. `None` if it breaks the rules.
    pub fn from_object(selector: &Value) -> Option<Self> {
        if selector.is_null() {
            return Some(Self::NOTHING);
        }
        let mut requirements: Vec<Requirement> =
            selector["matchLabels"].entries().map(|(key, value)| equals(key, value)).collect();
        for expression in selector["matchExpressions"].items() {
            let mut values: Vec<Str> =
                expression["values"].items().iter().filter_map(Value::as_shared).cloned().collect();
            values.sort();
            let operator = match expression["operator"].text() {
                "In" if !values.is_empty() => Operator::In,
                "NotIn" if !values.is_empty() => Operator::NotIn,
                "Exists" if values.is_empty() => Operator::Exists,
                "DoesNotExist" if values.is_empty() => Operator::DoesNotExist,
                _ => return None,
            };
            let key = expression["key"].as_shared().cloned().unwrap_or_default();
            requirements.push(Requirement { key, operator, values });
        }
        if requirements.iter().any(|requirement| !is_well_formed(requirement)) {
            return None;
        }
        requirements.sort_by(|a, b| a.key.cmp(&b.key));
        Some(Self { requirements, nothing: false })
    }

    /// Whether `labels` (an object's `metadata.labels`) fulfil all this.
    pub fn matches(&self, labels: &Value) -> bool {
        !self.nothing && self.requirements.iter().all(|requirement| requirement.matches(labels))
    }

    /// A label that all have that match, if one is asked for.
    pub fn shared_label(&self) -> Option<(&Str, &Str)> {
        self.requirements.iter().find_map(|own| match (own.operator, own.values.as_slice()) {
            (Operator::Equals | Operator::DoubleEquals | Operator::In, [value]) => {
                Some((&own.key, value))
            }
            _ => None,
        })
    }

    /// Whether this asks nothing of an object, hence matches every one.
    pub fn is_everything(&self) -> bool {
        !self.nothing && self.requirements.is_empty()
    }

    /// The conditions, sorted by key.
    pub fn requirements(&self) -> &[Requirement] {
        &self.requirements
    }

    /// The printed form, `<none>` if that is empty: how tables show it.
    pub fn to_cell(&self) -> String {
        let text = self.to_string();
        if text.is_empty() { "<none>".to_owned() } else { text }
    }
}

fn equals(key: &Str, value: &Value) -> Requirement {
    let values = vec![value.as_shared().cloned().unwrap_or_default()];
    Requirement { key: key.clone(), operator: Operator::Equals, values }
}

fn is_well_formed(requirement: &Requirement) -> bool {
    names::qualified_name(&requirement.key).is_empty()
        && requirement.values.iter().all(|value| names::label_value(value).is_empty())
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values = self.values.join(",");
        let key = &self.key;
        match self.operator {
            Operator::Equals => write!(f, "{key}={values}"),
            Operator::DoubleEquals => write!(f, "{key}=={values}"),
            Operator::NotEquals => write!(f, "{key}!={values}"),
            Operator::In => write!(f, "{key} in ({values})"),
            Operator::NotIn => write!(f, "{key} notin ({values})"),
            Operator::Exists => write!(f, "{key}"),
            Operator::DoesNotExist => write!(f, "!{key}"),
            Operator::GreaterThan => write!(f, "{key}>{values}"),
            Operator::LessThan => write!(f, "{key}<{values}"),
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<String> = self.requirements.iter().map(ToString::to_string).collect();
        f.write_str(&texts.join(","))
    }
}

/// A `LabelSelector` object as tables show it: `<none>` without conditions,
/// `<error>` when it breaks the rules.
pub fn label_selector_cell(selector: &Value) -> String {
    match Selector::from_object(selector) {
        Some(selector) => selector.to_cell(),
        None => "<error>".to_owned(),
    }
}

/// A plain map of labels as tables show it.
pub fn labels_cell(labels: &Value) -> String {
    Selector::from_labels(labels).to_cell()
}

/// Finds what is wrong with a `LabelSelector` object.
pub fn validate_label_selector(selector: &Value, path: &Path<'_>, errors: &mut Errors) {
    validate_labels(&selector["matchLabels"], &path.field("matchLabels"), errors);
    let expressions = path.field("matchExpressions");
    for (index, expression) in selector["matchExpressions"].items().iter().enumerate() {
        validate_requirement(expression, &expressions.index(index), errors);
    }
}

fn validate_requirement(expression: &Value, path: &Path<'_>, errors: &mut Errors) {
    let values = &expression["values"];
    let values_path = path.field("values");
    match expression["operator"].text() {
        "In" | "NotIn" if values.is_empty() => {
            let detail = "must be specified when `operator` is 'In' or 'NotIn'";
            errors.required(&values_path, detail);
        }
        "Exists" | "DoesNotExist" if !values.is_empty() => {
            let detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
            errors.forbidden(&values_path, detail);
        }
        "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
        other => {
            errors.invalid(&path.field("operator"), other, "not a valid selector operator");
        }
    }
    let key = expression["key"].text();
    errors.invalid_each(&path.field("key"), key, names::qualified_name(key));
    for (index, value) in values.items().iter().enumerate() {
        let complaints = names::label_value(value.text());
        errors.invalid_each(&values_path.index(index), value.text(), complaints);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value;

    fn check(query: &str, matching: &[Value], other: &[Value]) {
        let selector = Selector::parse(query).expect("a selector");
        for labels in matching {
            assert!(selector.matches(labels), "{query}: {}", labels.to_json());
        }
        for labels in other {
            assert!(!selector.matches(labels), "{query}: {}", labels.to_json());
        }
    }

    #[test]
    fn selects_by_equality_sets_and_presence() {
        let (a1, a2, b1) = (value!({ "a": "1" }), value!({ "a": "2" }), value!({ "b": "1" }));
        let (a1, a2, b1) = ([a1], [a2], [b1]);
        check("a=1", &a1, &a2);
        check("a==1", &a1, &b1);
        check("a!=1", &[a2[0].clone(), b1[0].clone()], &a1);
        check("a in (1,3)", &a1, &a2);
        check("a notin (1)", &b1, &a1);
        check("a", &a2, &b1);
        check("!a", &b1, &a1);
        check("a>1,a<3", &a2, &a1);
        check("", &a1, &[]);
    }

    #[test]
    fn prints_in_the_order_of_keys() {
        let print = |query: &str| Selector::parse(query).expect("a selector").to_string();
        assert_eq!(
            print("c notin (y,x), b in (2,1) ,a=1,!d, e"),
            "a=1,b in (1,2),c notin (x,y),!d,e"
        );
        let object = value!({
            "matchLabels": { "b": "2" },
            "matchExpressions": [{ "key": "a", "operator": "Exists" }],
        });
        assert_eq!(label_selector_cell(&object), "a,b=2");
        assert_eq!(label_selector_cell(&value!({})), "<none>");
    }

    #[test]
    fn an_object_that_breaks_the_rules_says_where() {
        let object = value!({
            "matchExpressions": [
                { "key": "a", "operator": "In" },
                { "key": "b", "operator": "Is", "values": ["x y"] },
            ],
        });
        let mut errors = Errors::default();
        validate_label_selector(&object, &Path::ROOT.field("selector"), &mut errors);
        let fields: Vec<&str> = errors.0.iter().map(|error| error.field.as_str()).collect();
        let expected = [
            "selector.matchExpressions[0].values",
            "selector.matchExpressions[1].operator",
            "selector.matchExpressions[1].values[0]",
        ];
        assert_eq!(fields, expected);
        assert_eq!(Selector::from_object(&object), None);
    }
}
