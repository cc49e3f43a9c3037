//! Events: what components tell of what they do, counted and held back as
//! client-go does.
//!
//! Source: client-go `tools/record/{event,events_cache}.go`. Events of the
//! scheduler follow `tools/events`.

mod correlator;

use std::borrow::Cow;

use self::correlator::{Correlator, Told};
use crate::apiserver::{ApiServer, Kinds, WriteOptions};
use crate::sim::Time;
use crate::value;
use crate::value::{Str, Value, digest};

/// Something worth telling, about an object.
#[derive(Debug, Clone)]
pub struct Note {
    about: Value,
    field_path: String,
    warning: bool,
    reason: &'static str,
    message: String,
    action: Option<&'static str>,
}

impl Note {
    /// A `Normal` event about `object`.
    pub fn normal(object: &Value, reason: &'static str, message: String) -> Self {
        Self::new(object, false, reason, message)
    }

    /// A `Warning` event about `object`.
    pub fn warning(object: &Value, reason: &'static str, message: String) -> Self {
        Self::new(object, true, reason, message)
    }

    fn new(object: &Value, warning: bool, reason: &'static str, message: String) -> Self {
        let (about, field_path) = (reference(object), String::new());
        Self { about, field_path, warning, reason, message, action: None }
    }

    /// The same, as the event of an action other than the recorder's own.
    #[must_use]
    pub fn doing(mut self, action: &'static str) -> Self {
        self.action = Some(action);
        self
    }

    /// The same, about one part of the object, as `spec.containers{nginx}`.
    #[must_use]
    pub fn at(mut self, field_path: String) -> Self {
        self.field_path = field_path;
        self
    }
}

/// What an event says of its object.
fn reference(object: &Value) -> Value {
    let metadata = &object["metadata"];
    let mut reference = value!({
        "kind": &object["kind"],
        "name": &metadata["name"],
        "apiVersion": &object["apiVersion"],
        "namespace": &metadata["namespace"],
        "uid": &metadata["uid"],
        "resourceVersion": &metadata["resourceVersion"],
    });
    for field in ["apiVersion", "namespace", "uid", "resourceVersion"] {
        if reference[field].is_empty() {
            reference.remove(field);
        }
    }
    reference
}

/// Which library records: they shape events differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// `tools/record`: count, first and last time. Most components.
    Core,
    /// `tools/events`: event time, action, series. The scheduler.
    Series {
        /// The action that events name unless they say otherwise.
        action: &'static str,
    },
}

/// Records the events of one component.
#[derive(Debug, Clone)]
pub struct Recorder {
    component: Str,
    host: Str,
    style: Style,
    correlator: Correlator,
}

impl Recorder {
    /// A recorder for `component`, on `host` if it runs on a node.
    pub fn new(component: &str, host: &str, style: Style) -> Self {
        Self {
            component: component.into(),
            host: host.into(),
            style,
            correlator: Correlator::default(),
        }
    }

    /// Records `note`: as a new event, as one more of the same, or not at all.
    pub fn record(&mut self, note: Note, api: &mut ApiServer, kinds: &Kinds) {
        let now = api.now();
        self.correlator.sweep(now);
        let about = &note.about;
        let uid = about["uid"].as_shared().cloned().unwrap_or_default();
        let kind = if note.warning { "Warning" } else { "Normal" };
        let group = digest([&*uid, &note.field_path, kind, note.reason]);
        let many = self.correlator.is_one_of_many(group, &note.message, now);
        if self.style == Style::Core && !self.correlator.may_tell(&uid, now) {
            return;
        }
        let message: Cow<'_, str> = if many {
            format!("(combined from similar events): {}", note.message).into()
        } else {
            note.message.as_str().into()
        };
        // Many similar ones are one event, whatever the last of them said.
        let this = if many {
            group
        } else {
            digest([&*uid, &note.field_path, kind, note.reason, &message])
        };
        let namespace = match about["namespace"].text() {
            "" => "default",
            own => own,
        };
        if let Some(told) = self.correlator.again(this, now)
            && let Some(event) = api.get(kinds.event, namespace, &told.name)
        {
            let mut event = repeated(event.clone(), told, self.style, now);
            event.set("message", &*message);
            // An event that cannot be written is lost, as upstream's are.
            let _ = api.update(kinds.event, event, &WriteOptions::by(&self.component));
            return;
        }
        let event = self.event(&note, &message, namespace, now, api);
        let name = event["metadata"]["name"].as_shared().cloned().unwrap_or_default();
        self.correlator.begin(this, name, now);
        let _ = api.create(kinds.event, namespace, event, &WriteOptions::by(&self.component));
    }

    fn event(
        &self,
        note: &Note,
        message: &str,
        namespace: &str,
        now: Time,
        api: &ApiServer,
    ) -> Value {
        let mut about = note.about.clone();
        about.set_nonzero("fieldPath", note.field_path.as_str());
        // Events of one instant need names of their own.
        let stamp =
            now.as_micros() * 1_000 + i64::try_from(api.store().revision() % 1_000).unwrap_or(0);
        let metadata = value!({
            "name": (format!("{}.{stamp:x}", note.about["name"].text())),
            "namespace": namespace,
        });
        let kind = if note.warning { "Warning" } else { "Normal" };
        match self.style {
            Style::Core => {
                let mut source = value!({ "component": (&self.component) });
                source.set_nonzero("host", &self.host);
                value!({
                    "apiVersion": "v1",
                    "kind": "Event",
                    "metadata": metadata,
                    "involvedObject": about,
                    "reason": note.reason,
                    "message": message,
                    "type": kind,
                    "source": source,
                    "firstTimestamp": api.stamp(),
                    "lastTimestamp": api.stamp(),
                    "count": 1,
                    "eventTime": null,
                    "reportingComponent": (&self.component),
                    "reportingInstance": (&self.host),
                })
            }
            Style::Series { action } => value!({
                "apiVersion": "v1",
                "kind": "Event",
                "metadata": metadata,
                "involvedObject": about,
                "reason": note.reason,
                "message": message,
                "type": kind,
                "source": {},
                "firstTimestamp": null,
                "lastTimestamp": null,
                "eventTime": now.rfc3339_micros(),
                "action": note.action.unwrap_or(action),
                "reportingComponent": (&self.component),
                "reportingInstance": (format!("{}-{}", self.component, self.host)),
            }),
        }
    }
}

fn repeated(mut event: Value, told: &Told, style: Style, now: Time) -> Value {
    match style {
        Style::Core => {
            event.set("count", told.count);
            event.set("firstTimestamp", told.first.rfc3339());
            event.set("lastTimestamp", told.last.rfc3339());
        }
        Style::Series { .. } => {
            let series = value!({
                "count": (told.count),
                "lastObservedTime": (now.rfc3339_micros()),
            });
            event.set("series", series);
        }
    }
    event
}
