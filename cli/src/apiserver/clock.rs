//! How simulated time passes while the server runs.

use std::str::FromStr;
use std::time::{Duration, Instant};

use podyard_engine::sim::Delay;

use super::shared::Shared;

/// How often time is moved on.
const TICK: Duration = Duration::from_millis(10);
/// How many events are done at once before requests get their turn.
const EVENTS_MAX: usize = 200;

/// The speed of simulated time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Speed {
    /// So many simulated seconds a second; 0 stands still.
    Times(f64),
    /// From one event to the next without waiting.
    Max,
}

impl FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "max" {
            return Ok(Self::Max);
        }
        let factor = text.parse::<f64>().ok().filter(|factor| factor.is_finite() && *factor >= 0.0);
        factor.map(Self::Times).ok_or_else(|| "expected 0, a positive number or max".to_owned())
    }
}

/// Moves time on for as long as the server runs.
pub(crate) async fn run(speed: Speed, shared: Shared) {
    match speed {
        Speed::Times(factor) if factor > 0.0 => pace(factor, shared).await,
        Speed::Times(_) => {}
        Speed::Max => rush(shared).await,
    }
}

async fn pace(factor: f64, shared: Shared) {
    let start = shared.look(|cluster| cluster.now());
    let began = Instant::now();
    loop {
        tokio::time::sleep(TICK).await;
        #[expect(clippy::cast_possible_truncation, reason = "microseconds of a process fit")]
        let passed = (began.elapsed().as_secs_f64() * factor * 1e6) as i64;
        shared.with(|cluster| cluster.advance_to(start + Delay::micros(passed)));
    }
}

async fn rush(shared: Shared) {
    loop {
        let busy = shared.with(|cluster| {
            for _ in 0..EVENTS_MAX {
                let Some(next) = cluster.next_work() else { return false };
                cluster.advance_to(next);
            }
            true
        });
        let rest = if busy { Duration::from_micros(200) } else { TICK };
        tokio::time::sleep(rest).await;
    }
}
