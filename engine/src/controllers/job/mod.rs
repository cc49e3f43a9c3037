//! Runs Pods until enough of them have succeeded.
//!
//! Source: upstream `pkg/controller/job` (`job_controller.go`, `indexed_job_utils.go`,
//! `backoff_utils.go`, `pod_failure_policy.go`, `success_policy.go`).
//!
//! A Pod that has ended counts once, whatever becomes of it: it keeps a
//! finalizer until the Job's status holds its uid, and the status forgets the
//! uid only after the finalizer is gone.
//!
//! **Real clusters:** do both in one pass; here the second half comes when the
//! first is seen. The failures of an index are counted from the Pods that are
//! there.

mod indexes;
mod pods;
mod policy;
mod round;
mod status;

use self::pods::without_finalizer;
use self::round::Round;
use self::status::settled;
use super::{Context, Controller, Outcome, Write, is_deleted};
use crate::informer::controller_ref;
use crate::sim::{Delay, Time};
use crate::store::{Change, Key};
use crate::value::Value;

/// Changes of Pods and of the status are looked at together, this long after
/// the first: upstream's second and what its queue takes, so that what a
/// kubelet finds one relist later is seen as well.
const BATCH: Delay = Delay::millis(1_012);

/// The controller of Jobs.
pub(super) struct JobController;

impl Controller for JobController {
    fn name(&self) -> &'static str {
        "job-controller"
    }

    fn triggers(&self, change: &Change, cx: &Context<'_>) -> Vec<Key> {
        if change.key.kind == cx.kinds.job {
            let mut keys = vec![change.key.clone()];
            if change.new.is_none() {
                let uid = change.object()["metadata"]["uid"].text();
                let pods = cx.cache.controlled_by(cx.kinds.pod, uid);
                keys.extend(pods.map(|pod| Key::of(cx.kinds.pod, pod)));
            }
            return keys;
        }
        if change.key.kind != cx.kinds.pod {
            return Vec::new();
        }
        match controller_ref(change.object()).filter(|owner| owner["kind"].text() == "Job") {
            Some(owner) => {
                let job = Key::new(cx.kinds.job, &change.key.namespace, owner["name"].text());
                let owned = cx.cache.get(&job).is_some();
                vec![if owned { job } else { change.key.clone() }]
            }
            None if pods::is_tracked(change.object()) => vec![change.key.clone()],
            None => Vec::new(),
        }
    }

    fn delay(&self, change: &Change, cx: &Context<'_>) -> Delay {
        if change.key.kind == cx.kinds.pod {
            return BATCH;
        }
        match (&change.old, &change.new) {
            (Some(old), Some(new))
                if old["metadata"]["generation"] == new["metadata"]["generation"]
                    && settled(&new["status"])
                    && !is_deleted(new) =>
            {
                BATCH
            }
            _ => Delay::ZERO,
        }
    }

    fn sync(&self, key: &Key, cx: &Context<'_>) -> Outcome {
        let mut outcome = Outcome::default();
        if key.kind == cx.kinds.pod {
            release_orphan(key, cx, &mut outcome);
            return outcome;
        }
        let Some(job) = cx.cache.get(key) else { return outcome };
        match finished_at(job) {
            Some(since) if !is_deleted(job) => expire(job, key, since, cx, &mut outcome),
            Some(_) => {}
            None => Round::of(job, cx).run(&mut outcome),
        }
        outcome
    }
}

/// When a Job came to its end, if it has.
pub(super) fn finished_at(job: &Value) -> Option<Time> {
    let end = ["Complete", "Failed"].iter().find_map(|kind| condition(&job["status"], kind))?;
    Time::parse(end["lastTransitionTime"].text())
}

/// The condition of a type, if it holds.
fn condition<'a>(status: &'a Value, kind: &str) -> Option<&'a Value> {
    super::conditions::find(status, kind).filter(|own| own["status"].text() == "True")
}

/// Deletes a finished Job whose time to live is over.
fn expire(job: &Value, key: &Key, since: Time, cx: &Context<'_>, outcome: &mut Outcome) {
    let Some(secs) = job["spec"]["ttlSecondsAfterFinished"].as_int() else { return };
    let at = since + Delay::secs(secs);
    if cx.now < at {
        outcome.again = Some(at.since(cx.now));
        return;
    }
    outcome.writes.push(Write::Delete {
        key: key.clone(),
        uid: job["metadata"]["uid"].as_shared().cloned().unwrap_or_default(),
        propagation: Some(crate::apiserver::Propagation::Foreground),
        announce: None,
    });
}

/// Lets a Pod go that no Job will count any more.
fn release_orphan(key: &Key, cx: &Context<'_>, outcome: &mut Outcome) {
    let Some(pod) = cx.cache.get(key).filter(|pod| pods::is_tracked(pod)) else { return };
    let owner = controller_ref(pod).filter(|owner| owner["kind"].text() == "Job");
    let is_owned = owner.is_some_and(|owner| {
        let job = Key::new(cx.kinds.job, &key.namespace, owner["name"].text());
        cx.cache.get(&job).is_some_and(|job| job["metadata"]["uid"] == owner["uid"])
    });
    if !is_owned {
        let object = without_finalizer(pod);
        outcome.writes.push(Write::Update { kind: key.kind, object });
    }
}
