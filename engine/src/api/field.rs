//! What validation says: field paths and the errors at them.
//!
//! Source of the words: apimachinery `pkg/util/validation/field`.

use std::fmt;

/// The place of a field, as `spec.containers[0].resources.limits[cpu]`.
///
/// A path borrows its parent, so walking down an object allocates nothing.
#[derive(Debug, Clone, Copy)]
pub struct Path<'a> {
    parent: Option<&'a Self>,
    step: Step<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Step<'a> {
    Root,
    Field(&'a str),
    Index(usize),
    Key(&'a str),
}

impl<'a> Path<'a> {
    /// The object itself.
    pub const ROOT: Path<'static> = Path { parent: None, step: Step::Root };

    /// The field `name` of this: `spec.name`.
    #[must_use]
    pub fn field(&'a self, name: &'a str) -> Self {
        Self { parent: Some(self), step: Step::Field(name) }
    }

    /// The item at `index` of this: `spec[0]`.
    #[must_use]
    pub fn index(&'a self, index: usize) -> Self {
        Self { parent: Some(self), step: Step::Index(index) }
    }

    /// The entry `key` of this: `spec[key]`.
    #[must_use]
    pub fn key(&'a self, key: &'a str) -> Self {
        Self { parent: Some(self), step: Step::Key(key) }
    }

    fn is_root(&self) -> bool {
        matches!(self.step, Step::Root)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match self.step {
            Step::Root => Ok(()),
            Step::Field(name) if self.parent.is_none_or(Path::is_root) => f.write_str(name),
            Step::Field(name) => write!(f, ".{name}"),
            Step::Index(index) => write!(f, "[{index}]"),
            Step::Key(key) => write!(f, "[{key}]"),
        }
    }
}

/// The class of a [`FieldError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A value that must be there is not.
    Required,
    /// A value that must be unique is there twice.
    Duplicate,
    /// A value breaks a rule.
    Invalid,
    /// A value is not one of those known.
    NotSupported,
    /// A value is not allowed here, whatever it is.
    Forbidden,
    /// A value refers to something that is not there.
    NotFound,
    /// A text or list of bytes is too long.
    TooLong,
    /// A list has too many items.
    TooMany,
    /// A value has the wrong type.
    TypeInvalid,
    /// The server failed.
    Internal,
}

impl Reason {
    /// The machine-readable name in a `Status`' causes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Required => "FieldValueRequired",
            Self::Duplicate => "FieldValueDuplicate",
            Self::Invalid => "FieldValueInvalid",
            Self::NotSupported => "FieldValueNotSupported",
            Self::Forbidden => "FieldValueForbidden",
            Self::NotFound => "FieldValueNotFound",
            Self::TooLong => "FieldValueTooLong",
            Self::TooMany => "FieldValueTooMany",
            Self::TypeInvalid => "FieldValueTypeInvalid",
            Self::Internal => "InternalError",
        }
    }
}

/// One thing that is wrong with an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The class of the error.
    pub reason: Reason,
    /// The field, as `spec.containers[0].name`.
    pub field: String,
    /// What is wrong, without the field: `Invalid value: -1: must be …`.
    pub message: String,
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

/// Everything found wrong with an object, in the order found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Errors(pub Vec<FieldError>);

impl Errors {
    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn push(&mut self, reason: Reason, path: &Path<'_>, message: String) {
        self.0.push(FieldError { reason, field: path.to_string(), message });
    }

    fn push_detailed(&mut self, reason: Reason, path: &Path<'_>, head: String, detail: &str) {
        let message = if detail.is_empty() { head } else { format!("{head}: {detail}") };
        self.push(reason, path, message);
    }

    /// `Required value`, with a `detail` unless that is empty.
    pub fn required(&mut self, path: &Path<'_>, detail: &str) {
        self.push_detailed(Reason::Required, path, "Required value".to_owned(), detail);
    }

    /// `Invalid value: VALUE: DETAIL`.
    pub fn invalid(&mut self, path: &Path<'_>, value: impl Shown, detail: &str) {
        let head = format!("Invalid value: {}", value.shown());
        self.push_detailed(Reason::Invalid, path, head, detail);
    }

    /// `Invalid value: VALUE: DETAIL` once for each of `details`.
    pub fn invalid_each(&mut self, path: &Path<'_>, value: &str, details: Vec<String>) {
        for detail in details {
            self.invalid(path, value, &detail);
        }
    }

