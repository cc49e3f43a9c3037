//! CEL: the language of the rules in CustomResourceDefinitions and admission
//! policies.
//!
//! An expression is compiled once, against the types of its variables, and
//! then evaluated as often as needed. Sources: the language definition,
//! cel-go, and `k8s.io/apiserver`'s `pkg/cel` with its libraries.
//!
//! **Real clusters:** an estimate of what an expression may cost is made
//! before it is stored, and long texts cost more as it runs; here the parts
//! that are evaluated are counted, no more.
//! Syntax errors are told in simpler words where ANTLR lists what it expected.

mod access;
mod check;
mod eval;
mod lexer;
mod library;
mod overloads;
mod parser;
mod types;
mod value;

pub use self::access::{Access, Judge};
pub use self::eval::Scope;
pub use self::overloads::AUTHORIZER;
pub use self::types::{Object, Type, escape, is_identifier};
pub use self::value::Cel;

use self::parser::Expr;

/// What an expression may name, and of which types that is.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// The variables.
    pub variables: Vec<(String, Type)>,
}

impl Environment {
    /// An environment with these variables.
    pub fn new(variables: &[(&str, Type)]) -> Self {
        let variables = variables.iter().map(|(name, kind)| ((*name).to_owned(), kind.clone()));
        Self { variables: variables.collect() }
    }

    fn find(&self, name: &str) -> Option<&Type> {
        self.variables.iter().find(|(own, _)| own == name).map(|(_, kind)| kind)
    }
}

/// An expression that can be evaluated.
#[derive(Debug, Clone)]
pub struct Program {
    expr: Expr,
    result: Type,
    names: Vec<String>,
}

impl Program {
    /// Compiles an expression, or says what is wrong with it.
    pub fn compile(text: &str, environment: &Environment) -> Result<Self, String> {
        let expr = parser::parse(text).map_err(|error| complain(text, &[error]))?;
        let (result, names, errors) = check::check(&expr, environment);
        if errors.is_empty() {
            return Ok(Self { expr, result, names });
        }
        Err(complain(text, &errors))
    }

    /// The type of what the expression evaluates to.
    pub fn result(&self) -> &Type {
        &self.result
    }

    /// Whether the expression names a variable of its environment.
    pub fn names(&self, variable: &str) -> bool {
        self.names.iter().any(|own| own == variable)
    }

    /// Evaluates the expression.
    pub fn evaluate(&self, scope: &Scope<'_>) -> Result<Cel, String> {
        eval::evaluate(&self.expr, scope)
    }
}

/// The errors as cel-go tells them, each with its place.
fn complain(text: &str, errors: &[(usize, String)]) -> String {
    let shown = errors.iter().map(|(at, error)| {
        let before: String = text.chars().take(*at).collect();
        let line = before.matches('\n').count();
        let column = before.chars().rev().take_while(|letter| *letter != '\n').count();
        let snippet = text.split('\n').nth(line).unwrap_or_default();
        let dots = ".".repeat(column);
        let (row, place) = (line + 1, column + 1);
        format!("ERROR: <input>:{row}:{place}: {error}\n | {snippet}\n | {dots}^")
    });
    format!("compilation failed: {}", shown.collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests;
