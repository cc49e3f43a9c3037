//! Fills a template in (Go's `text/template/exec.go`).

use podyard_engine::value::Value;

use super::functions;
use super::lex::position;
use super::parse::{Node, Operand, Pipe, Templates, Term};
use crate::print::gofmt;

/// How deep templates may call each other.
const DEPTH_MAX: usize = 1_000;

/// A value, or none where a map lacked the key.
pub(super) type Operated = Option<Value>;

/// Executes the template named `""` with `data`; the text and whether keys
/// may be missing come with it.
pub(super) fn execute(
    templates: &Templates,
    (text, allow_missing_keys): (&str, bool),
    data: &Value,
    out: &mut String,
) -> Result<(), String> {
    let mut run = Run { templates, text, allow_missing_keys, out, depth: 0 };
    run.call("", &Some(data.clone()))
}

/// What a list of nodes asks the loop around it to do.
#[derive(PartialEq)]
enum Flow {
    On,
    Break,
    Continue,
}

type Scope = Vec<(String, Operated)>;

struct Run<'a> {
    templates: &'a Templates,
    text: &'a str,
    allow_missing_keys: bool,
    out: &'a mut String,
    depth: usize,
}

impl Run<'_> {
    fn call(&mut self, name: &str, dot: &Operated) -> Result<(), String> {
        let Some(nodes) = self.templates.get(name) else {
            return Err(format!("template {} not defined", gofmt::quote(name)));
        };
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err("exceeded maximum template depth (100000)".to_owned());
        }
        let mut scope = vec![("$".to_owned(), dot.clone())];
        self.list(nodes, dot, &mut scope)?;
        self.depth -= 1;
        Ok(())
    }

    fn list(&mut self, nodes: &[Node], dot: &Operated, scope: &mut Scope) -> Result<Flow, String> {
        for node in nodes {
            let flow = self.node(node, dot, scope)?;
            if flow != Flow::On {
                return Ok(flow);
            }
        }
        Ok(Flow::On)
    }

    fn node(&mut self, node: &Node, dot: &Operated, scope: &mut Scope) -> Result<Flow, String> {
        let known = scope.len();
        let flow = match node {
            Node::Text(text) => {
                self.out.push_str(text);
                Flow::On
            }
            Node::Action(pipe) => {
                let value = self.pipe(pipe, dot, scope)?;
                if pipe.variables.is_empty() {
                    self.out.push_str(&shown(&value));
                }
                // The variables of an action live on after it.
                return Ok(Flow::On);
            }
            Node::If { pipe, then, otherwise } => {
                let value = self.pipe(pipe, dot, scope)?;
                self.list(if functions::truth(&value) { then } else { otherwise }, dot, scope)?
            }
            Node::With { pipe, then, otherwise } => {
                let value = self.pipe(pipe, dot, scope)?;
                if functions::truth(&value) {
                    self.list(then, &value, scope)?
                } else {
                    self.list(otherwise, dot, scope)?
                }
            }
            Node::Range { pipe, body, otherwise } => {
                self.range(pipe, (body, otherwise), dot, scope)?
            }
            Node::Template { name, pipe, start } => {
                let value = match pipe {
                    Some(pipe) => self.pipe(pipe, dot, scope)?,
                    None => None,
                };
                if !self.templates.contains_key(name) {
                    let message = format!("template {} not defined", gofmt::quote(name));
                    let end = self.text.get(*start..).and_then(|rest| rest.find("}}"));
                    let rest = self.text.get(*start..*start + end.unwrap_or_default());
                    let text = format!("{{{{template {}}}}}", rest.unwrap_or_default().trim_end());
                    return Err(self.error(*start, &text, &message));
                }
                self.call(name, &value)?;
                Flow::On
            }
            Node::Break => Flow::Break,
            Node::Continue => Flow::Continue,
        };
        scope.truncate(known);
        Ok(flow)
    }

    fn range(
        &mut self,
        pipe: &Pipe,
        (body, otherwise): (&[Node], &[Node]),
        dot: &Operated,
        scope: &mut Scope,
    ) -> Result<Flow, String> {
        let value = self.pipe(pipe, dot, scope)?;
        let items: Vec<(Value, Value)> = match &value {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::List(items)) => {
                let items = items.iter().enumerate();
                items.map(|(index, item)| (index.into(), item.clone())).collect()
            }
            Some(Value::Map(map)) => {
                map.iter().map(|(key, value)| (key.into(), value.clone())).collect()
            }
            Some(Value::Int(count)) => (0..*count).map(|at| (at.into(), at.into())).collect(),
            Some(other) => {
                let message = format!("range can't iterate over {}", gofmt::sprint(other));
                return Err(self.error_in(pipe, &message));
            }
        };
        if items.is_empty() {
            return self.list(otherwise, dot, scope);
        }
        for (index, item) in items {
            let known = scope.len();
            match pipe.variables.as_slice() {
                [] => {}
                [element] => bind(scope, pipe.declares, element, Some(item.clone())),
                [key, element, ..] => {
                    bind(scope, pipe.declares, key, Some(index));
                    bind(scope, pipe.declares, element, Some(item.clone()));
                }
            }
            let flow = self.list(body, &Some(item), scope)?;
            scope.truncate(known);
            if flow == Flow::Break {
                break;
            }
        }
        Ok(Flow::On)
    }

    fn pipe(&mut self, pipe: &Pipe, dot: &Operated, scope: &mut Scope) -> Result<Operated, String> {
        let mut last = None;
        for command in &pipe.commands {
            last = Some(self.command(command, dot, scope, last)?);
        }
        let value = last.flatten();
        // A range gives its variables an element each time round instead.
        for name in &pipe.variables {
            bind(scope, pipe.declares, name, value.clone());
        }
        Ok(value)
    }

    fn command(
        &mut self,
        operands: &[Operand],
        dot: &Operated,
        scope: &mut Scope,
        piped: Option<Operated>,
    ) -> Result<Operated, String> {
        let Some((first, rest)) = operands.split_first() else { return Ok(None) };
        if first.term == Term::Nil {
            return Err(self.error(first.start, &first.text, "nil is not a command"));
        }
        let Term::Function(name) = &first.term else {
            if !rest.is_empty() || piped.is_some() {
                let message = match first.fields.last() {
                    Some(field) => format!("{field} is not a method but has arguments"),
                    None => format!("can't give argument to non-function {}", first.text),
                };
                return Err(self.error(first.start, &first.text, &message));
            }
            return self.operand(first, dot, scope);
        };
        let value = if matches!(name.as_str(), "and" | "or") {
            self.short_circuit(name, rest, dot, scope, piped)?
        } else {
            let mut arguments = Vec::with_capacity(rest.len() + 1);
            for operand in rest {
                arguments.push(self.operand(operand, dot, scope)?);
            }
            arguments.extend(piped);
            if let Some(message) = functions::wrong_count(name, arguments.len()) {
                return Err(self.error(first.start, &first.text, &message));
            }
            functions::call(name, &arguments).map_err(|message| {
                let message = format!("error calling {name}: {message}");
                let text = text_of(operands);
                self.error(first.start, &text, &message)
            })?
        };
        self.fields(first, value)
    }

    /// `and` and `or` stop at the first argument that decides.
    fn short_circuit(
        &mut self,
        name: &str,
        operands: &[Operand],
        dot: &Operated,
        scope: &mut Scope,
        piped: Option<Operated>,
    ) -> Result<Operated, String> {
        let mut value = None;
        for operand in operands {
            value = self.operand(operand, dot, scope)?;
            if functions::truth(&value) == (name == "or") {
                return Ok(value);
            }
        }
        Ok(piped.unwrap_or(value))
    }

    fn operand(
        &mut self,
        operand: &Operand,
        dot: &Operated,
        scope: &mut Scope,
    ) -> Result<Operated, String> {
        let value = match &operand.term {
            Term::Dot => dot.clone(),
            Term::Nil => Some(Value::Null),
            Term::Bool(value) => Some(Value::Bool(*value)),
            Term::Str(text) => Some(text.into()),
            Term::Int(value) => Some(Value::Int(*value)),
            Term::Float(value) => Some(Value::Float(*value)),
            Term::Variable(name) => {
                scope.iter().rev().find(|(own, _)| own == name).and_then(|(_, value)| value.clone())
            }
            Term::Function(_) => {
                let bare = Operand { fields: Vec::new(), ..operand.clone() };
                self.command(std::slice::from_ref(&bare), dot, scope, None)?
            }
            Term::Pipe(pipe) => self.pipe(pipe, dot, scope)?,
        };
        self.fields(operand, value)
    }

    fn fields(&self, operand: &Operand, mut value: Operated) -> Result<Operated, String> {
        for name in &operand.fields {
            let error = |message: String| self.error(operand.start, &operand.text, &message);
            value = match &value {
                None if self.allow_missing_keys => None,
                None => {
                    let key = gofmt::quote(name);
                    return Err(error(format!("nil data; no entry for key {key}")));
                }
                Some(Value::Null) => {
                    return Err(error(format!("nil pointer evaluating interface {{}}.{name}")));
                }
                Some(Value::Map(map)) => match map.get(name) {
                    None if !self.allow_missing_keys => {
                        let key = gofmt::quote(name);
                        return Err(error(format!("map has no entry for key {key}")));
                    }
                    found => found.cloned(),
                },
                Some(_) => {
                    return Err(error(format!(
                        "can't evaluate field {name} in type interface {{}}"
                    )));
                }
            };
        }
        Ok(value)
    }

    fn error_in(&self, pipe: &Pipe, message: &str) -> String {
        let operand = pipe.commands.first().and_then(|command| command.first());
        let (start, text) = operand.map_or((0, ""), |operand| (operand.start, &operand.text));
        self.error(start, text, message)
    }

    fn error(&self, start: usize, text: &str, message: &str) -> String {
        let (line, byte) = position(self.text, start);
        format!("template: output:{line}:{byte}: executing \"output\" at <{text}>: {message}")
    }
}

fn text_of(operands: &[Operand]) -> String {
    let texts: Vec<&str> = operands.iter().map(|operand| operand.text.as_str()).collect();
    texts.join(" ")
}

fn bind(scope: &mut Scope, declares: bool, name: &str, value: Operated) {
    if declares {
        scope.push((name.to_owned(), value));
    } else if let Some((_, known)) = scope.iter_mut().rev().find(|(own, _)| own == name) {
        *known = value;
    }
}

fn shown(value: &Operated) -> String {
    value.as_ref().map_or_else(|| "<no value>".to_owned(), gofmt::sprint)
}
