//! From the text of a JSONPath template to its nodes
//! (client-go's `util/jsonpath/parser.go`).

use super::JsonPathError;
use crate::print::gofmt;

/// One step of a template.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// `{…}`: steps that each start from the results of the one before.
    List(Vec<Node>),
    Text(String),
    Field(String),
    Slice(Slice),
    Filter {
        left: Vec<Node>,
        operator: String,
        right: Vec<Node>,
    },
    Int(i64),
    Float(f64),
    Bool(bool),
    Wildcard,
    Recursive,
    Union(Vec<Vec<Node>>),
    Identifier(String),
}

/// `[start:end:step]`; a lone index is a slice whose end is derived from it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Slice {
    pub(super) start: Option<i64>,
    pub(super) end: Option<i64>,
    pub(super) step: Option<i64>,
    pub(super) single: bool,
}

/// Parses a whole template: text with actions in braces.
pub(super) fn parse(text: &str) -> Result<Vec<Node>, JsonPathError> {
    let mut parser = Parser { rest: text, before: None };
    let mut nodes = Vec::new();
    while !parser.rest.is_empty() {
        let end = parser.rest.find('{').unwrap_or(parser.rest.len());
        let literal = parser.take(end);
        if !literal.is_empty() {
            nodes.push(Node::Text(literal.to_owned()));
        }
        if parser.eat("{") {
            nodes.push(Node::List(parser.action()?));
        }
    }
    Ok(nodes)
}

/// Parses the inside of an action that stands alone.
fn parse_action(text: &str) -> Result<Vec<Node>, JsonPathError> {
    let nodes = parse(&format!("{{{text}}}"))?;
    Ok(match nodes.into_iter().next() {
        Some(Node::List(nodes)) => nodes,
        _ => Vec::new(),
    })
}

struct Parser<'a> {
    rest: &'a str,
    /// The character before `rest`.
    before: Option<char>,
}

