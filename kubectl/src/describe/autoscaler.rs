//! HorizontalPodAutoscalers, as `autoscaling/v2` and `v1` have them.

use podyard_engine::value::Value;

use super::Context;
use super::metadata::{name, namespace, timestamp, write_labels_and_annotations, write_names};
use super::related::Resource;
use super::writer::Writer;
use crate::print::quote;

/// Writes an autoscaler, in its newer version if the server has that.
pub(super) async fn describe(writer: &mut Writer, autoscaler: &Value, context: Context<'_>) {
    let wanted = (namespace(autoscaler), name(autoscaler));
    let newer = match autoscaler["apiVersion"].text() {
        "autoscaling/v1" => {
            context.related.get(Resource::AUTOSCALERS, wanted.0, wanted.1).await.ok()
        }
        _ => None,
    };
    write(writer, newer.as_ref().unwrap_or(autoscaler));
}

fn write(writer: &mut Writer, autoscaler: &Value) {
    let (spec, status) = (&autoscaler["spec"], &autoscaler["status"]);
    write_names(writer, autoscaler);
    write_labels_and_annotations(writer, autoscaler);
    let created = autoscaler.at(&["metadata", "creationTimestamp"]);
    writer.field(0, "CreationTimestamp", timestamp(created));
    let target = &spec["scaleTargetRef"];
    let kind = target["kind"].text();
    writer.field(0, "Reference", format_args!("{kind}/{}", target["name"].text()));
    if autoscaler["apiVersion"].text() == "autoscaling/v1" {
        write_cpu_target(writer, spec, status);
    } else {
        write_metrics(writer, spec, status);
    }
    let minimum = spec["minReplicas"].as_int();
    let minimum = minimum.map_or_else(|| "<unset>".to_owned(), |minimum| minimum.to_string());
    writer.field(0, "Min replicas", minimum);
    writer.field(0, "Max replicas", spec["maxReplicas"].int());
    if let Some(behavior) = spec.get("behavior") {
        writer.line(0, "Behavior:");
        write_behavior(writer, "Scale Up", &behavior["scaleUp"]);
        write_behavior(writer, "Scale Down", &behavior["scaleDown"]);
    }
    let (current, desired) = (status["currentReplicas"].int(), status["desiredReplicas"].int());
    let pods = format!("{current} current / {desired} desired");
    writer.field(0, &format!("{kind} pods"), pods);
    write_conditions(writer, &status["conditions"]);
}

fn write_cpu_target(writer: &mut Writer, spec: &Value, status: &Value) {
    let Some(target) = spec["targetCPUUtilizationPercentage"].as_int() else { return };
    writer.field(0, "Target CPU utilization", format_args!("{target}%"));
    let current = match status["currentCPUUtilizationPercentage"].as_int() {
        Some(current) => current.to_string(),
        None => "<unknown>".to_owned(),
    };
    writer.field(0, "Current CPU utilization", format_args!("{current}%"));
}

fn write_metrics(writer: &mut Writer, spec: &Value, status: &Value) {
    writer.field(0, "Metrics", "( current / target )");
    for (index, metric) in spec["metrics"].items().iter().enumerate() {
        let current = status["currentMetrics"].items().get(index).unwrap_or(&Value::Null);
        write_metric(writer, metric, current);
    }
}

fn write_metric(writer: &mut Writer, metric: &Value, current: &Value) {
    let field = match metric["type"].text() {
        "External" => "external",
        "Pods" => "pods",
        "Object" => "object",
        "Resource" => "resource",
        "ContainerResource" => "containerResource",
        other => {
            writer.line(1, format_args!("<unknown metric type {}>", quote(other)));
            return;
        }
    };
    let (source, current) = (&metric[field], &current[field]["current"]);
    let target = &source["target"];
    let name = source.at(&["metric", "name"]).text();
    let by_average = !target["averageValue"].is_null();
    let (what, value) = match field {
        "pods" => (format!("{} on pods", quote(name)), "averageValue"),
        "object" => {
            let object = &source["describedObject"];
            let (kind, object) = (object["kind"].text(), object["name"].text());
            let (about, value) = target_kind(target["type"].text() == "AverageValue");
            (format!("\"{name}\" on {kind}/{object} ({about})"), value)
        }
        "external" => {
            let (about, value) = target_kind(by_average);
            (format!("{} ({about})", quote(name)), value)
        }
        _ => {
            let resource = source["name"].text();
            let container = match field {
                "resource" => String::new(),
                _ => format!(" of container \"{}\"", source["container"].text()),
            };
            let what = format!("resource {resource}{container} on pods");
            if !by_average {
                write_utilization(writer, &what, target, current);
                return;
            }
            (what, "averageValue")
        }
    };
    let current = current[value].as_str().unwrap_or("<unknown>");
    writer.field(1, &what, format_args!("{current} / {}", target[value].text()));
}

fn target_kind(average: bool) -> (&'static str, &'static str) {
    if average { ("target average value", "averageValue") } else { ("target value", "value") }
}

fn write_utilization(writer: &mut Writer, what: &str, target: &Value, current: &Value) {
    let current = match current["averageUtilization"].as_int() {
        Some(share) => format!("{share}% ({})", current["averageValue"].as_str().unwrap_or("0")),
        None => "<unknown>".to_owned(),
    };
    let target = match target["averageUtilization"].as_int() {
        Some(share) => format!("{share}%"),
        None => "<auto>".to_owned(),
    };
    let label = format!("{what}  (as a percentage of request)");
    writer.field(1, &label, format_args!("{current} / {target}"));
}

fn write_behavior(writer: &mut Writer, direction: &str, rules: &Value) {
    if rules.is_null() {
        return;
    }
    writer.line(1, format_args!("{direction}:"));
    if let Some(seconds) = rules["stabilizationWindowSeconds"].as_int() {
        writer.line(2, format_args!("Stabilization Window: {seconds} seconds"));
    }
    let policies = rules["policies"].items();
    if policies.is_empty() {
        return;
    }
    let select = rules["selectPolicy"].as_str().unwrap_or("Max");
    writer.line(2, format_args!("Select Policy: {select}"));
    writer.line(2, "Policies:");
    for policy in policies {
        let kind = policy["type"].text();
        let (value, period) = (policy["value"].int(), policy["periodSeconds"].int());
        let line = format!("- Type: {kind}\tValue: {value}\tPeriod: {period} seconds");
        writer.line(3, line);
    }
}

fn write_conditions(writer: &mut Writer, conditions: &Value) {
    if conditions.items().is_empty() {
        return;
    }
    writer.line(0, "Conditions:");
    writer.header(1, &["Type", "Status", "Reason", "Message"]);
    for condition in conditions.items() {
        let cells = ["type", "status", "reason", "message"].map(|field| condition[field].text());
        writer.row(1, &cells);
    }
}
