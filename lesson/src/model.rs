//! `lesson.yaml`: what a lesson is made of, without its words.

use std::collections::BTreeMap;

use podyard_engine::sim::Delay;
use podyard_session::Setup;
use serde::Deserialize;

use crate::check::Check;
use crate::file::{self, ReadError};

/// A lesson.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(try_from = "file::Lesson")]
pub struct Lesson {
    /// The id it goes by: its folder's name.
    pub id: String,
    /// What its cluster is made of.
    pub setup: Setup,
    /// The files that the editor holds at the beginning, by name.
    pub files: BTreeMap<String, String>,
    /// What happened before the learner came: deeds, then traffic that goes on,
    /// then what is broken.
    pub start: Vec<Deed>,
    /// Its steps in order.
    pub steps: Vec<Step>,
}

/// One step: done when all its checks have passed at once.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The id its words go by.
    pub id: String,
    /// Something to predict before anything is run.
    #[serde(rename = "predict")]
    pub question: Option<Question>,
    /// What must hold.
    #[serde(default)]
    pub checks: Vec<Check>,
    /// What a learner sees at the beginning: the symptoms that the text tells.
    #[serde(default)]
    pub symptoms: Vec<Check>,
    /// One way to get there.
    #[serde(default)]
    pub solution: Vec<Deed>,
    /// Ways that lead elsewhere.
    #[serde(default)]
    pub wrong: Vec<Attempt>,
    /// Other ways that lead there too.
    #[serde(default)]
    pub near: Vec<Attempt>,
}

/// Something to predict.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "file::Prediction")]
pub struct Question {
    /// The ids that the choices' words go by.
    pub choices: Vec<String>,
    /// The id of the right one.
    pub answer: String,
}

/// A way that somebody might try.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attempt {
    /// What is done.
    #[serde(rename = "do")]
    pub deeds: Vec<Deed>,
    /// The check that does not hold after it; empty where all do.
    #[serde(default)]
    pub fails: String,
}

/// Something that is done to a session.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "lowercase")]
pub enum Deed {
    /// Runs a command line.
    Run(String),
    /// Replaces a part of a file's text.
    Edit {
        /// The file.
        file: String,
        /// The part.
        from: String,
        /// What takes its place.
        to: String,
    },
    /// Writes a file.
    Write {
        /// The file.
        file: String,
        /// Its text.
        text: String,
    },
    /// Lets simulated time pass.
    #[serde(deserialize_with = "file::length")]
    Wait(Delay),
}

impl Lesson {
    /// Reads `lesson.yaml`.
    pub fn parse(text: &str) -> Result<Self, ReadError> {
        file::read(text)
    }

    /// A step by its id.
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(start: &str, wanted: Result<&[&str], &str>) {
        let lesson = Lesson::parse(&format!("id: x\n{start}"));
        let lines = lesson.map(|lesson| {
            let lines = lesson.start.into_iter().filter_map(|deed| match deed {
                Deed::Run(line) => Some(line),
                _ => None,
            });
            lines.collect::<Vec<_>>()
        });
        let wanted = wanted.map(|lines| lines.iter().map(ToString::to_string).collect());
        assert_eq!(lines.map_err(|error| error.to_string()), wanted.map_err(str::to_owned));
    }

    #[test]
    fn traffic_and_faults_come_after_the_deeds_as_a_person_would_type_them() {
        check(
            "faults: [node worker-2 down]\ntraffic:\n- {to: http://web, rps: 2, from: pod/visitor}\nstart:\n- run: kubectl get pods\n",
            Ok(&[
                "kubectl get pods",
                "podyard traffic start --to http://web --rps 2 --from pod/visitor",
                "podyard fault node worker-2 down",
            ]),
        );
        check(
            "traffic: [{rps: 2}]",
            Err("lesson.yaml: traffic[0]: missing field `to` at line 2 column 11"),
        );
    }

    /// What is refused in a check that an author wrote so.
    fn refused(check: &str) -> String {
        let text = format!("id: x\nsteps:\n- id: s\n  checks:\n  - id: c\n    {check}\n");
        Lesson::parse(&text).expect_err(check).to_string()
    }

    #[test]
    fn a_slip_of_the_pen_is_refused_at_its_place() {
        let error = refused("count: { kind: pods }\n    atleast: 3");
        let wanted = "lesson.yaml: steps[0].checks[0]: unknown field `atleast`, expected one of";
        assert!(error.starts_with(wanted), "{error}");
        assert!(error.ends_with(" at line 7 column 5"), "{error}");
        for (check, wanted) in [
            ("count: { kind: pods }\n    is: three", "a number is wished for with a number"),
            ("count: { kind: pods }\n    is: 3\n    absent: true", "wishes for several things"),
            ("object: { kind: pods }\n    count: { kind: pods }", "needs one of object, condition"),
            ("field: spec.replicas\n    count: { kind: pods }", "a field needs an object"),
            ("reach: { to: web }", "to is HOST:PORT, not `web`"),
            ("calm: { to: web, for: 11m }", "for is at most ten minutes"),
        ] {
            let error = refused(check);
            assert!(error.contains(&format!("check c: {wanted}")), "{check}: {error}");
        }
        let wait = "lesson.yaml: start[0]: `long` is no length as 30s or 5m at line 2 column 9";
        check("start: [{wait: long}]", Err(wait));
    }
}
