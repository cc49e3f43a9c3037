//! JSON text to values and back, with the words of Go's `encoding/json`.
//!
//! Source of the messages: Go's `encoding/json` scanner, which the API server
//! quotes to its clients.

use std::fmt::Write as _;

use super::{Map, Str, Value};

/// How deep JSON may nest. Go reads ten times as deep, for which WebAssembly has
/// not the stack.
const DEPTH_MAX: usize = 1_000;

/// Why a text is not JSON, in Go's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct JsonError {
    /// What is wrong, as `invalid character 's' looking for beginning of value`.
    pub message: String,
    /// The byte at which it was noticed.
    pub offset: usize,
}

/// Reads a JSON text. Of equal keys the last wins.
pub fn parse_json(text: &[u8]) -> Result<Value, JsonError> {
    parse_json_noting_duplicates(text).map(|(value, _)| value)
}

/// Reads a JSON text and also names the paths of keys that occur twice, as
/// `spec.replicas` or `spec.containers[0].name`, in the order of the text.
pub fn parse_json_noting_duplicates(text: &[u8]) -> Result<(Value, Vec<String>), JsonError> {
    let mut reader = Reader { text, offset: 0, path: Vec::new(), duplicates: Vec::new() };
    let value = reader.value(0)?;
    reader.skip_space();
    match reader.peek() {
        None => Ok((value, reader.duplicates)),
        Some(_) => Err(reader.unexpected("after top-level value")),
    }
}

/// Reads the JSON value at the start of a text, and how many bytes it takes.
pub fn parse_json_prefix(text: &[u8]) -> Result<(Value, usize), JsonError> {
    let mut reader = Reader { text, offset: 0, path: Vec::new(), duplicates: Vec::new() };
    let value = reader.value(0)?;
    Ok((value, reader.offset))
}

enum Step {
    Key(Str),
    Item(usize),
}

