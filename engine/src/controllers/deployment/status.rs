//! A Deployment's status: counts, conditions, deadline, history.
//!
//! Source: upstream `pkg/controller/deployment/{progress,sync}.go`.

use super::super::conditions::{self, Condition};
use super::super::{Context, Outcome, Write, is_deleted};
use super::replica_sets::ReplicaSets;
use super::{Deployment, REVISION, available_of, replicas_of, total};
use crate::sim::{Delay, Time};
use crate::store::Key;
use crate::value::Value;

/// Writes the status with the conditions of a rollout.
pub(super) fn sync(
    deployment: &Deployment<'_>,
    sets: &ReplicaSets,
    cx: &Context<'_>,
    outcome: &mut Outcome,
) {
    let mut status = counted(deployment, sets, cx.now);
    if deployment.0["spec"]["progressDeadlineSeconds"].is_null() {
        conditions::remove(&mut status, "Progressing");
    } else {
        judge_progress(deployment, sets, &mut status, cx);
    }
    move_failure(sets, &mut status, cx.now);
    write(deployment, status, cx, outcome);
    outcome.again = time_to_deadline(deployment, cx.now);
}

/// Writes the status without judging the rollout.
pub(super) fn sync_only(
    deployment: &Deployment<'_>,
    sets: &ReplicaSets,
    cx: &Context<'_>,
    outcome: &mut Outcome,
) {
    write(deployment, counted(deployment, sets, cx.now), cx, outcome);
}

fn write(deployment: &Deployment<'_>, status: Value, cx: &Context<'_>, outcome: &mut Outcome) {
    let pending = outcome.writes.iter().rev().find_map(|write| match write {
        Write::UpdateStatus { object, .. } => Some(object.clone()),
        _ => None,
    });
    let mut object = pending.unwrap_or_else(|| deployment.0.clone());
    object["status"] = status;
    if object != *deployment.0 {
        outcome.writes.retain(|write| !matches!(write, Write::UpdateStatus { .. }));
        outcome.writes.push(Write::UpdateStatus { kind: cx.kinds.deployment, object });
    }
}

fn counted(deployment: &Deployment<'_>, sets: &ReplicaSets, now: Time) -> Value {
    let available = total(sets.all(), available_of);
    let unavailable = (total(sets.all(), replicas_of) - available).max(0);
    let old = &deployment.0["status"];
    let mut status = Value::map();
    status.set_nonzero("observedGeneration", &deployment.0["metadata"]["generation"]);
    status.set_nonzero("replicas", total(sets.all(), |set| set["status"]["replicas"].int()));
    status.set_nonzero("updatedReplicas", total(&sets.new, |set| set["status"]["replicas"].int()));
    status.set_nonzero(
        "readyReplicas",
        total(sets.all(), |set| set["status"]["readyReplicas"].int()),
    );
    status.set_nonzero("availableReplicas", available);
    status.set_nonzero("unavailableReplicas", unavailable);
    for kept in ["collisionCount", "conditions"] {
        if !old[kept].is_null() {
            status.set(kept, &old[kept]);
        }
    }
    let enough = available >= deployment.replicas() - deployment.max_unavailable();
    let condition = if enough {
        Condition {
            kind: "Available",
            status: true,
            reason: "MinimumReplicasAvailable",
            message: "Deployment has minimum availability.",
        }
    } else {
        Condition {
            kind: "Available",
            status: false,
            reason: "MinimumReplicasUnavailable",
            message: "Deployment does not have minimum availability.",
        }
    };
    conditions::set(&mut status, &condition, now, true);
    paused_condition(deployment, &mut status, now);
    status
}

/// A pause shows as a Progressing condition of its own, and so does its end.
fn paused_condition(deployment: &Deployment<'_>, status: &mut Value, now: Time) {
    if deployment.0["spec"]["progressDeadlineSeconds"].is_null() || is_deleted(deployment.0) {
        return;
    }
    let reason = conditions::find(status, "Progressing").map(|own| own["reason"].text());
    if reason == Some("ProgressDeadlineExceeded") {
        return;
    }
    let was_paused = reason == Some("DeploymentPaused");
    let (reason, message) = match (deployment.is_paused(), was_paused) {
        (true, false) => ("DeploymentPaused", "Deployment is paused"),
        (false, true) => ("DeploymentResumed", "Deployment is resumed"),
        _ => return,
    };
    let unknown = unknown_progress(status, reason, message, now);
    conditions::remove(status, "Progressing");
    status["conditions"].push(unknown);
}

fn unknown_progress(status: &Value, reason: &str, message: &str, now: Time) -> Value {
    let old = conditions::find(status, "Progressing");
    let stamp = now.rfc3339();
    let since = match old {
        Some(old) if old["status"].text() == "Unknown" => old["lastTransitionTime"].clone(),
        _ => stamp.as_str().into(),
    };
    crate::value!({
        "type": "Progressing",
        "status": "Unknown",
        "reason": reason,
        "message": message,
        "lastUpdateTime": stamp,
        "lastTransitionTime": since,
    })
}

