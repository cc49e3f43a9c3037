//! What happened when: the clock and Kubernetes' events.

use std::collections::BTreeMap;
use std::sync::Arc;

use podyard_engine::api::age::human_duration;
use podyard_engine::sim::Delay;
use podyard_engine::view::{Delta, Event, Id, Item};

/// How many events are kept; the oldest go first.
const MAX_EVENTS: usize = 1_000;

/// The clock and the events.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Timeline {
    /// When the cluster began, in microseconds since the epoch.
    pub(crate) started: i64,
    /// The cluster's time, in the same measure.
    pub(crate) now: i64,
    /// The furthest it has been.
    pub(crate) end: i64,
    events: BTreeMap<Id, Arc<Event>>,
    /// The lines that were run, oldest first.
    deeds: Vec<(i64, String)>,
}

impl Timeline {
    /// An empty one that begins at `started`.
    pub(crate) fn beginning(started: i64) -> Self {
        Self { started, now: started, end: started, ..Self::default() }
    }

    /// It is this time now.
    pub(crate) fn tick(&mut self, now: i64) {
        self.now = now;
        self.end = self.end.max(now);
    }

    /// History goes on from now: what came later never was.
    pub(crate) fn branch(&mut self) {
        self.end = self.now;
        let now = self.now;
        self.events.retain(|_, event| event.last <= now);
        self.deeds.retain(|(at, _)| *at <= now);
    }

    /// Takes over a difference, if it is about an event.
    pub(crate) fn apply(&mut self, delta: Delta) {
        match delta {
            Delta::Set(id, item) => {
                if let Item::Event(event) = *item {
                    self.events.insert(id, Arc::new(event));
                }
            }
            // Kubernetes forgets events after an hour; the timeline does not.
            Delta::Gone(_) => {}
        }
        while self.events.len() > MAX_EVENTS {
            self.events.pop_first();
        }
    }

    /// The events until now, newest first.
    pub(crate) fn newest(&self) -> Vec<(Id, Arc<Event>)> {
        let known = self.events.iter().filter(|(_, event)| event.last <= self.now);
        let mut events: Vec<_> = known.map(|(id, event)| (*id, event.clone())).collect();
        events.sort_by_key(|(id, event)| std::cmp::Reverse((event.last, *id)));
        events
    }

    /// These lines were run, so many microseconds after the beginning.
    pub(crate) fn set_deeds(&mut self, deeds: Vec<(i64, String)>) {
        self.deeds = deeds.into_iter().map(|(at, line)| (self.started + at, line)).collect();
    }

    /// The lines that were run, oldest first, and when.
    pub(crate) fn deeds(&self) -> &[(i64, String)] {
        &self.deeds
    }

    /// The events in no particular order.
    pub(crate) fn events_unsorted(&self) -> impl Iterator<Item = &Event> {
        self.events.values().map(|event| &**event)
    }

    /// How long it has been, at its furthest, in whole seconds.
    pub(crate) fn length(&self) -> i64 {
        (self.end - self.started) / 1_000_000
    }

    /// How long ago `time` was, as kubectl prints an age.
    pub(crate) fn age_of(&self, time: i64) -> String {
        human_duration(Delay::micros(self.now - time))
    }

    /// The time since the beginning as `00:03:12`.
    pub(crate) fn elapsed(&self) -> String {
        clock((self.now - self.started) / 1_000_000)
    }
}

/// Seconds as `00:03:12`.
pub(crate) fn clock(secs: i64) -> String {
    let secs = secs.max(0);
    format!("{:02}:{:02}:{:02}", secs / 3_600, secs / 60 % 60, secs % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_time_as_a_clock() {
        assert_eq!(clock(192), "00:03:12");
    }
}
