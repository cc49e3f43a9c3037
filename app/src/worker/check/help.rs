//! What we add to Kubernetes' words: what was probably meant.

use podyard_engine::api::registry;
use podyard_engine::schema::{Hint, Struct, hint_for_unknown};
use podyard_engine::yaml::Document;

use super::place::{Lines, Stretch};
use crate::protocol::{Fix, Help};

/// Help with text that is no YAML.
pub(super) fn of_syntax(message: &str) -> Option<Help> {
    let says = |part: &str| message.contains(part);
    if says("mapping values are not allowed") || says("did not find expected key") {
        return Some(Help::Indentation);
    }
    if says("found character that cannot start any token") || says("found a tab character") {
        return Some(Help::Tabs);
    }
    None
}

/// The field that is wrong where a kind does not exist in that version, and
/// what it was meant to be.
pub(super) fn of_kind(api_version: &str, kind: &str) -> Option<(&'static str, String)> {
    let same = registry::by_name(&kind.to_lowercase())?;
    if same.kind != kind {
        return Some(("kind", same.kind.to_owned()));
    }
    (same.api_version() != api_version).then(|| ("apiVersion", same.api_version()))
}

/// Help with a field that is unknown at its place.
pub(super) fn of_unknown(schema: &'static Struct, path: &str) -> Option<Help> {
    let steps = steps(path);
    let (name, outer) = steps.split_last()?;
    match hint_for_unknown(schema, outer, name)? {
        Hint::Spelling(meant) => Some(Help::MeantToBe(meant.to_owned())),
        Hint::BelongsTo(place) => Some(Help::BelongsTo((*name).to_owned(), place)),
    }
}

/// `spec.containers[0].image` as its steps, an index being one of its own.
fn steps(path: &str) -> Vec<&str> {
    path.split(['.', '[', ']']).filter(|step| !step.is_empty()).collect()
}

/// A text such as `name:web` where fields are wanted: its place, and the line
/// with the space that it lacks.
pub(super) fn missing_space(
    lines: &Lines,
    document: &Document,
    path: &str,
) -> Option<(Stretch, Fix)> {
    let value = steps(path).iter().fold(&document.value, |value, step| &value[*step]);
    let (key, rest) = value.as_str()?.split_once(':')?;
    if key.is_empty() || key.contains(char::is_whitespace) || rest.starts_with("//") {
        return None;
    }
    let (start, end) = document.places.nearest(path)?.value;
    let line = start.line + document.first_line - 1;
    let joined = format!("{key}:");
    let text = lines.text(line);
    let mended =
        text.contains(&joined).then(|| text.replacen(&joined, &format!("{joined} "), 1))?;
    let place = lines.stretch(line, start.column, end.column);
    Some((place, Fix { line, lines: 1, text: format!("{mended}\n") }))
}
