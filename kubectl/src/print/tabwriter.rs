//! Columns of text, aligned as Go's `text/tabwriter` aligns them, with the
//! remembered widths of the fork that kubectl uses for tables.

/// Aligns tab-terminated cells.
///
/// A column is a run of adjacent lines that have a tab-terminated cell at that
/// place; its width is that of its widest cell. The text after the last tab
/// of a line belongs to no column.
#[derive(Debug, Clone)]
pub struct TabWriter {
    min_width: usize,
    padding: usize,
    /// The widest each column has been, when that is to be remembered.
    remembered: Option<Vec<usize>>,
}

impl TabWriter {
    /// The writer of tables, which never narrows a column it has once printed.
    pub fn for_tables() -> Self {
        Self { min_width: 6, padding: 3, remembered: Some(Vec::new()) }
    }

    /// The writer of `describe`.
    pub fn for_describe() -> Self {
        Self { min_width: 0, padding: 2, remembered: None }
    }

    /// `text` with its cells aligned.
    pub fn format(&mut self, text: &str) -> String {
        let lines: Vec<Vec<&str>> =
            text.split(['\n', '\u{c}']).map(|line| line.split(['\t', '\u{b}']).collect()).collect();
        let mut out = String::with_capacity(text.len() * 2);
        self.block(&lines, &mut Vec::new(), &mut out);
        // Every line was written with its end; the text after the last has none.
        out.pop();
        out
    }

    fn block(&mut self, lines: &[Vec<&str>], widths: &mut Vec<usize>, out: &mut String) {
        let column = widths.len();
        let mut rest = lines;
        while let Some(start) = rest.iter().position(|line| column + 1 < line.len()) {
            let (before, from) = rest.split_at(start);
            write_lines(before, widths, out);
            let end = from.iter().position(|line| column + 1 >= line.len()).unwrap_or(from.len());
            let (inside, after) = from.split_at(end);
            let width = self.column_width(inside, column);
            widths.push(width);
            self.block(inside, widths, out);
            widths.pop();
            rest = after;
        }
        write_lines(rest, widths, out);
    }

    fn column_width(&mut self, lines: &[Vec<&str>], column: usize) -> usize {
        let cells = lines.iter().filter_map(|line| line.get(column));
        let widest = cells.map(|cell| cell.chars().count() + self.padding).max().unwrap_or(0);
        let width = widest.max(self.min_width);
        let Some(remembered) = &mut self.remembered else { return width };
        if remembered.len() <= column {
            remembered.resize(column + 1, 0);
        }
        remembered.get_mut(column).map_or(width, |known| {
            *known = width.max(*known);
            *known
        })
    }
}

fn write_lines(lines: &[Vec<&str>], widths: &[usize], out: &mut String) {
    for line in lines {
        for (column, cell) in line.iter().enumerate() {
            out.push_str(cell);
            if let Some(width) = widths.get(column) {
                let padding = width.saturating_sub(cell.chars().count());
                out.extend(std::iter::repeat_n(' ', padding));
            }
        }
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_ends_where_a_line_lacks_its_cell() {
        let text = "Name:\tweb\nLabels:\n  a\tb\tc\n  long name\tb\tc\n";
        let expected = "Name:  web\nLabels:\n  a          b  c\n  long name  b  c\n";
        assert_eq!(TabWriter::for_describe().format(text), expected);
    }

    #[test]
    fn tables_remember_their_widest_cells() {
        let mut writer = TabWriter::for_tables();
        assert_eq!(
            writer.format("NAME\tAGE\nlong-name\t1s\n"),
            "NAME        AGE\nlong-name   1s\n"
        );
        assert_eq!(writer.format("x\t12s\n"), "x           12s\n");
    }
}
