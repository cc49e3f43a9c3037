//! `lesson.yaml`: what a lesson is made of, without its words.

use std::collections::BTreeMap;

use podyard_engine::cluster::Profile;
use podyard_engine::sim::Delay;
use podyard_engine::value::Value;
use podyard_engine::yaml::parse_yaml;
use podyard_session::{Setup, scenario};

use crate::check::{Check, ReadError, shown};

/// How long a fault takes to show.
const SETTLING: Delay = Delay::secs(5);

/// A lesson.
#[derive(Debug, Clone, PartialEq, Default)]
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
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Step {
    /// The id its words go by.
    pub id: String,
    /// Something to predict before anything is run.
    pub question: Option<Question>,
    /// What must hold.
    pub checks: Vec<Check>,
    /// What a learner sees at the beginning: the symptoms that the text tells.
    pub symptoms: Vec<Check>,
    /// One way to get there.
    pub solution: Vec<Deed>,
    /// Ways that lead elsewhere.
    pub wrong: Vec<Attempt>,
    /// Other ways that lead there too.
    pub near: Vec<Attempt>,
}

/// Something to predict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The ids that the choices' words go by.
    pub choices: Vec<String>,
    /// The id of the right one.
    pub answer: String,
}

/// A way that somebody might try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// What is done.
    pub deeds: Vec<Deed>,
    /// The check that does not hold after it; empty where all do.
    pub fails: String,
}

/// Something that is done to a session.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    Wait(Delay),
}

impl Lesson {
    /// Reads `lesson.yaml`.
    pub fn parse(text: &str) -> Result<Self, ReadError> {
        let value =
            parse_yaml(text).map_err(|error| ReadError::new("lesson.yaml", error.message))?;
        Self::read(&value)
    }

    fn read(value: &Value) -> Result<Self, ReadError> {
        let id = value["id"].text().to_owned();
        if id.is_empty() {
            return Err(ReadError::new("id", "is missing"));
        }
        let files = value["files"].entries();
        let files = files.map(|(name, text)| (name.to_string(), text.text().to_owned()));
        Ok(Self {
            id,
            setup: setup(&value["cluster"])?,
            files: files.collect(),
            start: beginning(value)?,
            steps: all(&value["steps"], "steps", Step::read)?,
        })
    }

    /// A step by its id.
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == id)
    }
}

impl Step {
    fn read(step: &Value, place: &str) -> Result<Self, ReadError> {
        let question = &step["predict"];
        let choices = question["choices"].items().iter().map(|id| id.text().to_owned());
        let question = (!question.is_null()).then(|| Question {
            choices: choices.collect(),
            answer: question["answer"].text().to_owned(),
        });
        if question.as_ref().is_some_and(|question| !question.choices.contains(&question.answer)) {
            return Err(ReadError::new(place, "the answer is none of the choices"));
        }
        let at = |name: &str| format!("{place}.{name}");
        Ok(Self {
            id: step["id"].text().to_owned(),
            question,
            checks: all(&step["checks"], &at("checks"), Check::read)?,
            symptoms: all(&step["symptoms"], &at("symptoms"), Check::read)?,
            solution: deeds(&step["solution"], &at("solution"))?,
            wrong: all(&step["wrong"], &at("wrong"), Attempt::read)?,
            near: all(&step["near"], &at("near"), Attempt::read)?,
        })
    }
}

impl Attempt {
    fn read(value: &Value, place: &str) -> Result<Self, ReadError> {
        let deeds = deeds(&value["do"], place)?;
        Ok(Self { deeds, fails: value["fails"].text().to_owned() })
    }
}

impl Deed {
    fn read(value: &Value, place: &str) -> Result<Self, ReadError> {
        let text = |value: &Value| value.text().to_owned();
        if let Some(line) = value["run"].as_str() {
            return Ok(Self::Run(line.to_owned()));
        }
        if let Some(length) = value["wait"].as_str() {
            let length = scenario::seconds(length);
            return length.map(Self::Wait).ok_or_else(|| ReadError::new(place, "waits as 30s"));
        }
        let (edit, write) = (&value["edit"], &value["write"]);
        if !edit.is_null() {
            let (file, from, to) = (text(&edit["file"]), text(&edit["from"]), text(&edit["to"]));
            return Ok(Self::Edit { file, from, to });
        }
        if !write.is_null() {
            return Ok(Self::Write { file: text(&write["file"]), text: text(&write["text"]) });
        }
        Err(ReadError::new(place, "needs one of run, edit, write, wait"))
    }
}

/// What is done before the learner comes. Traffic and faults are the command
/// lines that a person would type for them.
fn beginning(value: &Value) -> Result<Vec<Deed>, ReadError> {
    let mut all = deeds(&value["start"], "start")?;
    all.extend(self::all(&value["traffic"], "traffic", traffic)?);
    let faults = self::all(&value["faults"], "faults", fault)?;
    // What is stopped takes a moment to end; the learner finds it stopped.
    let settled = (!faults.is_empty()).then_some(Deed::Wait(SETTLING));
    all.extend(faults.into_iter().chain(settled));
    Ok(all)
}

/// `{ to: http://web, rps: 5, from: pod/visitor, name: shoppers }`.
fn traffic(value: &Value, place: &str) -> Result<Deed, ReadError> {
    let mut line = "podyard traffic start".to_owned();
    for option in ["to", "rps", "from", "name"] {
        let word = shown(&value[option]);
        if !word.is_empty() {
            line.push_str(&format!(" --{option} {word}"));
        }
    }
    if value["to"].is_null() {
        return Err(ReadError::new(place, "needs to: URL"));
    }
    Ok(Deed::Run(line))
}

/// `node worker-2 down`: what stands after `podyard fault`.
fn fault(value: &Value, place: &str) -> Result<Deed, ReadError> {
    let words = value.as_str().ok_or_else(|| ReadError::new(place, "is as node worker-2 down"))?;
    Ok(Deed::Run(format!("podyard fault {words}")))
}

fn deeds(value: &Value, place: &str) -> Result<Vec<Deed>, ReadError> {
    all(value, place, Deed::read)
}

fn all<T>(
    value: &Value,
    place: &str,
    read: impl Fn(&Value, &str) -> Result<T, ReadError>,
) -> Result<Vec<T>, ReadError> {
    let items = value.items().iter().enumerate();
    items.map(|(index, item)| read(item, &format!("{place}[{index}]"))).collect()
}

fn setup(value: &Value) -> Result<Setup, ReadError> {
    let mut setup = Setup::default();
    if let Some(seed) = value["seed"].as_int().and_then(|seed| u64::try_from(seed).ok()) {
        setup.seed = seed;
    }
    if let Some(nodes) = value["nodes"].as_int().and_then(|nodes| u32::try_from(nodes).ok()) {
        setup.nodes = nodes;
    }
    setup.profile = match value["profile"].text() {
        "" => setup.profile,
        "local" => Profile::Local,
        "gke" => Profile::Gke,
        "eks" => Profile::Eks,
        _ => return Err(ReadError::new("cluster.profile", "is local, gke or eks")),
    };
    Ok(setup)
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
        check("traffic: [{rps: 2}]", Err("traffic[0]: needs to: URL"));
        check("faults: [{node: down}]", Err("faults[0]: is as node worker-2 down"));
    }
}
