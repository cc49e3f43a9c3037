//! What every kind has: names, labels, annotations, owners and times.

use std::fmt::Write as _;

use podyard_engine::sim::Time;
use podyard_engine::value::Value;

use super::writer::Writer;

/// The annotation of `apply`, which no description shows.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// How long an annotation may be on its line.
pub(super) const ANNOTATION_MAX: usize = 140;

/// The name of an object.
pub(super) fn name(object: &Value) -> &str {
    object.at(&["metadata", "name"]).text()
}

/// The namespace of an object.
pub(super) fn namespace(object: &Value) -> &str {
    object.at(&["metadata", "namespace"]).text()
}

/// The UID of an object.
pub(super) fn uid(object: &Value) -> &str {
    object.at(&["metadata", "uid"]).text()
}

/// Writes the name and the namespace.
pub(super) fn write_names(writer: &mut Writer, object: &Value) {
    writer.field(0, "Name", name(object));
    writer.field(0, "Namespace", namespace(object));
}

/// Writes the labels and the annotations.
pub(super) fn write_labels_and_annotations(writer: &mut Writer, object: &Value) {
    write_labels(writer, 0, "Labels", object.at(&["metadata", "labels"]));
    write_annotations(writer, "Annotations", object.at(&["metadata", "annotations"]));
}

/// Writes a map as `key=value` lines.
pub(super) fn write_labels(writer: &mut Writer, level: usize, title: &str, labels: &Value) {
    let lines = labels.entries().map(|(key, value)| format!("{key}={}", value.text()));
    writer.lines(level, title, lines);
}

/// Writes annotations as `key: value` lines; long ones start on a line of
/// their own and are cut.
pub(super) fn write_annotations(writer: &mut Writer, title: &str, annotations: &Value) {
    let mut lines = Vec::new();
    for (key, value) in annotations.entries().filter(|(key, _)| &***key != LAST_APPLIED) {
        let value = value.text().strip_suffix('\n').unwrap_or(value.text());
        if value.len() + key.len() + 2 <= ANNOTATION_MAX && !value.contains('\n') {
            lines.push(format!("{key}: {value}"));
            continue;
        }
        lines.push(format!("{key}:"));
        let parts = value.split('\n').map(|line| shortened(line, ANNOTATION_MAX - 2));
        lines.extend(parts.map(|part| format!("  {part}")));
    }
    writer.lines(0, title, lines);
}

/// The first `max` bytes of a line, followed by dots if there was more.
pub(super) fn shortened(line: &str, max: usize) -> String {
    if line.len() <= max {
        return line.to_owned();
    }
    let end = (0..=max).rev().find(|end| line.is_char_boundary(*end)).unwrap_or_default();
    format!("{}...", line.get(..end).unwrap_or_default())
}

/// Writes who controls the object, as `ReplicaSet/web-1`.
pub(super) fn write_controller(writer: &mut Writer, object: &Value) {
    if let Some(owner) = controller(object) {
        let (kind, name) = (owner["kind"].text(), owner["name"].text());
        writer.field(0, "Controlled By", format_args!("{kind}/{name}"));
    }
}

/// The owner reference of the object's controller.
pub(super) fn controller(object: &Value) -> Option<&Value> {
    let owners = object.at(&["metadata", "ownerReferences"]).items();
    owners.iter().find(|owner| owner["controller"].is_true())
}

/// A time as `Mon, 23 Nov 2026 09:10:11 +0000`; a missing one is Go's zero.
pub(super) fn timestamp(value: &Value) -> String {
    let zero = || "Mon, 01 Jan 0001 00:00:00 +0000".to_owned();
    Time::parse(value.text()).map_or_else(zero, Time::rfc1123)
}

/// A number or a text, as an `IntOrString` prints.
pub(super) fn int_or_string(value: &Value) -> String {
    match value {
        Value::Str(text) => text.to_string(),
        other => other.int().to_string(),
    }
}

/// The texts of a list, joined.
pub(super) fn joined(list: &Value, separator: &str) -> String {
    let texts: Vec<&str> = list.items().iter().map(Value::text).collect();
    texts.join(separator)
}

/// The texts of a list as Go prints a slice: `[a b]`.
pub(super) fn bracketed(list: &Value) -> String {
    format!("[{}]", joined(list, " "))
}

/// A boolean as `True` or `False`.
pub(super) fn capital_bool(value: &Value) -> &'static str {
    if value.is_true() { "True" } else { "False" }
}

/// Writes conditions as a table of type, status and reason.
pub(super) fn write_conditions(writer: &mut Writer, conditions: &Value) {
    if conditions.items().is_empty() {
        return;
    }
    writer.line(0, "Conditions:");
    writer.header(1, &["Type", "Status", "Reason"]);
    for condition in conditions.items() {
        let [kind, status, reason] =
            ["type", "status", "reason"].map(|field| condition[field].text());
        writer.line(1, format_args!("{kind} \t{status}\t{reason}"));
    }
}

/// Writes the tolerations of a Pod, sorted by key.
pub(super) fn write_tolerations(writer: &mut Writer, title: &str, tolerations: &Value) {
    let mut tolerations: Vec<&Value> = tolerations.items().iter().collect();
    tolerations.sort_by_key(|toleration| toleration["key"].text());
    writer.lines(0, title, tolerations.into_iter().map(toleration));
}

fn toleration(toleration: &Value) -> String {
    let [key, value, effect] = ["key", "value", "effect"].map(|field| toleration[field].text());
    let mut text = key.to_owned();
    if !value.is_empty() {
        text.extend(["=", value]);
    }
    if !effect.is_empty() {
        text.extend([":", effect]);
    }
    if toleration["operator"].text() == "Exists" && value.is_empty() {
        text.push_str(if text.is_empty() { "op=Exists" } else { " op=Exists" });
    }
    if let Some(seconds) = toleration["tolerationSeconds"].as_int() {
        let _ = write!(text, " for {seconds}s");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use podyard_engine::value;

    #[test]
    fn times_name_their_weekday() {
        for (text, expected) in [
            ("2026-11-23T09:10:11Z", "Mon, 23 Nov 2026 09:10:11 +0000"),
            ("1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 +0000"),
            ("", "Mon, 01 Jan 0001 00:00:00 +0000"),
        ] {
            assert_eq!(timestamp(&text.into()), expected);
        }
    }

    #[test]
    fn tolerations_are_one_line_each() {
        for (value, expected) in [
            (value!({ "operator": "Exists" }), "op=Exists"),
            (
                value!({ "key": "a", "operator": "Exists", "effect": "NoSchedule" }),
                "a:NoSchedule op=Exists",
            ),
            (
                value!({ "key": "a", "value": "b", "effect": "NoExecute", "tolerationSeconds": 5 }),
                "a=b:NoExecute for 5s",
            ),
        ] {
            assert_eq!(toleration(&value), expected);
        }
    }
}
