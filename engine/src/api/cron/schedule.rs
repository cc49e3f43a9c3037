//! Schedules as `*/5 * * * *` or `@daily`.
//!
//! Source of the syntax and the words: `github.com/robfig/cron/v3`,
//! `parser.go` and `spec.go`.

use super::TimeZone;
use crate::sim::{Delay, Time};

/// How many days a schedule may find nothing before it counts as dead.
const DAYS_MAX: i64 = 5 * 366;
const DAY: i64 = 86_400;

/// When something is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schedule {
    /// At every minute that all fields allow.
    Calendar(Calendar),
    /// Again and again after a length of time: `@every 90s`.
    Every(Delay),
}

/// The five fields of a schedule, each a set of numbers as bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    any_day: bool,
}

/// What one field allows.
struct Bounds {
    min: u32,
    max: u32,
    names: &'static [&'static str],
}

const MINUTES: Bounds = Bounds { min: 0, max: 59, names: &[] };
const HOURS: Bounds = Bounds { min: 0, max: 23, names: &[] };
const DAYS: Bounds = Bounds { min: 1, max: 31, names: &[] };
const MONTHS: Bounds = Bounds {
    min: 1,
    max: 12,
    names: &[
        "", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ],
};
const WEEKDAYS: Bounds =
    Bounds { min: 0, max: 6, names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"] };

impl Schedule {
    /// Reads a schedule. A time zone in front, as `TZ=UTC`, must name one.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("empty spec string".to_owned());
        }
        let text = after_zone(text)?;
        if text.starts_with('@') {
            return descriptor(text);
        }
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields.as_slice() else {
            let (count, fields) = (fields.len(), fields.join(" "));
            return Err(format!("expected exactly 5 fields, found {count}: [{fields}]"));
        };
        let (minutes, _) = MINUTES.field(minutes)?;
        let (hours, _) = HOURS.field(hours)?;
        let (days, any_day) = DAYS.field(days)?;
        let (months, _) = MONTHS.field(months)?;
        let (weekdays, any_weekday) = WEEKDAYS.field(weekdays)?;
        let any_day = any_day || any_weekday;
        Ok(Self::Calendar(Calendar { minutes, hours, days, months, weekdays, any_day }))
    }

    /// The first time after `after` that this is due; none if it never is.
    pub fn next(&self, after: Time, zone: &TimeZone) -> Option<Time> {
        match self {
            Self::Calendar(calendar) => calendar.next(after, zone),
            // Whole seconds, as upstream rounds.
            Self::Every(delay) => Some(Time::from_secs(after.as_secs()) + *delay),
        }
    }
}

/// The schedule behind a `TZ=` or `CRON_TZ=`.
fn after_zone(text: &str) -> Result<&str, String> {
    let Some(rest) = text.strip_prefix("TZ=").or_else(|| text.strip_prefix("CRON_TZ=")) else {
        return Ok(text);
    };
    let (name, schedule) = rest.split_once(' ').unwrap_or((rest, ""));
    match TimeZone::find(name) {
        Some(_) => Ok(schedule.trim()),
        None => Err(format!("provided bad location {name}: unknown time zone {name}")),
    }
}

fn descriptor(text: &str) -> Result<Schedule, String> {
    let fields = match text {
        "@yearly" | "@annually" => "0 0 1 1 *",
        "@monthly" => "0 0 1 * *",
        "@weekly" => "0 0 * * 0",
        "@daily" | "@midnight" => "0 0 * * *",
        "@hourly" => "0 * * * *",
        _ => {
            let Some(length) = text.strip_prefix("@every ") else {
                return Err(format!("unrecognized descriptor: {text}"));
            };
            let shown = format!("time: invalid duration {length:?}");
            let delay = duration(length)
                .ok_or_else(|| format!("failed to parse duration {text}: {shown}"))?;
            return Ok(Schedule::Every(delay.max(Delay::secs(1))));
        }
    };
    Schedule::parse(fields)
}

/// A length of time as Go writes it: `1h30m`.
fn duration(text: &str) -> Option<Delay> {
    let mut secs = 0;
    let mut rest = text;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|char: char| !char.is_ascii_digit())?;
        let (count, after) = rest.split_at(digits);
        let unit_end = after.find(|char: char| char.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_end);
        let unit = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            _ => return None,
        };
        secs += count.parse::<i64>().ok()? * unit;
        rest = after;
    }
    Some(Delay::secs(secs))
}

impl Bounds {
    /// The numbers that a comma-separated field means, and whether it has a
    /// plain `*`.
    fn field(&self, text: &str) -> Result<(u64, bool), String> {
        let (mut bits, mut any) = (0, false);
        for part in text.split(',').filter(|part| !part.is_empty()) {
            let (own, star) = self.range(part)?;
            bits |= own;
            any |= star;
        }
        Ok((bits, any))
    }

    fn range(&self, text: &str) -> Result<(u64, bool), String> {
        let (range, step_text) = match text.split('/').collect::<Vec<_>>().as_slice() {
            [range] => (*range, None),
            [range, step] => (*range, Some(*step)),
            _ => return Err(format!("too many slashes: {text}")),
        };
        let ends: Vec<&str> = range.split('-').collect();
        let mut star = false;
        let (start, mut end) = match ends.as_slice() {
            ["*" | "?", ..] => {
                star = true;
                (self.min, self.max)
            }
            [one] => {
                let one = self.number(one)?;
                (one, one)
            }
            [low, high] => (self.number(low)?, self.number(high)?),
            _ => return Err(format!("too many hyphens: {text}")),
        };
        let step = match step_text {
            None => 1,
            Some(step) => {
                let step = number(step)?;
                // `5/15` means from 5 to the end.
                if ends.len() == 1 {
                    end = self.max;
                }
                star &= step <= 1;
                step
            }
        };
        self.check(start, end, step, text)?;
        let numbers = (start..=end).step_by(step as usize);
        Ok((numbers.fold(0, |bits, number| bits | 1 << number), star))
    }

