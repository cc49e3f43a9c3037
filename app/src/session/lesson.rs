//! Fetches lessons, opens and leaves them, and takes in how they go.
//!
//! A lesson has a desk of its own: its files and its cluster take the place
//! of the person's on the page, and those are kept until it is left.

use gloo::timers::callback::Timeout;
use leptos::prelude::*;
use leptos::task::spawn_local;
use podyard_engine::yaml::parse_yaml;
use podyard_lesson::{Lesson, Text, Thing, Verdict};

use super::{Session, shelf, storage};
use crate::browser;
use crate::i18n::Word;
use crate::protocol::{Command, File};
use crate::state::{Chapter, Desk, Files, Open, Pane, Progress};

/// How long a finished step stands before the eye is led on.
const LEAD_AFTER_MS: u32 = 60;

impl Session {
    /// Fetches the list of lessons, once, and the words of the open lesson
    /// whenever the language changes.
    pub(super) fn teach(self) {
        let state = self.state;
        state.study.update(|study| study.progress = storage::progress());
        Effect::new(move |_| {
            let empty = state.study.with_untracked(|study| study.chapters.is_empty());
            if state.lesson_open.get() && empty {
                spawn_local(self.fetch_index());
            }
        });
        Effect::new(move |_| {
            let language = state.language.get();
            let id = state.study.with_untracked(|study| study.open.as_ref().map(id_of));
            let Some(id) = id else { return };
            spawn_local(async move {
                let path = format!("./lessons/{id}/text.{}.md", language.tag());
                if let Some(text) = browser::fetch_text(&path).await {
                    state.study.update(|study| {
                        if let Some(open) = study.open.as_mut().filter(|open| id_of(open) == id) {
                            open.text = Text::read(&text);
                        }
                    });
                }
            });
        });
    }

    async fn fetch_index(self) {
        let text = browser::fetch_text("./lessons/index.yaml").await.unwrap_or_default();
        match parse_yaml(&text) {
            Ok(index) => {
                self.state.study.update(|study| study.chapters = Chapter::read_all(&index));
            }
            Err(error) => self.tell(Word::LessonBroken, error.message),
        }
    }

    /// Opens a lesson where the learner left it, or at its beginning.
    pub(super) fn open_lesson(self, id: String, again: bool) {
        self.state.lesson_open.set(true);
        self.state.pane.set(Pane::Lesson);
        let language = self.state.language.get_untracked();
        self.keep_session(move || {
            spawn_local(async move {
                let folder = format!("./lessons/{id}");
                let source = browser::fetch_text(&format!("{folder}/lesson.yaml")).await;
                let path = format!("{folder}/text.{}.md", language.tag());
                let text = browser::fetch_text(&path).await;
                let lesson = source.as_deref().and_then(|source| Lesson::parse(source).ok());
                match (source, text, lesson) {
                    (Some(source), Some(text), Some(lesson)) => {
                        let text = Text::read(&text);
                        self.begin_lesson(Open { source, lesson, text, ..Open::default() }, again);
                    }
                    _ => self.tell(Word::LessonBroken, id),
                }
            });
        });
    }

    fn begin_lesson(self, mut open: Open, again: bool) {
        let state = self.state;
        let desk = Desk::Lesson(open.lesson.id.clone());
        let kept = shelf::latest(&desk).filter(|_| !again);
        let mark = state.study.with_untracked(|study| study.progress.of(&open.lesson.id));
        // A lesson that was finished begins anew.
        let kept = kept.filter(|_| !mark.is_finished());
        open.done = if kept.is_some() { mark.done } else { 0 };
        let first = open.lesson.files.iter();
        let first = first.map(|(name, text)| File { name: name.clone(), text: text.clone() });
        let files = kept.as_ref().and_then(|_| storage::files(&desk));
        let command = Command::Teach {
            lesson: open.source.clone(),
            packed: kept.map(|kept| kept.packed),
            step: u32::try_from(open.done).unwrap_or_default(),
        };
        super::link::put_address(&format!("#lesson={}", open.lesson.id));
        let first = first.collect();
        self.change_desk(desk, files.unwrap_or_else(|| Files::of(first)));
        state.study.update(|study| study.open = Some(open));
        self.begin(command);
    }

    /// Leaves the lesson, for the person's own files and cluster.
    pub(super) fn leave_lesson(self) {
        self.keep_session(move || {
            self.state.study.update(|study| study.open = None);
            super::link::put_address("");
            let files = storage::files(&Desk::Own).unwrap_or_default();
            self.change_desk(Desk::Own, files);
            let kept = shelf::latest(&Desk::Own);
            self.begin(kept.map_or_else(Self::beginning, |kept| Command::Open(kept.packed)));
        });
    }

    /// A step's checks were judged.
    pub(super) fn take_verdicts(self, step: u32, verdicts: Vec<Verdict>) {
        let step = usize::try_from(step).unwrap_or(usize::MAX);
        let state = self.state;
        if state.study.try_update(|study| study.judge(step, verdicts)) != Some(true) {
            return;
        }
        let next = state.study.with_untracked(|study| {
            storage::keep_progress(&study.progress);
            study.open.as_ref().map_or(0, |open| open.done)
        });
        self.send(Command::Study(u32::try_from(next).unwrap_or(u32::MAX)));
        self.keep_session(|| {});
        Timeout::new(LEAD_AFTER_MS, || browser::show("lesson-now")).forget();
    }

    /// Shows one more hint of the current step.
    pub(super) fn hint(self) {
        self.change_open(|open| open.hints += 1);
    }

    /// Takes note of what the learner predicts.
    pub(super) fn predict(self, step: String, choice: String) {
        self.change_open(|open| {
            open.predicted.entry(step).or_insert(choice);
        });
    }

    fn change_open(self, change: impl FnOnce(&mut Open)) {
        self.state.study.update(|study| {
            if let Some(open) = &mut study.open {
                change(open);
            }
        });
    }

    /// Puts a file of the lesson's text beside the others, and opens it.
    pub(super) fn load_file(self, name: &str, text: String) {
        self.state.files.update(|files| files.put(name, text));
        if self.state.pane.get_untracked() == Pane::Lesson {
            self.tell(Word::FileLoaded, name);
        }
    }

    /// Shows an object that a check speaks of in the picture.
    pub(super) fn point_at(self, thing: &Thing) {
        let found =
            self.state.cluster.with_untracked(|cluster| cluster.find(&thing.kind, &thing.name));
        if found.is_some() {
            self.state.selection.set(found);
        }
    }

    /// Gives the learner's progress as a file.
    pub(super) fn export_progress(self) {
        let text = self.state.study.with_untracked(|study| study.progress.to_json());
        browser::download("podyard-progress.json", &text);
    }

    /// Takes over the progress of a file.
    pub(super) fn import_progress(self, text: &str) {
        let Some(other) = Progress::from_json(text) else {
            return self.tell(Word::ProgressBroken, "");
        };
        self.state.study.update(|study| {
            study.progress.merge(other);
            storage::keep_progress(&study.progress);
        });
        let finished = self.state.study.with_untracked(|study| study.progress.finished());
        self.tell(Word::ProgressTaken, finished.to_string());
    }
}

fn id_of(open: &Open) -> String {
    open.lesson.id.clone()
}
