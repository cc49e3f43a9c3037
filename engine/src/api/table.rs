//! What the tables of many kinds have in common: columns and cells.
//!
//! Source: `pkg/printers/internalversion/printers.go`.

use super::Column;
use crate::sim::Time;
use crate::value::Value;

/// The column of an object's name.
pub const NAME: Column = Column {
    name: "Name",
    column_type: "string",
    format: "name",
    priority: 0,
    description: "Name must be unique within a namespace. Is required when creating resources, \
                  although some resources may allow a client to request the generation of an \
                  appropriate name automatically. Name is primarily intended for creation \
                  idempotence and configuration definition. Cannot be updated. More info: \
                  https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names",
};

/// The column of an object's age.
pub const AGE: Column = Column::text(
    "Age",
    "CreationTimestamp is a timestamp representing the server time when this object was created. \
     It is not guaranteed to be set in happens-before order across separate operations. Clients \
     may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the \
     system. Read-only. Null for lists. More info: \
     https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata",
);

/// The column of an object's time of creation, for kinds that have no columns
/// of their own.
pub const CREATED_AT: Column = Column { column_type: "date", name: "Created At", ..AGE };

/// The wide column of a template's container names.
pub const CONTAINERS: Column =
    Column::text("Containers", "Names of each container in the template.").wide();

/// The wide column of a template's images.
pub const IMAGES: Column =
    Column::text("Images", "Images referenced by each container in the template.").wide();

impl Column {
    /// A column of texts.
    pub const fn text(name: &'static str, description: &'static str) -> Self {
        Self { name, column_type: "string", format: "", priority: 0, description }
    }

    /// A column of whole numbers.
    pub const fn integer(name: &'static str, description: &'static str) -> Self {
        Self { column_type: "integer", ..Self::text(name, description) }
    }

    /// This column, shown only with `-o wide`.
    #[must_use]
    pub const fn wide(self) -> Self {
        Self { priority: 1, ..self }
    }
}

/// The cell of an object's name.
pub fn name(object: &Value) -> Value {
    object.at(&["metadata", "name"]).text().into()
}

/// The names of a Pod spec's containers, joined by commas.
pub fn containers(spec: &Value) -> Value {
    joined(spec, "name")
}

/// The images of a Pod spec's containers, joined by commas.
pub fn images(spec: &Value) -> Value {
    joined(spec, "image")
}

fn joined(spec: &Value, field: &str) -> Value {
    let texts: Vec<&str> =
        spec["containers"].items().iter().map(|container| container[field].text()).collect();
    texts.join(",").into()
}

/// A text, or `<none>` when there is none.
pub fn or_none(text: &str) -> Value {
    if text.is_empty() { "<none>".into() } else { text.into() }
}

/// The first `shown` of `texts` joined by commas, and how many more there are:
/// `a,b,c + 2 more...`.
pub fn more<T: AsRef<str>>(texts: &[T], shown: usize) -> String {
    let joined = texts.iter().take(shown).map(T::as_ref).collect::<Vec<_>>().join(",");
    match texts.len().checked_sub(shown) {
        None | Some(0) => joined,
        Some(rest) => format!("{joined} + {rest} more..."),
    }
}

/// The cells of kinds that have no columns of their own: see [`CREATED_AT`].
pub fn created_cells(object: &Value, _now: Time) -> Vec<Value> {
    vec![name(object), object.at(&["metadata", "creationTimestamp"]).text().into()]
}
