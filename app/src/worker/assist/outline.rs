//! What a text says by its indentation alone: which field each line holds, and
//! where. Unlike a parser it reads every text, whole or broken, so it still
//! knows where the cursor is while a line is being typed.

/// A line that holds a field or an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// The line, from 0.
    pub(super) line: usize,
    /// The path, indices as steps of their own.
    pub(super) path: Vec<String>,
    /// The column of the key, from 0, in characters.
    pub(super) column: usize,
    /// The key; none on a line such as `- sleep`.
    pub(super) key: Option<String>,
    /// What stands behind the colon, or the item.
    pub(super) value: String,
    /// The column of that.
    pub(super) value_column: usize,
}

/// One document of a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Outline {
    /// Its lines, top to bottom.
    pub(super) rows: Vec<Row>,
}

/// Where the cursor is, and what may be meant to stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spot {
    /// The path of what holds the cursor: of the object whose key is being
    /// typed, or of the field whose value is.
    pub(super) path: Vec<String>,
    /// Whether a value is being typed; else a key, or an item.
    pub(super) in_value: bool,
    /// What has been typed of it.
    pub(super) typed: String,
    /// The column where that begins, from 0, in characters.
    pub(super) column: usize,
    /// By how much the key stands further in than its line.
    pub(super) inset: usize,
}

impl Outline {
    /// Reads the document around `line`, the cursor being at its `column`.
    pub(super) fn around(text: &str, line: usize, column: usize) -> (Self, Option<Spot>) {
        let lines: Vec<&str> = text.split('\n').collect();
        let is_border = |own: &&str| own.trim_end() == "---" || own.starts_with("--- ");
        let above = lines.iter().take(line + 1).rposition(is_border);
        let below = lines.iter().skip(line + 1).position(is_border);
        let first = above.map_or(0, |border| border + 1);
        let last = below.map_or(lines.len(), |border| line + 1 + border);
        let mut reader = Reader::default();
        let mut spot = None;
        for (number, own) in lines.iter().enumerate().take(last).skip(first) {
            if number == line {
                spot = reader.spot(own, column);
            }
            reader.read(number, own);
        }
        (Self { rows: reader.rows }, spot)
    }

    /// Reads every document.
    pub(super) fn all(text: &str) -> Vec<Self> {
        let borders = text.split('\n').enumerate().filter(|(_, own)| own.trim_end() == "---");
        let starts = std::iter::once(0).chain(borders.map(|(line, _)| line + 1));
        starts.map(|line| Self::around(text, line, 0).0).collect()
    }

    /// The value of a field, without quotes; empty where there is none.
    pub(super) fn value(&self, path: &[&str]) -> &str {
        let row = self.rows.iter().find(|row| row.key.is_some() && row.path == path);
        row.map_or("", |row| row.value.trim_matches(['"', '\'']))
    }

    /// The names of the fields directly below `path`, but not on `line`.
    pub(super) fn fields_below(&self, path: &[String], line: usize) -> Vec<&str> {
        let own = self.rows.iter().filter(|row| row.line != line && row.key.is_some());
        let own = own.filter_map(|row| row.path.split_last());
        own.filter(|(_, outer)| *outer == path).map(|(name, _)| name.as_str()).collect()
    }
}

/// A step of the path to where the reader is, and the column where it begins.
#[derive(Debug, Clone)]
enum Step {
    Key(String),
    Item(usize),
}

#[derive(Default)]
struct Reader {
    rows: Vec<Row>,
    stack: Vec<(usize, Step)>,
    /// Lines further in than this are a text of several lines.
    text_below: Option<usize>,
}

impl Reader {
    fn read(&mut self, line: usize, text: &str) {
        let text = text.trim_end();
        let indent = indent_of(text);
        if text.trim_start().is_empty() || self.is_text(indent) {
            return;
        }
        self.text_below = None;
        if text.trim_start().starts_with('#') {
            return;
        }
        let (column, rest) = self.enter_items(indent, text);
        let (key, value_at) = split_key(rest);
        if let Some(key) = &key {
            self.leave(column);
            self.stack.push((column, Step::Key(key.clone())));
        }
        let value = without_comment(rest.get(value_at..).unwrap_or_default());
        let blanks = indent_of(value);
        if value.trim_start().starts_with(['|', '>']) {
            self.text_below = Some(indent);
        }
        let value_column = column + chars_before(rest, value_at) + blanks;
        let value = value.trim().to_owned();
        self.rows.push(Row { line, path: self.path(), column, key, value, value_column });
    }

    fn is_text(&self, indent: usize) -> bool {
        self.text_below.is_some_and(|outer| indent > outer)
    }

