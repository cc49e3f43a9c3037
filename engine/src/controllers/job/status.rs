//! The status of a Job: which Pods it has counted, and how it ends.

use super::condition;
use crate::sim::Time;
use crate::value;
use crate::value::Value;

const UNCOUNTED: &str = "uncountedTerminatedPods";

/// How a Job ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// Enough Pods have succeeded.
    Success {
        /// By which criterion.
        reason: String,
        /// What is said of it.
        message: String,
    },
    /// It can no longer succeed.
    Failure {
        /// Why not.
        reason: String,
        /// What is said of it.
        message: String,
    },
}

impl End {
    pub(super) fn success(reason: &str, message: &str) -> Self {
        Self::Success { reason: reason.to_owned(), message: message.to_owned() }
    }

    pub(super) fn failure(reason: &str, message: &str) -> Self {
        Self::Failure { reason: reason.to_owned(), message: message.to_owned() }
    }

    /// What a status already says of the end to come.
    pub(super) fn announced(status: &Value) -> Option<Self> {
        let text = |own: &Value, field: &str| own[field].text().to_owned();
        if let Some(own) = condition(status, "FailureTarget") {
            return Some(Self::Failure {
                reason: text(own, "reason"),
                message: text(own, "message"),
            });
        }
        let own = condition(status, "SuccessCriteriaMet")?;
        Some(Self::Success { reason: text(own, "reason"), message: text(own, "message") })
    }

    /// Says in a status that this end is to come.
    pub(super) fn announce(&self, status: &mut Value, now: Time) {
        let (kind, reason, message) = match self {
            Self::Success { reason, message } => ("SuccessCriteriaMet", reason, message),
            Self::Failure { reason, message } => ("FailureTarget", reason, message),
        };
        if condition(status, kind).is_none() {
            set_condition(status, (kind, "True", reason, message), now);
        }
    }

    /// Says in a status that this end has come.
    pub(super) fn conclude(&self, status: &mut Value, now: Time) {
        match self {
            Self::Success { reason, message } => {
                set_condition(status, ("Complete", "True", reason, message), now);
                status.set("completionTime", now.rfc3339());
            }
            Self::Failure { reason, message } => {
                set_condition(status, ("Failed", "True", reason, message), now);
            }
        }
    }
}

/// Whether nothing is left to do about Pods that were counted.
pub(super) fn settled(status: &Value) -> bool {
    let has_ended =
        condition(status, "Complete").is_some() || condition(status, "Failed").is_some();
    let is_counting =
        ["succeeded", "failed"].iter().any(|list| !uncounted(status, list).is_empty());
    !is_counting && (has_ended || End::announced(status).is_none())
}

/// The uids of the Pods on one list of those not yet counted for good.
pub(super) fn uncounted<'a>(status: &'a Value, list: &str) -> &'a [Value] {
    status[UNCOUNTED][list].items()
}

/// Puts a Pod on a list of those to be counted.
pub(super) fn note_uncounted(status: &mut Value, list: &str, pod: &Value) {
    status[UNCOUNTED][list].push(pod["metadata"]["uid"].clone());
}

/// Counts the Pods of a list for good that are not `held` by their finalizer.
pub(super) fn count(status: &mut Value, list: &str, held: impl Fn(&str) -> bool) {
    let (still, gone): (Vec<Value>, Vec<Value>) =
        uncounted(status, list).iter().cloned().partition(|uid| held(uid.text()));
    let counted = status[list].int() + i64::try_from(gone.len()).unwrap_or(i64::MAX);
    status.set_nonzero(list, counted);
    status.set_default(UNCOUNTED, Value::map());
    status[UNCOUNTED].set_nonzero(list, Value::list(still));
}

/// Sets a condition: type, status, reason and message.
pub(super) fn set_condition(status: &mut Value, wanted: (&str, &str, &str, &str), now: Time) {
    let (kind, holds, reason, message) = wanted;
    let stamp = now.rfc3339();
    let condition = value!({
        "type": kind,
        "status": holds,
        "reason": reason,
        "message": message,
        "lastProbeTime": (stamp.as_str()),
        "lastTransitionTime": (stamp.as_str()),
    });
    let conditions = status["conditions"].make_list();
    match conditions.iter_mut().find(|own| own["type"].text() == kind) {
        Some(own) => *own = condition,
        None => conditions.push(condition),
    }
}
