//! `date`, and times as listings show them.

use super::adapter::Call;
use crate::sim::Time;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] =
    ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];

fn month_name(month: i64) -> &'static str {
    usize::try_from(month - 1).ok().and_then(|at| MONTHS.get(at)).copied().unwrap_or_default()
}

/// The name of the day of the week.
fn weekday(time: Time) -> &'static str {
    let day = time.as_secs().div_euclid(86_400).rem_euclid(7);
    usize::try_from(day).ok().and_then(|at| DAYS.get(at)).copied().unwrap_or_default()
}

/// As `ls -l` shows it: recent with the time, old with the year.
pub(super) fn listing(time: Time, now: Time) -> String {
    let is_recent = now.since(time).as_secs() < 15_552_000;
    format(if is_recent { "%b %e %H:%M" } else { "%b %e  %Y" }, time)
}

/// As `stat` shows it.
pub(super) fn full(time: Time) -> String {
    format("%Y-%m-%d %H:%M:%S.%N +0000", time)
}

/// As the `Date` header of HTTP has it.
pub(crate) fn http(time: Time) -> String {
    format("%a, %d %b %Y %H:%M:%S GMT", time)
}

/// Fills `format` in as `strftime` does, in UTC.
pub(crate) fn format(format: &str, time: Time) -> String {
    let (year, month, day, hour, minute, second) = time.civil();
    let micros = time.as_micros().rem_euclid(1_000_000);
    let day_of_year = time.since(Time::from_civil(year, 1, 1, 0)).as_secs() / 86_400 + 1;
    let mut text = String::new();
    let mut letters = format.chars();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            text.push(letter);
            continue;
        }
        let kind = letters.next();
        let kind = if kind == Some('-') {
            letters.next().map(|kind| (kind, true))
        } else {
            kind.map(|kind| (kind, false))
        };
        let Some((kind, unpadded)) = kind else {
            text.push('%');
            break;
        };
        let two = |number: i64| if unpadded { number.to_string() } else { format!("{number:02}") };
        let piece = match kind {
            'Y' => year.to_string(),
            'y' => two(year % 100),
            'm' => two(month),
            'd' => two(day),
            'e' => format!("{day:>2}"),
            'H' => two(hour),
            'k' => format!("{hour:>2}"),
            'I' => two((hour + 11) % 12 + 1),
            'M' => two(minute),
            'S' => two(second),
            'N' => format!("{micros:06}000"),
            'p' => if hour < 12 { "AM" } else { "PM" }.into(),
            's' => time.as_secs().to_string(),
            'j' => format!("{day_of_year:03}"),
            'u' => {
                let day = (time.as_secs().div_euclid(86_400) + 3).rem_euclid(7) + 1;
                day.to_string()
            }
            'w' => (time.as_secs().div_euclid(86_400) + 4).rem_euclid(7).to_string(),
            'a' => weekday(time).get(..3).unwrap_or_default().into(),
            'A' => weekday(time).into(),
            'b' | 'h' => month_name(month).get(..3).unwrap_or_default().into(),
            'B' => month_name(month).into(),
            'F' => self::format("%Y-%m-%d", time),
            'T' | 'X' => self::format("%H:%M:%S", time),
            'R' => self::format("%H:%M", time),
            'D' | 'x' => self::format("%m/%d/%y", time),
            'c' => self::format("%a %b %e %H:%M:%S %Y", time),
            'Z' => "UTC".into(),
            'z' => "+0000".into(),
            'n' => "\n".into(),
            't' => "\t".into(),
            '%' => "%".into(),
            other => format!("%{other}"),
        };
        text.push_str(&piece);
    }
    text
}

