//! The Pods of a workload or Service, the most useful first.
//!
//! Models kubectl's `polymorphichelpers` and `pkg/util/podutils`.

use std::cmp::Reverse;

use podyard_engine::api::selector::Selector;
use podyard_engine::value::Value;

use crate::call::Call;
use crate::failure::{Outcome, fail};
use crate::resource::{Info, Listed};

/// Which Pods are the most useful.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Those that one can talk to.
    Active,
    /// Those whose logs tell most.
    Logging,
}

/// The Pods that the object selects.
pub(super) async fn read(call: &Call<'_>, info: &Info, order: Order) -> Outcome<Vec<Info>> {
    let spec = &info.object["spec"];
    let selector = match info.resource.kind.as_str() {
        "Service" | "ReplicationController" => {
            if spec["selector"].is_empty() {
                return fail(format!(
                    "invalid {} '{}': {} is defined without a selector",
                    info.resource.singular,
                    info.name,
                    if info.resource.kind == "Service" { "Service" } else { "selector" }
                ));
            }
            Some(Selector::from_labels(&spec["selector"]))
        }
        "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" | "Job" => {
            Selector::from_object(&spec["selector"])
        }
        _ => None,
    };
    let Some(selector) = selector else {
        return fail(format!(
            "cannot get the logs from *{}: selector for *{} not implemented",
            info.resource.kind, info.resource.kind
        ));
    };
    let discovery = call.client.discovery().await?;
    let list = Listed {
        resource: discovery.lookup("pods")?,
        namespace: info.namespace.clone(),
        labels: selector.to_string(),
        fields: String::new(),
    };
    let mut pods = list.read(&call.client).await?;
    pods.sort_by_key(|pod| rank(&pod.object, order));
    Ok(pods)
}

/// Less is better.
fn rank(pod: &Value, order: Order) -> impl Ord + use<> {
    let status = &pod["status"];
    let unassigned = pod["spec"]["nodeName"].is_empty();
    let phase = match status["phase"].text() {
        "Running" => 0,
        "Unknown" => 1,
        _ => 2,
    };
    let ready = status["conditions"].items().iter().find(|one| one["type"].text() == "Ready");
    let is_ready = ready.is_some_and(|ready| ready["status"].text() == "True");
    let since = ready.map(|ready| ready["lastTransitionTime"].text().to_owned());
    let restarts = status["containerStatuses"].items().iter().map(|one| one["restartCount"].int());
    let restarts = restarts.max().unwrap_or_default();
    let born = pod["metadata"]["creationTimestamp"].text().to_owned();
    let since = if is_ready { since } else { None };
    match order {
        // Ready for longer, fewer restarts, older.
        Order::Active => (unassigned, phase, !is_ready, since, restarts, Some(born), Reverse(0)),
        Order::Logging => (unassigned, phase, !is_ready, since, 0, Some(born), Reverse(restarts)),
    }
}
