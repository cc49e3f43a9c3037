//! Namespaces, and the quotas and limits in them.

use std::collections::BTreeSet;

use podyard_engine::quantity::Quantity;
use podyard_engine::value::Value;

use super::Context;
use super::metadata::{name, timestamp, write_labels_and_annotations, write_names};
use super::related::{FetchError, Query, Resource};
use super::writer::Writer;

const LIMIT_COLUMNS: [&str; 7] = [
    "Type",
    "Resource",
    "Min",
    "Max",
    "Default Request",
    "Default Limit",
    "Max Limit/Request Ratio",
];

/// Writes a Namespace with its quotas and limits.
pub(super) async fn namespace(
    writer: &mut Writer,
    namespace: &Value,
    context: Context<'_>,
) -> Result<(), FetchError> {
    let quotas = supported(context, Resource::RESOURCE_QUOTAS, name(namespace)).await?;
    let limits = supported(context, Resource::LIMIT_RANGES, name(namespace)).await?;
    writer.field(0, "Name", name(namespace));
    write_labels_and_annotations(writer, namespace);
    writer.field(0, "Status", namespace.at(&["status", "phase"]).text());
    write_conditions(writer, namespace.at(&["status", "conditions"]));
    if let Some(quotas) = quotas {
        writer.line(0, "");
        write_quotas(writer, quotas);
    }
    if let Some(limits) = limits {
        writer.line(0, "");
        write_limits(writer, &limits);
    }
    Ok(())
}

/// The objects of a kind, or `None` when the server does not know it.
async fn supported(
    context: Context<'_>,
    resource: Resource,
    namespace: &str,
) -> Result<Option<Vec<Value>>, FetchError> {
    match context.related.list(Query::all(resource, namespace)).await {
        Ok(objects) => Ok(Some(objects)),
        Err(error) if error.not_found => Ok(None),
        Err(error) => Err(error),
    }
}

fn write_conditions(writer: &mut Writer, conditions: &Value) {
    if conditions.items().is_empty() {
        return;
    }
    writer.line(0, "Conditions:");
    writer.header(1, &["Type", "Status", "LastTransitionTime", "Reason", "Message"]);
    for condition in conditions.items() {
        let [kind, status, reason, message] =
            ["type", "status", "reason", "message"].map(|field| condition[field].text());
        let changed = timestamp(&condition["lastTransitionTime"]);
        writer.row(1, &[kind, status, &changed, reason, message]);
    }
}

fn write_quotas(writer: &mut Writer, mut quotas: Vec<Value>) {
    if quotas.is_empty() {
        writer.line(0, "No resource quota.");
        return;
    }
    quotas.sort_by(|a, b| name(a).cmp(name(b)));
    writer.line(0, "Resource Quotas");
    for quota in &quotas {
        writer.field(1, "Name", name(quota));
        write_scopes(writer, 1, "* ", quota);
        writer.row(1, &["Resource", "Used", "Hard"]);
        writer.row(1, &["--------", "---", "---"]);
        let status = &quota["status"];
        for (resource, hard) in status["hard"].entries() {
            let used = status["used"][&**resource].as_str().unwrap_or("0");
            writer.row(1, &[resource, used, hard.text()]);
        }
    }
}

fn write_scopes(writer: &mut Writer, level: usize, bullet: &str, quota: &Value) {
    let mut scopes: Vec<&str> =
        quota.at(&["spec", "scopes"]).items().iter().map(Value::text).collect();
    scopes.sort_unstable();
    writer.field_if(level, "Scopes", &scopes.join(", "));
    for help in scopes.into_iter().filter_map(scope_help) {
        writer.line(level, format_args!("{bullet}{help}"));
    }
}

fn scope_help(scope: &str) -> Option<&'static str> {
    Some(match scope {
        "Terminating" => {
            "Matches all pods that have an active deadline. These pods have a limited lifespan on \
             a node before being actively terminated by the system."
        }
        "NotTerminating" => {
            "Matches all pods that do not have an active deadline. These pods usually include \
             long running pods whose container command is not expected to terminate."
        }
        "BestEffort" => {
            "Matches all pods that do not have resource requirements set. These pods have a best \
             effort quality of service."
        }
        "NotBestEffort" => {
            "Matches all pods that have at least one resource requirement set. These pods have a \
             burstable or guaranteed quality of service."
        }
        _ => return None,
    })
}

/// Writes a ResourceQuota.
pub(super) fn resource_quota(writer: &mut Writer, quota: &Value) {
    write_names(writer, quota);
    write_scopes(writer, 0, " * ", quota);
    writer.header(0, &["Resource", "Used", "Hard"]);
    let status = &quota["status"];
    for (resource, hard) in status["hard"].entries() {
        let hard = Quantity::parse_or_zero(hard.text());
        let mut used = Quantity::parse_or_zero(status["used"][&**resource].text());
        if used.notation() != hard.notation() {
            used = Quantity::units(used.value(), hard.notation());
        }
        writer.row(0, &[resource, &used.to_string(), &hard.to_string()]);
    }
}

fn write_limits(writer: &mut Writer, ranges: &[Value]) {
    if ranges.is_empty() {
        writer.line(0, "No LimitRange resource.");
        return;
    }
    writer.line(0, "Resource Limits");
    let mut columns = LIMIT_COLUMNS.map(str::to_owned);
    let mut dashes = LIMIT_COLUMNS.map(|column| "-".repeat(column.len()));
    for cells in [&mut columns, &mut dashes] {
        if let Some(first) = cells.first_mut() {
            first.insert(0, ' ');
        }
        writer.line(0, cells.join("\t"));
    }
    for range in ranges {
        write_limit_items(writer, range, " ");
    }
}

/// Writes a LimitRange.
pub(super) fn limit_range(writer: &mut Writer, range: &Value) {
    write_names(writer, range);
    writer.header(0, &LIMIT_COLUMNS);
    write_limit_items(writer, range, "");
}

fn write_limit_items(writer: &mut Writer, range: &Value, prefix: &str) {
    const FIELDS: [&str; 5] = ["min", "max", "defaultRequest", "default", "maxLimitRequestRatio"];
    for item in range.at(&["spec", "limits"]).items() {
        let resources: BTreeSet<&str> =
            FIELDS.iter().flat_map(|field| item[*field].entries()).map(|(key, _)| &**key).collect();
        for resource in resources {
            let amounts = FIELDS.map(|field| item[field][resource].as_str().unwrap_or("-"));
            let (kind, amounts) = (item["type"].text(), amounts.join("\t"));
            writer.line(0, format_args!("{prefix}{kind}\t{resource}\t{amounts}"));
        }
    }
}
