//! PersistentVolumeClaims, on their own and in templates.

use podyard_engine::api::age::age;
use podyard_engine::value::Value;

use super::Context;
use super::metadata::{
    bracketed, name, namespace, timestamp, uid, write_labels, write_labels_and_annotations,
    write_names,
};
use super::related::{FetchError, Query, Resource};
use super::storage::access_modes;
use super::writer::Writer;

/// Writes a claim, and the Pods that use it.
pub(super) async fn describe(
    writer: &mut Writer,
    claim: &Value,
    context: Context<'_>,
) -> Result<(), FetchError> {
    let pods = context.related.list(Query::all(Resource::PODS, namespace(claim))).await?;
    write_names(writer, claim);
    writer.field(0, "StorageClass", class(claim));
    match claim.at(&["metadata", "deletionTimestamp"]) {
        Value::Null => writer.field(0, "Status", claim.at(&["status", "phase"]).text()),
        deleted => {
            let since = age(deleted, context.now);
            writer.field(0, "Status", format_args!("Terminating (lasts {since})"));
        }
    }
    writer.field(0, "Volume", claim.at(&["spec", "volumeName"]).text());
    write_labels_and_annotations(writer, claim);
    writer.field(0, "Finalizers", bracketed(claim.at(&["metadata", "finalizers"])));
    write_spec(writer, claim);
    let mut users: Vec<&str> = pods.iter().filter(|pod| uses(pod, claim)).map(name).collect();
    users.sort_unstable();
    writer.lines(0, "Used By", users);
    write_conditions(writer, claim.at(&["status", "conditions"]));
    Ok(())
}

/// Writes the template of a claim that a Pod brings along.
pub(super) fn write_template(writer: &mut Writer, template: &Value) {
    writer.field(0, "StorageClass", class(template));
    writer.field(0, "Volume", template.at(&["spec", "volumeName"]).text());
    write_labels_and_annotations(writer, template);
    write_spec(writer, template);
}

fn write_spec(writer: &mut Writer, claim: &Value) {
    let spec = &claim["spec"];
    let bound = !spec["volumeName"].is_empty();
    let status = if bound { &claim["status"] } else { &Value::Null };
    let capacity = match status.at(&["capacity", "storage"]) {
        Value::Null if bound => "0",
        amount => amount.text(),
    };
    writer.field(0, "Capacity", capacity);
    writer.field(0, "Access Modes", access_modes(&status["accessModes"]));
    if let Some(mode) = spec.get("volumeMode") {
        writer.field(0, "VolumeMode", mode.text());
    }
    if let Some(source) = spec.get("dataSource") {
        writer.line(0, "DataSource:");
        if let Some(group) = source.get("apiGroup") {
            writer.field(1, "APIGroup", group.text());
        }
        writer.field(1, "Kind", source["kind"].text());
        writer.field(1, "Name", source["name"].text());
    }
}

fn uses(pod: &Value, claim: &Value) -> bool {
    let volumes = pod.at(&["spec", "volumes"]).items();
    let mounted = volumes
        .iter()
        .any(|volume| volume.at(&["persistentVolumeClaim", "claimName"]).text() == name(claim));
    let owners = claim.at(&["metadata", "ownerReferences"]).items();
    let owned =
        owners.iter().any(|owner| owner["kind"].text() == "Pod" && owner["uid"].text() == uid(pod));
    mounted || owned
}

/// The storage class of a claim or a volume, by its old annotation or by its field.
pub(super) fn class(object: &Value) -> &str {
    let annotation = "volume.beta.kubernetes.io/storage-class";
    match object.at(&["metadata", "annotations", annotation]) {
        Value::Null => object.at(&["spec", "storageClassName"]).text(),
        class => class.text(),
    }
}

fn write_conditions(writer: &mut Writer, conditions: &Value) {
    if conditions.items().is_empty() {
        return;
    }
    writer.line(0, "Conditions:");
    writer.row(1, &["Type", "Status", "LastProbeTime", "LastTransitionTime", "Reason", "Message"]);
    writer.row(
        1,
        &["----", "------", "-----------------", "------------------", "------", "-------"],
    );
    for condition in conditions.items() {
        let [kind, status, reason, message] =
            ["type", "status", "reason", "message"].map(|field| condition[field].text());
        let probed = timestamp(&condition["lastProbeTime"]);
        let changed = timestamp(&condition["lastTransitionTime"]);
        let line = format!("{kind} \t{status} \t{probed} \t{changed} \t{reason} \t{message}");
        writer.line(1, line);
    }
}

/// Writes the claim templates of a StatefulSet.
pub(super) fn write_claim_templates(writer: &mut Writer, templates: &Value) {
    if templates.items().is_empty() {
        writer.field(0, "Volume Claims", "<none>");
        return;
    }
    writer.line(0, "Volume Claims:");
    for template in templates.items() {
        writer.field(1, "Name", name(template));
        writer.field(1, "StorageClass", class(template));
        write_labels(writer, 1, "Labels", template.at(&["metadata", "labels"]));
        write_labels(writer, 1, "Annotations", template.at(&["metadata", "annotations"]));
        let capacity = template.at(&["spec", "resources", "requests", "storage"]);
        writer.field(1, "Capacity", capacity.as_str().unwrap_or("<default>"));
        writer.field(1, "Access Modes", bracketed(template.at(&["spec", "accessModes"])));
    }
}
