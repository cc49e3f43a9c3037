//! The fields, entries and items that may be written at the cursor.

use podyard_engine::schema::{Field, Place, Shape, Struct, Type};

use super::{Desk, plain, snippets};
use crate::protocol::{About, Proposal};

/// Fields that the server sets, and nobody writes.
const NEVER_WRITTEN: [&str; 9] = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "status",
    "uid",
];
/// Fields that every manifest begins with.
const FIRST: [&str; 4] = ["apiVersion", "kind", "metadata", "spec"];

impl Desk<'_> {
    /// What may stand where a key or an item is being typed.
    pub(super) fn keys(&self) -> Vec<Proposal> {
        if self.root().is_none() {
            return if self.spot.path.is_empty() { self.beginnings() } else { Vec::new() };
        }
        match self.place(&self.spot.path) {
            Some(Place::Struct(own)) => self.fields_of(own, ""),
            Some(Place::Other(own)) => match &own.shape {
                Shape::Map(_) => self.entries(),
                Shape::List(inner) => self.items(inner),
                _ => self.choices(&self.spot.path),
            },
            None => Vec::new(),
        }
    }

    /// How a document begins that does not say yet what it is.
    fn beginnings(&self) -> Vec<Proposal> {
        let taken = self.outline.fields_below(&[], self.line);
        let first = ["apiVersion", "kind", "metadata"].into_iter();
        let field = |name: &str| Proposal {
            text: if name == "metadata" { "metadata:\n  ".to_owned() } else { format!("{name}: ") },
            asks_on: true,
            ..plain(name, About::Value)
        };
        let fields = first.filter(|name| !taken.contains(name)).map(field);
        if taken.is_empty() {
            snippets::all().into_iter().chain(fields).collect()
        } else {
            fields.collect()
        }
    }

    /// The fields of a struct that are not there yet, required ones first.
    fn fields_of(&self, own: &'static Struct, before: &str) -> Vec<Proposal> {
        let taken = self.outline.fields_below(&self.spot.path, self.line);
        let is_open =
            |field: &&Field| !taken.contains(&field.name) && !NEVER_WRITTEN.contains(&field.name);
        let mut open: Vec<&Field> = own.fields.iter().filter(is_open).collect();
        let rank = |field: &Field| FIRST.iter().position(|first| *first == field.name);
        open.sort_by_key(|field| (!field.required, rank(field).unwrap_or(FIRST.len())));
        open.into_iter().map(|field| self.field(own, field, before)).collect()
    }

    fn field(&self, own: &Struct, field: &Field, before: &str) -> Proposal {
        let pad = " ".repeat(self.spot.inset + before.len());
        let name = field.name;
        let text = match &field.value.shape {
            Shape::Struct(_) | Shape::Map(_) => format!("{before}{name}:\n{pad}  "),
            Shape::List(_) => format!("{before}{name}:\n{pad}- "),
            _ => format!("{before}{name}: "),
        };
        let about = About::Field {
            type_name: field.value.go.clone(),
            required: field.required,
            description: self.descriptions.get(own.name, name).unwrap_or_default(),
        };
        let has_choices = !matches!(
            field.value.shape,
            Shape::Int32 | Shape::Int64 | Shape::Float | Shape::Quantity | Shape::Bytes
        );
        Proposal { text, asks_on: has_choices, ..plain(name, about) }
    }

    /// A new item, where its dash is still missing.
    fn items(&self, inner: &'static Type) -> Vec<Proposal> {
        if let Some(own) = inner.as_struct() {
            return self.fields_of(own, "- ");
        }
        let mut item = self.spot.path.clone();
        item.push("0".to_owned());
        let dashed = |own: Proposal| Proposal { text: format!("- {}", own.text), ..own };
        self.choices(&item).into_iter().map(dashed).collect()
    }

    /// The entries of a map: pairs of labels that exist somewhere.
    fn entries(&self) -> Vec<Proposal> {
        let taken = self.outline.fields_below(&self.spot.path, self.line);
        let pair = |(key, value): (String, String)| {
            plain(format!("{key}: {}", quoted(&value)), About::Value)
        };
        let labels = self.labels_at(&self.spot.path).into_iter();
        labels.filter(|(key, _)| !taken.contains(&key.as_str())).map(pair).collect()
    }
}

/// A value as YAML reads it back as text.
pub(super) fn quoted(value: &str) -> String {
    let is_plain = value.starts_with(|first: char| first.is_ascii_alphabetic())
        && !matches!(value, "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n")
        && !value.contains([':', '#', '{', '[']);
    if is_plain { value.to_owned() } else { format!("\"{value}\"") }
}
