//! The conversion between `autoscaling/v1` and the stored `v2`.
//!
//! `v1` knows a target for the CPU only; all else travels in annotations.
//! Source: `pkg/apis/autoscaling/v1/conversion.go`.

use super::{CPU_PERCENT, cpu_metric};
use crate::value;
use crate::value::{Value, parse_json};

const METRICS: &str = "autoscaling.alpha.kubernetes.io/metrics";
const CURRENT_METRICS: &str = "autoscaling.alpha.kubernetes.io/current-metrics";
const CONDITIONS: &str = "autoscaling.alpha.kubernetes.io/conditions";
const BEHAVIOR: &str = "autoscaling.alpha.kubernetes.io/behavior";

pub(super) fn to_stored(autoscaler: &mut Value) {
    let mut metrics: Vec<Value> = Vec::new();
    if let Some(percent) = autoscaler["spec"].remove("targetCPUUtilizationPercentage") {
        metrics.push(cpu_metric(percent.int()));
    }
    let others = take_annotation(autoscaler, METRICS);
    metrics.extend(others.items().iter().map(|metric| to_v2(metric, "target")));
    if metrics.is_empty() {
        metrics.push(cpu_metric(CPU_PERCENT));
    }
    autoscaler["spec"].set("metrics", metrics);
    let behavior = take_annotation(autoscaler, BEHAVIOR);
    if !behavior.is_null() {
        autoscaler["spec"].set("behavior", behavior);
    }
    let mut current: Vec<Value> = Vec::new();
    if let Some(percent) = autoscaler["status"].remove("currentCPUUtilizationPercentage") {
        let current_cpu = value!({ "averageUtilization": percent });
        current.push(value!({
            "type": "Resource",
            "resource": { "name": "cpu", "current": current_cpu },
        }));
    }
    let others = take_annotation(autoscaler, CURRENT_METRICS);
    current.extend(others.items().iter().map(|metric| to_v2(metric, "current")));
    let current = if current.is_empty() { Value::Null } else { current.into() };
    autoscaler["status"].set("currentMetrics", current);
    let conditions = take_annotation(autoscaler, CONDITIONS);
    if !conditions.is_null() {
        autoscaler["status"].set("conditions", conditions);
    }
}

pub(super) fn from_stored(autoscaler: &mut Value) {
    let metrics = autoscaler["spec"].remove("metrics").unwrap_or_default();
    let (cpu, others) = split_cpu(&metrics, "target");
    if let Some(percent) = cpu {
        autoscaler["spec"].set("targetCPUUtilizationPercentage", percent);
    }
    annotate(autoscaler, METRICS, &others.iter().map(|metric| to_v1(metric, "target")).collect());
    let behavior = autoscaler["spec"].remove("behavior").unwrap_or_default();
    annotate(autoscaler, BEHAVIOR, &behavior);
    let status = &mut autoscaler["status"];
    // Written by `v1` even when zero.
    status.set_default("currentReplicas", 0);
    let current = status.remove("currentMetrics").unwrap_or_default();
    let conditions = status.remove("conditions").unwrap_or_default();
    let (cpu, others) = split_cpu(&current, "current");
    if let Some(percent) = cpu {
        status.set("currentCPUUtilizationPercentage", percent);
    }
    annotate(
        autoscaler,
        CURRENT_METRICS,
        &others.iter().map(|metric| to_v1(metric, "current")).collect(),
    );
    annotate(autoscaler, CONDITIONS, &conditions);
}

/// The share of the CPU that the first such metric names, and all others.
fn split_cpu(metrics: &Value, field: &str) -> (Option<i64>, Vec<Value>) {
    let mut percent = None;
    let mut others = Vec::new();
    for metric in metrics.items() {
        let own = metric.at(&["resource", field, "averageUtilization"]).as_int();
        let is_cpu =
            metric["type"].text() == "Resource" && metric.at(&["resource", "name"]).text() == "cpu";
        match own {
            Some(own) if is_cpu && percent.is_none() => percent = Some(own),
            _ => others.push(metric.clone()),
        }
    }
    (percent, others)
}

fn take_annotation(autoscaler: &mut Value, name: &str) -> Value {
    if autoscaler.at(&["metadata", "annotations", name]).is_null() {
        return Value::Null;
    }
    let metadata = &mut autoscaler["metadata"];
    let text = metadata["annotations"].remove(name).unwrap_or_default();
    if metadata["annotations"].is_empty() {
        metadata.remove("annotations");
    }
    parse_json(text.text().as_bytes()).unwrap_or_default()
}

