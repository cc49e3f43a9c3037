//! The rows of `kubectl get pods`.
//!
//! Source: `printPod` in `pkg/printers/internalversion/printers.go`.

use super::super::{Column, age, object::Object, table};
use super::PodView;
use crate::sim::Time;
use crate::value;
use crate::value::Value;

/// The columns of Pods.
pub(super) const COLUMNS: &[Column] = &[
    table::NAME,
    Column::text("Ready", "The aggregate readiness state of this pod for accepting traffic."),
    Column::text("Status", "The aggregate status of the containers in this pod."),
    Column::text(
        "Restarts",
        "The number of times the containers in this pod have been restarted and when the last \
         container in this pod has restarted.",
    ),
    table::AGE,
    Column::text(
        "IP",
        "podIP address allocated to the pod. Routable at least within the cluster. Empty if not \
         yet allocated.",
    )
    .wide(),
    Column::text(
        "Node",
        "NodeName indicates in which node this pod is scheduled. If empty, this pod is a \
         candidate for scheduling by the scheduler defined in schedulerName. Once this field is \
         set, the kubelet for this node becomes responsible for the lifecycle of this pod. This \
         field should not be used to express a desire for the pod to be scheduled on a specific \
         node. \
         https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#nodename",
    )
    .wide(),
    Column::text(
        "Nominated Node",
        "nominatedNodeName is set only when this pod preempts other pods on the node, but it \
         cannot be scheduled right away as preemption victims receive their graceful termination \
         periods. This field does not guarantee that the pod will be scheduled on this node. \
         Scheduler may decide to place the pod elsewhere if other nodes become available sooner. \
         Scheduler may also decide to give the resources on this node to a higher priority pod \
         that is created after preemption. As a result, this field may be different than \
         PodSpec.nodeName when the pod is scheduled.",
    )
    .wide(),
    Column::text(
        "Readiness Gates",
        "If specified, all readiness gates will be evaluated for pod readiness. A pod is ready \
         when all its containers are ready AND all conditions specified in the readiness gates \
         have status equal to \"True\" More info: \
         https://git.k8s.io/enhancements/keps/sig-network/580-pod-readiness-gates",
    )
    .wide(),
];

pub(super) fn cells(pod: &Value, now: Time) -> Vec<Value> {
    let summary = PodSummary::of(pod);
    let view = PodView(pod);
    let ip = match view.status()["podIPs"].items().first() {
        Some(first) => first["ip"].text(),
        None => view.ip(),
    };
    vec![
        table::name(pod),
        format!("{}/{}", summary.ready, summary.total).into(),
        summary.status.as_str().into(),
        summary.restarts_cell(now).into(),
        age::object_age(pod, now),
        table::or_none(ip),
        table::or_none(view.node_name()),
        table::or_none(view.status()["nominatedNodeName"].text()),
        readiness_gates(pod),
    ]
}

fn readiness_gates(pod: &Value) -> Value {
    let gates = pod.at(&["spec", "readinessGates"]).items();
    if gates.is_empty() {
        return "<none>".into();
    }
    let open = |gate: &&Value| Object(pod).has_condition(gate["conditionType"].text());
    format!("{}/{}", gates.iter().filter(open).count(), gates.len()).into()
}

/// The `conditions` of a Pod's row: that it has ended, and how.
pub fn row_conditions(pod: &Value) -> Option<Value> {
    let (reason, message) = match PodView(pod).phase() {
        "Succeeded" => ("Succeeded", "The pod has completed successfully."),
        "Failed" => ("Failed", "The pod failed."),
        _ => return None,
    };
    Some(value!([
        { "type": "Completed", "status": "True", "reason": reason, "message": message },
    ]))
}

/// What one row says of a Pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodSummary {
    /// The word of the `STATUS` column, as `Running` or `CrashLoopBackOff`.
    pub status: String,
    /// How many containers are ready, sidecars included.
    pub ready: usize,
    /// How many containers there are, sidecars included.
    pub total: usize,
    /// How often those have been restarted.
    pub restarts: i64,
    /// When the last of them ended before its restart.
    pub last_restart: Option<Time>,
}

impl PodSummary {
    /// The row of `pod`.
    pub fn of(pod: &Value) -> Self {
        let view = PodView(pod);
        let mut summary = Self {
            status: first_word(view),
            ready: 0,
            total: view.containers().len() + view.sidecars().count(),
            restarts: 0,
            last_restart: None,
        };
        let sidecars = summary.read_init_containers(view);
        let initializing = sidecars.is_none();
        if !initializing || view.object().has_condition("Initialized") {
            let (restarts, last_restart) = sidecars.unwrap_or_else(|| sidecar_restarts(view));
            summary.restarts = restarts;
            summary.last_restart = last_restart;
            summary.read_containers(view);
        }
        if view.is_deleting() && view.status()["reason"].text() == "NodeLost" {
            "Unknown".clone_into(&mut summary.status);
        } else if view.is_deleting() && !view.is_terminal() {
            "Terminating".clone_into(&mut summary.status);
        }
        summary
    }

