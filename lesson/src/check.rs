//! Checks: what they look at and what they wish, read from `lesson.yaml`.

use podyard_engine::sim::Delay;
use podyard_engine::value::Value;
use podyard_session::scenario;

use crate::verdict::Wanted;

/// What is wrong with a lesson's file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct ReadError {
    /// The field.
    pub place: String,
    /// What is wrong with it.
    pub what: String,
}

impl ReadError {
    pub(crate) fn new(place: &str, what: impl Into<String>) -> Self {
        Self { place: place.to_owned(), what: what.into() }
    }
}

/// Something that must hold in the cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// The id its words go by.
    pub id: String,
    /// Whether it holds from the start and must go on holding.
    pub keep: bool,
    pub(crate) subject: Subject,
    pub(crate) wish: Wish,
}

/// Which objects a check looks at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Objects {
    pub(crate) kind: String,
    pub(crate) namespace: String,
    /// One of this name, or all that the selector selects.
    pub(crate) name: String,
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
    /// Reads a check; `place` is where it stands.
    pub(crate) fn read(check: &Value, place: &str) -> Result<Self, ReadError> {
        let id = check["id"].text().to_owned();
        let subject = Subject::read(check, place)?;
        let wish = Wish::read(check, place)?;
        let counts = matches!(subject, Subject::Count(..) | Subject::Event { .. });
        let fits = match &wish {
            Wish::Exists
            | Wish::Absent
            | Wish::AtLeast(_)
            | Wish::AtMost(_)
            | Wish::Is(Value::Int(_)) => true,
            Wish::Is(_) | Wish::IsNot(_) | Wish::Contains(_) => !counts,
        };
        if !fits {
            return Err(ReadError::new(place, "a number is wished for with a number"));
        }
        Ok(Self { id, keep: check["keep"].is_true(), subject, wish })
    }

    /// Whether a real cluster can tell as well.
    pub fn is_real(&self) -> bool {
        !matches!(self.subject, Subject::Reach { .. } | Subject::Calm { .. })
    }
}

impl Objects {
    fn read(value: &Value) -> Self {
        let text = |name: &str| value[name].text().to_owned();
        Self {
            kind: text("kind"),
            namespace: text("namespace"),
            name: text("name"),
            selector: text("selector"),
        }
    }
}

impl Subject {
    fn read(check: &Value, place: &str) -> Result<Self, ReadError> {
        let text = |value: &Value| value.text().to_owned();
        let Some((name, value)) = check.entries().find(|(name, _)| SUBJECTS.contains(&&***name))
        else {
            return Err(ReadError::new(place, format!("needs one of {}", SUBJECTS.join(", "))));
        };
        Ok(match &**name {
            "object" => Self::Field(Objects::read(value), text(&check["field"])),
            "condition" => {
                let field = format!("status.conditions[type={}].status", value["type"].text());
                Self::Field(Objects::read(value), field)
            }
            "count" => {
                let wanted = value["where"].entries();
                let wanted = wanted.map(|(field, value)| (field.to_string(), value.clone()));
                Self::Count(Objects::read(value), wanted.collect())
            }
            "event" => Self::Event {
                reason: text(&value["reason"]),
                about: text(&value["about"]),
                message: text(&value["message"]),
                namespace: text(&value["namespace"]),
            },
            "log" => Self::Log {
                of: text(&value["of"]),
                container: text(&value["container"]),
                namespace: text(&value["namespace"]),
            },
            "allowed" => Self::Allowed {
                who: text(&value["who"]),
                verb: text(&value["verb"]),
                resource: text(&value["resource"]),
                namespace: text(&value["namespace"]),
            },
            "reach" => {
                let (host, port) = value["to"].text().rsplit_once(':').unwrap_or_default();
                let port = port.parse().map_err(|_| ReadError::new(place, "to is HOST:PORT"))?;
                Self::Reach { from: Origin::read(&value["from"]), host: host.to_owned(), port }
            }
            _ => {
                let seconds = scenario::seconds(value["for"].text()).map(Delay::as_micros);
                let seconds = seconds.map(|micros| micros / 1_000_000);
                let seconds = seconds.filter(|seconds| (1..=MEMORY_SECS).contains(seconds));
                let seconds = seconds
                    .ok_or_else(|| ReadError::new(place, "for is as 30s, at most ten minutes"))?;
                Self::Calm { to: text(&value["to"]), seconds }
            }
        })
    }
}

/// How long requests are remembered, in seconds.
pub(crate) const MEMORY_SECS: i64 = 600;
const SUBJECTS: [&str; 8] =
    ["object", "condition", "count", "event", "log", "allowed", "reach", "calm"];

impl Origin {
    fn read(value: &Value) -> Self {
        match (value["pod"].text(), value["selector"].text()) {
            ("", "") => Self::Outside,
            ("", selector) => Self::Pod(selector.to_owned()),
            (name, _) => Self::Named(name.to_owned()),
        }
    }
}

impl Wish {
    fn read(check: &Value, place: &str) -> Result<Self, ReadError> {
        let mut wishes = Vec::new();
        for (name, value) in check.entries() {
            wishes.push(match (&**name, value) {
                ("is", value) => Self::Is(value.clone()),
                ("is-not", value) => Self::IsNot(value.clone()),
                ("at-least", Value::Int(least)) => Self::AtLeast(*least),
                ("at-most", Value::Int(most)) => Self::AtMost(*most),
                ("contains", Value::Str(part)) => Self::Contains(part.to_string()),
                ("absent", Value::Bool(true)) => Self::Absent,
                _ => continue,
            });
        }
        if wishes.len() > 1 {
            return Err(ReadError::new(place, "wishes for several things; make it several checks"));
        }
        let is_condition = !check["condition"].is_null();
        let usual = if is_condition { Self::Is(Value::str("True")) } else { Self::Exists };
        Ok(wishes.pop().unwrap_or(usual))
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
