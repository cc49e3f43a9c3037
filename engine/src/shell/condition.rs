//! `test`, `[` and `[[`: conditions on files, texts and numbers.

use super::pattern;
use crate::process::{Kernel, Kind};

/// What `[ … ]` answers: true, false, or what is wrong.
pub fn test(arguments: &[String], kernel: &Kernel<'_>) -> Result<bool, String> {
    let mut reader = Reader { arguments, at: 0, kernel };
    if arguments.is_empty() {
        return Ok(false);
    }
    let value = reader.either()?;
    match reader.peek() {
        None => Ok(value),
        Some(extra) if matches!(arguments.len(), 2) => Err(format!("{extra}: unexpected operator")),
        Some(extra) => Err(format!("{extra}: unexpected operator")),
    }
}

struct Reader<'a, 'k> {
    arguments: &'a [String],
    at: usize,
    kernel: &'a Kernel<'k>,
}

const BINARY: &[&str] =
    &["=", "==", "!=", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"];

impl<'a> Reader<'a, '_> {
    fn peek(&self) -> Option<&'a str> {
        self.arguments.get(self.at).map(String::as_str)
    }

    fn next(&mut self) -> Option<&'a str> {
        let argument = self.peek();
        self.at += 1;
        argument
    }

    fn take(&mut self, text: &str) -> bool {
        let found = self.peek() == Some(text);
        self.at += usize::from(found);
        found
    }

    fn either(&mut self) -> Result<bool, String> {
        let mut value = self.both()?;
        while self.take("-o") {
            let right = self.both()?;
            value = value || right;
        }
        Ok(value)
    }

    fn both(&mut self) -> Result<bool, String> {
        let mut value = self.negation()?;
        while self.take("-a") {
            let right = self.negation()?;
            value = value && right;
        }
        Ok(value)
    }

    fn negation(&mut self) -> Result<bool, String> {
        let is_operand =
            self.arguments.get(self.at + 1).is_some_and(|next| BINARY.contains(&next.as_str()));
        if self.peek() == Some("!") && !is_operand && self.arguments.len() > self.at + 1 {
            self.at += 1;
            return Ok(!self.negation()?);
        }
        self.primary()
    }

    fn primary(&mut self) -> Result<bool, String> {
        let first = self.next().ok_or("argument expected")?;
        if let Some(operator) = self.peek().filter(|next| BINARY.contains(next)) {
            let left = first;
            self.at += 1;
            let right = self.next().ok_or("argument expected")?;
            return compare(left, operator, right, self.kernel);
        }
        if first == "(" && self.arguments.len() > self.at {
            let value = self.either()?;
            return if self.take(")") { Ok(value) } else { Err("closing paren expected".into()) };
        }
        let is_unary = first.len() == 2 && first.starts_with('-') && self.peek().is_some();
        if !is_unary {
            return Ok(!first.is_empty());
        }
        match unary(first, self.peek().unwrap_or_default(), self.kernel) {
            Some(value) => {
                self.at += 1;
                Ok(value)
            }
            None => Err(format!("{first}: unknown operand")),
        }
    }
}

/// A test of one operand, as `-f path`; none for an unknown operator.
pub(super) fn unary(operator: &str, operand: &str, kernel: &Kernel<'_>) -> Option<bool> {
    let path = kernel.absolute(operand);
    let entry = || kernel.files.entry(&path).ok();
    Some(match operator {
        "-n" => !operand.is_empty(),
        "-z" => operand.is_empty(),
        "-e" | "-a" | "-r" => entry().is_some(),
        "-f" => entry().is_some_and(|entry| matches!(entry.kind, Kind::File(_) | Kind::Program(_))),
        "-d" => entry().is_some_and(|entry| entry.is_directory()),
        "-s" => entry().is_some_and(|entry| entry.size() > 0),
        "-x" => entry().is_some_and(|entry| entry.mode & 0o111 != 0),
        "-w" => entry().is_some_and(|entry| {
            kernel.uid() == 0 || entry.mode & 0o002 != 0 || entry.owner == kernel.uid()
        }),
        "-L" | "-h" => {
            kernel.files.entry_itself(&path).is_ok_and(|entry| matches!(entry.kind, Kind::Link(_)))
        }
        "-c" => entry().is_some_and(|entry| matches!(entry.kind, Kind::Device(_))),
        "-O" => entry().is_some_and(|entry| entry.owner == kernel.uid()),
        "-b" | "-p" | "-S" | "-t" | "-u" | "-g" | "-k" => false,
        _ => return None,
    })
}

