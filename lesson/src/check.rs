//! Checks: what they look at and what they wish.

use podyard_engine::value::Value;
use serde::Deserialize;

use crate::file;
use crate::verdict::Wanted;

/// Something that must hold in the cluster.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "file::Check")]
pub struct Check {
    /// The id its words go by.
    pub id: String,
    /// Whether it holds from the start and must go on holding.
    pub keep: bool,
    pub(crate) subject: Subject,
    pub(crate) wish: Wish,
}

/// Which objects a check looks at.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Objects {
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) namespace: String,
    /// One of this name, or all that the selector selects.
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) selector: String,
}

/// What a check looks at.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Subject {
    /// A field of objects, the same wish for each of them.
    Field(Objects, String),
    /// How many objects there are, of those whose fields have these values.
    Count(Objects, Vec<(String, Value)>),
    /// How often an event was told: its reason, `kind/name` of its object (or
    /// how that begins), and what its message contains.
    Event { reason: String, about: String, message: String, namespace: String },
    /// What the log of an object says.
    Log { of: String, container: String, namespace: String },
    /// Whether somebody may do something to the objects of a kind.
    Allowed { who: String, verb: String, resource: String, namespace: String },
    /// Whether connections arrive.
    Reach { from: Origin, host: String, port: u16 },
    /// Whether the requests to a host of the last while were all answered.
    Calm { to: String, seconds: i64 },
}

/// Who makes a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Somebody outside the cluster.
    Outside,
    /// The first Pod that a selector selects.
    Pod(String),
    /// The Pod of a name.
    Named(String),
}

/// What a check wishes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Wish {
    Exists,
    Absent,
    Is(Value),
    IsNot(Value),
    AtLeast(i64),
    AtMost(i64),
    Contains(String),
}

impl Check {
    /// Whether a real cluster can tell as well.
    pub fn is_real(&self) -> bool {
        !matches!(self.subject, Subject::Reach { .. } | Subject::Calm { .. })
    }
}

/// How long requests are remembered, in seconds.
pub(crate) const MEMORY_SECS: i64 = 600;

impl Wish {
    /// Whether a number can fulfil it.
    pub(crate) fn is_of_numbers(&self) -> bool {
        match self {
            Self::Exists | Self::Absent | Self::AtLeast(_) | Self::AtMost(_) => true,
            Self::Is(wanted) => matches!(wanted, Value::Int(_)),
            Self::IsNot(_) | Self::Contains(_) => false,
        }
    }

    /// The wish as a verdict tells it.
    pub(crate) fn wanted(&self) -> Wanted {
        match self {
            Self::Exists => Wanted::Something,
            Self::Absent => Wanted::Nothing,
            Self::Is(value) => Wanted::Is(shown(value)),
            Self::IsNot(value) => Wanted::IsNot(shown(value)),
            Self::AtLeast(least) => Wanted::AtLeast(*least),
            Self::AtMost(most) => Wanted::AtMost(*most),
            Self::Contains(part) => Wanted::Contains(part.clone()),
        }
    }

    /// Whether a value is as wished.
    pub(crate) fn fits(&self, fact: &Value) -> bool {
        match self {
            Self::Exists => !fact.is_null(),
            Self::Absent => fact.is_null(),
            Self::Is(wish) => fact == wish,
            Self::IsNot(wish) => fact != wish,
            Self::AtLeast(least) => fact.int() >= *least,
            Self::AtMost(most) => fact.int() <= *most,
            Self::Contains(part) => shown(fact).contains(part.as_str()),
        }
    }
}

/// A value as a person writes it; nothing for none.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Str(text) => text.to_string(),
        other => other.to_json(),
    }
}
