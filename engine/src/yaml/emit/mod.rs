//! YAML as kubectl writes it: the emitter of libyaml with the choices of
//! `sigs.k8s.io/yaml` (sorted keys, block style, width 80).

mod keys;
mod resolve;
mod scalar;

use self::scalar::{Analysis, Style};
use crate::value::{Map, Value};

/// How far a block is in below its parent.
const INDENT: usize = 2;
/// The column after which a space may become a line break.
const BEST_WIDTH: usize = 80;
/// The longest key that may stand before `:` on its line.
const SIMPLE_KEY_MAX: usize = 128;

/// `value` as one YAML document.
pub fn to_yaml(value: &Value) -> String {
    let mut writer = Writer::default();
    writer.node(value, None, Place::Root);
    writer.finish()
}

/// Where a node stands, which decides its line and indentation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    /// After the `-` of a sequence.
    Item,
    /// After the `:` of a mapping.
    Field,
    /// Before the `:`, on one line.
    SimpleKey,
    /// After a `?`, for keys that are too long to be simple.
    LongKey,
}

/// The output and what the emitter remembers of its last line.
struct Writer {
    out: String,
    column: usize,
    /// Whether the last thing written separates words.
    whitespace: bool,
    /// Whether the line so far is only indentation and indicators.
    indention: bool,
}

impl Default for Writer {
    fn default() -> Self {
        Self { out: String::new(), column: 0, whitespace: true, indention: true }
    }
}

impl Writer {
    /// Writes `value`; `indent` is that of the enclosing block, if any.
    fn node(&mut self, value: &Value, indent: Option<usize>, place: Place) {
        match value {
            Value::Map(map) if map.is_empty() => self.indicator("{}", true),
            Value::Map(map) => self.mapping(map, indent),
            Value::List(items) if items.is_empty() => self.indicator("[]", true),
            Value::List(items) => self.sequence(items, indent, place),
            Value::Str(text) => {
                self.scalar(text, scalar::wanted_style(text), indent, place);
            }
            Value::Null => self.scalar("null", Style::Plain, indent, place),
            Value::Bool(true) => self.scalar("true", Style::Plain, indent, place),
            Value::Bool(false) => self.scalar("false", Style::Plain, indent, place),
            Value::Int(value) => self.scalar(&value.to_string(), Style::Plain, indent, place),
            Value::Float(value) => self.scalar(&float(*value), Style::Plain, indent, place),
        }
    }

    fn sequence(&mut self, items: &[Value], indent: Option<usize>, place: Place) {
        // A sequence under a key stands at the key's own column.
        let indentless = place == Place::Field && !self.indention;
        let inner = match indent {
            None => 0,
            Some(indent) if indentless => indent,
            Some(indent) => indent + INDENT,
        };
        for item in items {
            self.new_line(inner);
            self.indicator("-", true);
            self.indention = true;
            self.whitespace = false;
            self.node(item, Some(inner), Place::Item);
        }
    }

    fn mapping(&mut self, map: &Map, indent: Option<usize>) {
        let inner = indent.map_or(0, |indent| indent + INDENT);
        for (key, value) in keys::sorted(map) {
            self.new_line(inner);
            let style = scalar::wanted_style(key);
            if key.len() <= SIMPLE_KEY_MAX && !key.contains('\n') {
                self.scalar(key, style, Some(inner), Place::SimpleKey);
                self.indicator(":", false);
            } else {
                self.indicator("?", true);
                self.indention = true;
                self.scalar(key, style, Some(inner), Place::LongKey);
                self.new_line(inner);
                self.indicator(":", true);
                self.indention = true;
            }
            self.node(value, Some(inner), Place::Field);
        }
    }

