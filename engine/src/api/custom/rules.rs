//! The rules in CEL of a custom kind's schema (`x-kubernetes-validations`).
//!
//! Source: `apiextensions-apiserver`'s `pkg/apiserver/schema/cel`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::{Errors, Path, Reason};
use crate::cel::{Cel, Environment, Object, Program, Scope, Type, escape};
use crate::value::Value;

/// The field of a schema that holds its rules.
pub(in crate::api) const VALIDATIONS: &str = "x-kubernetes-validations";
/// Where each rule says that it also wants to be asked without an old value.
const OPTIONAL_OLD: &str = "optionalOldSelf";

/// A rule that can be asked.
#[derive(Debug)]
struct Rule {
    program: Program,
    message_program: Option<Program>,
    source: Value,
}

/// The rules of a schema and of the schemas within it.
#[derive(Debug)]
pub(super) struct Rules {
    own: Vec<Rule>,
    kind: Type,
    properties: BTreeMap<String, Rules>,
    additional: Option<Box<Rules>>,
    items: Option<Box<Rules>>,
    /// What tells the items of a list apart, if anything does.
    keys: Vec<String>,
}

/// Why a rule cannot be asked, and whose text is to blame.
#[derive(Debug)]
pub(in crate::api) enum Unfit {
    /// The rule itself.
    Rule(String),
    /// What computes its message.
    Message(String),
}

/// The type of the values that a schema describes; `whole` objects also have
/// a name. Nothing for a schema that does not say what it describes.
pub(in crate::api) fn type_of(schema: &Value, whole: bool) -> Option<Type> {
    if schema["x-kubernetes-int-or-string"].is_true() {
        return Some(Type::Dyn);
    }
    Some(match schema["type"].text() {
        "boolean" => Type::Bool,
        "integer" => Type::Int,
        "number" => Type::Double,
        "string" => match schema["format"].text() {
            "byte" => Type::Bytes,
            "duration" => Type::Duration,
            "date" | "date-time" => Type::Timestamp,
            _ => Type::Str,
        },
        "array" => Type::list(type_of_part(&schema["items"])?),
        "object" => match &schema["additionalProperties"] {
            inner @ Value::Map(_) => Type::map(type_of_part(inner)?),
            _ => object_type(schema, whole),
        },
        _ => return None,
    })
}

fn type_of_part(schema: &Value) -> Option<Type> {
    type_of(schema, schema["x-kubernetes-embedded-resource"].is_true())
}

fn object_type(schema: &Value, whole: bool) -> Type {
    let known = schema["properties"]
        .entries()
        .filter_map(|(name, inner)| Some((escape(name)?, type_of_part(inner)?)));
    let mut fields: BTreeMap<String, Type> = known.collect();
    if whole {
        let name = || vec![("name", Type::Str), ("generateName", Type::Str)];
        fields.insert("apiVersion".to_owned(), Type::Str);
        fields.insert("kind".to_owned(), Type::Str);
        fields.insert("metadata".to_owned(), Type::object("object", name()));
    }
    Type::Object(Arc::new(Object { name: "object".to_owned(), fields }))
}

/// Compiles a rule about values of a type.
pub(in crate::api) fn compile(
    rule: &Value,
    kind: &Type,
) -> Result<(Program, Option<Program>), Unfit> {
    let old = if rule[OPTIONAL_OLD].is_true() {
        Type::Optional(Arc::new(kind.clone()))
    } else {
        kind.clone()
    };
    let environment = Environment::new(&[("self", kind.clone()), ("oldSelf", old)]);
    let program = Program::compile(rule["rule"].text(), &environment).map_err(Unfit::Rule)?;
    if !matches!(program.result(), Type::Bool | Type::Dyn) {
        return Err(Unfit::Rule("must evaluate to a bool".to_owned()));
    }
    let text = rule["messageExpression"].text();
    if text.trim().is_empty() {
        return Ok((program, None));
    }
    let message = Program::compile(text, &environment)
        .map_err(|error| Unfit::Message(format!("messageExpression {error}")))?;
    if !matches!(message.result(), Type::Str | Type::Dyn) {
        let why = "messageExpression must evaluate to a string";
        return Err(Unfit::Message(why.to_owned()));
    }
    Ok((program, Some(message)))
}

impl Rules {
    /// The rules within a schema, if it has any.
    pub(super) fn of(schema: &Value, whole: bool) -> Option<Self> {
        let kind = type_of(schema, whole)?;
        let part = |schema: &Value| {
            Self::of(schema, schema["x-kubernetes-embedded-resource"].is_true()).map(Box::new)
        };
        let compiled = schema[VALIDATIONS].items().iter().filter_map(|source| {
            let (program, message_program) = compile(source, &kind).ok()?;
            Some(Rule { program, message_program, source: source.clone() })
        });
        let own: Vec<Rule> = compiled.collect();
        let properties: BTreeMap<String, Self> = schema["properties"]
            .entries()
            .filter_map(|(name, inner)| Some((name.to_string(), *part(inner)?)))
            .collect();
        let (items, additional) = (part(&schema["items"]), part(&schema["additionalProperties"]));
        let is_map = schema["x-kubernetes-list-type"].text() == "map";
        let keys = schema["x-kubernetes-list-map-keys"].items().iter().filter(|_| is_map);
        let keys = keys.map(|key| key.text().to_owned()).collect();
        let has_any =
            !own.is_empty() || !properties.is_empty() || items.is_some() || additional.is_some();
        has_any.then_some(Self { own, kind, properties, additional, items, keys })
    }

