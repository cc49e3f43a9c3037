//! What types and fields mean, as a text that is loaded only where it is
//! wanted: it is ten times as long as the facts.

use std::ops::Range;
use std::sync::Arc;

/// The descriptions of types and fields; cheap to clone.
///
/// Their text has a line for each type, `core/v1.Pod⇥what it is`, followed by
/// one for each field, `⇥spec⇥what it is`. Line ends in it are written `\n`,
/// and backslashes `\\`.
#[derive(Debug, Clone, Default)]
pub struct Descriptions {
    text: Arc<str>,
    /// Type, field (empty for the type itself) and the place of the words.
    entries: Arc<[Entry]>,
}

type Entry = (Range<usize>, Range<usize>, Range<usize>);

impl Descriptions {
    /// Reads the text.
    pub fn parse(text: &str) -> Self {
        let mut entries = Vec::new();
        let mut current = 0..0;
        let mut start = 0;
        for line in text.split('\n') {
            let (own, next) = (start, start + line.len() + 1);
            if let Some((head, _)) = line.split_once('\t') {
                let words = |skipped: usize| own + skipped + 1..own + line.len();
                if head.is_empty() {
                    let field = line.split('\t').nth(1).map_or(0, str::len);
                    let name = own + 1..own + 1 + field;
                    entries.push((current.clone(), name, words(field + 1)));
                } else {
                    current = own..own + head.len();
                    entries.push((current.clone(), own..own, words(head.len())));
                }
            }
            start = next;
        }
        let get = |range: &Range<usize>| text.get(range.clone()).unwrap_or_default();
        entries.sort_by(|a, b| (get(&a.0), get(&a.1)).cmp(&(get(&b.0), get(&b.1))));
        Self { text: text.into(), entries: entries.into() }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What a field of a type means; what the type itself means, if `field`
    /// is empty.
    pub fn get(&self, type_name: &str, field: &str) -> Option<String> {
        let get = |range: &Range<usize>| self.text.get(range.clone()).unwrap_or_default();
        let found = self
            .entries
            .binary_search_by(|(own, name, _)| (get(own), get(name)).cmp(&(type_name, field)))
            .ok()?;
        self.entries.get(found).map(|(_, _, words)| unescaped(get(words)))
    }
}

fn unescaped(words: &str) -> String {
    let mut text = String::with_capacity(words.len());
    let mut letters = words.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some(other) => text.push(other),
                None => {}
            },
            other => text.push(other),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_and_fields_are_found() {
        let text = "core/v1.Pod\tA pod.\n\tspec\tIts\\nspec \\\\.\ncore/v1.A\tAn a.\n";
        let read = Descriptions::parse(text);
        assert_eq!(read.get("core/v1.Pod", "").as_deref(), Some("A pod."));
        assert_eq!(read.get("core/v1.Pod", "spec").as_deref(), Some("Its\nspec \\."));
        assert_eq!(read.get("core/v1.A", "").as_deref(), Some("An a."));
        assert_eq!(read.get("core/v1.A", "spec"), None);
    }
}
