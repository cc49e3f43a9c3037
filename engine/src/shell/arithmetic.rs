//! `$((…))`: whole numbers, C's operators, variables by name.

/// The variables that an expression reads and sets.
pub(super) trait Variables {
    fn get(&self, name: &str) -> String;
    fn set(&mut self, name: &str, value: i64);
}

/// The value of `text`, or what is wrong with it.
pub(super) fn evaluate(text: &str, variables: &mut dyn Variables) -> Result<i64, String> {
    let mut reader = Reader { letters: text.chars().collect(), at: 0, variables, depth: 0 };
    if reader.peek().is_none() {
        return Ok(0);
    }
    let value = reader.comma()?;
    match reader.peek() {
        None => Ok(value),
        Some(_) => Err("arithmetic syntax error".into()),
    }
}

struct Reader<'a> {
    letters: Vec<char>,
    at: usize,
    variables: &'a mut dyn Variables,
    depth: u32,
}

/// Binary operators by how tightly they bind, loosest first.
const LEVELS: &[&[&str]] = &[
    &["||"],
    &["&&"],
    &["|"],
    &["^"],
    &["&"],
    &["==", "!="],
    &["<=", ">=", "<", ">"],
    &["<<", ">>"],
    &["+", "-"],
    &["*", "/", "%"],
];

/// Every operator, longest first, so that `<` is not taken for part of `<<`.
const OPERATORS: &[&str] = &[
    "<<=", ">>=", "&&", "||", "==", "!=", "<=", ">=", "<<", ">>", "**", "++", "--", "+=", "-=",
    "*=", "/=", "%=", "&=", "|=", "^=", "+", "-", "*", "/", "%", "<", ">", "=", "&", "|", "^", "!",
    "~", "?", ":", ",", "(", ")",
];

impl Reader<'_> {
    fn peek(&mut self) -> Option<char> {
        while self.letters.get(self.at).is_some_and(|letter| letter.is_whitespace()) {
            self.at += 1;
        }
        self.letters.get(self.at).copied()
    }

    fn operator(&mut self) -> Option<&'static str> {
        self.peek()?;
        let rest = self.letters.get(self.at..)?;
        OPERATORS.iter().copied().find(|operator| {
            operator.chars().enumerate().all(|(ahead, letter)| rest.get(ahead) == Some(&letter))
        })
    }

    fn take(&mut self, operator: &str) -> bool {
        let found = self.operator() == Some(operator);
        if found {
            self.at += operator.len();
        }
        found
    }

    fn comma(&mut self) -> Result<i64, String> {
        let mut value = self.assignment()?;
        while self.take(",") {
            value = self.assignment()?;
        }
        Ok(value)
    }

    fn assignment(&mut self) -> Result<i64, String> {
        let start = self.at;
        if let Some(name) = self.name()
            && let Some(operator) = self.operator()
            && operator.ends_with('=')
            && !matches!(operator, "==" | "!=" | "<=" | ">=")
        {
            self.at += operator.len();
            let right = self.assignment()?;
            let value = match operator.strip_suffix('=') {
                Some("") | None => right,
                Some(operator) => apply(operator, self.variable(&name)?, right)?,
            };
            self.variables.set(&name, value);
            return Ok(value);
        }
        self.at = start;
        self.ternary()
    }

    fn ternary(&mut self) -> Result<i64, String> {
        let condition = self.binary(0)?;
        if !self.take("?") {
            return Ok(condition);
        }
        let then = self.assignment()?;
        if !self.take(":") {
            return Err("arithmetic syntax error".into());
        }
        let otherwise = self.assignment()?;
        Ok(if condition != 0 { then } else { otherwise })
    }

    fn binary(&mut self, level: usize) -> Result<i64, String> {
        let Some(operators) = LEVELS.get(level) else { return self.power() };
        let mut left = self.binary(level + 1)?;
        while let Some(operator) = self.operator().filter(|operator| operators.contains(operator)) {
            self.at += operator.len();
            let right = self.binary(level + 1)?;
            left = apply(operator, left, right)?;
        }
        Ok(left)
    }

    fn power(&mut self) -> Result<i64, String> {
        let base = self.unary()?;
        if !self.take("**") {
            return Ok(base);
        }
        let exponent =
            u32::try_from(self.power()?).map_err(|_| "exponent less than 0".to_string())?;
        Ok(base.wrapping_pow(exponent))
    }

    fn unary(&mut self) -> Result<i64, String> {
        self.depth += 1;
        if self.depth > 200 {
            return Err("expression recursion level exceeded".into());
        }
        let value = match self.operator() {
            Some(operator @ ("++" | "--")) => {
                self.at += 2;
                let name = self.name().ok_or("arithmetic syntax error")?;
                let value = self.variable(&name)? + if operator == "++" { 1 } else { -1 };
                self.variables.set(&name, value);
                value
            }
            Some(operator @ ("-" | "+" | "!" | "~")) => {
                self.at += 1;
                let value = self.unary()?;
                match operator {
                    "-" => value.wrapping_neg(),
                    "!" => i64::from(value == 0),
                    "~" => !value,
                    _ => value,
                }
            }
            _ => self.primary()?,
        };
        self.depth -= 1;
        Ok(value)
    }

    fn primary(&mut self) -> Result<i64, String> {
        if self.take("(") {
            let value = self.comma()?;
            return if self.take(")") { Ok(value) } else { Err("missing `)'".into()) };
        }
        if let Some(name) = self.name() {
            let value = self.variable(&name)?;
            for (operator, change) in [("++", 1), ("--", -1)] {
                if self.take(operator) {
                    self.variables.set(&name, value.wrapping_add(change));
                }
            }
            return Ok(value);
        }
        let digits: String = self
            .letters
            .get(self.at..)
            .unwrap_or_default()
            .iter()
            .take_while(|letter| letter.is_ascii_alphanumeric() || **letter == '#')
            .collect();
        self.at += digits.len();
        number(&digits).ok_or_else(|| "arithmetic syntax error".into())
    }

    fn name(&mut self) -> Option<String> {
        self.peek().filter(|letter| letter.is_ascii_alphabetic() || *letter == '_')?;
        let name: String = self
            .letters
            .get(self.at..)?
            .iter()
            .take_while(|letter| letter.is_ascii_alphanumeric() || **letter == '_')
            .collect();
        self.at += name.len();
        Some(name)
    }

    /// A variable's value; its text may be an expression in turn.
    fn variable(&mut self, name: &str) -> Result<i64, String> {
        let text = self.variables.get(name);
        match number(text.trim()) {
            Some(value) => Ok(value),
            None if text.trim().is_empty() => Ok(0),
            None if self.depth > 100 => Err("expression recursion level exceeded".into()),
            None => {
                let mut inner = Reader {
                    letters: text.chars().collect(),
                    at: 0,
                    variables: self.variables,
                    depth: self.depth + 20,
                };
                let value = inner.comma()?;
                if inner.peek().is_some() { Err(format!("bad number '{text}'")) } else { Ok(value) }
            }
        }
    }
}

