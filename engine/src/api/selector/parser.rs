//! From a label query to requirements.
//!
//! Source: apimachinery `pkg/labels/selector.go`, `Parser`.

use std::collections::BTreeSet;

use super::lexer::{Token, tokens};
use super::{Operator, Requirement};
use crate::api::names;
use crate::value::{Str, Value};

const BINARY_OPERATORS: &str = "in, notin, =, ==, !=, gt, lt";

pub(super) fn parse(query: &str) -> Result<Vec<Requirement>, String> {
    let mut parser = Parser { tokens: tokens(query), position: 0 };
    let mut requirements = Vec::new();
    loop {
        match parser.peek_value() {
            (Token::Identifier | Token::DoesNotExist, _) => {
                let requirement = parser
                    .requirement()
                    .map_err(|error| format!("unable to parse requirement: {error}"))?;
                requirements.push(requirement);
                match parser.next_value() {
                    (Token::EndOfString, _) => return Ok(requirements),
                    (Token::Comma, _) => {
                        let (token, text) = parser.peek_value();
                        if !matches!(token, Token::Identifier | Token::DoesNotExist) {
                            return Err(format!("found '{text}', expected: identifier after ','"));
                        }
                    }
                    (_, text) => {
                        return Err(format!("found '{text}', expected: ',' or 'end of string'"));
                    }
                }
            }
            (Token::EndOfString, _) => return Ok(requirements),
            (_, text) => {
                return Err(format!("found '{text}', expected: !, identifier, or 'end of string'"));
            }
        }
    }
}

struct Parser {
    tokens: Vec<(Token, String)>,
    position: usize,
}

impl Parser {
    fn peek(&self) -> (Token, String) {
        self.tokens.get(self.position).cloned().unwrap_or((Token::EndOfString, String::new()))
    }

    fn next(&mut self) -> (Token, String) {
        let token = self.peek();
        self.position += 1;
        token
    }

    /// Where a key or value may stand, `in` and `notin` are plain words.
    fn peek_value(&self) -> (Token, String) {
        match self.peek() {
            (Token::In | Token::NotIn, text) => (Token::Identifier, text),
            other => other,
        }
    }

    fn next_value(&mut self) -> (Token, String) {
        let token = self.peek_value();
        self.position += 1;
        token
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let mut negated = false;
        let (mut token, mut key) = self.next_value();
        if token == Token::DoesNotExist {
            negated = true;
            (token, key) = self.next_value();
        }
        if token != Token::Identifier {
            return Err(format!("found '{key}', expected: identifier"));
        }
        let complaints = names::qualified_name(&key);
        if !complaints.is_empty() {
            let shown = Value::str(&key).to_json();
            return Err(format!("<nil>: Invalid value: {shown}: {}", complaints.join("; ")));
        }
        let key: Str = key.into();
        let ends = matches!(self.peek_value().0, Token::EndOfString | Token::Comma);
        if negated || ends {
            let operator = if negated { Operator::DoesNotExist } else { Operator::Exists };
            return Ok(Requirement { key, operator, values: Vec::new() });
        }
        let operator = self.operator()?;
        let values = match operator {
            Operator::In | Operator::NotIn => self.values()?,
            _ => self.exact_value()?,
        };
        check_values(&key, operator, &values)?;
        let values = values.into_iter().map(Str::from).collect();
        Ok(Requirement { key, operator, values })
    }

    fn operator(&mut self) -> Result<Operator, String> {
        let (token, text) = self.next();
        Ok(match token {
            Token::In => Operator::In,
            Token::NotIn => Operator::NotIn,
            Token::Equals => Operator::Equals,
            Token::DoubleEquals => Operator::DoubleEquals,
            Token::NotEquals => Operator::NotEquals,
            Token::GreaterThan => Operator::GreaterThan,
            Token::LessThan => Operator::LessThan,
            _ => return Err(format!("found '{text}', expected: {BINARY_OPERATORS}")),
        })
    }

