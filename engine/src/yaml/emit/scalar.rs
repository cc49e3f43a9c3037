//! How a text may be written: plain, quoted or as a block (libyaml's scalar
//! analysis).

use super::resolve;

/// The ways to write a scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
}

/// The style that suits the meaning of `text`, whether or not its characters
/// allow it.
pub(super) fn wanted_style(text: &str) -> Style {
    if text.contains('\n') {
        Style::Literal
    } else if resolve::is_string(text) {
        Style::Plain
    } else {
        Style::DoubleQuoted
    }
}

/// What the characters of a text allow.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "the styles are allowed independently")]
pub(super) struct Analysis {
    multiline: bool,
    plain: bool,
    single_quoted: bool,
    block: bool,
}

impl Analysis {
    pub(super) fn of(text: &str) -> Self {
        if text.is_empty() {
            return Self { multiline: false, plain: true, single_quoted: true, block: false };
        }
        let special = text.chars().any(|char| !is_printable(char));
        let space_break = text.contains(" \n");
        let break_space = text.contains("\n ");
        let multiline = text.contains(is_break);
        let outer_blank = text.starts_with([' ', '\n']) || text.ends_with([' ', '\n']);
        Self {
            multiline,
            plain: !(outer_blank
                || break_space
                || space_break
                || special
                || multiline
                || has_indicator(text)),
            single_quoted: !(break_space || space_break || special),
            block: !(text.ends_with(' ') || space_break || special),
        }
    }

    /// `wanted`, or the next style that the text allows.
    pub(super) fn style(self, wanted: Style, simple_key: bool) -> Style {
        let mut style = wanted;
        if simple_key && self.multiline {
            style = Style::DoubleQuoted;
        }
        if style == Style::Plain && !self.plain {
            style = Style::SingleQuoted;
        }
        if style == Style::SingleQuoted && !self.single_quoted {
            style = Style::DoubleQuoted;
        }
        if style == Style::Literal && (!self.block || simple_key) {
            style = Style::DoubleQuoted;
        }
        style
    }
}

/// Whether some character of `text` would mean something to a YAML reader.
fn has_indicator(text: &str) -> bool {
    if text.starts_with("---") || text.starts_with("...") {
        return true;
    }
    let mut previous = None;
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        let blank_follows = chars.peek().is_none_or(|next| is_blank(*next));
        let found = match (previous, char) {
            (None, first) if "#,[]{}&*!|>'\"%@`".contains(first) => true,
            (None, '?' | '-') | (_, ':') => blank_follows,
            (Some(previous), '#') => is_blank(previous),
            _ => false,
        };
        if found {
            return true;
        }
        previous = Some(char);
    }
    false
}

fn is_blank(char: char) -> bool {
    char == ' ' || char == '\t' || is_break(char)
}

fn is_break(char: char) -> bool {
    matches!(char, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Tabs and everything beyond the basic plane count as not printable.
fn is_printable(char: char) -> bool {
    matches!(char, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
        && char != '\u{feff}'
}

/// Whether double quotes show `char` as an escape.
pub(super) fn needs_escape(char: char) -> bool {
    !is_printable(char) || is_break(char) || char == '"' || char == '\\'
}

/// The escape of `char` in double quotes.
pub(super) fn escape(char: char) -> String {
    let short = match char {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        '"' | '\\' => char,
        _ => return long_escape(u32::from(char)),
    };
    format!("\\{short}")
}

fn long_escape(code: u32) -> String {
    match code {
        0..=0xff => format!("\\x{code:02X}"),
        0x100..=0xffff => format!("\\u{code:04X}"),
        _ => format!("\\U{code:08X}"),
    }
}
