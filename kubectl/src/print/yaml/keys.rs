//! The order of a mapping's keys (`goyaml.v2/sorter.go`).

use std::cmp::Ordering;

/// Compares keys as people would: letters after anything else, runs of digits
/// by their value.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let difference = a.iter().zip(&b).position(|(a, b)| a != b);
    let Some((at, (first, second))) =
        difference.and_then(|at| Some((at, (a.get(at)?, b.get(at)?))))
    else {
        return a.len().cmp(&b.len());
    };
    match (first.is_alphabetic(), second.is_alphabetic()) {
        (true, true) => return first.cmp(second),
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    // A digit before the difference makes both runs parts of longer numbers,
    // in which a zero counts as a digit.
    let in_number = (*first == '0' || *second == '0')
        && a.get(..at)
            .unwrap_or_default()
            .iter()
            .rev()
            .take_while(|char| char.is_ascii_digit())
            .any(|char| *char != '0');
    let run = |chars: &[char]| {
        let digits = chars.get(at..).unwrap_or_default().iter().map_while(|char| char.to_digit(10));
        digits.fold((u64::from(in_number), 0_usize), |(value, count), digit| {
            (value.wrapping_mul(10).wrapping_add(u64::from(digit)), count + 1)
        })
    };
    run(&a).cmp(&run(&b)).then_with(|| first.cmp(second))
}
