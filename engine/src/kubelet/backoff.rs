//! Waiting longer after each failure.
//!
//! Source: client-go `util/flowcontrol/backoff.go`; the kubelet waits 10 s
//! first, doubles up to 5 min, and forgets after 10 min without failure.

use crate::sim::{Delay, Time};

const FIRST: Delay = Delay::secs(10);
const LONGEST: Delay = Delay::secs(300);
const FORGET: Delay = Delay::secs(600);

/// How long to wait after a failure.
#[derive(Debug, Clone, Default)]
pub(super) struct Backoff {
    delay: Delay,
    since: Time,
}

impl Backoff {
    /// The present wait.
    pub(super) fn delay(&self) -> Delay {
        self.delay
    }

    /// Whether the wait that began at `since` still goes on.
    pub(super) fn holds(&self, since: Time, now: Time) -> bool {
        self.delay > Delay::ZERO && now.since(since) < self.delay
    }

    /// Notes a failure at `now`: the next wait is twice as long.
    pub(super) fn fail(&mut self, now: Time) {
        let stale = now.since(self.since) > LONGEST.times(2).max(FORGET);
        self.delay = if self.delay == Delay::ZERO || stale {
            FIRST
        } else {
            self.delay.times(2).min(LONGEST)
        };
        self.since = now;
    }

    /// When the last failure was.
    pub(super) fn since(&self) -> Time {
        self.since
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_doubles_the_wait_up_to_five_minutes() {
        let mut backoff = Backoff::default();
        let mut waits = Vec::new();
        let mut now = Time::from_secs(0);
        for _ in 0..7 {
            now += Delay::secs(60);
            backoff.fail(now);
            waits.push(backoff.delay().as_secs());
        }
        assert_eq!(waits, [10, 20, 40, 80, 160, 300, 300]);
        backoff.fail(now + Delay::secs(700));
        assert_eq!(backoff.delay().as_secs(), 10);
    }
}
