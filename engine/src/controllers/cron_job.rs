//! Makes Jobs by a schedule.
//!
//! Source: upstream `pkg/controller/cronjob` (`cronjob_controllerv2.go`, `utils.go`).
//!
//! Upstream notes a Job in the status in the same pass that makes it. Here it
//! is noted as soon as it is seen, by the name that its time gives it.

use super::job::finished_at;
use super::{Announce, Context, Controller, Outcome, Write, controller_reference, is_deleted};
use crate::api::cron::{Schedule, TimeZone};
use crate::informer::controller_ref;
use crate::sim::{Delay, Time};
use crate::store::{Change, Key};
use crate::value;
use crate::value::Value;

/// The next look comes this long after the time that is due.
const NEXT_SCHEDULE_DELTA: Delay = Delay::millis(100);
/// More missed times than this are told of.
const MISSED_MAX: i64 = 100;
/// The annotation with the time that a Job was made for.
const SCHEDULED: &str = "batch.kubernetes.io/cronjob-scheduled-timestamp";

/// The controller of CronJobs.
pub(super) struct CronJobController;

impl Controller for CronJobController {
    fn name(&self) -> &'static str {
        "cronjob-controller"
    }

    fn triggers(&self, change: &Change, cx: &Context<'_>) -> Vec<Key> {
        if change.key.kind == cx.kinds.cron_job {
            return vec![change.key.clone()];
        }
        let owner = controller_ref(change.object()).filter(|_| change.key.kind == cx.kinds.job);
        owner
            .filter(|owner| owner["kind"].text() == "CronJob")
            .map(|owner| Key::new(cx.kinds.cron_job, &change.key.namespace, owner["name"].text()))
            .into_iter()
            .collect()
    }

    fn sync(&self, key: &Key, cx: &Context<'_>) -> Outcome {
        let mut outcome = Outcome::default();
        let Some(cron_job) = cx.cache.get(key) else { return outcome };
        let mut round = Round {
            cron_job,
            jobs: cx
                .cache
                .controlled_by(cx.kinds.job, cron_job["metadata"]["uid"].text())
                .collect(),
            status: cron_job["status"].clone(),
        };
        round.collect_history(cx, &mut outcome);
        round.follow_jobs(&mut outcome);
        if !is_deleted(cron_job) {
            round.start_due(cx, &mut outcome);
        }
        if round.status != cron_job["status"] {
            let mut object = cron_job.clone();
            object["status"] = round.status;
            outcome.writes.push(Write::UpdateStatus { kind: key.kind, object });
        }
        outcome
    }
}

/// One look at a CronJob and its Jobs.
struct Round<'a> {
    cron_job: &'a Value,
    jobs: Vec<&'a Value>,
    status: Value,
}

/// What a schedule says of now.
struct Due {
    /// The last time that is due and not yet served.
    latest: Option<Time>,
    /// What the count began from.
    since: Time,
    /// Whether so many were missed that something is amiss.
    many_missed: bool,
}

