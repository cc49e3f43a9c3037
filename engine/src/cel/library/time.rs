//! Instants and lengths of time.

use super::Answer;
use crate::cel::value::Cel;
use crate::sim::{Delay, Time};

const DAY_SECS: i64 = 86_400;

pub(super) fn call(name: &str, values: &[Cel]) -> Answer {
    match values {
        [Cel::Duration(length)] => of_length(name, *length).map(|part| Ok(Cel::Int(part))),
        [Cel::Timestamp(time)] => of_time(name, *time).map(|part| Ok(Cel::Int(part))),
        [Cel::Timestamp(time), Cel::Str(zone)] => match offset(zone) {
            Some(secs) => {
                let there = *time + Delay::secs(secs);
                of_time(name, there).map(|part| Ok(Cel::Int(part)))
            }
            None => Some(Err(format!("unknown time zone {zone}"))),
        },
        _ => None,
    }
}

/// The seconds by which a zone is ahead: `UTC`, `+09:00`, `-7:30`.
fn offset(zone: &str) -> Option<i64> {
    if matches!(zone, "" | "UTC" | "Z") {
        return Some(0);
    }
    let (sign, rest) = match zone.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, zone.strip_prefix('+').unwrap_or(zone)),
    };
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    Some(sign * (hours * 3_600 + minutes * 60))
}

fn of_length(name: &str, length: Delay) -> Option<i64> {
    let micros = length.as_micros();
    Some(match name {
        "getHours" => micros / 3_600_000_000,
        "getMinutes" => micros / 60_000_000,
        "getSeconds" => micros / 1_000_000,
        "getMilliseconds" => micros / 1_000,
        _ => return None,
    })
}

fn of_time(name: &str, time: Time) -> Option<i64> {
    let (year, month, day, hour, minute, second) = time.civil();
    let days = time.as_micros().div_euclid(DAY_SECS * 1_000_000);
    Some(match name {
        "getFullYear" => year,
        "getMonth" => month - 1,
        "getDate" => day,
        "getDayOfMonth" => day - 1,
        "getDayOfYear" => {
            let new_year = Time::from_civil(year, 1, 1, 0);
            days - new_year.as_micros().div_euclid(DAY_SECS * 1_000_000)
        }
        // The first of January 1970 was a Thursday.
        "getDayOfWeek" => (days + 4).rem_euclid(7),
        "getHours" => hour,
        "getMinutes" => minute,
        "getSeconds" => second,
        "getMilliseconds" => time.as_micros().rem_euclid(1_000_000) / 1_000,
        _ => return None,
    })
}

/// Reads a length of time as Go writes it: `1h30m`, `1.5s`, `200ms`.
pub(in crate::cel) fn duration(text: &str) -> Result<Delay, String> {
    let unfit = || format!("time: invalid duration {text:?}");
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(Delay::ZERO);
    }
    if rest.is_empty() {
        return Err(unfit());
    }
    let mut nanos: i128 = 0;
    while !rest.is_empty() {
        let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.');
        let (number, tail) = rest.split_at(end.ok_or_else(unfit)?);
        let end = tail.find(|letter: char| letter.is_ascii_digit() || letter == '.');
        let (unit, tail) = tail.split_at(end.unwrap_or(tail.len()));
        nanos += nanos_of(number, unit).ok_or_else(unfit)?;
        rest = tail;
    }
    let micros = i64::try_from(sign * nanos / 1_000).map_err(|_| unfit())?;
    Ok(Delay::micros(micros))
}

fn nanos_of(number: &str, unit: &str) -> Option<i128> {
    let unit: i128 = match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut nanos =
        if whole.is_empty() { 0 } else { whole.parse::<i128>().ok()?.checked_mul(unit)? };
    let mut share = unit;
    for digit in fraction.bytes() {
        share /= 10;
        nanos += i128::from(digit.checked_sub(b'0').filter(|digit| *digit < 10)?) * share;
    }
    Some(nanos)
}