    /// Enters the items that the line begins with; says where it goes on.
    fn enter_items<'a>(&mut self, indent: usize, text: &'a str) -> (usize, &'a str) {
        let (mut column, mut rest) = (indent, text.trim_start());
        while rest == "-" || rest.starts_with("- ") {
            self.stack.retain(|(own, _)| *own <= column);
            let index = match self.stack.last() {
                Some((own, Step::Item(index))) if *own == column => index + 1,
                _ => 0,
            };
            if index > 0 {
                self.stack.pop();
            }
            self.stack.push((column, Step::Item(index)));
            let inner = rest.strip_prefix('-').unwrap_or_default();
            column += 1 + indent_of(inner);
            rest = inner.trim_start();
        }
        (column, rest)
    }

    /// Leaves everything that does not reach as far in as `column`.
    fn leave(&mut self, column: usize) {
        while self.stack.last().is_some_and(|(own, _)| *own >= column) {
            self.stack.pop();
        }
    }

    fn path(&self) -> Vec<String> {
        let step = |(_, step): &(usize, Step)| match step {
            Step::Key(name) => name.clone(),
            Step::Item(index) => index.to_string(),
        };
        self.stack.iter().map(step).collect()
    }

    /// Where the cursor is, at a column of the line that comes next.
    fn spot(&self, text: &str, column: usize) -> Option<Spot> {
        let before: String = text.chars().take(column).collect();
        let indent = indent_of(&before);
        let is_comment = before.trim_start().starts_with('#') || before.contains(" #");
        if is_comment || (self.is_text(indent) && !text.trim().is_empty()) {
            return None;
        }
        let mut here = Self { rows: Vec::new(), stack: self.stack.clone(), text_below: None };
        let (at, rest) = here.enter_items(indent, &before);
        let inset = at - indent;
        if let (Some(key), value_at) = split_key(rest) {
            let typed = rest.get(value_at..).unwrap_or_default();
            if typed.is_empty() {
                // Right behind the colon, where a blank is still missing.
                return None;
            }
            let column = at + chars_before(rest, value_at) + indent_of(typed);
            here.leave(at);
            here.stack.push((at, Step::Key(key)));
            let typed = typed.trim_start().to_owned();
            return Some(Spot { path: here.path(), in_value: true, typed, column, inset });
        }
        // An item just entered on this line stands further out, and stays.
        here.leave(at);
        let typed = rest.to_owned();
        Some(Spot { path: here.path(), in_value: false, typed, column: at, inset })
    }
}

/// The key that a line begins with, and where its value begins.
fn split_key(text: &str) -> (Option<String>, usize) {
    let quote = text.chars().next().filter(|first| matches!(first, '"' | '\''));
    let end = match quote {
        Some(quote) => text.get(1..).and_then(|rest| rest.find(quote)).map(|end| end + 2),
        None => text.find(": ").or_else(|| text.ends_with(':').then(|| text.len() - 1)),
    };
    let key = end.and_then(|end| text.get(..end));
    let is_key = |key: &&str| !key.is_empty() && !key.contains([' ', '{', '[', '#']);
    match key
        .filter(is_key)
        .filter(|key| text.get(key.len()..).is_some_and(|rest| rest.starts_with(':')))
    {
        Some(key) => (Some(key.trim_matches(['"', '\'']).to_owned()), key.len() + 1),
        None => (None, 0),
    }
}

fn without_comment(value: &str) -> &str {
    value.find(" #").map_or(value, |at| value.get(..at).unwrap_or(value))
}

fn indent_of(text: &str) -> usize {
    text.chars().take_while(|letter| *letter == ' ').count()
}

fn chars_before(text: &str, at: usize) -> usize {
    text.get(..at).unwrap_or(text).chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The path at `|` in `text`, what is typed there, and whether as a value.
    fn check(text: &str, path: &str, typed: &str, in_value: bool) {
        let line = text.lines().position(|line| line.contains('|')).expect("a cursor");
        let column = text.lines().nth(line).and_then(|own| own.find('|')).expect("a cursor");
        let (_, spot) = Outline::around(&text.replace('|', ""), line, column);
        let spot = spot.expect("a spot");
        assert_eq!(
            (spot.path.join("."), &*spot.typed, spot.in_value),
            (path.to_owned(), typed, in_value)
        );
    }

    #[test]
    fn keys_belong_to_what_stands_further_out() {
        check("kind: Pod\n|", "", "", false);
        check("spec:\n  re|\n", "spec", "re", false);
        check("spec:\n  containers:\n  - name: a\n    im|", "spec.containers.0", "im", false);
        check("spec:\n  containers:\n  - name: a\n  - im|", "spec.containers.1", "im", false);
        check(
            "spec:\n  containers:\n    - name: a\n      ports:\n      - |",
            "spec.containers.0.ports.0",
            "",
            false,
        );
        check("a:\n- b: 1\n|", "", "", false);
        check("a:\n  b: 1\n\n  |\nc: 1", "a", "", false);
    }

    #[test]
    fn values_belong_to_their_key() {
        check("spec:\n  type: Cl|", "spec.type", "Cl", true);
        check("spec:\n  type: |", "spec.type", "", true);
        check("spec:\n  ports:\n  - protocol: T|", "spec.ports.0.protocol", "T", true);
        check("spec:\n  accessModes:\n  - Read|", "spec.accessModes.0", "Read", false);
    }

    #[test]
    fn documents_do_not_know_of_each_other() {
        let text = "kind: Pod\nspec:\n---\nkind: Service\n---\nkind: Job\n";
        let (outline, _) = Outline::around(text, 3, 0);
        assert_eq!(outline.value(&["kind"]), "Service");
        assert_eq!(outline.fields_below(&[], 9), ["kind"]);
    }

    #[test]
    fn broken_text_and_comments_do_no_harm() {
        check("kind: Service\nmetadata:\n  name:web\n  \"a b\nspec:\n  |", "spec", "", false);
        let (outline, _) = Outline::around("data:\n  a: |\n    x: 1\n  b: 2", 9, 0);
        assert_eq!(outline.fields_below(&["data".to_owned()], 9), ["a", "b"]);
        let (_, spot) = Outline::around("a: 1 # b", 0, 8);
        assert_eq!(spot, None);
    }
}
