//! Ages as tables and `describe` print them.
//!
//! Source: apimachinery `pkg/util/duration`, `HumanDuration`, and the
//! printers' `translateTimestampSince`.

use crate::sim::{Delay, Time};
use crate::value::Value;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const YEAR: i64 = 365 * DAY;

/// A length of time in one or two units: `45s`, `3m20s`, `5d`.
pub fn human_duration(length: Delay) -> String {
    let secs = length.as_secs();
    match secs {
        ..-1 => "<invalid>".to_owned(),
        -1..=0 => "0s".to_owned(),
        1..120 => format!("{secs}s"),
        120..600 => two_units(secs, (MINUTE, 'm'), (1, 's')),
        600..10_800 => format!("{}m", secs / MINUTE),
        10_800..28_800 => two_units(secs, (HOUR, 'h'), (MINUTE, 'm')),
        28_800..172_800 => format!("{}h", secs / HOUR),
        172_800..691_200 => two_units(secs, (DAY, 'd'), (HOUR, 'h')),
        691_200..63_072_000 => format!("{}d", secs / DAY),
        63_072_000..252_288_000 => two_units(secs, (YEAR, 'y'), (DAY, 'd')),
        _ => format!("{}y", secs / YEAR),
    }
}

/// `3m20s`, or `3m` when nothing remains for the smaller unit.
fn two_units(secs: i64, big: (i64, char), small: (i64, char)) -> String {
    let rest = secs % big.0 / small.0;
    if rest == 0 {
        format!("{}{}", secs / big.0, big.1)
    } else {
        format!("{}{}{rest}{}", secs / big.0, big.1, small.1)
    }
}

/// The time since `timestamp`, or `<unknown>` when that is no time.
pub fn age(timestamp: &Value, now: Time) -> String {
    Time::parse(timestamp.text())
        .map_or_else(|| "<unknown>".to_owned(), |start| human_duration(now.since(start)))
}

/// The age of `object`, as the `Age` column shows it.
pub fn object_age(object: &Value, now: Time) -> Value {
    age(object.at(&["metadata", "creationTimestamp"]), now).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_lose_precision_as_they_grow() {
        for (secs, text) in [
            (-2, "<invalid>"),
            (-1, "0s"),
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (121, "2m1s"),
            (599, "9m59s"),
            (600, "10m"),
            (10_799, "179m"),
            (10_800, "3h"),
            (11_000, "3h3m"),
            (28_799, "7h59m"),
            (28_800, "8h"),
            (172_799, "47h"),
            (172_800, "2d"),
            (176_400, "2d1h"),
            (691_199, "7d23h"),
            (691_200, "8d"),
            (3 * YEAR + 5 * DAY, "3y5d"),
            (12 * YEAR, "12y"),
        ] {
            assert_eq!(human_duration(Delay::secs(secs)), text, "{secs} s");
        }
        assert_eq!(age(&Value::Null, Time::default()), "<unknown>");
    }
}
