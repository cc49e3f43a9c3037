//! From tokens to the tree of a template (Go's `text/template/parse/parse.go`).

use std::collections::BTreeMap;

use super::TemplateError;
use super::functions;
use super::lex::{Lexeme, Token, position};
use crate::print::gofmt;

/// The templates that a text defines; the text itself is the one named `""`.
pub(super) type Templates = BTreeMap<String, Vec<Node>>;

/// A part of a template.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Text(String),
    Action(Pipe),
    If { pipe: Pipe, then: Vec<Node>, otherwise: Vec<Node> },
    With { pipe: Pipe, then: Vec<Node>, otherwise: Vec<Node> },
    Range { pipe: Pipe, body: Vec<Node>, otherwise: Vec<Node> },
    Template { name: String, pipe: Option<Pipe>, start: usize },
    Break,
    Continue,
}

/// Commands, each of which gets the result of the one before as its last
/// argument.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pipe {
    /// The variables that take the result.
    pub(super) variables: Vec<String>,
    /// Whether these are new (`:=`) or known (`=`).
    pub(super) declares: bool,
    pub(super) commands: Vec<Vec<Operand>>,
}

/// A word of a command and the text it was written as.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Operand {
    pub(super) term: Term,
    /// Fields to take of the term.
    pub(super) fields: Vec<String>,
    pub(super) start: usize,
    pub(super) text: String,
}

/// What an operand starts with.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Term {
    Dot,
    Nil,
    Bool(bool),
    Str(String),
    Int(i64),
    Float(f64),
    Variable(String),
    Function(String),
    Pipe(Box<Pipe>),
}

/// Parses the tokens of `text`.
pub(super) fn parse(text: &str, tokens: Vec<Token>) -> Result<Templates, TemplateError> {
    let mut parser = Parser {
        text,
        tokens: tokens.into_iter().peekable(),
        last: 0,
        variables: vec!["$".to_owned()],
        templates: Templates::new(),
    };
    let (nodes, end) = parser.list()?;
    match end {
        Stop::Text => {
            parser.templates.insert(String::new(), nodes);
            Ok(parser.templates)
        }
        Stop::End => Err(parser.error("unexpected {{end}}")),
        Stop::Else => Err(parser.error("unexpected {{else}}")),
    }
}

/// What a list of nodes ended with.
#[derive(PartialEq)]
enum Stop {
    Text,
    End,
    /// `{{else`, without its `}}`.
    Else,
}

struct Parser<'a> {
    text: &'a str,
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
    /// Where the last token ended.
    last: usize,
    variables: Vec<String>,
    templates: Templates,
}

