//! Two texts compared line by line, in the unified format.

use std::fmt::Write as _;

use podyard_engine::sim::Time;

/// Lines shown around a change.
const CONTEXT: usize = 3;

/// One line of the comparison.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line<'t> {
    Same(&'t str),
    Gone(&'t str),
    New(&'t str),
}

/// A time as `diff` prints it.
pub(super) fn stamp(time: Time) -> String {
    let (year, month, day, hour, minute, second) = time.civil();
    let micros = time.as_micros().rem_euclid(1_000_000);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{micros:06}000 +0000")
}

/// What `diff -u` prints; none when the texts are equal.
pub(super) fn unified(
    old: &str,
    new: &str,
    (old_name, new_name): (&str, &str),
    stamp: &str,
) -> Option<String> {
    if old == new {
        return None;
    }
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let lines = compare(&old, &new);
    let mut text = format!("--- {old_name}\t{stamp}\n+++ {new_name}\t{stamp}\n");
    for range in hunks(&lines) {
        write_hunk(&mut text, &lines, range);
    }
    Some(text)
}

/// The shortest way from one text to the other: a longest common subsequence.
fn compare<'t>(old: &[&'t str], new: &[&'t str]) -> Vec<Line<'t>> {
    let width = new.len() + 1;
    let mut common = vec![0_u32; (old.len() + 1) * width];
    let at = |table: &[u32], i: usize, j: usize| table.get(i * width + j).copied().unwrap_or(0);
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            let value = if old.get(i) == new.get(j) {
                at(&common, i + 1, j + 1) + 1
            } else {
                at(&common, i + 1, j).max(at(&common, i, j + 1))
            };
            if let Some(cell) = common.get_mut(i * width + j) {
                *cell = value;
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut lines = Vec::new();
    loop {
        match (old.get(i), new.get(j)) {
            (Some(a), Some(b)) if a == b => {
                lines.push(Line::Same(a));
                i += 1;
                j += 1;
            }
            (Some(a), b) if b.is_none() || at(&common, i + 1, j) >= at(&common, i, j + 1) => {
                lines.push(Line::Gone(a));
                i += 1;
            }
            (_, Some(b)) => {
                lines.push(Line::New(b));
                j += 1;
            }
            (_, None) => return lines,
        }
    }
}

/// The changes with the lines around them, as ranges of `lines`.
fn hunks(lines: &[Line<'_>]) -> Vec<std::ops::Range<usize>> {
    let mut ranges: Vec<std::ops::Range<usize>> = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        if matches!(line, Line::Same(_)) {
            continue;
        }
        let (start, end) = (index.saturating_sub(CONTEXT), (index + CONTEXT + 1).min(lines.len()));
        match ranges.last_mut() {
            Some(last) if start <= last.end => last.end = end,
            _ => ranges.push(start..end),
        }
    }
    ranges
}

fn write_hunk(text: &mut String, lines: &[Line<'_>], range: std::ops::Range<usize>) {
    let count = |lines: &[Line<'_>]| {
        let old = lines.iter().filter(|line| !matches!(line, Line::New(_))).count();
        let new = lines.iter().filter(|line| !matches!(line, Line::Gone(_))).count();
        (old, new)
    };
    let (old_before, new_before) = count(lines.get(..range.start).unwrap_or_default());
    let shown = lines.get(range).unwrap_or_default();
    let (old, new) = count(shown);
    let place = |before: usize, count: usize| match count {
        0 => format!("{before},0"),
        1 => format!("{}", before + 1),
        count => format!("{},{count}", before + 1),
    };
    let _ = writeln!(text, "@@ -{} +{} @@", place(old_before, old), place(new_before, new));
    for line in shown {
        let (mark, line) = match line {
            Line::Same(line) => (' ', line),
            Line::Gone(line) => ('-', line),
            Line::New(line) => ('+', line),
        };
        let _ = writeln!(text, "{mark}{line}");
    }
}
