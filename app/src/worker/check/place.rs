//! Where things stand, in the measure of editors: lines and columns from 1,
//! columns in UTF-16 units.

use podyard_engine::yaml::{Document, Position};

use crate::protocol::{File, Fix, Problem};

/// A stretch of one line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stretch {
    /// The line.
    pub(super) line: u32,
    /// Its first column.
    pub(super) column: u32,
    /// The column after its last.
    pub(super) end_column: u32,
}

/// The lines of a file.
pub(super) struct Lines<'a> {
    name: &'a str,
    lines: Vec<&'a str>,
}

impl<'a> Lines<'a> {
    /// The lines of `file`.
    pub(super) fn new(file: &'a File) -> Self {
        Self { name: &file.name, lines: file.text.split('\n').collect() }
    }

    /// The text of a line.
    pub(super) fn text(&self, line: u32) -> &'a str {
        let index = usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX);
        self.lines.get(index).copied().unwrap_or_default()
    }

    /// All lines.
    pub(super) fn all(&self) -> &[&'a str] {
        &self.lines
    }

    /// The whole text, mended.
    pub(super) fn with(&self, fix: &Fix) -> String {
        let number = |line: u32| usize::try_from(line).unwrap_or(usize::MAX);
        let before = self.lines.iter().take(number(fix.line.saturating_sub(1)));
        let after = self.lines.iter().skip(number(fix.line.saturating_sub(1) + fix.lines));
        let joined = |text: String, line: &&str| text + line + "\n";
        after.fold(before.fold(String::new(), joined) + &fix.text, joined)
    }

    /// How far in a line begins; none for one that says nothing.
    pub(super) fn indent(&self, line: u32) -> Option<usize> {
        let text = self.text(line);
        let rest = text.trim_start_matches(' ');
        let says = !rest.is_empty() && !rest.starts_with('#');
        says.then_some(text.len() - rest.len())
    }

    /// The last line of the block that begins on `line` and stands at
    /// `column`, from 0, or further in.
    pub(super) fn end_of_block(&self, line: u32, column: usize) -> u32 {
        self.end(line, |indent, _| indent >= column)
    }

    /// The last line of the field whose key stands at `column`, from 0.
    pub(super) fn end_of_field(&self, line: u32, column: usize) -> u32 {
        self.end(line, |indent, text| {
            indent > column || indent == column && text.trim_start().starts_with("- ")
        })
    }

    fn end(&self, line: u32, belongs: impl Fn(usize, &str) -> bool) -> u32 {
        let last = u32::try_from(self.lines.len()).unwrap_or(u32::MAX);
        let mut end = line;
        for next in line + 1..=last {
            match self.indent(next) {
                Some(indent) if belongs(indent, self.text(next)) => end = next,
                Some(_) => break,
                None => {}
            }
        }
        end
    }

    /// An error at a place.
    pub(super) fn problem(&self, place: Stretch, message: String) -> Problem {
        let Stretch { line, column, end_column } = place;
        let file = self.name.to_owned();
        Problem { file, line, column, end_column, error: true, message, help: None, fix: None }
    }

    /// From a position to the end of its line.
    pub(super) fn at(&self, from: Position) -> Stretch {
        let last = u32::try_from(self.lines.len()).unwrap_or(u32::MAX);
        let line = from.line.clamp(1, last);
        let text = self.text(line);
        let start = from.column.clamp(1, chars(text).max(1));
        self.stretch(line, start, chars(text) + 1)
    }

    /// The key of the field at `path`, or what is nearest to it.
    pub(super) fn of_field(&self, document: &Document, path: &str) -> Stretch {
        let Some(place) = document.places.nearest(path) else {
            return self.at(Position { line: document.first_line, column: 1 });
        };
        let (start, end) = place.key;
        let line = start.line + document.first_line - 1;
        // A document as a whole is marked by its first line only.
        let to = if end.line == start.line { end.column } else { chars(self.text(line)) + 1 };
        self.stretch(line, start.column, to.max(start.column + 1))
    }

    /// Columns `from..to` of a line, counted in characters.
    pub(super) fn stretch(&self, line: u32, from: u32, to: u32) -> Stretch {
        let text = self.text(line);
        let units = |column: u32| {
            let before =
                text.chars().take(usize::try_from(column.saturating_sub(1)).unwrap_or_default());
            u32::try_from(before.map(char::len_utf16).sum::<usize>()).unwrap_or(u32::MAX) + 1
        };
        Stretch { line, column: units(from), end_column: units(to).max(units(from) + 1) }
    }

    /// The line with the last field of `path` called `name` instead.
    pub(super) fn renamed(&self, line: u32, path: &str, name: &str) -> Option<Fix> {
        let old = path.rsplit(['.', ']']).next()?;
        let text = self.text(line);
        text.contains(old).then(|| Fix {
            line,
            lines: 1,
            text: format!("{}\n", text.replacen(old, name, 1)),
        })
    }
}

fn chars(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}
