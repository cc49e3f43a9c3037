//! Rows from the server's `Table` objects (cli-runtime's
//! `printers/tableprinter.go`).

use std::borrow::Cow;

use podyard_engine::api::selector::labels_cell;
use podyard_engine::value::Value;

use super::gofmt::sprint;
use super::tabwriter::TabWriter;

/// What the flags of `get` ask of a table.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct TableOptions {
    /// `--no-headers`
    pub no_headers: bool,
    /// `-A`: a NAMESPACE column first.
    pub with_namespace: bool,
    /// `-o wide`: the columns of lower priority as well.
    pub wide: bool,
    /// `--show-labels`: a LABELS column last.
    pub show_labels: bool,
    /// `-L`: a column for each of these labels.
    pub column_labels: Vec<String>,
    /// The prefix of the names, as `deployment.apps`, when several kinds are
    /// printed.
    pub kind: Option<String>,
}

/// Prints the tables of one kind, one after the other when it is watched.
#[derive(Debug, Clone)]
pub struct TablePrinter {
    options: TableOptions,
    writer: TabWriter,
    columns: Vec<Column>,
    /// What the header should say that has been printed, if any has.
    printed_header: bool,
}

#[derive(Debug, Clone)]
struct Column {
    name: String,
    /// Whether `-o wide` is needed to see it.
    wide_only: bool,
    /// Whether it holds the object's name.
    is_name: bool,
}

impl Column {
    fn extra(name: &str) -> Self {
        Self { name: name.to_owned(), wide_only: false, is_name: false }
    }
}

impl TablePrinter {
    /// A printer that has not printed a header yet.
    pub fn new(options: TableOptions) -> Self {
        Self {
            options,
            writer: TabWriter::for_tables(),
            columns: Vec::new(),
            printed_header: false,
        }
    }

    /// The text of `table`: the header, once, and the rows.
    pub fn print(&mut self, table: &Value) -> String {
        self.print_event(table, None)
    }

    /// The text of a watched `table`, with the type of its event
    /// (`--output-watch-events`) in the first column.
    pub fn print_event(&mut self, table: &Value, event: Option<&str>) -> String {
        // A watch sends the columns with its first event only.
        let definitions = table["columnDefinitions"].items();
        if !definitions.is_empty() {
            self.columns = definitions.iter().map(column).collect();
        }
        let mut text = String::new();
        let rows = table["rows"].items();
        if !self.printed_header && !self.options.no_headers && !rows.is_empty() {
            self.printed_header = true;
            let names = self.header(event.is_some());
            text.push_str(&names.join("\t"));
            text.push('\n');
        }
        for row in rows {
            text.push_str(&self.row(row, event).join("\t"));
            text.push('\n');
        }
        self.writer.format(&text)
    }

    fn header(&self, with_event: bool) -> Vec<String> {
        let options = &self.options;
        let event = with_event.then(|| Column::extra("Event"));
        let namespace = options.with_namespace.then(|| Column::extra("Namespace"));
        let labels = options.column_labels.iter();
        let labels = labels.map(|label| Column::extra(label.rsplit('/').next().unwrap_or(label)));
        let all_labels = options.show_labels.then(|| Column::extra("Labels"));
        let own = self.columns.iter().filter(|column| options.wide || !column.wide_only).cloned();
        let columns = event.into_iter().chain(namespace).chain(own).chain(labels).chain(all_labels);
        columns.map(|column| column.name.to_uppercase()).collect()
    }

