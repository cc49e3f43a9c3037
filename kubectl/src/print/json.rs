//! JSON as Go's `encoding/json` prints it by default.

use podyard_engine::value::Value;

/// `value` over several lines with four spaces, as `-o json` prints it.
pub fn to_json_text(value: &Value) -> String {
    let mut text = escape_html(value.to_json_pretty(4));
    text.push('\n');
    text
}

/// `value` on one line, as templates print maps and lists.
pub fn to_json_line(value: &Value) -> String {
    escape_html(value.to_json())
}

/// Go escapes what HTML or JavaScript could misread. Outside of strings JSON
/// has none of these characters, so the whole text can be searched.
pub(super) fn escape_html(text: String) -> String {
    if !text.contains(['<', '>', '&', '\u{2028}', '\u{2029}']) {
        return text;
    }
    let mut escaped = String::with_capacity(text.len() + 32);
    for char in text.chars() {
        match char {
            '<' => escaped.push_str("\\u003c"),
            '>' => escaped.push_str("\\u003e"),
            '&' => escaped.push_str("\\u0026"),
            '\u{2028}' => escaped.push_str("\\u2028"),
            '\u{2029}' => escaped.push_str("\\u2029"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use podyard_engine::value;

    #[test]
    fn json_is_safe_for_html() {
        let value = value!({ "a": "1 < 2 && 3 > 2" });
        assert_eq!(to_json_line(&value), r#"{"a":"1 \u003c 2 \u0026\u0026 3 \u003e 2"}"#);
        assert_eq!(to_json_text(&value!({ "a": [] })), "{\n    \"a\": []\n}\n");
    }
}