/// Reads a date as `-d` takes it: `@seconds`, RFC 3339, `YYYY-MM-DD[ HH:MM:SS…]`,
/// `now`, `2 hours ago`, `+1 day`.
fn parse(text: &str, now: Time) -> Option<Time> {
    let text = text.trim();
    if let Some(secs) = text.strip_prefix('@') {
        return secs.parse().ok().map(Time::from_secs);
    }
    if let Some(time) = Time::parse(text) {
        return Some(time);
    }
    match text {
        "now" | "today" | "" => return Some(now),
        "yesterday" => return Some(Time::from_secs(now.as_secs() - 86_400)),
        "tomorrow" => return Some(Time::from_secs(now.as_secs() + 86_400)),
        _ => {}
    }
    let mut words = text.split_whitespace();
    let first = words.next()?;
    if let Ok(number) = first.trim_start_matches('+').parse::<i64>() {
        let unit = match words.next()?.trim_end_matches('s') {
            "second" | "sec" => 1,
            "minute" | "min" => 60,
            "hour" => 3600,
            "day" => 86_400,
            "week" => 604_800,
            _ => return None,
        };
        let sign = if words.next() == Some("ago") { -1 } else { 1 };
        return Some(Time::from_secs(now.as_secs() + sign * number * unit));
    }
    let clock = words.next().unwrap_or("00:00:00");
    let clock = clock.split('.').next().unwrap_or(clock);
    let clock = if clock.len() == 5 { format!("{clock}:00") } else { clock.to_string() };
    Time::parse(&format!("{first}T{clock}Z"))
}

pub(super) fn date(call: &mut Call<'_, '_>) -> u8 {
    let long =
        [("date", 'd'), ("utc", 'u'), ("iso-8601", 'I'), ("rfc-3339", 'F'), ("rfc-email", 'R')];
    let optional =
        call.arguments.iter().find_map(|argument| argument.strip_prefix("-I").map(String::from));
    call.arguments.retain(|argument| !argument.starts_with("-I"));
    let arguments = match call.parse("d:ur:RIF:s:D:", &long) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let now = call.kernel.now;
    let time = match arguments.value('d') {
        Some(text) => {
            if let Some(time) = parse(text, now) {
                time
            } else {
                call.error(&format!("invalid date '{text}'"));
                return 1;
            }
        }
        None => match arguments.value('r') {
            Some(path) => call
                .kernel
                .files
                .entry(&call.kernel.absolute(path))
                .map_or(now, |entry| entry.modified),
            None => now,
        },
    };
    if arguments.has('s') {
        call.error("cannot set date: Operation not permitted");
        return 1;
    }
    let style =
        arguments.operands.first().and_then(|operand| operand.strip_prefix('+')).map(String::from);
    let style = style.unwrap_or_else(|| match optional.as_deref() {
        Some("seconds" | "s") => "%Y-%m-%dT%H:%M:%S+00:00".into(),
        Some(_) => "%Y-%m-%d".into(),
        None if arguments.has('I') => "%Y-%m-%d".into(),
        None if arguments.has('F') => "%Y-%m-%d %H:%M:%S+00:00".into(),
        None if arguments.has('R') => "%a, %d %b %Y %H:%M:%S +0000".into(),
        None => "%a %b %e %H:%M:%S UTC %Y".into(),
    });
    let text = format(&style, time);
    call.out(&format!("{text}\n"));
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_print_as_strftime_does() {
        let time = Time::parse("2026-11-03T09:05:07.25Z").expect("a time");
        for (style, expected) in [
            ("%a %b %e %H:%M:%S UTC %Y", "Tue Nov  3 09:05:07 UTC 2026"),
            ("%F %T", "2026-11-03 09:05:07"),
            ("%-d/%-m %I%p %j %u", "3/11 09AM 307 2"),
            ("%s %%", "1793696707 %"),
        ] {
            assert_eq!(format(style, time), expected, "{style}");
        }
        assert_eq!(http(time), "Tue, 03 Nov 2026 09:05:07 GMT");
    }

    #[test]
    fn dates_read_as_date_takes_them() {
        let now = Time::from_secs(1_000_000);
        for (text, secs) in [
            ("@5", 5),
            ("1 hour ago", 996_400),
            ("1970-01-02 00:00:01.000000000 +0000", 86_401),
            ("now", 1_000_000),
        ] {
            assert_eq!(parse(text, now), Some(Time::from_secs(secs)), "{text}");
        }
        assert_eq!(parse("nonsense", now), None);
    }
}