    /// `Invalid value: DETAIL`, for a value that would tell nothing.
    pub fn invalid_without_value(&mut self, path: &Path<'_>, detail: &str) {
        self.push(Reason::Invalid, path, format!("Invalid value: {detail}"));
    }

    /// `Unsupported value: VALUE: supported values: …`, in the order given
    /// (upstream sorts most sets: give them sorted then).
    pub fn not_supported(&mut self, path: &Path<'_>, value: impl Shown, supported: &[&str]) {
        let list: Vec<String> = supported.iter().map(Shown::shown).collect();
        let head = format!("Unsupported value: {}", value.shown());
        let detail = if list.is_empty() {
            String::new()
        } else {
            format!("supported values: {}", list.join(", "))
        };
        self.push_detailed(Reason::NotSupported, path, head, &detail);
    }

    /// `Forbidden: DETAIL`.
    pub fn forbidden(&mut self, path: &Path<'_>, detail: &str) {
        self.push_detailed(Reason::Forbidden, path, "Forbidden".to_owned(), detail);
    }

    /// `Duplicate value: VALUE`.
    pub fn duplicate(&mut self, path: &Path<'_>, value: impl Shown) {
        self.push(Reason::Duplicate, path, format!("Duplicate value: {}", value.shown()));
    }

    /// `Not found: VALUE`.
    pub fn not_found(&mut self, path: &Path<'_>, value: impl Shown) {
        self.push(Reason::NotFound, path, format!("Not found: {}", value.shown()));
    }

    /// `Not found: VALUE: DETAIL`.
    pub fn not_found_with_detail(&mut self, path: &Path<'_>, value: impl Shown, detail: &str) {
        self.push(Reason::NotFound, path, format!("Not found: {}: {detail}", value.shown()));
    }

    /// `Too long: may not be more than N bytes`.
    pub fn too_long(&mut self, path: &Path<'_>, bytes_max: usize) {
        let message = format!("Too long: may not be more than {bytes_max} bytes");
        self.push(Reason::TooLong, path, message);
    }

    /// `Too many: N: must have at most M items`.
    pub fn too_many(&mut self, path: &Path<'_>, count: usize, count_max: usize) {
        let message = format!("Too many: {count}: must have at most {count_max} items");
        self.push(Reason::TooMany, path, message);
    }

    /// `Internal error: DETAIL`.
    pub fn internal(&mut self, path: &Path<'_>, detail: &str) {
        self.push(Reason::Internal, path, format!("Internal error: {detail}"));
    }
}

/// A refused value as Go's validation prints it: texts in quotes, numbers
/// and booleans plain.
pub trait Shown {
    /// The printed form.
    fn shown(&self) -> String;
}

impl Shown for &str {
    fn shown(&self) -> String {
        crate::value::Value::str(self).to_json()
    }
}

impl Shown for i64 {
    fn shown(&self) -> String {
        self.to_string()
    }
}

impl Shown for bool {
    fn shown(&self) -> String {
        self.to_string()
    }
}

/// A refused value whose printed form is given, as Go's `%#v` of a struct.
#[derive(Debug, Clone, Copy)]
pub struct Verbatim<'a>(pub &'a str);

impl Shown for Verbatim<'_> {
    fn shown(&self) -> String {
        self.0.to_owned()
    }
}

impl Shown for &crate::value::Value {
    /// Texts, numbers and booleans as in Go; lists and maps as JSON, which is
    /// how Go's validation prints what has a JSON form.
    fn shown(&self) -> String {
        self.to_json()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_errors_print_as_upstream() {
        let spec = Path::ROOT.field("spec");
        let containers = spec.field("containers");
        let first = containers.index(0);
        let resources = first.field("resources").to_string();
        assert_eq!(resources, "spec.containers[0].resources");
        let mut errors = Errors::default();
        errors.invalid(
            &first.field("limits").key("cpu"),
            "-1",
            "must be greater than or equal to 0",
        );
        errors.not_supported(&spec.field("type"), "Nodeport", &["ClusterIP", "NodePort"]);
        let texts: Vec<String> = errors.0.iter().map(ToString::to_string).collect();
        assert_eq!(
            texts,
            [
                r#"spec.containers[0].limits[cpu]: Invalid value: "-1": must be greater than or equal to 0"#,
                r#"spec.type: Unsupported value: "Nodeport": supported values: "ClusterIP", "NodePort""#,
            ]
        );
    }
}
