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
    /// Counts what happened, so that nobody looks again for the clock's sake.
    version: u64,
}

/// A young timeline shows its first minute.
const SHORTEST_SPAN: i64 = 60_000_000;

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
        self.version += 1;
        let now = self.now;
        self.events.retain(|_, event| event.last <= now);
        self.deeds.retain(|(at, _)| *at <= now);
    }

    /// Takes over a difference, if it is about an event.
    pub(crate) fn apply(&mut self, delta: Delta) {
        self.version += 1;
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
        self.version += 1;
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

    /// How much time the strip shows, in microseconds: a little more than has
    /// passed, in steps, so that marks stay where they are for a while.
    pub(crate) fn span(&self) -> i64 {
        let passed = self.end - self.started;
        let mut span = SHORTEST_SPAN;
        while span < passed {
            span += span / 4;
        }
        span
    }

    /// Something that differs when other marks are to be shown.
    pub(crate) fn edition(&self) -> (u64, i64) {
        (self.version, self.span())
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

    #[test]
    fn the_strip_grows_in_steps() {
        let mut timeline = Timeline::beginning(0);
        let mut spans = Vec::new();
        for secs in [10, 60, 61, 75, 76, 90] {
            timeline.tick(secs * 1_000_000);
            spans.push(timeline.span() / 1_000_000);
        }
        assert_eq!(spans, [60, 60, 75, 75, 93, 93]);
    }
}
