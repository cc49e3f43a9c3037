//! `grep`, `egrep`, `fgrep`, and POSIX' regular expressions for them and for
//! `sed` and `awk`.

use std::fmt::Write as _;

use regex_lite::{Regex, RegexBuilder};

use super::adapter::Call;
use super::filter::{Flow, LineFilter, Lines, lines};

/// A POSIX basic expression in the extended notation.
pub(super) fn extended_of_basic(pattern: &str) -> String {
    let mut result = String::new();
    let mut letters = pattern.chars().peekable();
    let mut in_class = false;
    while let Some(letter) = letters.next() {
        match letter {
            '[' if !in_class => {
                in_class = true;
                result.push('[');
                // A bracket right after the opening one is a member.
                if let Some(caret) = letters.next_if_eq(&'^') {
                    result.push(caret);
                }
                if letters.next_if_eq(&']').is_some() {
                    result.push_str("\\]");
                }
            }
            '[' if letters.peek() == Some(&':') => {
                result.push('[');
                for inner in letters.by_ref() {
                    result.push(inner);
                    if inner == ']' {
                        break;
                    }
                }
            }
            '[' => result.push_str("\\["),
            ']' if in_class => {
                in_class = false;
                result.push(']');
            }
            '\\' if in_class => result.push_str("\\\\"),
            '\\' => match letters.next() {
                Some(special @ ('(' | ')' | '{' | '}' | '|' | '+' | '?')) => result.push(special),
                Some('<' | '>') => result.push_str("\\b"),
                Some(other) => result.extend(['\\', other]),
                None => result.push_str("\\\\"),
            },
            '(' | ')' | '{' | '}' | '|' | '+' | '?' if !in_class => result.extend(['\\', letter]),
            '*' if result.is_empty() || result == "^" => result.push_str("\\*"),
            other => result.push(other),
        }
    }
    result
}

/// `text` with every special letter escaped.
fn literal(text: &str) -> String {
    text.chars()
        .flat_map(|letter| {
            if letter.is_alphanumeric() || letter == '_' || letter == ' ' || !letter.is_ascii() {
                vec![letter]
            } else {
                vec!['\\', letter]
            }
        })
        .collect()
}

/// Compiles a pattern; the error is regex' own words.
pub(super) fn compile(pattern: &str, extended: bool, ignore_case: bool) -> Result<Regex, String> {
    let pattern = if extended { pattern.to_string() } else { extended_of_basic(pattern) };
    RegexBuilder::new(&pattern)
        .case_insensitive(ignore_case)
        .build()
        .map_err(|error| error.to_string())
}

#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "they are command line flags")]
pub(super) struct Grep {
    pattern: Regex,
    invert: bool,
    count: bool,
    names: bool,
    quiet: bool,
    numbers: bool,
    only: bool,
    whole_line: bool,
    show_source: Option<bool>,
    limit: u64,
    after: u64,
    before: usize,
    line: u64,
    matched: u64,
    any: bool,
    trailing: u64,
    recent: Vec<(u64, String)>,
    shown: u64,
}

pub(super) fn prepare(call: &mut Call<'_, '_>) -> Result<(Lines<Grep>, Vec<String>), u8> {
    make(call, 'G')
}

pub(super) fn prepare_extended(call: &mut Call<'_, '_>) -> Result<(Lines<Grep>, Vec<String>), u8> {
    make(call, 'E')
}

pub(super) fn prepare_fixed(call: &mut Call<'_, '_>) -> Result<(Lines<Grep>, Vec<String>), u8> {
    make(call, 'F')
}

const LONG: &[(&str, char)] = &[
    ("ignore-case", 'i'),
    ("invert-match", 'v'),
    ("count", 'c'),
    ("quiet", 'q'),
    ("silent", 'q'),
    ("line-number", 'n'),
    ("only-matching", 'o'),
    ("extended-regexp", 'E'),
    ("fixed-strings", 'F'),
    ("perl-regexp", 'P'),
    ("regexp", 'e'),
    ("word-regexp", 'w'),
    ("line-regexp", 'x'),
    ("files-with-matches", 'l'),
    ("no-filename", 'h'),
    ("with-filename", 'H'),
    ("max-count", 'm'),
    ("after-context", 'A'),
    ("before-context", 'B'),
    ("context", 'C'),
    ("recursive", 'r'),
    ("no-messages", 's'),
    ("color", 'z'),
    ("line-buffered", 'U'),
];

