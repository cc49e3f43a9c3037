//! The types of an expression's parts, and what does not fit before it runs.
//!
//! Source: the language definition, "Type checking", and cel-go's `checker`
//! for the words.

use std::sync::Arc;

use super::Environment;
use super::library;
use super::overloads::{self, AUTHORIZER, Found};
use super::parser::{Expr, Fold, Node};
use super::types::Type;
use super::value::Cel;

/// What was found: the type of the whole, the variables named, the errors.
pub(super) fn check(
    expr: &Expr,
    environment: &Environment,
) -> (Type, Vec<String>, Vec<(usize, String)>) {
    let mut checker = Checker { environment, names: Vec::new(), errors: Vec::new() };
    let result = checker.infer(expr, None);
    (result, checker.names, checker.errors)
}

struct Checker<'a> {
    environment: &'a Environment,
    names: Vec<String>,
    errors: Vec<(usize, String)>,
}

/// The variables of the macros around a part.
struct Frame<'a> {
    name: &'a str,
    kind: Type,
    outer: Option<&'a Frame<'a>>,
}

impl Checker<'_> {
    fn refuse(&mut self, at: usize, error: String) -> Type {
        self.errors.push((at, error));
        Type::Dyn
    }

    fn infer(&mut self, expr: &Expr, frame: Option<&Frame<'_>>) -> Type {
        match &expr.node {
            Node::Literal(literal) => type_of(literal),
            Node::Name(name) => self.name(expr.at, name, frame),
            Node::Select { of, field, optional } => {
                let of = self.infer(of, frame);
                let kind = self.select(expr.at, &of, field);
                if *optional { optional_of(kind) } else { kind }
            }
            Node::Has { of, field } => {
                let kind = self.infer(of, frame);
                self.select(of.at, &kind, field);
                Type::Bool
            }
            Node::List(items) => {
                let kinds: Vec<Type> =
                    items.iter().map(|(_, item)| self.infer(item, frame)).collect();
                Type::list(common(&kinds))
            }
            Node::Map(entries) => {
                let (mut keys, mut values) = (Vec::new(), Vec::new());
                for (_, key, value) in entries {
                    keys.push(self.infer(key, frame));
                    values.push(self.infer(value, frame));
                }
                Type::Map(Arc::new(common(&keys)), Arc::new(common(&values)))
            }
            Node::Fold { fold, range, variable, bodies } => {
                self.fold(*fold, range, variable, bodies, frame)
            }
            Node::Call { name, target, args } => {
                self.call(expr.at, name, target.as_deref(), args, frame)
            }
        }
    }

    fn name(&mut self, at: usize, name: &str, frame: Option<&Frame<'_>>) -> Type {
        let mut inner = frame;
        while let Some(own) = inner {
            if own.name == name {
                return own.kind.clone();
            }
            inner = own.outer;
        }
        if let Some(kind) = self.environment.find(name) {
            self.names.push(name.to_owned());
            return kind.clone();
        }
        if library::type_of_name(name).is_some() {
            return Type::Named("type");
        }
        self.refuse(at, format!("undeclared reference to '{name}' (in container '')"))
    }

    fn select(&mut self, at: usize, of: &Type, field: &str) -> Type {
        match of {
            Type::Dyn => Type::Dyn,
            Type::Map(_, value) => (**value).clone(),
            Type::Object(object) => match object.fields.get(field) {
                Some(kind) => kind.clone(),
                None => self.refuse(at, format!("undefined field '{field}'")),
            },
            Type::Optional(inner) => optional_of(self.select(at, inner, field)),
            kind if *kind == AUTHORIZER && field == "requestResource" => AUTHORIZER,
            other => self.refuse(at, format!("type '{other}' does not support field selection")),
        }
    }

    fn fold(
        &mut self,
        fold: Fold,
        range: &Expr,
        variable: &str,
        bodies: &[Expr],
        frame: Option<&Frame<'_>>,
    ) -> Type {
        let whole = self.infer(range, frame);
        let item = match &whole {
            _ if fold == Fold::Bind => whole.clone(),
            Type::List(item) => (**item).clone(),
            Type::Map(key, _) => (**key).clone(),
            Type::Object(_) => Type::Str,
            Type::Dyn => Type::Dyn,
            other => self.refuse(
                range.at,
                format!("expression of type '{other}' cannot be range of a comprehension (must be list, map, or dynamic)"),
            ),
        };
        let inner = Frame { name: variable, kind: item.clone(), outer: frame };
        let kinds: Vec<Type> = bodies.iter().map(|body| self.infer(body, Some(&inner))).collect();
        let last = kinds.last().cloned().unwrap_or(Type::Dyn);
        let conditions = match fold {
            Fold::Bind => return last,
            Fold::Map => bodies.len().saturating_sub(1),
            _ => bodies.len(),
        };
        for (body, kind) in bodies.iter().zip(&kinds).take(conditions) {
            if !Type::Bool.takes(kind) {
                let text = format!("expected type 'bool' but found '{kind}'");
                self.refuse(body.at, text);
            }
        }
        match fold {
            Fold::Filter => Type::list(item),
            Fold::Map => Type::list(last),
            _ => Type::Bool,
        }
    }

    fn call(
        &mut self,
        at: usize,
        name: &str,
        target: Option<&Expr>,
        args: &[Expr],
        frame: Option<&Frame<'_>>,
    ) -> Type {
        if let (Some(target), "optMap" | "optFlatMap", [variable, body]) = (target, name, args) {
            return self.optional_map(name, target, variable, body, frame);
        }
        let qualified = target.and_then(|target| match &target.node {
            Node::Name(space) => library::qualified(space, name),
            _ => None,
        });
        let is_method = target.is_some() && qualified.is_none();
        let name = qualified.unwrap_or(name);
        let receiver = target.filter(|_| is_method);
        let values: Vec<Type> =
            receiver.into_iter().chain(args).map(|value| self.infer(value, frame)).collect();
        let fits = match (name, values.as_slice()) {
            ("_==_" | "_!=_", [a, b]) => (a.takes(b) || b.takes(a)).then_some(Type::Bool),
            ("_?_:_", [condition, yes, no]) => {
                let fits = Type::Bool.takes(condition) && (yes.takes(no) || no.takes(yes));
                fits.then(|| common(&[yes.clone(), no.clone()]))
            }
            ("@in", [item, list]) => member(item, list).then_some(Type::Bool),
            ("_[_]" | "_[?_]", [of, index]) => index_of(of, index)
                .map(|kind| if name == "_[?_]" { optional_of(kind) } else { kind }),
            ("orValue", [Type::Optional(inner), other]) => {
                inner.takes(other).then(|| common(&[(**inner).clone(), other.clone()]))
            }
            ("value", [Type::Optional(inner)]) => Some((**inner).clone()),
            ("optional.of" | "optional.ofNonZeroValue", [inner]) => {
                Some(optional_of(inner.clone()))
            }
            _ => match overloads::find(name, is_method, &values) {
                Found::Result(kind) => Some(kind),
                Found::NoOverload => None,
                Found::Unknown => {
                    let text = format!("undeclared reference to '{name}' (in container '')");
                    return self.refuse(at, text);
                }
            },
        };
        if let Some(kind) = fits {
            return kind;
        }
        let shown: Vec<String> = values.iter().map(ToString::to_string).collect();
        let shown = match shown.split_first() {
            Some((first, rest)) if is_method => format!("{first}.({})", rest.join(", ")),
            _ => format!("({})", shown.join(", ")),
        };
        self.refuse(at, format!("found no matching overload for '{name}' applied to '{shown}'"))
    }

    fn optional_map(
        &mut self,
        name: &str,
        target: &Expr,
        variable: &Expr,
        body: &Expr,
        frame: Option<&Frame<'_>>,
    ) -> Type {
        let kind = match self.infer(target, frame) {
            Type::Optional(inner) => (*inner).clone(),
            _ => Type::Dyn,
        };
        let Node::Name(variable) = &variable.node else {
            return self.refuse(
                variable.at,
                format!("{name}() variable name must be a simple identifier"),
            );
        };
        let made = self.infer(body, Some(&Frame { name: variable, kind, outer: frame }));
        if name == "optMap" { optional_of(made) } else { made }
    }
}