    /// Goes through the init containers up to the first unfinished one. When
    /// there is none, says how often the sidecars were restarted.
    fn read_init_containers(&mut self, pod: PodView<'_>) -> Option<(i64, Option<Time>)> {
        let statuses = pod.status()["initContainerStatuses"].items();
        for (index, status) in statuses.iter().enumerate() {
            self.count_restarts(status);
            let (terminated, waiting) =
                (&status.at(&["state", "terminated"]), &status.at(&["state", "waiting"]));
            if !terminated.is_null() && terminated["exitCode"].int() == 0 {
                continue;
            }
            if is_sidecar(pod, status) && status["started"].is_true() {
                self.ready += usize::from(status["ready"].is_true());
                continue;
            }
            let waits_for = waiting["reason"].text();
            self.status = if !terminated.is_null() {
                format!("Init:{}", end_word(terminated))
            } else if !matches!(waits_for, "" | "PodInitializing") {
                format!("Init:{waits_for}")
            } else {
                format!("Init:{index}/{}", pod.init_containers().len())
            };
            return None;
        }
        Some(sidecar_restarts(pod))
    }

    /// Goes through the regular containers from the last to the first: the
    /// first one with something to say has the last word.
    fn read_containers(&mut self, pod: PodView<'_>) {
        let mut has_running = false;
        for status in pod.status()["containerStatuses"].items().iter().rev() {
            self.count_restarts(status);
            let state = &status["state"];
            let (waiting, terminated) = (&state["waiting"], &state["terminated"]);
            if !waiting["reason"].is_empty() {
                waiting["reason"].text().clone_into(&mut self.status);
            } else if !terminated.is_null() {
                self.status = end_word(terminated);
            } else if status["ready"].is_true() && !state["running"].is_null() {
                has_running = true;
                self.ready += 1;
            }
        }
        if self.status == "Completed" && has_running {
            let word = if pod.is_ready() { "Running" } else { "NotReady" };
            word.clone_into(&mut self.status);
        }
    }

    fn count_restarts(&mut self, status: &Value) {
        self.restarts += status["restartCount"].int();
        self.last_restart = self.last_restart.max(last_end(status));
    }

    fn restarts_cell(&self, now: Time) -> String {
        match self.last_restart {
            Some(last) if self.restarts != 0 => {
                format!("{} ({} ago)", self.restarts, age::human_duration(now.since(last)))
            }
            _ => self.restarts.to_string(),
        }
    }
}

/// The phase, or what stands in for it.
fn first_word(pod: PodView<'_>) -> String {
    let scheduled = pod.object().condition("PodScheduled");
    if scheduled.is_some_and(|condition| condition["reason"].text() == "SchedulingGated") {
        return "SchedulingGated".to_owned();
    }
    match pod.status()["reason"].text() {
        "" => pod.phase().to_owned(),
        reason => reason.to_owned(),
    }
}

fn is_sidecar(pod: PodView<'_>, status: &Value) -> bool {
    let name = status["name"].text();
    pod.sidecars().any(|container| container.name() == name)
}

fn sidecar_restarts(pod: PodView<'_>) -> (i64, Option<Time>) {
    let statuses = pod.status()["initContainerStatuses"].items();
    let sidecars = statuses.iter().filter(|status| is_sidecar(pod, status));
    sidecars.fold((0, None), |(restarts, last), status| {
        (restarts + status["restartCount"].int(), last.max(last_end(status)))
    })
}

fn last_end(status: &Value) -> Option<Time> {
    Time::parse(status.at(&["lastState", "terminated", "finishedAt"]).text())
}

/// Why a container ended, as `Error`, `Signal:9` or `ExitCode:1`.
fn end_word(terminated: &Value) -> String {
    match (terminated["reason"].text(), terminated["signal"].int()) {
        ("", 0) => format!("ExitCode:{}", terminated["exitCode"].int()),
        ("", signal) => format!("Signal:{signal}"),
        (reason, _) => reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: Value, expected: [&str; 3]) {
        let pod = value!({
            "metadata": { "name": "p" },
            "spec": {
                "initContainers": [{ "name": "i" }],
                "containers": [{ "name": "a" }, { "name": "b" }],
            },
            "status": status,
        });
        let cells = cells(&pod, Time::from_secs(100));
        let texts: Vec<&str> =
            cells.get(1..4).unwrap_or_default().iter().map(Value::text).collect();
        assert_eq!(texts, expected);
    }

    #[test]
    fn the_first_container_in_trouble_has_the_last_word() {
        check(value!({ "phase": "Pending" }), ["0/2", "Pending", "0"]);
        check(
            value!({
                "phase": "Running",
                "containerStatuses": [
                    {
                        "name": "a",
                        "restartCount": 3,
                        "state": { "waiting": { "reason": "CrashLoopBackOff" } },
                        "lastState": { "terminated": { "finishedAt": "1970-01-01T00:00:10Z" } },
                    },
                    { "name": "b", "ready": true, "state": { "running": {} } },
                ],
            }),
            ["1/2", "CrashLoopBackOff", "3 (90s ago)"],
        );
    }

    #[test]
    fn an_unfinished_init_container_stands_for_the_pod() {
        let init =
            |state: Value| value!({ "initContainerStatuses": [{ "name": "i", "state": state }] });
        check(init(value!({ "running": {} })), ["0/2", "Init:0/1", "0"]);
        check(init(value!({ "terminated": { "exitCode": 2 } })), ["0/2", "Init:ExitCode:2", "0"]);
    }
}
