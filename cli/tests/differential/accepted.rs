//! The differences that are meant, each with its reason: `accepted.txt`.

use std::fs;

use regex_lite::Regex;

use super::root;

/// Differences that are no mistakes.
pub(crate) struct Accepted(Vec<Entry>);

struct Entry {
    /// Which commands.
    command: Regex,
    /// What every line that differs must look like, sign included.
    lines: Regex,
}

impl Accepted {
    /// Reads the list: a reason after `#`, then a pattern for the command and
    /// one for the lines that differ.
    pub(crate) fn read() -> Self {
        let path = root("cli/tests/differential/accepted.txt");
        let text = fs::read_to_string(path).expect("the list of accepted differences");
        let mut lines =
            text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
        let mut entries = Vec::new();
        while let (Some(command), Some(pattern)) = (lines.next(), lines.next()) {
            let command = Regex::new(command).expect("a pattern for commands");
            let pattern = Regex::new(pattern.trim()).expect("a pattern for lines");
            entries.push(Entry { command, lines: pattern });
        }
        Self(entries)
    }

    /// Whether this difference is meant.
    pub(crate) fn covers(&self, command: &str, diff: &str) -> bool {
        let applies = |entry: &&Entry| entry.command.is_match(command);
        let entries: Vec<_> = self.0.iter().filter(applies).collect();
        diff.lines().all(|line| entries.iter().any(|entry| entry.lines.is_match(line)))
    }
}
