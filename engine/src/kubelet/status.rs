//! The status a kubelet writes: phase, conditions, containers.
//!
//! Source: upstream `pkg/kubelet/kubelet_pods.go` (`getPhase`,
//! `convertToAPIContainerStatuses`) and `pkg/kubelet/status/generate.go`.

use super::unit::{Role, State, Unit};
use super::worker::Worker;
use crate::api::pod::PodView;
use crate::value;
use crate::value::{Str, Value};

/// The status of a Pod by what its containers do; `stamp` is the present.
pub(super) fn generate(worker: &Worker, host_ip: &str, stamp: &Str) -> Value {
    let pod = &worker.pod;
    let mut status = pod["status"].clone();
    let phase = if worker.is_finished() || worker.failure.is_some() {
        final_phase(worker)
    } else {
        phase(worker)
    };
    // While something may be left of the containers, the end is not told.
    if worker.is_finished() || !matches!(phase, "Succeeded" | "Failed") {
        status.set("phase", phase);
    }
    if status["startTime"].is_null() {
        status.set("startTime", worker.admitted_at.rfc3339());
    }
    if let Some((reason, message)) = &worker.failure {
        status.set("reason", reason.as_str());
        status.set("message", message.as_str());
    }
    set_addresses(&mut status, worker, host_ip);
    let waiting_for = if worker.is_initialized() || !has_init(worker) {
        "ContainerCreating"
    } else {
        "PodInitializing"
    };
    let of = |list: &str, roles: &[Role]| -> Value {
        let containers = pod["spec"][list].items();
        let units = worker.units.iter().filter(|unit| roles.contains(&unit.role));
        let waiting = if has_init(worker) { "PodInitializing" } else { waiting_for };
        containers
            .iter()
            .zip(units)
            .map(|(container, unit)| unit.status(container, waiting))
            .collect()
    };
    if worker.failure.is_none() || worker.sandbox {
        status.set("containerStatuses", of("containers", &[Role::Main]));
        let inits = of("initContainers", &[Role::Init, Role::Sidecar]);
        status.set_nonzero("initContainerStatuses", inits);
        let guests = of("ephemeralContainers", &[Role::Ephemeral]);
        status.set_nonzero("ephemeralContainerStatuses", guests);
    }
    let conditions = conditions(worker, phase, stamp);
    status.set("conditions", conditions);
    status
}

fn has_init(worker: &Worker) -> bool {
    worker.units.iter().any(|unit| matches!(unit.role, Role::Init | Role::Sidecar))
}

fn set_addresses(status: &mut Value, worker: &Worker, host_ip: &str) {
    if status["hostIP"].text() != host_ip {
        status.set("hostIP", host_ip);
        status.set("hostIPs", value!([{ "ip": host_ip }]));
    }
    if !worker.ip.is_empty() && status["podIP"].text() != worker.ip {
        status.set("podIP", worker.ip.as_str());
        status.set("podIPs", value!([{ "ip": (worker.ip.as_str()) }]));
    }
}

fn phase(worker: &Worker) -> &'static str {
    let policy = PodView(&worker.pod).restart_policy();
    let inits = worker.units.iter().filter(|unit| unit.role == Role::Init);
    for unit in inits {
        let failed = unit.ending().is_some_and(|ending| ending.exit_code != 0);
        if failed && policy == "Never" {
            return "Failed";
        }
        if !unit.has_succeeded() {
            return "Pending";
        }
    }
    let mut waiting = 0;
    let mut running = 0;
    let mut failed = 0;
    for unit in worker.units.iter().filter(|unit| unit.role == Role::Main) {
        match &unit.state {
            State::Running(_) => running += 1,
            State::Ended(ending) if ending.exit_code == 0 => {}
            State::Ended(_) => failed += 1,
            State::Waiting if unit.last.is_some() => failed += 1,
            State::Waiting => waiting += 1,
        }
    }
    if waiting > 0 {
        "Pending"
    } else if running > 0 || policy == "Always" {
        "Running"
    } else if failed == 0 {
        "Succeeded"
    } else if policy == "Never" {
        "Failed"
    } else {
        "Running"
    }
}

/// The phase of a Pod whose containers have all been stopped for good. One that
/// was deleted before its containers ran goes as it is.
fn final_phase(worker: &Worker) -> &'static str {
    let mut units = worker.units.iter();
    let never_ran = units.any(|unit| unit.role == Role::Main && !unit.has_begun());
    if never_ran && worker.failure.is_none() && PodView(&worker.pod).is_deleting() {
        return "Pending";
    }
    let failed = worker
        .units
        .iter()
        .filter(|unit| matches!(unit.role, Role::Init | Role::Main))
        .any(|unit| !unit.has_succeeded());
    if failed || worker.failure.is_some() { "Failed" } else { "Succeeded" }
}

