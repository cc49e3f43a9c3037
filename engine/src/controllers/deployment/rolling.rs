//! Rolling updates and recreation.
//!
//! Source: upstream `pkg/controller/deployment/{rolling,recreate}.go`.

use super::super::{Context, Outcome};
use super::replica_sets::ReplicaSets;
use super::{Deployment, available_of, replicas_of, scale_set, status, total};
use crate::informer::controller_uid;
use crate::value::Value;

/// One step of a rolling update.
pub(super) fn update(
    deployment: &Deployment<'_>,
    mut sets: ReplicaSets,
    cx: &Context<'_>,
    outcome: &mut Outcome,
) {
    if sets.ensure_new(deployment, cx, outcome) {
        // The rest waits until the new ReplicaSet has been seen.
        return;
    }
    if grow_new(deployment, &sets, cx, outcome) || shrink_old(deployment, &sets, cx, outcome) {
        status::sync(deployment, &sets, cx, outcome);
        return;
    }
    finish(deployment, &sets, cx, outcome);
}

/// One step of a recreation: the old Pods go before the new ones come.
pub(super) fn recreate(
    deployment: &Deployment<'_>,
    mut sets: ReplicaSets,
    cx: &Context<'_>,
    outcome: &mut Outcome,
) {
    let mut scaled_down = false;
    for set in sets.old.iter().filter(|set| replicas_of(set) > 0) {
        scaled_down |= scale_set(set, 0, deployment, cx, outcome);
    }
    if scaled_down || old_pods_run(&sets, cx) {
        status::sync(deployment, &sets, cx, outcome);
        return;
    }
    if sets.ensure_new(deployment, cx, outcome) {
        return;
    }
    if let Some(new) = &sets.new {
        scale_set(new, deployment.replicas(), deployment, cx, outcome);
    }
    finish(deployment, &sets, cx, outcome);
}

fn finish(
    deployment: &Deployment<'_>,
    sets: &ReplicaSets,
    cx: &Context<'_>,
    outcome: &mut Outcome,
) {
    if status::is_complete(deployment, deployment.0) {
        status::clean_up(deployment, sets, cx, outcome);
    }
    status::sync(deployment, sets, cx, outcome);
}

fn old_pods_run(sets: &ReplicaSets, cx: &Context<'_>) -> bool {
    sets.old.iter().any(|set| {
        let uid = set["metadata"]["uid"].text();
        cx.cache.controlled_by(cx.kinds.pod, uid).any(|pod| {
            debug_assert!(controller_uid(pod).is_some());
            !matches!(pod["status"]["phase"].text(), "Succeeded" | "Failed")
        })
    })
}

/// Grows the new ReplicaSet as far as the surge allows.
fn grow_new(
    deployment: &Deployment<'_>,
    sets: &ReplicaSets,
    cx: &Context<'_>,
    outcome: &mut Outcome,
) -> bool {
    let Some(new) = &sets.new else { return false };
    let (wish, present) = (deployment.replicas(), replicas_of(new));
    if present == wish {
        return false;
    }
    let replicas =
        if present > wish { wish } else { sets.replicas_within_surge(deployment, present) };
    scale_set(new, replicas, deployment, cx, outcome)
}

/// Shrinks the old ReplicaSets as far as availability allows.
fn shrink_old(
    deployment: &Deployment<'_>,
    sets: &ReplicaSets,
    cx: &Context<'_>,
    outcome: &mut Outcome,
) -> bool {
    let Some(new) = &sets.new else { return false };
    if total(&sets.old, replicas_of) == 0 {
        return false;
    }
    let available_min = deployment.replicas() - deployment.max_unavailable();
    let new_unavailable = replicas_of(new) - available_of(new);
    let spare = total(sets.all(), replicas_of) - available_min - new_unavailable;
    if spare <= 0 {
        return false;
    }
    // First the old Pods that serve nobody, then those that may be missed.
    let mut sizes: Vec<i64> = sets.old.iter().map(replicas_of).collect();
    let mut unhealthy_left = spare;
    for (set, size) in sets.old.iter().zip(&mut sizes) {
        let unhealthy = (*size - available_of(set)).max(0).min(unhealthy_left);
        *size -= unhealthy;
        unhealthy_left -= unhealthy;
    }
    let mut healthy_left = total(sets.all(), available_of) - available_min;
    for size in &mut sizes {
        let healthy = (*size).min(healthy_left.max(0));
        *size -= healthy;
        healthy_left -= healthy;
    }
    let mut scaled = false;
    for (set, size) in sets.old.iter().zip(sizes) {
        if size != replicas_of(set) {
            scaled |= scale_set(set, size, deployment, cx, outcome);
        }
    }
    scaled
}

/// Whether `set` holds Pods.
pub(super) fn is_active(set: &Value) -> bool {
    replicas_of(set) > 0
}