impl<'a> Round<'a> {
    fn name(&self) -> &'a str {
        self.cron_job["metadata"]["name"].text()
    }

    /// Deletes the oldest finished Jobs beyond the limits of the history.
    fn collect_history(&self, cx: &Context<'_>, outcome: &mut Outcome) {
        for (condition, limit) in
            [("Complete", "successfulJobsHistoryLimit"), ("Failed", "failedJobsHistoryLimit")]
        {
            let Some(limit) = self.cron_job["spec"][limit].as_int() else { continue };
            let mut ended: Vec<&Value> =
                self.jobs.iter().copied().filter(|job| end_of(job) == Some(condition)).collect();
            ended.sort_by_cached_key(|job| {
                let started = job["status"]["startTime"].text().to_owned();
                (started, job["metadata"]["name"].text().to_owned())
            });
            let excess = ended.len().saturating_sub(usize::try_from(limit).unwrap_or(0));
            let gone = ended.iter().take(excess).filter(|job| !is_deleted(job));
            outcome.writes.extend(gone.map(|job| delete(self.cron_job, job, cx)));
        }
    }

    /// Notes which Jobs run, and tells of those that have ended or are gone.
    fn follow_jobs(&mut self, outcome: &mut Outcome) {
        for job in self.jobs.clone() {
            let end = end_of(job);
            if self.is_active(job) {
                if let Some(end) = end {
                    self.forget(job["metadata"]["uid"].text());
                    let name = job["metadata"]["name"].text();
                    let message = format!("Saw completed job: {name}, condition: {end}");
                    outcome.note(self.cron_job, "SawCompletedJob", message);
                }
            } else if end.is_none() && !self.adopt(job) {
                let name = job["metadata"]["name"].text();
                let message =
                    format!("Saw a job that the controller did not create or forgot: {name}");
                outcome.warn(self.cron_job, "UnexpectedJob", message);
            }
            let completed = &job["status"]["completionTime"];
            let last = Time::parse(self.status["lastSuccessfulTime"].text());
            if end == Some("Complete") && Time::parse(completed.text()) > last {
                self.status.set("lastSuccessfulTime", completed);
            }
        }
        let uids: Vec<&str> = self.jobs.iter().map(|job| job["metadata"]["uid"].text()).collect();
        for missing in self.status["active"].clone().items() {
            if !uids.contains(&missing["uid"].text()) {
                let message = format!("Active job went missing: {}", missing["name"].text());
                outcome.note(self.cron_job, "MissingJob", message);
                self.forget(missing["uid"].text());
            }
        }
    }

    fn is_active(&self, job: &Value) -> bool {
        let uid = job["metadata"]["uid"].text();
        self.status["active"].items().iter().any(|own| own["uid"].text() == uid)
    }

    fn forget(&mut self, uid: &str) {
        self.status["active"].make_list().retain(|own| own["uid"].text() != uid);
        if self.status["active"].is_empty() {
            self.status.remove("active");
        }
    }

    /// Notes a Job that this controller has just made; false for any other.
    fn adopt(&mut self, job: &Value) -> bool {
        let Some(at) = Time::parse(job["metadata"]["annotations"][SCHEDULED].text()) else {
            return false;
        };
        let last = Time::parse(self.status["lastScheduleTime"].text());
        let is_ours = job["metadata"]["name"].text() == job_name(self.name(), at);
        if !is_ours || last.is_some_and(|last| last >= at) {
            return false;
        }
        self.status["active"].push(value!({
            "apiVersion": &job["apiVersion"],
            "kind": &job["kind"],
            "name": &job["metadata"]["name"],
            "namespace": &job["metadata"]["namespace"],
            "resourceVersion": &job["metadata"]["resourceVersion"],
            "uid": &job["metadata"]["uid"],
        }));
        self.status.set("lastScheduleTime", at.rfc3339());
        true
    }

    /// Makes the Job that is due, if one is, and comes back when the next is.
    fn start_due(&mut self, cx: &Context<'_>, outcome: &mut Outcome) {
        let spec = &self.cron_job["spec"];
        let zone_name = spec["timeZone"].text();
        let Some(zone) = TimeZone::find(zone_name) else {
            let message =
                format!("invalid timeZone: \"{zone_name}\": unknown time zone {zone_name}");
            return outcome.warn(self.cron_job, "UnknownTimeZone", message);
        };
        if spec["suspend"].is_true() {
            return;
        }
        let text = spec["schedule"].text();
        let schedule = match Schedule::parse(text) {
            Ok(schedule) => schedule,
            Err(why) => {
                let message = format!("unparseable schedule: {text} : {why}");
                return outcome.warn(self.cron_job, "UnparseableSchedule", message);
            }
        };
        if schedule.next(cx.now, &zone).is_none() {
            let message = format!(
                "invalid schedule: {text} : time difference between two schedules is less than 1 \
                 second"
            );
            return outcome.warn(self.cron_job, "InvalidSchedule", message);
        }
        let due = self.due(&schedule, &zone, cx.now, true);
        if due.many_missed {
            let message = "too many missed start times. Set or decrease \
                           .spec.startingDeadlineSeconds or check clock skew";
            outcome.warn(self.cron_job, "TooManyMissedTimes", message.to_owned());
        }
        if let Some(at) = due.latest {
            self.start(at, &zone, cx, outcome);
        }
        let next = self.due(&schedule, &zone, cx.now, false);
        let from = if next.latest.is_some() { cx.now } else { next.since };
        outcome.again = schedule
            .next(from, &zone)
            .map(|at| (at + NEXT_SCHEDULE_DELTA).since(cx.now).max(Delay::millis(1)));
    }

    /// The last time that has come since the last Job was made.
    fn due(&self, schedule: &Schedule, zone: &TimeZone, now: Time, by_deadline: bool) -> Due {
        let created = Time::parse(self.cron_job["metadata"]["creationTimestamp"].text());
        let last = Time::parse(self.status["lastScheduleTime"].text());
        let mut since = last.or(created).unwrap_or(now);
        let deadline = self.cron_job["spec"]["startingDeadlineSeconds"].as_int();
        if let Some(secs) = deadline.filter(|_| by_deadline) {
            since = since.max(now + Delay::secs(-secs));
        }
        let none = Due { latest: None, since, many_missed: false };
        let Some(first) = schedule.next(since, zone).filter(|first| *first <= now) else {
            return none;
        };
        let Some(second) = schedule.next(first, zone).filter(|second| *second <= now) else {
            return Due { latest: Some(first), ..none };
        };
        let period = second.since(first).as_secs().max(1);
        let missed = now.since(first).as_secs() / period + 1;
        let mut latest = first;
        let skipped = first + Delay::secs(period).times((missed - 2).max(0));
        let mut next = schedule.next(skipped, zone);
        while let Some(at) = next.filter(|at| *at <= now) {
            latest = at;
            next = schedule.next(at, zone);
        }
        Due { latest: Some(latest), since, many_missed: missed > MISSED_MAX && deadline.is_none() }
    }

    /// Makes the Job for the time `at`, unless the policy is against it.
    fn start(&mut self, at: Time, zone: &TimeZone, cx: &Context<'_>, outcome: &mut Outcome) {
        let spec = &self.cron_job["spec"];
        let deadline = spec["startingDeadlineSeconds"].as_int();
        if deadline.is_some_and(|secs| at + Delay::secs(secs) < cx.now) {
            let message = format!("Missed scheduled time to start a job: {}", at.rfc1123());
            return outcome.warn(self.cron_job, "MissSchedule", message);
        }
        let name = job_name(self.name(), at);
        let active = self.status["active"].clone();
        let is_made = self.jobs.iter().any(|job| job["metadata"]["name"].text() == name);
        let last = Time::parse(self.status["lastScheduleTime"].text());
        if is_made || last == Some(at) {
            return;
        }
        match spec["concurrencyPolicy"].text() {
            "Forbid" if !active.is_empty() => {
                let message = "Not starting job because prior execution is running and \
                               concurrency policy is Forbid";
                return outcome.note(self.cron_job, "JobAlreadyActive", message.to_owned());
            }
            "Replace" => {
                for job in self.jobs.iter().filter(|job| self.is_active(job)) {
                    outcome.writes.push(delete(self.cron_job, job, cx));
                }
                self.status.remove("active");
            }
            _ => {}
        }
        outcome.writes.push(Write::Create {
            kind: cx.kinds.job,
            object: self.job(&name, at, zone),
            announce: Some(Announce {
                about: self.cron_job.clone(),
                success: ("SuccessfulCreate", "Created job {name}".into()),
                failure: ("FailedCreate", "Error creating job: {error}".into()),
            }),
            slow_start: false,
        });
    }

    fn job(&self, name: &str, at: Time, zone: &TimeZone) -> Value {
        let template = &self.cron_job["spec"]["jobTemplate"];
        let mut metadata = value!({
            "name": name,
            "namespace": &self.cron_job["metadata"]["namespace"],
            "ownerReferences": [(controller_reference(self.cron_job))],
        });
        metadata.set_nonzero("labels", &template["metadata"]["labels"]);
        let mut annotations = template["metadata"]["annotations"].clone();
        annotations.set(SCHEDULED, in_zone(at, zone));
        metadata.set("annotations", annotations);
        value!({
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": metadata,
            "spec": &template["spec"],
        })
    }
}

