//! Reading and writing `status.conditions`.

use crate::sim::Time;
use crate::value;
use crate::value::Value;

/// The condition of a type in a status.
pub(super) fn find<'a>(status: &'a Value, kind: &str) -> Option<&'a Value> {
    status["conditions"].items().iter().find(|own| own["type"].text() == kind)
}

/// A condition as Deployments and ReplicaSets have it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Condition<'a> {
    pub(super) kind: &'static str,
    pub(super) status: bool,
    pub(super) reason: &'static str,
    pub(super) message: &'a str,
}

impl Condition<'_> {
    fn status_text(&self) -> &'static str {
        if self.status { "True" } else { "False" }
    }
}

/// Sets a condition: it moves to the end of the list unless its status and
/// reason stay; `lastTransitionTime` stays with its status.
pub(super) fn set(status: &mut Value, condition: &Condition<'_>, now: Time, with_update: bool) {
    let old = find(status, condition.kind).cloned();
    let same_status =
        old.as_ref().is_some_and(|old| old["status"].text() == condition.status_text());
    if same_status && old.as_ref().is_some_and(|old| old["reason"].text() == condition.reason) {
        return;
    }
    let stamp = Value::from(now.rfc3339());
    let since = match &old {
        Some(old) if same_status => old["lastTransitionTime"].clone(),
        _ => stamp.clone(),
    };
    let mut new = value!({
        "type": condition.kind,
        "status": condition.status_text(),
        "reason": condition.reason,
        "lastTransitionTime": since,
    });
    new.set_nonzero("message", condition.message);
    if with_update {
        new.set("lastUpdateTime", stamp);
    }
    remove(status, condition.kind);
    status["conditions"].push(new);
}

/// Says of a Pod, once, why it is taken away.
pub(super) fn note_disruption(pod: &mut Value, reason: &str, message: &str, now: Time) {
    if find(&pod["status"], "DisruptionTarget").is_some() {
        return;
    }
    pod["status"]["conditions"].push(value!({
        "type": "DisruptionTarget",
        "status": "True",
        "reason": reason,
        "message": message,
        "lastProbeTime": null,
        "lastTransitionTime": (now.rfc3339()),
    }));
}

/// Takes a condition away.
pub(super) fn remove(status: &mut Value, kind: &str) {
    if find(status, kind).is_some() {
        status["conditions"].make_list().retain(|own| own["type"].text() != kind);
    }
}