impl<'a> Parser<'a> {
    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        self.before = taken.chars().next_back().or(self.before);
        taken
    }

    fn eat(&mut self, prefix: &str) -> bool {
        let found = self.rest.starts_with(prefix);
        if found {
            self.take(prefix.len());
        }
        found
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.take(next.len_utf8());
        Some(next)
    }

    /// Takes characters up to the first that fits `stop`.
    fn take_until(&mut self, stop: impl Fn(char) -> bool) -> &'a str {
        self.take(self.rest.find(stop).unwrap_or(self.rest.len()))
    }

    /// The nodes up to the closing brace.
    fn action(&mut self) -> Result<Vec<Node>, JsonPathError> {
        let mut nodes = Vec::new();
        loop {
            if self.eat("}") {
                return Ok(nodes);
            }
            if self.eat("[?(") {
                nodes.push(self.filter()?);
                continue;
            }
            if self.eat("..") {
                self.recursive(&mut nodes)?;
                continue;
            }
            match self.peek() {
                None | Some('\r' | '\n') => return Err("unclosed action".into()),
                Some(' ' | '@' | '$') => {
                    self.next();
                }
                Some('[') => self.array(&mut nodes)?,
                Some(quote @ ('"' | '\'')) => nodes.push(self.quoted(quote)?),
                Some('.') => {
                    self.next();
                    nodes.push(self.field());
                }
                Some(char) if char == '+' || char == '-' || char.is_numeric() => {
                    nodes.push(self.number()?);
                }
                Some(char) if is_alphanumeric(char) => nodes.push(self.identifier()),
                Some(char) => {
                    let code = u32::from(char);
                    let message =
                        format!("unrecognized character in action: U+{code:04X} '{char}'");
                    return Err(message.into());
                }
            }
        }
    }

    fn recursive(&mut self, nodes: &mut Vec<Node>) -> Result<(), JsonPathError> {
        if nodes.last() == Some(&Node::Recursive) {
            return Err("invalid multiple recursive descent".into());
        }
        nodes.push(Node::Recursive);
        if self.peek().is_some_and(is_alphanumeric) {
            nodes.push(self.field());
        }
        Ok(())
    }

    fn field(&mut self) -> Node {
        let mut name = String::new();
        while let Some(char) = self.peek() {
            if is_terminator(char) {
                break;
            }
            self.next();
            if char != '\\' {
                name.push(char);
            } else if let Some(escaped) = self.next().filter(|escaped| *escaped != '\\') {
                name.push(escaped);
            }
        }
        if name == "*" { Node::Wildcard } else { Node::Field(name) }
    }

    fn identifier(&mut self) -> Node {
        match self.take_until(is_terminator) {
            "true" => Node::Bool(true),
            "false" => Node::Bool(false),
            name => Node::Identifier(name.to_owned()),
        }
    }

    fn number(&mut self) -> Result<Node, JsonPathError> {
        let signed = usize::from(self.rest.starts_with(['+', '-']));
        let digits = self.rest.get(signed..).unwrap_or_default();
        let length = digits.find(|char: char| char != '.' && !char.is_numeric());
        let text = self.take(signed + length.unwrap_or(digits.len()));
        if let Ok(int) = text.parse() {
            return Ok(Node::Int(int));
        }
        let float = text.parse().map(Node::Float);
        float.map_err(|_| format!("cannot parse number {text}").into())
    }

    fn quoted(&mut self, quote: char) -> Result<Node, JsonPathError> {
        let start = self.rest;
        self.next();
        loop {
            let before = self.before;
            match self.next() {
                None | Some('\n') => return Err("unterminated quoted string".into()),
                Some(char) if char == quote && before != Some('\\') => break,
                Some(_) => {}
            }
        }
        let whole = start.get(..start.len() - self.rest.len()).unwrap_or_default();
        let inner = whole.get(1..whole.len() - 1).unwrap_or_default();
        match gofmt::unquote(inner, quote) {
            Some(text) => Ok(Node::Text(text)),
            None => Err(format!("unquote string {whole} error invalid syntax").into()),
        }
    }

    fn array(&mut self, nodes: &mut Vec<Node>) -> Result<(), JsonPathError> {
        self.next();
        let text = self.take_until(|char| char == ']' || char == '\n');
        if !self.eat("]") {
            return Err("unterminated array".into());
        }
        if text.contains(',') {
            let parts =
                text.split(',').map(|part| parse_action(&format!("[{}]", part.trim_matches(' '))));
            nodes.push(Node::Union(parts.collect::<Result<_, _>>()?));
            return Ok(());
        }
        let key = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
        if let Some(key) = key.filter(|key| !key.contains('\'')) {
            nodes.extend(parse_action(&format!(".{key}"))?);
            return Ok(());
        }
        nodes.push(Node::Slice(slice(text)?));
        Ok(())
    }

    fn filter(&mut self) -> Result<Node, JsonPathError> {
        let start = self.rest;
        let (mut quote, mut closed) = (None, false);
        loop {
            let before = self.before;
            match self.next() {
                None | Some('\n') => return Err("unterminated filter".into()),
                Some(char @ ('"' | '\'')) => match quote {
                    None => quote = Some(char),
                    Some(open) if open == char && before != Some('\\') => closed = true,
                    Some(_) => {}
                },
                Some(')') if quote.is_some() == closed => break,
                Some(_) => {}
            }
        }
        let text = start.get(..start.len() - self.rest.len() - 1).unwrap_or_default();
        if !self.eat("]") {
            return Err("unclosed array expect ]".into());
        }
        match split_comparison(text) {
            None => Ok(Node::Filter {
                left: parse_action(text)?,
                operator: "exists".to_owned(),
                right: Vec::new(),
            }),
            Some((left, operator, right)) => Ok(Node::Filter {
                left: parse_action(left)?,
                operator: operator.to_owned(),
                right: parse_action(right)?,
            }),
        }
    }
}

/// Both sides of the first run of `!<>=`, none of them empty.
fn split_comparison(text: &str) -> Option<(&str, &str, &str)> {
    let is_operator = |char: char| matches!(char, '!' | '<' | '>' | '=');
    let start = text.find(is_operator).filter(|start| *start > 0)?;
    let (left, rest) = text.split_at_checked(start)?;
    // As a regular expression has it: what is left must not be empty, so the
    // last sign of an operator without a right side becomes that.
    let end = rest.find(|char| !is_operator(char)).unwrap_or(rest.len() - 1);
    if end == 0 {
        return None;
    }
    let (operator, right) = rest.split_at_checked(end)?;
    Some((left, operator, right))
}

fn slice(text: &str) -> Result<Slice, JsonPathError> {
    let text = if text == "*" { ":" } else { text };
    let invalid = || JsonPathError::from(format!("invalid array index {text}"));
    let parts: Vec<&str> = text.split(':').collect();
    let fits = |part: &&str| {
        let digits = part.strip_prefix('-').unwrap_or(part);
        digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    if parts.len() > 3 || !parts.iter().all(fits) {
        return Err(invalid());
    }
    let number = |index: usize| match parts.get(index).copied().unwrap_or_default() {
        "" => Ok(None),
        part => part
            .parse::<i64>()
            .map(Some)
            .map_err(|_| JsonPathError::from(format!("array index {part} is not a number"))),
    };
    let (start, mut end, step) = (number(0)?, number(1)?, number(2)?);
    let single = parts.len() == 1;
    if single {
        end = Some(start.unwrap_or(0) + 1);
    }
    Ok(Slice { start, end, step, single })
}

fn is_alphanumeric(char: char) -> bool {
    char == '_' || char.is_alphanumeric()
}

fn is_terminator(char: char) -> bool {
    matches!(char, ' ' | '\t' | '\r' | '\n' | '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}')
}
