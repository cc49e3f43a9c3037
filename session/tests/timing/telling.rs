//! What became of an object, in the words of the recordings.

use podyard_engine::store::Change;
use podyard_engine::value::Value;

/// The object that changed and what became of it, as the recordings tell it.
pub(crate) fn told(change: &Change) -> Option<(String, String)> {
    let object = change.object();
    let (kind, name) = (object["kind"].text(), object["metadata"]["name"].text());
    if kind == "Event" {
        let about = &object["involvedObject"];
        let who = format!("{}/{}", about["kind"].text(), about["name"].text());
        let count = object["count"].as_int().unwrap_or(1);
        let (reason, message) = (object["reason"].text(), masked(object["message"].text()));
        return change.new.as_ref().map(|_| (who, format!("event {reason}: {message} x{count}")));
    }
    if object["metadata"]["namespace"].text() == "kube-system" || name == "kubernetes" {
        return None;
    }
    let mark = match (&change.old, &change.new) {
        (None, _) => '+',
        (_, None) => '-',
        _ => '~',
    };
    let text = match kind {
        "Pod" => pod(object),
        "ReplicaSet" | "Deployment" => workload(object),
        "EndpointSlice" => endpoints(object),
        "Node" if name == "node02" => node(object),
        _ => return None,
    };
    Some((format!("{kind}/{name}"), format!("{mark} {text}").trim_end().to_owned()))
}

fn pod(pod: &Value) -> String {
    const KINDS: [&str; 6] = [
        "PodScheduled",
        "PodReadyToStartContainers",
        "Initialized",
        "ContainersReady",
        "Ready",
        "DisruptionTarget",
    ];
    let own = pod["status"]["conditions"].items();
    let conditions = KINDS.iter().filter_map(|kind| {
        let condition = own.iter().find(|own| own["type"].text() == *kind)?;
        Some(format!("{}{kind}", if condition["status"].text() == "True" { "" } else { "!" }))
    });
    let containers = pod["status"]["containerStatuses"].items().iter().map(|own| {
        let state = ["waiting", "terminated"]
            .iter()
            .map(|kind| own["state"][*kind]["reason"].text())
            .find(|reason| !reason.is_empty());
        let restarts = match own["restartCount"].int() {
            0 => String::new(),
            count => format!(" x{count}"),
        };
        format!("{}{restarts}", state.unwrap_or("running"))
    });
    let grace = pod["metadata"]["deletionGracePeriodSeconds"].as_int();
    format!(
        "{}{}{} [{}] {}",
        if pod["spec"]["nodeName"].text().is_empty() { "" } else { "bound " },
        pod["status"]["phase"].text(),
        grace.map(|secs| format!(" grace={secs}")).unwrap_or_default(),
        conditions.collect::<Vec<_>>().join(" "),
        containers.collect::<Vec<_>>().join(" "),
    )
}

fn workload(object: &Value) -> String {
    let status = &object["status"];
    const COUNTS: [&str; 6] = [
        "availableReplicas",
        "fullyLabeledReplicas",
        "readyReplicas",
        "replicas",
        "unavailableReplicas",
        "updatedReplicas",
    ];
    let counts = COUNTS.iter().map(|name| (name, status[*name].int())).filter(|own| own.1 != 0);
    let counts: Vec<String> = counts.map(|(name, count)| format!("{name}={count}")).collect();
    let mut conditions: Vec<String> = status["conditions"]
        .items()
        .iter()
        .map(|own| {
            let (kind, status) = (own["type"].text(), own["status"].text());
            format!("{kind}={status}:{}", own["reason"].text())
        })
        .collect();
    conditions.sort();
    let wants = object["spec"]["replicas"].int();
    format!("wants {wants} [{}] {}", counts.join(" "), conditions.join(" "))
}

fn endpoints(slice: &Value) -> String {
    let state = |own: &Value| {
        if own["conditions"]["ready"].is_true() {
            "ready"
        } else if own["conditions"]["terminating"].is_true() {
            "ending"
        } else {
            "waiting"
        }
    };
    let mut states: Vec<&str> = slice["endpoints"].items().iter().map(state).collect();
    states.sort_unstable();
    states.join(" ")
}

fn node(node: &Value) -> String {
    let ready =
        node["status"]["conditions"].items().iter().find(|own| own["type"].text() == "Ready");
    let ready = ready.map(|own| format!("{}:{}", own["status"].text(), own["reason"].text()));
    let taints = node["spec"]["taints"].items().iter();
    let mut taints: Vec<String> =
        taints.map(|own| format!("{}:{}", own["key"].text(), own["effect"].text())).collect();
    taints.sort();
    format!("Ready={} taints [{}]", ready.unwrap_or_default(), taints.join(" "))
}

/// A message without what chance decides.
fn masked(message: &str) -> String {
    let mut words: Vec<String> = message.split(' ').map(str::to_owned).collect();
    for word in &mut words {
        if word.starts_with("node0") {
            "[node]".clone_into(word);
        }
        for name in ["trio", "ward"] {
            let Some(start) = word.find(&format!("{name}-")) else { continue };
            let dashes = word[start..].matches('-').count();
            let what = if dashes == 1 { "[set]" } else { "[pod]" };
            *word = format!("{}{name}-{what}", &word[..start]);
        }
        if let Some((before, _)) = word.split_once("_default(") {
            *word = format!("{before}_default([uid])");
        }
    }
    let text = words.join(" ");
    match text.split_once(" in ").filter(|_| text.starts_with("Successfully pulled")) {
        Some((before, _)) => {
            format!("{before} in [time] ([time] including waiting). Image size: [size] bytes.")
        }
        None => text,
    }
}
