//! Event: something that happened to an object, for people to read.
//!
//! One stored kind in two shapes: the core group's, which is stored, and that
//! of `events.k8s.io`, whose names are newer. Sources:
//! `pkg/apis/core/validation/events.go`, `pkg/apis/events/v1/conversion.go`.

use super::age::age;
use super::{Column, Errors, Getter, Kind, Path, StoredAs, meta, names, table};
use crate::sim::Time;
use crate::value::Value;

/// The row of the core group's Event.
pub static KIND: Kind = Kind {
    kind: "Event",
    plural: "events",
    singular: "event",
    short_names: &["ev"],
    schema: "io.k8s.api.core.v1.Event",
    validate: validate_core,
    validate_update: |new, _, errors| validate_core(new, errors),
    columns: COLUMNS,
    cells,
    selectable: SELECTABLE,
    ..Kind::BASE
};

/// The row of `events.k8s.io`'s Event.
pub static NEW_KIND: Kind = Kind {
    group: "events.k8s.io",
    kind: "Event",
    plural: "events",
    singular: "event",
    short_names: &["ev"],
    schema: "io.k8s.api.events.v1.Event",
    stored_as: Some(StoredAs { kind: &KIND, to_stored, from_stored }),
    validate,
    validate_update,
    columns: COLUMNS,
    cells,
    selectable: SELECTABLE,
    ..Kind::BASE
};

const COLUMNS: &[Column] = &[
    Column::text("Last Seen", "The time at which the most recent occurrence was recorded."),
    Column::text("Type", "Type of this event (Normal, Warning)."),
    Column::text("Reason", "A short, machine understandable reason."),
    Column::text("Object", "The object that this event is about."),
    Column::text("Subobject", "The part of the object that this event is about.").wide(),
    Column::text("Source", "The component reporting this event.").wide(),
    Column::text("Message", "A description for people."),
    Column::text("First Seen", "The time at which the event was first recorded.").wide(),
    Column::text("Count", "The number of times this event has occurred.").wide(),
    Column { priority: 1, ..table::NAME },
];

const SELECTABLE: &[(&str, Getter)] = &[
    ("involvedObject.kind", |event| event.at(&["involvedObject", "kind"]).text()),
    ("involvedObject.namespace", |event| event.at(&["involvedObject", "namespace"]).text()),
    ("involvedObject.name", |event| event.at(&["involvedObject", "name"]).text()),
    ("involvedObject.uid", |event| event.at(&["involvedObject", "uid"]).text()),
    ("involvedObject.apiVersion", |event| event.at(&["involvedObject", "apiVersion"]).text()),
    ("involvedObject.resourceVersion", |event| {
        event.at(&["involvedObject", "resourceVersion"]).text()
    }),
    ("involvedObject.fieldPath", |event| event.at(&["involvedObject", "fieldPath"]).text()),
    ("reason", |event| event["reason"].text()),
    ("reportingComponent", reporter),
    ("source", |event| match event.at(&["source", "component"]).text() {
        "" => reporter(event),
        component => component,
    }),
    ("type", |event| event["type"].text()),
];