fn optional_of(kind: Type) -> Type {
    match kind {
        Type::Optional(_) => kind,
        kind => Type::Optional(Arc::new(kind)),
    }
}

/// The type that all of these have, or anything.
fn common(kinds: &[Type]) -> Type {
    match kinds {
        [first, rest @ ..] if rest.iter().all(|own| own == first) => first.clone(),
        [Type::Null, other] | [other, Type::Null] => other.clone(),
        _ => Type::Dyn,
    }
}

/// Whether something may be looked for in a list or a map.
fn member(item: &Type, list: &Type) -> bool {
    match list {
        Type::Dyn | Type::Object(_) => true,
        Type::List(own) | Type::Map(own, _) => own.takes(item),
        _ => false,
    }
}

fn index_of(of: &Type, index: &Type) -> Option<Type> {
    match of {
        Type::Dyn | Type::Object(_) => Some(Type::Dyn),
        Type::List(item) if Type::Int.takes(index) => Some((**item).clone()),
        Type::Map(key, value) if key.takes(index) => Some((**value).clone()),
        Type::Optional(inner) => index_of(inner, index).map(optional_of),
        _ => None,
    }
}

fn type_of(literal: &Cel) -> Type {
    match literal {
        Cel::Null => Type::Null,
        Cel::Bool(_) => Type::Bool,
        Cel::Int(_) => Type::Int,
        Cel::Uint(_) => Type::Uint,
        Cel::Double(_) => Type::Double,
        Cel::Str(_) => Type::Str,
        Cel::Bytes(_) => Type::Bytes,
        _ => Type::Dyn,
    }
}
