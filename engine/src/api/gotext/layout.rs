//! The text of a difference: lists of records, on one line where they fit.
//!
//! Source: `github.com/google/go-cmp`, `cmp/report_text.go`.

/// The widest line of removed or added values.
const COLUMNS_MAX: usize = 80;
/// What stands for values not shown.
const ELLIPSIS: &str = "...";

/// Which side a line belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// Both.
    Both,
    /// Only the old value.
    Old,
    /// Only the new value.
    New,
}

/// A piece of text that may spread over lines.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Text {
    /// A piece without breaks.
    Line(String),
    /// Records, one a line or separated by commas.
    List(Vec<Record>),
    /// A piece between a prefix and a suffix.
    Wrap(String, Box<Text>, &'static str),
}

/// One line, or several, of a list.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Record {
    pub(super) side: Side,
    pub(super) key: String,
    pub(super) value: Text,
    pub(super) comment: Option<String>,
}

impl Record {
    pub(super) fn new(side: Side, key: &str, value: Text) -> Self {
        Self { side, key: key.to_owned(), value, comment: None }
    }

    /// A record that stands for those not shown.
    pub(super) fn ellipsis(comment: Option<String>) -> Self {
        let value = Text::Line(ELLIPSIS.to_owned());
        Self { side: Side::Both, key: String::new(), value, comment }
    }

    fn is_ellipsis(&self) -> bool {
        matches!(&self.value, Text::Line(line) if line == ELLIPSIS)
    }
}

impl Text {
    pub(super) fn nil() -> Self {
        Self::Line("nil".to_owned())
    }

    /// This behind a prefix, as `&` or the name of a type.
    pub(super) fn after(self, prefix: &str) -> Self {
        match self {
            Self::Wrap(own, value, suffix) => Self::Wrap(format!("{prefix}{own}"), value, suffix),
            other => Self::Wrap(prefix.to_owned(), Box::new(other), ""),
        }
    }

    pub(super) fn braces(records: Vec<Record>) -> Self {
        Self::Wrap("{".to_owned(), Box::new(Self::List(records)), "}")
    }

    /// The whole text.
    pub(super) fn print(self) -> String {
        let compact = self.compacted(Side::Both);
        let mut out = String::new();
        indent(&mut out, Side::Both, 0);
        compact.expand(&mut out, Side::Both, 0);
        out.push('\n');
        out
    }

    /// This with every list that fits on one line made a line.
    fn compacted(self, side: Side) -> Self {
        match self {
            Self::Line(_) => self,
            Self::Wrap(prefix, value, suffix) => match value.compacted(side) {
                Self::Line(line) => Self::Line(format!("{prefix}{line}{suffix}")),
                other => Self::Wrap(prefix, Box::new(other), suffix),
            },
            Self::List(records) => compact_list(records, side),
        }
    }

    fn expand(&self, out: &mut String, side: Side, level: usize) {
        match self {
            Self::Line(line) => out.push_str(line),
            Self::Wrap(prefix, value, suffix) => {
                out.push_str(prefix);
                value.expand(out, side, level);
                out.push_str(suffix);
            }
            Self::List(records) => expand_list(records, out, side, level),
        }
    }
}

fn joined(outer: Side, own: Side) -> Side {
    if own == Side::Both { outer } else { own }
}

fn compact_list(records: Vec<Record>, side: Side) -> Text {
    let mut one_line = true;
    let records: Vec<Record> = records
        .into_iter()
        .map(|record| {
            let value = record.value.compacted(joined(side, record.side));
            one_line &= record.side == Side::Both
                && record.comment.is_none()
                && matches!(value, Text::Line(_));
            Record { value, ..record }
        })
        .collect();
    let parts: Vec<String> = records
        .iter()
        .map(|record| match &record.value {
            Text::Line(line) if record.key.is_empty() => line.clone(),
            Text::Line(line) => format!("{}: {line}", record.key),
            _ => String::new(),
        })
        .collect();
    let line = parts.join(", ");
    if one_line && (side == Side::Both || line.len() <= COLUMNS_MAX) {
        Text::Line(line)
    } else {
        Text::List(records)
    }
}

fn expand_list(records: &[Record], out: &mut String, side: Side, level: usize) {
    let key_widths = aligned(records, |record| {
        let is_line = matches!(record.value, Text::Line(_));
        (!record.key.is_empty() && is_line).then(|| record.key.chars().count())
    });
    for (record, padding) in records.iter().zip(key_widths) {
        let own = joined(side, record.side);
        out.push('\n');
        indent(out, own, level + 1);
        if !record.key.is_empty() {
            out.push_str(&record.key);
            out.push_str(": ");
        }
        out.extend(std::iter::repeat_n(' ', padding));
        record.value.expand(out, own, level + 1);
        if !record.is_ellipsis() {
            out.push(',');
        }
        if let Some(comment) = &record.comment {
            out.push_str(" // ");
            out.push_str(comment);
        }
    }
    out.push('\n');
    indent(out, side, level);
}

/// How many blanks each record needs to be as wide as its neighbours; records
/// without a width set the neighbourhoods apart.
fn aligned(records: &[Record], width: impl Fn(&Record) -> Option<usize>) -> Vec<usize> {
    let widths: Vec<Option<usize>> = records.iter().map(width).collect();
    let runs = widths.chunk_by(|a, b| a.is_some() && b.is_some());
    runs.flat_map(|run| {
        let max = run.iter().flatten().max().copied().unwrap_or_default();
        run.iter().map(move |width| width.map_or(0, |width| max - width))
    })
    .collect()
}

/// The start of a line. The blanks do not break, as in the server's answers.
fn indent(out: &mut String, side: Side, level: usize) {
    out.push_str(match side {
        Side::Both => "\u{a0}\u{a0}",
        Side::Old => "-\u{a0}",
        Side::New => "+\u{a0}",
    });
    out.extend(std::iter::repeat_n('\t', level));
}
