//! Nodes, with what their Pods take of them.

use std::collections::BTreeSet;

use podyard_engine::api::age::age;
use podyard_engine::api::pod::{Resources, limits, requests};
use podyard_engine::quantity::Quantity;
use podyard_engine::sim::Time;
use podyard_engine::value::Value;

use super::Context;
use super::metadata::{joined, name, namespace, timestamp, write_labels_and_annotations};
use super::related::{FetchError, Query, Resource};
use super::writer::{Writer, or_none, or_unset};

/// Writes a Node.
pub(super) async fn describe(
    writer: &mut Writer,
    node: &Value,
    context: Context<'_>,
) -> Result<(), FetchError> {
    let fields =
        format!("spec.nodeName={},status.phase!=Succeeded,status.phase!=Failed", name(node));
    let query = Query { fields, ..Query::all(Resource::PODS, "") };
    let pods = context.related.list(query).await?;
    let lease = context.related.get(Resource::LEASES, "kube-node-lease", name(node)).await;
    let (spec, status) = (&node["spec"], &node["status"]);
    writer.field(0, "Name", name(node));
    writer.field(0, "Roles", or_none(&roles(node)));
    write_labels_and_annotations(writer, node);
    writer.field(0, "CreationTimestamp", timestamp(node.at(&["metadata", "creationTimestamp"])));
    write_taints(writer, &spec["taints"]);
    writer.field(0, "Unschedulable", spec["unschedulable"].is_true());
    match lease {
        Ok(lease) => write_lease(writer, &lease["spec"]),
        Err(error) => writer.field(0, "Lease", format_args!("Failed to get lease: {error}")),
    }
    write_conditions(writer, &status["conditions"]);
    writer.line(0, "Addresses:");
    for address in status["addresses"].items() {
        writer.field(1, address["type"].text(), address["address"].text());
    }
    for (label, field) in [("Capacity", "capacity"), ("Allocatable", "allocatable")] {
        if !status[field].is_empty() {
            writer.line(0, format_args!("{label}:"));
        }
        for (resource, amount) in status[field].entries() {
            writer.field(1, resource, amount.text());
        }
    }
    write_system_info(writer, &status["nodeInfo"]);
    writer.field_if(0, "PodCIDR", spec["podCIDR"].text());
    writer.field_if(0, "PodCIDRs", &joined(&spec["podCIDRs"], ","));
    writer.field_if(0, "ProviderID", spec["providerID"].text());
    write_pods(writer, node, &pods, context.now);
    write_totals(writer, node, &pods);
    Ok(())
}

fn roles(node: &Value) -> String {
    let mut roles = BTreeSet::new();
    for (key, value) in node.at(&["metadata", "labels"]).entries() {
        match key.strip_prefix("node-role.kubernetes.io/") {
            Some(role) => roles.insert(role),
            None if &**key == "kubernetes.io/role" => roles.insert(value.text()),
            None => continue,
        };
    }
    roles.remove("");
    roles.into_iter().collect::<Vec<_>>().join(",")
}

fn write_taints(writer: &mut Writer, taints: &Value) {
    let mut taints: Vec<&Value> = taints.items().iter().collect();
    taints.sort_by_key(|taint| format!("{},{}", taint["effect"].text(), taint["key"].text()));
    let lines = taints.into_iter().map(|taint| {
        let [key, value, effect] = ["key", "value", "effect"].map(|field| taint[field].text());
        match (value, effect) {
            ("", "") => key.to_owned(),
            ("", effect) => format!("{key}:{effect}"),
            (value, effect) => format!("{key}={value}:{effect}"),
        }
    });
    writer.lines(0, "Taints", lines);
}

fn write_lease(writer: &mut Writer, lease: &Value) {
    writer.line(0, "Lease:");
    writer.field(1, "HolderIdentity", or_unset(lease["holderIdentity"].text()));
    for (label, field) in [("AcquireTime", "acquireTime"), ("RenewTime", "renewTime")] {
        let time = lease.get(field).map(timestamp).unwrap_or_default();
        writer.field(1, label, or_unset(&time));
    }
}

fn write_conditions(writer: &mut Writer, conditions: &Value) {
    if conditions.items().is_empty() {
        return;
    }
    writer.line(0, "Conditions:");
    writer.row(
        1,
        &["Type", "Status", "LastHeartbeatTime", "LastTransitionTime", "Reason", "Message"],
    );
    writer.row(
        1,
        &["----", "------", "-----------------", "------------------", "------", "-------"],
    );
    for condition in conditions.items() {
        let [kind, status, reason, message] =
            ["type", "status", "reason", "message"].map(|field| condition[field].text());
        let beat = timestamp(&condition["lastHeartbeatTime"]);
        let changed = timestamp(&condition["lastTransitionTime"]);
        let line = format!("{kind} \t{status} \t{beat} \t{changed} \t{reason} \t{message}");
        writer.line(1, line);
    }
}

