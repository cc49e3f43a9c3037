//! `awk` as command lines use it: patterns, `print`, `printf`, fields, sums,
//! `BEGIN` and `END`; no arrays, loops or functions of one's own.

use std::collections::BTreeMap;

mod parse;

use self::parse::{Expression, Pattern, Reader, Statement};
use super::adapter::Call;
use super::filter::{Flow, LineFilter, Lines, lines};
use super::grep::compile;
use crate::shell::printf;

/// A value: awk's are texts and numbers at once.
type Value = String;

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
