//! The events of an object.

use podyard_engine::api::age::age;
use podyard_engine::sim::Time;
use podyard_engine::value::Value;

use super::metadata::{name, namespace, uid};
use super::related::{Query, Related, Resource};
use super::writer::Writer;

/// The annotation that names what a static Pod's events refer to.
const MIRROR: &str = "kubernetes.io/config.mirror";

/// The events about `object`; none where they cannot be had.
pub(super) async fn search(object: &Value, related: &dyn Related) -> Vec<Value> {
    let kind = object["kind"].text();
    let mut uid = uid(object);
    if kind == "Pod"
        && let Some(mirrored) = object.at(&["metadata", "annotations"]).get(MIRROR)
    {
        uid = mirrored.text();
    }
    let mut events = related.list(about(object, uid)).await.unwrap_or_default();
    if kind == "Node" {
        // The kubelet takes the node's name for its UID.
        events.extend(related.list(about(object, name(object))).await.unwrap_or_default());
    }
    events
}

fn about(object: &Value, uid: &str) -> Query {
    let mut fields = vec![
        format!("involvedObject.name={}", name(object)),
        format!("involvedObject.namespace={}", namespace(object)),
    ];
    let kind = object["kind"].text();
    if kind != "Pod" {
        fields.push(format!("involvedObject.kind={kind}"));
    }
    if !uid.is_empty() {
        fields.push(format!("involvedObject.uid={uid}"));
    }
    Query { fields: fields.join(","), ..Query::all(Resource::EVENTS, namespace(object)) }
}

/// Writes the events, the oldest first.
pub(super) fn write(writer: &mut Writer, mut events: Vec<Value>, now: Time) {
    if events.is_empty() {
        writer.field(0, "Events", "<none>");
        return;
    }
    events.sort_by_key(|event| Time::parse(event["lastTimestamp"].text()));
    writer.line(0, "Events:");
    writer.row(1, &["Type", "Reason", "Age", "From", "Message"]);
    writer.row(1, &["----", "------", "----", "----", "-------"]);
    for event in &events {
        let source = match event.at(&["source", "component"]).text() {
            "" => event["reportingComponent"].text(),
            component => component,
        };
        let message = event["message"].text().trim();
        let (kind, reason) = (event["type"].text(), event["reason"].text());
        writer.row(1, &[kind, reason, &interval(event, now), source, message]);
    }
}

/// When it happened: `5s`, or `5s (x3 over 2m)`.
fn interval(event: &Value, now: Time) -> String {
    let start = if event["eventTime"].is_null() { "firstTimestamp" } else { "eventTime" };
    let first = age(&event[start], now);
    let (last, count) = match &event["series"] {
        Value::Null => (&event["lastTimestamp"], event["count"].int()),
        series => (&series["lastObservedTime"], series["count"].int()),
    };
    if event["series"].is_null() && count <= 1 {
        return first;
    }
    format!("{} (x{count} over {first})", age(last, now))
}