fn make(call: &mut Call<'_, '_>, kind: char) -> Result<(Lines<Grep>, Vec<String>), u8> {
    let mut arguments = call.parse("ivcqnoEFGPe:wxlhHm:A:B:C:rRszaU", LONG).map_err(|_| 2)?;
    let mut patterns: Vec<String> = arguments.values('e').map(String::from).collect();
    if patterns.is_empty() {
        if arguments.operands.is_empty() {
            let usage = "Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n";
            call.kernel.write(2, usage.as_bytes());
            return Err(2);
        }
        patterns.push(arguments.operands.remove(0));
    }
    let kind = "EFP".chars().find(|letter| arguments.has(*letter)).unwrap_or(kind);
    let joined: Vec<String> = patterns
        .iter()
        .flat_map(|text| text.split('\n'))
        .map(|text| match kind {
            'F' => literal(text),
            'G' => extended_of_basic(text),
            _ => text.to_string(),
        })
        .map(|text| if arguments.has('w') { format!("\\b(?:{text})\\b") } else { text })
        .collect();
    let pattern = compile(&joined.join("|"), true, arguments.has('i')).map_err(|_| {
        call.error("Unmatched ( or \\(");
        2
    })?;
    if arguments.has('r') || arguments.has('R') {
        arguments.operands = super::find::files_under(call.kernel, &arguments.operands);
    }
    let number = |letter| {
        arguments.value(letter).or(arguments.value('C')).and_then(|text| text.parse().ok())
    };
    let filter = Grep {
        pattern,
        invert: arguments.has('v'),
        count: arguments.has('c'),
        names: arguments.has('l'),
        quiet: arguments.has('q'),
        numbers: arguments.has('n'),
        only: arguments.has('o'),
        whole_line: arguments.has('x'),
        show_source: if arguments.has('h') {
            Some(false)
        } else {
            arguments.has('H').then_some(true)
        },
        limit: arguments.value('m').and_then(|text| text.parse().ok()).unwrap_or(u64::MAX),
        after: number('A').unwrap_or_default(),
        before: number('B').and_then(|count: u64| usize::try_from(count).ok()).unwrap_or_default(),
        line: 0,
        matched: 0,
        any: false,
        trailing: 0,
        recent: Vec::new(),
        shown: 0,
    };
    lines(filter, arguments)
}

impl Grep {
    fn show(&mut self, source: &str, number: u64, text: &str, mark: char, out: &mut String) {
        let has_context = self.after > 0 || self.before > 0;
        if has_context && self.shown > 0 && number > self.shown + 1 {
            out.push_str("--\n");
        }
        self.shown = number;
        if self.show_source == Some(true) {
            out.push_str(source);
            out.push(mark);
        }
        if self.numbers {
            let _ = write!(out, "{number}{mark}");
        }
        out.push_str(text);
        out.push('\n');
    }

    fn fits(&self, line: &str) -> bool {
        let found = if self.whole_line {
            self.pattern.find_iter(line).any(|found| found.as_str().len() == line.len())
        } else {
            self.pattern.is_match(line)
        };
        found != self.invert
    }
}

impl LineFilter for Grep {
    fn begin(&mut self, _source: &str, many: bool) {
        if self.show_source.is_none() {
            self.show_source = Some(many);
        }
        (self.line, self.matched, self.trailing, self.shown) = (0, 0, 0, 0);
        self.recent.clear();
    }

    fn line(&mut self, source: &str, line: &str, out: &mut String) -> Flow {
        self.line += 1;
        if !self.fits(line) {
            if self.trailing > 0 {
                self.trailing -= 1;
                self.show(source, self.line, line, '-', out);
            } else if self.before > 0 {
                self.recent.push((self.line, line.into()));
                if self.recent.len() > self.before {
                    self.recent.remove(0);
                }
            }
            return Flow::More;
        }
        self.matched += 1;
        self.any = true;
        if self.quiet {
            return Flow::Enough;
        }
        if self.names {
            out.push_str(source);
            out.push('\n');
            return Flow::Next;
        }
        if !self.count {
            for (number, text) in std::mem::take(&mut self.recent) {
                self.show(source, number, &text, '-', out);
            }
            if self.only {
                let found: Vec<String> =
                    self.pattern.find_iter(line).map(|found| found.as_str().into()).collect();
                for text in found.iter().filter(|text| !text.is_empty()) {
                    self.show(source, self.line, text, ':', out);
                }
            } else {
                self.show(source, self.line, line, ':', out);
            }
            self.trailing = self.after;
        }
        if self.matched >= self.limit { Flow::Next } else { Flow::More }
    }

    fn end(&mut self, source: &str, out: &mut String) {
        if self.count && !self.quiet {
            if self.show_source == Some(true) {
                let _ = write!(out, "{source}:");
            }
            let _ = writeln!(out, "{}", self.matched);
        }
    }

    fn finish(&mut self, _out: &mut String) -> u8 {
        u8::from(!self.any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_expressions_read_as_extended_ones() {
        for (basic, extended) in [
            ("a\\(b\\)*c", "a(b)*c"),
            ("a+b?", "a\\+b\\?"),
            ("x\\{2\\}", "x{2}"),
            ("[]a]*", "[\\]a]*"),
            ("[[:digit:]]", "[[:digit:]]"),
            ("*a", "\\*a"),
        ] {
            assert_eq!(extended_of_basic(basic), extended, "{basic}");
            assert!(compile(basic, false, false).is_ok(), "{basic}");
        }
    }
}