/// A test of two operands.
pub(super) fn compare(
    left: &str,
    operator: &str,
    right: &str,
    kernel: &Kernel<'_>,
) -> Result<bool, String> {
    let modified =
        |path: &str| kernel.files.entry(&kernel.absolute(path)).ok().map(|entry| entry.modified);
    match operator {
        "=" | "==" => return Ok(left == right),
        "!=" => return Ok(left != right),
        "<" => return Ok(left < right),
        ">" => return Ok(left > right),
        "-nt" => return Ok(modified(left) > modified(right)),
        "-ot" => return Ok(modified(left) < modified(right)),
        "-ef" => {
            let same = |path: &str| kernel.files.resolve(&kernel.absolute(path), true).ok();
            return Ok(same(left).is_some() && same(left) == same(right));
        }
        _ => {}
    }
    let number = |text: &str| {
        text.trim().parse::<i64>().map_err(|_| format!("{text}: integer expression expected"))
    };
    let (left, right) = (number(left)?, number(right)?);
    Ok(match operator {
        "-eq" => left == right,
        "-ne" => left != right,
        "-lt" => left < right,
        "-le" => left <= right,
        "-gt" => left > right,
        _ => left >= right,
    })
}

/// One word of a `[[ … ]]`, expanded: its text and itself as a pattern.
#[derive(Debug, Clone)]
pub(super) struct Operand {
    pub(super) text: String,
    pub(super) pattern: String,
}

/// What `[[ … ]]` answers, with the matches of `=~` for `BASH_REMATCH`.
pub(super) fn extended(
    words: &[Operand],
    kernel: &Kernel<'_>,
) -> Result<(bool, Option<Vec<String>>), String> {
    let mut reader = Extended { words, at: 0, kernel, matches: None };
    let value = reader.either()?;
    match reader.peek() {
        None => Ok((value, reader.matches)),
        Some(extra) => {
            Err(format!("syntax error in conditional expression: unexpected token `{extra}'"))
        }
    }
}

struct Extended<'a, 'k> {
    words: &'a [Operand],
    at: usize,
    kernel: &'a Kernel<'k>,
    matches: Option<Vec<String>>,
}

impl<'a> Extended<'a, '_> {
    fn peek(&self) -> Option<&'a str> {
        self.words.get(self.at).map(|word| word.text.as_str())
    }

    fn take(&mut self, text: &str) -> bool {
        let found = self.peek() == Some(text);
        self.at += usize::from(found);
        found
    }

    fn either(&mut self) -> Result<bool, String> {
        let mut value = self.both()?;
        while self.take("||") {
            let right = self.both()?;
            value = value || right;
        }
        Ok(value)
    }

    fn both(&mut self) -> Result<bool, String> {
        let mut value = self.primary()?;
        while self.take("&&") {
            let right = self.primary()?;
            value = value && right;
        }
        Ok(value)
    }

    fn primary(&mut self) -> Result<bool, String> {
        if self.take("!") {
            return Ok(!self.primary()?);
        }
        if self.take("(") {
            let value = self.either()?;
            return if self.take(")") { Ok(value) } else { Err("expected `)'".into()) };
        }
        let first =
            self.words.get(self.at).ok_or("unexpected argument to conditional unary operator")?;
        let second = self.words.get(self.at + 1).map(|word| word.text.as_str());
        if let Some(operator) =
            second.filter(|operator| BINARY.contains(operator) || *operator == "=~")
        {
            let right = self
                .words
                .get(self.at + 2)
                .ok_or("unexpected argument to conditional binary operator")?;
            self.at += 3;
            return self.binary(first, operator, right);
        }
        if first.text.len() == 2
            && first.text.starts_with('-')
            && let Some(operand) = second
            && let Some(value) = unary(&first.text, operand, self.kernel)
        {
            self.at += 2;
            return Ok(value);
        }
        self.at += 1;
        Ok(!first.text.is_empty())
    }

    fn binary(&mut self, left: &Operand, operator: &str, right: &Operand) -> Result<bool, String> {
        match operator {
            "=" | "==" => Ok(pattern::matches(&right.pattern, &left.text)),
            "!=" => Ok(!pattern::matches(&right.pattern, &left.text)),
            "=~" => {
                let Ok(regex) = regex_lite::Regex::new(&right.text) else { return Ok(false) };
                let found = regex.captures(&left.text).map(|captures| {
                    captures
                        .iter()
                        .map(|group| group.map_or(String::new(), |group| group.as_str().into()))
                        .collect()
                });
                let fits = found.is_some();
                self.matches = Some(found.unwrap_or_default());
                Ok(fits)
            }
            _ => compare(&left.text, operator, &right.text, self.kernel),
        }
    }
}
