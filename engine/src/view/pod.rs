//! Reads a Pod, with the word that `kubectl get pods` would print.

use super::Ids;
use super::items::{Container, Pod, PodHealth, created};
use crate::api::pod::{ContainerView, PodSummary, PodView, requests};
use crate::value::Value;

pub(super) fn read(object: &Value, ids: &mut Ids) -> Pod {
    let pod = PodView(object);
    let PodSummary { status, ready, restarts, .. } = PodSummary::of(object);
    let requests = requests(pod.spec());
    let requested = |resource: &str| requests.get(resource).copied().unwrap_or_default();
    Pod {
        namespace: pod.namespace().to_owned(),
        name: pod.name().to_owned(),
        node: pod.node_name().to_owned(),
        owner: ids.owner_of(object),
        phase: pod.phase().to_owned(),
        health: health(pod, &status),
        status,
        ready: u32::try_from(ready).unwrap_or(u32::MAX),
        restarts,
        address: pod.ip().to_owned(),
        created: created(object),
        cpu_milli: requested("cpu").milli_value(),
        memory: requested("memory").value(),
        containers: pod
            .sidecars()
            .chain(pod.containers())
            .map(|spec| container(pod, spec))
            .collect(),
    }
}

fn container(pod: PodView<'_>, spec: ContainerView<'_>) -> Container {
    let status = pod.container_status(spec.name()).unwrap_or(&Value::Null);
    Container {
        name: spec.name().to_owned(),
        image: spec.image().to_owned(),
        state: state_word(&status["state"]),
        ready: status["ready"].is_true(),
        restarts: status["restartCount"].int(),
    }
}

/// `Running`, or the reason of a container that waits or has ended.
fn state_word(state: &Value) -> String {
    if state.get("running").is_some() {
        return "Running".to_owned();
    }
    let state = state.get("waiting").or_else(|| state.get("terminated"));
    state.map(|state| state["reason"].text().to_owned()).unwrap_or_default()
}

fn health(pod: PodView<'_>, word: &str) -> PodHealth {
    match word {
        "Terminating" => return PodHealth::Terminating,
        "Unknown" => return PodHealth::Unknown,
        _ => {}
    }
    match pod.phase() {
        "Succeeded" => PodHealth::Succeeded,
        "Failed" => PodHealth::Failed,
        "Unknown" => PodHealth::Unknown,
        _ if is_failing(word) => PodHealth::Failed,
        "Running" if pod.is_ready() => PodHealth::Running,
        "Running" => PodHealth::NotReady,
        _ => PodHealth::Pending,
    }
}

/// Whether the word names something that does not heal by waiting a moment.
fn is_failing(word: &str) -> bool {
    let word = word.strip_prefix("Init:").unwrap_or(word);
    word.ends_with("BackOff")
        || word.ends_with("Error")
        || word.starts_with("Err")
        || word.starts_with("ExitCode:")
        || word.starts_with("Signal:")
        || matches!(word, "InvalidImageName" | "OOMKilled" | "Evicted" | "ContainerCannotRun")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value;

    fn check(status: Value, wanted: &str, health: PodHealth) {
        let pod = value!({ "metadata": { "name": "web" }, "spec": { "containers": [{ "name": "a" }] }, "status": status });
        let read = read(&pod, &mut Ids::default());
        assert_eq!((read.status.as_str(), read.health), (wanted, health));
    }

    #[test]
    fn a_ready_pod_runs() {
        let ready = value!({
            "phase": "Running",
            "conditions": [{ "type": "Ready", "status": "True" }],
            "containerStatuses": [{ "name": "a", "ready": true, "state": { "running": {} } }],
        });
        check(ready, "Running", PodHealth::Running);
        check(value!({ "phase": "Running" }), "Running", PodHealth::NotReady);
    }

    #[test]
    fn a_waiting_container_says_why() {
        let waiting = |reason: &str| value!({ "phase": "Pending", "containerStatuses": [{ "state": { "waiting": { "reason": reason } } }] });
        check(waiting("ContainerCreating"), "ContainerCreating", PodHealth::Pending);
        check(waiting("ImagePullBackOff"), "ImagePullBackOff", PodHealth::Failed);
        check(waiting("ErrImagePull"), "ErrImagePull", PodHealth::Failed);
    }
}
