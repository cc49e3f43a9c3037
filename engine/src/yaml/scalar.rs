//! What a scalar means: YAML 1.1 as go-yaml v2 understands it.
//!
//! Source: go-yaml v2 `resolve.go`.

use super::YamlError;
use crate::base64;
use crate::value::Value;

const TAG_PREFIX: &str = "tag:yaml.org,2002:";

/// The value of a scalar with an explicit `tag`, which may be empty.
pub(super) fn resolve(text: &str, plain: bool, tag: &str) -> Result<Value, YamlError> {
    if tag.is_empty() && !plain {
        return Ok(Value::str(text));
    }
    match tag.strip_prefix(TAG_PREFIX) {
        Some("str") => Ok(Value::str(text)),
        Some("binary") => match base64::decode(text) {
            Ok(bytes) => Ok(Value::str(String::from_utf8_lossy(&bytes))),
            Err(_) => Err(YamlError::new("!!binary value contains invalid base64 data")),
        },
        Some(name @ ("bool" | "int" | "float" | "null" | "timestamp" | "merge")) => {
            resolve_as(text, name)
        }
        // Tags of others mean nothing here.
        _ if !tag.is_empty() => Ok(Value::str(text)),
        _ => Ok(resolve_plain(text)),
    }
}

fn resolve_as(text: &str, wanted: &str) -> Result<Value, YamlError> {
    let value = resolve_plain(text);
    let found = match &value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Float(float) if float.fract() == 0.0 && is_digits(text) => "int",
        Value::Float(_) => "float",
        _ if wanted == "timestamp" => wanted,
        _ => "str",
    };
    if found == wanted || (found == "int" && wanted == "float") {
        return Ok(value);
    }
    Err(YamlError::new(format!("cannot decode !!{found} `{text}` as a !!{wanted}")))
}

fn is_digits(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// What a scalar without quotes and tag means.
pub(super) fn resolve_plain(text: &str) -> Value {
    if let Some(value) = word(text) {
        return value;
    }
    let number = match text.as_bytes().first() {
        Some(b'.') => float(text),
        Some(b'+' | b'-' | b'0'..=b'9') => {
            let digits = text.replace('_', "");
            integer(&digits).or_else(|| float(&digits))
        }
        _ => None,
    };
    number.unwrap_or_else(|| Value::str(text))
}

fn word(text: &str) -> Option<Value> {
    Some(match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Value::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Value::Bool(false)
        }
        ".nan" | ".NaN" | ".NAN" => Value::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Value::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Value::Float(f64::NEG_INFINITY),
        _ => return None,
    })
}

/// A whole number in Go's notations: `0x1f`, `0b11`, `0o17`, and the octal `017`.
fn integer(digits: &str) -> Option<Value> {
    let (negative, body) = match digits.strip_prefix('-') {
        Some(body) => (true, body),
        None => (false, digits.strip_prefix('+').unwrap_or(digits)),
    };
    let lower = body.to_ascii_lowercase();
    let (radix, body) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, lower.get(2..)?),
        [b'0', b'b', ..] => (2, lower.get(2..)?),
        [b'0', b'o', ..] => (8, lower.get(2..)?),
        [b'0', _, ..] => (8, lower.get(1..)?),
        _ => (10, lower.as_str()),
    };
    if body.starts_with(['+', '-']) {
        return None;
    }
    let size = i128::from_str_radix(body, radix).ok()?;
    let number = if negative { -size } else { size };
    match i64::try_from(number) {
        Ok(int) => Some(Value::Int(int)),
        // Go keeps what fits 64 bits without a sign; JSON readers then round it.
        Err(_) if u64::try_from(number).is_ok() => float(&number.to_string()),
        Err(_) => None,
    }
}

/// A decimal number. One without a fraction becomes whole, as JSON writes it.
fn float(digits: &str) -> Option<Value> {
    let body = digits.strip_prefix(['+', '-']).unwrap_or(digits);
    let (mantissa, exponent) = body.split_once(['e', 'E']).unwrap_or((body, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let sound = all_digits(whole)
        && all_digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && !exponent.is_empty()
        && all_digits(exponent);
    let number: f64 = if sound { digits.parse().ok()? } else { return None };
    let whole = format!("{number:.0}").parse::<i64>().ok().filter(|_| number.fract() == 0.0);
    Some(whole.map_or(Value::Float(number), Value::Int))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_mean_what_go_yaml_takes_them_for() {
        for (text, json) in [
            ("0777", "511"),
            ("0o17", "15"),
            ("0x1F", "31"),
            ("0b11", "3"),
            ("1_000", "1000"),
            ("1e3", "1000"),
            ("08", "8"),
            (".5", "0.5"),
            ("+5", "5"),
            ("-0", "0"),
            ("1.0", "1"),
            ("1e-7", "1e-7"),
            ("1.5e30", "1.5e+30"),
            ("18446744073709551615", "18446744073709552000"),
            ("12:30", r#""12:30""#),
            ("2001-01-01", r#""2001-01-01""#),
            ("1.2.3", r#""1.2.3""#),
            (".", r#"".""#),
            ("-", r#""-""#),
            ("1e", r#""1e""#),
            ("y", "true"),
            ("Off", "false"),
            ("oN", r#""oN""#),
            ("~", "null"),
            ("", "null"),
        ] {
            assert_eq!(resolve_plain(text).to_json(), json, "{text}");
        }
    }

    #[test]
    fn a_tag_overrules_the_looks() {
        let tagged = |text, tag: &str| {
            let tag = format!("{TAG_PREFIX}{tag}");
            resolve(text, false, &tag).map(|value| value.to_json())
        };
        assert_eq!(tagged("3", "int").as_deref(), Ok("3"));
        assert_eq!(tagged("5", "str").as_deref(), Ok("\"5\""));
        assert_eq!(tagged("aGk=", "binary").as_deref(), Ok("\"hi\""));
        let error = tagged("abc", "int").expect_err("not a number");
        assert_eq!(error.message, "yaml: cannot decode !!str `abc` as a !!int");
    }
}
