//! Runs Pods until enough of them have succeeded.
//!
//! Source: upstream `pkg/controller/job` (`job_controller.go`, `indexed_job_utils.go`,
//! `backoff_utils.go`).
//!
//! **Real clusters:** count Pods through finalizers, so that none is lost;
//! here a Pod counts while it is there. Pod failure and success policies are
//! stored but not followed.

use std::collections::BTreeSet;

use super::replica_set::{announce_create, announce_delete, pod_of};
use super::{Context, Controller, Outcome, Write, is_deleted};
use crate::api::pod::PodView;
use crate::informer::controller_ref;
use crate::sim::{Delay, Time};
use crate::store::{Change, Key};
use crate::value;
use crate::value::Value;

/// After a failure the next Pod waits this long, doubling.
const BACKOFF: Delay = Delay::secs(10);
const BACKOFF_MAX: Delay = Delay::secs(600);
/// Changes of Pods are looked at together, a second after the first.
const BATCH: Delay = Delay::secs(1);
const INDEX: &str = "batch.kubernetes.io/job-completion-index";

/// The controller of Jobs.
pub(super) struct JobController;

impl Controller for JobController {
    fn name(&self) -> &'static str {
        "job-controller"
    }

    fn triggers(&self, change: &Change, cx: &Context<'_>) -> Vec<Key> {
        if change.key.kind == cx.kinds.job {
            return vec![change.key.clone()];
        }
        let owner = controller_ref(change.object()).filter(|_| change.key.kind == cx.kinds.pod);
        owner
            .filter(|owner| owner["kind"].text() == "Job")
            .map(|owner| Key::new(cx.kinds.job, &change.key.namespace, owner["name"].text()))
            .into_iter()
            .collect()
    }

    fn sync(&self, key: &Key, cx: &Context<'_>) -> Outcome {
        let mut outcome = Outcome::default();
        let Some(job) = cx.cache.get(key).filter(|job| !is_deleted(job)) else { return outcome };
        if let Some(since) = finished_at(job) {
            expire(job, key, since, cx, &mut outcome);
            return outcome;
        }
        let round = Round::of(job, cx);
        round.run(cx, &mut outcome);
        outcome
    }
}

/// When a Job came to its end, if it has.
pub(super) fn finished_at(job: &Value) -> Option<Time> {
    let conditions = job["status"]["conditions"].items();
    let end = conditions.iter().find(|own| {
        matches!(own["type"].text(), "Complete" | "Failed") && own["status"].text() == "True"
    })?;
    Time::parse(end["lastTransitionTime"].text())
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

/// One look at a Job and its Pods.
struct Round<'a> {
    job: &'a Value,
    active: Vec<&'a Value>,
    succeeded: Vec<&'a Value>,
    failed: Vec<&'a Value>,
}

/// How a Job ends.
enum End {
    Complete,
    Failed { reason: &'static str, message: &'static str },
}

impl<'a> Round<'a> {
    fn of(job: &'a Value, cx: &Context<'a>) -> Self {
        let mut round = Self { job, active: Vec::new(), succeeded: Vec::new(), failed: Vec::new() };
        for pod in cx.cache.controlled_by(cx.kinds.pod, job["metadata"]["uid"].text()) {
            match PodView(pod).phase() {
                "Succeeded" => round.succeeded.push(pod),
                "Failed" => round.failed.push(pod),
                _ if is_deleted(pod) => round.failed.push(pod),
                _ => round.active.push(pod),
            }
        }
        round
    }

    fn is_indexed(&self) -> bool {
        self.job["spec"]["completionMode"].text() == "Indexed"
    }

    fn completions(&self) -> Option<i64> {
        self.job["spec"]["completions"].as_int()
    }

    fn parallelism(&self) -> i64 {
        self.job["spec"]["parallelism"].as_int().unwrap_or(1)
    }

    fn is_suspended(&self) -> bool {
        self.job["spec"]["suspend"].is_true()
    }

    fn succeeded_count(&self) -> i64 {
        let count = if self.is_indexed() { self.done().len() } else { self.succeeded.len() };
        i64::try_from(count).unwrap_or(i64::MAX)
    }

    /// The indexes that have succeeded.
    fn done(&self) -> BTreeSet<i64> {
        self.succeeded.iter().filter_map(|pod| index_of(pod)).collect()
    }

    /// All failures, those of containers that were restarted among them.
    fn failures(&self) -> i64 {
        let restarts =
            if self.job["spec"]["template"]["spec"]["restartPolicy"].text() == "OnFailure" {
                self.active.iter().map(|pod| PodView(pod).restarts()).sum()
            } else {
                0
            };
        i64::try_from(self.failed.len()).unwrap_or(i64::MAX) + restarts
    }

