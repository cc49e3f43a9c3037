//! Time zones by their IANA names, with the rules in force today.
//!
//! `time_zones.txt` holds a rule in POSIX `TZ` notation on each line, followed
//! by the zones that keep it (from the public tz database). Past changes of a
//! zone's rules are not in it: simulated time starts today.

use crate::sim::Time;

const ZONES: &str = include_str!("time_zones.txt");
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

/// A time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeZone {
    /// Seconds ahead of UTC.
    standard: i64,
    /// Summer time, if the zone has one.
    summer: Option<Summer>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Summer {
    offset: i64,
    start: Change,
    end: Change,
}

/// `M3.5.0/2`: the last Sunday in March, at two.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Change {
    month: i64,
    week: i64,
    weekday: i64,
    /// Seconds after midnight; may be before it or beyond the day.
    secs: i64,
}

impl TimeZone {
    /// The zone without offset.
    pub const UTC: Self = Self { standard: 0, summer: None };

    /// The zone called `name`, as `Asia/Seoul`. Names are matched exactly.
    pub fn find(name: &str) -> Option<Self> {
        if matches!(name, "" | "UTC") {
            return Some(Self::UTC);
        }
        let line = ZONES.lines().find(|line| line.split(' ').skip(1).any(|own| own == name))?;
        Self::parse(line.split(' ').next()?)
    }

    /// Reads a rule as `CET-1CEST,M3.5.0,M10.5.0/3`.
    fn parse(rule: &str) -> Option<Self> {
        let mut parts = rule.split(',');
        let (standard, rest) = offset(after_name(parts.next()?)?)?;
        if rest.is_empty() {
            return Some(Self { standard, summer: None });
        }
        let rest = after_name(rest)?;
        let own = if rest.is_empty() { standard + HOUR } else { offset(rest)?.0 };
        let (start, end) = (Change::parse(parts.next()?)?, Change::parse(parts.next()?)?);
        Some(Self { standard, summer: Some(Summer { offset: own, start, end }) })
    }

    /// How many seconds this is ahead of UTC at `time`.
    pub fn offset_secs(&self, time: Time) -> i64 {
        let Some(summer) = &self.summer else { return self.standard };
        let (year, ..) = (time + crate::sim::Delay::secs(self.standard)).civil();
        let secs = time.as_secs();
        let start = summer.start.secs_in(year) - self.standard;
        let end = summer.end.secs_in(year) - summer.offset;
        let is_summer =
            if start < end { (start..end).contains(&secs) } else { !(end..start).contains(&secs) };
        if is_summer { summer.offset } else { self.standard }
    }

    /// The instants at which clocks here show `local`, in seconds since the
    /// epoch as if this were UTC: none, one or two.
    pub fn instants(&self, local: i64) -> impl Iterator<Item = Time> {
        let offsets = [Some(self.standard), self.summer.as_ref().map(|summer| summer.offset)];
        let zone = self.clone();
        offsets.into_iter().flatten().filter_map(move |offset| {
            let time = Time::from_secs(local - offset);
            (zone.offset_secs(time) == offset).then_some(time)
        })
    }
}

impl Change {
    fn parse(text: &str) -> Option<Self> {
        let (date, time) = text.split_once('/').unwrap_or((text, "2"));
        let mut numbers = date.strip_prefix('M')?.split('.').map(str::parse::<i64>);
        let (month, week) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
        let weekday = numbers.next()?.ok()?;
        Some(Self { month, week, weekday, secs: clock(time)? })
    }

    /// The local second of this change in `year`.
    fn secs_in(&self, year: i64) -> i64 {
        let first = Time::from_civil(year, self.month, 1, 0).as_secs() / DAY;
        // 1970-01-01 was a Thursday.
        let to_weekday = (self.weekday - (first + 4)).rem_euclid(7);
        let mut day = first + to_weekday + (self.week - 1) * 7;
        let (next_year, next_month) =
            if self.month == 12 { (year + 1, 1) } else { (year, self.month + 1) };
        let end = Time::from_civil(next_year, next_month, 1, 0).as_secs() / DAY;
        // The fifth means the last.
        while day >= end {
            day -= 7;
        }
        day * DAY + self.secs
    }
}

/// What follows the zone's abbreviation, as `-1` in `CET-1` or `<+03>-3`.
fn after_name(text: &str) -> Option<&str> {
    if let Some(rest) = text.strip_prefix('<') {
        return rest.split_once('>').map(|(_, rest)| rest);
    }
    let end = text.find(|char: char| !char.is_ascii_alphabetic()).unwrap_or(text.len());
    text.get(end..)
}

/// A POSIX offset, which counts west of Greenwich, and what follows it.
fn offset(text: &str) -> Option<(i64, &str)> {
    let is_part = |char: char| char.is_ascii_digit() || matches!(char, ':' | '+' | '-');
    let end = text.find(|char| !is_part(char)).unwrap_or(text.len());
    Some((-clock(text.get(..end)?)?, text.get(end..)?))
}

/// `2`, `-2:30` or `24` as seconds.
fn clock(text: &str) -> Option<i64> {
    let negative = text.starts_with('-');
    let mut parts = text.trim_start_matches(['+', '-']).split(':');
    let hours: i64 = parts.next()?.parse().ok()?;
    let minutes: i64 = parts.next().map_or(Ok(0), str::parse).ok()?;
    let secs = hours * HOUR + minutes * 60;
    Some(if negative { -secs } else { secs })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, time: &str, minutes: i64) {
        let time = Time::parse(time).expect("a time");
        let offset = TimeZone::find(name).expect("a zone").offset_secs(time);
        assert_eq!(offset, minutes * 60, "{name} {time}");
    }

    #[test]
    fn zones_keep_their_rules() {
        check("UTC", "2026-07-01T00:00:00Z", 0);
        check("Asia/Seoul", "2026-07-01T00:00:00Z", 540);
        check("Asia/Kathmandu", "2026-07-01T00:00:00Z", 345);
        check("America/New_York", "2026-07-01T00:00:00Z", -240);
        check("America/New_York", "2026-12-01T00:00:00Z", -300);
        check("Europe/Berlin", "2026-10-25T00:59:59Z", 120);
        check("Europe/Berlin", "2026-10-25T01:00:00Z", 60);
        check("Australia/Sydney", "2026-12-31T00:00:00Z", 660);
        check("Australia/Sydney", "2026-07-01T00:00:00Z", 600);
    }

    #[test]
    fn every_zone_has_a_rule_that_can_be_read() {
        for line in ZONES.lines() {
            let rule = line.split(' ').next().unwrap_or_default();
            assert!(TimeZone::parse(rule).is_some(), "{rule}");
        }
        assert_eq!(TimeZone::find("Europe/InvalidRome"), None);
    }
}
