//! Changing the number of replicas, also in the middle of a rollout.
//!
//! Source: upstream `pkg/controller/deployment/sync.go`, `scale`, and
//! `util/deployment_util.go`, `GetReplicaSetProportion`.

use super::super::{Context, Outcome};
use super::replica_sets::ReplicaSets;
use super::rolling::is_active;
use super::{
    DESIRED_REPLICAS, Deployment, MAX_REPLICAS, available_of, replicas_of, scale_set, status, total,
};
use crate::value::Value;

/// Scales, then writes the status.
pub(super) fn sync(
    deployment: &Deployment<'_>,
    sets: &ReplicaSets,
    cx: &Context<'_>,
    outcome: &mut Outcome,
) {
    scale(deployment, sets, cx, outcome);
    if deployment.is_paused() && status::is_complete(deployment, deployment.0) {
        status::clean_up(deployment, sets, cx, outcome);
    }
    status::sync_only(deployment, sets, cx, outcome);
}

fn scale(deployment: &Deployment<'_>, sets: &ReplicaSets, cx: &Context<'_>, outcome: &mut Outcome) {
    let active: Vec<&Value> = sets.all().filter(|set| is_active(set)).collect();
    let single = match active.as_slice() {
        [] => sets.new.as_ref().or(sets.old.last()),
        [one] => Some(*one),
        _ => None,
    };
    if let Some(set) = single {
        // Also where only what it says of the wish is old: or every later look
        // would take the Deployment for one that is being scaled.
        scale_set(set, deployment.replicas(), deployment, cx, outcome);
        return;
    }
    if sets.new.as_ref().is_some_and(|new| is_saturated(deployment, new)) {
        for set in sets.old.iter().filter(|set| is_active(set)) {
            scale_set(set, 0, deployment, cx, outcome);
        }
        return;
    }
    if !deployment.recreates() {
        scale_in_proportion(deployment, active, cx, outcome);
    }
}

fn is_saturated(deployment: &Deployment<'_>, new: &Value) -> bool {
    let desired = new["metadata"]["annotations"][DESIRED_REPLICAS].text().parse::<i64>();
    let wish = deployment.replicas();
    desired == Ok(wish) && replicas_of(new) == wish && available_of(new) == wish
}

/// Shares what is added or taken among the active ReplicaSets by their size.
fn scale_in_proportion(
    deployment: &Deployment<'_>,
    mut active: Vec<&Value>,
    cx: &Context<'_>,
    outcome: &mut Outcome,
) {
    let allowed = match deployment.replicas() {
        0 => 0,
        replicas => replicas + deployment.max_surge(),
    };
    let to_add = allowed - total(active.iter().copied(), replicas_of);
    // The largest first; of equals the newest when growing, the oldest when
    // shrinking.
    active.sort_by(|a, b| {
        let age = |set: &Value| {
            let metadata = &set["metadata"];
            (metadata["creationTimestamp"].clone(), metadata["name"].clone())
        };
        let by_age = {
            let ((a_at, a_name), (b_at, b_name)) = (age(a), age(b));
            (a_at.text(), a_name.text()).cmp(&(b_at.text(), b_name.text()))
        };
        let by_size = replicas_of(b).cmp(&replicas_of(a));
        by_size.then(if to_add > 0 { by_age.reverse() } else { by_age })
    });
    let mut added = 0;
    let mut sizes = Vec::new();
    for set in &active {
        let share = if to_add == 0 { 0 } else { proportion(set, deployment, to_add, added) };
        added += share;
        sizes.push(replicas_of(set) + share);
    }
    if let Some(first) = sizes.first_mut() {
        *first = (*first + to_add - added).max(0);
    }
    for (set, size) in active.into_iter().zip(sizes) {
        scale_set(set, size, deployment, cx, outcome);
    }
}

fn proportion(set: &Value, deployment: &Deployment<'_>, to_add: i64, added: i64) -> i64 {
    let own = replicas_of(set);
    if own == 0 {
        return 0;
    }
    let share = fraction(set, deployment);
    let left = to_add - added;
    if to_add > 0 { share.min(left) } else { share.max(left) }
}

/// The part of the change that falls to a ReplicaSet, rounded half away from
/// zero as upstream's float arithmetic does.
fn fraction(set: &Value, deployment: &Deployment<'_>) -> i64 {
    let own = replicas_of(set);
    if deployment.replicas() == 0 {
        return -own;
    }
    let size = deployment.replicas() + deployment.max_surge();
    let noted = set["metadata"]["annotations"][MAX_REPLICAS].text().parse::<i64>();
    let former = noted.unwrap_or_else(|_| deployment.0["status"]["replicas"].int());
    if former == 0 {
        return 0;
    }
    (2 * own * size + former).div_euclid(2 * former) - own
}
