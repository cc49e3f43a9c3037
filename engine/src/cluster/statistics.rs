//! What is counted of a generator's requests.

use std::collections::{BTreeMap, VecDeque};

use crate::process::NetError;
use crate::sim::{Delay, Time};
use crate::store::Key;

/// Over how many seconds the present rate is measured.
const RECENT_SECS: i64 = 10;
/// Each power of two of a latency is cut into so many parts.
const PARTS: u64 = 8;

/// How a request failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Failure {
    /// The server's answer says so.
    Status(u16),
    /// No answer came.
    Error(NetError),
}

impl Failure {
    /// In a word: a status, or what `curl` would call it.
    pub fn text(self) -> String {
        match self {
            Self::Status(status) => status.to_string(),
            Self::Error(error) => match error {
                NetError::UnknownHost => "unknown host",
                NetError::DnsTimeout => "no DNS",
                NetError::Refused => "refused",
                NetError::TimedOut => "timed out",
                NetError::NoRoute => "no route",
                NetError::Reset => "reset",
                NetError::Tls => "TLS failed",
            }
            .to_owned(),
        }
    }
}

/// How long requests took, to an eighth of each power of two.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Histogram {
    counts: Vec<u32>,
    total: u64,
}

impl Histogram {
    /// Counts one.
    pub fn add(&mut self, took: Delay) {
        let place = place_of(u64::try_from(took.as_micros()).unwrap_or_default());
        if place >= self.counts.len() {
            self.counts.resize(place + 1, 0);
        }
        if let Some(count) = self.counts.get_mut(place) {
            *count = count.saturating_add(1);
        }
        self.total += 1;
    }

    /// The latency that so many of a thousand did not exceed.
    pub fn percentile(&self, of_thousand: u64) -> Delay {
        let mut left = (self.total * of_thousand).div_ceil(1_000);
        for (place, count) in self.counts.iter().enumerate() {
            left = left.saturating_sub(u64::from(*count));
            if left == 0 && *count > 0 {
                return Delay::micros(i64::try_from(top_of(place)).unwrap_or(i64::MAX));
            }
        }
        Delay::ZERO
    }
}

fn place_of(micros: u64) -> usize {
    if micros < PARTS {
        return usize::try_from(micros).unwrap_or_default();
    }
    let power = u64::from(micros.ilog2());
    let part = (micros >> (power - 3)) & (PARTS - 1);
    usize::try_from((power - 2) * PARTS + part).unwrap_or_default()
}

/// The greatest latency that is counted at a place.
fn top_of(place: usize) -> u64 {
    let place = place as u64;
    if place < PARTS {
        return place;
    }
    let (power, part) = (place / PARTS + 2, place % PARTS);
    ((PARTS + part + 1) << (power - 3)) - 1
}

/// What one endpoint had of the requests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Share {
    /// How many came to it.
    pub received: u64,
    /// How many of them failed.
    pub failed: u64,
    /// How long they took.
    pub latency: Histogram,
}

/// What is counted of one generator.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statistics {
    /// How many requests were sent.
    pub sent: u64,
    /// How many were answered well.
    pub answered: u64,
    /// How many failed, by how.
    pub failures: BTreeMap<Failure, u64>,
    /// How long those took that were answered at all.
    pub latency: Histogram,
    /// The Pods that they came to.
    pub endpoints: BTreeMap<Key, Share>,
    /// The Service that sent them there, as `Service/default/web`; empty until
    /// one did.
    pub service: String,
    /// Requests sent and failed in each of the last seconds, oldest first.
    recent: VecDeque<(i64, u64, u64)>,
}

impl Statistics {
    /// Counts a request sent at `now`.
    pub(super) fn count(
        &mut self,
        now: Time,
        took: Delay,
        result: Result<(), Failure>,
        pod: Option<&Key>,
    ) {
        self.sent += 1;
        let failed = u64::from(result.is_err());
        match result {
            Ok(()) => self.answered += 1,
            Err(failure) => *self.failures.entry(failure).or_default() += 1,
        }
        if !matches!(result, Err(Failure::Error(_))) {
            self.latency.add(took);
        }
        if let Some(pod) = pod {
            let share = match self.endpoints.get_mut(pod) {
                Some(share) => share,
                None => self.endpoints.entry(pod.clone()).or_default(),
            };
            share.received += 1;
            share.failed += failed;
            share.latency.add(took);
        }
        let second = now.as_secs();
        match self.recent.back_mut().filter(|(own, ..)| *own == second) {
            Some((_, sent, lost)) => (*sent, *lost) = (*sent + 1, *lost + failed),
            None => self.recent.push_back((second, 1, failed)),
        }
        while self.recent.front().is_some_and(|(own, ..)| *own < second - RECENT_SECS) {
            self.recent.pop_front();
        }
    }

    /// How many failed.
    pub fn failed(&self) -> u64 {
        self.sent - self.answered
    }

    /// Requests sent and failed in the last ten whole seconds.
    pub fn recent(&self, now: Time) -> (u64, u64) {
        let (from, to) = (now.as_secs() - RECENT_SECS, now.as_secs());
        let seconds = self.recent.iter().filter(|(own, ..)| (from..to).contains(own));
        seconds.fold((0, 0), |(sent, lost), (_, own, failed)| (sent + own, lost + failed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(micros: &[i64], of_thousand: u64, expected: i64) {
        let mut histogram = Histogram::default();
        for own in micros {
            histogram.add(Delay::micros(*own));
        }
        assert_eq!(histogram.percentile(of_thousand), Delay::micros(expected));
    }

    #[test]
    fn percentiles_are_true_to_an_eighth() {
        check(&[], 500, 0);
        check(&[5], 500, 5);
        check(&[1, 2, 3, 4], 500, 2);
        check(&[1_000; 10], 990, 1_023);
        check(&[1_000, 1_000, 1_000, 50_000], 750, 1_023);
        check(&[1_000, 1_000, 1_000, 50_000], 990, 53_247);
    }
}
