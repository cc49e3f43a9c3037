//! Reading times, with the words of Go's `time.Parse` for what is none.

use crate::sim::Time;

/// Reads an RFC 3339 time; an error is worded as Go's `time.Parse` words it
/// for `layout`.
pub(super) fn parse_time(text: &str, layout: &str) -> Result<Time, String> {
    match Time::parse(text) {
        Some(time) if day_exists(text) => Ok(time),
        _ => Err(time_error(text, layout)),
    }
}

fn day_exists(text: &str) -> bool {
    let number = |range| text.get(range).and_then(|part: &str| part.parse::<i64>().ok());
    let (Some(year), Some(month), Some(day)) = (number(0..4), number(5..7), number(8..10)) else {
        return false;
    };
    let (.., own_month, own_day) = {
        let (year, month, day, ..) = Time::from_civil(year, month, day, 0).civil();
        (year, month, day)
    };
    (own_month, own_day) == (month, day)
}

/// The elements of the layout, each with its number of digits and its largest
/// value; an element without digits stands for itself.
const ELEMENTS: [(&str, usize, &str, i64); 11] = [
    ("2006", 4, "year", 9_999),
    ("-", 0, "", 0),
    ("01", 2, "month", 12),
    ("-", 0, "", 0),
    ("02", 2, "day", 31),
    ("T", 0, "", 0),
    ("15", 2, "hour", 23),
    (":", 0, "", 0),
    ("04", 2, "minute", 59),
    (":", 0, "", 0),
    ("05", 2, "second", 59),
];

fn time_error(text: &str, layout: &str) -> String {
    let whole = quoted(text);
    let cannot = |rest: &str, element: &str| {
        let (layout, rest, element) = (quoted(layout), quoted(rest), quoted(element));
        format!("parsing time {whole} as {layout}: cannot parse {rest} as {element}")
    };
    let mut rest = text;
    for (element, digits, name, largest) in ELEMENTS {
        let head = rest.get(..digits).unwrap_or_default();
        let tail = if digits == 0 {
            rest.strip_prefix(element)
        } else if !head.is_empty() && head.bytes().all(|byte| byte.is_ascii_digit()) {
            rest.get(digits..)
        } else {
            None
        };
        let Some(tail) = tail else { return cannot(rest, element) };
        let value: i64 = head.parse().unwrap_or_default();
        let too_small = value == 0 && matches!(name, "month" | "day");
        if digits > 0 && (value > largest || too_small) {
            return format!("parsing time {whole}: {name} out of range");
        }
        rest = tail;
    }
    if let Some(fraction) = rest.strip_prefix('.') {
        rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    match rest.strip_prefix('Z') {
        Some("") => format!("parsing time {whole}: day out of range"),
        Some(extra) => format!("parsing time {whole}: extra text: {}", quoted(extra)),
        None => cannot(rest, "Z07:00"),
    }
}

fn quoted(text: &str) -> String {
    crate::value::Value::str(text).to_json()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_refused_in_the_words_of_go() {
        let layout = "2006-01-02T15:04:05Z07:00";
        for (text, error) in [
            ("soon", r#" as "2006-01-02T15:04:05Z07:00": cannot parse "soon" as "2006""#),
            ("2024-13-01T00:00:00Z", ": month out of range"),
            ("2024-02-30T00:00:00Z", ": day out of range"),
            ("2024-02-01", r#" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T""#),
            ("2024-02-01T00:00:00Zx", r#": extra text: "x""#),
        ] {
            let found = parse_time(text, layout).expect_err("no time");
            assert_eq!(found, format!("parsing time \"{text}\"{error}"));
        }
    }
}
