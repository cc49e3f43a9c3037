//! `lesson.yaml` as an author writes it, field by field.
//!
//! What no field takes is refused with its place, so that a slip of the pen
//! never turns into a check that looks at nothing.

use std::collections::BTreeMap;

use podyard_engine::cluster::Profile;
use podyard_engine::sim::Delay;
use podyard_engine::value::Value;
use podyard_session::{Setup, scenario};
use serde::{Deserialize, Deserializer};
use serde_yaml::with::singleton_map_recursive;

use crate::check::{self, MEMORY_SECS, Objects, Origin, Subject, Wish};
use crate::model::{self, Deed, Question, Step};

/// How long a fault takes to show.
const SETTLING: Delay = Delay::secs(5);

/// What is wrong with a lesson's file, and where.
#[derive(Debug, thiserror::Error)]
#[error("lesson.yaml: {0}")]
pub struct ReadError(#[from] serde_yaml::Error);

/// Reads `lesson.yaml`.
pub(crate) fn read(text: &str) -> Result<model::Lesson, ReadError> {
    // Deeds are `run: …`, not `!run …`, which is how the format has variants.
    Ok(singleton_map_recursive::deserialize(serde_yaml::Deserializer::from_str(text))?)
}

/// A length as `30s` or `5m`.
pub(crate) fn length<'de, D: Deserializer<'de>>(from: D) -> Result<Delay, D::Error> {
    let text = String::deserialize(from)?;
    scenario::seconds(&text)
        .ok_or_else(|| serde::de::Error::custom(format!("`{text}` is no length as 30s or 5m")))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lesson {
    id: String,
    #[serde(default)]
    cluster: Cluster,
    #[serde(default)]
    files: BTreeMap<String, String>,
    #[serde(default)]
    start: Vec<Deed>,
    #[serde(default)]
    traffic: Vec<Traffic>,
    /// What stands after `podyard fault`, as `node worker-2 down`.
    #[serde(default)]
    faults: Vec<String>,
    #[serde(default)]
    steps: Vec<Step>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cluster {
    seed: Option<u64>,
    nodes: Option<u32>,
    profile: Option<Place>,
}

/// Where a lesson's cluster stands.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Place {
    Local,
    Gke,
    Eks,
}

/// Traffic that goes on from the beginning.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Traffic {
    to: String,
    rps: Option<Scalar>,
    from: Option<String>,
    name: Option<String>,
}

/// A value as a check compares it: those of fields are all of these.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Scalar {
    /// What is missing reads so.
    Null,
    Bool(bool),
    Int(i64),
    Text(String),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Prediction {
    choices: Vec<String>,
    answer: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Check {
    id: String,
    #[serde(default)]
    keep: bool,
    object: Option<Objects>,
    #[serde(default)]
    field: String,
    condition: Option<Condition>,
    count: Option<Count>,
    event: Option<Event>,
    log: Option<Log>,
    allowed: Option<Allowed>,
    reach: Option<Reach>,
    calm: Option<Calm>,
    is: Option<Scalar>,
    is_not: Option<Scalar>,
    at_least: Option<i64>,
    at_most: Option<i64>,
    contains: Option<String>,
    #[serde(default)]
    absent: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Condition {
    r#type: String,
    kind: String,
    #[serde(default)]
    namespace: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    selector: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Count {
    kind: String,
    #[serde(default)]
    namespace: String,
    #[serde(default)]
    selector: String,
    #[serde(default)]
    r#where: BTreeMap<String, Scalar>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
struct Event {
    reason: String,
    about: String,
    message: String,
    namespace: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Log {
    of: String,
    #[serde(default)]
    container: String,
    #[serde(default)]
    namespace: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Allowed {
    who: String,
    verb: String,
    resource: String,
    #[serde(default)]
    namespace: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reach {
    #[serde(default)]
    from: Asker,
    to: String,
}

/// The Pod that asks, by one of these; without them somebody outside.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asker {
    pod: Option<String>,
    selector: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Calm {
    to: String,
    #[serde(deserialize_with = "length")]
    r#for: Delay,
}

impl TryFrom<Lesson> for model::Lesson {
    type Error = String;

    fn try_from(file: Lesson) -> Result<Self, String> {
        if file.id.is_empty() {
            return Err("the id is empty".to_owned());
        }
        let traffic = file.traffic.into_iter().map(Traffic::deed);
        let faults = file.faults.iter().map(|words| Deed::Run(format!("podyard fault {words}")));
        // What is stopped takes a moment to end; the learner finds it stopped.
        let settled = (!file.faults.is_empty()).then_some(Deed::Wait(SETTLING));
        Ok(Self {
            id: file.id,
            setup: file.cluster.setup(),
            files: file.files,
            start: file.start.into_iter().chain(traffic).chain(faults).chain(settled).collect(),
            steps: file.steps,
        })
    }
}

impl Cluster {
    fn setup(&self) -> Setup {
        let usual = Setup::default();
        Setup {
            seed: self.seed.unwrap_or(usual.seed),
            nodes: self.nodes.unwrap_or(usual.nodes),
            profile: match self.profile {
                None => usual.profile,
                Some(Place::Local) => Profile::Local,
                Some(Place::Gke) => Profile::Gke,
                Some(Place::Eks) => Profile::Eks,
            },
        }
    }
}

impl Traffic {
    /// The command line that a person would type for it.
    fn deed(self) -> Deed {
        let rate = self.rps.map(|rate| check::shown(&rate.into()));
        let options = [("rps", rate), ("from", self.from), ("name", self.name)];
        let mut line = format!("podyard traffic start --to {}", self.to);
        for (option, word) in options.into_iter().filter_map(|(name, word)| Some((name, word?))) {
            line.push_str(&format!(" --{option} {word}"));
        }
        Deed::Run(line)
    }
}

impl From<Scalar> for Value {
    fn from(scalar: Scalar) -> Self {
        match scalar {
            Scalar::Null => Self::Null,
            Scalar::Bool(value) => Self::Bool(value),
            Scalar::Int(value) => Self::Int(value),
            Scalar::Text(value) => Self::str(value),
        }
    }
}

impl TryFrom<Prediction> for Question {
    type Error = &'static str;

    fn try_from(file: Prediction) -> Result<Self, Self::Error> {
        if !file.choices.contains(&file.answer) {
            return Err("the answer is none of the choices");
        }
        Ok(Self { choices: file.choices, answer: file.answer })
    }
}

impl TryFrom<Check> for check::Check {
    type Error = String;

    fn try_from(mut file: Check) -> Result<Self, String> {
        let id = std::mem::take(&mut file.id);
        let keep = file.keep;
        let parts = file.wish().and_then(|wish| Ok((file.subject()?, wish)));
        let (subject, wish) = parts.map_err(|error| format!("check {id}: {error}"))?;
        let counts = matches!(subject, Subject::Count(..) | Subject::Event { .. });
        if counts && !wish.is_of_numbers() {
            return Err(format!("check {id}: a number is wished for with a number"));
        }
        Ok(Self { id, keep, subject, wish })
    }
}

impl Check {
    fn wish(&mut self) -> Result<Wish, String> {
        let mut wishes = [
            self.is.take().map(|wanted| Wish::Is(wanted.into())),
            self.is_not.take().map(|unwanted| Wish::IsNot(unwanted.into())),
            self.at_least.map(Wish::AtLeast),
            self.at_most.map(Wish::AtMost),
            self.contains.take().map(Wish::Contains),
            self.absent.then_some(Wish::Absent),
        ]
        .into_iter()
        .flatten();
        let usual = match self.condition {
            Some(_) => Wish::Is(Value::str("True")),
            None => Wish::Exists,
        };
        let wish = wishes.next().unwrap_or(usual);
        match wishes.next() {
            Some(_) => Err("wishes for several things; make it several checks".to_owned()),
            None => Ok(wish),
        }
    }

    fn subject(self) -> Result<Subject, String> {
        let Self { object, field, condition, count, event, log, allowed, reach, calm, .. } = self;
        if object.is_none() && !field.is_empty() {
            return Err("a field needs an object".to_owned());
        }
        let mut subjects = [
            object.map(|objects| Ok(Subject::Field(objects, field))),
            condition.map(|condition| Ok(condition.into())),
            count.map(|count| Ok(count.into())),
            event.map(|event| Ok(event.into())),
            log.map(|log| Ok(log.into())),
            allowed.map(|allowed| Ok(allowed.into())),
            reach.map(Subject::try_from),
            calm.map(Subject::try_from),
        ]
        .into_iter()
        .flatten();
        match (subjects.next(), subjects.next()) {
            (Some(subject), None) => subject,
            _ => Err("needs one of object, condition, count, event, log, allowed, reach, calm"
                .to_owned()),
        }
    }
}

impl From<Condition> for Subject {
    fn from(condition: Condition) -> Self {
        let Condition { r#type, kind, namespace, name, selector } = condition;
        let field = format!("status.conditions[type={type}].status");
        Self::Field(Objects { kind, namespace, name, selector }, field)
    }
}

impl From<Count> for Subject {
    fn from(count: Count) -> Self {
        let Count { kind, namespace, selector, r#where } = count;
        let wanted = r#where.into_iter().map(|(field, value)| (field, value.into()));
        Self::Count(Objects { kind, namespace, selector, name: String::new() }, wanted.collect())
    }
}

impl From<Event> for Subject {
    fn from(event: Event) -> Self {
        let Event { reason, about, message, namespace } = event;
        Self::Event { reason, about, message, namespace }
    }
}

impl From<Log> for Subject {
    fn from(log: Log) -> Self {
        let Log { of, container, namespace } = log;
        Self::Log { of, container, namespace }
    }
}

impl From<Allowed> for Subject {
    fn from(allowed: Allowed) -> Self {
        let Allowed { who, verb, resource, namespace } = allowed;
        Self::Allowed { who, verb, resource, namespace }
    }
}

impl TryFrom<Reach> for Subject {
    type Error = String;

    fn try_from(reach: Reach) -> Result<Self, String> {
        let from = match (reach.from.pod, reach.from.selector) {
            (None, None) => Origin::Outside,
            (Some(name), None) => Origin::Named(name),
            (None, Some(selector)) => Origin::Pod(selector),
            (Some(_), Some(_)) => return Err("from is a pod or a selector".to_owned()),
        };
        let (host, port) = reach.to.rsplit_once(':').unwrap_or_default();
        let port = port.parse().map_err(|_| format!("to is HOST:PORT, not `{}`", reach.to))?;
        Ok(Self::Reach { from, host: host.to_owned(), port })
    }
}

impl TryFrom<Calm> for Subject {
    type Error = String;

    fn try_from(calm: Calm) -> Result<Self, String> {
        let seconds = calm.r#for.as_micros() / 1_000_000;
        if !(1..=MEMORY_SECS).contains(&seconds) {
            return Err("for is at most ten minutes".to_owned());
        }
        Ok(Self::Calm { to: calm.to, seconds })
    }
}
