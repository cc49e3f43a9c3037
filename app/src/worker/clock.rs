//! Real time, which decides how far simulated time may go in a tick.

use podyard_engine::sim::Delay;

use crate::protocol::Pace;

/// A tick never covers more real time than this: a tab that slept does not
/// wake into the far future.
const LONGEST_TICK_MS: f64 = 250.0;

/// Turns real time into simulated time.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Metronome {
    pace: Pace,
    last_ms: f64,
}

impl Metronome {
    /// Sets how fast simulated time goes.
    pub(super) fn set(&mut self, pace: Pace) {
        self.pace = pace;
        self.last_ms = now_ms();
    }

    /// How much simulated time the real time since the last call is worth.
    pub(super) fn beat(&mut self) -> Delay {
        let now = now_ms();
        let passed = (now - self.last_ms).clamp(0.0, LONGEST_TICK_MS);
        self.last_ms = now;
        worth(passed, self.pace)
    }
}

/// Real milliseconds, from any fixed beginning.
pub(super) fn now_ms() -> f64 {
    js_sys::Date::now()
}

#[expect(clippy::cast_possible_truncation, reason = "below 250,000 microseconds")]
fn worth(passed_ms: f64, pace: Pace) -> Delay {
    Delay::micros((passed_ms * 1_000.0) as i64).times(i64::from(pace.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_goes_as_many_times_faster_as_the_pace_says() {
        assert_eq!(worth(33.0, Pace(60)), Delay::micros(1_980_000));
        assert_eq!(worth(33.0, Pace::PAUSED), Delay::ZERO);
    }
}