    /// Asks all rules about a value. What an update leaves as it was need not
    /// fulfil them.
    pub(super) fn ask(
        &self,
        value: &Value,
        old: Option<&Value>,
        path: &Path<'_>,
        errors: &mut Errors,
    ) {
        if value.is_null() {
            return;
        }
        let unchanged = old == Some(value);
        if !self.own.is_empty() {
            let (own, old) = (self.kind.read(value), old.map(|old| self.kind.read(old)));
            for rule in &self.own {
                if !unchanged || rule.program.names("oldSelf") {
                    rule.ask(&own, old.as_ref(), &self.kind, path, errors);
                }
            }
        }
        for (name, inner) in value.entries() {
            let rules = self.properties.get(&**name).or(self.additional.as_deref());
            let old = old.and_then(|old| old.get(name));
            if let Some(rules) = rules {
                let is_field = self.properties.contains_key(&**name);
                let path = if is_field { path.field(name) } else { path.key(name) };
                rules.ask(inner, old, &path, errors);
            }
        }
        if let Some(rules) = &self.items {
            for (index, item) in value.items().iter().enumerate() {
                rules.ask(item, self.same_item(item, old), &path.index(index), errors);
            }
        }
    }

    /// The item of the old list that has the same keys.
    fn same_item<'a>(&self, item: &Value, old: Option<&'a Value>) -> Option<&'a Value> {
        let mut old = old.filter(|_| !self.keys.is_empty())?.items().iter();
        old.find(|old| self.keys.iter().all(|key| old[key.as_str()] == item[key.as_str()]))
    }
}

impl Rule {
    fn ask(&self, own: &Cel, old: Option<&Cel>, kind: &Type, path: &Path<'_>, errors: &mut Errors) {
        let mut variables = vec![("self", own.clone())];
        if self.program.names("oldSelf") {
            let old = match old {
                old if self.source[OPTIONAL_OLD].is_true() => {
                    Cel::Optional(old.cloned().map(Arc::new))
                }
                Some(old) => old.clone(),
                // A rule about changes says nothing of what is new.
                None => return,
            };
            variables.push(("oldSelf", old));
        }
        let scope = Scope::new(variables, None);
        let detail = match self.program.evaluate(&scope) {
            Ok(Cel::Bool(true)) => return,
            Ok(_) => self.message(&scope),
            Err(why) => {
                errors.invalid(path, type_name(kind), &self.failure(&why));
                return;
            }
        };
        let steps = self.source["fieldPath"].text().split('.').filter(|step| !step.is_empty());
        refuse(path, &steps.collect::<Vec<_>>(), &mut |path| {
            let kind = type_name(kind);
            match self.source["reason"].text() {
                "FieldValueForbidden" => errors.forbidden(path, &detail),
                "FieldValueRequired" => errors.required(path, &detail),
                "FieldValueDuplicate" => {
                    errors.invalid(path, kind, &detail);
                    if let Some(last) = errors.0.last_mut() {
                        last.reason = Reason::Duplicate;
                        last.message = last.message.replacen("Invalid", "Duplicate", 1);
                    }
                }
                _ => errors.invalid(path, kind, &detail),
            }
        });
    }

    /// What to say when the rule cannot be evaluated.
    fn failure(&self, why: &str) -> String {
        let rule = self.shown();
        if why.starts_with("no such overload") {
            return format!(
                "'{why}': call arguments did not match a supported operator, function or macro \
                 signature for rule: {rule}"
            );
        }
        if why.starts_with("operation cancelled") {
            return format!(
                "'{why}': no further validation rules will be run due to call cost exceeds limit \
                 for rule: {rule}"
            );
        }
        format!("{why} evaluating rule: {rule}")
    }

    /// The rule as errors name it: by its message, if it has one.
    fn shown(&self) -> &str {
        match self.source["message"].text().trim() {
            "" => self.source["rule"].text().trim(),
            message => message,
        }
    }

    /// What to say when the rule is broken.
    fn message(&self, scope: &Scope<'_>) -> String {
        let computed = self.message_program.as_ref().and_then(|program| {
            let text = program.evaluate(scope).ok()?.as_str()?.trim().to_owned();
            (!text.is_empty() && !text.contains(['\n', '\r'])).then_some(text)
        });
        computed.unwrap_or_else(|| match self.source["message"].text().trim() {
            "" => format!("failed rule: {}", self.source["rule"].text().trim()),
            message => message.to_owned(),
        })
    }
}

/// Follows a path of fields, and says what is wrong there.
fn refuse(path: &Path<'_>, steps: &[&str], say: &mut dyn FnMut(&Path<'_>)) {
    match steps {
        [] => say(path),
        [step, rest @ ..] => refuse(&path.field(step), rest, say),
    }
}

/// The schema's word for a type.
fn type_name(kind: &Type) -> &'static str {
    match kind {
        Type::Bool => "boolean",
        Type::Int => "integer",
        Type::Double => "number",
        Type::Str | Type::Bytes | Type::Timestamp | Type::Duration => "string",
        Type::List(_) => "array",
        Type::Dyn => "",
        _ => "object",
    }
}