    fn scalar(&mut self, text: &str, wanted: Style, indent: Option<usize>, place: Place) {
        let simple_key = place == Place::SimpleKey;
        let style = Analysis::of(text).style(wanted, simple_key);
        let indent = indent.map_or(INDENT, |indent| indent + INDENT);
        match style {
            Style::Plain => self.plain(text, indent, !simple_key),
            Style::SingleQuoted => self.single_quoted(text, indent, !simple_key),
            Style::DoubleQuoted => self.double_quoted(text, indent, !simple_key),
            Style::Literal => self.literal(text, indent),
        }
    }

    fn plain(&mut self, text: &str, indent: usize, may_break: bool) {
        if !text.is_empty() && !self.whitespace {
            self.put(' ');
        }
        self.words(text, indent, may_break, Self::put);
    }

    fn single_quoted(&mut self, text: &str, indent: usize, may_break: bool) {
        self.indicator("'", true);
        self.words(text, indent, may_break, |writer, char| {
            if char == '\'' {
                writer.put('\'');
            }
            writer.put(char);
        });
        self.indicator("'", false);
    }

    /// Writes text without line breaks, folding it at single spaces.
    fn words(&mut self, text: &str, indent: usize, may_break: bool, put: fn(&mut Self, char)) {
        let mut after_space = false;
        let mut chars = text.chars().peekable();
        let mut first = true;
        while let Some(char) = chars.next() {
            let single = !after_space && chars.peek().is_some_and(|next| *next != ' ');
            if char == ' ' && may_break && single && !first && self.column > BEST_WIDTH {
                self.new_line(indent);
            } else {
                put(self, char);
            }
            after_space = char == ' ';
            first = false;
        }
        self.whitespace = false;
        self.indention = false;
    }

    fn double_quoted(&mut self, text: &str, indent: usize, may_break: bool) {
        self.indicator("\"", true);
        let mut after_space = false;
        let mut chars = text.chars().peekable();
        let mut first = true;
        while let Some(char) = chars.next() {
            let next = chars.peek().copied();
            if scalar::needs_escape(char) {
                scalar::escape(char).chars().for_each(|char| self.put(char));
            } else if char == ' '
                && may_break
                && !after_space
                && !first
                && next.is_some()
                && self.column > BEST_WIDTH
            {
                self.new_line(indent);
                if next == Some(' ') {
                    self.put('\\');
                }
            } else {
                self.put(char);
            }
            after_space = char == ' ';
            first = false;
        }
        self.indicator("\"", false);
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.indicator("|", true);
        if text.starts_with([' ', '\n']) {
            self.indicator(&INDENT.to_string(), false);
        }
        match text.strip_suffix('\n') {
            None => self.indicator("-", false),
            Some(rest) if rest.is_empty() || rest.ends_with('\n') => self.indicator("+", false),
            Some(_) => {}
        }
        self.line_break();
        for (index, line) in text.strip_suffix('\n').unwrap_or(text).split('\n').enumerate() {
            if index > 0 {
                self.line_break();
            }
            if !line.is_empty() {
                self.new_line(indent);
                line.chars().for_each(|char| self.put(char));
                self.indention = false;
                self.whitespace = false;
            }
        }
        if text.ends_with('\n') {
            self.line_break();
        }
    }

    /// Writes punctuation, after a space where `separate` and one is missing.
    fn indicator(&mut self, text: &str, separate: bool) {
        if separate && !self.whitespace {
            self.put(' ');
        }
        text.chars().for_each(|char| self.put(char));
        self.whitespace = false;
        self.indention = false;
    }

    /// Goes to column `indent`, on a new line unless this one still fits.
    fn new_line(&mut self, indent: usize) {
        let fits =
            self.indention && (self.column < indent || (self.column == indent && self.whitespace));
        if !fits {
            self.line_break();
        }
        while self.column < indent {
            self.put(' ');
        }
        self.whitespace = true;
        self.indention = true;
    }

    fn line_break(&mut self) {
        self.out.push('\n');
        self.column = 0;
        self.whitespace = true;
        self.indention = true;
    }

    fn put(&mut self, char: char) {
        self.out.push(char);
        self.column += 1;
    }

