//! Any object, custom resources among them, from its fields alone.

use podyard_engine::value::{Map, Value};

use super::metadata::{write_labels_and_annotations, write_names};
use super::writer::Writer;
use crate::print::sprint;

/// Fields of the metadata that are shown first, or not at all.
const SKIPPED: [&str; 5] = ["annotations", "labels", "managedFields", "name", "namespace"];

/// Words that stay in capitals.
const ACRONYMS: [&str; 5] = ["API", "GUID", "OSB", "UID", "URL"];

/// Writes an object of a kind that has no describer of its own.
pub(super) fn describe(writer: &mut Writer, object: &Value) {
    write_names(writer, object);
    write_labels_and_annotations(writer, object);
    let mut shown = object.clone();
    for field in SKIPPED {
        if !shown["metadata"].is_null() {
            shown["metadata"].remove(field);
        }
    }
    if let Some(map) = shown.as_map() {
        write_map(writer, 0, map);
    }
}

fn write_map(writer: &mut Writer, level: usize, map: &Map) {
    for (key, value) in map.iter() {
        let label = label(key);
        match value {
            Value::Map(map) => {
                writer.line(level, format_args!("{label}:"));
                write_map(writer, level + 1, map);
            }
            Value::List(items) => {
                writer.line(level, format_args!("{label}:"));
                for item in items.iter() {
                    match item {
                        Value::Map(map) => write_map(writer, level + 1, map),
                        other => writer.line(level + 1, sprint(other)),
                    }
                }
            }
            other => writer.field(level, &label, sprint(other)),
        }
    }
}

/// A field's name as words: `creationTimestamp` is `Creation Timestamp`.
fn label(field: &str) -> String {
    if field.chars().any(|char| !char.is_alphabetic() && char != '-') {
        return field.to_owned();
    }
    let words: Vec<String> = words(field).iter().map(|word| title(word)).collect();
    words.join(" ")
}

fn title(word: &str) -> String {
    let upper = word.to_uppercase();
    if ACRONYMS.contains(&upper.as_str()) {
        return upper;
    }
    let mut chars = word.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

/// Splits camel case: `podIPs` gives `pod`, `I`, `Ps`.
fn words(field: &str) -> Vec<String> {
    let class = |char: char| (char.is_lowercase(), char.is_uppercase());
    let mut runs: Vec<Vec<char>> = Vec::new();
    for char in field.chars() {
        match runs.last_mut() {
            Some(run) if run.last().is_some_and(|last| class(*last) == class(char)) => {
                run.push(char);
            }
            _ => runs.push(vec![char]),
        }
    }
    let mut words: Vec<Vec<char>> = Vec::new();
    for run in runs {
        let starts_lower = run.first().is_some_and(|char| char.is_lowercase());
        let capital = match words.last_mut() {
            Some(last) if starts_lower && last.last().is_some_and(|char| char.is_uppercase()) => {
                last.pop()
            }
            _ => None,
        };
        words.push(capital.into_iter().chain(run).collect());
    }
    words.retain(|word| !word.is_empty());
    words.into_iter().map(|word| word.into_iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_words() {
        for (field, expected) in [
            ("apiVersion", "API Version"),
            ("creationTimestamp", "Creation Timestamp"),
            ("uid", "UID"),
            ("podIPs", "Pod I Ps"),
            ("app.kubernetes.io/name", "app.kubernetes.io/name"),
            ("cronSpec", "Cron Spec"),
            ("HTTPServer", "HTTP Server"),
        ] {
            assert_eq!(label(field), expected);
        }
    }
}