struct Reader<'a> {
    text: &'a [u8],
    offset: usize,
    path: Vec<Step>,
    duplicates: Vec<String>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.offset).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.offset += 1;
        }
    }

    fn unexpected(&self, place: &str) -> JsonError {
        let message = match self.text.get(self.offset..).and_then(first_char) {
            None => "unexpected end of JSON input".to_owned(),
            Some(found) => format!("invalid character {} {place}", quoted(found)),
        };
        JsonError { message, offset: self.offset }
    }

    fn value(&mut self, depth: usize) -> Result<Value, JsonError> {
        if depth > DEPTH_MAX {
            return Err(JsonError {
                message: "exceeded max depth".to_owned(),
                offset: self.offset,
            });
        }
        self.skip_space();
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => Ok(Value::Str(self.string()?.into())),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(self.unexpected("looking for beginning of value")),
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, JsonError> {
        for expected in word.bytes() {
            if self.peek() != Some(expected) {
                let wanted = quoted(char::from(expected));
                return Err(self.unexpected(&format!("in literal {word} (expecting {wanted})")));
            }
            self.offset += 1;
        }
        Ok(value)
    }

    fn number(&mut self) -> Result<Value, JsonError> {
        let start = self.offset;
        if self.peek() == Some(b'-') {
            self.offset += 1;
        }
        match self.peek() {
            Some(b'0') => self.offset += 1,
            Some(b'1'..=b'9') => self.digits(),
            _ => return Err(self.unexpected("in numeric literal")),
        }
        let mut whole = true;
        if self.peek() == Some(b'.') {
            whole = false;
            self.offset += 1;
            if !matches!(self.peek(), Some(b'0'..=b'9')) {
                return Err(self.unexpected("after decimal point in numeric literal"));
            }
            self.digits();
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            whole = false;
            self.offset += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.offset += 1;
            }
            if !matches!(self.peek(), Some(b'0'..=b'9')) {
                return Err(self.unexpected("in exponent of numeric literal"));
            }
            self.digits();
        }
        let bytes = self.text.get(start..self.offset).unwrap_or_default();
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        if let (true, Ok(int)) = (whole, text.parse()) {
            return Ok(Value::Int(int));
        }
        match text.parse() {
            Ok(float) if f64::is_finite(float) => Ok(Value::Float(float)),
            _ => Err(JsonError {
                message: format!(
                    "json: cannot unmarshal number {text} into Go value of type float64"
                ),
                offset: start,
            }),
        }
    }

    fn digits(&mut self) {
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.offset += 1;
        }
    }

    fn string(&mut self) -> Result<String, JsonError> {
        self.offset += 1;
        let mut text = Vec::new();
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.offset += 1;
                    // Go replaces bytes that are not UTF-8 as well.
                    return Ok(match String::from_utf8(text) {
                        Ok(text) => text,
                        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
                    });
                }
                Some(b'\\') => {
                    self.offset += 1;
                    let mut buffer = [0; 4];
                    let escaped = self.escape()?;
                    text.extend_from_slice(escaped.encode_utf8(&mut buffer).as_bytes());
                }
                Some(byte @ 0x20..) => {
                    self.offset += 1;
                    text.push(byte);
                }
                _ => return Err(self.unexpected("in string literal")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let escaped = match self.peek() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.offset += 1;
                return self.unicode_escape();
            }
            _ => return Err(self.unexpected("in string escape code")),
        };
        self.offset += 1;
        Ok(escaped)
    }

    fn unicode_escape(&mut self) -> Result<char, JsonError> {
        let first = self.hex()?;
        if (0xd800..0xdc00).contains(&first)
            && self.text.get(self.offset..self.offset + 2) == Some(b"\\u")
        {
            let before = self.offset;
            self.offset += 2;
            let second = self.hex()?;
            if (0xdc00..0xe000).contains(&second) {
                let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.offset = before;
        }
        Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hex(&mut self) -> Result<u32, JsonError> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else {
                return Err(self.unexpected("in \\u hexadecimal character escape"));
            };
            code = code * 16 + digit;
            self.offset += 1;
        }
        Ok(code)
    }

    fn array(&mut self, depth: usize) -> Result<Value, JsonError> {
        self.offset += 1;
        let mut items = Vec::new();
        self.skip_space();
        if self.peek() == Some(b']') {
            self.offset += 1;
            return Ok(Value::list(items));
        }
        loop {
            self.path.push(Step::Item(items.len()));
            items.push(self.value(depth + 1)?);
            self.path.pop();
            self.skip_space();
            match self.peek() {
                Some(b',') => self.offset += 1,
                Some(b']') => {
                    self.offset += 1;
                    return Ok(Value::list(items));
                }
                _ => return Err(self.unexpected("after array element")),
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, JsonError> {
        self.offset += 1;
        let mut entries: Vec<(Str, Value)> = Vec::new();
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.offset += 1;
            return Ok(Value::map());
        }
        loop {
            self.skip_space();
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("looking for beginning of object key string"));
            }
            let key: Str = self.string()?.into();
            self.skip_space();
            if self.peek() != Some(b':') {
                return Err(self.unexpected("after object key"));
            }
            self.offset += 1;
            self.path.push(Step::Key(key.clone()));
            if entries.iter().any(|(own, _)| *own == key) {
                self.duplicates.push(self.path_text());
            }
            let value = self.value(depth + 1)?;
            self.path.pop();
            entries.push((key, value));
            self.skip_space();
            match self.peek() {
                Some(b',') => self.offset += 1,
                Some(b'}') => {
                    self.offset += 1;
                    return Ok(Value::Map(entries.into_iter().collect::<Map>()));
                }
                _ => return Err(self.unexpected("after object key:value pair")),
            }
        }
    }

    fn path_text(&self) -> String {
        let mut text = String::new();
        for step in &self.path {
            match step {
                Step::Key(key) if text.is_empty() => text.push_str(key),
                Step::Key(key) => text.extend([".", key]),
                Step::Item(index) => {
                    let _ = write!(text, "[{index}]");
                }
            }
        }
        text
    }
}

fn first_char(bytes: &[u8]) -> Option<char> {
    // Go's scanner names single bytes, read as Latin-1.
    bytes.first().map(|byte| char::from(*byte))
}

fn quoted(found: char) -> String {
    match found {
        '\'' => r"'\''".to_owned(),
        '"' => "'\"'".to_owned(),
        '\n' => r"'\n'".to_owned(),
        '\t' => r"'\t'".to_owned(),
        '\r' => r"'\r'".to_owned(),
        '\\' => r"'\\'".to_owned(),
        other if other.is_control() => format!("'\\x{:02x}'", u32::from(other)),
        other => format!("'{other}'"),
    }
}

pub(super) fn print(value: &Value, indent: Option<usize>) -> String {
    let mut out = String::new();
    print_into(&mut out, value, indent, 0);
    out
}

