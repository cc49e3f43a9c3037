//! Texts: searching, cutting, replacing, matching patterns.

use regex_lite::Regex;

use super::{Answer, format};
use crate::cel::value::Cel;

pub(super) fn call(name: &str, values: &[Cel]) -> Answer {
    let (first, rest) = values.split_first()?;
    let own = first.as_str()?;
    let letters = || own.chars().collect::<Vec<char>>();
    Some(match (name, rest) {
        ("size", []) => Ok(count(own.chars().count())),
        ("contains", [Cel::Str(part)]) => Ok(Cel::Bool(own.contains(&**part))),
        ("startsWith", [Cel::Str(part)]) => Ok(Cel::Bool(own.starts_with(&**part))),
        ("endsWith", [Cel::Str(part)]) => Ok(Cel::Bool(own.ends_with(&**part))),
        ("matches", [Cel::Str(pattern)]) => {
            regex(pattern).map(|regex| Cel::Bool(regex.is_match(own)))
        }
        ("find", [Cel::Str(pattern)]) => {
            regex(pattern).map(|regex| Cel::str(regex.find(own).map_or("", |found| found.as_str())))
        }
        ("findAll", [Cel::Str(pattern)]) => find_all(own, pattern, -1),
        ("findAll", [Cel::Str(pattern), Cel::Int(most)]) => find_all(own, pattern, *most),
        ("charAt", [Cel::Int(at)]) => char_at(&letters(), *at),
        ("indexOf", [Cel::Str(part)]) => index_of(own, part, 0),
        ("indexOf", [Cel::Str(part), Cel::Int(from)]) => index_of(own, part, *from),
        ("lastIndexOf", [Cel::Str(part)]) => last_index_of(own, part, None),
        ("lastIndexOf", [Cel::Str(part), Cel::Int(from)]) => last_index_of(own, part, Some(*from)),
        ("lowerAscii", []) => Ok(Cel::str(own.to_ascii_lowercase())),
        ("upperAscii", []) => Ok(Cel::str(own.to_ascii_uppercase())),
        ("trim", []) => Ok(Cel::str(own.trim())),
        ("replace", [Cel::Str(from), Cel::Str(to)]) => Ok(Cel::str(own.replace(&**from, to))),
        ("replace", [Cel::Str(from), Cel::Str(to), Cel::Int(most)]) => {
            Ok(Cel::str(match usize::try_from(*most) {
                Ok(most) => own.replacen(&**from, to, most),
                Err(_) => own.replace(&**from, to),
            }))
        }
        ("split", [Cel::Str(by)]) => Ok(split(own, by, -1)),
        ("split", [Cel::Str(by), Cel::Int(most)]) => Ok(split(own, by, *most)),
        ("substring", [Cel::Int(from)]) => substring(&letters(), *from, None),
        ("substring", [Cel::Int(from), Cel::Int(to)]) => substring(&letters(), *from, Some(*to)),
        ("format", [Cel::List(args)]) => format::format(own, args),
        _ => return None,
    })
}

pub(super) fn count(count: usize) -> Cel {
    Cel::Int(i64::try_from(count).unwrap_or(i64::MAX))
}

fn regex(pattern: &str) -> Result<Regex, String> {
    Regex::new(pattern).map_err(|error| format!("error parsing regexp: {error}"))
}

fn find_all(own: &str, pattern: &str, most: i64) -> Result<Cel, String> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let regex = regex(pattern)?;
    let found = regex.find_iter(own).take(most).map(|found| Cel::str(found.as_str()));
    Ok(Cel::list(found.collect()))
}

fn out_of_range(at: i64) -> String {
    format!("index out of range: {at}")
}

fn place(at: i64, length: usize) -> Result<usize, String> {
    usize::try_from(at).ok().filter(|at| *at <= length).ok_or_else(|| out_of_range(at))
}

fn char_at(letters: &[char], at: i64) -> Result<Cel, String> {
    let at = place(at, letters.len())?;
    Ok(Cel::str(letters.get(at).map(ToString::to_string).unwrap_or_default()))
}

/// Where a byte is, counted in letters.
fn letters_before(own: &str, byte: Option<usize>) -> Cel {
    match byte.and_then(|byte| own.get(..byte)) {
        Some(before) => count(before.chars().count()),
        None => Cel::Int(-1),
    }
}

/// Where a letter is, counted in bytes.
fn byte_of(own: &str, letter: usize) -> usize {
    own.char_indices().nth(letter).map_or(own.len(), |(byte, _)| byte)
}

fn index_of(own: &str, part: &str, from: i64) -> Result<Cel, String> {
    let start = byte_of(own, place(from, own.chars().count())?);
    let found = own.get(start..).and_then(|rest| rest.find(part)).map(|at| start + at);
    Ok(letters_before(own, found))
}

fn last_index_of(own: &str, part: &str, from: Option<i64>) -> Result<Cel, String> {
    let Some(from) = from else { return Ok(letters_before(own, own.rfind(part))) };
    let last = byte_of(own, place(from, own.chars().count())?);
    let until = own.len().min(last + part.len());
    Ok(letters_before(own, own.get(..until).and_then(|start| start.rfind(part))))
}

fn split(own: &str, by: &str, most: i64) -> Cel {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let parts: Vec<Cel> = if by.is_empty() {
        own.chars().take(most).map(|letter| Cel::str(letter.to_string())).collect()
    } else {
        own.splitn(most, by).map(Cel::str).collect()
    };
    Cel::list(parts)
}

fn substring(letters: &[char], from: i64, to: Option<i64>) -> Result<Cel, String> {
    let start = place(from, letters.len())?;
    let end = to.map_or(Ok(letters.len()), |to| place(to, letters.len()))?;
    if start > end {
        let to = to.unwrap_or_default();
        return Err(format!("invalid substring range. start: {from}, end: {to}"));
    }
    Ok(Cel::str(letters.get(start..end).unwrap_or_default().iter().collect::<String>()))
}