fn annotate(autoscaler: &mut Value, name: &str, value: &Value) {
    if !value.is_empty() {
        let text = value.to_json();
        autoscaler.at_mut(&["metadata", "annotations"]).set(name, text);
    }
}

/// The fields of a source in `v1`, each with its place in `v2`. `side` is
/// `target` in a spec and `current` in a status.
fn fields(source: &str, side: &'static str) -> Vec<(String, [&'static str; 2])> {
    let plain = |name: &str, path| (name.to_owned(), path);
    let sided = |name: &str, field| (format!("{side}{name}"), [side, field]);
    match source {
        "object" => vec![
            plain("metricName", ["metric", "name"]),
            plain("selector", ["metric", "selector"]),
            sided("Value", "value"),
            plain("averageValue", [side, "averageValue"]),
        ],
        "pods" => vec![
            plain("metricName", ["metric", "name"]),
            plain("selector", ["metric", "selector"]),
            sided("AverageValue", "averageValue"),
        ],
        "external" => vec![
            plain("metricName", ["metric", "name"]),
            plain("metricSelector", ["metric", "selector"]),
            sided("Value", "value"),
            sided("AverageValue", "averageValue"),
        ],
        _ => vec![
            sided("AverageUtilization", "averageUtilization"),
            sided("AverageValue", "averageValue"),
        ],
    }
}

/// A metric of `v1` as one of `v2`.
fn to_v2(metric: &Value, side: &'static str) -> Value {
    convert(metric, |name, source, out| {
        if let Some(object) = source.get("target").filter(|_| name == "object") {
            out.set("describedObject", object.clone());
        }
        for (old, path) in fields(name, side) {
            if let Some(value) = source.get(&old) {
                *out.at_mut(&path) = value.clone();
            }
        }
        let kinds = [
            ("averageUtilization", "Utilization"),
            ("averageValue", "AverageValue"),
            ("value", "Value"),
        ];
        let target = &mut out[side];
        let kind = kinds.iter().find(|(field, _)| !target[*field].is_null());
        if let Some((_, kind)) = kind.filter(|_| side == "target") {
            target.set("type", *kind);
        }
    })
}

/// A metric of `v2` as one of `v1`.
fn to_v1(metric: &Value, side: &'static str) -> Value {
    convert(metric, |name, source, out| {
        if let Some(object) = source.get("describedObject") {
            out.set("target", object.clone());
        }
        for (old, path) in fields(name, side) {
            let value = source.at(&path);
            if !value.is_null() {
                out.set(old, value.clone());
            }
        }
    })
}

/// A metric with its source rewritten; the name of a resource and of its
/// container are the same in both versions.
fn convert(metric: &Value, rewrite: impl Fn(&str, &Value, &mut Value)) -> Value {
    let mut converted = value!({ "type": (metric["type"].clone()) });
    for (name, source) in metric.entries().filter(|(name, _)| &***name != "type") {
        let mut out = Value::map();
        for field in ["name", "container"] {
            if let Some(value) = source.get(field) {
                out.set(field, value.clone());
            }
        }
        rewrite(name, source, &mut out);
        converted.set(&**name, out);
    }
    converted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(v1: Value, v2: Value) {
        let mut stored = v1.clone();
        to_stored(&mut stored);
        assert_eq!(stored.to_json(), v2.to_json());
        from_stored(&mut stored);
        stored["status"].remove("currentReplicas");
        if stored["status"].is_empty() {
            stored.remove("status");
        }
        assert_eq!(stored.to_json(), v1.to_json());
    }

    #[test]
    fn the_cpu_target_becomes_a_metric() {
        check(
            value!({ "spec": { "maxReplicas": 3, "targetCPUUtilizationPercentage": 50 } }),
            value!({
                "spec": { "maxReplicas": 3, "metrics": [(cpu_metric(50))] },
                "status": { "currentMetrics": null },
            }),
        );
    }

    #[test]
    fn other_metrics_travel_in_an_annotation() {
        let pods = r#"[{"pods":{"metricName":"hits","targetAverageValue":"10"},"type":"Pods"}]"#;
        let metric = value!({
            "type": "Pods",
            "pods": {
                "metric": { "name": "hits" },
                "target": { "type": "AverageValue", "averageValue": "10" },
            },
        });
        check(
            value!({
                "metadata": { "annotations": { "autoscaling.alpha.kubernetes.io/metrics": pods } },
                "spec": { "maxReplicas": 3 },
            }),
            value!({
                "metadata": {},
                "spec": { "maxReplicas": 3, "metrics": [metric] },
                "status": { "currentMetrics": null },
            }),
        );
    }
}
