//! From the text of a template to its tokens (Go's `text/template/parse/lex.go`).

use super::TemplateError;
use crate::print::gofmt;

/// A piece of a template.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Lexeme {
    Text(String),
    /// `{{`
    Open,
    /// `}}`
    Close,
    Dot,
    /// `.name`
    Field(String),
    /// `$name`
    Variable(String),
    /// A function or a keyword.
    Word(String),
    Str(String),
    Char(char),
    Number(String),
    Pipe,
    LeftParen,
    RightParen,
    Comma,
    Assign,
    Declare,
}

/// A [`Lexeme`] and its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) lexeme: Lexeme,
    /// The offset of its first byte.
    pub(super) start: usize,
    /// The offset after its last byte.
    pub(super) end: usize,
    /// Whether a space stands before it.
    pub(super) spaced: bool,
}

/// All tokens of a template.
pub(super) fn lex(text: &str) -> Result<Vec<Token>, TemplateError> {
    let mut lexer = Lexer { text, at: 0, spaced: false, tokens: Vec::new() };
    lexer.template()?;
    Ok(lexer.tokens)
}

/// The line, from 1, and the byte in it, from 0, of an offset.
pub(super) fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    (line, before.len() - before.rfind('\n').map_or(0, |at| at + 1))
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    spaced: bool,
    tokens: Vec<Token>,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn error(&self, message: &str) -> TemplateError {
        TemplateError::at_line(position(self.text, self.at).0, message)
    }

    fn push(&mut self, lexeme: Lexeme, length: usize) {
        let (start, end) = (self.at, self.at + length);
        self.tokens.push(Token { lexeme, start, end, spaced: self.spaced });
        self.at = end;
        self.spaced = false;
    }

    fn template(&mut self) -> Result<(), TemplateError> {
        let mut trim_next = false;
        while !self.rest().is_empty() {
            let (literal, found) = match self.rest().find("{{") {
                Some(end) => (self.rest().get(..end).unwrap_or_default(), true),
                None => (self.rest(), false),
            };
            let after = self.rest().get(literal.len() + 2..).unwrap_or_default();
            let trims = found && after.starts_with('-') && after.get(1..).is_some_and(spaced);
            let mut shown = literal;
            if trim_next {
                shown = shown.trim_start_matches(is_space);
            }
            if trims {
                shown = shown.trim_end_matches(is_space);
            }
            self.push(Lexeme::Text(shown.to_owned()), literal.len());
            if !found {
                break;
            }
            self.push(Lexeme::Open, if trims { 3 } else { 2 });
            trim_next = self.action()?;
        }
        Ok(())
    }

    /// The tokens up to `}}`; whether that trims the text after it.
    fn action(&mut self) -> Result<bool, TemplateError> {
        let trimmed = self.rest().trim_start_matches(is_space);
        if trimmed.starts_with("/*") {
            return self.comment();
        }
        loop {
            let rest = self.rest();
            if rest.starts_with("}}") {
                self.push(Lexeme::Close, 2);
                return Ok(false);
            }
            if rest.starts_with(is_space) {
                let body = rest.trim_start_matches(is_space);
                self.at += rest.len() - body.len();
                if body.starts_with("-}}") {
                    self.push(Lexeme::Close, 3);
                    return Ok(true);
                }
                self.spaced = true;
                continue;
            }
            self.token(rest)?;
        }
    }

    fn comment(&mut self) -> Result<bool, TemplateError> {
        let Some(end) = self.rest().find("*/") else { return Err(self.error("unclosed comment")) };
        self.at += end + 2;
        let trims = self.rest().starts_with(is_space);
        let rest = self.rest().trim_start_matches(is_space);
        let close = if trims { rest.strip_prefix("-}}") } else { rest.strip_prefix("}}") };
        let Some(after) = close else {
            return Err(self.error("comment ends before closing delimiter"));
        };
        self.at = self.text.len() - after.len();
        // The delimiters of a comment leave nothing behind.
        self.tokens.pop();
        Ok(trims)
    }

    fn token(&mut self, rest: &str) -> Result<(), TemplateError> {
        let Some(first) = rest.chars().next() else { return Err(self.error("unclosed action")) };
        match first {
            '|' => self.push(Lexeme::Pipe, 1),
            '(' => self.push(Lexeme::LeftParen, 1),
            ')' => self.push(Lexeme::RightParen, 1),
            ',' => self.push(Lexeme::Comma, 1),
            '=' => self.push(Lexeme::Assign, 1),
            ':' if rest.starts_with(":=") => self.push(Lexeme::Declare, 2),
            ':' => return Err(self.error("expected :=")),
            '"' | '\'' => self.quoted(rest, first)?,
            '`' => {
                let Some(length) = rest.get(1..).and_then(|rest| rest.find('`')) else {
                    return Err(self.error("unterminated raw quoted string"));
                };
                let inner = rest.get(1..=length).unwrap_or_default();
                self.push(Lexeme::Str(inner.to_owned()), length + 2);
            }
            '$' => {
                let name = word(rest.get(1..).unwrap_or_default());
                self.push(Lexeme::Variable(format!("${name}")), name.len() + 1);
            }
            '.' if !rest.get(1..).unwrap_or_default().starts_with(|c: char| c.is_ascii_digit()) => {
                let name = word(rest.get(1..).unwrap_or_default());
                let lexeme = match name {
                    "" => Lexeme::Dot,
                    name => Lexeme::Field(name.to_owned()),
                };
                self.push(lexeme, name.len() + 1);
            }
            '.' | '+' | '-' | '0'..='9' => {
                let is_part = |char: char| char.is_alphanumeric() || "._+-".contains(char);
                let length = rest.find(|char| !is_part(char)).unwrap_or(rest.len());
                let number = rest.get(..length).unwrap_or_default();
                if number.parse::<f64>().is_err() && !number.starts_with("0x") {
                    let message = format!("bad number syntax: {}", gofmt::quote(number));
                    return Err(self.error(&message));
                }
                self.push(Lexeme::Number(number.to_owned()), length);
            }
            char if char.is_alphanumeric() || char == '_' => {
                let name = word(rest);
                self.push(Lexeme::Word(name.to_owned()), name.len());
            }
            char => {
                let code = u32::from(char);
                let message = format!("unrecognized character in action: U+{code:04X} '{char}'");
                return Err(self.error(&message));
            }
        }
        Ok(())
    }

    fn quoted(&mut self, rest: &str, quote: char) -> Result<(), TemplateError> {
        let mut escaped = false;
        let length = rest.char_indices().skip(1).find_map(|(at, char)| {
            let ends = char == quote && !escaped;
            escaped = char == '\\' && !escaped;
            ends.then_some(at)
        });
        let inner =
            length.and_then(|length| rest.get(1..length)).filter(|text| !text.contains('\n'));
        let Some(inner) = inner else {
            let what = if quote == '"' { "quoted string" } else { "character constant" };
            return Err(self.error(&format!("unterminated {what}")));
        };
        let Some(text) = gofmt::unquote(inner, quote) else {
            return Err(self.error("invalid syntax"));
        };
        let lexeme = if quote == '"' {
            Lexeme::Str(text)
        } else {
            match text.chars().next() {
                Some(char) if text.chars().count() == 1 => Lexeme::Char(char),
                _ => return Err(self.error(&format!("malformed character constant: '{inner}'"))),
            }
        };
        self.push(lexeme, inner.len() + 2);
        Ok(())
    }
}

fn word(text: &str) -> &str {
    let end = text.find(|char: char| !(char.is_alphanumeric() || char == '_'));
    text.get(..end.unwrap_or(text.len())).unwrap_or_default()
}

fn is_space(char: char) -> bool {
    matches!(char, ' ' | '\t' | '\r' | '\n')
}

fn spaced(text: &str) -> bool {
    text.starts_with(is_space)
}