/// The fields that have another name in the newer shape: stored, newer.
const RENAMED: [(&str, &str); 7] = [
    ("count", "deprecatedCount"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("involvedObject", "regarding"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("message", "note"),
    ("reportingComponent", "reportingController"),
    ("source", "deprecatedSource"),
];

fn reporter(event: &Value) -> &str {
    event["reportingComponent"].text()
}

fn to_stored(event: &mut Value) {
    for (stored, newer) in RENAMED {
        if let Some(value) = event.remove(newer) {
            event.set(stored, value);
        }
    }
}

fn from_stored(event: &mut Value) {
    for (stored, newer) in RENAMED {
        if let Some(value) = event.remove(stored) {
            event.set(newer, value);
        }
    }
}

/// The longest instance, action and reason that a newer event may have.
const NAME_BYTES_MAX: usize = 128;
/// The longest message that a newer event may have.
const MESSAGE_BYTES_MAX: usize = 1_024;

fn validate_core(event: &Value, errors: &mut Errors) {
    validate_any(event, "reportingComponent", errors);
}

/// The rules for both shapes; an `eventTime` marks what newer clients made.
fn validate_any(event: &Value, reporter_field: &str, errors: &mut Errors) {
    let involved = Path::ROOT.field("involvedObject");
    let namespace = event.at(&["metadata", "namespace"]).text();
    let object = event.at(&["involvedObject", "namespace"]).text();
    let is_new = !event["eventTime"].is_null();
    let agree = match object {
        "" if is_new => matches!(namespace, "default" | "kube-system"),
        "" => matches!(namespace, "" | "default"),
        _ => is_new || namespace == object,
    };
    if !agree {
        errors.invalid(&involved.field("namespace"), object, "does not match event.namespace");
    }
    if is_new {
        validate_reporting(event, reporter_field, errors);
    }
}

/// What a newer event must say.
fn validate_reporting(event: &Value, reporter_field: &str, errors: &mut Errors) {
    let (controller, path) = (reporter(event), Path::ROOT.field(reporter_field));
    if controller.is_empty() {
        errors.required(&path, "");
    }
    errors.invalid_each(&path, controller, names::qualified_name(controller));
    for name in ["reportingInstance", "action", "reason"] {
        if event[name].is_empty() {
            errors.required(&Path::ROOT.field(name), "");
        }
        limit_length(event, name, NAME_BYTES_MAX, errors);
    }
    limit_length(event, "message", MESSAGE_BYTES_MAX, errors);
}

fn limit_length(event: &Value, name: &str, max: usize, errors: &mut Errors) {
    if event[name].text().len() > max {
        let detail = format!("can have at most {max} characters");
        errors.invalid(&Path::ROOT.field(name), "", &detail);
    }
}

/// The rules of the newer shape.
fn validate(event: &Value, errors: &mut Errors) {
    validate_any(event, "reportingController", errors);
    let field = |name: &'static str| Path::ROOT.field(name);
    if event["eventTime"].is_null() {
        errors.required(&field("eventTime"), "");
    }
    let kind = event["type"].text();
    if !matches!(kind, "Normal" | "Warning") {
        errors.invalid(&field("type"), "", &format!("has invalid value: {kind}"));
    }
    validate_series(&event["series"], errors);
    for (name, is_set) in [
        ("firstTimestamp", !event["firstTimestamp"].is_null()),
        ("lastTimestamp", !event["lastTimestamp"].is_null()),
        ("count", event["count"].int() != 0),
        ("source", !event["source"].is_empty()),
    ] {
        if is_set {
            errors.invalid(&field(name), "", "needs to be unset");
        }
    }
}

fn validate_series(series: &Value, errors: &mut Errors) {
    if series.is_null() {
        return;
    }
    let path = Path::ROOT.field("series");
    if series["count"].int() < 2 {
        errors.invalid(&path.field("count"), "", "should be at least 2");
    }
    if series["lastObservedTime"].is_null() {
        errors.required(&path.field("lastObservedTime"), "");
    }
}

fn validate_update(new: &Value, old: &Value, errors: &mut Errors) {
    validate_any(new, "reportingController", errors);
    validate_series(&new["series"], errors);
    let fixed = [
        "involvedObject",
        "reason",
        "message",
        "source",
        "firstTimestamp",
        "lastTimestamp",
        "count",
        "eventTime",
        "action",
        "related",
        "reportingComponent",
        "reportingInstance",
        "type",
    ];
    for name in fixed {
        meta::immutable(new, old, name, &Path::ROOT, errors);
    }
}

fn cells(event: &Value, now: Time) -> Vec<Value> {
    let (object, series) = (&event["involvedObject"], &event["series"]);
    let or = |field: &str, other: String| match &event[field] {
        Value::Null => other,
        time => age(time, now),
    };
    let first = or("firstTimestamp", age(&event["eventTime"], now));
    let mut last = or("lastTimestamp", first.clone());
    let mut count = event["count"].int();
    if !series.is_null() {
        last = age(&series["lastObservedTime"], now);
        count = series["count"].int();
    } else if count == 0 {
        count = 1;
    }
    vec![
        last.into(),
        event["type"].text().into(),
        event["reason"].text().into(),
        target(object).into(),
        object["fieldPath"].text().into(),
        source(event).into(),
        event["message"].text().trim().into(),
        first.into(),
        count.into(),
        table::name(event),
    ]
}

fn target(object: &Value) -> String {
    let (kind, name) = (object["kind"].text().to_lowercase(), object["name"].text());
    if name.is_empty() { kind } else { format!("{kind}/{name}") }
}

fn source(event: &Value) -> String {
    let source = &event["source"];
    let component = match source["component"].text() {
        "" => reporter(event),
        component => component,
    };
    match (source["host"].text(), event["reportingInstance"].text()) {
        ("", "") => component.to_owned(),
        ("", instance) => format!("{component}, {instance}"),
        (host, _) => format!("{component}, {host}"),
    }
}
