//! NodeMetrics and PodMetrics: what was measured last. Not stored: a server
//! of its own measures and answers.
//!
//! Source: `k8s.io/metrics` (`pkg/apis/metrics/v1beta1`) and the printer of
//! metrics-server.

use super::{Column, Kind, table};
use crate::quantity::Quantity;
use crate::sim::Time;
use crate::value::Value;

/// The group in which both are served.
pub const GROUP: &str = "metrics.k8s.io";

/// The row of NodeMetrics.
pub static NODE_METRICS: Kind =
    Kind { kind: "NodeMetrics", plural: "nodes", namespaced: false, ..MEASURED };

/// The row of PodMetrics.
pub static POD_METRICS: Kind = Kind { kind: "PodMetrics", plural: "pods", ..MEASURED };

const MEASURED: Kind = Kind {
    group: GROUP,
    version: "v1beta1",
    verbs: &["get", "list"],
    columns: &[
        table::NAME,
        Column::text("cpu", "Processor time per second."),
        Column::text("memory", "Memory in use."),
        Column::text("Window", "How long was measured."),
    ],
    cells,
    ..Kind::BASE
};

/// What a NodeMetrics or PodMetrics says of a resource, in thousandths.
pub fn milli_usage(metrics: &Value, resource: &str) -> i64 {
    let amount = |usage: &Value| Quantity::parse_or_zero(usage[resource].text()).milli_value();
    let containers = metrics["containers"].items().iter().map(|own| amount(&own["usage"]));
    amount(&metrics["usage"]) + containers.sum::<i64>()
}

fn cells(metrics: &Value, _now: Time) -> Vec<Value> {
    let cpu = format!("{}m", milli_usage(metrics, "cpu"));
    let memory = format!("{}Ki", (milli_usage(metrics, "memory") / 1_000) >> 10);
    vec![table::name(metrics), cpu.into(), memory.into(), metrics["window"].text().into()]
}
