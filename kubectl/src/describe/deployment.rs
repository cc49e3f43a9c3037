//! Deployments, with their old and new ReplicaSets.

use podyard_engine::sim::Time;
use podyard_engine::value::Value;

use super::metadata::{
    controller, int_or_string, name, namespace, timestamp, uid, write_conditions,
    write_labels_and_annotations, write_names,
};
use super::related::{Query, Resource};
use super::workload::selector;
use super::writer::{Writer, or_none};
use super::{Context, template};

/// Writes a Deployment.
pub(super) async fn describe(writer: &mut Writer, deployment: &Value, context: Context<'_>) {
    let query =
        Query::labelled(Resource::REPLICA_SETS, namespace(deployment), selector(deployment));
    let sets = context.related.list(query).await.unwrap_or_default();
    let (old, new) = split_by_template(deployment, sets);
    write(writer, deployment);
    if !old.is_empty() || new.is_some() {
        writer.field(0, "OldReplicaSets", or_none(&summaries(&old)));
        writer.field(0, "NewReplicaSet", or_none(&summaries(new.as_slice())));
    }
}

fn write(writer: &mut Writer, deployment: &Value) {
    let (spec, status) = (&deployment["spec"], &deployment["status"]);
    write_names(writer, deployment);
    let created = deployment.at(&["metadata", "creationTimestamp"]);
    writer.field(0, "CreationTimestamp", timestamp(created));
    write_labels_and_annotations(writer, deployment);
    writer.field(0, "Selector", selector(deployment));
    let [updated, total, available, unavailable] =
        ["updatedReplicas", "replicas", "availableReplicas", "unavailableReplicas"]
            .map(|field| status[field].int());
    let desired = spec["replicas"].int();
    let replicas = format!(
        "{desired} desired | {updated} updated | {total} total | {available} available | \
         {unavailable} unavailable"
    );
    writer.field(0, "Replicas", replicas);
    writer.field(0, "StrategyType", spec.at(&["strategy", "type"]).text());
    writer.field(0, "MinReadySeconds", spec["minReadySeconds"].int());
    if let Some(update) = spec["strategy"].get("rollingUpdate") {
        let [unavailable, surge] =
            ["maxUnavailable", "maxSurge"].map(|field| int_or_string(&update[field]));
        let text = format!("{unavailable} max unavailable, {surge} max surge");
        writer.field(0, "RollingUpdateStrategy", text);
    }
    template::write(writer, &spec["template"]);
    write_conditions(writer, &status["conditions"]);
}

/// The Deployment's own ReplicaSets: the old ones by age, and the one whose
/// template is the Deployment's.
fn split_by_template(deployment: &Value, sets: Vec<Value>) -> (Vec<Value>, Option<Value>) {
    let mut own: Vec<Value> = sets
        .into_iter()
        .filter(|set| controller(set).is_some_and(|owner| owner["uid"].text() == uid(deployment)))
        .collect();
    own.sort_by(|a, b| {
        let created = |set: &Value| Time::parse(set.at(&["metadata", "creationTimestamp"]).text());
        created(a).cmp(&created(b)).then_with(|| name(a).cmp(name(b)))
    });
    let template = without_hash(deployment);
    let new = own.iter().position(|set| without_hash(set) == template);
    let new = new.map(|position| own.remove(position));
    (own, new)
}

/// The Pod template without the label that tells ReplicaSets apart.
fn without_hash(workload: &Value) -> Value {
    let mut template = workload.at(&["spec", "template"]).clone();
    if let Some(metadata) = template.get("metadata") {
        let mut metadata = metadata.clone();
        if !metadata["labels"].is_null() {
            metadata["labels"].remove("pod-template-hash");
        }
        template["metadata"] = metadata;
    }
    template
}

fn summaries(sets: &[Value]) -> String {
    let texts: Vec<String> = sets
        .iter()
        .map(|set| {
            let created = set.at(&["status", "replicas"]).int();
            let wanted = set.at(&["spec", "replicas"]).int();
            format!("{} ({created}/{wanted} replicas created)", name(set))
        })
        .collect();
    texts.join(", ")
}