fn print_into(out: &mut String, value: &Value, indent: Option<usize>, level: usize) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Int(value) => {
            let _ = write!(out, "{value}");
        }
        Value::Float(value) => out.push_str(&float_text(*value)),
        Value::Str(text) => print_str(out, text),
        Value::List(items) => {
            let mut list = Nest::open(out, '[', indent, level);
            for item in items.iter() {
                list.separate(out);
                print_into(out, item, indent, level + 1);
            }
            list.close(out, ']');
        }
        Value::Map(map) => {
            let mut object = Nest::open(out, '{', indent, level);
            for (key, value) in map.iter() {
                object.separate(out);
                print_str(out, key);
                out.push_str(if indent.is_some() { ": " } else { ":" });
                print_into(out, value, indent, level + 1);
            }
            object.close(out, '}');
        }
    }
}

struct Nest {
    indent: Option<usize>,
    level: usize,
    empty: bool,
}

impl Nest {
    fn open(out: &mut String, bracket: char, indent: Option<usize>, level: usize) -> Self {
        out.push(bracket);
        Self { indent, level, empty: true }
    }

    fn separate(&mut self, out: &mut String) {
        if !self.empty {
            out.push(',');
        }
        self.empty = false;
        self.new_line(out, self.level + 1);
    }

    fn new_line(&self, out: &mut String, level: usize) {
        if let Some(indent) = self.indent {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', indent * level));
        }
    }

    fn close(self, out: &mut String, bracket: char) {
        if !self.empty {
            self.new_line(out, self.level);
        }
        out.push(bracket);
    }
}

/// A float as Go prints it: the shortest text that reads back the same, with
/// an exponent outside 1e-6 to 1e21.
fn float_text(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 || (1e-6..1e21).contains(&size) {
        return format!("{value}");
    }
    let text = format!("{value:e}");
    match text.split_once('e') {
        Some((digits, exponent)) if exponent.starts_with('-') => {
            // Go writes two digits at least: e-07, but JSON cuts e-07 to e-7.
            format!("{digits}e{exponent}")
        }
        Some((digits, exponent)) => format!("{digits}e+{exponent}"),
        None => text,
    }
}

fn print_str(out: &mut String, text: &str) {
    out.push('"');
    let mut plain = 0;
    for (index, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0x08 => "\\b",
            0x0c => "\\f",
            0x00..0x20 => "",
            _ => continue,
        };
        out.push_str(text.get(plain..index).unwrap_or_default());
        plain = index + 1;
        if escape.is_empty() {
            let _ = write!(out, "\\u{byte:04x}");
        } else {
            out.push_str(escape);
        }
    }
    out.push_str(text.get(plain..).unwrap_or_default());
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        parse_json(text.as_bytes()).expect_err("not JSON").message
    }

    #[test]
    fn reads_what_it_prints() {
        let text = r#"{"a":[1,-2,2.5,"x\n\"é",null,true],"b":{},"c":[]}"#;
        assert_eq!(parse_json(text.as_bytes()).expect("JSON").to_json(), text);
    }

    #[test]
    fn prints_pretty_as_kubectl_does() {
        let value = parse_json(br#"{"a":[1],"b":{},"c":[]}"#).expect("JSON");
        let text = "{\n    \"a\": [\n        1\n    ],\n    \"b\": {},\n    \"c\": []\n}";
        assert_eq!(value.to_json_pretty(4), text);
    }

    #[test]
    fn says_what_is_wrong_as_go_does() {
        assert_eq!(
            error("{spec"),
            "invalid character 's' looking for beginning of object key string"
        );
        assert_eq!(error(""), "unexpected end of JSON input");
        assert_eq!(error("[1 2]"), "invalid character '2' after array element");
        assert_eq!(error("{\"a\" 1}"), "invalid character '1' after object key");
        assert_eq!(error("nul "), "invalid character ' ' in literal null (expecting 'l')");
        assert_eq!(error("1 x"), "invalid character 'x' after top-level value");
        assert_eq!(
            error("1e999"),
            "json: cannot unmarshal number 1e999 into Go value of type float64"
        );
        assert_eq!(error(&"[".repeat(1_002)), "exceeded max depth");
    }

    #[test]
    fn notes_keys_that_occur_twice() {
        let text = br#"{"a":{"b":1,"b":2},"c":[{"d":1,"d":1}]}"#;
        let (value, duplicates) = parse_json_noting_duplicates(text).expect("JSON");
        assert_eq!(duplicates, ["a.b", "c[0].d"]);
        assert_eq!(value["a"]["b"].int(), 2);
    }
}
