//! Instants and lengths of simulated time.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

/// An instant: microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Time(i64);

/// A length of time in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Delay(i64);

impl Delay {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// `count` microseconds.
    pub const fn micros(count: i64) -> Self {
        Self(count)
    }

    /// `count` milliseconds.
    pub const fn millis(count: i64) -> Self {
        Self(count * 1_000)
    }

    /// `count` seconds.
    pub const fn secs(count: i64) -> Self {
        Self(count * 1_000_000)
    }

    /// The length in microseconds.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// The length in whole seconds, cut towards zero.
    pub const fn as_secs(self) -> i64 {
        self.0 / 1_000_000
    }

    /// The length `times` over.
    #[must_use]
    pub const fn times(self, times: i64) -> Self {
        Self(self.0.saturating_mul(times))
    }
}

impl Time {
    /// The instant `count` microseconds after the Unix epoch.
    pub const fn from_micros(count: i64) -> Self {
        Self(count)
    }

    /// The instant `count` seconds after the Unix epoch.
    pub const fn from_secs(count: i64) -> Self {
        Self(count * 1_000_000)
    }

    /// Microseconds since the Unix epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch.
    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// The time since `earlier`; negative if that is later.
    pub const fn since(self, earlier: Self) -> Delay {
        Delay(self.0 - earlier.0)
    }

    /// As Kubernetes' `Time`: `2026-01-01T00:00:00Z`.
    pub fn rfc3339(self) -> String {
        let (year, month, day, hour, minute, second) = self.civil();
        // Objects are full of times, so this does without the machinery of `format!`.
        let mut text = String::with_capacity("2026-01-01T00:00:00.000000Z".len());
        let parts = [year / 100, year % 100, month, day, hour, minute, second];
        for (number, after) in parts.into_iter().zip(["", "-", "-", "T", ":", ":", "Z"]) {
            for digit in [number / 10 % 10, number % 10] {
                text.push(char::from(b'0' + u8::try_from(digit).unwrap_or(0)));
            }
            text.push_str(after);
        }
        text
    }

    /// As Kubernetes' `MicroTime`: `2026-01-01T00:00:00.000000Z`.
    pub fn rfc3339_micros(self) -> String {
        let mut text = self.rfc3339();
        text.pop();
        let micros = self.0.rem_euclid(1_000_000);
        format!("{text}.{micros:06}Z")
    }

    /// As RFC 1123 with a numeric zone: `Mon, 23 Nov 2026 09:10:11 +0000`.
    pub fn rfc1123(self) -> String {
        // 1970-01-01 was a Thursday.
        const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
        const MONTHS: [&str; 12] =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let (year, month, day, hour, minute, second) = self.civil();
        let weekday = self.as_secs().div_euclid(86_400).rem_euclid(7);
        let pick = |names: &[&'static str], index: i64| {
            usize::try_from(index).ok().and_then(|index| names.get(index).copied())
        };
        let (weekday, month) = (pick(&DAYS, weekday), pick(&MONTHS, month - 1));
        let (weekday, month) = (weekday.unwrap_or_default(), month.unwrap_or_default());
        format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} +0000")
    }

    /// Year, month, day, hour, minute and second in UTC.
    pub const fn civil(self) -> (i64, i64, i64, i64, i64, i64) {
        let secs = self.as_secs();
        let (days, of_day) = (secs.div_euclid(86_400), secs.rem_euclid(86_400));
        // Howard Hinnant's days-to-civil: years start in March, eras are 400 years.
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * march_month + 2) / 5 + 1;
        let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
        let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
        (year, month, day, of_day / 3_600, of_day / 60 % 60, of_day % 60)
    }

    /// The instant of a civil date and time in UTC.
    pub const fn from_civil(year: i64, month: i64, day: i64, of_day_secs: i64) -> Self {
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let march_month = if month > 2 { month - 3 } else { month + 9 };
        let of_year = (153 * march_month + 2) / 5 + day - 1;
        let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
        Self::from_secs((era * 146_097 + of_era - 719_468) * 86_400 + of_day_secs)
    }

    /// Reads an RFC 3339 text with `Z` or an offset, with or without a fraction.
    pub fn parse(text: &str) -> Option<Self> {
        let number = |range: std::ops::Range<usize>| -> Option<i64> {
            let part = text.get(range)?;
            part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok())?
        };
        let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
        let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
        let marks = [text.get(4..5)?, text.get(7..8)?, text.get(13..14)?, text.get(16..17)?];
        let in_range = (1..=12).contains(&month)
            && (1..=31).contains(&day)
            && hour < 24
            && minute < 60
            && second < 60;
        if marks != ["-", "-", ":", ":"] || !matches!(text.get(10..11)?, "T" | "t") || !in_range {
            return None;
        }
        let mut rest = text.get(19..)?;
        let mut micros = 0;
        if let Some(fraction) = rest.strip_prefix('.') {
            let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
            let padded = format!("{:0<6.6}", fraction.get(..digits)?);
            micros = padded.parse().ok()?;
            rest = fraction.get(digits..)?;
        }
        let offset_secs = match rest.as_bytes() {
            b"Z" | b"z" => 0,
            [sign @ (b'+' | b'-'), hours @ .., b':', _, _] if hours.len() == 2 => {
                let hours: i64 = rest.get(1..3)?.parse().ok()?;
                let minutes: i64 = rest.get(4..6)?.parse().ok()?;
                (hours * 3_600 + minutes * 60) * if *sign == b'-' { -1 } else { 1 }
            }
            _ => return None,
        };
        let midnight = Self::from_civil(year, month, day, hour * 3_600 + minute * 60 + second);
        Some(Self(midnight.0 - offset_secs * 1_000_000 + micros))
    }
}

impl Add<Delay> for Time {
    type Output = Self;
    fn add(self, delay: Delay) -> Self {
        Self(self.0.saturating_add(delay.0))
    }
}

impl AddAssign<Delay> for Time {
    fn add_assign(&mut self, delay: Delay) {
        *self = *self + delay;
    }
}

impl Add for Delay {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Delay {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_and_reads_rfc_3339() {
        for text in ["1970-01-01T00:00:00Z", "2024-02-29T23:59:59Z", "2026-11-23T15:11:48Z"] {
            assert_eq!(Time::parse(text).map(Time::rfc3339).as_deref(), Some(text));
        }
        let with_offset = Time::parse("2026-01-01T09:00:00.25+09:00").map(Time::rfc3339_micros);
        assert_eq!(with_offset.as_deref(), Some("2026-01-01T00:00:00.250000Z"));
        for text in
            ["", "2026", "2026-13-01T00:00:00Z", "2026-01-01 00:00:00Z", "2026-01-01T00:00:00"]
        {
            assert_eq!(Time::parse(text), None);
        }
    }
}
