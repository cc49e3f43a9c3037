//! Values as Go's `fmt` prints them, which shows through in templates,
//! custom columns and error messages.

use std::fmt::Write as _;

use podyard_engine::value::Value;
use podyard_engine::yaml::go_float as float;

/// `value` as `%v`: `map[a:1 b:[x y]]`.
pub fn sprint(value: &Value) -> String {
    let mut out = String::new();
    print_plain(&mut out, value);
    out
}

fn print_plain(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("<nil>"),
        Value::Bool(value) => {
            let _ = write!(out, "{value}");
        }
        Value::Int(value) => {
            let _ = write!(out, "{value}");
        }
        Value::Float(value) => out.push_str(&float(*value)),
        Value::Str(text) => out.push_str(text),
        Value::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(' ');
                }
                print_plain(out, item);
            }
            out.push(']');
        }
        Value::Map(map) => {
            out.push_str("map[");
            for (index, (key, value)) in map.iter().enumerate() {
                if index > 0 {
                    out.push(' ');
                }
                out.push_str(key);
                out.push(':');
                print_plain(out, value);
            }
            out.push(']');
        }
    }
}

/// `value` as `%#v`: `map[string]interface {}{"a":1}`.
pub fn go_syntax(value: &Value) -> String {
    let mut out = String::new();
    print_syntax(&mut out, value);
    out
}

fn print_syntax(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("interface {}(nil)"),
        Value::Str(text) => out.push_str(&quote(text)),
        Value::List(items) => {
            out.push_str("[]interface {}{");
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                print_syntax(out, item);
            }
            out.push('}');
        }
        Value::Map(map) => {
            out.push_str("map[string]interface {}{");
            for (index, (key, value)) in map.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                out.push_str(&quote(key));
                out.push(':');
                print_syntax(out, value);
            }
            out.push('}');
        }
        scalar => print_plain(out, scalar),
    }
}

/// The Go type that kubectl's decoder gives `value`.
pub(super) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int64",
        Value::Float(_) => "float64",
        Value::Str(_) => "string",
        Value::List(_) => "[]interface {}",
        Value::Map(_) => "map[string]interface {}",
    }
}

/// `text` as `%q`: in double quotes, with Go's escapes.
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            other if other < ' ' || other == '\u{7f}' => {
                let _ = write!(out, "\\x{:02x}", u32::from(other));
            }
            other if other.is_control() || other == '\u{feff}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(other));
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// The text inside Go quotes of kind `quote`, its escapes resolved; `None`
/// when one is malformed.
pub(super) fn unquote(text: &str, quote: char) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => out.push(escape(&mut chars, quote)?),
            other if other == quote || other == '\n' => return None,
            other => out.push(other),
        }
    }
    Some(out)
}

fn escape(chars: &mut std::str::Chars<'_>, quote: char) -> Option<char> {
    Some(match chars.next()? {
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        '\\' => '\\',
        'x' => code_point(chars, "", 2, 16)?,
        'u' => code_point(chars, "", 4, 16)?,
        'U' => code_point(chars, "", 8, 16)?,
        digit @ '0'..='7' => code_point(chars, digit.encode_utf8(&mut [0; 4]), 2, 8)?,
        other if other == quote => other,
        _ => return None,
    })
}

fn code_point(
    chars: &mut std::str::Chars<'_>,
    first: &str,
    count: usize,
    radix: u32,
) -> Option<char> {
    let digits: String = first.chars().chain(chars.by_ref().take(count)).collect();
    if digits.len() != first.len() + count {
        return None;
    }
    char::from_u32(u32::from_str_radix(&digits, radix).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use podyard_engine::value;

    #[test]
    fn values_print_as_in_go() {
        let value = value!({ "b": [1, "x", null], "a": { "c": true } });
        assert_eq!(sprint(&value), "map[a:map[c:true] b:[1 x <nil>]]");
        let syntax = r#"map[string]interface {}{"a":map[string]interface {}{"c":true}, "b":[]interface {}{1, "x", interface {}(nil)}}"#;
        assert_eq!(go_syntax(&value), syntax);
    }

    #[test]
    fn floats_print_as_in_go() {
        for (value, expected) in [
            (0.5, "0.5"),
            (1e21, "1e+21"),
            (1e-5, "1e-05"),
            (3.0, "3"),
            (123_456_789.0, "1.23456789e+08"),
        ] {
            assert_eq!(float(value), expected);
        }
    }

    #[test]
    fn quotes_are_undone_by_unquote() {
        let text = "a\n\"b\"\t\\ \u{1} é";
        let quoted = quote(text);
        assert_eq!(quoted, r#""a\n\"b\"\t\\ \x01 é""#);
        let inner = quoted.trim_matches('"');
        assert_eq!(unquote(inner, '"').as_deref(), Some(text));
        assert_eq!(unquote(r"\q", '"'), None);
    }
}