fn judge_progress(
    deployment: &Deployment<'_>,
    sets: &ReplicaSets,
    status: &mut Value,
    cx: &Context<'_>,
) {
    let reason = conditions::find(status, "Progressing").map(|own| own["reason"].text().to_owned());
    let all_updated = status["replicas"].int() == status["updatedReplicas"].int();
    if all_updated && reason.as_deref() == Some("NewReplicaSetAvailable") {
        return;
    }
    let subject = match &sets.new {
        Some(new) => format!("ReplicaSet \"{}\"", new["metadata"]["name"].text()),
        None => format!("Deployment \"{}\"", deployment.name()),
    };
    let shown = crate::value!({ "status": (status.clone()) });
    if is_complete(deployment, &shown) {
        let message = format!("{subject} has successfully progressed.");
        let done = progress(true, "NewReplicaSetAvailable", &message);
        conditions::set(status, &done, cx.now, true);
    } else if made_progress(deployment, status) {
        let message = format!("{subject} is progressing.");
        let old = conditions::find(status, "Progressing").cloned();
        // Progress restarts the deadline even when the condition stays.
        conditions::remove(status, "Progressing");
        conditions::set(status, &progress(true, "ReplicaSetUpdated", &message), cx.now, true);
        if let (Some(old), Some(new)) = (old, status["conditions"].make_list().last_mut())
            && old["status"].text() == "True"
        {
            new["lastTransitionTime"] = old["lastTransitionTime"].clone();
        }
    } else if has_timed_out(deployment, status, cx.now) {
        let message = format!("{subject} has timed out progressing.");
        let late = progress(false, "ProgressDeadlineExceeded", &message);
        conditions::set(status, &late, cx.now, true);
    }
}

fn progress<'a>(status: bool, reason: &'static str, message: &'a str) -> Condition<'a> {
    Condition { kind: "Progressing", status, reason, message }
}

/// Whether every Pod is new and available, by the status of `shown`.
pub(super) fn is_complete(deployment: &Deployment<'_>, shown: &Value) -> bool {
    let status = &shown["status"];
    let observed = status["observedGeneration"].int();
    let counts = ["replicas", "updatedReplicas", "availableReplicas"];
    counts.iter().all(|count| status[*count].int() == deployment.replicas())
        && observed >= deployment.0["metadata"]["generation"].int()
}

fn made_progress(deployment: &Deployment<'_>, new: &Value) -> bool {
    let old = &deployment.0["status"];
    let old_count = |status: &Value| status["replicas"].int() - status["updatedReplicas"].int();
    new["updatedReplicas"].int() > old["updatedReplicas"].int()
        || old_count(new) < old_count(old)
        || new["readyReplicas"].int() > old["readyReplicas"].int()
        || new["availableReplicas"].int() > old["availableReplicas"].int()
}

fn has_timed_out(deployment: &Deployment<'_>, status: &Value, now: Time) -> bool {
    let Some(condition) = conditions::find(status, "Progressing") else { return false };
    match condition["reason"].text() {
        "NewReplicaSetAvailable" => false,
        "ProgressDeadlineExceeded" => true,
        _ => deadline(deployment, condition).is_some_and(|deadline| deadline < now),
    }
}

fn deadline(deployment: &Deployment<'_>, condition: &Value) -> Option<Time> {
    let secs = deployment.0["spec"]["progressDeadlineSeconds"].as_int()?;
    Some(Time::parse(condition["lastUpdateTime"].text())? + Delay::secs(secs))
}

/// When to look again whether the deadline has passed.
fn time_to_deadline(deployment: &Deployment<'_>, now: Time) -> Option<Delay> {
    let condition = conditions::find(&deployment.0["status"], "Progressing")?;
    let settled =
        matches!(condition["reason"].text(), "NewReplicaSetAvailable" | "ProgressDeadlineExceeded");
    if settled || is_complete(deployment, deployment.0) {
        return None;
    }
    let left = deadline(deployment, condition)?.since(now);
    Some(left.max(Delay::ZERO) + Delay::secs(1))
}

/// A ReplicaSet that cannot make its Pods shows on its Deployment.
fn move_failure(sets: &ReplicaSets, status: &mut Value, now: Time) {
    let of = |set: &Value| conditions::find(&set["status"], "ReplicaFailure").cloned();
    let failure = sets.new.as_ref().and_then(of).or_else(|| sets.old.iter().find_map(of));
    match failure {
        None => conditions::remove(status, "ReplicaFailure"),
        Some(mut failure) => {
            let same = conditions::find(status, "ReplicaFailure")
                .is_some_and(|own| own["reason"] == failure["reason"]);
            if !same {
                failure["lastUpdateTime"] = now.rfc3339().into();
                conditions::remove(status, "ReplicaFailure");
                status["conditions"].push(failure);
            }
        }
    }
}

/// Deletes the oldest ReplicaSets beyond the history that is kept.
pub(super) fn clean_up(
    deployment: &Deployment<'_>,
    sets: &ReplicaSets,
    cx: &Context<'_>,
    outcome: &mut Outcome,
) {
    let Some(kept) = deployment.0["spec"]["revisionHistoryLimit"].as_int() else { return };
    let mut idle: Vec<&Value> = sets.old.iter().filter(|set| !is_deleted(set)).collect();
    idle.sort_by_key(|set| {
        set["metadata"]["annotations"][REVISION].text().parse::<i64>().unwrap_or(0)
    });
    let excess = idle.len().saturating_sub(usize::try_from(kept).unwrap_or(usize::MAX));
    for set in idle.into_iter().take(excess) {
        let status = &set["status"];
        let busy = status["replicas"].int() != 0
            || replicas_of(set) != 0
            || set["metadata"]["generation"].int() > status["observedGeneration"].int();
        if busy {
            continue;
        }
        outcome.writes.push(Write::Delete {
            key: Key::of(cx.kinds.replica_set, set),
            uid: set["metadata"]["uid"].as_shared().cloned().unwrap_or_default(),
            propagation: None,
            announce: None,
        });
    }
}
