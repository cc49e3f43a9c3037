//! The controllers that own Pods directly: ReplicationControllers,
//! ReplicaSets, DaemonSets and StatefulSets.

use podyard_engine::api::selector::{Selector, label_selector_cell, labels_cell};
use podyard_engine::value::Value;

use super::claim::write_claim_templates;
use super::metadata::{
    controller, int_or_string, name, namespace, timestamp, uid, write_conditions, write_controller,
    write_labels_and_annotations, write_names,
};
use super::related::{FetchError, Query, Resource};
use super::writer::Writer;
use super::{Context, template};

/// Writes a workload with the number of its Pods in each phase.
pub(super) async fn describe(
    writer: &mut Writer,
    workload: &Value,
    context: Context<'_>,
) -> Result<(), FetchError> {
    let pods = pods(workload, context).await;
    match workload["kind"].text() {
        "ReplicaSet" => {
            let counts = match &pods {
                Ok(pods) => counts(workload, pods),
                Err(error) => format!("error in fetching pods: {error}"),
            };
            write_replica_set(writer, workload, &counts);
        }
        "ReplicationController" => {
            write_replication_controller(writer, workload, &counts(workload, &pods?));
        }
        "DaemonSet" => write_daemon_set(writer, workload, &counts(workload, &pods?)),
        _ => write_stateful_set(writer, workload, &counts(workload, &pods?)),
    }
    Ok(())
}

/// The printed form of a workload's selector; empty when it is broken.
pub(super) fn selector(workload: &Value) -> String {
    let selector = workload.at(&["spec", "selector"]);
    Selector::from_object(selector).map(|selector| selector.to_string()).unwrap_or_default()
}

async fn pods(workload: &Value, context: Context<'_>) -> Result<Vec<Value>, FetchError> {
    let labels = match workload["kind"].text() {
        "ReplicationController" => {
            Selector::from_labels(workload.at(&["spec", "selector"])).to_string()
        }
        _ => selector(workload),
    };
    context.related.list(Query::labelled(Resource::PODS, namespace(workload), labels)).await
}

fn counts(workload: &Value, pods: &[Value]) -> String {
    let own =
        |pod: &&Value| controller(pod).is_some_and(|owner| owner["uid"].text() == uid(workload));
    let [running, waiting, succeeded, failed] =
        ["Running", "Pending", "Succeeded", "Failed"].map(|phase| {
            let fits = |pod: &&Value| pod.at(&["status", "phase"]).text() == phase;
            pods.iter().filter(own).filter(fits).count()
        });
    format!("{running} Running / {waiting} Waiting / {succeeded} Succeeded / {failed} Failed")
}

fn write_replicas(writer: &mut Writer, workload: &Value, counts: &str) {
    let current = workload.at(&["status", "replicas"]).int();
    let desired = workload.at(&["spec", "replicas"]).int();
    writer.field(0, "Replicas", format_args!("{current} current / {desired} desired"));
    writer.field(0, "Pods Status", counts);
    template::write(writer, workload.at(&["spec", "template"]));
    write_conditions(writer, workload.at(&["status", "conditions"]));
}

fn write_replica_set(writer: &mut Writer, set: &Value, counts: &str) {
    write_names(writer, set);
    writer.field(0, "Selector", label_selector_cell(set.at(&["spec", "selector"])));
    write_labels_and_annotations(writer, set);
    write_controller(writer, set);
    write_replicas(writer, set, counts);
}

fn write_replication_controller(writer: &mut Writer, controller: &Value, counts: &str) {
    write_names(writer, controller);
    writer.field(0, "Selector", labels_cell(controller.at(&["spec", "selector"])));
    write_labels_and_annotations(writer, controller);
    write_replicas(writer, controller, counts);
}

fn write_daemon_set(writer: &mut Writer, set: &Value, counts: &str) {
    let status = &set["status"];
    let template = set.at(&["spec", "template"]);
    writer.field(0, "Name", name(set));
    writer.field(0, "Selector", selector(set));
    writer.field(0, "Node-Selector", labels_cell(template.at(&["spec", "nodeSelector"])));
    write_labels_and_annotations(writer, set);
    for (what, field) in [
        ("Desired Number of Nodes Scheduled", "desiredNumberScheduled"),
        ("Current Number of Nodes Scheduled", "currentNumberScheduled"),
        ("Number of Nodes Scheduled with Up-to-date Pods", "updatedNumberScheduled"),
        ("Number of Nodes Scheduled with Available Pods", "numberAvailable"),
        ("Number of Nodes Misscheduled", "numberMisscheduled"),
    ] {
        writer.line(0, format_args!("{what}: {}", status[field].int()));
    }
    writer.field(0, "Pods Status", counts);
    template::write(writer, template);
}

fn write_stateful_set(writer: &mut Writer, set: &Value, counts: &str) {
    let (spec, status) = (&set["spec"], &set["status"]);
    write_names(writer, set);
    writer.field(0, "CreationTimestamp", timestamp(set.at(&["metadata", "creationTimestamp"])));
    writer.field(0, "Selector", selector(set));
    write_labels_and_annotations(writer, set);
    let (desired, total) = (spec["replicas"].int(), status["replicas"].int());
    writer.field(0, "Replicas", format_args!("{desired} desired | {total} total"));
    let strategy = &spec["updateStrategy"];
    writer.field(0, "Update Strategy", strategy["type"].text());
    if let Some(partition) = strategy.at(&["rollingUpdate", "partition"]).as_int() {
        writer.field(1, "Partition", partition);
        if let Some(unavailable) = strategy["rollingUpdate"].get("maxUnavailable") {
            writer.field(1, "MaxUnavailable", int_or_string(unavailable));
        }
    }
    writer.field(0, "Pods Status", counts);
    template::write(writer, &spec["template"]);
    write_claim_templates(writer, &spec["volumeClaimTemplates"]);
}
