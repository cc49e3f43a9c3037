//! `printf`: Go's verbs for the values that JSON has.

use podyard_engine::value::Value;
use podyard_engine::yaml::go_float;

use crate::print::gofmt;

/// `format` with its verbs replaced by `values`.
pub(super) fn sprintf(format: &str, values: &[Value]) -> String {
    let mut out = String::with_capacity(format.len() + 16);
    let mut values = values.iter();
    let mut chars = format.chars().peekable();
    while let Some(char) = chars.next() {
        if char != '%' {
            out.push(char);
            continue;
        }
        let mut spec = Spec::default();
        while let Some(flag) = chars.next_if(|char| "-+# 0".contains(*char)) {
            spec.flags.push(flag);
        }
        spec.width = number(&mut chars, &mut values);
        if chars.next_if_eq(&'.').is_some() {
            spec.precision = Some(number(&mut chars, &mut values).unwrap_or(0));
        }
        match chars.next() {
            None => out.push_str("%!(NOVERB)"),
            Some('%') => out.push('%'),
            Some(verb) => match values.next() {
                None => out.extend(["%!", verb.encode_utf8(&mut [0; 4]), "(MISSING)"]),
                Some(value) => out.push_str(&spec.print(verb, value)),
            },
        }
    }
    let extra: Vec<String> = values
        .map(|value| format!("{}={}", gofmt::type_name(value), gofmt::sprint(value)))
        .collect();
    if !extra.is_empty() {
        out.extend(["%!(EXTRA ", &extra.join(", "), ")"]);
    }
    out
}

/// A count of characters: digits, or `*` for the next value.
fn number<'a>(
    chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
    values: &mut impl Iterator<Item = &'a Value>,
) -> Option<usize> {
    if chars.next_if_eq(&'*').is_some() {
        return values.next().and_then(Value::as_int).and_then(|width| width.try_into().ok());
    }
    let mut digits = String::new();
    while let Some(digit) = chars.next_if(char::is_ascii_digit) {
        digits.push(digit);
    }
    digits.parse().ok()
}

/// What stands between `%` and the verb.
#[derive(Default)]
struct Spec {
    flags: String,
    width: Option<usize>,
    precision: Option<usize>,
}

impl Spec {
    fn print(&self, verb: char, value: &Value) -> String {
        let text = match (verb, value) {
            ('v', value) => gofmt::sprint(value),
            ('T', value) => gofmt::type_name(value).to_owned(),
            ('s', Value::Str(text)) => self.cut(text),
            ('q', Value::Str(text)) => gofmt::quote(&self.cut(text)),
            ('x', Value::Str(text)) => {
                let bytes: Vec<String> = text.bytes().map(|byte| format!("{byte:02x}")).collect();
                bytes.concat()
            }
            ('t', Value::Bool(value)) => value.to_string(),
            ('d', Value::Int(value)) => self.signed(&value.to_string()),
            ('x', Value::Int(value)) => format!("{value:x}"),
            ('X', Value::Int(value)) => format!("{value:X}"),
            ('o', Value::Int(value)) => format!("{value:o}"),
            ('b', Value::Int(value)) => format!("{value:b}"),
            ('c', Value::Int(value)) => {
                let char = u32::try_from(*value).ok().and_then(char::from_u32);
                char.unwrap_or(char::REPLACEMENT_CHARACTER).to_string()
            }
            ('f' | 'F', Value::Float(value)) => {
                self.signed(&format!("{value:.*}", self.precision.unwrap_or(6)))
            }
            ('e', Value::Float(value)) => exponent(*value, self.precision.unwrap_or(6)),
            ('g', Value::Float(value)) => self.signed(&go_float(*value)),
            ('s', Value::List(items)) => self.each(verb, items),
            (verb, value) => {
                let (name, text) = (gofmt::type_name(value), gofmt::sprint(value));
                match value {
                    Value::Null => format!("%!{verb}(<nil>)"),
                    _ => format!("%!{verb}({name}={text})"),
                }
            }
        };
        self.pad(text)
    }

    fn each(&self, verb: char, items: &[Value]) -> String {
        let texts: Vec<String> = items.iter().map(|item| self.print(verb, item)).collect();
        format!("[{}]", texts.join(" "))
    }

    fn cut(&self, text: &str) -> String {
        text.chars().take(self.precision.unwrap_or(usize::MAX)).collect()
    }

    fn signed(&self, text: &str) -> String {
        if text.starts_with('-') {
            text.to_owned()
        } else if self.flags.contains('+') {
            format!("+{text}")
        } else if self.flags.contains(' ') {
            format!(" {text}")
        } else {
            text.to_owned()
        }
    }

    fn pad(&self, text: String) -> String {
        let missing = self.width.unwrap_or(0).saturating_sub(text.chars().count());
        if missing == 0 {
            text
        } else if self.flags.contains('-') {
            text + &" ".repeat(missing)
        } else if self.flags.contains('0') {
            let sign = usize::from(text.starts_with(['+', '-']));
            let (sign, digits) = text.split_at_checked(sign).unwrap_or(("", &text));
            format!("{sign}{}{digits}", "0".repeat(missing))
        } else {
            " ".repeat(missing) + &text
        }
    }
}

fn exponent(value: f64, precision: usize) -> String {
    let text = format!("{value:.precision$e}");
    match text.split_once('e') {
        Some((digits, power)) => match power.strip_prefix('-') {
            Some(power) => format!("{digits}e-{power:0>2}"),
            None => format!("{digits}e+{power:0>2}"),
        },
        None => text,
    }
}
