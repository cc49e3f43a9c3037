//! How a check came out, and how to say it to a learner.

use serde::{Deserialize, Serialize};

/// A language of verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Korean.
    Korean,
}

/// An object, by kind and name; the name is empty where any would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thing {
    /// Its kind as the lesson has it, or as the object itself says.
    pub kind: String,
    /// Its namespace; empty where there is none or it is the usual one.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// What was wished of a field or a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wanted {
    /// Exactly this.
    Is(String),
    /// Anything but this.
    IsNot(String),
    /// At least so many.
    AtLeast(i64),
    /// At most so many.
    AtMost(i64),
    /// A text with this in it.
    Contains(String),
    /// Anything at all.
    Something,
    /// Nothing.
    Nothing,
}

/// What became of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    /// Somebody took it.
    Arrived,
    /// Its host has no address.
    UnknownHost,
    /// Nobody answered in time.
    TimedOut,
    /// Nobody listens there.
    Refused,
    /// It was cut off on the way.
    Cut,
}

impl Fate {
    fn say(self, language: Language) -> &'static str {
        let (english, korean) = match self {
            Self::Arrived => ("it arrives", "연결됨"),
            Self::UnknownHost => ("the name has no address", "이름에 해당하는 주소 없음"),
            Self::TimedOut => ("timed out", "시간 초과"),
            Self::Refused => ("connection refused", "연결 거부됨"),
            Self::Cut => ("cut off on the way", "중간에 끊김"),
        };
        match language {
            Language::English => english,
            Language::Korean => korean,
        }
    }
}

/// How a check came out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// It holds.
    Passed,
    /// The object is not there.
    Missing(Thing),
    /// The object is there, and should not be.
    Unwanted(Thing),
    /// A field of an object is otherwise.
    Different {
        /// The object.
        thing: Thing,
        /// The field.
        field: String,
        /// What it is; empty where it is not set.
        fact: String,
        /// What it should be.
        wanted: Wanted,
    },
    /// There are more or fewer than there should be.
    Number {
        /// Of what.
        what: String,
        /// How many there are.
        fact: i64,
        /// How many there should be.
        wanted: Wanted,
    },
    /// The log does not say it.
    Unlogged {
        /// Whose log.
        thing: Thing,
        /// What it does not say.
        wanted: String,
    },
    /// A connection does not arrive, or arrives and should not.
    Unreached {
        /// Who asked.
        from: String,
        /// For what.
        to: String,
        /// What happened.
        fate: Fate,
        /// The object responsible, if one is.
        thing: Option<Thing>,
        /// Its field.
        field: String,
    },
    /// Requests failed, or there were none.
    Restless {
        /// To where.
        to: String,
        /// How many were seen.
        seen: u64,
        /// How many of them failed.
        failed: u64,
        /// How many seconds ago the first of them was sent.
        since: i64,
        /// Over how many seconds none should.
        seconds: i64,
    },
    /// Only a simulated cluster can tell.
    Unknowable,
}

impl Thing {
    /// An object by kind and name.
    pub fn new(kind: &str, namespace: &str, name: &str) -> Self {
        Self { kind: kind.to_owned(), namespace: namespace.to_owned(), name: name.to_owned() }
    }

    /// `kind/name`, or only the kind.
    pub fn path(&self) -> String {
        match (self.namespace.as_str(), self.name.as_str()) {
            (_, "") => self.kind.clone(),
            ("", name) => format!("{}/{name}", self.kind),
            (namespace, name) => format!("{}/{name} ({namespace})", self.kind),
        }
    }
}

impl Verdict {
    /// The object that a learner should look at, if there is one.
    pub fn thing(&self) -> Option<&Thing> {
        match self {
            Self::Unwanted(thing)
            | Self::Different { thing, .. }
            | Self::Unlogged { thing, .. }
            | Self::Unreached { thing: Some(thing), .. } => Some(thing),
            _ => None,
        }
    }

