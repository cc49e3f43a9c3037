//! The revisions of a workload: a Deployment's ReplicaSets, the
//! ControllerRevisions of the others.

use podyard_engine::api::selector::Selector;
use podyard_engine::value::Value;

use crate::call::Call;
use crate::client::Target;
use crate::commands::record::CHANGE_CAUSE;
use crate::failure::{Outcome, fail};
use crate::resource::Info;

/// Where a Deployment and its ReplicaSets keep their revision.
const REVISION: &str = "deployment.kubernetes.io/revision";

/// One revision of a workload.
#[derive(Debug, Clone)]
pub(super) struct Revision {
    /// Its number.
    pub(super) number: i64,
    /// The Pod template, with the change's cause among its annotations.
    pub(super) template: Value,
    /// The ReplicaSet or ControllerRevision.
    pub(super) object: Value,
}

impl Revision {
    /// Why it came to be, or empty.
    pub(super) fn cause(&self) -> &str {
        self.object["metadata"]["annotations"][CHANGE_CAUSE].text()
    }
}

/// The revision that an object's annotation names.
pub(super) fn number(object: &Value) -> i64 {
    object["metadata"]["annotations"][REVISION].text().parse().unwrap_or_default()
}

/// The revisions of a workload, the oldest first.
pub(super) async fn read(call: &Call<'_>, info: &Info, what: &str) -> Outcome<Vec<Revision>> {
    let of_deployment = info.resource.kind == "Deployment";
    if !of_deployment && !matches!(info.resource.kind.as_str(), "DaemonSet" | "StatefulSet") {
        let (kind, group) = (&info.resource.kind, &info.resource.group);
        if !matches!(
            kind.as_str(),
            "Job" | "Pod" | "ReplicaSet" | "ReplicationController" | "CronJob"
        ) {
            return fail(format!(
                "error retrieving {} for {kind:?}, no visitor method exists for {{{group} {kind}}}",
                what.trim_end_matches(" viewer")
            ));
        }
        let named = if group.is_empty() { kind.clone() } else { format!("{kind}.{group}") };
        return fail(format!("no {what} has been implemented for {named:?}"));
    }
    let selector = Selector::from_object(&info.object["spec"]["selector"]);
    let labels = selector.map(|selector| selector.to_string()).unwrap_or_default();
    let plural = if of_deployment { "replicasets" } else { "controllerrevisions" };
    let target = Target::of(["apis", "apps", "v1", "namespaces", &info.namespace, plural])
        .query_some("labelSelector", &labels);
    let list = call.client.get(&target).await?;
    let uid = &info.object["metadata"]["uid"];
    let mut revisions: Vec<Revision> = list["items"]
        .items()
        .iter()
        .filter(|item| {
            let mut owners = item["metadata"]["ownerReferences"].items().iter();
            owners.any(|owner| owner["controller"].is_true() && owner["uid"] == *uid)
        })
        .map(|item| if of_deployment { of_replica_set(item) } else { of_controller(item) })
        .collect();
    revisions.sort_by_key(|revision| revision.number);
    Ok(revisions)
}

fn of_replica_set(item: &Value) -> Revision {
    let mut template = item["spec"]["template"].clone();
    let cause = item["metadata"]["annotations"][CHANGE_CAUSE].text();
    if !cause.is_empty() {
        template["metadata"]["annotations"].set(CHANGE_CAUSE, cause);
    }
    Revision { number: number(item), template, object: item.clone() }
}

fn of_controller(item: &Value) -> Revision {
    let mut template = item["data"]["spec"]["template"].clone();
    template.remove("$patch");
    Revision { number: item["revision"].int(), template, object: item.clone() }
}
