//! The order of a mapping's keys (`goyaml.v2/sorter.go`).

use crate::value::{Map, Str, Value};

/// The entries of a map in the order in which YAML shows them.
pub(super) fn sorted(map: &Map) -> Vec<(&Str, &Value)> {
    let mut entries: Vec<(&Str, &Value)> = map.iter().collect();
    // The order is not transitive, which the standard library's sort would
    // not forgive; Go's sort of few keys is this one.
    for end in 1..entries.len() {
        let is_less = |at: usize| match (entries.get(at), entries.get(end)) {
            (Some((before, _)), Some((key, _))) => is_less(key, before),
            _ => false,
        };
        let start = (0..end).rev().find(|at| !is_less(*at)).map_or(0, |at| at + 1);
        if let Some(run) = entries.get_mut(start..=end) {
            run.rotate_right(1);
        }
    }
    entries
}

/// Whether `a` comes before `b` for people: runs of digits count by their
/// value, and letters come after other characters.
fn is_less(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let difference = a.iter().zip(&b).position(|(a, b)| a != b);
    let Some((at, (first, second))) =
        difference.and_then(|at| Some((at, (a.get(at)?, b.get(at)?))))
    else {
        return a.len() < b.len();
    };
    let common = a.get(..at).unwrap_or_default();
    match (first.is_alphabetic(), second.is_alphabetic()) {
        (true, true) => return first < second,
        (true, false) => return false,
        (false, true) => return true,
        (false, false) => {}
    }
    // A digit before the difference makes both runs parts of longer numbers,
    // in which a zero counts as a digit.
    let in_number = (*first == '0' || *second == '0')
        && common.iter().rev().take_while(|char| char.is_ascii_digit()).any(|char| *char != '0');
    let run = |chars: &[char]| {
        let digits = chars.get(at..).unwrap_or_default().iter().map_while(|char| char.to_digit(10));
        digits.fold((i64::from(in_number), 0_usize), |(value, count), digit| {
            (value.wrapping_mul(10).wrapping_add(digit.into()), count + 1)
        })
    };
    run(&a).cmp(&run(&b)).then_with(|| first.cmp(second)).is_lt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_sorted_as_people_would() {
        let expected = ["_", "1", "01", "2", "10", "A", "a", "a-b", "a1", "a2", "a10", "a10b", "b"];
        let map: Map = expected.iter().map(|key| (*key, Value::Null)).collect();
        let found: Vec<&str> = sorted(&map).into_iter().map(|(key, _)| &**key).collect();
        assert_eq!(found, expected);
    }
}
