//! One look at a Job and its Pods: what has ended, and what to do now.

use std::collections::BTreeSet;

use super::policy::{self, Verdict};
use super::status::{End, count, note_uncounted, set_condition, uncounted};
use super::{condition, indexes, pods};
use crate::api::pod::PodView;
use crate::controllers::{Context, Outcome, Write, is_deleted};
use crate::sim::{Delay, Time};
use crate::value::Value;

/// One look at a Job and its Pods.
pub(super) struct Round<'a> {
    pub(super) job: &'a Value,
    pub(super) cx: &'a Context<'a>,
    pub(super) pods: Vec<&'a Value>,
    /// The indexes that have succeeded, in an Indexed Job.
    pub(super) done: BTreeSet<i64>,
    /// The indexes that have failed for good.
    pub(super) lost: BTreeSet<i64>,
    status: Value,
}

impl<'a> Round<'a> {
    pub(super) fn of(job: &'a Value, cx: &'a Context<'a>) -> Self {
        let pods: Vec<&Value> =
            cx.cache.controlled_by(cx.kinds.pod, job["metadata"]["uid"].text()).collect();
        let completions = job["spec"]["completions"].int();
        let known = |field: &str| indexes::parse(job["status"][field].text(), completions);
        let mut round = Self {
            job,
            cx,
            pods,
            done: known("completedIndexes"),
            lost: known("failedIndexes"),
            status: job["status"].clone(),
        };
        round.settle();
        if round.is_indexed() {
            round.sort_indexes(completions);
        }
        round
    }

    /// Counts the Pods for good that were let go.
    fn settle(&mut self) {
        let held: BTreeSet<&str> = self
            .pods
            .iter()
            .filter(|pod| pods::is_tracked(pod))
            .map(|pod| pod["metadata"]["uid"].text())
            .collect();
        for list in ["succeeded", "failed"] {
            count(&mut self.status, list, |uid| held.contains(uid));
        }
    }

    fn sort_indexes(&mut self, completions: i64) {
        let limit = self.limit_per_index();
        for pod in self.pods.iter().filter(|pod| pods::is_tracked(pod)) {
            let Some(index) = indexes::index_of(pod).filter(|index| *index < completions) else {
                continue;
            };
            if PodView(pod).phase() == "Succeeded" {
                self.done.insert(index);
            } else if self.is_failed(pod) {
                let verdict = policy::judge(self.job, pod);
                let counted = verdict != Verdict::Ignore;
                let failures = indexes::earlier_failures(pod) + i64::from(counted);
                if verdict == Verdict::FailIndex || limit.is_some_and(|limit| failures > limit) {
                    self.lost.insert(index);
                }
            }
        }
        self.lost.retain(|index| !self.done.contains(index));
    }

    pub(super) fn is_indexed(&self) -> bool {
        self.job["spec"]["completionMode"].text() == "Indexed"
    }

    /// How often each index may fail, where that is limited.
    pub(super) fn limit_per_index(&self) -> Option<i64> {
        self.job["spec"]["backoffLimitPerIndex"].as_int()
    }

    /// Whether a Pod is replaced only when it has failed, not when it ends.
    pub(super) fn replaces_failed_only(&self) -> bool {
        self.job["spec"]["podReplacementPolicy"].text() == "Failed"
    }

    pub(super) fn is_suspended(&self) -> bool {
        self.job["spec"]["suspend"].is_true()
    }