    /// Says what is missing; nothing where nothing is.
    pub fn say(&self, language: Language) -> String {
        let choose = |english: String, korean: String| match language {
            Language::English => english,
            Language::Korean => korean,
        };
        match self {
            Self::Passed => String::new(),
            Self::Missing(thing) => {
                let thing = thing.path();
                choose(format!("{thing} is not there yet"), format!("아직 없음: {thing}"))
            }
            Self::Unwanted(thing) => {
                let thing = thing.path();
                choose(format!("{thing} is still there"), format!("아직 남아 있음: {thing}"))
            }
            Self::Different { thing, field, fact, wanted } => {
                let (thing, wanted) = (thing.path(), wanted.say(language));
                if fact.is_empty() {
                    return choose(
                        format!("{thing}: {field} is not set, wanted {wanted}"),
                        format!("{thing}: {field} 값 없음, 목표 {wanted}"),
                    );
                }
                choose(
                    format!("{thing}: {field} is {fact}, wanted {wanted}"),
                    format!("{thing}: {field} 현재 {fact}, 목표 {wanted}"),
                )
            }
            Self::Number { what, fact, wanted } => {
                let wanted = wanted.say(language);
                choose(
                    format!("{what}: {fact} found, wanted {wanted}"),
                    format!("{what}: 현재 {fact}개, 목표 {wanted}"),
                )
            }
            Self::Unlogged { thing, wanted } => {
                let thing = thing.path();
                choose(
                    format!("the log of {thing} does not say “{wanted}” yet"),
                    format!("{thing} 로그에 아직 없는 내용: “{wanted}”"),
                )
            }
            Self::Unreached { from, to, fate, thing, field } => {
                let cause = thing.as_ref().map(|thing| format!("{} {field}", thing.path()));
                let cause = cause.map(|cause| format!(" ({})", cause.trim_end()));
                let (fate, cause) = (fate.say(language), cause.unwrap_or_default());
                format!("{from} → {to}: {fate}{cause}")
            }
            Self::Restless { to, seen: 0, .. } => {
                choose(format!("no requests to {to} were seen"), format!("{to}(으)로 간 요청 없음"))
            }
            Self::Restless { to, failed: 0, since, seconds, .. } => choose(
                format!("{to}: no request failed for {since} s, wanted {seconds} s"),
                format!("{to}: 실패 없이 {since}초 지남, 목표 {seconds}초"),
            ),
            Self::Restless { to, seen, failed, seconds, .. } => choose(
                format!(
                    "{to}: {failed} of {seen} requests failed in the last {seconds} s, wanted 0"
                ),
                format!("{to}: 최근 {seconds}초 동안 요청 {seen}개 중 {failed}개 실패, 목표 0개"),
            ),
            Self::Unknowable => choose(
                "only a simulated cluster can tell".to_owned(),
                "시뮬레이션 클러스터에서만 확인할 수 있음".to_owned(),
            ),
        }
    }
}

impl Wanted {
    fn say(&self, language: Language) -> String {
        let korean = language == Language::Korean;
        match self {
            Self::Is(value) => value.clone(),
            Self::IsNot(value) if korean => format!("{value} 아님"),
            Self::IsNot(value) => format!("not {value}"),
            Self::AtLeast(least) if korean => format!("{least} 이상"),
            Self::AtLeast(least) => format!("at least {least}"),
            Self::AtMost(most) if korean => format!("{most} 이하"),
            Self::AtMost(most) => format!("at most {most}"),
            Self::Contains(part) if korean => format!("“{part}” 포함"),
            Self::Contains(part) => format!("something with “{part}”"),
            Self::Something if korean => "아무 값".to_owned(),
            Self::Something => "any value".to_owned(),
            Self::Nothing if korean => "값 없음".to_owned(),
            Self::Nothing => "none".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(verdict: Verdict, english: &str, korean: &str) {
        assert_eq!(verdict.say(Language::English), english);
        assert_eq!(verdict.say(Language::Korean), korean);
    }

    #[test]
    fn an_unmet_check_names_object_and_field_in_both_languages() {
        let thing = Thing::new("deployment", "", "web");
        let field = "status.readyReplicas".to_owned();
        check(
            Verdict::Different {
                thing: thing.clone(),
                field,
                fact: "1".to_owned(),
                wanted: Wanted::AtLeast(3),
            },
            "deployment/web: status.readyReplicas is 1, wanted at least 3",
            "deployment/web: status.readyReplicas 현재 1, 목표 3 이상",
        );
        check(
            Verdict::Missing(thing),
            "deployment/web is not there yet",
            "아직 없음: deployment/web",
        );
    }

    #[test]
    fn an_unmet_connection_names_who_is_responsible() {
        let verdict = Verdict::Unreached {
            from: "outside".to_owned(),
            to: "web:80".to_owned(),
            fate: Fate::Refused,
            thing: Some(Thing::new("Service", "", "web")),
            field: "spec.selector".to_owned(),
        };
        assert_eq!(
            verdict.say(Language::English),
            "outside → web:80: connection refused (Service/web spec.selector)"
        );
    }
}
