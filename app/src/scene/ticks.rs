//! What happened, as marks on the timeline: what a person did, what
//! Kubernetes told, and what it warned of, each in a lane of its own. Marks
//! of one lane that would overlap are one.

use std::collections::BTreeMap;

use crate::state::Timeline;

/// A lane of the timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lane {
    /// What a person did.
    Deeds,
    /// What Kubernetes told.
    Events,
    /// What it warned of.
    Warnings,
}

impl Lane {
    /// A name for styles and tests.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Deeds => "deeds",
            Self::Events => "events",
            Self::Warnings => "warnings",
        }
    }
}

/// A mark on the timeline.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tick {
    /// Its lane.
    pub(crate) lane: Lane,
    /// Its place, from 0 at the beginning to 1 at the end.
    pub(crate) at: f64,
    /// How much happened there.
    pub(crate) count: usize,
    /// What it was, as far as that is readable.
    pub(crate) labels: Vec<String>,
}

const MAX_LABELS: usize = 4;

/// The marks for all that happened, at most `slots` in a lane.
pub(crate) fn ticks(timeline: &Timeline, slots: usize) -> Vec<Tick> {
    let span = timeline.span();
    let slots = i64::try_from(slots.max(2)).unwrap_or(i64::MAX);
    let mut marks: BTreeMap<(Lane, i64), Tick> = BTreeMap::new();
    let mut add = |lane: Lane, at: i64, label: &dyn Fn() -> String| {
        let slot = (at - timeline.started).clamp(0, span) * (slots - 1) / span;
        let new = || Tick { lane, at: fraction(slot, slots), count: 0, labels: Vec::new() };
        let mark = marks.entry((lane, slot)).or_insert_with(new);
        mark.count += 1;
        if mark.labels.len() < MAX_LABELS {
            mark.labels.push(label());
        }
    };
    for (at, line) in timeline.deeds() {
        add(Lane::Deeds, *at, &|| format!("$ {line}"));
    }
    for event in timeline.events_unsorted() {
        let lane = if event.warning { Lane::Warnings } else { Lane::Events };
        let label = || format!("{} {}: {}", event.about_kind, event.about_name, event.reason);
        add(lane, event.last, &label);
    }
    marks.into_values().collect()
}

/// What happened near a place of the timeline, nearest first.
pub(crate) fn near(ticks: &[Tick], at: f64, reach: f64) -> Vec<(Lane, String)> {
    let away = |tick: &Tick| (tick.at - at).abs();
    let mut close: Vec<&Tick> = ticks.iter().filter(|tick| away(tick) <= reach).collect();
    close.sort_by(|a, b| a.lane.cmp(&b.lane).then(away(a).total_cmp(&away(b))));
    let told = close.iter().flat_map(|tick| {
        let lane = tick.lane;
        tick.labels.iter().map(move |label| (lane, label.clone()))
    });
    told.take(MAX_LABELS + 2).collect()
}

#[expect(clippy::cast_precision_loss, reason = "slots are a few hundred")]
fn fraction(slot: i64, slots: i64) -> f64 {
    slot as f64 / (slots - 1).max(1) as f64
}

/// How much of the strip the time so far fills.
#[expect(clippy::cast_precision_loss, reason = "a picture needs no more")]
pub(crate) fn filled(timeline: &Timeline) -> f64 {
    let passed = (timeline.now - timeline.started).max(0);
    passed as f64 / timeline.span() as f64
}

/// The time at a place of the strip, in whole seconds since the beginning.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a picture needs no more"
)]
pub(crate) fn seconds_at(timeline: &Timeline, at: f64) -> i64 {
    let span = timeline.span();
    (at.clamp(0.0, 1.0) * span as f64 / 1_000_000.0) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use podyard_engine::value;
    use podyard_engine::view::View;

    fn sample() -> Timeline {
        let mut view = View::default();
        for (uid, kind, time) in [
            ("a", "Normal", "00:00:01"),
            ("b", "Warning", "00:00:01"),
            ("c", "Normal", "00:00:50"),
            ("d", "Normal", "00:00:50"),
        ] {
            let time = format!("1970-01-01T{time}Z");
            view.observe(
                "Event",
                &value!({ "metadata": { "uid": uid }, "type": kind, "lastTimestamp": time }),
            );
        }
        let mut timeline = Timeline::beginning(0);
        timeline.tick(93_000_000);
        for delta in view.take_deltas() {
            timeline.apply(delta);
        }
        timeline.set_deeds(vec![(50_000_000, "kubectl get pods".to_owned())]);
        timeline
    }

    #[test]
    fn what_happens_at_one_place_of_a_lane_is_one_mark() {
        let marks: Vec<_> =
            ticks(&sample(), 11).into_iter().map(|tick| (tick.lane, tick.at, tick.count)).collect();
        let wanted = [
            (Lane::Deeds, 0.5, 1),
            (Lane::Events, 0.0, 1),
            (Lane::Events, 0.5, 2),
            (Lane::Warnings, 0.0, 1),
        ];
        assert_eq!(marks, wanted);
    }

    #[test]
    fn what_a_person_did_is_told_first() {
        let marks = ticks(&sample(), 11);
        let told = near(&marks, 0.51, 0.04);
        assert_eq!(told.len(), 3);
        assert_eq!(told.first(), Some(&(Lane::Deeds, "$ kubectl get pods".to_owned())));
        assert_eq!(near(&marks, 0.3, 0.02), []);
        assert_eq!(seconds_at(&sample(), 0.5), 46);
    }
}