    fn end(&self, now: Time) -> Option<End> {
        let spec = &self.job["spec"];
        if self.failures() > spec["backoffLimit"].as_int().unwrap_or(6) {
            let message = "Job has reached the specified backoff limit";
            return Some(End::Failed { reason: "BackoffLimitExceeded", message });
        }
        if self.deadline().is_some_and(|at| at <= now) && !self.is_suspended() {
            let message = "Job was active longer than specified deadline";
            return Some(End::Failed { reason: "DeadlineExceeded", message });
        }
        let complete = match self.completions() {
            Some(completions) => self.succeeded_count() >= completions,
            None => !self.succeeded.is_empty() && self.active.is_empty(),
        };
        complete.then_some(End::Complete)
    }

    fn deadline(&self) -> Option<Time> {
        let secs = self.job["spec"]["activeDeadlineSeconds"].as_int()?;
        let start = Time::parse(self.job["status"]["startTime"].text())?;
        Some(start + Delay::secs(secs))
    }

    fn run(&self, cx: &Context<'_>, outcome: &mut Outcome) {
        let mut status = self.job["status"].clone();
        let was_suspended = has_condition(&status, "Suspended");
        if self.is_suspended() {
            self.suspend(&mut status, was_suspended, cx, outcome);
        } else {
            status.set_default("startTime", cx.now.rfc3339());
            if was_suspended {
                status.set("startTime", cx.now.rfc3339());
                let resumed = ("Suspended", "False", "JobResumed", "Job resumed");
                set_condition(&mut status, resumed, cx.now);
                outcome.note(self.job, "Resumed", "Job resumed".to_owned());
            }
            match self.end(cx.now) {
                Some(end) => self.finish(&end, &mut status, cx, outcome),
                None => self.manage(cx, outcome),
            }
        }
        self.count(&mut status, outcome);
        if status != self.job["status"] {
            let mut object = self.job.clone();
            object["status"] = status;
            outcome.writes.push(Write::UpdateStatus { kind: cx.kinds.job, object });
        }
    }

    fn suspend(&self, status: &mut Value, already: bool, cx: &Context<'_>, outcome: &mut Outcome) {
        outcome.writes.extend(self.active.iter().map(|pod| delete(self.job, pod, cx)));
        if !already {
            set_condition(status, ("Suspended", "True", "JobSuspended", "Job suspended"), cx.now);
            outcome.note(self.job, "Suspended", "Job suspended".to_owned());
            status.remove("startTime");
        }
    }

    fn count(&self, status: &mut Value, outcome: &Outcome) {
        let ended = has_condition(status, "Complete") || has_condition(status, "Failed");
        let made = outcome.writes.iter().filter(|own| matches!(own, Write::Create { .. })).count();
        let active = if ended { 0 } else { self.active.len() + made };
        let killed = if has_condition(status, "Failed") { self.active.len() } else { 0 };
        let ready = self.active.iter().filter(|pod| PodView(pod).is_ready() && !ended).count();
        status.set_nonzero("active", active);
        status.set_nonzero("succeeded", self.succeeded_count());
        status.set_nonzero("failed", self.failed.len() + killed);
        status.set("ready", ready);
        status.set("terminating", 0);
        status.set("uncountedTerminatedPods", Value::map());
        if self.is_indexed() {
            status.set_nonzero("completedIndexes", ranges(&self.done()));
        }
    }

    fn finish(&self, end: &End, status: &mut Value, cx: &Context<'_>, outcome: &mut Outcome) {
        outcome.writes.extend(self.active.iter().map(|pod| delete(self.job, pod, cx)));
        match end {
            End::Complete => {
                let message = "Reached expected number of succeeded pods";
                let met = ("SuccessCriteriaMet", "True", "CompletionsReached", message);
                set_condition(status, met, cx.now);
                let done = ("Complete", "True", "CompletionsReached", message);
                set_condition(status, done, cx.now);
                status.set("completionTime", cx.now.rfc3339());
                outcome.note(self.job, "Completed", "Job completed".to_owned());
            }
            End::Failed { reason, message } => {
                set_condition(status, ("FailureTarget", "True", reason, message), cx.now);
                set_condition(status, ("Failed", "True", reason, message), cx.now);
                outcome.warn(self.job, reason, (*message).to_owned());
            }
        }
    }