    pub(super) fn active(&self) -> impl Iterator<Item = &'a Value> {
        self.pods.iter().copied().filter(|pod| PodView(pod).is_active())
    }

    pub(super) fn terminating(&self) -> usize {
        let ending = |pod: &&&Value| is_deleted(pod) && !PodView(pod).is_terminal();
        self.pods.iter().filter(ending).count()
    }

    /// A Pod that is deleted counts as failed, unless the Job waits for it.
    fn is_failed(&self, pod: &Value) -> bool {
        match PodView(pod).phase() {
            "Failed" => true,
            "Succeeded" => false,
            _ => is_deleted(pod) && !self.replaces_failed_only(),
        }
    }

    /// Pods with a finalizer: those on a list already, and those not yet.
    fn tracked(&self) -> (Vec<&'a Value>, Vec<&'a Value>) {
        let listed: BTreeSet<&str> = ["succeeded", "failed"]
            .iter()
            .flat_map(|list| uncounted(&self.status, list))
            .map(Value::text)
            .collect();
        let tracked = self.pods.iter().copied().filter(|pod| pods::is_tracked(pod));
        tracked.partition(|pod| listed.contains(pod["metadata"]["uid"].text()))
    }

    pub(super) fn succeeded(&self) -> i64 {
        if self.is_indexed() {
            return length(self.done.len());
        }
        let (_, unlisted) = self.tracked();
        let new = unlisted.iter().filter(|pod| PodView(pod).phase() == "Succeeded").count();
        let known = uncounted(&self.status, "succeeded").len();
        self.status["succeeded"].int() + length(known + new)
    }

    fn failed(&self) -> i64 {
        let (_, unlisted) = self.tracked();
        let counts =
            |pod: &&&Value| self.is_failed(pod) && policy::judge(self.job, pod) != Verdict::Ignore;
        let new = unlisted.iter().filter(counts).count();
        let known = uncounted(&self.status, "failed").len();
        self.status["failed"].int() + length(known + new)
    }

    /// Does what is to be done now.
    pub(super) fn run(mut self, outcome: &mut Outcome) {
        let now = self.cx.now;
        if !self.is_suspended() {
            self.status.set_default("startTime", now.rfc3339());
        }
        let mut end = self.end(now);
        let (mut active, mut ready) = (self.active().count(), self.ready());
        if end.is_some() {
            outcome.writes.extend(self.active().map(|pod| pods::delete(self.job, pod, self.cx)));
            (active, ready) = (0, 0);
        } else if !is_deleted(self.job) {
            active = self.manage(outcome);
            if self.is_complete(active) {
                let message = "Reached expected number of succeeded pods";
                end = Some(End::success("CompletionsReached", message));
            } else {
                self.note_suspension(outcome);
            }
        }
        let held = self.track(end.as_ref());
        self.status.set_nonzero("active", active);
        self.status.set("ready", ready);
        let terminating = self.terminating();
        self.status.set("terminating", terminating);
        if let Some(end) = &end {
            end.announce(&mut self.status, now);
            let is_over = held.is_empty() && active == 0 && terminating == 0;
            let deletes = outcome.writes.iter().any(|own| matches!(own, Write::Delete { .. }));
            if is_over && !deletes {
                self.conclude(end, outcome);
            }
        }
        self.write(&held, outcome);
    }

    /// Writes the status first, then lets the Pods go that it counts.
    fn write(self, held: &[&Value], outcome: &mut Outcome) {
        if self.status != self.job["status"] {
            let mut object = self.job.clone();
            object["status"] = self.status;
            outcome.writes.push(Write::UpdateStatus { kind: self.cx.kinds.job, object });
        }
        let kind = self.cx.kinds.pod;
        outcome.writes.extend(
            held.iter().map(|pod| Write::Update { kind, object: pods::without_finalizer(pod) }),
        );
    }

    fn ready(&self) -> usize {
        self.active().filter(|pod| PodView(pod).is_ready()).count()
    }

    /// How the Job ends, as far as its Pods do not have to be managed first.
    fn end(&self, now: Time) -> Option<End> {
        if let Some(end) = End::announced(&self.status) {
            return Some(end);
        }
        let failed = self.pods.iter().filter(|pod| self.is_failed(pod));
        let doomed =
            failed.filter(|_| !self.job["spec"]["podFailurePolicy"].is_null()).find_map(|pod| {
                match policy::judge(self.job, pod) {
                    Verdict::FailJob(message) => Some(End::failure("PodFailurePolicy", &message)),
                    _ => None,
                }
            });
        if doomed.is_some() {
            return doomed;
        }
        let limit = self.job["spec"]["backoffLimit"].as_int().unwrap_or(6);
        if self.failed() > limit || self.restarts_exceed(limit) {
            let message = "Job has reached the specified backoff limit";
            return Some(End::failure("BackoffLimitExceeded", message));
        }
        if self.deadline().is_some_and(|at| at <= now) && !self.is_suspended() {
            let message = "Job was active longer than specified deadline";
            return Some(End::failure("DeadlineExceeded", message));
        }
        self.end_by_indexes()
    }

    fn end_by_indexes(&self) -> Option<End> {
        if !self.is_indexed() {
            return None;
        }
        let spec = &self.job["spec"];
        let lost = length(self.lost.len());
        if spec["maxFailedIndexes"].as_int().is_some_and(|max| lost > max) {
            let message = "Job has exceeded the specified maximal number of failed indexes";
            return Some(End::failure("MaxFailedIndexesExceeded", message));
        }
        if lost > 0 && lost + self.succeeded() >= spec["completions"].int() {
            return Some(End::failure("FailedIndexes", "Job has failed indexes"));
        }
        let message = policy::success(self.job, &self.done)?;
        Some(End::success("SuccessPolicy", &message))
    }

    /// Containers that are restarted in place count, too.
    fn restarts_exceed(&self, limit: i64) -> bool {
        if self.job["spec"]["template"]["spec"]["restartPolicy"].text() != "OnFailure" {
            return false;
        }
        let running = self.pods.iter().filter(|pod| !PodView(pod).is_terminal());
        let restarts: i64 = running.map(|pod| PodView(pod).restarts()).sum();
        restarts >= limit.max(1)
    }

    pub(super) fn deadline(&self) -> Option<Time> {
        let secs = self.job["spec"]["activeDeadlineSeconds"].as_int()?;
        let start = Time::parse(self.status["startTime"].text())?;
        Some(start + Delay::secs(secs))
    }

    fn is_complete(&self, active: usize) -> bool {
        if active > 0 {
            return false;
        }
        match self.job["spec"]["completions"].as_int() {
            Some(completions) => self.succeeded() >= completions,
            None => self.succeeded() > 0,
        }
    }

    fn note_suspension(&mut self, outcome: &mut Outcome) {
        let now = self.cx.now;
        let was_suspended = condition(&self.status, "Suspended").is_some();
        if self.is_suspended() && !was_suspended {
            let suspended = ("Suspended", "True", "JobSuspended", "Job suspended");
            set_condition(&mut self.status, suspended, now);
            outcome.note(self.job, "Suspended", "Job suspended".to_owned());
        } else if was_suspended && !self.is_suspended() {
            let resumed = ("Suspended", "False", "JobResumed", "Job resumed");
            set_condition(&mut self.status, resumed, now);
            self.status.set("startTime", now.rfc3339());
            outcome.note(self.job, "Resumed", "Job resumed".to_owned());
        }
    }

    /// Lists the Pods that have ended, and returns all that are to be let go.
    fn track(&mut self, end: Option<&End>) -> Vec<&'a Value> {
        let job_failed = matches!(end, Some(End::Failure { .. }));
        let (mut held, unlisted) = self.tracked();
        for pod in unlisted {
            let succeeded = PodView(pod).phase() == "Succeeded";
            if succeeded {
                if !self.is_indexed() {
                    note_uncounted(&mut self.status, "succeeded", pod);
                }
            } else if self.is_failed(pod) || job_failed {
                if policy::judge(self.job, pod) != Verdict::Ignore {
                    note_uncounted(&mut self.status, "failed", pod);
                }
            } else if !is_deleted(self.job) {
                continue;
            }
            held.push(pod);
        }
        if self.is_indexed() {
            self.status.set_nonzero("succeeded", self.done.len());
            self.status.set_nonzero("completedIndexes", indexes::print(&self.done));
            if self.limit_per_index().is_some() || !self.lost.is_empty() {
                self.status.set("failedIndexes", indexes::print(&self.lost));
            }
        }
        held
    }

    fn conclude(&mut self, end: &End, outcome: &mut Outcome) {
        end.conclude(&mut self.status, self.cx.now);
        match end {
            End::Success { .. } => {
                outcome.note(self.job, "Completed", "Job completed".to_owned());
            }
            End::Failure { reason, message } => {
                outcome.warn(self.job, failure_reason(reason), message.clone());
            }
        }
    }
}

/// The reason of a failure as an event tells it.
fn failure_reason(reason: &str) -> &'static str {
    const REASONS: [&str; 5] = [
        "BackoffLimitExceeded",
        "DeadlineExceeded",
        "PodFailurePolicy",
        "MaxFailedIndexesExceeded",
        "FailedIndexes",
    ];
    REASONS.into_iter().find(|own| *own == reason).unwrap_or("JobFailed")
}

fn length(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
