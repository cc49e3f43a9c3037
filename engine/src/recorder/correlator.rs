//! What a recorder has told, to count what comes again and to hold back what
//! comes too often.
//!
//! Source: client-go `tools/record/events_cache.go`. Its caches are bounded
//! by count alone; what no longer makes a difference is forgotten here too.

use std::collections::BTreeMap;

use crate::sim::{Delay, Time};
use crate::value::{Str, digest};

/// Similar events beyond this many within ten minutes become one.
const SIMILAR_MAX: usize = 10;
const SIMILAR_WINDOW: Delay = Delay::secs(600);
/// Events about one object that may come at once; then one in five minutes.
const SPAM_BURST: i64 = 25;
const SPAM_REFILL: Delay = Delay::secs(300);
/// How many distinct events a recorder remembers, as upstream's cache.
const CACHE_MAX: usize = 4_096;
/// An event that was told longer ago is gone from the API server.
const LIFETIME: Delay = Delay::secs(3_600);

/// An event that was told: its name, how often, when first and last.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) name: Str,
    pub(super) count: i64,
    pub(super) first: Time,
    pub(super) last: Time,
}

#[derive(Debug, Clone)]
struct Similar {
    /// The digests of the messages.
    messages: Vec<u64>,
    last: Time,
}

#[derive(Debug, Clone)]
struct Bucket {
    tokens: i64,
    refilled: Time,
}

/// What was told lately. Texts are kept as digests: thousands of nodes tell.
#[derive(Debug, Clone, Default)]
pub(super) struct Correlator {
    told: BTreeMap<u64, Told>,
    similar: BTreeMap<u64, Similar>,
    buckets: BTreeMap<Str, Bucket>,
    swept: Time,
}

impl Correlator {
    /// Forgets what no longer makes a difference.
    pub(super) fn sweep(&mut self, now: Time) {
        if self.told.len() >= CACHE_MAX {
            *self = Self { swept: now, ..Self::default() };
        }
        if now.since(self.swept) < SIMILAR_WINDOW {
            return;
        }
        self.swept = now;
        self.told.retain(|_, told| now.since(told.last) <= LIFETIME);
        self.similar.retain(|_, similar| now.since(similar.last) <= SIMILAR_WINDOW);
        self.buckets.retain(|_, bucket| {
            bucket.refill(now);
            bucket.tokens < SPAM_BURST
        });
    }

    /// Whether so many messages of `group` came lately that `message` is to
    /// be told as one of them.
    pub(super) fn is_one_of_many(&mut self, group: u64, message: &str, now: Time) -> bool {
        let similar = self
            .similar
            .entry(group)
            .or_insert_with(|| Similar { messages: Vec::with_capacity(1), last: now });
        if now.since(similar.last) > SIMILAR_WINDOW {
            similar.messages.clear();
        }
        similar.last = now;
        let message = digest([message]);
        if !similar.messages.contains(&message) {
            similar.messages.push(message);
        }
        if similar.messages.len() < SIMILAR_MAX {
            return false;
        }
        similar.messages.remove(0);
        true
    }

    /// Whether one more event about the object `uid` may be told.
    pub(super) fn may_tell(&mut self, uid: &Str, now: Time) -> bool {
        let bucket = self
            .buckets
            .entry(uid.clone())
            .or_insert_with(|| Bucket { tokens: SPAM_BURST, refilled: now });
        bucket.refill(now);
        let may = bucket.tokens > 0;
        bucket.tokens -= i64::from(may);
        may
    }

    /// Counts an event once more, if it has been told.
    pub(super) fn again(&mut self, event: u64, now: Time) -> Option<&Told> {
        let told = self.told.get_mut(&event)?;
        told.count += 1;
        told.last = now;
        Some(told)
    }

    /// Notes that an event is told for the first time, under `name`.
    pub(super) fn begin(&mut self, event: u64, name: Str, now: Time) {
        self.told.insert(event, Told { name, count: 1, first: now, last: now });
    }
}

impl Bucket {
    fn refill(&mut self, now: Time) {
        let gained = now.since(self.refilled).as_micros() / SPAM_REFILL.as_micros();
        if gained > 0 {
            self.tokens = (self.tokens + gained).min(SPAM_BURST);
            self.refilled += SPAM_REFILL.times(gained);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Time {
        Time::default() + Delay::secs(secs)
    }

    #[test]
    fn the_tenth_similar_message_within_ten_minutes_becomes_one_of_many() {
        let mut correlator = Correlator::default();
        let mut tell =
            |number: i64, now| correlator.is_one_of_many(1, &format!("message {number}"), now);
        assert!((0..9).all(|number| !tell(number, at(number))));
        assert!(tell(9, at(9)));
        assert!(!tell(10, at(700)));
    }

    #[test]
    fn an_object_has_25_events_at_once_and_one_more_in_five_minutes() {
        let mut correlator = Correlator::default();
        let uid = Str::from("uid");
        assert!((0..25).all(|_| correlator.may_tell(&uid, at(0))));
        assert!(!correlator.may_tell(&uid, at(299)));
        assert!(correlator.may_tell(&uid, at(300)));
        assert!(!correlator.may_tell(&uid, at(301)));
    }

    #[test]
    fn what_makes_no_difference_any_more_is_forgotten() {
        let mut correlator = Correlator::default();
        correlator.begin(1, "event".into(), at(0));
        correlator.is_one_of_many(1, "message", at(0));
        correlator.may_tell(&"uid".into(), at(0));
        correlator.sweep(at(3_600));
        assert!(correlator.similar.is_empty() && correlator.buckets.is_empty());
        assert_eq!(correlator.again(1, at(3_600)).map(|told| told.count), Some(2));
        correlator.sweep(at(7_201));
        assert!(correlator.told.is_empty());
    }
}
