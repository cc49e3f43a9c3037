//! The page that a description is written on.

use std::fmt::{Display, Write as _};

use crate::print::{TabWriter, escape_terminal};

/// Collects lines whose tabs become columns in the end.
///
/// A level is two spaces of indentation.
#[derive(Debug, Default)]
pub(super) struct Writer {
    text: String,
    /// Levels that are added to every line.
    depth: usize,
}

impl Writer {
    /// Writes one line.
    pub(super) fn line(&mut self, level: usize, text: impl Display) {
        for _ in 0..level + self.depth {
            self.text.push_str("  ");
        }
        let _ = writeln!(self.text, "{text}");
    }

    /// Writes `name:` and its value.
    pub(super) fn field(&mut self, level: usize, name: &str, value: impl Display) {
        self.line(level, format_args!("{name}:\t{value}"));
    }

    /// Writes `name:` and its value if there is one.
    pub(super) fn field_if(&mut self, level: usize, name: &str, value: &str) {
        if !value.is_empty() {
            self.field(level, name, value);
        }
    }

    /// Writes `name:` with a line for each value, or `<none>`.
    pub(super) fn lines<T: Display>(
        &mut self,
        level: usize,
        name: &str,
        values: impl IntoIterator<Item = T>,
    ) {
        // kubectl indents nested values as well as their names.
        let indent = "  ".repeat(self.depth);
        let mut values = values.into_iter();
        match values.next() {
            None => self.field(level, name, format_args!("{indent}<none>")),
            Some(first) => self.field(level, name, format_args!("{indent}{first}")),
        }
        for value in values {
            self.line(level, format_args!("\t{indent}{value}"));
        }
    }

    /// Writes cells beside each other.
    pub(super) fn row(&mut self, level: usize, cells: &[&str]) {
        self.line(level, cells.join("\t"));
    }

    /// Writes a table's header and the dashes under it.
    pub(super) fn header(&mut self, level: usize, names: &[&str]) {
        self.row(level, names);
        let dashes: Vec<String> = names.iter().map(|name| "-".repeat(name.len())).collect();
        self.line(level, dashes.join("\t"));
    }

    /// Writes with everything further in by `levels`.
    pub(super) fn nested(&mut self, levels: usize, write: impl FnOnce(&mut Self)) {
        self.depth += levels;
        write(self);
        self.depth -= levels;
    }

    /// The text with its tabs.
    pub(super) fn raw(self) -> String {
        self.text
    }

    /// The text with its columns aligned.
    pub(super) fn finish(self) -> String {
        TabWriter::for_describe().format(&escape_terminal(&self.text))
    }
}

/// A text, or `<none>`.
pub(super) fn or_none(text: &str) -> &str {
    if text.is_empty() { "<none>" } else { text }
}

/// A text, or `<unset>`.
pub(super) fn or_unset(text: &str) -> &str {
    if text.is_empty() { "<unset>" } else { text }
}
