//! Help for a person who writes manifests: which fields there are, and what an
//! unknown one was probably meant to be. Kubernetes has no such words; they are
//! the editor's.

use super::table::{Field, Shape, Struct, Type};

/// A field that may be written at some place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldHelp {
    /// The name.
    pub name: &'static str,
    /// The type as Go spells it, as `[]v1.EnvVar`.
    pub type_name: String,
    /// Whether the schema calls it required.
    pub required: bool,
    /// Whether it holds further fields.
    pub nested: bool,
    /// Whether it is a list.
    pub list: bool,
    /// The values it may have, if the schema lists them.
    pub values: Vec<String>,
}

/// What an unknown field was probably meant to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// A field of the same place, spelt a little differently.
    Spelling(&'static str),
    /// A field of this name exists there: `spec.containers[]`.
    BelongsTo(String),
}

/// The type at `path` in an object of type `root`. The path's steps are field
/// names; indices of lists and keys of maps are steps of any text.
pub fn type_at(root: &'static Struct, path: &[&str]) -> Option<Place> {
    let mut place = Place::Struct(root);
    for step in path {
        place = match &place {
            Place::Struct(own) => Place::of(&own.field(step)?.value),
            Place::Other(own) => Place::of(own.inner()?),
        };
    }
    Some(place)
}

/// What stands at a path: a struct, or a value of another type.
#[derive(Debug, Clone, Copy)]
pub enum Place {
    /// A struct with fields.
    Struct(&'static Struct),
    /// A list, a map or a scalar.
    Other(&'static Type),
}

impl Place {
    fn of(own: &'static Type) -> Self {
        own.as_struct().map_or(Self::Other(own), Self::Struct)
    }

    /// The fields that may be written here; none unless this is a struct.
    pub fn fields(self) -> Vec<FieldHelp> {
        match self {
            Self::Struct(own) => own.fields.iter().map(FieldHelp::of).collect(),
            Self::Other(_) => Vec::new(),
        }
    }
}

impl FieldHelp {
    fn of(field: &Field) -> Self {
        let innermost = innermost(&field.value);
        Self {
            name: field.name,
            type_name: field.value.go.clone(),
            required: field.required,
            nested: innermost.as_struct().is_some() || matches!(field.value.shape, Shape::Map(_)),
            list: matches!(field.value.shape, Shape::List(_)),
            values: innermost.values.clone(),
        }
    }
}

fn innermost(own: &Type) -> &Type {
    own.inner().map_or(own, innermost)
}

/// What the unknown field `name` at `path` in an object of type `root` was
/// probably meant to be: first a misspelling, then a field of a child, then one
/// of a parent.
pub fn hint_for_unknown(root: &'static Struct, path: &[&str], name: &str) -> Option<Hint> {
    let Some(Place::Struct(own)) = type_at(root, path) else { return None };
    if let Some(meant) = nearest_name(own, name) {
        return Some(Hint::Spelling(meant));
    }
    if let Some(below) = find_below(own, name, path.join(".")) {
        return Some(Hint::BelongsTo(below));
    }
    (0..path.len()).rev().find_map(|length| {
        let outer = path.get(..length)?;
        match type_at(root, outer) {
            Some(Place::Struct(own)) if own.field(name).is_some() => {
                Some(Hint::BelongsTo(shown(outer)))
            }
            _ => None,
        }
    })
}

fn shown(path: &[&str]) -> String {
    let mut text = String::new();
    for step in path {
        if step.bytes().all(|byte| byte.is_ascii_digit()) {
            text.push_str("[]");
        } else {
            if !text.is_empty() {
                text.push('.');
            }
            text.push_str(step);
        }
    }
    text
}

/// The nearest struct below `own` that has a field `name`, breadth first, no
/// deeper than three steps: further away it is another thing of the same name.
fn find_below(own: &'static Struct, name: &str, path: String) -> Option<String> {
    let mut level = vec![(own, path)];
    for _ in 0..3 {
        let mut next = Vec::new();
        for (own, path) in level {
            // What must be there is what a beginner means: `containers`, not
            // `initContainers`.
            let (required, others): (Vec<_>, Vec<_>) =
                own.fields.iter().partition(|field| field.required);
            for field in required.into_iter().chain(others) {
                let list = matches!(field.value.shape, Shape::List(_));
                let Some(child) = innermost(&field.value).as_struct() else { continue };
                if matches!(field.name, "metadata" | "status") {
                    continue;
                }
                let dot = if path.is_empty() { "" } else { "." };
                let path = format!("{path}{dot}{}{}", field.name, if list { "[]" } else { "" });
                if child.field(name).is_some() {
                    return Some(path);
                }
                next.push((child, path));
            }
        }
        level = next;
    }
    None
}

/// The field whose name is nearest to `name`, if it is near enough to be meant.
fn nearest_name(own: &Struct, name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    let nearness = |field: &'static str| (distance(&lower, &field.to_lowercase()), field);
    let allowed = (name.chars().count() / 3).clamp(1, 3);
    own.fields
        .iter()
        .map(|field| nearness(field.name))
        .filter(|(far, _)| *far <= allowed)
        .min()
        .map(|(_, field)| field)
}

/// How many letters to insert, delete, replace or swap with a neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, other) in b.iter().enumerate() {
            let at = |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX);
            let mut best = (at(&row, j) + usize::from(letter != other))
                .min(at(&row, j + 1) + 1)
                .min(at(&next, j) + 1);
            let swapped =
                i > 0 && j > 0 && a.get(i - 1) == Some(other) && b.get(j - 1) == Some(letter);
            if swapped {
                best = best.min(at(&before, j - 1) + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::table::Schema;
    use super::*;

    fn check(kind: &str, path: &[&str], name: &str, hint: Option<Hint>) {
        let root = Schema::get().find(kind).expect("a type of the table");
        assert_eq!(hint_for_unknown(root, path, name), hint, "{name}");
    }

    #[test]
    fn a_misspelt_field_is_recognised() {
        let spelling = |name| Some(Hint::Spelling(name));
        check("apps/v1.Deployment", &["spec"], "replica", spelling("replicas"));
        check("core/v1.Service", &["spec", "ports", "0"], "targetport", spelling("targetPort"));
        check("core/v1.Pod", &[], "specs", spelling("spec"));
        check("core/v1.Pod", &["spec", "containers", "0"], "iamge", spelling("image"));
    }

    #[test]
    fn a_misplaced_field_is_sent_where_it_belongs() {
        let belongs = |path: &str| Some(Hint::BelongsTo(path.to_owned()));
        check("core/v1.Pod", &["spec"], "ports", belongs("spec.containers[]"));
        check("apps/v1.Deployment", &["spec"], "containers", belongs("spec.template.spec"));
        check("core/v1.Pod", &["spec", "containers", "0"], "volumes", belongs("spec"));
        check("core/v1.Pod", &["spec"], "nonsense", None);
    }

    #[test]
    fn the_fields_of_a_place_are_known() {
        let root = Schema::get().find("core/v1.Service").expect("Service");
        let fields = type_at(root, &["spec", "ports", "0"]).map(Place::fields).unwrap_or_default();
        let protocol = fields.iter().find(|field| field.name == "protocol").expect("protocol");
        assert_eq!(protocol.values, ["SCTP", "TCP", "UDP"]);
        assert!(fields.iter().any(|field| field.name == "port" && field.required));
    }
}
