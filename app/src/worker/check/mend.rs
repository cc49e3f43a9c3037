//! Changes that mend a mistake with one press. Whatever is proposed has been
//! tried: it is offered only if the text can be read better with it.

use podyard_engine::schema::Schema;
use podyard_engine::value::Value;
use podyard_engine::yaml::{Document, Position, read_stream};

use super::place::Lines;
use crate::protocol::{Fix, Help};

/// How far above the place of an error its cause is looked for.
const MAX_ABOVE: u32 = 2;

/// Mends a text that is no YAML, as the parser complains about `line`.
pub(super) fn of_syntax(lines: &Lines, line: u32) -> Option<(Help, Fix)> {
    let near = (line.saturating_sub(MAX_ABOVE).max(1)..=line).rev();
    let spaced = near.filter_map(|line| Some((Help::SpaceAfterColon, with_space(lines, line)?)));
    let tabs = without_tabs(lines).map(|fix| (Help::Tabs, fix));
    let outdented = outdented(lines, line).map(|fix| (Help::Indentation, fix));
    let mut ways = tabs.into_iter().chain(spaced).chain(outdented);
    ways.find(|(_, fix)| can_be_read(&lines.with(fix)))
}

fn can_be_read(text: &str) -> bool {
    let (documents, broken) = read_stream(text);
    broken.is_none() && documents.iter().all(|document| document.value.as_map().is_some())
}

/// The line with a space after the colon of `name:web`.
fn with_space(lines: &Lines, line: u32) -> Option<Fix> {
    let text = lines.text(line);
    let (key, rest) = text.split_once(':')?;
    let name = key.trim_start().trim_start_matches("- ").trim();
    let is_joined = !name.is_empty()
        && name.chars().all(|letter| letter.is_ascii_alphanumeric())
        && rest.starts_with(|first: char| !first.is_whitespace() && first != '/');
    is_joined.then(|| Fix { line, lines: 1, text: format!("{key}: {rest}\n") })
}

/// All lines with blanks in the place of the tabs that they begin with.
fn without_tabs(lines: &Lines) -> Option<Fix> {
    let all = lines.all();
    if !all.iter().any(|line| indentation(line).contains('\t')) {
        return None;
    }
    let mend = |line: &&str| {
        let indent = indentation(line);
        format!("{}{}", indent.replace('\t', "  "), line.get(indent.len()..).unwrap_or_default())
    };
    let text: Vec<String> = all.iter().map(mend).collect();
    Some(Fix { line: 1, lines: u32::try_from(all.len()).ok()?, text: text.join("\n") })
}

fn indentation(line: &str) -> &str {
    let rest = line.trim_start_matches([' ', '\t']);
    line.get(..line.len() - rest.len()).unwrap_or_default()
}

/// A block that stands further in than the fields it belongs with, moved out.
/// What is no field there is left where it is: it then belongs to the block.
fn outdented(lines: &Lines, line: u32) -> Option<Fix> {
    let own = lines.indent(line)?;
    let above = (1..line).rev().find_map(|line| lines.indent(line))?;
    let by = own.checked_sub(above).filter(|by| *by > 0)?;
    let is_root = |key: &str| above > 0 || is_field_of_root(lines, line, key);
    let last = lines.end_of_block(line, own);
    let mut moves = true;
    let mut text = String::new();
    for number in line..=last {
        let content = lines.text(number);
        if lines.indent(number) == Some(own) {
            moves = is_root(content.trim_start().split(':').next().unwrap_or_default());
        }
        let moved = if moves { content.get(by..).unwrap_or(content.trim_start()) } else { content };
        text.push_str(moved);
        text.push('\n');
    }
    Some(Fix { line, lines: last - line + 1, text })
}

/// Whether a kind that the lines above name has such a field.
fn is_field_of_root(lines: &Lines, line: u32, field: &str) -> bool {
    let value = |name: &str| {
        let found = (1..line).rev().find_map(|line| lines.text(line).strip_prefix(name));
        found.map(|value| value.trim().to_owned()).unwrap_or_default()
    };
    let root = Schema::get().find_kind(&value("apiVersion:"), &value("kind:"));
    root.is_none_or(|root| root.field(field).is_some())
}

/// Moves a field with all that is below it to where it belongs.
pub(super) fn moved(lines: &Lines, document: &Document, path: &str, to: &str) -> Option<Fix> {
    let (_, name) = path.rsplit_once('.')?;
    let target = to.replace("[]", "[0]");
    if document.places.get(&format!("{target}.{name}")).is_some() {
        return None;
    }
    let (first, column) = place_of(document, document.places.get(path)?.key.0)?;
    let (target_line, target_column) = place_of(document, document.places.get(&target)?.value.0)?;
    let last = lines.end_of_field(first, column);
    let target_last = lines.end_of_block(target_line, target_column);
    if (first..=last).contains(&target_line) || target_column == 0 && !target.is_empty() {
        return None;
    }
    let indented = |line: u32| {
        let text = lines.text(line);
        format!(
            "{}{}\n",
            " ".repeat(target_column),
            text.get(column..).unwrap_or(text.trim_start())
        )
    };
    let moved: String = (first..=last).map(indented).collect();
    let kept = |from: u32, to: u32| -> String {
        (from..to).map(|line| format!("{}\n", lines.text(line))).collect()
    };
    Some(if target_last < first {
        let text = moved + &kept(target_last + 1, first);
        Fix { line: target_last + 1, lines: last - target_last, text }
    } else {
        let text = kept(last + 1, target_last + 1) + &moved;
        Fix { line: first, lines: target_last + 1 - first, text }
    })
}

/// The line in the file, and the column from 0.
fn place_of(document: &Document, position: Position) -> Option<(u32, usize)> {
    let column = usize::try_from(position.column).ok()?.checked_sub(1)?;
    Some((position.line + document.first_line - 1, column))
}

/// The value of a field of one line replaced.
pub(super) fn with_value(
    lines: &Lines,
    document: &Document,
    field: &str,
    value: &str,
) -> Option<Fix> {
    let line = document.places.get(field)?.key.0.line + document.first_line - 1;
    let (key, _) = lines.text(line).split_once(':')?;
    Some(Fix { line, lines: 1, text: format!("{key}: {value}\n") })
}

/// Labels of the template as the selector wants them.
pub(super) fn labels_of_template(lines: &Lines, document: &Document) -> Option<Fix> {
    let wanted = document.value.at(&["spec", "selector", "matchLabels"]);
    let own = document.value.at(&["spec", "template", "metadata", "labels"]);
    let place = document.places.get("spec.template.metadata.labels")?;
    let (line, column) = place_of(document, place.key.0)?;
    let last = lines.end_of_field(line, column);
    let pad = " ".repeat(column);
    let pair = |key: &str, value: &Value| format!("{pad}  {key}: {}\n", word(value));
    let others = own.entries().filter(|(key, _)| {
        // A label of the same value is the same one, under a wrong name.
        wanted.get(key).is_none() && !wanted.entries().any(|(_, value)| *value == own[key.as_str()])
    });
    let mut text = format!("{pad}labels:\n");
    text.extend(wanted.entries().map(|(key, value)| pair(key.as_str(), value)));
    text.extend(others.map(|(key, value)| pair(key.as_str(), value)));
    (!wanted.is_empty()).then_some(Fix { line, lines: last - line + 1, text })
}

fn word(value: &Value) -> String {
    let text = value.text();
    let is_plain = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && !matches!(text, "true" | "false" | "null" | "yes" | "no" | "on" | "off");
    if is_plain { text.to_owned() } else { format!("\"{text}\"") }
}
