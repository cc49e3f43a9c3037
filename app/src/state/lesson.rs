//! The lessons there are, the one that is open, and how far a learner came.

use std::collections::BTreeMap;

use podyard_engine::value;
use podyard_engine::value::{Value, parse_json};
use podyard_lesson::{Lesson, Text, Verdict};

use crate::i18n::Language;

/// The lessons and the learner's way through them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Study {
    /// All lessons, in their recommended order.
    pub(crate) chapters: Vec<Chapter>,
    /// The one that is open.
    pub(crate) open: Option<Open>,
    /// How far the learner has come.
    pub(crate) progress: Progress,
}

/// Lessons that belong together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Chapter {
    title: [String; 2],
    /// Its lessons.
    pub(crate) lessons: Vec<Entry>,
}

/// A lesson in the list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its id.
    pub(crate) id: String,
    title: [String; 2],
}

/// The open lesson.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Open {
    /// Its `lesson.yaml`, as the worker wants it.
    pub(crate) source: String,
    /// What is to be reached.
    pub(crate) lesson: Lesson,
    /// In which words.
    pub(crate) text: Text,
    /// How many steps are done; the next one is being worked on.
    pub(crate) done: usize,
    /// How the checks of the current step came out, as far as is known.
    pub(crate) verdicts: Vec<Verdict>,
    /// How many hints of the current step are shown.
    pub(crate) hints: usize,
    /// What was predicted in which step.
    pub(crate) predicted: BTreeMap<String, String>,
}

/// How far a learner came in each lesson.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Progress(BTreeMap<String, Mark>);

/// How far a learner came in a lesson.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    /// How many steps are done.
    pub(crate) done: usize,
    /// How many there are.
    pub(crate) all: usize,
}

fn titles(value: &Value) -> [String; 2] {
    Language::ALL.map(|language| value[language.tag()].text().to_owned())
}

fn title_in(title: &[String; 2], language: Language) -> &str {
    let [english, korean] = title;
    match language {
        Language::English => english,
        Language::Korean => korean,
    }
}

impl Chapter {
    /// Reads `index.yaml`.
    pub(crate) fn read_all(index: &Value) -> Vec<Self> {
        let entry = |row: &Value| Entry { id: row["id"].text().to_owned(), title: titles(row) };
        let chapter = |row: &Value| Self {
            title: titles(row),
            lessons: row["lessons"].items().iter().map(entry).collect(),
        };
        index["chapters"].items().iter().map(chapter).collect()
    }

    /// Its title.
    pub(crate) fn title(&self, language: Language) -> &str {
        title_in(&self.title, language)
    }
}

impl Entry {
    /// Its title.
    pub(crate) fn title(&self, language: Language) -> &str {
        title_in(&self.title, language)
    }
}

impl Study {
    /// The lesson after the open one.
    pub(crate) fn next(&self) -> Option<&Entry> {
        let id = &self.open.as_ref()?.lesson.id;
        let mut all = self.chapters.iter().flat_map(|chapter| &chapter.lessons);
        all.find(|entry| entry.id == *id)?;
        all.next()
    }

    /// Takes in how the checks of step `step` came out; says whether it is
    /// done now. A step that is done stays done, whatever happens to the
    /// cluster later.
    pub(crate) fn judge(&mut self, step: usize, verdicts: Vec<Verdict>) -> bool {
        let Some(open) = self.open.as_mut().filter(|open| open.done == step) else { return false };
        let passed = verdicts.iter().all(|verdict| *verdict == Verdict::Passed);
        if !passed || verdicts.is_empty() {
            open.verdicts = verdicts;
            return false;
        }
        open.done += 1;
        open.hints = 0;
        open.verdicts.clear();
        let mark = Mark { done: open.done, all: open.lesson.steps.len() };
        self.progress.note(&open.lesson.id, mark);
        true
    }
}

impl Open {
    /// Whether all steps are done.
    pub(crate) fn is_finished(&self) -> bool {
        self.done >= self.lesson.steps.len()
    }
}

impl Mark {
    /// Whether all steps are done.
    pub(crate) fn is_finished(self) -> bool {
        self.all > 0 && self.done >= self.all
    }
}

impl Progress {
    /// How far the learner came in a lesson.
    pub(crate) fn of(&self, id: &str) -> Mark {
        self.0.get(id).copied().unwrap_or_default()
    }

    /// How many lessons are finished.
    pub(crate) fn finished(&self) -> usize {
        self.0.values().filter(|mark| mark.is_finished()).count()
    }

    /// Takes note of how far the learner is now; a lesson once finished stays
    /// so when it is begun again.
    pub(crate) fn note(&mut self, id: &str, mark: Mark) {
        if !self.of(id).is_finished() {
            self.0.insert(id.to_owned(), mark);
        }
    }

    /// Takes over what another progress is further in.
    pub(crate) fn merge(&mut self, other: Self) {
        for (id, mark) in other.0 {
            if mark.done > self.of(&id).done {
                self.0.insert(id, mark);
            }
        }
    }

    /// As a file to take along.
    pub(crate) fn to_json(&self) -> String {
        let lessons = self.0.iter().map(|(id, mark)| {
            let mark = value!({ "done": (mark.done), "of": (mark.all) });
            (id.as_str(), mark)
        });
        value!({ "podyard": "progress", "version": 1, "lessons": (Value::Map(lessons.collect())) })
            .to_json_pretty(2)
    }

    /// Reads [`to_json`](Self::to_json); none if it is something else.
    pub(crate) fn from_json(text: &str) -> Option<Self> {
        let value = parse_json(text.as_bytes()).ok()?;
        if value.at(&["podyard"]).text() != "progress" {
            return None;
        }
        let count = |value: &Value| usize::try_from(value.int()).unwrap_or_default();
        let mark = |value: &Value| Mark { done: count(&value["done"]), all: count(&value["of"]) };
        let lessons = value.at(&["lessons"]).entries();
        Some(Self(lessons.map(|(id, value)| (id.to_string(), mark(value))).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use podyard_lesson::Thing;

    fn study() -> Study {
        let lesson = "id: a\nsteps:\n- {id: x, checks: []}\n- {id: y, checks: []}\n";
        let lesson = Lesson::parse(lesson).expect("a lesson");
        Study { open: Some(Open { lesson, ..Open::default() }), ..Study::default() }
    }

    #[test]
    fn a_step_is_done_when_all_its_checks_pass_at_once() {
        let missing = || Verdict::Missing(Thing::new("deployment", "", "web"));
        let mut study = study();
        assert!(!study.judge(0, vec![Verdict::Passed, missing()]));
        assert!(study.judge(0, vec![Verdict::Passed, Verdict::Passed]));
        assert!(!study.judge(0, vec![missing()]), "an old step");
        assert_eq!(study.progress.of("a"), Mark { done: 1, all: 2 });
        assert!(study.judge(1, vec![Verdict::Passed]));
        assert_eq!(study.progress.finished(), 1);
    }

    #[test]
    fn progress_survives_export_and_import_and_never_goes_back() {
        let mut progress = Progress::default();
        progress.note("a", Mark { done: 2, all: 2 });
        progress.note("a", Mark { done: 1, all: 2 });
        progress.note("b", Mark { done: 1, all: 3 });
        assert_eq!(Progress::from_json(&progress.to_json()), Some(progress.clone()));
        let mut other = Progress::default();
        other.note("b", Mark { done: 2, all: 3 });
        other.merge(progress);
        assert_eq!((other.of("a").done, other.of("b").done), (2, 2));
        assert_eq!(Progress::from_json("{}"), None);
        assert_eq!(Progress::from_json("nonsense"), None);
    }
}
