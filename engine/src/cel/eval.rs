//! Evaluating expressions.
//!
//! Source: the language definition, "Evaluation": `&&`, `||`, `all` and
//! `exists` do without an operand that failed if the others decide.

use std::cell::Cell;
use std::sync::Arc;

use super::access::Judge;
use super::library;
use super::parser::{Expr, Fold, Node};
use super::value::Cel;

/// What the variables of an expression are.
#[derive(Debug, Clone, Default)]
pub struct Scope<'a> {
    /// The variables by their names.
    pub variables: Vec<(&'a str, Cel)>,
    /// Who answers questions to the authorizer.
    pub judge: Option<Judge<'a>>,
    /// How many parts were evaluated so far.
    steps: Cell<u32>,
}

impl<'a> Scope<'a> {
    /// A scope with these variables.
    pub fn new(variables: Vec<(&'a str, Cel)>, judge: Option<Judge<'a>>) -> Self {
        Self { variables, judge, steps: Cell::new(0) }
    }
}

/// The variables in force at one part of an expression.
struct Frame<'a> {
    name: &'a str,
    value: Cel,
    outer: Option<&'a Frame<'a>>,
}

/// A value, or why there is none.
type Outcome = Result<Cel, String>;

/// How many parts one call may evaluate: upstream's budget of costs for a
/// call, where most parts cost one.
const STEPS_MAX: u32 = 1_000_000;
const NO_OVERLOAD: &str = "no such overload";

/// Evaluates an expression.
pub(super) fn evaluate(expr: &Expr, scope: &Scope<'_>) -> Outcome {
    scope.steps.set(0);
    eval(expr, scope, None)
}

fn eval(expr: &Expr, scope: &Scope<'_>, frame: Option<&Frame<'_>>) -> Outcome {
    scope.steps.set(scope.steps.get().saturating_add(1));
    if scope.steps.get() > STEPS_MAX {
        return Err("operation cancelled: actual cost limit exceeded".to_owned());
    }
    let value = |expr: &Expr| eval(expr, scope, frame);
    match &expr.node {
        Node::Literal(literal) => Ok(literal.clone()),
        Node::Name(name) => variable(name, scope, frame),
        Node::Select { of, field, optional } => select(&value(of)?, field, *optional),
        Node::Has { of, field } => has(&value(of)?, field),
        Node::List(items) => {
            let mut list = Vec::with_capacity(items.len());
            for (optional, item) in items {
                list.extend(present(value(item)?, *optional)?);
            }
            Ok(Cel::list(list))
        }
        Node::Map(entries) => {
            let mut map: Vec<(Cel, Cel)> = Vec::with_capacity(entries.len());
            for (optional, key, inner) in entries {
                let key = value(key)?;
                if map.iter().any(|(own, _)| own.equals(&key)) {
                    return Err(format!("insert failed: key {} already exists", key.to_literal()));
                }
                map.extend(present(value(inner)?, *optional)?.map(|inner| (key, inner)));
            }
            Ok(Cel::Map(Arc::new(map)))
        }
        Node::Fold { fold: Fold::Bind, range, variable, bodies } => {
            let inner = Frame { name: variable, value: value(range)?, outer: frame };
            bodies.first().map_or(Ok(Cel::Null), |body| eval(body, scope, Some(&inner)))
        }
        Node::Fold { fold, range, variable, bodies } => {
            let items = items_of(&value(range)?)?;
            let each = |body: &Expr, item: &Cel| {
                let inner = Frame { name: variable, value: item.clone(), outer: frame };
                eval(body, scope, Some(&inner))
            };
            fold_over(*fold, &items, bodies, &each)
        }
        Node::Call { name, target, args } => call(name, target.as_deref(), args, scope, frame),
    }
}

fn variable(name: &str, scope: &Scope<'_>, frame: Option<&Frame<'_>>) -> Outcome {
    let mut inner = frame;
    while let Some(own) = inner {
        if own.name == name {
            return Ok(own.value.clone());
        }
        inner = own.outer;
    }
    if let Some((_, value)) = scope.variables.iter().find(|(own, _)| *own == name) {
        return settled(value.clone());
    }
    library::type_of_name(name).ok_or_else(|| format!("no such attribute(s): {name}"))
}

fn settled(value: Cel) -> Outcome {
    match value {
        Cel::Failed(why) => Err(why.to_string()),
        value => Ok(value),
    }
}

/// An item of a literal, unless it is optional and missing.
fn present(value: Cel, optional: bool) -> Result<Option<Cel>, String> {
    match value {
        Cel::Optional(inner) if optional => Ok(inner.map(|inner| (*inner).clone())),
        _ if optional => Err(NO_OVERLOAD.to_owned()),
        value => Ok(Some(value)),
    }
}

fn items_of(range: &Cel) -> Result<Vec<Cel>, String> {
    match range {
        Cel::List(items) => Ok(items.to_vec()),
        Cel::Map(entries) => Ok(entries.iter().map(|(key, _)| key.clone()).collect()),
        _ => Err(NO_OVERLOAD.to_owned()),
    }
}

