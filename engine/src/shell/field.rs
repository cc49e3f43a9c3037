//! Builds the fields of a word: what was quoted stays whole, what expanded
//! unquoted is split at `$IFS`.

use super::pattern;

/// One argument in the making.
#[derive(Debug, Clone, Default)]
pub(super) struct Field {
    pub(super) text: String,
    /// The same as a pattern, with what was quoted escaped.
    pub(super) pattern: String,
    pub(super) is_pattern: bool,
}

/// The fields of one word.
#[derive(Debug, Clone)]
pub(super) struct Fields {
    done: Vec<Field>,
    current: Option<Field>,
    /// `$IFS`; none when nothing is split.
    separators: Option<String>,
}

impl Fields {
    pub(super) fn split_at(separators: String) -> Self {
        Self { done: Vec::new(), current: None, separators: Some(separators) }
    }

    pub(super) fn unsplit() -> Self {
        Self { done: Vec::new(), current: None, separators: None }
    }

    /// Adds what quotes protect; makes a field even when empty.
    pub(super) fn quoted(&mut self, text: &str) {
        let field = self.current.get_or_insert_default();
        field.text.push_str(text);
        field.pattern.push_str(&pattern::quote(text));
    }

    /// Adds what stands plainly in the script: never split.
    pub(super) fn plain(&mut self, text: &str) {
        let field = self.current.get_or_insert_default();
        field.text.push_str(text);
        field.pattern.push_str(text);
        field.is_pattern |= pattern::is_pattern(text);
    }

    /// Adds what an expansion gave.
    pub(super) fn value(&mut self, text: &str, quoted: bool) {
        if quoted {
            return self.quoted(text);
        }
        let Some(separators) = self.separators.clone() else {
            if !text.is_empty() {
                self.plain(text);
            }
            return;
        };
        let is_blank = |letter: char| letter.is_ascii_whitespace() && separators.contains(letter);
        let mut letters = text.chars().peekable();
        while let Some(letter) = letters.next() {
            if is_blank(letter) {
                while letters.next_if(|next| is_blank(*next)).is_some() {}
                // Blanks around another separator belong to it.
                let joins = letters.peek().is_some_and(|next| separators.contains(*next));
                if !joins {
                    self.end();
                }
            } else if separators.contains(letter) {
                self.current.get_or_insert_default();
                self.end();
                while letters.next_if(|next| is_blank(*next)).is_some() {}
            } else {
                self.plain(letter.encode_utf8(&mut [0; 4]));
            }
        }
    }

    fn end(&mut self) {
        self.done.extend(self.current.take());
    }

    /// Starts a new field, as between the items of `$@`.
    pub(super) fn part(&mut self) {
        if self.separators.is_some() {
            self.end();
        } else {
            self.quoted(" ");
        }
    }

    pub(super) fn finish(mut self) -> Vec<Field> {
        self.end();
        self.done
    }

    pub(super) fn joined(self) -> String {
        self.current.unwrap_or_default().text
    }

    pub(super) fn joined_pattern(self) -> String {
        self.current.unwrap_or_default().pattern
    }
}
