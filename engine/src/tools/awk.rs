//! `awk` as command lines use it: patterns, `print`, `printf`, fields, sums,
//! `BEGIN` and `END`; no arrays, loops or functions of one's own.

use std::collections::BTreeMap;

use regex_lite::Regex;

use super::adapter::Call;
use super::filter::{Flow, LineFilter, Lines, lines};
use super::grep::compile;
use crate::shell::printf;

/// A value: awk's are texts and numbers at once.
type Value = String;

#[derive(Debug, Clone)]
enum Expression {
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
enum Statement {
    Print(Vec<Expression>),
    Printf(Vec<Expression>),
    Evaluate(Expression),
    If(Expression, Vec<Statement>, Vec<Statement>),
    Next,
    Exit,
}

#[derive(Debug, Clone)]
enum Pattern {
    Begin,
    End,
    Always,
    When(Expression),
}

#[derive(Debug, Clone)]
pub(super) struct Awk {
    rules: Vec<(Pattern, Vec<Statement>)>,
    variables: BTreeMap<String, Value>,
    fields: Vec<String>,
    begun: bool,
    ended: bool,
}

pub(super) fn prepare(call: &mut Call<'_, '_>) -> Result<(Lines<Awk>, Vec<String>), u8> {
    let mut arguments = call.parse("F:v:", &[])?;
    if arguments.operands.is_empty() {
        return Err(call.missing_operand());
    }
    let program = arguments.operands.remove(0);
    let mut reader = Reader { letters: program.chars().collect(), at: 0 };
    let rules = reader.rules().map_err(|message| {
        call.error(&format!("cmd. line:1: {message}"));
        1
    })?;
    let mut variables = BTreeMap::from([
        ("FS".to_string(), arguments.value('F').unwrap_or(" ").replace("\\t", "\t")),
        ("OFS".to_string(), " ".to_string()),
        ("ORS".to_string(), "\n".to_string()),
        ("NR".to_string(), "0".to_string()),
    ]);
    for assignment in arguments.values('v') {
        if let Some((name, value)) = assignment.split_once('=') {
            variables.insert(name.into(), value.into());
        }
    }
    let only_begins = rules.iter().all(|(pattern, _)| matches!(pattern, Pattern::Begin));
    let mut awk = Awk { rules, variables, fields: Vec::new(), begun: false, ended: false };
    if only_begins {
        let mut out = String::new();
        awk.begin_rules(&mut out);
        call.out(&out);
        return Err(0);
    }
    lines(awk, arguments)
}

fn number(text: &str) -> f64 {
    let text = text.trim();
    let end = text
        .char_indices()
        .find(|(at, letter)| {
            !(letter.is_ascii_digit()
                || *letter == '.'
                || (*at == 0 && matches!(letter, '-' | '+')))
        })
        .map_or(text.len(), |(at, _)| at);
    text.get(..end).and_then(|digits| digits.parse().ok()).unwrap_or_default()
}

/// As awk prints numbers: whole ones plainly, others with six digits.
fn show(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        return format!("{value:.0}");
    }
    let text = format!("{value:.6}");
    text.trim_end_matches('0').trim_end_matches('.').into()
}

fn is_numeric(text: &str) -> bool {
    !text.trim().is_empty() && text.trim().parse::<f64>().is_ok()
}

fn is_true(text: &str) -> bool {
    if is_numeric(text) { number(text) != 0.0 } else { !text.is_empty() }
}

/// Whether to go on with the record.
#[derive(PartialEq, Eq)]
enum Control {
    On,
    Next,
    Exit,
}

impl Awk {
    fn begin_rules(&mut self, out: &mut String) {
        self.begun = true;
        self.apply(out, |pattern| matches!(pattern, Pattern::Begin));
    }

    fn apply(&mut self, out: &mut String, fits: impl Fn(&Pattern) -> bool) -> Control {
        let rules = std::mem::take(&mut self.rules);
        let mut control = Control::On;
        for (pattern, statements) in &rules {
            let applies = match pattern {
                Pattern::When(expression) if fits(&Pattern::Always) => {
                    is_true(&self.value(expression))
                }
                pattern => fits(pattern),
            };
            if applies {
                control = self.run(statements, out);
                if control != Control::On {
                    break;
                }
            }
        }
        self.rules = rules;
        control
    }

    fn run(&mut self, statements: &[Statement], out: &mut String) -> Control {
        for statement in statements {
            match statement {
                Statement::Print(expressions) => {
                    let separator = self.variable("OFS");
                    let values: Vec<String> =
                        expressions.iter().map(|expression| self.value(expression)).collect();
                    let line =
                        if values.is_empty() { self.field(0) } else { values.join(&separator) };
                    out.push_str(&line);
                    out.push_str(&self.variable("ORS"));
                }
                Statement::Printf(expressions) => {
                    let values: Vec<String> =
                        expressions.iter().map(|expression| self.value(expression)).collect();
                    if let Some((format, rest)) = values.split_first() {
                        out.push_str(&printf(format, rest).0);
                    }
                }
                Statement::Evaluate(expression) => drop(self.value(expression)),
                Statement::If(condition, then, otherwise) => {
                    let branch = if is_true(&self.value(condition)) { then } else { otherwise };
                    let control = self.run(branch, out);
                    if control != Control::On {
                        return control;
                    }
                }
                Statement::Next => return Control::Next,
                Statement::Exit => return Control::Exit,
            }
        }
        Control::On
    }

    fn variable(&self, name: &str) -> String {
        match name {
            "NF" => self.fields.len().saturating_sub(1).to_string(),
            _ => self.variables.get(name).cloned().unwrap_or_default(),
        }
    }

    fn field(&self, at: usize) -> String {
        self.fields.get(at).cloned().unwrap_or_default()
    }

    fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.into(), value.into());
    }

    fn value(&mut self, expression: &Expression) -> Value {
        let truth = |value: bool| if value { "1".to_string() } else { "0".to_string() };
        match expression {
            Expression::Text(text) => text.clone(),
            Expression::Field(at) => {
                let at = number(&self.value(at));
                let place = (0..=self.fields.len()).find(|place| show(at) == place.to_string());
                place.map(|place| self.field(place)).unwrap_or_default()
            }
            Expression::Variable(name) => self.variable(name),
            Expression::Match(pattern) => truth(pattern.is_match(&self.field(0))),
            Expression::Fits(left, pattern, wanted) => {
                truth(pattern.is_match(&self.value(left)) == *wanted)
            }
            Expression::Unary('!', inner) => truth(!is_true(&self.value(inner))),
            Expression::Unary(_, inner) => show(-number(&self.value(inner))),
            Expression::Binary("&&", left, right) => {
                truth(is_true(&self.value(left)) && is_true(&self.value(right)))
            }
            Expression::Binary("||", left, right) => {
                truth(is_true(&self.value(left)) || is_true(&self.value(right)))
            }
            Expression::Binary(operator, left, right) => {
                let (left, right) = (self.value(left), self.value(right));
                binary(operator, &left, &right)
            }
            Expression::Assign(name, operator, inner) => {
                let right = self.value(inner);
                let value = match operator.strip_suffix('=').filter(|operator| !operator.is_empty())
                {
                    Some("+") => binary("+", &self.variable(name), &right),
                    Some("-") => binary("-", &self.variable(name), &right),
                    Some("*") => binary("*", &self.variable(name), &right),
                    _ => right,
                };
                self.set(name, &value);
                value
            }
            Expression::Step(name, by) => {
                let old = number(&self.variable(name));
                self.set(name, &show(old + f64::from(*by)));
                show(old)
            }
            Expression::Call(name, arguments) => {
                let values: Vec<String> =
                    arguments.iter().map(|argument| self.value(argument)).collect();
                self.call(name, &values)
            }
        }
    }

    fn call(&self, name: &str, values: &[String]) -> Value {
        let first = values.first().cloned().unwrap_or_else(|| self.field(0));
        match name {
            "length" => first.chars().count().to_string(),
            "toupper" => first.to_uppercase(),
            "tolower" => first.to_lowercase(),
            "int" => show(number(&first).trunc()),
            "substr" => {
                let letters: Vec<char> = first.chars().collect();
                let place = |at: usize, default: usize| {
                    values.get(at).map_or(default, |text| text.parse().unwrap_or_default())
                };
                let start = place(1, 1).max(1) - 1;
                letters.iter().skip(start).take(place(2, letters.len())).collect()
            }
            "index" => {
                let found = values.get(1).and_then(|needle| first.find(needle.as_str()));
                found.map_or(0, |at| at + 1).to_string()
            }
            "sprintf" => values
                .split_first()
                .map(|(format, rest)| printf(format, rest).0)
                .unwrap_or_default(),
            _ => String::new(),
        }
    }

    fn record(&mut self, line: &str) {
        let separator = self.variable("FS");
        let parts: Vec<String> = if separator == " " {
            line.split_whitespace().map(String::from).collect()
        } else if separator.chars().count() == 1 {
            line.split(separator.as_str()).map(String::from).collect()
        } else {
            match compile(&separator, true, false) {
                Ok(pattern) => pattern.split(line).map(String::from).collect(),
                Err(_) => vec![line.to_string()],
            }
        };
        self.fields = std::iter::once(line.to_string()).chain(parts).collect();
    }
}

fn binary(operator: &str, left: &str, right: &str) -> Value {
    let numeric = is_numeric(left) && is_numeric(right)
        || left.is_empty()
        || right.is_empty() && is_numeric(left);
    let (a, b) = (number(left), number(right));
    let compare = || if numeric { a.partial_cmp(&b) } else { Some(left.cmp(right)) };
    let truth = |value: bool| if value { "1".to_string() } else { "0".to_string() };
    match operator {
        "==" => truth(compare().is_some_and(std::cmp::Ordering::is_eq)),
        "!=" => truth(compare().is_none_or(std::cmp::Ordering::is_ne)),
        "<" => truth(compare().is_some_and(std::cmp::Ordering::is_lt)),
        "<=" => truth(compare().is_some_and(std::cmp::Ordering::is_le)),
        ">" => truth(compare().is_some_and(std::cmp::Ordering::is_gt)),
        ">=" => truth(compare().is_some_and(std::cmp::Ordering::is_ge)),
        "+" => show(a + b),
        "-" => show(a - b),
        "*" => show(a * b),
        "/" => show(a / b),
        "%" => show(a % b),
        _ => format!("{left}{right}"),
    }
}

impl LineFilter for Awk {
    fn begin(&mut self, _source: &str, _many: bool) {}

    fn line(&mut self, _source: &str, line: &str, out: &mut String) -> Flow {
        if !self.begun {
            self.begin_rules(out);
        }
        self.record(line);
        let count = show(number(&self.variable("NR")) + 1.0);
        self.set("NR", &count);
        match self.apply(out, |pattern| matches!(pattern, Pattern::Always)) {
            Control::Exit => {
                self.ended = true;
                Flow::Enough
            }
            _ => Flow::More,
        }
    }

    fn finish(&mut self, out: &mut String) -> u8 {
        if !self.begun {
            self.begin_rules(out);
        }
        if !self.ended {
            self.apply(out, |pattern| matches!(pattern, Pattern::End));
        }
        0
    }
}

struct Reader {
    letters: Vec<char>,
    at: usize,
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

    fn rules(&mut self) -> Parsed<Vec<(Pattern, Vec<Statement>)>> {
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
