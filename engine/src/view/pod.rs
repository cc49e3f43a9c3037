//! Reads a Pod, with the word that `kubectl get pods` would print.

use super::Ids;
use super::items::{Container, Pod, PodHealth, created, text};
use super::node::milli;
use crate::value::Value;

pub(super) fn read(pod: &Value, ids: &mut Ids) -> Pod {
    let containers = containers(pod);
    let ready = containers.iter().filter(|container| container.ready).count();
    let status = status_word(pod);
    Pod {
        namespace: text(pod, &["metadata", "namespace"]),
        name: text(pod, &["metadata", "name"]),
        node: text(pod, &["spec", "nodeName"]),
        owner: ids.owner_of(pod),
        phase: text(pod, &["status", "phase"]),
        health: health(pod, &status),
        status,
        ready: u32::try_from(ready).unwrap_or(u32::MAX),
        restarts: containers.iter().map(|container| container.restarts).sum(),
        address: text(pod, &["status", "podIP"]),
        created: created(pod),
        cpu_milli: requested(pod, "cpu"),
        memory: requested(pod, "memory") / 1_000,
        containers,
    }
}

fn containers(pod: &Value) -> Vec<Container> {
    let sidecars = pod.at(&["spec", "initContainers"]).items().iter();
    let sidecars = sidecars.filter(|container| container["restartPolicy"].text() == "Always");
    let all = sidecars.chain(pod.at(&["spec", "containers"]).items());
    all.map(|spec| container(spec, status_of(pod, spec["name"].text()))).collect()
}

fn status_of<'a>(pod: &'a Value, name: &str) -> Option<&'a Value> {
    let lists = ["containerStatuses", "initContainerStatuses"];
    let mut all = lists.iter().flat_map(|list| pod.at(&["status", list]).items());
    all.find(|status| status["name"].text() == name)
}

fn container(spec: &Value, status: Option<&Value>) -> Container {
    Container {
        name: text(spec, &["name"]),
        image: text(spec, &["image"]),
        state: status.map(|status| state_word(&status["state"])).unwrap_or_default(),
        ready: status.is_some_and(|status| status["ready"].is_true()),
        restarts: status.map_or(0, |status| status["restartCount"].int()),
    }
}

/// `Running`, or the reason of a container that waits or has ended.
fn state_word(state: &Value) -> String {
    if state.get("running").is_some() {
        return "Running".to_owned();
    }
    if let Some(waiting) = state.get("waiting") {
        return text(waiting, &["reason"]);
    }
    state.get("terminated").map(ended_word).unwrap_or_default()
}

fn ended_word(ended: &Value) -> String {
    match (ended["reason"].text(), ended["signal"].int()) {
        ("", 0) => format!("ExitCode:{}", ended["exitCode"].int()),
        ("", signal) => format!("Signal:{signal}"),
        (reason, _) => reason.to_owned(),
    }
}

fn requested(pod: &Value, resource: &str) -> i64 {
    let containers = pod.at(&["spec", "containers"]).items().iter();
    containers.map(|container| milli(container.at(&["resources", "requests", resource]))).sum()
}

/// The STATUS column. Source: `pkg/printers/internalversion` `printPod`.
pub(super) fn status_word(pod: &Value) -> String {
    let status = &pod["status"];
    let mut word = text(status, &["phase"]);
    if !status["reason"].is_empty() {
        word = text(status, &["reason"]);
    }
    if gated(pod) {
        "SchedulingGated".clone_into(&mut word);
    }
    match init_word(pod) {
        Some(init) => word = init,
        None => word = containers_word(status, word),
    }
    if pod["metadata"].get("deletionTimestamp").is_none() {
        return word;
    }
    match status["reason"].text() {
        "NodeLost" => "Unknown".to_owned(),
        _ if matches!(status["phase"].text(), "Failed" | "Succeeded") => word,
        _ => "Terminating".to_owned(),
    }
}

fn gated(pod: &Value) -> bool {
    let conditions = pod.at(&["status", "conditions"]).items();
    conditions.iter().any(|condition| {
        condition["type"].text() == "PodScheduled"
            && condition["reason"].text() == "SchedulingGated"
    })
}

/// The word while init containers are still at work.
fn init_word(pod: &Value) -> Option<String> {
    let specs = pod.at(&["spec", "initContainers"]).items();
    let statuses = pod.at(&["status", "initContainerStatuses"]).items();
    for (index, status) in statuses.iter().enumerate() {
        let state = &status["state"];
        let sidecar = specs.iter().any(|spec| {
            spec["name"].text() == status["name"].text() && spec["restartPolicy"].text() == "Always"
        });
        if sidecar && status["started"].is_true() {
            continue;
        }
        return Some(match (state.get("terminated"), state.at(&["waiting", "reason"]).text()) {
            (Some(ended), _) if ended["exitCode"].int() == 0 => continue,
            (Some(ended), _) => format!("Init:{}", ended_word(ended)),
            (None, "" | "PodInitializing") => format!("Init:{index}/{}", specs.len()),
            (None, reason) => format!("Init:{reason}"),
        });
    }
    None
}

/// The word of the first container that does not simply run.
fn containers_word(status: &Value, mut word: String) -> String {
    let mut has_running = false;
    for container in status["containerStatuses"].items().iter().rev() {
        let state = &container["state"];
        if !state.at(&["waiting", "reason"]).is_empty() || state.get("terminated").is_some() {
            word = state_word(state);
        } else if container["ready"].is_true() && state.get("running").is_some() {
            has_running = true;
        }
    }
    if word != "Completed" || !has_running {
        return word;
    }
    if is_ready(status) { "Running".to_owned() } else { "NotReady".to_owned() }
}

fn is_ready(status: &Value) -> bool {
    let mut conditions = status["conditions"].items().iter();
    conditions.any(|condition| {
        condition["type"].text() == "Ready" && condition["status"].text() == "True"
    })
}

fn health(pod: &Value, word: &str) -> PodHealth {
    let status = &pod["status"];
    match word {
        "Terminating" => return PodHealth::Terminating,
        "Unknown" => return PodHealth::Unknown,
        _ => {}
    }
    match status["phase"].text() {
        "Succeeded" => PodHealth::Succeeded,
        "Failed" => PodHealth::Failed,
        "Unknown" => PodHealth::Unknown,
        _ if is_failing(word) => PodHealth::Failed,
        "Running" if is_ready(status) => PodHealth::Running,
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
        let pod = value!({ "metadata": { "name": "web" }, "spec": {}, "status": status });
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

    #[test]
    fn init_containers_come_first() {
        let pod = value!({
            "metadata": { "name": "web" },
            "spec": { "initContainers": [{ "name": "a" }, { "name": "b" }] },
            "status": {
                "phase": "Pending",
                "initContainerStatuses": [
                    { "name": "a", "state": { "terminated": { "exitCode": 0 } } },
                    { "name": "b", "state": { "running": {} } },
                ],
                "containerStatuses": [{ "state": { "waiting": { "reason": "PodInitializing" } } }],
            },
        });
        assert_eq!(status_word(&pod), "Init:1/2");
    }

    #[test]
    fn a_deleted_pod_terminates() {
        let pod = value!({
            "metadata": { "name": "web", "deletionTimestamp": "2026-01-01T00:00:00Z" },
            "status": { "phase": "Running" },
        });
        assert_eq!(status_word(&pod), "Terminating");
    }
}