fn write_system_info(writer: &mut Writer, info: &Value) {
    writer.line(0, "System Info:");
    for (label, field) in [
        ("Machine ID", "machineID"),
        ("System UUID", "systemUUID"),
        ("Boot ID", "bootID"),
        ("Kernel Version", "kernelVersion"),
        ("OS Image", "osImage"),
        ("Operating System", "operatingSystem"),
        ("Architecture", "architecture"),
        ("Container Runtime Version", "containerRuntimeVersion"),
        ("Kubelet Version", "kubeletVersion"),
        ("Kube-Proxy Version", "kubeProxyVersion"),
    ] {
        writer.field(1, label, info[field].text());
    }
}

/// What of a resource there is to give away.
fn allocatable(node: &Value, resource: &str) -> Quantity {
    let status = &node["status"];
    let list = if status["allocatable"].is_empty() { "capacity" } else { "allocatable" };
    Quantity::parse_or_zero(status[list][resource].text())
}

fn write_pods(writer: &mut Writer, node: &Value, pods: &[Value], now: Time) {
    writer.field(0, "Non-terminated Pods", format_args!("({} in total)", pods.len()));
    let header = "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge";
    writer.line(1, header);
    let dashes = "---------\t----\t\t------------\t----------\t---------------\t-------------\t---";
    writer.line(1, dashes);
    for pod in pods {
        let (requests, limits) = (requests(&pod["spec"]), limits(&pod["spec"]));
        let cells: Vec<String> = ["cpu", "memory"]
            .iter()
            .flat_map(|resource| {
                let of = allocatable(node, resource);
                [&requests, &limits].map(|amounts| share(amounts, resource, of))
            })
            .collect();
        let age = age(pod.at(&["metadata", "creationTimestamp"]), now);
        let (namespace, name, cells) = (namespace(pod), name(pod), cells.join("\t"));
        writer.line(1, format_args!("{namespace}\t{name}\t\t{cells}\t{age}"));
    }
}

fn write_totals(writer: &mut Writer, node: &Value, pods: &[Value]) {
    let requests = sum(pods, requests);
    let limits = sum(pods, limits);
    writer.line(0, "Allocated resources:");
    writer.line(1, "(Total limits may be over 100 percent, i.e., overcommitted.)");
    writer.header(1, &["Resource", "Requests", "Limits"]);
    let known: Vec<&str> = match &node["status"]["allocatable"] {
        list if list.is_empty() => &node["status"]["capacity"],
        list => list,
    }
    .entries()
    .map(|(resource, _)| &**resource)
    .collect();
    let huge = known.iter().copied().filter(|resource| resource.starts_with("hugepages-"));
    for resource in ["cpu", "memory", "ephemeral-storage"].into_iter().chain(huge) {
        let of = allocatable(node, resource);
        let cells = [&requests, &limits].map(|amounts| share(amounts, resource, of));
        writer.line(1, format_args!("{resource}\t{}", cells.join("\t")));
    }
    let is_extended = |resource: &&str| {
        !matches!(*resource, "cpu" | "memory" | "ephemeral-storage" | "pods")
            && !resource.starts_with("hugepages-")
    };
    for resource in known.into_iter().filter(is_extended) {
        let cells = [&requests, &limits]
            .map(|amounts| amounts.get(resource).copied().unwrap_or_default().to_string());
        writer.line(1, format_args!("{resource}\t{}", cells.join("\t")));
    }
}

/// The sum of something over all Pods.
fn sum(pods: &[Value], of: fn(&Value) -> Resources) -> Resources {
    let mut sum = Resources::new();
    for (resource, amount) in pods.iter().flat_map(|pod| of(&pod["spec"])) {
        let known = sum.entry(resource).or_default();
        *known = *known + amount;
    }
    sum
}

/// An amount, and how much of all there is that makes, in percent.
fn share(amounts: &Resources, resource: &str, of: Quantity) -> String {
    let amount = amounts.get(resource).copied().unwrap_or_default();
    let (part, whole) = if resource == "cpu" {
        (amount.milli_value(), of.milli_value())
    } else {
        (amount.value(), of.value())
    };
    format!("{amount} ({}%)", percent(part, whole))
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "kubectl computes with floats and cuts the fraction off"
)]
fn percent(part: i64, whole: i64) -> i64 {
    if whole == 0 { 0 } else { (part as f64 / whole as f64 * 100.0) as i64 }
}
