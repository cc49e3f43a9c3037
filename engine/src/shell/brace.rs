//! bash's brace expansion: `{a,b}` and `{1..5}` in plain text.

use std::sync::Arc;

use super::syntax::{Piece, Word};

/// The words that `word` stands for; itself when it holds no braces.
pub(super) fn expand(word: &Word) -> Vec<Word> {
    for (at, piece) in word.iter().enumerate() {
        let Piece::Text(text) = piece else { continue };
        let Some((before, alternatives, after)) = split(text) else { continue };
        let head = word.get(..at).unwrap_or_default();
        let tail = word.get(at + 1..).unwrap_or_default();
        return alternatives
            .into_iter()
            .flat_map(|alternative| {
                let middle = Piece::Text(format!("{before}{alternative}{after}"));
                let pieces = head.iter().cloned().chain([middle]).chain(tail.iter().cloned());
                expand(&Arc::new(pieces.collect()))
            })
            .collect();
    }
    vec![word.clone()]
}

/// The text before the first pair of braces that expands, what it expands to,
/// and the text after.
fn split(text: &str) -> Option<(&str, Vec<String>, &str)> {
    for (open, _) in text.match_indices('{') {
        let (mut depth, mut commas) = (0, vec![open]);
        for (at, letter) in text.char_indices().skip_while(|(at, _)| *at < open) {
            match letter {
                '{' => depth += 1,
                ',' if depth == 1 => commas.push(at),
                '}' => {
                    depth -= 1;
                    if depth > 0 {
                        continue;
                    }
                    let inner = text.get(open + 1..at)?;
                    let parts = if commas.len() > 1 {
                        commas.push(at);
                        commas
                            .windows(2)
                            .filter_map(|pair| {
                                Some(text.get(pair.first()? + 1..*pair.last()?)?.into())
                            })
                            .collect()
                    } else {
                        range(inner).unwrap_or_default()
                    };
                    if parts.is_empty() {
                        break;
                    }
                    return Some((text.get(..open)?, parts, text.get(at + 1..)?));
                }
                _ => {}
            }
        }
    }
    None
}

fn range(text: &str) -> Option<Vec<String>> {
    let (first, rest) = text.split_once("..")?;
    let (last, step) = match rest.split_once("..") {
        Some((last, step)) => (last, step.parse::<i64>().ok()?.abs().max(1)),
        None => (rest, 1),
    };
    let (low, high, letters) = match (first.parse::<i64>(), last.parse::<i64>()) {
        (Ok(low), Ok(high)) => (low, high, false),
        _ => (single(first)?, single(last)?, true),
    };
    let width = if first.starts_with('0') && first.len() > 1 { first.len() } else { 0 };
    let count = (high - low).abs() / step;
    let sign = if high < low { -step } else { step };
    let item = |at: i64| {
        let number = low + at * sign;
        if letters {
            u32::try_from(number).ok().and_then(char::from_u32).map(String::from)
        } else {
            Some(format!("{number:0width$}"))
        }
    };
    (0..=count.min(100_000)).map(item).collect()
}

fn single(text: &str) -> Option<i64> {
    let mut letters = text.chars();
    let letter = letters.next().filter(char::is_ascii_alphabetic)?;
    letters.next().is_none().then_some(i64::from(u32::from(letter)))
}