    fn check(&self, start: u32, end: u32, step: u32, text: &str) -> Result<(), String> {
        let (min, max) = (self.min, self.max);
        if start < min {
            Err(format!("beginning of range ({start}) below minimum ({min}): {text}"))
        } else if end > max {
            Err(format!("end of range ({end}) above maximum ({max}): {text}"))
        } else if start > end {
            Err(format!("beginning of range ({start}) beyond end of range ({end}): {text}"))
        } else if step == 0 {
            Err(format!("step of range should be a positive number: {text}"))
        } else {
            Ok(())
        }
    }

    fn number(&self, text: &str) -> Result<u32, String> {
        let name = text.to_ascii_lowercase();
        match self.names.iter().position(|own| !own.is_empty() && *own == name) {
            Some(position) => Ok(u32::try_from(position).unwrap_or_default()),
            None => number(text),
        }
    }
}

fn number(text: &str) -> Result<u32, String> {
    let number: i64 = text.parse().map_err(|_| {
        let error = format!("strconv.Atoi: parsing {text:?}: invalid syntax");
        format!("failed to parse int from {text}: {error}")
    })?;
    u32::try_from(number).map_err(|_| format!("negative number ({number}) not allowed: {text}"))
}

impl Calendar {
    fn next(&self, after: Time, zone: &TimeZone) -> Option<Time> {
        let local = after.as_secs() + zone.offset_secs(after);
        let today = local.div_euclid(DAY);
        (today..today + DAYS_MAX)
            .filter(|day| self.allows_day(*day))
            .find_map(|day| self.next_on(day, after, zone))
    }

    fn allows_day(&self, day: i64) -> bool {
        let (_, month, of_month, ..) = Time::from_secs(day * DAY).civil();
        // 1970-01-01 was a Thursday.
        let weekday = (day + 4).rem_euclid(7);
        let (by_date, by_weekday) = (has(self.days, of_month), has(self.weekdays, weekday));
        let day_fits = if self.any_day { by_date && by_weekday } else { by_date || by_weekday };
        has(self.months, month) && day_fits
    }

    /// The first minute of a local `day` that is later than `after`.
    fn next_on(&self, day: i64, after: Time, zone: &TimeZone) -> Option<Time> {
        let hours = (0..24).filter(|hour| has(self.hours, *hour));
        hours
            .flat_map(|hour| {
                let minutes = (0..60).filter(|minute| has(self.minutes, *minute));
                minutes.map(move |minute| day * DAY + hour * 3_600 + minute * 60)
            })
            .flat_map(|local| zone.instants(local))
            .filter(|time| *time > after)
            .min()
    }
}

fn has(bits: u64, number: i64) -> bool {
    bits >> number & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(schedule: &str, zone: &str, after: &str, expected: &str) {
        let zone = TimeZone::find(zone).expect("a zone");
        let after = Time::parse(after).expect("a time");
        let next = Schedule::parse(schedule).expect("a schedule").next(after, &zone);
        assert_eq!(next.map(Time::rfc3339).as_deref(), Some(expected), "{schedule}");
    }

    #[test]
    fn finds_the_next_time() {
        let monday = "2026-11-23T15:11:48Z";
        check("* * * * *", "UTC", monday, "2026-11-23T15:12:00Z");
        check("*/15 * * * *", "UTC", monday, "2026-11-23T15:15:00Z");
        check("0 0 * * *", "UTC", monday, "2026-11-24T00:00:00Z");
        check("30 9 * * MON-FRI", "Asia/Seoul", monday, "2026-11-24T00:30:00Z");
        check("0 0 13 * 5", "UTC", monday, "2026-11-27T00:00:00Z");
        check("0 0 29 2 *", "UTC", monday, "2028-02-29T00:00:00Z");
        check("@every 1h30m", "UTC", monday, "2026-11-23T16:41:48Z");
        check("@hourly", "UTC", monday, "2026-11-23T16:00:00Z");
    }

    #[test]
    fn a_skipped_hour_is_skipped() {
        check("30 2 * * *", "Europe/Berlin", "2027-03-27T12:00:00Z", "2027-03-29T00:30:00Z");
        check("30 3 * * *", "Europe/Berlin", "2027-03-27T12:00:00Z", "2027-03-28T01:30:00Z");
    }

    #[test]
    fn says_what_is_wrong_as_upstream_does() {
        for (schedule, error) in [
            ("error", "expected exactly 5 fields, found 1: [error]"),
            ("60 * * * *", "end of range (60) above maximum (59): 60"),
            ("5-1 * * * *", "beginning of range (5) beyond end of range (1): 5-1"),
            ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
            ("*/0 * * * *", "step of range should be a positive number: */0"),
            (
                "a * * * *",
                "failed to parse int from a: strconv.Atoi: parsing \"a\": invalid syntax",
            ),
            ("@often", "unrecognized descriptor: @often"),
            ("", "empty spec string"),
        ] {
            assert_eq!(Schedule::parse(schedule), Err(error.to_owned()));
        }
    }
}
