//! The grammar of CEL: from tokens to a tree, macros expanded.
//!
//! Source: the language definition, "Syntax" and "Macros", and cel-go's
//! `parser`: the place of a call is its bracket, that of an operator the
//! operator, that of a selection its dot.

use super::lexer::{Placed, Token, tokens};
use super::types::RESERVED;
use super::value::Cel;

/// A part of an expression, and the character that errors point at.
#[derive(Debug, Clone)]
pub(super) struct Expr {
    pub(super) at: usize,
    pub(super) node: Node,
}

/// What a part of an expression is.
#[derive(Debug, Clone)]
pub(super) enum Node {
    /// A value as it stands.
    Literal(Cel),
    /// A variable.
    Name(String),
    /// `of.field`, or `of.?field`.
    Select { of: Box<Expr>, field: String, optional: bool },
    /// `has(of.field)`.
    Has { of: Box<Expr>, field: String },
    /// A function, a method or an operator: `_+_`, `_[_]`.
    Call { name: String, target: Option<Box<Expr>>, args: Vec<Expr> },
    /// `[a, ?b]`.
    List(Vec<(bool, Expr)>),
    /// `{a: b, ?c: d}`.
    Map(Vec<(bool, Expr, Expr)>),
    /// `range.all(variable, …)` and its like, with one or two bodies.
    Fold { fold: Fold, range: Box<Expr>, variable: String, bodies: Vec<Expr> },
}

/// What a macro makes of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fold {
    /// Whether all fulfil it.
    All,
    /// Whether any fulfils it.
    Exists,
    /// Whether just one fulfils it.
    ExistsOne,
    /// Those that fulfil it.
    Filter,
    /// What becomes of each (of those that fulfil the first of two bodies).
    Map,
    /// `cel.bind`: the range is the variable itself.
    Bind,
}

const DEPTH_MAX: usize = 64;
const PRIMARY: &str = "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, \
                       NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";
/// The operators between two parts, the loosest first.
const LEVELS: [&[&str]; 5] =
    [&["||"], &["&&"], &["<", "<=", ">=", ">", "==", "!=", "in"], &["+", "-"], &["*", "/", "%"]];

/// A place and what is wrong there.
type Refusal = (usize, String);

/// Reads an expression.
pub(super) fn parse(text: &str) -> Result<Expr, Refusal> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0 };
    let expr = parser.expr()?;
    match parser.peek() {
        Token::End => Ok(expr),
        other => {
            let place = parser.place();
            let word = shown(other);
            Err((place, format!("Syntax error: extraneous input '{word}' expecting <EOF>")))
        }
    }
}

fn shown(token: &Token) -> String {
    match token {
        Token::Name(name) => name.clone(),
        Token::Literal(literal) => literal.to_literal(),
        Token::Sign(sign) => (*sign).to_owned(),
        Token::End => "<EOF>".to_owned(),
    }
}

