//! Making and deleting the Pods of a Job.

use super::indexes;
use super::round::Round;
use crate::api::pod::PodView;
use crate::controllers::replica_set::{announce_create, announce_delete, deletion_rank, pod_of};
use crate::controllers::{Context, Outcome, Write};
use crate::informer::Member;
use crate::sim::{Delay, Time};
use crate::store::Key;
use crate::value::Value;

/// After a failure the next Pod waits this long, doubling.
const BACKOFF: Delay = Delay::secs(10);
const BACKOFF_MAX: Delay = Delay::secs(600);
/// Keeps a Pod until its Job has counted it.
const FINALIZER: &str = "batch.kubernetes.io/job-tracking";

/// Whether a Job still has to count the Pod.
pub(super) fn is_tracked(pod: &Value) -> bool {
    pod["metadata"]["finalizers"].items().iter().any(|own| own.text() == FINALIZER)
}

/// The Pod, let go.
pub(super) fn without_finalizer(pod: &Value) -> Value {
    let mut pod = pod.clone();
    pod["metadata"]["finalizers"].make_list().retain(|own| own.text() != FINALIZER);
    if pod["metadata"]["finalizers"].is_empty() {
        pod["metadata"].remove("finalizers");
    }
    pod
}

/// Deletes a Pod of a Job.
pub(super) fn delete(job: &Value, pod: &Value, cx: &Context<'_>) -> Write {
    Write::Delete {
        key: Key::of(cx.kinds.pod, pod),
        uid: pod["metadata"]["uid"].as_shared().cloned().unwrap_or_default(),
        propagation: None,
        announce: Some(announce_delete(job)),
    }
}

impl Round<'_> {
    /// Makes or deletes Pods; returns how many are active after that.
    pub(super) fn manage(&self, outcome: &mut Outcome) -> usize {
        let mut active: Vec<&Value> = self.active().collect();
        let left = self.deadline().map(|at| at.since(self.cx.now).max(Delay::millis(1)));
        outcome.again = left.filter(|_| !self.is_suspended());
        let wanted = if self.is_suspended() { 0 } else { self.wanted(active.len()) };
        if active.len() > wanted {
            active.sort_by_cached_key(|pod| {
                let (node, member) = (PodView(pod).node_name(), Member::of(pod));
                deletion_rank(&member, node, 0, self.cx.now)
            });
            let gone = active.iter().take(active.len() - wanted);
            outcome.writes.extend(gone.map(|pod| delete(self.job, pod, self.cx)));
            return wanted;
        }
        let waited_for = if self.replaces_failed_only() { self.terminating() } else { 0 };
        let missing = wanted.saturating_sub(active.len() + waited_for);
        if missing == 0 {
            return active.len();
        }
        if let Some(wait) = self.wait(self.cx.now) {
            outcome.again = Some(outcome.again.map_or(wait, |again| again.min(wait)));
            return active.len();
        }
        active.len() + self.create(missing, outcome)
    }

    /// How many Pods should run now.
    fn wanted(&self, active: usize) -> usize {
        let parallelism = self.job["spec"]["parallelism"].as_int().unwrap_or(1);
        let wanted = match self.job["spec"]["completions"].as_int() {
            Some(completions) => {
                let lost = i64::try_from(self.lost.len()).unwrap_or(i64::MAX);
                (completions - self.succeeded() - lost).min(parallelism)
            }
            None if self.succeeded() > 0 => return active,
            None => parallelism,
        };
        usize::try_from(wanted).unwrap_or(0)
    }

    /// How long the next Pod waits after the failures so far.
    fn wait(&self, now: Time) -> Option<Delay> {
        let ended = |phase: &'static str| {
            self.pods.iter().filter(move |pod| PodView(pod).phase() == phase).map(|pod| {
                let created = Time::parse(pod["metadata"]["creationTimestamp"].text());
                ended_at(pod).or(created).unwrap_or_default()
            })
        };
        let last_success = ended("Succeeded").max();
        let since: Vec<Time> = ended("Failed").filter(|at| Some(*at) > last_success).collect();
        let last = *since.iter().max()?;
        let doublings = u32::try_from(since.len() - 1).unwrap_or(u32::MAX).min(10);
        let until = last + BACKOFF.times(1 << doublings).min(BACKOFF_MAX);
        (until > now).then(|| until.since(now))
    }

    /// Makes up to `count` Pods; returns how many.
    fn create(&self, count: usize, outcome: &mut Outcome) -> usize {
        let indexes: Vec<Option<i64>> = if self.is_indexed() {
            self.pending_indexes().take(count).map(Some).collect()
        } else {
            vec![None; count]
        };
        let made = indexes.len();
        for index in indexes {
            let mut pod = pod_of(self.job, &self.job["spec"]["template"]);
            pod["metadata"]["finalizers"].push(Value::from(FINALIZER));
            if let Some(index) = index {
                let failures = self.limit_per_index().map(|_| self.failures_of(index));
                indexes::mark(&mut pod, self.job, index, failures);
            }
            outcome.writes.push(Write::Create {
                kind: self.cx.kinds.pod,
                object: pod,
                announce: Some(announce_create(self.job)),
                slow_start: true,
            });
        }
        made
    }

    /// The indexes that no Pod runs for, and that are not over.
    fn pending_indexes(&self) -> impl Iterator<Item = i64> {
        let mut taken = self.done.clone();
        taken.extend(&self.lost);
        taken.extend(self.active().filter_map(indexes::index_of));
        let all = 0..self.job["spec"]["completions"].int();
        all.filter(move |index| !taken.contains(index))
    }

    fn failures_of(&self, index: i64) -> i64 {
        let earlier = self.pods.iter().filter(|pod| indexes::index_of(pod) == Some(index));
        earlier.map(|pod| indexes::earlier_failures(pod) + 1).max().unwrap_or(0)
    }
}

fn ended_at(pod: &Value) -> Option<Time> {
    let ends = pod["status"]["containerStatuses"].items().iter();
    ends.filter_map(|own| Time::parse(own["state"]["terminated"]["finishedAt"].text())).max()
}
