//! The environment of containers.

use podyard_engine::quantity::Quantity;
use podyard_engine::value::Value;

use super::metadata::{name, namespace};
use super::writer::Writer;

/// Writes what a container's environment is made of; `pod` gives the values
/// of references to its own fields, when there is one.
pub(super) fn write(writer: &mut Writer, container: &Value, pod: Option<&Value>) {
    let sources = container["envFrom"].items();
    if !sources.is_empty() {
        writer.line(2, "Environment Variables from:");
    }
    for source in sources {
        write_source(writer, source);
    }
    let variables = container["env"].items();
    let none = if variables.is_empty() { "\t<none>" } else { "" };
    writer.line(2, format_args!("Environment:{none}"));
    for variable in variables {
        write_variable(writer, variable, container, pod);
    }
}

fn write_source(writer: &mut Writer, source: &Value) {
    let (from, reference) = match (&source["configMapRef"], &source["secretRef"]) {
        (Value::Null, Value::Null) => ("", &Value::Null),
        (Value::Null, secret) => ("Secret", secret),
        (config_map, _) => ("ConfigMap", config_map),
    };
    let prefix = match source["prefix"].text() {
        "" => String::new(),
        prefix => format!(" with prefix '{prefix}'"),
    };
    let (name, optional) = (reference["name"].text(), reference["optional"].is_true());
    writer.line(3, format_args!("{name}\t{from}{prefix}\tOptional: {optional}"));
}

fn write_variable(writer: &mut Writer, variable: &Value, container: &Value, pod: Option<&Value>) {
    let name = variable["name"].text();
    let from = &variable["valueFrom"];
    if from.is_null() {
        let mut lines = variable["value"].text().split('\n');
        writer.field(3, name, lines.next().unwrap_or_default());
        for line in lines {
            writer.line(3, format_args!("\t{line}"));
        }
    } else if let Some(field) = from.get("fieldRef") {
        let (version, path) = (field["apiVersion"].text(), field["fieldPath"].text());
        let value = pod.map(|pod| field_value(pod, path)).unwrap_or_default();
        writer.field(3, name, format_args!("{value} ({version}:{path})"));
    } else if let Some(field) = from.get("resourceFieldRef") {
        let resource = field["resource"].text();
        let value = match resource_value(container, field).unwrap_or_default() {
            zero if zero == "0" && matches!(resource, "limits.cpu" | "limits.memory") => {
                "node allocatable".to_owned()
            }
            value => value,
        };
        writer.field(3, name, format_args!("{value} ({resource})"));
    } else {
        let (reference, place) = match from.get("secretKeyRef") {
            Some(secret) => (secret, "in secret"),
            None => (&from["configMapKeyRef"], "of config map"),
        };
        let (key, source) = (reference["key"].text(), reference["name"].text());
        let optional = reference["optional"].is_true();
        let value = format!("<set to the key '{key}' {place} '{source}'>\tOptional: {optional}");
        writer.field(3, name, value);
    }
}

/// The value of a Pod's own field, for the two that kubectl resolves.
fn field_value<'a>(pod: &'a Value, path: &str) -> &'a str {
    match path {
        "metadata.name" => name(pod),
        "metadata.namespace" => namespace(pod),
        _ => "",
    }
}

/// A container's own limit or request in units of the divisor, rounded up.
fn resource_value(container: &Value, field: &Value) -> Option<String> {
    let (list, resource) = field["resource"].text().split_once('.')?;
    let amount = Quantity::parse_or_zero(container["resources"][list][resource].text());
    let divisor = match Quantity::parse_or_zero(field["divisor"].text()) {
        zero if zero.is_zero() => Quantity::units(1, amount.notation()),
        divisor => divisor,
    };
    let (amount, divisor) = if resource == "cpu" {
        (amount.milli_value(), divisor.milli_value())
    } else {
        (amount.value(), divisor.value())
    };
    let divisor = divisor.max(1);
    Some((amount.div_euclid(divisor) + i64::from(amount.rem_euclid(divisor) != 0)).to_string())
}