    fn finish(mut self) -> String {
        if self.column > 0 {
            self.out.push('\n');
        }
        self.out
    }
}

/// A float on its way through JSON, where a whole one reads back as an integer.
fn float(value: f64) -> String {
    const INTEGER_LIMIT: f64 = 18_446_744_073_709_551_616.0;
    if value.fract() == 0.0 && value.abs() < INTEGER_LIMIT {
        format!("{value}")
    } else {
        go_float(value)
    }
}

/// A float as Go's `%v`: the shortest text that reads back the same, with an
/// exponent (of two digits at least) below 1e-4 and from 1e6 on.
pub fn go_float(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 || (1e-4..1e6).contains(&size) {
        return format!("{value}");
    }
    let text = format!("{value:e}");
    let Some((digits, exponent)) = text.split_once('e') else { return text };
    match exponent.strip_prefix('-') {
        Some(exponent) => format!("{digits}e-{exponent:0>2}"),
        None => format!("{digits}e+{exponent:0>2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value;

    fn check(value: &Value, expected: &str) {
        assert_eq!(to_yaml(value), expected);
    }

    #[test]
    fn a_list_stands_at_the_column_of_its_key() {
        let value = value!({ "spec": { "containers": [
            { "name": "web", "args": ["-c", "x"], "resources": {} },
            [["a"], []]
        ] } });
        let expected = "\
spec:
  containers:
  - args:
    - -c
    - x
    name: web
    resources: {}
  - - - a
    - []
";
        check(&value, expected);
    }

    #[test]
    fn keys_are_in_natural_order_and_quoted_like_texts() {
        let value = value!({ "a10": 1, "a2": 2, "n": 3, "b": null, "_": 4, "80": "80" });
        check(&value, "_: 4\n\"80\": \"80\"\na2: 2\na10: 1\nb: null\n\"n\": 3\n");
    }

    #[test]
    fn whole_floats_are_integers() {
        check(&value!([0.5, 1e6, 1e21, 1e-7]), "- 0.5\n- 1000000\n- 1e+21\n- 1e-07\n");
    }

    #[test]
    fn long_keys_get_their_own_line() {
        let mut value = Value::map();
        value.set("k".repeat(130), "v");
        check(&value, &format!("? {}\n: v\n", "k".repeat(130)));
    }

    #[test]
    fn texts_with_line_breaks_are_literal_blocks() {
        let value =
            value!({ "a": "x\ny", "b": "x\n", "c": "x\n\n", "d": "  x\ny\n", "e": "x \ny" });
        let expected =
            "a: |-\n  x\n  y\nb: |\n  x\nc: |+\n  x\n\nd: |2\n    x\n  y\ne: \"x \\ny\"\n";
        check(&value, expected);
    }

    #[test]
    fn long_texts_fold_after_column_80() {
        let word = "metrics ".repeat(12);
        let value = value!({ "plain": word.trim(), "quoted": (format!("a: {word}")) });
        let expected = format!(
            "plain: {}\n  metrics metrics\nquoted: 'a: {}\n  {}'\n",
            "metrics ".repeat(10).trim_end(),
            "metrics ".repeat(9).trim_end(),
            "metrics ".repeat(3)
        );
        check(&value, &expected);
    }

    #[test]
    fn texts_that_read_as_something_else_are_quoted() {
        let value = value!([
            "true",
            "1.5",
            "",
            "25%",
            "a: b",
            "- x",
            "\"true\"",
            "tab\there",
            "\u{1f600}",
            "it's",
            "#x",
            "x #y",
            "x#y",
            "*",
            "null",
            "10:30"
        ]);
        let expected = "\
- \"true\"
- \"1.5\"
- \"\"
- 25%
- 'a: b'
- '- x'
- '\"true\"'
- \"tab\\there\"
- \"\\U0001F600\"
- it's
- '#x'
- 'x #y'
- x#y
- '*'
- \"null\"
- \"10:30\"
";
        check(&value, expected);
    }
}