    fn row(&self, row: &Value, event: Option<&str>) -> Vec<String> {
        let options = &self.options;
        let metadata = row.at(&["object", "metadata"]);
        let mut cells = Vec::new();
        if let Some(event) = event {
            cells.push(format!("{event:<8}"));
        }
        if options.with_namespace {
            cells.push(metadata["namespace"].text().to_owned());
        }
        let mut name_seen = false;
        for (cell, column) in row["cells"].items().iter().zip(&self.columns) {
            let is_name = column.is_name && !name_seen;
            name_seen |= is_name;
            if column.wide_only && !options.wide {
                continue;
            }
            let mut text = cell_text(cell);
            if let (true, Some(kind)) = (is_name, &options.kind) {
                text = format!("{kind}/{text}");
            }
            cells.push(text);
        }
        for label in &options.column_labels {
            cells.push(metadata["labels"][label.as_str()].text().to_owned());
        }
        if options.show_labels {
            cells.push(labels_cell(&metadata["labels"]));
        }
        cells
    }
}

fn column(definition: &Value) -> Column {
    Column {
        name: definition["name"].text().to_owned(),
        wide_only: definition["priority"].int() != 0,
        is_name: definition["format"].text() == "name" && definition["type"].text() == "string",
    }
}

/// The first line of a cell, `...` in place of the others.
fn cell_text(cell: &Value) -> String {
    match cell {
        Value::Null => String::new(),
        Value::Str(text) => match text.find(['\u{c}', '\n', '\r']) {
            Some(end) => {
                format!("{}...", escape_terminal(text.get(..end).unwrap_or_default()))
            }
            None => escape_terminal(text).into_owned(),
        },
        other => sprint(other),
    }
}

/// Takes the power over the terminal from `text`.
pub(crate) fn escape_terminal(text: &str) -> Cow<'_, str> {
    if text.contains(['\u{1b}', '\r']) {
        Cow::Owned(text.replace('\u{1b}', "^[").replace('\r', "\\r"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use podyard_engine::value;

    fn table() -> Value {
        value!({
            "columnDefinitions": [
                { "name": "Name", "type": "string", "format": "name", "priority": 0 },
                { "name": "Ready", "type": "string", "format": "", "priority": 0 },
                { "name": "IP", "type": "string", "format": "", "priority": 1 }
            ],
            "rows": [
                {
                    "cells": ["web", "1/1", "10.244.1.2"],
                    "object": { "metadata": {
                        "namespace": "default",
                        "labels": { "app": "web", "example.com/tier": "fe" }
                    } }
                },
                {
                    "cells": ["database", 0, null],
                    "object": { "metadata": { "namespace": "default" } }
                }
            ]
        })
    }

    fn check(options: TableOptions, expected: &str) {
        assert_eq!(TablePrinter::new(options).print(&table()), expected);
    }

    #[test]
    fn a_table_shows_the_columns_of_priority_zero() {
        let expected = "NAME       READY\nweb        1/1\ndatabase   0\n";
        check(TableOptions::default(), expected);
        let expected =
            "NAME       READY   IP\nweb        1/1     10.244.1.2\ndatabase   0       \n";
        check(TableOptions { wide: true, ..TableOptions::default() }, expected);
    }

    #[test]
    fn flags_add_columns_on_both_sides() {
        let options = TableOptions {
            with_namespace: true,
            show_labels: true,
            column_labels: vec!["example.com/tier".to_owned()],
            kind: Some("pod".to_owned()),
            ..TableOptions::default()
        };
        let expected = "\
NAMESPACE   NAME           READY   TIER   LABELS
default     pod/web        1/1     fe     app=web,example.com/tier=fe
default     pod/database   0              <none>
";
        check(options, expected);
    }

    #[test]
    fn a_watch_prints_its_header_once_and_keeps_its_widths() {
        let mut printer = TablePrinter::new(TableOptions::default());
        printer.print(&table());
        let next = value!({ "rows": [{ "cells": ["x", "10/10"] }] });
        assert_eq!(printer.print_event(&next, None), "x          10/10\n");
        assert_eq!(printer.print(&value!({ "rows": [] })), "");
    }

    #[test]
    fn a_cell_is_one_line() {
        assert_eq!(cell_text(&"a\nb".into()), "a...");
        assert_eq!(cell_text(&"\u{1b}[1m".into()), "^[[1m");
    }
}