/// Why a condition does not hold: reason and message.
type Why = Option<(&'static str, String)>;

fn conditions(worker: &Worker, phase: &str, stamp: &Str) -> Value {
    let over = match phase {
        "Succeeded" => Some(("PodCompleted", String::new())),
        "Failed" => Some(("PodFailed", String::new())),
        _ => None,
    };
    let names = |wanted: &dyn Fn(&Unit) -> bool| {
        let names: Vec<&str> =
            worker.units.iter().filter(|unit| wanted(unit)).map(|unit| &*unit.name).collect();
        names.join(" ")
    };
    let initialized = match phase {
        "Succeeded" => (true, over.clone()),
        _ if worker.is_initialized() => (true, None),
        "Failed" => (false, over.clone()),
        _ => {
            let left = names(&|unit| match unit.role {
                Role::Init => !unit.has_succeeded(),
                Role::Sidecar => !(unit.is_running() && unit.probes.has_started()),
                Role::Main | Role::Ephemeral => false,
            });
            let message = format!("containers with incomplete status: [{left}]");
            (false, Some(("ContainersNotInitialized", message)))
        }
    };
    let counts = |unit: &Unit| matches!(unit.role, Role::Main | Role::Sidecar);
    let unready = names(&|unit| counts(unit) && !unit.is_ready());
    let containers_ready = if over.is_some() {
        (false, over)
    } else if unready.is_empty() {
        (true, None)
    } else {
        let message = format!("containers with unready status: [{unready}]");
        (false, Some(("ContainersNotReady", message)))
    };
    let ready = gated(worker, containers_ready.clone());
    let sandbox = (worker.has_sandbox(), None);
    let all: [(&str, (bool, Why)); 4] = [
        ("PodReadyToStartContainers", sandbox),
        ("Initialized", initialized),
        ("Ready", ready),
        ("ContainersReady", containers_ready),
    ];
    let own = worker.pod["status"]["conditions"].items();
    let mut conditions: Vec<Value> = all
        .into_iter()
        .map(|(name, (holds, why))| condition(own, name, holds, why, stamp))
        .collect();
    let kubelets = |kind: &str| conditions.iter().any(|condition| condition["type"].text() == kind);
    let others: Vec<Value> =
        own.iter().filter(|condition| !kubelets(condition["type"].text())).cloned().collect();
    conditions.extend(others);
    let evicted = worker.failure.as_ref().filter(|(reason, _)| reason == "Evicted");
    if let Some((_, message)) = evicted {
        conditions.retain(|own| own["type"].text() != "DisruptionTarget");
        let why = Some(("TerminationByKubelet", message.clone()));
        conditions.push(condition(own, "DisruptionTarget", true, why, stamp));
    }
    Value::list(conditions)
}

/// A Pod's own readiness gates must hold as well.
fn gated(worker: &Worker, ready: (bool, Why)) -> (bool, Why) {
    let own = worker.pod["status"]["conditions"].items();
    let missing: Vec<String> = worker.pod["spec"]["readinessGates"]
        .items()
        .iter()
        .map(|gate| gate["conditionType"].text())
        .filter_map(|gate| match own.iter().find(|condition| condition["type"].text() == gate) {
            None => Some(format!(
                "corresponding condition of pod readiness gate \"{gate}\" does not exist."
            )),
            Some(condition) if condition["status"].text() != "True" => Some(format!(
                "the status of pod readiness gate \"{gate}\" is not \"True\", but {}",
                condition["status"].text()
            )),
            Some(_) => None,
        })
        .collect();
    if !ready.0 || missing.is_empty() {
        return ready;
    }
    (false, Some(("ReadinessGatesNotReady", missing.join(", "))))
}

fn condition(own: &[Value], name: &str, holds: bool, why: Why, stamp: &Str) -> Value {
    let status = if holds { "True" } else { "False" };
    let old = own.iter().find(|condition| condition["type"].text() == name);
    let (reason, message) = why.unwrap_or_default();
    let same = |old: &&Value| {
        old["status"].text() == status
            && old["reason"].text() == reason
            && old["message"].text() == message
    };
    if let Some(old) = old.filter(same) {
        return old.clone();
    }
    let since = match old {
        Some(old) if old["status"].text() == status => old["lastTransitionTime"].clone(),
        _ => stamp.into(),
    };
    let mut condition = value!({
        "type": name,
        "status": status,
        "lastProbeTime": null,
        "lastTransitionTime": since,
    });
    condition.set_nonzero("reason", reason);
    condition.set_nonzero("message", message);
    condition
}
