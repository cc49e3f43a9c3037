//! Which plain texts YAML 1.1 would read as something else than a string
//! (`goyaml.v2/resolve.go`), and which therefore need quotes.

/// Texts that stand for booleans, nulls and special numbers.
const WORDS: [&str; 39] = [
    "", "~", "null", "Null", "NULL", "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on",
    "On", "ON", "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF", ".nan",
    ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF",
];

/// Whether `text`, written plainly, reads back as itself.
pub(super) fn is_string(text: &str) -> bool {
    if WORDS.contains(&text) {
        return false;
    }
    match text.bytes().next() {
        Some(b'.') => !is_float(text),
        Some(b'+' | b'-' | b'0'..=b'9') => {
            let plain = text.replace('_', "");
            !(is_timestamp(text) || is_int(&plain) || is_float(&plain) || is_base_60(text))
        }
        _ => true,
    }
}

/// A Go integer literal: decimal, `0x`, `0o`, `0b` or a leading zero, within
/// 64 bits.
fn is_int(text: &str) -> bool {
    let (negative, digits) = match text.as_bytes() {
        [b'-', ..] => (true, text.get(1..).unwrap_or_default()),
        [b'+', ..] => (false, text.get(1..).unwrap_or_default()),
        _ => (false, text),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, lower.get(2..)),
        [b'0', b'o', ..] => (8, lower.get(2..)),
        [b'0', b'b', ..] => (2, lower.get(2..)),
        [b'0', _, ..] => (8, lower.get(1..)),
        _ => (10, Some(lower.as_str())),
    };
    let digits = digits.unwrap_or_default();
    if digits.is_empty() || digits.starts_with(['+', '-']) {
        return false;
    }
    u64::from_str_radix(digits, radix).is_ok_and(|value| !negative || value <= 1 << 63)
}

/// A float that 64 bits can hold:
/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let exponent_fits = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !digits.is_empty() && all_digits(digits)
    });
    let mantissa_fits = match mantissa.split_once('.') {
        Some(("", fraction)) => !fraction.is_empty() && all_digits(fraction),
        Some((whole, fraction)) => all_digits(whole) && all_digits(fraction),
        None => !mantissa.is_empty() && all_digits(mantissa),
    };
    exponent_fits && mantissa_fits && text.parse::<f64>().is_ok_and(f64::is_finite)
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`, YAML 1.1's times of day.
fn is_base_60(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits_or_bars = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = whole.split(':');
    let first = parts.next().unwrap_or_default();
    let mut rest = parts.peekable();
    first.starts_with(|char: char| char.is_ascii_digit())
        && digits_or_bars(first)
        && digits_or_bars(fraction)
        && rest.peek().is_some()
        && rest.all(|part| {
            all_digits(part) && matches!(part.len(), 1 | 2) && part < "6" || is_single_digit(part)
        })
}

fn is_single_digit(text: &str) -> bool {
    text.len() == 1 && all_digits(text)
}

/// A date, or a date and a time, in the forms of YAML 1.1.
fn is_timestamp(text: &str) -> bool {
    let Some((date, time)) = split_date(text) else { return false };
    let mut parts = date.split('-');
    let year = parts.next().filter(|year| year.len() == 4 && all_digits(year));
    let (month, day) = (parts.next(), parts.next());
    let number = |part: Option<&str>| short_number(part.unwrap_or_default());
    let date_fits = year.is_some()
        && parts.next().is_none()
        && number(month).is_some_and(|month| (1..=12).contains(&month))
        && number(day).is_some_and(|day| (1..=31).contains(&day));
    date_fits && time.is_none_or(|(zoned, time)| is_time(time, zoned))
}

/// The date, and the time with whether it must name its zone.
fn split_date(text: &str) -> Option<(&str, Option<(bool, &str)>)> {
    let end = text.find(['T', 't', ' ']).unwrap_or(text.len());
    let (date, rest) = text.split_at_checked(end)?;
    let mut chars = rest.chars();
    Some((date, chars.next().map(|mark| (mark != ' ', chars.as_str()))))
}

fn is_time(text: &str, zoned: bool) -> bool {
    let (clock, zone) = match text.find(['Z', '+', '-']) {
        Some(at) => text.split_at_checked(at).unwrap_or((text, "")),
        None => (text, ""),
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let parts: Vec<Option<u32>> = clock.split(':').map(short_number).collect();
    let clock_fits = matches!(parts.as_slice(), [Some(0..=23), Some(0..=59), Some(0..=59)]);
    let zone_fits = match zone.as_bytes() {
        [] => !zoned,
        [b'Z'] => zoned,
        [_, _, _, b':', _, _] => {
            let digits = zone.get(1..).unwrap_or_default().replace(':', "");
            zoned && digits.len() == 4 && all_digits(&digits)
        }
        _ => false,
    };
    clock_fits && zone_fits && !fraction.is_empty() && all_digits(fraction)
}

/// A number of one or two digits.
fn short_number(text: &str) -> Option<u32> {
    (matches!(text.len(), 1 | 2) && all_digits(text)).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_look_like_other_types_are_no_strings() {
        for text in [
            "",
            "~",
            "null",
            "yes",
            "y",
            "N",
            "on",
            "Off",
            "true",
            ".inf",
            "1",
            "-1",
            "+12",
            "0x1F",
            "0o17",
            "017",
            "089",
            "1_000",
            "1.5",
            ".5",
            "1.",
            "1e3",
            "-1.5E-3",
            "0b101",
            "12:30",
            "12:30:45",
            "1:5:9.5",
            "2024-01-02",
            "2024-1-2",
            "2024-01-02T03:04:05Z",
            "2024-01-02 03:04:05",
            "2024-01-02T03:04:05.123+09:00",
            "18446744073709551615",
        ] {
            assert!(!is_string(text), "{text}");
        }
    }

    #[test]
    fn other_texts_are_strings() {
        for text in [
            "a",
            "yep",
            "1.2.3",
            "1.14.2",
            "10.244.1.2",
            "80/TCP",
            "25%",
            "100m",
            "-",
            "e3",
            "0x",
            "1e",
            "Yess",
            "12:99",
            "12:",
            "2024-13-01",
            "2024-01-02T03:04",
            "-a",
            "+",
            ".",
            ".a",
            "2024-01-02T03:04:05",
            "99999999999999999999a",
            "1.5e400",
            "1h30m",
        ] {
            assert!(is_string(text), "{text}");
        }
    }
}