    /// Makes or deletes Pods, as many as should run now.
    fn manage(&self, cx: &Context<'_>, outcome: &mut Outcome) {
        let active = i64::try_from(self.active.len()).unwrap_or(i64::MAX);
        let wanted = match self.completions() {
            Some(completions) => (completions - self.succeeded_count()).min(self.parallelism()),
            None if !self.succeeded.is_empty() => active,
            None => self.parallelism(),
        };
        if active > wanted {
            let excess = usize::try_from(active - wanted.max(0)).unwrap_or(0);
            let gone = self.active.iter().rev().take(excess);
            outcome.writes.extend(gone.map(|pod| delete(self.job, pod, cx)));
        } else if active < wanted {
            if let Some(wait) = self.wait(cx.now) {
                outcome.again = Some(wait);
                return;
            }
            self.create(usize::try_from(wanted - active).unwrap_or(0), cx, outcome);
        }
        let left = self.deadline().map(|at| at.since(cx.now).max(Delay::millis(1)));
        outcome.again = outcome.again.or(left);
    }

    /// How long the next Pod waits after the failures so far.
    fn wait(&self, now: Time) -> Option<Delay> {
        let failures = self.failed.len();
        let last = self.failed.iter().filter_map(|pod| ended_at(pod)).max();
        let last_success = self.succeeded.iter().filter_map(|pod| ended_at(pod)).max();
        let mut until = last.max(last_success).map(|at| at + BATCH);
        if failures > 0 && last > last_success {
            let doublings = u32::try_from(failures - 1).unwrap_or(u32::MAX).min(10);
            let wait = BACKOFF.times(1 << doublings).min(BACKOFF_MAX);
            until = until.max(last.map(|at| at + wait));
        }
        until.filter(|until| *until > now).map(|until| until.since(now))
    }

    fn create(&self, count: usize, cx: &Context<'_>, outcome: &mut Outcome) {
        let indexes: Vec<Option<i64>> = if self.is_indexed() {
            let mut taken = self.done();
            taken.extend(self.active.iter().filter_map(|pod| index_of(pod)));
            let all = 0..self.completions().unwrap_or(0);
            all.filter(|index| !taken.contains(index)).take(count).map(Some).collect()
        } else {
            vec![None; count]
        };
        for index in indexes {
            let mut pod = pod_of(self.job, &self.job["spec"]["template"]);
            if let Some(index) = index {
                add_index(&mut pod, self.job, index);
            }
            outcome.writes.push(Write::Create {
                kind: cx.kinds.pod,
                object: pod,
                announce: Some(announce_create(self.job)),
                slow_start: true,
            });
        }
    }
}

fn add_index(pod: &mut Value, job: &Value, index: i64) {
    let name = job["metadata"]["name"].text();
    pod["metadata"]["generateName"] = format!("{name}-{index}-").into();
    pod["metadata"]["annotations"].set(INDEX, index.to_string());
    pod["metadata"]["labels"].set(INDEX, index.to_string());
    pod["spec"]["hostname"] = format!("{name}-{index}").into();
    for list in ["initContainers", "containers"] {
        if pod["spec"][list].is_null() {
            continue;
        }
        for container in pod["spec"][list].make_list() {
            container["env"].push(value!({
                "name": "JOB_COMPLETION_INDEX",
                "valueFrom": { "fieldRef": {
                    "apiVersion": "v1",
                    "fieldPath": (format!("metadata.labels['{INDEX}']")),
                } },
            }));
        }
    }
}

fn index_of(pod: &Value) -> Option<i64> {
    pod["metadata"]["annotations"][INDEX].text().parse().ok()
}

fn ended_at(pod: &Value) -> Option<Time> {
    let ends = pod["status"]["containerStatuses"].items().iter();
    ends.filter_map(|own| Time::parse(own["state"]["terminated"]["finishedAt"].text())).max()
}

/// `0-2,4`: numbers as ranges.
fn ranges(numbers: &BTreeSet<i64>) -> String {
    let mut parts: Vec<(i64, i64)> = Vec::new();
    for number in numbers {
        match parts.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            _ => parts.push((*number, *number)),
        }
    }
    let texts = parts.into_iter().map(|(first, last)| match last - first {
        0 => first.to_string(),
        1 => format!("{first},{last}"),
        _ => format!("{first}-{last}"),
    });
    texts.collect::<Vec<_>>().join(",")
}

fn has_condition(status: &Value, kind: &str) -> bool {
    let conditions = status["conditions"].items();
    conditions.iter().any(|own| own["type"].text() == kind && own["status"].text() == "True")
}

fn set_condition(status: &mut Value, wanted: (&str, &str, &str, &str), now: Time) {
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

fn delete(job: &Value, pod: &Value, cx: &Context<'_>) -> Write {
    Write::Delete {
        key: Key::of(cx.kinds.pod, pod),
        uid: pod["metadata"]["uid"].as_shared().cloned().unwrap_or_default(),
        propagation: None,
        announce: Some(announce_delete(job)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_are_told_as_ranges() {
        assert_eq!(ranges(&BTreeSet::from([0, 1, 2, 4, 6, 7])), "0-2,4,6,7");
        assert_eq!(ranges(&BTreeSet::new()), "");
    }
}