struct Parser {
    tokens: Vec<Placed>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).map_or(&Token::End, |(token, _)| token)
    }

    fn place(&self) -> usize {
        self.tokens.get(self.at).map_or(0, |(_, place)| *place)
    }

    fn takes(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Token::Sign(own) if *own == sign);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Result<(), Refusal> {
        if self.takes(sign) {
            return Ok(());
        }
        let word = shown(self.peek());
        let text = format!("Syntax error: mismatched input '{word}' expecting '{sign}'");
        Err((self.place(), text))
    }

    fn name(&mut self) -> Result<String, Refusal> {
        if let Token::Name(name) = self.peek() {
            let name = name.clone();
            self.at += 1;
            return Ok(name);
        }
        let word = shown(self.peek());
        Err((self.place(), format!("Syntax error: mismatched input '{word}' expecting IDENTIFIER")))
    }

    /// `condition ? yes : no`.
    fn expr(&mut self) -> Result<Expr, Refusal> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            let text = "Syntax error: expression recursion limit exceeded: 250";
            return Err((self.place(), text.to_owned()));
        }
        let condition = self.binary(0)?;
        let at = self.place();
        let expr = if self.takes("?") {
            let yes = self.binary(0)?;
            self.expect(":")?;
            let no = self.expr()?;
            call(at, "_?_:_", vec![condition, yes, no])
        } else {
            condition
        };
        self.depth -= 1;
        Ok(expr)
    }

    fn binary(&mut self, level: usize) -> Result<Expr, Refusal> {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        loop {
            let operator = match self.peek() {
                Token::Sign(sign) => operators.iter().find(|own| *own == sign),
                Token::Name(name) => operators.iter().find(|own| *own == name),
                _ => None,
            };
            let Some(operator) = operator.copied() else { return Ok(left) };
            let at = self.place();
            self.at += 1;
            let right = self.binary(level + 1)?;
            let name = if operator == "in" { "@in".to_owned() } else { format!("_{operator}_") };
            left = call(at, &name, vec![left, right]);
        }
    }

    fn unary(&mut self) -> Result<Expr, Refusal> {
        let at = self.place();
        for (sign, name) in [("!", "!_"), ("-", "-_")] {
            if !self.takes(sign) {
                continue;
            }
            self.depth += 1;
            if self.depth > DEPTH_MAX {
                return Err((at, "Syntax error: expression recursion limit exceeded: 250".into()));
            }
            let inner = self.unary()?;
            self.depth -= 1;
            let literal = match (&inner.node, sign) {
                (Node::Literal(Cel::Int(number)), "-") => Some(Cel::Int(number.wrapping_neg())),
                (Node::Literal(Cel::Double(number)), "-") => Some(Cel::Double(-number)),
                _ => None,
            };
            return Ok(match literal {
                Some(literal) => Expr { at, node: Node::Literal(literal) },
                None => call(at, name, vec![inner]),
            });
        }
        self.member()
    }

    fn member(&mut self) -> Result<Expr, Refusal> {
        let mut expr = self.primary()?;
        loop {
            let at = self.place();
            if self.takes(".") {
                let optional = self.takes("?");
                let field = self.name()?;
                let open = self.place();
                if !optional && self.takes("(") {
                    let args = self.list(")")?;
                    expr = method(open, expr, field, args)?;
                } else {
                    expr = Expr { at, node: Node::Select { of: Box::new(expr), field, optional } };
                }
            } else if self.takes("[") {
                let index = self.expr()?;
                self.expect("]")?;
                expr = call(at, "_[_]", vec![expr, index]);
            } else if self.takes("[?") {
                let index = self.expr()?;
                self.expect("]")?;
                expr = call(at, "_[?_]", vec![expr, index]);
            } else {
                return Ok(expr);
            }
        }
    }

    fn list(&mut self, close: &'static str) -> Result<Vec<Expr>, Refusal> {
        let mut items = Vec::new();
        while !self.takes(close) {
            items.push(self.expr()?);
            if !self.takes(",") {
                self.expect(close)?;
                break;
            }
        }
        Ok(items)
    }

    fn primary(&mut self) -> Result<Expr, Refusal> {
        let at = self.place();
        let token = self.peek().clone();
        self.at += 1;
        let node = match token {
            Token::Literal(literal) => Node::Literal(literal),
            Token::Name(name) => return self.named(at, name),
            Token::Sign("(") => {
                let inner = self.expr()?;
                self.expect(")")?;
                return Ok(inner);
            }
            Token::Sign("[") => self.list_literal()?,
            Token::Sign("{") => self.map_literal()?,
            Token::Sign(".") => {
                let name = self.name()?;
                return self.named(at, name);
            }
            other => {
                let word = shown(&other);
                let text = format!("Syntax error: mismatched input '{word}' expecting {PRIMARY}");
                return Err((at, text));
            }
        };
        Ok(Expr { at, node })
    }

    fn named(&mut self, at: usize, name: String) -> Result<Expr, Refusal> {
        let literal = match name.as_str() {
            "true" => Some(Cel::Bool(true)),
            "false" => Some(Cel::Bool(false)),
            "null" => Some(Cel::Null),
            _ => None,
        };
        if let Some(literal) = literal {
            return Ok(Expr { at, node: Node::Literal(literal) });
        }
        if name == "in" {
            let text = format!("Syntax error: mismatched input 'in' expecting {PRIMARY}");
            return Err((at, text));
        }
        if RESERVED.contains(&name.as_str()) {
            return Err((at, format!("Syntax error: reserved identifier: {name}")));
        }
        let open = self.place();
        if self.takes("(") {
            let args = self.list(")")?;
            return function(open, name, args);
        }
        Ok(Expr { at, node: Node::Name(name) })
    }

    fn list_literal(&mut self) -> Result<Node, Refusal> {
        let mut items = Vec::new();
        while !self.takes("]") {
            items.push((self.takes("?"), self.expr()?));
            if !self.takes(",") {
                self.expect("]")?;
                break;
            }
        }
        Ok(Node::List(items))
    }

    fn map_literal(&mut self) -> Result<Node, Refusal> {
        let mut entries = Vec::new();
        while !self.takes("}") {
            let optional = self.takes("?");
            let key = self.expr()?;
            self.expect(":")?;
            entries.push((optional, key, self.expr()?));
            if !self.takes(",") {
                self.expect("}")?;
                break;
            }
        }
        Ok(Node::Map(entries))
    }
}

fn call(at: usize, name: &str, args: Vec<Expr>) -> Expr {
    Expr { at, node: Node::Call { name: name.to_owned(), target: None, args } }
}

fn function(at: usize, name: String, mut args: Vec<Expr>) -> Result<Expr, Refusal> {
    if name != "has" || args.len() != 1 {
        return Ok(Expr { at, node: Node::Call { name, target: None, args } });
    }
    match args.pop().map(|arg| arg.node) {
        Some(Node::Select { of, field, optional: false }) => {
            Ok(Expr { at, node: Node::Has { of, field } })
        }
        _ => Err((at, "invalid argument to has() macro".to_owned())),
    }
}

fn method(at: usize, target: Expr, name: String, mut args: Vec<Expr>) -> Result<Expr, Refusal> {
    let fold = match (name.as_str(), args.len()) {
        ("all", 2) => Some(Fold::All),
        ("exists", 2) => Some(Fold::Exists),
        ("exists_one", 2) => Some(Fold::ExistsOne),
        ("filter", 2) => Some(Fold::Filter),
        ("map", 2 | 3) => Some(Fold::Map),
        _ => None,
    };
    let is_bind = matches!(&target.node, Node::Name(own) if own == "cel") && name == "bind";
    if is_bind && args.len() == 3 {
        let body = args.pop().map(|body| vec![body]).unwrap_or_default();
        let value = args.pop().map(Box::new);
        let variable = args.pop().map(|variable| variable.node);
        return match (variable, value) {
            (Some(Node::Name(variable)), Some(range)) => {
                let node = Node::Fold { fold: Fold::Bind, range, variable, bodies: body };
                Ok(Expr { at, node })
            }
            _ => Err((at, "cel.bind() variable names must be simple identifiers".to_owned())),
        };
    }
    let Some(fold) = fold else {
        return Ok(Expr { at, node: Node::Call { name, target: Some(Box::new(target)), args } });
    };
    let variable = args.remove(0);
    match variable.node {
        Node::Name(variable) => {
            let node = Node::Fold { fold, range: Box::new(target), variable, bodies: args };
            Ok(Expr { at, node })
        }
        _ => Err((variable.at, "argument must be a simple name".to_owned())),
    }
}
