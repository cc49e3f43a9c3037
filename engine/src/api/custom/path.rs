//! The part of JSONPath that printer columns use.

use crate::value::Value;

/// The values at the end of `path` in `value`: `.spec.replicas`,
/// `.spec.containers[0].image`,
/// `.status.conditions[?(@.type=="Ready")].status`, `.metadata.labels['a.b']`.
pub(super) fn find<'a>(value: &'a Value, path: &str) -> Vec<&'a Value> {
    let mut found = vec![value];
    let mut rest = path.trim_start_matches('$');
    while let Some((step, after)) = next_step(rest) {
        found = found.into_iter().flat_map(|value| step.apply(value)).collect();
        rest = after;
    }
    found
}

/// One step of a path.
enum Step<'a> {
    Field(String),
    Index(i64),
    All,
    /// The items whose value at the path on the left is the text on the right.
    Where(&'a str, &'a str),
}

fn next_step(rest: &str) -> Option<(Step<'_>, &str)> {
    if let Some(rest) = rest.strip_prefix('[') {
        let end = closing_bracket(rest)?;
        let (inner, after) = (rest.get(..end)?, rest.get(end + 1..)?);
        return Some((bracket(inner)?, after));
    }
    let rest = rest.strip_prefix('.').unwrap_or(rest);
    if rest.is_empty() {
        return None;
    }
    let mut name = String::new();
    let mut letters = rest.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '.' | '[' => return Some((field(name), rest.get(at..)?)),
            // A backslash keeps a dot within a name.
            '\\' => name.extend(letters.next().map(|(_, next)| next)),
            _ => name.push(letter),
        }
    }
    Some((field(name), ""))
}

fn field<'a>(name: String) -> Step<'a> {
    if name == "*" { Step::All } else { Step::Field(name) }
}

/// Where the bracket that was opened before `rest` closes.
fn closing_bracket(rest: &str) -> Option<usize> {
    let mut quote = None;
    for (at, letter) in rest.char_indices() {
        match (quote, letter) {
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            (None, ']') => return Some(at),
            _ => {}
        }
    }
    None
}

fn bracket(inner: &str) -> Option<Step<'_>> {
    if inner == "*" || inner == ":" {
        return Some(Step::All);
    }
    if let Some(condition) = inner.strip_prefix("?(").and_then(|rest| rest.strip_suffix(')')) {
        let (path, text) = condition.split_once("==")?;
        return Some(Step::Where(path.trim().trim_start_matches('@'), unquote(text.trim())));
    }
    match inner.parse() {
        Ok(index) => Some(Step::Index(index)),
        Err(_) => Some(Step::Field(unquote(inner).to_owned())),
    }
}

fn unquote(text: &str) -> &str {
    text.trim_matches(['"', '\''])
}

impl Step<'_> {
    fn apply<'a>(&self, value: &'a Value) -> Vec<&'a Value> {
        match self {
            Self::Field(name) => value.get(name).into_iter().collect(),
            Self::All => match value {
                Value::Map(map) => map.iter().map(|(_, value)| value).collect(),
                other => other.items().iter().collect(),
            },
            Self::Index(index) => {
                let items = value.items();
                let from_end = usize::try_from(index.unsigned_abs()).unwrap_or(usize::MAX);
                let index =
                    if *index < 0 { items.len().checked_sub(from_end) } else { Some(from_end) };
                index.and_then(|index| items.get(index)).into_iter().collect()
            }
            Self::Where(path, text) => {
                let holds = |item: &&Value| find(item, path).iter().any(|own| own.text() == *text);
                value.items().iter().filter(holds).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value;

    #[test]
    fn paths_lead_to_values() {
        let object = value!({
            "metadata": { "labels": { "a.b/c": "x" } },
            "spec": { "list": [{ "name": "one" }, { "name": "two" }] },
            "status": { "conditions": [
                { "type": "Synced", "status": "False" },
                { "type": "Ready", "status": "True" },
            ] },
        });
        for (path, expected) in [
            (".spec.list[0].name", "\"one\""),
            (".spec.list[-1].name", "\"two\""),
            (".spec.list[*].name", "\"one\",\"two\""),
            (".metadata.labels['a.b/c']", "\"x\""),
            (".metadata.labels.a\\.b/c", "\"x\""),
            (".status.conditions[?(@.type==\"Ready\")].status", "\"True\""),
            (".spec.nothing.here", ""),
        ] {
            let found: Vec<String> = find(&object, path).iter().map(|own| own.to_json()).collect();
            assert_eq!(found.join(","), expected, "{path}");
        }
    }
}