fn select(of: &Cel, field: &str, optional: bool) -> Outcome {
    if let Cel::Optional(inner) = of {
        let Some(inner) = inner else { return Ok(Cel::Optional(None)) };
        return select(inner, field, true);
    }
    if let (Cel::Access(access), "requestResource") = (of, field) {
        let requested = access.requested.clone().map(Cel::Access);
        return requested.ok_or_else(|| format!("no such key: {field}"));
    }
    let Cel::Map(_) = of else {
        return if optional && matches!(of, Cel::Null) {
            Ok(Cel::Optional(None))
        } else {
            Err(NO_OVERLOAD.to_owned())
        };
    };
    let found = of.field(field);
    if optional {
        return Ok(Cel::Optional(found.cloned().map(Arc::new)));
    }
    found.cloned().map_or_else(|| Err(format!("no such key: {field}")), settled)
}

fn has(of: &Cel, field: &str) -> Outcome {
    match of {
        Cel::Map(_) => Ok(Cel::Bool(of.field(field).is_some())),
        Cel::Optional(None) => Ok(Cel::Bool(false)),
        Cel::Optional(Some(inner)) => has(inner, field),
        _ => Err(NO_OVERLOAD.to_owned()),
    }
}

fn fold_over(
    fold: Fold,
    items: &[Cel],
    bodies: &[Expr],
    each: &dyn Fn(&Expr, &Cel) -> Outcome,
) -> Outcome {
    let Some(body) = bodies.first() else { return Err(NO_OVERLOAD.to_owned()) };
    let holds = |item: &Cel| match each(body, item)? {
        Cel::Bool(holds) => Ok(holds),
        _ => Err(NO_OVERLOAD.to_owned()),
    };
    match fold {
        Fold::All | Fold::Exists => {
            let (mut failed, decisive) = (None, fold == Fold::Exists);
            for item in items {
                match holds(item) {
                    Ok(own) if own == decisive => return Ok(Cel::Bool(decisive)),
                    Ok(_) => {}
                    Err(why) => failed = Some(why),
                }
            }
            failed.map_or(Ok(Cel::Bool(!decisive)), Err)
        }
        Fold::ExistsOne => {
            let mut count = 0;
            for item in items {
                count += u32::from(holds(item)?);
            }
            Ok(Cel::Bool(count == 1))
        }
        Fold::Filter => {
            let mut kept = Vec::new();
            for item in items {
                if holds(item)? {
                    kept.push(item.clone());
                }
            }
            Ok(Cel::list(kept))
        }
        Fold::Map | Fold::Bind => {
            let mut made = Vec::new();
            for item in items {
                match bodies {
                    [_, becomes] if holds(item)? => made.push(each(becomes, item)?),
                    [_, _] => {}
                    _ => made.push(each(body, item)?),
                }
            }
            Ok(Cel::list(made))
        }
    }
}

fn call(
    name: &str,
    target: Option<&Expr>,
    args: &[Expr],
    scope: &Scope<'_>,
    frame: Option<&Frame<'_>>,
) -> Outcome {
    let value = |expr: &Expr| eval(expr, scope, frame);
    match (name, args) {
        ("_&&_", [a, b]) => either(false, value(a), &|| value(b)),
        ("_||_", [a, b]) => either(true, value(a), &|| value(b)),
        ("_?_:_", [condition, yes, no]) => match value(condition)? {
            Cel::Bool(true) => value(yes),
            Cel::Bool(false) => value(no),
            _ => Err(NO_OVERLOAD.to_owned()),
        },
        ("optMap" | "optFlatMap", [variable, body]) => {
            let (Some(target), Node::Name(variable)) = (target, &variable.node) else {
                return Err(NO_OVERLOAD.to_owned());
            };
            let Cel::Optional(inner) = value(target)? else {
                return Err(NO_OVERLOAD.to_owned());
            };
            let Some(inner) = inner else { return Ok(Cel::Optional(None)) };
            let inner = Frame { name: variable, value: (*inner).clone(), outer: frame };
            let made = eval(body, scope, Some(&inner))?;
            Ok(if name == "optMap" { Cel::Optional(Some(Arc::new(made))) } else { made })
        }
        _ => {
            let mut values = Vec::with_capacity(args.len() + 1);
            let qualified = target.and_then(|target| match &target.node {
                Node::Name(space) => library::qualified(space, name),
                _ => None,
            });
            let is_method = target.is_some() && qualified.is_none();
            if let Some(target) = target.filter(|_| is_method) {
                values.push(value(target)?);
            }
            for arg in args {
                values.push(value(arg)?);
            }
            let name = qualified.unwrap_or(name);
            let made = library::call(name, is_method, &values, scope.judge);
            made.unwrap_or_else(|| Err(NO_OVERLOAD.to_owned()))
        }
    }
}

/// `&&` and `||`: `decisive` decides whatever the other says.
fn either(decisive: bool, first: Outcome, second: &dyn Fn() -> Outcome) -> Outcome {
    if first == Ok(Cel::Bool(decisive)) {
        return first;
    }
    let second = second();
    match (first, second) {
        (_, Ok(Cel::Bool(own))) if own == decisive => Ok(Cel::Bool(decisive)),
        (Err(why), _) | (_, Err(why)) => Err(why),
        (Ok(Cel::Bool(_)), Ok(Cel::Bool(_))) => Ok(Cel::Bool(!decisive)),
        _ => Err(NO_OVERLOAD.to_owned()),
    }
}
