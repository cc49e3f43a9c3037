//! Reads a Kubernetes event.

use super::Ids;
use super::items::{Event, created, micros, text};
use crate::value::Value;

pub(super) fn read(event: &Value, ids: &mut Ids) -> Event {
    let about = &event["involvedObject"];
    Event {
        namespace: text(event, &["metadata", "namespace"]),
        name: text(event, &["metadata", "name"]),
        about_kind: text(about, &["kind"]),
        about_name: text(about, &["name"]),
        about: about["uid"].as_shared().map(|uid| ids.of(uid)),
        reason: text(event, &["reason"]),
        message: text(event, &["message"]),
        warning: event["type"].text() == "Warning",
        count: count(event),
        last: last(event),
    }
}

fn count(event: &Value) -> i64 {
    let counts = [event["count"].int(), event.at(&["series", "count"]).int(), 1];
    counts.into_iter().max().unwrap_or(1)
}

/// The newest of the times an event carries; old and new recorders fill
/// different fields.
fn last(event: &Value) -> i64 {
    let times = [
        micros(event.at(&["series", "lastObservedTime"])),
        micros(&event["lastTimestamp"]),
        micros(&event["eventTime"]),
    ];
    times.into_iter().max().filter(|time| *time > 0).unwrap_or_else(|| created(event))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value;

    #[test]
    fn takes_the_newest_time_and_the_highest_count() {
        let event = value!({
            "metadata": { "name": "web.1", "creationTimestamp": "1970-01-01T00:00:01Z" },
            "lastTimestamp": "1970-01-01T00:00:05Z",
            "count": 3,
            "type": "Warning",
            "involvedObject": { "kind": "Pod", "name": "web", "uid": "a" },
        });
        let event = read(&event, &mut Ids::default());
        assert_eq!((event.last, event.count, event.warning), (5_000_000, 3, true));
        assert_eq!((event.about_kind.as_str(), event.about_name.as_str()), ("Pod", "web"));
    }
}
