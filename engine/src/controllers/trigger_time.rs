//! Says since when a Service's endpoints should be as they are written.
//!
//! Source: upstream `k8s.io/endpointslice/trigger_time_tracker.go`: the
//! earliest of the changes since the last look, of the Service or of whether
//! a Pod is ready.

use super::{Context, conditions};
use crate::api::pod::PodView;
use crate::sim::Time;
use crate::value;
use crate::value::Value;

const TRIGGER_TIME: &str = "endpoints.kubernetes.io/last-change-trigger-time";

/// What led to this look at a Service, and what to remember for the next.
pub(super) struct Trigger {
    at: Option<Time>,
    /// The times seen now.
    pub(super) seen: Value,
}

impl Trigger {
    /// Compares the times of a Service and its Pods with those seen before.
    pub(super) fn of<'a>(
        service: &Value,
        pods: impl Iterator<Item = &'a Value>,
        cx: &Context<'_>,
    ) -> Self {
        let created = Time::parse(service["metadata"]["creationTimestamp"].text());
        let mut earliest: Option<Time> = None;
        let mut times = Value::map();
        for pod in pods {
            let ready = conditions::find(&pod["status"], "Ready");
            let at = ready.and_then(|own| Time::parse(own["lastTransitionTime"].text()));
            let Some(at) = at else { continue };
            let name = PodView(pod).name();
            times.set(name, at.as_micros());
            let before = cx.memory.and_then(|memory| memory["pods"][name].as_int());
            if before.is_none_or(|before| at.as_micros() > before) {
                earliest = Some(earliest.map_or(at, |own| own.min(at)));
            }
        }
        // The Service is never newer than what was seen of it.
        let at = if cx.memory.is_none() { created } else { earliest };
        Self { at, seen: value!({ "pods": times }) }
    }

    /// Notes the time on what is about to be written.
    pub(super) fn note_on(&self, object: &mut Value) {
        let metadata = &mut object["metadata"];
        if let Some(at) = self.at {
            return metadata["annotations"].set(TRIGGER_TIME, at.rfc3339());
        }
        metadata["annotations"].remove(TRIGGER_TIME);
        if metadata["annotations"].is_empty() {
            metadata.remove("annotations");
        }
    }
}
