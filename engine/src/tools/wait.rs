//! `sleep` and `pause`: programs that only let time pass.

use super::adapter::Call;
use crate::process::{Family, Kernel, Program, Signal, Step, Wait};
use crate::sim::{Delay, Time};

/// `sleep`.
#[derive(Debug, Clone)]
pub(super) struct Sleep {
    family: Family,
    until: Option<Time>,
}

pub(super) fn sleep(_argv: &[String], family: Family) -> Box<dyn Program> {
    Box::new(Sleep { family, until: None })
}

/// What `sleep infinity` waits.
const FOREVER: Delay = Delay::micros(i64::MAX);

/// Reads `3`, `0.5`, `10s`, `5m`, `1h`, `2d` and `infinity`.
pub(super) fn duration(text: &str) -> Option<Delay> {
    if matches!(text, "infinity" | "inf") {
        return Some(FOREVER);
    }
    let digits = text.trim_end_matches(['s', 'm', 'h', 'd']);
    let unit = match text.get(digits.len()..)? {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) || digits.is_empty() {
        return None;
    }
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let micros: i64 = format!("{fraction:0<6.6}").parse().ok()?;
    Some(Delay::micros(whole.checked_mul(1_000_000)?.checked_add(micros)?).times(unit))
}

impl Program for Sleep {
    fn resume(&mut self, kernel: &mut Kernel<'_>) -> Step {
        let until = if let Some(until) = self.until {
            until
        } else {
            let mut call = Call::new(kernel, self.family);
            let mut until = call.kernel.now;
            if call.arguments.is_empty() {
                return Step::Exit(call.missing_operand());
            }
            for argument in call.arguments.clone() {
                match duration(&argument) {
                    Some(delay) => until += delay,
                    None if call.is_busybox() => {
                        call.error(&format!("invalid number '{argument}'"));
                        return Step::Exit(1);
                    }
                    None => {
                        call.error(&format!("invalid time interval '{argument}'\nTry 'sleep --help' for more information."));
                        return Step::Exit(1);
                    }
                }
            }
            until
        };
        self.until = Some(until);
        match until {
            until if until <= kernel.now => Step::Exit(0),
            until if until.as_micros() == i64::MAX => Step::Wait(Wait::forever()),
            until => Step::Wait(Wait::until(until)),
        }
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }

    fn memory(&self) -> u64 {
        300 << 10
    }
}

/// The pause container's program: sleeps until it is told to end.
#[derive(Debug, Clone)]
pub(super) struct Pause;

impl Program for Pause {
    fn resume(&mut self, kernel: &mut Kernel<'_>) -> Step {
        match kernel.take_signal() {
            Some(_) => {
                kernel.write(2, b"Shutting down, got signal: Terminated\n");
                Step::Exit(0)
            }
            None => Step::Wait(Wait::forever()),
        }
    }

    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }

    fn handles(&self, signal: Signal) -> bool {
        matches!(signal, Signal::TERM | Signal::INT)
    }

    fn memory(&self) -> u64 {
        500 << 10
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_with_their_units() {
        assert_eq!(duration("0.5"), Some(Delay::millis(500)));
        assert_eq!(duration("2m"), Some(Delay::secs(120)));
        assert_eq!(duration("infinity"), Some(FOREVER));
        assert_eq!(duration("abc"), None);
    }
}
