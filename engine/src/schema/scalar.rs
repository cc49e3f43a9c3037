//! Reading the scalars that have a form of their own: base64 and times.
//!
//! Source of the words: Go's `encoding/base64` and `time.Parse`.

use crate::sim::Time;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Reads base64 with padding, skipping line ends, as Go does.
pub fn decode_base64(text: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let mut group: Vec<u32> = Vec::with_capacity(4);
    let mut letters =
        text.bytes().enumerate().filter(|(_, byte)| !matches!(byte, b'\n' | b'\r')).peekable();
    let illegal = |index: usize| format!("illegal base64 data at input byte {index}");
    while let Some((index, byte)) = letters.next() {
        if byte == b'=' {
            let closing = match group.len() {
                3 => true,
                2 => match letters.next() {
                    Some((_, b'=')) => true,
                    Some((index, _)) => return Err(illegal(index - 1)),
                    None => return Err(illegal(text.len())),
                },
                _ => false,
            };
            if !closing {
                return Err(illegal(index));
            }
            if let Some((index, _)) = letters.peek() {
                return Err(illegal(*index));
            }
            push_group(&mut bytes, &group);
            return Ok(bytes);
        }
        let letter = ALPHABET.iter().position(|own| *own == byte).ok_or_else(|| illegal(index))?;
        group.push(u32::try_from(letter).unwrap_or_default());
        if group.len() == 4 {
            push_group(&mut bytes, &group);
            group.clear();
        }
    }
    if group.is_empty() { Ok(bytes) } else { Err(illegal(text.len() - group.len())) }
}

/// Two, three or four letters stand for one, two or three bytes.
fn push_group(bytes: &mut Vec<u8>, group: &[u32]) {
    let bits = group.iter().fold(0, |bits, letter| bits << 6 | letter) << (6 * (4 - group.len()));
    let three = bits.to_be_bytes();
    bytes.extend(three.iter().skip(1).take(group.len() - 1));
}

/// Writes base64 with padding.
pub fn encode_base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - group.len()));
        for place in 0..4 {
            let letter = ALPHABET.get((bits >> (18 - 6 * place) & 63) as usize);
            let letter = if place <= group.len() { letter.copied() } else { None };
            text.push(char::from(letter.unwrap_or(b'=')));
        }
    }
    text
}

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
    fn base64_reads_what_it_writes() {
        for text in ["", "a", "ab", "abc", "abcd", "hunter2!"] {
            let written = encode_base64(text.as_bytes());
            assert_eq!(decode_base64(&written).as_deref(), Ok(text.as_bytes()));
        }
        assert_eq!(decode_base64("aGVs\nbG8=").as_deref(), Ok(b"hello".as_slice()));
    }

    #[test]
    fn base64_names_the_byte_that_is_wrong() {
        for (text, byte) in
            [("hunter2!", 7), ("abc", 0), ("ab=c", 2), ("abcde", 4), ("YQ==YQ==", 4)]
        {
            let error = decode_base64(text).expect_err("not base64");
            assert_eq!(error, format!("illegal base64 data at input byte {byte}"), "{text}");
        }
    }

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
