//! Events as marks on the timeline: those that would overlap are one mark.

use crate::state::Timeline;

/// A mark on the timeline.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tick {
    /// Its place, from 0 at the beginning to 1 at the end.
    pub(crate) at: f64,
    /// How many events it stands for.
    pub(crate) count: usize,
    /// Whether one of them is a warning.
    pub(crate) warning: bool,
    /// What happened, one line each, as far as that is readable.
    pub(crate) label: String,
}

/// The marks for all events, at most `slots` of them.
pub(crate) fn ticks(timeline: &Timeline, slots: usize) -> Vec<Tick> {
    let span = (timeline.end - timeline.started).max(SHORTEST_SPAN);
    let slots_wide = i64::try_from(slots.max(1)).unwrap_or(i64::MAX);
    let mut marks: std::collections::BTreeMap<i64, Tick> = std::collections::BTreeMap::new();
    for event in timeline.events_unsorted() {
        let since = (event.last - timeline.started).clamp(0, span);
        let slot = since * (slots_wide - 1) / span;
        let mark = marks.entry(slot).or_insert_with(|| Tick {
            at: fraction(slot, slots_wide),
            count: 0,
            warning: false,
            label: String::new(),
        });
        mark.count += 1;
        mark.warning |= event.warning;
        if mark.count <= MAX_LABELS {
            let line = format!("{} {}: {}\n", event.about_kind, event.about_name, event.reason);
            mark.label.push_str(&line);
        }
    }
    marks.into_values().collect()
}

/// A young timeline shows its first minute.
const SHORTEST_SPAN: i64 = 60_000_000;
const MAX_LABELS: usize = 4;

#[expect(clippy::cast_precision_loss, reason = "slots are a few hundred")]
fn fraction(slot: i64, slots: i64) -> f64 {
    slot as f64 / (slots - 1).max(1) as f64
}

/// How much of the strip the time so far fills.
#[expect(clippy::cast_precision_loss, reason = "a picture needs no more")]
pub(crate) fn filled(timeline: &Timeline) -> f64 {
    let passed = (timeline.now - timeline.started).max(0);
    passed as f64 / (timeline.end - timeline.started).max(SHORTEST_SPAN) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use podyard_engine::value;
    use podyard_engine::view::View;

    #[test]
    fn events_at_one_place_are_one_mark() {
        let mut view = View::default();
        for (uid, kind, time) in
            [("a", "Normal", "00:00:01"), ("b", "Warning", "00:00:01"), ("c", "Normal", "00:00:50")]
        {
            let time = format!("1970-01-01T{time}Z");
            view.observe(
                "Event",
                &value!({ "metadata": { "uid": uid }, "type": kind, "lastTimestamp": time }),
            );
        }
        let mut timeline = Timeline::beginning(0);
        timeline.tick(100_000_000);
        for delta in view.take_deltas() {
            timeline.apply(delta);
        }
        let marks: Vec<_> = ticks(&timeline, 11)
            .into_iter()
            .map(|tick| (tick.at, tick.count, tick.warning))
            .collect();
        assert_eq!(marks, [(0.0, 2, true), (0.5, 1, false)]);
    }
}