impl Parser<'_> {
    fn error(&self, message: &str) -> TemplateError {
        TemplateError::at_line(position(self.text, self.last).0, message)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.next()?;
        self.last = token.end;
        Some(token)
    }

    fn peek(&mut self) -> Option<&Lexeme> {
        self.tokens.peek().map(|token| &token.lexeme)
    }

    fn eat(&mut self, lexeme: &Lexeme) -> bool {
        let found = self.peek() == Some(lexeme);
        if found {
            self.next();
        }
        found
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Lexeme::Word(own)) if own == word);
        if found {
            self.next();
        }
        found
    }

    fn close(&mut self, context: &str) -> Result<(), TemplateError> {
        match self.next() {
            Some(Token { lexeme: Lexeme::Close, .. }) => Ok(()),
            other => Err(self.unexpected(other.as_ref(), context)),
        }
    }

    fn unexpected(&self, token: Option<&Token>, context: &str) -> TemplateError {
        let Some(token) = token else { return self.error("unclosed action") };
        let text = self.text.get(token.start..token.end).unwrap_or_default();
        self.error(&format!("unexpected <{text}> in {context}"))
    }

    fn list(&mut self) -> Result<(Vec<Node>, Stop), TemplateError> {
        let mut nodes = Vec::new();
        while let Some(token) = self.next() {
            if let Lexeme::Text(text) = token.lexeme {
                if !text.is_empty() {
                    nodes.push(Node::Text(text));
                }
                continue;
            }
            if self.eat_word("end") {
                self.close("end")?;
                return Ok((nodes, Stop::End));
            }
            if self.eat_word("else") {
                return Ok((nodes, Stop::Else));
            }
            if let Some(node) = self.action()? {
                nodes.push(node);
            }
        }
        Ok((nodes, Stop::Text))
    }

    fn action(&mut self) -> Result<Option<Node>, TemplateError> {
        let known = self.variables.len();
        let word = match self.peek() {
            Some(Lexeme::Word(word)) => word.clone(),
            _ => String::new(),
        };
        let node = match word.as_str() {
            "if" | "with" | "range" => {
                self.next();
                let node = self.control(&word)?;
                self.variables.truncate(known);
                node
            }
            "template" | "block" | "define" => {
                self.next();
                return self.named(&word);
            }
            "break" | "continue" => {
                self.next();
                self.close(&word)?;
                if word == "break" { Node::Break } else { Node::Continue }
            }
            _ => {
                let pipe = self.pipe("command", false)?;
                self.close("command")?;
                Node::Action(pipe)
            }
        };
        Ok(Some(node))
    }

    fn control(&mut self, word: &str) -> Result<Node, TemplateError> {
        let pipe = self.pipe(word, word == "range")?;
        self.close(word)?;
        let (body, end) = self.list()?;
        let otherwise = match end {
            Stop::End => Vec::new(),
            Stop::Text => return Err(self.error("unexpected EOF")),
            Stop::Else => self.otherwise(word)?,
        };
        Ok(match word {
            "if" => Node::If { pipe, then: body, otherwise },
            "with" => Node::With { pipe, then: body, otherwise },
            _ => Node::Range { pipe, body, otherwise },
        })
    }

    /// The nodes after `{{else`, which may go on with `if` or `with`.
    fn otherwise(&mut self, word: &str) -> Result<Vec<Node>, TemplateError> {
        if word != "range" && self.eat_word(word) {
            return Ok(vec![self.control(word)?]);
        }
        self.close("else")?;
        match self.list()? {
            (nodes, Stop::End) => Ok(nodes),
            (_, Stop::Else) => Err(self.error("expected end; found {{else}}")),
            (_, Stop::Text) => Err(self.error("unexpected EOF")),
        }
    }

    /// `{{template "x" .}}`, `{{block "x" .}}…{{end}}`, `{{define "x"}}…{{end}}`.
    fn named(&mut self, word: &str) -> Result<Option<Node>, TemplateError> {
        let (name, start) = match self.next() {
            Some(Token { lexeme: Lexeme::Str(name), start, .. }) => (name, start),
            other => return Err(self.unexpected(other.as_ref(), &format!("{word} clause"))),
        };
        let pipe = match self.peek() {
            Some(Lexeme::Close) => None,
            _ => Some(self.pipe(&format!("{word} clause"), false)?),
        };
        self.close(&format!("{word} clause"))?;
        if word != "template" {
            let outer = std::mem::replace(&mut self.variables, vec!["$".to_owned()]);
            let (nodes, end) = self.list()?;
            self.variables = outer;
            if end != Stop::End {
                return Err(self.error("unexpected EOF"));
            }
            self.templates.insert(name.clone(), nodes);
        }
        Ok((word != "define").then_some(Node::Template { name, pipe, start }))
    }

    fn pipe(&mut self, context: &str, in_range: bool) -> Result<Pipe, TemplateError> {
        let (variables, declares) = self.assignment(in_range)?;
        let mut commands = vec![self.command(context)?];
        while self.eat(&Lexeme::Pipe) {
            commands.push(self.command(context)?);
        }
        if commands.iter().any(Vec::is_empty) {
            return Err(self.error(&format!("missing value for {context}")));
        }
        if declares {
            self.variables.extend(variables.iter().cloned());
        }
        Ok(Pipe { variables, declares, commands })
    }

    /// The variables before `:=` or `=`; two of them only in a range.
    fn assignment(&mut self, in_range: bool) -> Result<(Vec<String>, bool), TemplateError> {
        let mut ahead = self.tokens.clone();
        let mut names = Vec::new();
        while let Some(Token { lexeme: Lexeme::Variable(name), .. }) = ahead.next() {
            names.push(name);
            match ahead.next().map(|token| token.lexeme) {
                Some(Lexeme::Comma) if in_range && names.len() == 1 => {}
                Some(operator @ (Lexeme::Declare | Lexeme::Assign)) => {
                    self.tokens = ahead;
                    return Ok((names, operator == Lexeme::Declare));
                }
                Some(Lexeme::Comma) => return Err(self.error("too many declarations in command")),
                _ => break,
            }
        }
        Ok((Vec::new(), false))
    }

    fn command(&mut self, context: &str) -> Result<Vec<Operand>, TemplateError> {
        let mut operands = Vec::new();
        loop {
            match self.peek() {
                None => return Err(self.error("unclosed action")),
                Some(Lexeme::Close | Lexeme::Pipe | Lexeme::RightParen) => return Ok(operands),
                Some(_) => operands.push(self.operand(context)?),
            }
        }
    }

    fn operand(&mut self, context: &str) -> Result<Operand, TemplateError> {
        let Some(token) = self.next() else { return Err(self.error("unclosed action")) };
        let mut fields = Vec::new();
        let mut start = token.start;
        let term = match token.lexeme.clone() {
            Lexeme::Dot => Term::Dot,
            Lexeme::Field(name) => {
                fields.push(name);
                Term::Dot
            }
            Lexeme::Variable(name) => self.variable(name)?,
            Lexeme::Word(name) => self.word(name)?,
            Lexeme::Str(text) => Term::Str(text),
            Lexeme::Char(char) => Term::Int(u32::from(char).into()),
            Lexeme::Number(text) => number(&text),
            Lexeme::LeftParen => {
                let pipe = self.pipe("parenthesized pipeline", false)?;
                if !self.eat(&Lexeme::RightParen) {
                    return Err(self.error("unclosed left paren"));
                }
                Term::Pipe(Box::new(pipe))
            }
            _ => return Err(self.unexpected(Some(&token), context)),
        };
        // The place of a chain is that of its second link, as in Go.
        let mut first_link = true;
        while self.tokens.peek().is_some_and(|token| !token.spaced) {
            let Some(Lexeme::Field(name)) = self.peek().cloned() else { break };
            let link = self.next().map_or(start, |token| token.start);
            if std::mem::take(&mut first_link) {
                start = link;
            }
            fields.push(name);
        }
        let text = self.text.get(token.start..self.last).unwrap_or_default().to_owned();
        Ok(Operand { term, fields, start, text })
    }

    fn variable(&self, name: String) -> Result<Term, TemplateError> {
        if self.variables.contains(&name) {
            Ok(Term::Variable(name))
        } else {
            Err(self.error(&format!("undefined variable {}", gofmt::quote(&name))))
        }
    }

    fn word(&self, name: String) -> Result<Term, TemplateError> {
        match name.as_str() {
            "true" => Ok(Term::Bool(true)),
            "false" => Ok(Term::Bool(false)),
            "nil" => Ok(Term::Nil),
            _ if functions::NAMES.contains(&name.as_str()) => Ok(Term::Function(name)),
            _ => Err(self.error(&format!("function {} not defined", gofmt::quote(&name)))),
        }
    }
}

fn number(text: &str) -> Term {
    let plain = text.replace('_', "");
    let hexadecimal = plain.strip_prefix("0x").map(|digits| i64::from_str_radix(digits, 16));
    match hexadecimal.unwrap_or_else(|| plain.parse()) {
        Ok(int) => Term::Int(int),
        Err(_) => Term::Float(plain.parse().unwrap_or_default()),
    }
}
