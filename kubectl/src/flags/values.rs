//! The values of flags, read as their kinds.

use std::collections::BTreeMap;

use podyard_engine::sim::Delay;

use super::{Flag, Takes};

/// The values of a command's flags.
#[derive(Debug, Clone, Default)]
pub struct Values {
    given: BTreeMap<&'static str, Vec<String>>,
    defaults: BTreeMap<&'static str, &'static str>,
}

impl Values {
    pub(super) fn add(&mut self, flag: &Flag, value: &str) {
        let values = self.given.entry(flag.name).or_default();
        match flag.takes {
            Takes::List => values.extend(split_csv(value)),
            Takes::Array => values.push(value.to_owned()),
            _ => *values = vec![value.to_owned()],
        }
    }

    pub(super) fn fill_in(&mut self, groups: &[&[Flag]]) {
        for flag in groups.iter().flat_map(|group| group.iter()) {
            self.defaults.entry(flag.name).or_insert(flag.default);
        }
    }

    /// Whether the flag was given.
    pub fn changed(&self, name: &str) -> bool {
        self.given.contains_key(name)
    }

    /// The text of a flag, or its default.
    pub fn text(&self, name: &str) -> &str {
        match self.given.get(name).and_then(|values| values.last()) {
            Some(value) => value,
            None => self.defaults.get(name).copied().unwrap_or_default(),
        }
    }

    /// Whether a switch is on.
    pub fn is(&self, name: &str) -> bool {
        parse_bool(self.text(name)).unwrap_or_default()
    }

    /// The whole number of a flag.
    pub fn int(&self, name: &str) -> i64 {
        self.text(name).parse().unwrap_or_default()
    }

    /// The length of time of a flag.
    pub fn duration(&self, name: &str) -> Delay {
        parse_duration(self.text(name)).unwrap_or_default()
    }

    /// The texts of a flag that may be repeated.
    pub fn list(&self, name: &str) -> &[String] {
        self.given.get(name).map(Vec::as_slice).unwrap_or_default()
    }
}

fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// Go's words for a value that its flag cannot take.
pub(super) fn check_value(takes: Takes, value: &str) -> Result<(), String> {
    match takes {
        Takes::Switch if parse_bool(value).is_none() => {
            Err(format!("strconv.ParseBool: parsing {value:?}: invalid syntax"))
        }
        Takes::Int => match value.parse::<i64>() {
            Ok(_) => Ok(()),
            Err(error) => {
                use std::num::IntErrorKind::{NegOverflow, PosOverflow};
                let range = matches!(error.kind(), NegOverflow | PosOverflow);
                let problem = if range { "value out of range" } else { "invalid syntax" };
                Err(format!("strconv.ParseInt: parsing {value:?}: {problem}"))
            }
        },
        Takes::Duration => parse_duration(value).map(|_| ()),
        _ => Ok(()),
    }
}

/// Reads a length of time as Go's `time.ParseDuration` does.
pub fn parse_duration(text: &str) -> Result<Delay, String> {
    let invalid = || format!("time: invalid duration {text:?}");
    let (negative, mut rest) = match text.as_bytes().first() {
        Some(b'-') => (true, text.get(1..).unwrap_or_default()),
        Some(b'+') => (false, text.get(1..).unwrap_or_default()),
        _ => (false, text),
    };
    if rest == "0" {
        return Ok(Delay::ZERO);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        let number: f64 = number.parse().map_err(|_| invalid())?;
        let letters = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        let micros = match unit {
            "" => return Err(format!("time: missing unit in duration {text:?}")),
            "ns" => 0.001,
            "us" | "µs" => 1.0,
            "ms" => 1_000.0,
            "s" => 1_000_000.0,
            "m" => 60_000_000.0,
            "h" => 3_600_000_000.0,
            _ => return Err(format!("time: unknown unit {unit:?} in duration {text:?}")),
        };
        total += number * micros;
        rest = after;
    }
    #[expect(clippy::cast_possible_truncation, reason = "a flag's time is far below the limit")]
    let micros = total.round() as i64;
    Ok(Delay::micros(if negative { -micros } else { micros }))
}

/// Splits at commas that are not inside double quotes, as Go's CSV reader does
/// for one line.
pub fn split_csv(text: &str) -> Vec<String> {
    let mut fields = Vec::new();
    let mut field = String::new();
    let mut quoted = false;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                field.push('"');
                letters.next();
            }
            '"' if quoted || field.is_empty() => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field)),
            other => field.push(other),
        }
    }
    if !text.is_empty() {
        fields.push(field);
    }
    fields
}
