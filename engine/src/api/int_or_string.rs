//! Numbers that may be percentages: `2` or `25%`.
//!
//! Source: apimachinery `pkg/util/intstr` and the rules of
//! `pkg/apis/apps/validation`.

use super::meta::non_negative;
use super::{Errors, Path, Verbatim, gotext, names};
use crate::value::Value;

/// The percentage that `value` is, as 25 for `25%`.
pub fn percent(value: &Value) -> Option<i64> {
    let text = value.as_str()?;
    if names::percent(text).is_empty() { text.strip_suffix('%')?.parse().ok() } else { None }
}

/// The bare number in `value`, whether or not it is a percentage: 25 for `25%`.
pub fn int_or_percent(value: &Value) -> i64 {
    percent(value).unwrap_or_else(|| as_int(value))
}

/// Go's `IntValue`: the number, also of a text that holds one.
pub fn as_int(value: &Value) -> i64 {
    value.as_int().or_else(|| value.text().parse().ok()).unwrap_or_default()
}

/// `value` of `total`: a percentage is applied and rounded up or down, a
/// number stays as it is.
pub fn scaled(value: &Value, total: i64, round_up: bool) -> i64 {
    match percent(value) {
        None => as_int(value),
        Some(percent) if round_up => (percent * total + 99).div_euclid(100),
        Some(percent) => (percent * total).div_euclid(100),
    }
}

/// Finds what is wrong with a number that may be a percentage.
pub fn validate(value: &Value, path: &Path<'_>, errors: &mut Errors) {
    let Some(text) = value.as_str() else {
        return non_negative(value, path, errors);
    };
    for complaint in names::percent(text) {
        errors.invalid(path, Verbatim(&gotext::int_or_string(value)), &complaint);
    }
}

/// Says that a percentage is more than all, if it is.
pub fn validate_at_most_all(value: &Value, path: &Path<'_>, errors: &mut Errors) {
    if percent(value).is_some_and(|percent| percent > 100) {
        let shown = gotext::int_or_string(value);
        errors.invalid(path, Verbatim(&shown), "must not be greater than 100%");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value;

    #[test]
    fn percentages_round_as_asked() {
        for (value, total, up, down) in [
            (value!("25%"), 3, 1, 0),
            (value!("25%"), 4, 1, 1),
            (value!("100%"), 7, 7, 7),
            (value!(2), 10, 2, 2),
            (value!("0%"), 10, 0, 0),
        ] {
            assert_eq!((scaled(&value, total, true), scaled(&value, total, false)), (up, down));
        }
    }
}
