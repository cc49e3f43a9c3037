//! The statuses a kubelet writes.
//!
//! Source: upstream `pkg/kubelet/kubelet_pods.go` and `status/generate.go`.

use crate::sim::{Random, Time};
use crate::value;
use crate::value::Value;

/// A Pod whose containers are being made.
pub(super) fn waiting(pod: &Value, now: Time) -> Value {
    let containers = pod["spec"]["containers"].items().iter().map(|container| {
        value!({
            "name": &container["name"],
            "image": &container["image"],
            "imageID": "",
            "ready": false,
            "started": false,
            "restartCount": 0,
            "state": { "waiting": { "reason": "ContainerCreating" } },
            "lastState": {},
        })
    });
    let containers: Value = containers.collect();
    let mut status = pod["status"].clone();
    status["phase"] = "Pending".into();
    status["startTime"] = now.rfc3339().into();
    status["containerStatuses"] = containers;
    let names = names(pod);
    let unready = format!("containers with unready status: [{names}]");
    let not_ready = Some(("ContainersNotReady", unready.as_str()));
    status["conditions"] = conditions(
        pod,
        now,
        [
            ("PodReadyToStartContainers", false, None),
            ("Initialized", true, None),
            ("Ready", false, not_ready),
            ("ContainersReady", false, not_ready),
        ],
    );
    status
}

/// A Pod whose containers all run.
pub(super) fn running(
    pod: &Value,
    ip: &str,
    host: &str,
    started: &[Time],
    now: Time,
    random: &mut Random,
) -> Value {
    let mut status = pod["status"].clone();
    status["phase"] = "Running".into();
    status["podIP"] = ip.into();
    status["podIPs"] = value!([{ "ip": ip }]);
    status["hostIP"] = host.into();
    status["hostIPs"] = value!([{ "ip": host }]);
    let containers = pod["spec"]["containers"].items().iter().zip(started);
    status["containerStatuses"] = containers
        .map(|(container, at)| {
            value!({
                "name": &container["name"],
                "image": &container["image"],
                "imageID": (format!("sha256:{}", hex(random))),
                "containerID": (format!("containerd://{}", hex(random))),
                "ready": true,
                "started": true,
                "restartCount": 0,
                "state": { "running": { "startedAt": (at.rfc3339()) } },
                "lastState": {},
            })
        })
        .collect();
    status["conditions"] = conditions(
        pod,
        now,
        [
            ("PodReadyToStartContainers", true, None),
            ("Initialized", true, None),
            ("Ready", true, None),
            ("ContainersReady", true, None),
        ],
    );
    status
}

/// A Pod whose containers have been stopped.
pub(super) fn stopped(pod: &Value, now: Time) -> Value {
    let mut status = pod["status"].clone();
    for container in status["containerStatuses"].make_list() {
        let started = container["state"]["running"]["startedAt"].clone();
        container["ready"] = false.into();
        container["started"] = false.into();
        container["state"] = value!({ "terminated": {
            "exitCode": 0,
            "reason": "Completed",
            "startedAt": started,
            "finishedAt": (now.rfc3339()),
            "containerID": &container["containerID"],
        } });
    }
    status["phase"] = "Succeeded".into();
    let done = Some(("PodCompleted", ""));
    status["conditions"] = conditions(
        pod,
        now,
        [
            ("PodReadyToStartContainers", false, None),
            ("Initialized", true, done),
            ("Ready", false, done),
            ("ContainersReady", false, done),
        ],
    );
    status
}

type Wanted<'a> = (&'static str, bool, Option<(&'static str, &'a str)>);

/// The kubelet's four conditions and the scheduler's, in the kubelet's order.
fn conditions(pod: &Value, now: Time, wanted: [Wanted<'_>; 4]) -> Value {
    let own = pod["status"]["conditions"].items();
    let find = |name: &str| own.iter().find(|condition| condition["type"].text() == name);
    let mut all: Vec<Value> = Vec::new();
    for (name, holds, why) in wanted {
        let status = if holds { "True" } else { "False" };
        let since = match find(name) {
            Some(old) if old["status"].text() == status => old["lastTransitionTime"].clone(),
            _ => now.rfc3339().into(),
        };
        let mut condition = value!({
            "type": name,
            "status": status,
            "lastProbeTime": null,
            "lastTransitionTime": since,
        });
        if let Some((reason, message)) = why {
            condition.set("reason", reason);
            condition.set_nonzero("message", message);
        }
        all.push(condition);
    }
    all.extend(find("PodScheduled").cloned());
    Value::list(all)
}

fn names(pod: &Value) -> String {
    let names: Vec<&str> =
        pod["spec"]["containers"].items().iter().map(|own| own["name"].text()).collect();
    names.join(" ")
}

fn hex(random: &mut Random) -> String {
    (0..4).map(|_| format!("{:016x}", random.next_u64())).collect()
}
