//! The values that expressions of CEL have.
//!
//! Source: the language definition, "Values", and `k8s.io/apiserver`'s
//! `pkg/cel` for what Kubernetes adds.

use std::cmp::Ordering;
use std::net::IpAddr;
use std::sync::Arc;

use super::access::Access;
use super::library::url::Url;
use crate::base64;
use crate::quantity::Quantity;
use crate::sim::{Delay, Time};
use crate::value::{Str, Value};

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Cel {
    /// Nothing.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number without a sign.
    Uint(u64),
    /// A number with a fraction.
    Double(f64),
    /// A text.
    Str(Str),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A list.
    List(Arc<Vec<Cel>>),
    /// A map, or an object with its fields.
    Map(Arc<Vec<(Cel, Cel)>>),
    /// An instant.
    Timestamp(Time),
    /// A length of time.
    Duration(Delay),
    /// A value that may be missing.
    Optional(Option<Arc<Cel>>),
    /// A type.
    Type(&'static str),
    /// An amount of a resource.
    Quantity(Quantity),
    /// An address in the web.
    Url(Arc<Url>),
    /// An address of a machine.
    Ip(IpAddr),
    /// A range of addresses: the first and how many bits they share.
    Cidr(IpAddr, u8),
    /// A question to the authorizer.
    Access(Arc<Access>),
    /// What could not be computed; whoever needs it fails likewise.
    Failed(Str),
}

impl Cel {
    /// A text.
    pub fn str(text: impl AsRef<str>) -> Self {
        Self::Str(text.as_ref().into())
    }

    /// A list.
    pub fn list(items: Vec<Self>) -> Self {
        Self::List(Arc::new(items))
    }

    /// A map with these fields.
    pub fn fields(fields: Vec<(&str, Self)>) -> Self {
        let fields = fields.into_iter().map(|(name, value)| (Self::str(name), value));
        Self::Map(Arc::new(fields.collect()))
    }

    /// What an object of the API is, when nothing is known of its type.
    pub fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Int(value) => Self::Int(*value),
            Value::Float(value) => Self::Double(*value),
            Value::Str(text) => Self::Str(text.clone()),
            Value::List(items) => Self::list(items.iter().map(Self::of).collect()),
            Value::Map(map) => Self::Map(Arc::new(
                map.iter().map(|(key, value)| (Self::Str(key.clone()), Self::of(value))).collect(),
            )),
        }
    }

    /// The text, if this is one.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Str(text) = self { Some(text) } else { None }
    }

    /// The items, if this is a list.
    pub(super) fn items(&self) -> Option<&[Self]> {
        if let Self::List(items) = self { Some(items) } else { None }
    }

    /// The value under a key of a map.
    pub(super) fn entry(&self, key: &Self) -> Option<&Self> {
        let Self::Map(entries) = self else { return None };
        entries.iter().find(|(own, _)| own.equals(key)).map(|(_, value)| value)
    }

    /// A field of an object.
    pub(super) fn field(&self, name: &str) -> Option<&Self> {
        let Self::Map(entries) = self else { return None };
        let mut own = entries.iter().filter(|(key, _)| key.as_str() == Some(name));
        own.next().map(|(_, value)| value)
    }

    /// Whether two values are the same; numbers of different types may be.
    pub(super) fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::List(a), Self::List(b)) => {
                a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.equals(b))
            }
            (Self::Map(a), Self::Map(_)) => {
                let Self::Map(b) = other else { return false };
                a.len() == b.len()
                    && a.iter()
                        .all(|(key, value)| other.entry(key).is_some_and(|own| own.equals(value)))
            }
            (Self::Optional(Some(a)), Self::Optional(Some(b))) => a.equals(b),
            _ => self == other || self.compare(other) == Some(Ordering::Equal),
        }
    }

    /// Which of two values comes first, where that can be said.
    pub(super) fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => Some(a.cmp(b)),
            (Self::Str(a), Self::Str(b)) => Some((**a).cmp(&**b)),
            (Self::Bytes(a), Self::Bytes(b)) => Some(a.cmp(b)),
            (Self::Timestamp(a), Self::Timestamp(b)) => Some(a.cmp(b)),
            (Self::Duration(a), Self::Duration(b)) => Some(a.cmp(b)),
            (Self::Double(a), Self::Double(b)) => a.partial_cmp(b),
            (Self::Double(a), b) => a.partial_cmp(&b.as_double()?),
            (a, Self::Double(b)) => a.as_double()?.partial_cmp(b),
            (a, b) => Some(a.whole()?.cmp(&b.whole()?)),
        }
    }

    /// A whole number of either type.
    fn whole(&self) -> Option<i128> {
        match self {
            Self::Int(number) => Some(i128::from(*number)),
            Self::Uint(number) => Some(i128::from(*number)),
            _ => None,
        }
    }

    /// A number as one with a fraction.
    #[expect(clippy::cast_precision_loss, reason = "the conversion is CEL's own")]
    pub(super) fn as_double(&self) -> Option<f64> {
        match self {
            Self::Int(number) => Some(*number as f64),
            Self::Uint(number) => Some(*number as f64),
            Self::Double(number) => Some(*number),
            _ => None,
        }
    }

    /// The name of the type.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null_type",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Uint(_) => "uint",
            Self::Double(_) => "double",
            Self::Str(_) => "string",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "list",
            Self::Map(_) => "map",
            Self::Timestamp(_) => "google.protobuf.Timestamp",
            Self::Duration(_) => "google.protobuf.Duration",
            Self::Optional(_) => "optional_type",
            Self::Type(_) => "type",
            Self::Quantity(_) => "kubernetes.Quantity",
            Self::Url(_) => "kubernetes.URL",
            Self::Ip(_) => "net.IP",
            Self::Cidr(..) => "net.CIDR",
            Self::Access(_) => "kubernetes.authorization.Authorizer",
            Self::Failed(_) => "error",
        }
    }

    /// The value as it would be written in an expression.
    pub(super) fn to_literal(&self) -> String {
        match self {
            Self::Str(text) => format!("{:?}", &**text),
            Self::Bytes(bytes) => format!("b{:?}", String::from_utf8_lossy(bytes)),
            Self::Uint(number) => format!("{number}u"),
            other => other.to_text().unwrap_or_else(|| other.type_name().to_owned()),
        }
    }

    /// What `string(…)` makes of a value.
    pub(super) fn to_text(&self) -> Option<String> {
        Some(match self {
            Self::Str(text) => text.to_string(),
            Self::Null => "null".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Int(number) => number.to_string(),
            Self::Uint(number) => number.to_string(),
            Self::Double(number) => number.to_string(),
            Self::Bytes(bytes) => String::from_utf8(bytes.clone()).ok()?,
            Self::Timestamp(time) => time.rfc3339(),
            Self::Duration(length) => seconds(*length),
            Self::Type(name) => (*name).to_owned(),
            Self::Quantity(amount) => amount.to_string(),
            Self::Url(url) => url.text.clone(),
            Self::Ip(address) => address.to_string(),
            Self::Cidr(address, bits) => format!("{address}/{bits}"),
            _ => return None,
        })
    }

    /// What the API would say instead of this value, if it can say it.
    pub fn to_value(&self) -> Option<Value> {
        Some(match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(number) => Value::Int(*number),
            Self::Uint(number) => Value::Int(i64::try_from(*number).ok()?),
            Self::Double(number) => Value::Float(*number),
            Self::Str(text) => Value::Str(text.clone()),
            Self::Bytes(bytes) => Value::str(base64::encode(bytes)),
            Self::List(items) => {
                Value::list(items.iter().map(Self::to_value).collect::<Option<_>>()?)
            }
            Self::Map(entries) => {
                let mut map = Value::map();
                for (key, value) in entries.iter() {
                    map.set(key.as_str()?, value.to_value()?);
                }
                map
            }
            other => other.to_text()?.into(),
        })
    }
}

/// A length of time in seconds: `1.5s`.
fn seconds(length: Delay) -> String {
    let micros = length.as_micros();
    let (whole, rest) = (micros.unsigned_abs() / 1_000_000, micros.unsigned_abs() % 1_000_000);
    let sign = if micros < 0 { "-" } else { "" };
    match rest {
        0 => format!("{sign}{whole}s"),
        _ => format!("{sign}{whole}.{}s", format!("{rest:06}").trim_end_matches('0')),
    }
}
