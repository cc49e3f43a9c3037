//! The metrics of an autoscaler: their sources, and how tables show them.
//!
//! Source: `pkg/printers/internalversion/printers.go`, `formatHPAMetrics`.

use crate::value::Value;

/// The types of metrics and the fields of their sources, in the order in
/// which upstream looks at the fields.
pub(super) const SOURCES: [(&str, &str); 5] = [
    ("Object", "object"),
    ("External", "external"),
    ("Pods", "pods"),
    ("Resource", "resource"),
    ("ContainerResource", "containerResource"),
];

/// The field of the source of a metric of `kind`.
pub(super) fn source_field(kind: &str) -> Option<&'static str> {
    SOURCES.iter().find(|(own, _)| *own == kind).map(|(_, field)| *field)
}

/// How many metrics a cell shows.
const SHOWN: usize = 2;

/// Current and wished values: `cpu: 12%/80%`.
pub(super) fn cell(metrics: &[Value], statuses: &[Value]) -> String {
    if metrics.is_empty() {
        return "<none>".to_owned();
    }
    let texts: Vec<String> = metrics
        .iter()
        .enumerate()
        .map(|(index, metric)| one(metric, statuses.get(index).unwrap_or(&Value::Null)))
        .collect();
    let joined = texts.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    match texts.len().checked_sub(SHOWN) {
        None | Some(0) => joined,
        Some(rest) => format!("{joined} + {rest} more..."),
    }
}

fn one(metric: &Value, status: &Value) -> String {
    let kind = metric["type"].text();
    let Some(field) = source_field(kind) else { return "<unknown type>".to_owned() };
    let (source, current) = (&metric[field], status.at(&[field, "current"]));
    let target = &source["target"];
    let or_unknown = |value: &Value| match value {
        Value::Null => "<unknown>".to_owned(),
        value => value.text().to_owned(),
    };
    let average =
        || format!("{}/{}", or_unknown(&current["averageValue"]), target["averageValue"].text());
    match kind {
        "Pods" => average(),
        "External" | "Object" if !target["averageValue"].is_null() => {
            format!("{} (avg)", average())
        }
        "External" | "Object" => {
            format!("{}/{}", or_unknown(&current["value"]), target["value"].text())
        }
        _ if !target["averageValue"].is_null() => {
            format!("{}: {}", source["name"].text(), average())
        }
        _ => {
            let percent = |value: &Value, missing: &str| match value.as_int() {
                Some(percent) => format!("{percent}%"),
                None => missing.to_owned(),
            };
            let name = source["name"].text();
            let current = percent(&current["averageUtilization"], "<unknown>");
            format!("{name}: {current}/{}", percent(&target["averageUtilization"], "<auto>"))
        }
    }
}
