//! The types that the parts of an expression have, as far as they are known
//! before it runs.
//!
//! Source: the language definition, "Type checking".

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::value::Cel;
use crate::base64;
use crate::sim::Time;
use crate::value::Value;

/// A type.
#[derive(Debug, Clone, PartialEq)]
pub enum Type {
    /// Anything: known only when the expression runs.
    Dyn,
    /// Nothing.
    Null,
    /// A truth value.
    Bool,
    /// A whole number.
    Int,
    /// A whole number without a sign.
    Uint,
    /// A number with a fraction.
    Double,
    /// A text.
    Str,
    /// Bytes.
    Bytes,
    /// An instant.
    Timestamp,
    /// A length of time.
    Duration,
    /// A list of one type.
    List(Arc<Type>),
    /// A map of one type to another.
    Map(Arc<Type>, Arc<Type>),
    /// A value that may be missing.
    Optional(Arc<Type>),
    /// An object with known fields.
    Object(Arc<Object>),
    /// A type of a library, by its name.
    Named(&'static str),
}

/// A type with fields.
#[derive(Debug, PartialEq)]
pub struct Object {
    /// What the type is called.
    pub name: String,
    /// Its fields.
    pub fields: BTreeMap<String, Type>,
}

impl Type {
    /// A list of `item`.
    pub fn list(item: Self) -> Self {
        Self::List(Arc::new(item))
    }

    /// A map of texts to `value`.
    pub fn map(value: Self) -> Self {
        Self::Map(Arc::new(Self::Str), Arc::new(value))
    }

    /// An object with these fields.
    pub fn object(name: &str, fields: Vec<(&str, Self)>) -> Self {
        let fields = fields.into_iter().map(|(name, kind)| (name.to_owned(), kind)).collect();
        Self::Object(Arc::new(Object { name: name.to_owned(), fields }))
    }

    /// Whether a value of type `other` may stand where this type is wanted.
    pub(super) fn takes(&self, other: &Self) -> bool {
        match (self, other) {
            // Objects, durations and the like may be absent.
            (Self::Dyn, _)
            | (_, Self::Dyn)
            | (Self::Object(_) | Self::Timestamp | Self::Duration, Self::Null)
            | (Self::Null, Self::Object(_) | Self::Timestamp | Self::Duration) => true,
            (Self::List(a), Self::List(b)) | (Self::Optional(a), Self::Optional(b)) => a.takes(b),
            (Self::Map(a, b), Self::Map(c, d)) => a.takes(c) && b.takes(d),
            // An object of a schema is a map to those who write literals.
            (Self::Object(a), Self::Object(b)) => a.name == b.name,
            _ => self == other,
        }
    }

    /// A value of the API, of this type: texts in a format are what they mean.
    pub fn read(&self, value: &Value) -> Cel {
        match (self, value) {
            (Self::Timestamp, Value::Str(text)) => {
                let whole =
                    if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_string() };
                Time::parse(&whole).map_or_else(|| Cel::of(value), Cel::Timestamp)
            }
            (Self::Duration, Value::Str(text)) => {
                super::library::time::duration(text).map_or_else(|_| Cel::of(value), Cel::Duration)
            }
            (Self::Bytes, Value::Str(text)) => {
                base64::decode(text).map_or_else(|_| Cel::of(value), Cel::Bytes)
            }
            #[expect(clippy::cast_precision_loss, reason = "the conversion is CEL's own")]
            (Self::Double, Value::Int(number)) => Cel::Double(*number as f64),
            (Self::List(item), Value::List(items)) => {
                Cel::list(items.iter().map(|own| item.read(own)).collect())
            }
            (Self::Map(_, inner), Value::Map(map)) => {
                let entries = map.iter().map(|(key, own)| (Cel::Str(key.clone()), inner.read(own)));
                Cel::Map(Arc::new(entries.collect()))
            }
            (Self::Object(object), Value::Map(map)) => {
                let known = map.iter().filter_map(|(key, own)| {
                    let name = escape(key)?;
                    let kind = object.fields.get(&name)?;
                    // A field that says `null` is as good as none.
                    (!own.is_null()).then(|| (Cel::str(name), kind.read(own)))
                });
                Cel::Map(Arc::new(known.collect()))
            }
            _ => Cel::of(value),
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dyn => f.write_str("dyn"),
            Self::Null => f.write_str("null"),
            Self::Bool => f.write_str("bool"),
            Self::Int => f.write_str("int"),
            Self::Uint => f.write_str("uint"),
            Self::Double => f.write_str("double"),
            Self::Str => f.write_str("string"),
            Self::Bytes => f.write_str("bytes"),
            Self::Timestamp => f.write_str("timestamp"),
            Self::Duration => f.write_str("duration"),
            Self::List(item) => write!(f, "list({item})"),
            Self::Map(key, value) => write!(f, "map({key}, {value})"),
            Self::Optional(inner) => write!(f, "optional_type({inner})"),
            Self::Object(object) => f.write_str(&object.name),
            Self::Named(name) => f.write_str(name),
        }
    }
}

/// The words that no field may be called in an expression.
pub(super) const RESERVED: [&str; 21] = [
    "true",
    "false",
    "null",
    "in",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

/// Whether something can be called so in an expression.
pub fn is_identifier(name: &str) -> bool {
    !name.starts_with(|letter: char| letter.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !RESERVED.contains(&name)
}

/// The name by which expressions know a field of a schema, if they can.
pub fn escape(name: &str) -> Option<String> {
    if RESERVED.contains(&name) {
        return Some(format!("__{name}__"));
    }
    if name.is_empty() || name.starts_with(|letter: char| letter.is_ascii_digit()) {
        return None;
    }
    let mut escaped = String::new();
    let mut rest = name;
    while let Some(letter) = rest.chars().next() {
        let (text, length) = match letter {
            '_' if rest.starts_with("__") => ("__underscores__", 2),
            '-' => ("__dash__", 1),
            '.' => ("__dot__", 1),
            '/' => ("__slash__", 1),
            '_' | 'a'..='z' | 'A'..='Z' | '0'..='9' => (rest.get(..1)?, 1),
            _ => return None,
        };
        escaped.push_str(text);
        rest = rest.get(length..)?;
    }
    Some(escaped)
}
