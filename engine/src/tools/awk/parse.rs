//! Reads awk programs.

use regex_lite::Regex;

use crate::shell::printf;
use crate::tools::grep::compile;

#[derive(Debug, Clone)]
pub(super) enum Expression {
    Text(String),
    Field(Box<Expression>),
    Variable(String),
    Match(Regex),
    Fits(Box<Expression>, Regex, bool),
    Unary(char, Box<Expression>),
    Binary(&'static str, Box<Expression>, Box<Expression>),
    Assign(String, &'static str, Box<Expression>),
    Step(String, i8),
    Call(String, Vec<Expression>),
}

#[derive(Debug, Clone)]
pub(super) enum Statement {
    Print(Vec<Expression>),
    Printf(Vec<Expression>),
    Evaluate(Expression),
    If(Expression, Vec<Statement>, Vec<Statement>),
    Next,
    Exit,
}

#[derive(Debug, Clone)]
pub(super) enum Pattern {
    Begin,
    End,
    Always,
    When(Expression),
}

/// The parser's place in a program.
pub(super) struct Reader {
    pub(super) letters: Vec<char>,
    pub(super) at: usize,
}

type Parsed<T> = Result<T, String>;

const BINARY: &[&[&str]] =
    &[&["||"], &["&&"], &["==", "!=", "<=", ">=", "<", ">"], &[""], &["+", "-"], &["*", "/", "%"]];

impl Reader {
    fn skip(&mut self, skipped: &str) {
        while self.letters.get(self.at).is_some_and(|letter| skipped.contains(*letter)) {
            self.at += 1;
        }
    }

    fn looks_at(&mut self, text: &str) -> bool {
        self.skip(" \t");
        text.chars()
            .enumerate()
            .all(|(ahead, letter)| self.letters.get(self.at + ahead) == Some(&letter))
    }

    fn take(&mut self, text: &str) -> bool {
        let found = self.looks_at(text);
        if found {
            self.at += text.chars().count();
        }
        found
    }

    fn expect(&mut self, text: &str) -> Parsed<()> {
        if self.take(text) { Ok(()) } else { Err("syntax error".into()) }
    }

    fn word(&mut self) -> String {
        self.skip(" \t");
        let rest = self.letters.get(self.at..).unwrap_or_default();
        let word: String = rest
            .iter()
            .take_while(|letter| letter.is_ascii_alphanumeric() || **letter == '_')
            .collect();
        if word.starts_with(|letter: char| letter.is_ascii_digit()) { String::new() } else { word }
    }

    pub(super) fn rules(&mut self) -> Parsed<Vec<(Pattern, Vec<Statement>)>> {
        let mut rules = Vec::new();
        loop {
            self.skip(" \t\n;");
            if self.at >= self.letters.len() {
                return Ok(rules);
            }
            let pattern = if self.word() == "BEGIN" {
                self.at += 5;
                Pattern::Begin
            } else if self.word() == "END" {
                self.at += 3;
                Pattern::End
            } else if self.looks_at("{") {
                Pattern::Always
            } else {
                Pattern::When(self.expression()?)
            };
            let statements =
                if self.looks_at("{") { self.block()? } else { vec![Statement::Print(Vec::new())] };
            rules.push((pattern, statements));
        }
    }

    fn block(&mut self) -> Parsed<Vec<Statement>> {
        self.expect("{")?;
        let mut statements = Vec::new();
        loop {
            self.skip(" \t\n;");
            if self.take("}") {
                return Ok(statements);
            }
            if self.at >= self.letters.len() {
                return Err("unexpected end of program".into());
            }
            statements.push(self.statement()?);
        }
    }

    fn body(&mut self) -> Parsed<Vec<Statement>> {
        self.skip(" \t\n");
        if self.looks_at("{") { self.block() } else { Ok(vec![self.statement()?]) }
    }

    fn statement(&mut self) -> Parsed<Statement> {
        let word = self.word();
        if matches!(word.as_str(), "print" | "printf" | "if" | "next" | "exit") {
            self.at += word.len();
        }
        Ok(match word.as_str() {
            "print" => Statement::Print(self.list()?),
            "printf" => Statement::Printf(self.list()?),
            "next" => Statement::Next,
            "exit" => Statement::Exit,
            "if" => {
                self.expect("(")?;
                let condition = self.expression()?;
                self.expect(")")?;
                let then = self.body()?;
                self.skip(" \t\n;");
                let mut otherwise = Vec::new();
                if self.word() == "else" {
                    self.at += 4;
                    otherwise = self.body()?;
                }
                Statement::If(condition, then, otherwise)
            }
            "while" | "for" | "function" | "getline" | "delete" => {
                return Err(format!("{word} is not supported by this awk"));
            }
            _ => Statement::Evaluate(self.expression()?),
        })
    }

    fn list(&mut self) -> Parsed<Vec<Expression>> {
        let mut expressions = Vec::new();
        self.skip(" \t");
        if self.letters.get(self.at).is_none_or(|letter| ";}\n".contains(*letter)) {
            return Ok(expressions);
        }
        loop {
            expressions.push(self.expression()?);
            if !self.take(",") {
                return Ok(expressions);
            }
        }
    }

    fn expression(&mut self) -> Parsed<Expression> {
        let start = self.at;
        let name = self.word();
        if !name.is_empty() {
            self.at += name.len();
            for operator in ["+=", "-=", "*=", "="] {
                if self.looks_at(operator) && !self.looks_at("==") {
                    self.take(operator);
                    return Ok(Expression::Assign(name, operator, Box::new(self.expression()?)));
                }
            }
        }
        self.at = start;
        self.binary(0)
    }

    fn binary(&mut self, level: usize) -> Parsed<Expression> {
        let Some(operators) = BINARY.get(level) else { return self.matching() };
        let mut left = self.binary(level + 1)?;
        loop {
            let found = operators.iter().find(|operator| match **operator {
                "" => self.starts_operand(),
                operator => self.looks_at(operator),
            });
            let Some(operator) = found else { return Ok(left) };
            self.take(operator);
            let right = self.binary(level + 1)?;
            left = Expression::Binary(operator, Box::new(left), Box::new(right));
        }
    }

    /// Whether something follows that can be joined to what came before.
    fn starts_operand(&mut self) -> bool {
        self.skip(" \t");
        let letter = self.letters.get(self.at).copied().unwrap_or(' ');
        letter == '"' || letter == '$' || letter == '(' || letter.is_ascii_alphanumeric()
    }

    fn matching(&mut self) -> Parsed<Expression> {
        let left = self.unary()?;
        let wanted = if self.take("!~") {
            false
        } else if self.take("~") {
            true
        } else {
            return Ok(left);
        };
        self.skip(" \t");
        match self.unary()? {
            Expression::Match(pattern) => Ok(Expression::Fits(Box::new(left), pattern, wanted)),
            Expression::Text(text) => {
                Ok(Expression::Fits(Box::new(left), compile(&text, true, false)?, wanted))
            }
            _ => Err("syntax error".into()),
        }
    }

    fn unary(&mut self) -> Parsed<Expression> {
        if !self.looks_at("!~") && !self.looks_at("!=") && self.take("!") {
            return Ok(Expression::Unary('!', Box::new(self.unary()?)));
        }
        if self.take("-") {
            return Ok(Expression::Unary('-', Box::new(self.unary()?)));
        }
        if self.take("$") {
            return Ok(Expression::Field(Box::new(self.unary()?)));
        }
        if self.take("(") {
            let inner = self.expression()?;
            self.expect(")")?;
            return Ok(inner);
        }
        if self.take("/") {
            let text = self.quoted('/')?;
            return Ok(Expression::Match(compile(&text, true, false)?));
        }
        if self.take("\"") {
            let text = self.quoted('"')?;
            return Ok(Expression::Text(printf(&text.replace('%', "%%"), &[]).0));
        }
        let name = self.word();
        if name.is_empty() {
            let rest = self.letters.get(self.at..).unwrap_or_default();
            let digits: String = rest
                .iter()
                .take_while(|letter| letter.is_ascii_digit() || **letter == '.')
                .collect();
            self.at += digits.len();
            return if digits.is_empty() {
                Err("syntax error".into())
            } else {
                Ok(Expression::Text(digits))
            };
        }
        self.at += name.len();
        if self.letters.get(self.at) == Some(&'(') {
            self.at += 1;
            let arguments = if self.looks_at(")") { Vec::new() } else { self.list()? };
            self.expect(")")?;
            return Ok(Expression::Call(name, arguments));
        }
        if name == "length" {
            return Ok(Expression::Call(name, Vec::new()));
        }
        for (operator, by) in [("++", 1), ("--", -1)] {
            if self.take(operator) {
                return Ok(Expression::Step(name, by));
            }
        }
        Ok(Expression::Variable(name))
    }

    fn quoted(&mut self, end: char) -> Parsed<String> {
        let mut text = String::new();
        loop {
            let letter = self.letters.get(self.at).copied().ok_or("unterminated string")?;
            self.at += 1;
            match letter {
                letter if letter == end => return Ok(text),
                '\\' if end == '/' && self.letters.get(self.at) == Some(&'/') => {
                    self.at += 1;
                    text.push('/');
                }
                '\\' => {
                    text.push('\\');
                    text.extend(self.letters.get(self.at));
                    self.at += 1;
                }
                letter => text.push(letter),
            }
        }
    }
}
