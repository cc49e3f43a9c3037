//! Which command the arguments mean.

use super::Command;
use crate::flags::{Flag, GLOBAL};

/// A command and what is left for it.
pub struct Found {
    /// The commands from the root to the one meant.
    pub path: Vec<&'static Command>,
    /// The arguments without the names of the commands.
    pub args: Vec<String>,
}

impl Found {
    /// The command meant.
    pub fn command(&self) -> Option<&'static Command> {
        self.path.last().copied()
    }

    /// The names of the commands, as `kubectl create deployment`.
    pub fn name(&self) -> String {
        let names: Vec<_> = self.path.iter().map(|command| command.name).collect();
        names.join(" ")
    }
}

/// Walks down from `root`: the first argument that is no flag, nor the value
/// of one, names the next command.
pub fn find(root: &'static Command, args: &[String]) -> Found {
    let mut found = Found { path: vec![root], args: args.to_vec() };
    let mut command = root;
    while !command.children.is_empty() {
        let Some(position) = first_word(command, &found.args) else { break };
        let word = found.args.get(position).map(String::as_str).unwrap_or_default();
        let Some(child) = command.child(word) else { break };
        found.args.remove(position);
        found.path.push(child);
        command = child;
    }
    found
}

/// Where the first argument stands that is neither a flag nor its value.
fn first_word(command: &Command, args: &[String]) -> Option<usize> {
    let mut position = 0;
    while let Some(arg) = args.get(position) {
        if arg == "--" {
            return None;
        }
        if let Some(long) = arg.strip_prefix("--") {
            let takes_next = !long.contains('=') && !is_bare(command, |flag| flag.name == long);
            position += usize::from(takes_next) + 1;
        } else if let Some(letters) = arg.strip_prefix('-').filter(|letters| !letters.is_empty()) {
            let first = letters.chars().next();
            let one = letters.chars().count() == 1;
            let takes_next = one && !is_bare(command, |flag| flag.short == first);
            position += usize::from(takes_next) + 1;
        } else {
            return Some(position);
        }
    }
    None
}

fn is_bare(command: &Command, wanted: impl Fn(&Flag) -> bool) -> bool {
    let own = command.flags.iter().flat_map(|group| group.iter());
    own.chain(GLOBAL).find(|flag| wanted(flag)).is_some_and(|flag| flag.bare().is_some())
}

/// The commands below `parent` that may have been meant by `word`.
pub fn suggestions(parent: &Command, word: &str) -> Vec<&'static str> {
    let word = word.to_lowercase();
    let near = |name: &str| distance(&word, name) <= 2 || name.starts_with(&word);
    parent.children.iter().map(|child| child.name).filter(|name| near(name)).collect()
}

/// The Levenshtein distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (line, letter) in a.chars().enumerate() {
        let mut next = vec![line + 1];
        for ((other, above), pair) in b.iter().zip(row.iter().skip(1)).zip(row.iter()) {
            let left = next.last().copied().unwrap_or_default();
            let swap = pair + usize::from(letter != *other);
            next.push(swap.min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