fn number(text: &str) -> Option<i64> {
    let lower = text.to_ascii_lowercase();
    if let Some(hex) = lower.strip_prefix("0x") {
        return i64::from_str_radix(hex, 16).ok();
    }
    if let Some((base, digits)) = lower.split_once('#') {
        let base = base.parse().ok().filter(|base| (2..=36).contains(base))?;
        return i64::from_str_radix(digits, base).ok();
    }
    if lower.len() > 1 && lower.starts_with('0') {
        return i64::from_str_radix(&lower, 8).ok();
    }
    lower.parse().ok()
}

fn apply(operator: &str, left: i64, right: i64) -> Result<i64, String> {
    if right == 0 && matches!(operator, "/" | "%") {
        return Err("division by zero".into());
    }
    let shift = u32::try_from(right & 63).unwrap_or_default();
    Ok(match operator {
        "||" => i64::from(left != 0 || right != 0),
        "&&" => i64::from(left != 0 && right != 0),
        "|" => left | right,
        "^" => left ^ right,
        "&" => left & right,
        "==" => i64::from(left == right),
        "!=" => i64::from(left != right),
        "<=" => i64::from(left <= right),
        ">=" => i64::from(left >= right),
        "<" => i64::from(left < right),
        ">" => i64::from(left > right),
        "<<" => left.wrapping_shl(shift),
        ">>" => left.wrapping_shr(shift),
        "+" => left.wrapping_add(right),
        "-" => left.wrapping_sub(right),
        "*" => left.wrapping_mul(right),
        "/" => left.wrapping_div(right),
        "%" => left.wrapping_rem(right),
        _ => return Err("arithmetic syntax error".into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    impl Variables for BTreeMap<String, String> {
        fn get(&self, name: &str) -> String {
            self.get(name).cloned().unwrap_or_default()
        }
        fn set(&mut self, name: &str, value: i64) {
            self.insert(name.into(), value.to_string());
        }
    }

    #[test]
    fn expressions_have_the_values_that_c_gives_them() {
        let mut variables = BTreeMap::from([("i".to_string(), "5".to_string())]);
        for (text, expected) in [
            ("1 + 2 * 3", Ok(7)),
            ("(1+2)*3", Ok(9)),
            ("i++ + i", Ok(11)),
            ("i", Ok(6)),
            ("i -= 2, i * i", Ok(16)),
            ("i > 3 ? 10 : 20", Ok(10)),
            ("1 << 4 | 1", Ok(17)),
            ("0x10 + 010", Ok(24)),
            ("-3 % 2", Ok(-1)),
            ("!0 && 2 == 2", Ok(1)),
            ("2 ** 10", Ok(1024)),
            ("", Ok(0)),
            ("1 / 0", Err("division by zero".to_string())),
            ("unset + 1", Ok(1)),
        ] {
            assert_eq!(evaluate(text, &mut variables), expected, "{text}");
        }
    }
}
