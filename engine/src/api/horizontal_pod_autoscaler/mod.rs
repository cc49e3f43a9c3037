//! HorizontalPodAutoscaler: changes a workload's replicas as its load changes.
//!
//! Sources: `pkg/apis/autoscaling` (`v2/defaults.go`, `validation`), and the
//! printer.

mod metrics;
mod v1;
mod validate;

use super::age::object_age;
use super::{Column, Kind, table};
use crate::sim::Time;
use crate::value;
use crate::value::Value;

/// The row of `autoscaling/v2`, which is stored.
pub static KIND: Kind = Kind {
    version: "v2",
    schema: "io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler",
    default,
    ..ANY_VERSION
};

/// The row of `autoscaling/v1`, which is only served.
pub static V1_KIND: Kind = Kind {
    version: "v1",
    schema: "io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler",
    default: |autoscaler| autoscaler["spec"].set_default("minReplicas", 1),
    stored_as: Some(super::StoredAs {
        kind: &KIND,
        to_stored: v1::to_stored,
        from_stored: v1::from_stored,
    }),
    ..ANY_VERSION
};

/// What the versions have in common.
const ANY_VERSION: Kind = Kind {
    group: "autoscaling",
    kind: "HorizontalPodAutoscaler",
    plural: "horizontalpodautoscalers",
    singular: "horizontalpodautoscaler",
    short_names: &["hpa"],
    categories: &["all"],
    subresources: &["status"],
    prepare: |new, old| {
        if old.is_none() {
            new.set("status", value!({ "desiredReplicas": 0, "currentMetrics": null }));
        }
    },
    validate: validate::validate,
    validate_update: |new, _, errors| validate::validate(new, errors),
    validate_status: validate::validate_status,
    columns: COLUMNS,
    cells,
    ..Kind::BASE
};

const COLUMNS: &[Column] = &[
    table::NAME,
    Column::text("Reference", "What is scaled."),
    Column::text("Targets", "The current and the wished value of each metric."),
    Column::text("MinPods", "The fewest replicas."),
    Column::text("MaxPods", "The most replicas."),
    Column::text("Replicas", "How many replicas there are."),
    table::AGE,
];

/// The share of the CPU request aimed at, unless an autoscaler says.
const CPU_PERCENT: i64 = 80;

fn default(autoscaler: &mut Value) {
    let spec = &mut autoscaler["spec"];
    spec.set_default("minReplicas", 1);
    if spec["metrics"].is_empty() {
        spec.set("metrics", value!([(cpu_metric(CPU_PERCENT))]));
    }
    if spec["behavior"].is_null() {
        return;
    }
    let half = |policies: Value| value!({ "selectPolicy": "Max", "policies": policies });
    let percent = value!({ "type": "Percent", "value": 100, "periodSeconds": 15 });
    let pods = value!({ "type": "Pods", "value": 4, "periodSeconds": 15 });
    let mut up = half(value!([pods, (percent.clone())]));
    up.set("stabilizationWindowSeconds", 0);
    default_rules(spec, "scaleUp", up);
    default_rules(spec, "scaleDown", half(value!([percent])));
}

fn default_rules(spec: &mut Value, direction: &str, mut rules: Value) {
    let behavior = &mut spec["behavior"];
    for (name, value) in behavior[direction].entries() {
        rules.set(&**name, value.clone());
    }
    behavior.set(direction, rules);
}

/// The metric that aims at a share of the CPU request.
fn cpu_metric(percent: i64) -> Value {
    value!({
        "type": "Resource",
        "resource": {
            "name": "cpu",
            "target": { "type": "Utilization", "averageUtilization": percent },
        },
    })
}

fn cells(autoscaler: &Value, now: Time) -> Vec<Value> {
    let (spec, status) = (&autoscaler["spec"], &autoscaler["status"]);
    let target = &spec["scaleTargetRef"];
    let least = match spec["minReplicas"].as_int() {
        Some(count) => count.to_string().into(),
        None => Value::str("<unset>"),
    };
    vec![
        table::name(autoscaler),
        format!("{}/{}", target["kind"].text(), target["name"].text()).into(),
        metrics::cell(spec["metrics"].items(), status["currentMetrics"].items()).into(),
        least,
        spec["maxReplicas"].int().into(),
        status["currentReplicas"].int().into(),
        object_age(autoscaler, now),
    ]
}