/// `hello-29745120`: the CronJob's name, and the minutes since the epoch.
fn job_name(cron_job: &str, at: Time) -> String {
    format!("{cron_job}-{}", at.as_secs() / 60)
}

/// How a Job ended: the type of its last condition.
fn end_of(job: &Value) -> Option<&str> {
    finished_at(job)?;
    let conditions = job["status"]["conditions"].items().iter();
    conditions
        .filter(|own| own["status"].text() == "True")
        .map(|own| own["type"].text())
        .find(|kind| matches!(*kind, "Complete" | "Failed"))
}

/// A time as RFC 3339 with the zone's offset.
fn in_zone(at: Time, zone: &TimeZone) -> String {
    let offset = zone.offset_secs(at);
    if offset == 0 {
        return at.rfc3339();
    }
    let mut text = (at + Delay::secs(offset)).rfc3339();
    text.pop();
    let (sign, ahead) = if offset < 0 { ('-', -offset) } else { ('+', offset) };
    format!("{text}{sign}{:02}:{:02}", ahead / 3_600, ahead / 60 % 60)
}

fn delete(cron_job: &Value, job: &Value, cx: &Context<'_>) -> Write {
    Write::Delete {
        key: Key::of(cx.kinds.job, job),
        uid: job["metadata"]["uid"].as_shared().cloned().unwrap_or_default(),
        propagation: Some(crate::apiserver::Propagation::Background),
        announce: Some(Announce {
            about: cron_job.clone(),
            success: ("SuccessfulDelete", "Deleted job {name}".into()),
            failure: ("FailedDelete", "Deleted job: {error}".into()),
        }),
    }
}
