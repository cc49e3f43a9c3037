//! `sort`.

use std::cmp::Ordering;

use super::adapter::Call;
use super::filter::{Flow, LineFilter, Lines, lines};

#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "they are command line flags")]
pub(super) struct Sort {
    numeric: bool,
    human: bool,
    version: bool,
    reverse: bool,
    unique: bool,
    fold: bool,
    delimiter: Option<char>,
    /// First and last field that count, and letters of its own.
    keys: Vec<(usize, usize, String)>,
    lines: Vec<String>,
}

pub(super) fn prepare(call: &mut Call<'_, '_>) -> Result<(Lines<Sort>, Vec<String>), u8> {
    let long = [
        ("reverse", 'r'),
        ("numeric-sort", 'n'),
        ("unique", 'u'),
        ("key", 'k'),
        ("field-separator", 't'),
        ("version-sort", 'V'),
    ];
    let arguments = call.parse("nrufbhVk:t:s", &long)?;
    let keys = arguments.values('k').map(key).collect();
    let filter = Sort {
        numeric: arguments.has('n'),
        human: arguments.has('h'),
        version: arguments.has('V'),
        reverse: arguments.has('r'),
        unique: arguments.has('u'),
        fold: arguments.has('f'),
        delimiter: arguments.value('t').and_then(|text| text.chars().next()),
        keys,
        lines: Vec::new(),
    };
    lines(filter, arguments)
}

/// Reads `2`, `2,3`, `2nr` or `2.1,3n`.
fn key(text: &str) -> (usize, usize, String) {
    let (first, last) = text.split_once(',').unwrap_or((text, ""));
    let number = |part: &str| {
        part.chars().take_while(char::is_ascii_digit).collect::<String>().parse::<usize>()
    };
    let letters = text.chars().filter(char::is_ascii_alphabetic).collect();
    (number(first).unwrap_or(1).max(1), number(last).unwrap_or(usize::MAX), letters)
}

impl Sort {
    fn field(&self, line: &str, first: usize, last: usize) -> String {
        let fields: Vec<&str> = match self.delimiter {
            Some(delimiter) => line.split(delimiter).collect(),
            None => line.split_whitespace().collect(),
        };
        let end = last.min(fields.len());
        fields.get(first - 1..end).unwrap_or_default().join(" ")
    }

    fn compare(&self, left: &str, right: &str) -> Ordering {
        for (first, last, letters) in &self.keys {
            let numeric = self.numeric || letters.contains('n');
            let (left, right) = (self.field(left, *first, *last), self.field(right, *first, *last));
            let order = self.compare_texts(&left, &right, numeric);
            if order != Ordering::Equal {
                return if letters.contains('r') && !self.reverse {
                    order.reverse()
                } else {
                    order
                };
            }
        }
        if self.keys.is_empty() {
            let order = self.compare_texts(left, right, self.numeric);
            if order != Ordering::Equal {
                return order;
            }
        }
        left.cmp(right)
    }

    fn compare_texts(&self, left: &str, right: &str, numeric: bool) -> Ordering {
        if self.human {
            return amount(left).cmp(&amount(right));
        }
        if self.version {
            return version(left).cmp(&version(right));
        }
        if numeric {
            return number(left).cmp(&number(right));
        }
        if self.fold {
            return left.to_lowercase().cmp(&right.to_lowercase());
        }
        left.cmp(right)
    }
}

/// The number at the start, in billionths, so that no float decides.
fn number(text: &str) -> i128 {
    let text = text.trim_start();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let whole: String = digits.chars().take_while(char::is_ascii_digit).collect();
    let fraction: String = digits
        .get(whole.len()..)
        .and_then(|rest| rest.strip_prefix('.'))
        .unwrap_or_default()
        .chars()
        .take_while(char::is_ascii_digit)
        .take(9)
        .collect();
    let value = whole.parse::<i128>().unwrap_or_default() * 1_000_000_000
        + format!("{fraction:0<9}").parse::<i128>().unwrap_or_default();
    if negative { -value } else { value }
}

/// A size as `1.5K` or `20M`.
fn amount(text: &str) -> i128 {
    let unit = text.trim().chars().find(char::is_ascii_alphabetic).unwrap_or(' ');
    let power = " KMGTP".find(unit.to_ascii_uppercase()).unwrap_or_default();
    number(text) * (1_i128 << (10 * power))
}

/// A version's parts: digits compare as numbers.
fn version(text: &str) -> Vec<(u64, String)> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let letters = rest.find(|letter: char| letter.is_ascii_digit()).unwrap_or(rest.len());
        let (head, tail) = rest.split_at(letters);
        let digits = tail.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(tail.len());
        let (number, after) = tail.split_at(digits);
        parts.push((number.parse().unwrap_or_default(), head.to_string()));
        rest = after;
    }
    parts
}

impl LineFilter for Sort {
    fn line(&mut self, _source: &str, line: &str, _out: &mut String) -> Flow {
        self.lines.push(line.into());
        Flow::More
    }

    fn finish(&mut self, out: &mut String) -> u8 {
        let mut sorted = std::mem::take(&mut self.lines);
        sorted.sort_by(|left, right| self.compare(left, right));
        if self.reverse {
            sorted.reverse();
        }
        if self.unique {
            sorted.dedup();
        }
        for line in sorted {
            out.push_str(&line);
            out.push('\n');
        }
        0
    }
}