    fn values(&mut self) -> Result<BTreeSet<String>, String> {
        let (token, text) = self.next_value();
        if token != Token::OpenPar {
            return Err(format!("found '{text}' expected: '('"));
        }
        match self.peek_value() {
            (Token::Identifier | Token::Comma, _) => {
                let values = self.value_list()?;
                match self.next_value() {
                    (Token::ClosedPar, _) => Ok(values),
                    (_, text) => Err(format!("found '{text}', expected: ')'")),
                }
            }
            (Token::ClosedPar, _) => {
                self.next_value();
                Ok(BTreeSet::new())
            }
            (_, text) => Err(format!("found '{text}', expected: ',', ')' or identifier")),
        }
    }

    fn value_list(&mut self) -> Result<BTreeSet<String>, String> {
        let mut values = BTreeSet::new();
        loop {
            match self.next_value() {
                (Token::Identifier, text) => {
                    values.insert(text);
                    match self.peek_value() {
                        (Token::Comma, _) => {}
                        (Token::ClosedPar, _) => return Ok(values),
                        (_, text) => return Err(format!("found '{text}', expected: ',' or ')'")),
                    }
                }
                (Token::Comma, _) => {
                    if values.is_empty() {
                        values.insert(String::new());
                    }
                    match self.peek_value() {
                        (Token::ClosedPar, _) => {
                            values.insert(String::new());
                            return Ok(values);
                        }
                        (Token::Comma, _) => {
                            self.next_value();
                            values.insert(String::new());
                        }
                        _ => {}
                    }
                }
                (_, text) => return Err(format!("found '{text}', expected: ',', or identifier")),
            }
        }
    }

    fn exact_value(&mut self) -> Result<BTreeSet<String>, String> {
        if matches!(self.peek_value().0, Token::EndOfString | Token::Comma) {
            return Ok(BTreeSet::from([String::new()]));
        }
        match self.next_value() {
            (Token::Identifier, text) => Ok(BTreeSet::from([text])),
            (_, text) => Err(format!("found '{text}', expected: identifier")),
        }
    }
}

fn check_values(key: &str, operator: Operator, values: &BTreeSet<String>) -> Result<(), String> {
    let mut problems = Vec::new();
    match operator {
        Operator::In | Operator::NotIn if values.is_empty() => problems.push(
            "values: Invalid value: []string{}: for 'in', 'notin' operators, values set can't be \
             empty"
                .to_owned(),
        ),
        Operator::GreaterThan | Operator::LessThan => {
            for (index, value) in values.iter().enumerate() {
                if value.parse::<i64>().is_err() {
                    let shown = Value::str(value).to_json();
                    problems.push(format!(
                        "values[{index}]: Invalid value: {shown}: for 'Gt', 'Lt' operators, the \
                         value must be an integer"
                    ));
                }
            }
        }
        _ => {}
    }
    for (index, value) in values.iter().enumerate() {
        let complaints = names::label_value(value);
        if !complaints.is_empty() {
            let (shown, text) = (Value::str(value).to_json(), complaints.join("; "));
            problems.push(format!("values[{index}][{key}]: Invalid value: {shown}: {text}"));
        }
    }
    match problems.as_slice() {
        [] => Ok(()),
        [problem] => Err(problem.clone()),
        several => Err(format!("[{}]", several.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(query: &str, expected: &str) {
        assert_eq!(parse(query).expect_err(query), expected);
    }

    #[test]
    fn says_what_is_wrong_in_upstreams_words() {
        check("a=b,", "found '', expected: identifier after ','");
        check("a=b c", "found 'c', expected: ',' or 'end of string'");
        check(",", "found ',', expected: !, identifier, or 'end of string'");
        check("!", "unable to parse requirement: found '', expected: identifier");
        check("a in b", "unable to parse requirement: found 'b' expected: '('");
        check("a in (b", "unable to parse requirement: found '', expected: ',' or ')'");
        check(
            "a b",
            "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
        );
        check("a==!b", "unable to parse requirement: found '!', expected: identifier");
        check(
            "a in ()",
            "unable to parse requirement: values: Invalid value: []string{}: for 'in', 'notin' \
             operators, values set can't be empty",
        );
        check(
            "a=-",
            "unable to parse requirement: values[0][a]: Invalid value: \"-\": a valid label must \
             be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must \
             start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or \
             '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
        );
    }
}
