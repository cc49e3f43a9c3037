//! Whole manifests to begin with, one of each kind that people write often.

use super::plain;
use crate::protocol::{About, Proposal};

/// Each begins with a comment: its kind, and why one writes it, in both
/// languages.
const SNIPPETS: &str = include_str!("snippets.yaml");

/// All of them.
pub(super) fn all() -> Vec<Proposal> {
    SNIPPETS.split("---\n").filter_map(read).collect()
}

fn read(text: &str) -> Option<Proposal> {
    let (head, body) = text.split_once('\n')?;
    let (kind, why) = head.strip_prefix("# ")?.split_once(": ")?;
    let (english, korean) = why.split_once('|')?;
    let about = About::Snippet { english: english.to_owned(), korean: korean.to_owned() };
    Some(Proposal { text: body.to_owned(), ..plain(kind, about) })
}
