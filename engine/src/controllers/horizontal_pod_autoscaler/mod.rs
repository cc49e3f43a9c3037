//! Changes a workload's replicas as its load changes.
//!
//! Source: upstream `pkg/controller/podautoscaler` (`horizontal.go`,
//! `replica_calculator.go`): every 15 seconds, from what `metrics.k8s.io`
//! says of the workload's Pods.
//!
//! **Real clusters:** also read custom and external metrics; here no server
//! offers these, and the autoscaler says so.

mod replicas;
mod rules;

use self::replicas::{Proposal, Question, Unknown};
use self::rules::Limits;
use super::{Context, Controller, Outcome, Write, conditions, is_deleted};
use crate::api::selector::Selector;
use crate::sim::{Delay, Time};
use crate::store::{Change, Key, KindId};
use crate::value;
use crate::value::Value;

/// How often each autoscaler looks.
const PERIOD: Delay = Delay::secs(15);

/// The controller of HorizontalPodAutoscalers.
pub(super) struct AutoscalerController;

impl Controller for AutoscalerController {
    fn name(&self) -> &'static str {
        "horizontal-pod-autoscaler"
    }

    fn triggers(&self, change: &Change, cx: &Context<'_>) -> Vec<Key> {
        let is_own = change.key.kind == cx.kinds.autoscaler;
        let key = is_own.then(|| change.key.clone());
        key.into_iter().collect()
    }

    fn delay(&self, _change: &Change, _cx: &Context<'_>) -> Delay {
        PERIOD
    }

    fn sync(&self, key: &Key, cx: &Context<'_>) -> Outcome {
        let mut outcome = Outcome::default();
        let Some(autoscaler) = cx.cache.get(key).filter(|own| !is_deleted(own)) else {
            return outcome;
        };
        let mut round = Round { autoscaler, cx, status: autoscaler["status"].clone() };
        round.run(&mut outcome);
        if round.status != autoscaler["status"] {
            let mut object = autoscaler.clone();
            object["status"] = round.status;
            outcome.writes.push(Write::UpdateStatus { kind: key.kind, object });
        }
        outcome.again = Some(PERIOD);
        outcome
    }
}

/// One look at an autoscaler and its workload.
struct Round<'a> {
    autoscaler: &'a Value,
    cx: &'a Context<'a>,
    status: Value,
}

/// What the metrics together call for.
struct Wish {
    replicas: i64,
    /// The metric that calls for the most.
    metric: String,
}

impl<'a> Round<'a> {
    fn run(&mut self, outcome: &mut Outcome) {
        let Some((kind, workload)) = self.workload() else {
            return self.miss_workload(outcome);
        };
        let message = "the HPA controller was able to get the target's current scale";
        self.set("AbleToScale", true, "SucceededGetScale", message);
        let current = workload["spec"]["replicas"].as_int().unwrap_or(1);
        let Limits { min, max } = self.limits();
        self.status.set("currentReplicas", current);
        let (wanted, why) = if current == 0 && min != 0 {
            let message = "scaling is disabled since the replica count of the target is zero";
            self.set("ScalingActive", false, "ScalingDisabled", message);
            (0, String::new())
        } else if current > max {
            (max, "Current number of replicas above Spec.MaxReplicas".to_owned())
        } else if current < min {
            (min, "Current number of replicas below Spec.MinReplicas".to_owned())
        } else {
            let Some(wish) = self.wish(workload, current, outcome) else { return };
            let why = if wish.replicas > current {
                format!("{} above target", wish.metric)
            } else {
                "All metrics below target".to_owned()
            };
            (self.normalize(current, wish.replicas, outcome), why)
        };
        if wanted != current {
            self.rescale(kind, workload, (current, wanted), &why, outcome);
        }
        self.status.set("desiredReplicas", wanted);
    }

    fn limits(&self) -> Limits {
        let spec = &self.autoscaler["spec"];
        Limits { min: spec["minReplicas"].as_int().unwrap_or(1), max: spec["maxReplicas"].int() }
    }

    /// The workload that is scaled.
    fn workload(&self) -> Option<(KindId, &'a Value)> {
        let target = &self.autoscaler["spec"]["scaleTargetRef"];
        let group = target["apiVersion"].text().split_once('/').map_or("", |(group, _)| group);
        let id = self.cx.registry.by_kind(group, target["kind"].text())?;
        let scales = self.cx.registry.kind(id).subresources.contains(&"scale");
        let namespace = self.autoscaler["metadata"]["namespace"].text();
        let key = Key::new(id, namespace, target["name"].text());
        self.cx.cache.get(&key).filter(|_| scales).map(|workload| (id, workload))
    }

    fn miss_workload(&mut self, outcome: &mut Outcome) {
        let target = &self.autoscaler["spec"]["scaleTargetRef"];
        let (version, kind) = (target["apiVersion"].text(), target["kind"].text());
        let (group, name) = (version.split_once('/').map_or("", |own| own.0), &target["name"]);
        let error = match self.cx.registry.by_kind(group, kind) {
            None => format!("no matches for kind \"{kind}\" in group \"{group}\""),
            Some(id) => {
                let plural = self.cx.registry.kind(id).plural;
                let resource =
                    if group.is_empty() { plural.to_owned() } else { format!("{plural}.{group}") };
                format!("{resource} \"{}\" not found", name.text())
            }
        };
        outcome.warn(self.autoscaler, "FailedGetScale", error.clone());
        let message =
            format!("the HPA controller was unable to get the target's current scale: {error}");
        self.set("AbleToScale", false, "FailedGetScale", &message);
    }

    /// What the metrics call for; nothing when they cannot be read.
    fn wish(&mut self, workload: &'a Value, current: i64, outcome: &mut Outcome) -> Option<Wish> {
        let metrics = self.autoscaler["spec"]["metrics"].items();
        let mut wish: Option<Wish> = None;
        let mut statuses = Vec::new();
        let mut first_failure: Option<(&'static str, String, String)> = None;
        let mut failures = 0;
        for metric in metrics {
            match self.proposal(metric, workload, current) {
                Ok(Proposal { replicas, metric, status }) => {
                    statuses.push(status);
                    if wish.as_ref().is_none_or(|own| replicas > own.replicas) {
                        wish = Some(Wish { replicas, metric });
                    }
                }
                Err(Unknown { reason, error, described }) => {
                    statuses.push(value!({ "type": "" }));
                    outcome.warn(self.autoscaler, reason, error.clone());
                    failures += 1;
                    first_failure.get_or_insert((reason, error, described));
                }
            }
        }
        self.status.set("currentMetrics", Value::list(statuses));
        let Some((reason, error, described)) = first_failure else {
            if let Some(wish) = &wish {
                self.note_valid(&wish.metric);
            }
            return wish;
        };
        let total = metrics.len();
        let message = format!(
            "invalid metrics ({failures} invalid out of {total}), first error is: {described}"
        );
        match wish {
            // More than now is wanted by those that could be read.
            Some(wish) if wish.replicas >= current => {
                self.note_valid(&wish.metric);
                Some(wish)
            }
            _ => {
                outcome.warn(self.autoscaler, "FailedComputeMetricsReplicas", message);
                let message = format!("the HPA was unable to compute the replica count: {error}");
                self.set("ScalingActive", false, reason, &message);
                None
            }
        }
    }

    fn note_valid(&mut self, metric: &str) {
        let message =
            format!("the HPA was able to successfully calculate a replica count from {metric}");
        self.set("ScalingActive", true, "ValidMetricFound", &message);
    }

    fn proposal(
        &self,
        metric: &Value,
        workload: &Value,
        current: i64,
    ) -> Result<Proposal, Unknown> {
        let selector = &workload["spec"]["selector"];
        let selector = match workload["kind"].text() {
            "ReplicationController" => Selector::from_labels(selector),
            _ => Selector::from_object(selector).unwrap_or_default(),
        };
        let namespace = self.autoscaler["metadata"]["namespace"].text();
        let pods = self.cx.cache.list(self.cx.kinds.pod, namespace);
        let pods = pods.filter(|pod| selector.matches(&pod["metadata"]["labels"])).collect();
        Question { metric, pods, current, cx: self.cx }.answer()
    }

    /// What is wanted, within the limits and rules; notes why it is limited.
    fn normalize(&mut self, current: i64, wish: i64, outcome: &mut Outcome) -> i64 {
        let behavior = &self.autoscaler["spec"]["behavior"];
        let history = self.cx.memory.cloned().unwrap_or_default();
        let verdict =
            rules::normalize(behavior, self.limits(), (current, wish), &history, self.cx.now);
        outcome.remember = Some(verdict.history);
        let (reason, message) = verdict.stabilized;
        self.set("AbleToScale", true, reason, message);
        let within = ("DesiredWithinRange", "the desired count is within the acceptable range");
        let (reason, message) = verdict.limited.unwrap_or(within);
        self.set("ScalingLimited", verdict.limited.is_some(), reason, message);
        verdict.replicas
    }

    fn rescale(
        &mut self,
        kind: KindId,
        workload: &Value,
        (current, wanted): (i64, i64),
        why: &str,
        outcome: &mut Outcome,
    ) {
        let mut object = workload.clone();
        object["spec"].set("replicas", wanted);
        outcome.writes.push(Write::Update { kind, object });
        let message = format!("New size: {wanted}; reason: {why}");
        outcome.note(self.autoscaler, "SuccessfulRescale", message);
        let message = format!("the HPA controller was able to update the target scale to {wanted}");
        self.set("AbleToScale", true, "SucceededRescale", &message);
        self.status.set("lastScaleTime", self.cx.now.rfc3339());
        let history = outcome.remember.take().or_else(|| self.cx.memory.cloned());
        let history = history.unwrap_or_default();
        outcome.remember = Some(rules::note_scaling(history, wanted - current, self.cx.now));
    }

    /// Sets a condition, whose time moves with its status only.
    fn set(&mut self, kind: &str, holds: bool, reason: &str, message: &str) {
        let status = if holds { "True" } else { "False" };
        let old = conditions::find(&self.status, kind);
        let since = match old.filter(|old| old["status"].text() == status) {
            Some(old) => old["lastTransitionTime"].clone(),
            None => self.cx.now.rfc3339().into(),
        };
        let new = value!({
            "type": kind,
            "status": status,
            "lastTransitionTime": since,
            "reason": reason,
            "message": message,
        });
        let list = self.status["conditions"].make_list();
        match list.iter_mut().find(|own| own["type"].text() == kind) {
            Some(own) => *own = new,
            None => list.push(new),
        }
    }
}

/// Whether something happened within `window` before `now`.
fn within(at: Time, window: Delay, now: Time) -> bool {
    now.since(at) <= window
}
