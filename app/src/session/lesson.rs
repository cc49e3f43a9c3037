//! Fetches the lesson, and looks whether the cluster is where it leads.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::timers::callback::Timeout;
use leptos::prelude::*;
use leptos::task::spawn_local;
use podyard_engine::value::{Value, parse_json};
use podyard_engine::yaml::parse_yaml;

use super::{Outcome, Session};
use crate::browser;
use crate::lesson::{Check, Lesson, Text, Verdict};
use crate::state::Progress;

/// The one lesson there is.
const LESSON: &str = "lessons/first-deployment";
/// How long the cluster rests before it is looked at.
const LOOK_AFTER_MS: u32 = 250;

impl Session {
    /// Fetches the lesson when it is first opened and whenever the language
    /// changes, and looks at the cluster whenever it changes.
    pub(super) fn teach(self) {
        let state = self.state;
        Effect::new(move |_| {
            let language = state.language.get();
            if state.lesson_open.get() {
                spawn_local(async move {
                    let lesson = browser::fetch_text(&format!("./{LESSON}/lesson.yaml")).await;
                    let path = format!("./{LESSON}/text.{}.md", language.tag());
                    let text = browser::fetch_text(&path).await;
                    if let (Some(lesson), Some(text)) = (lesson, text) {
                        self.take_lesson(&lesson, &text);
                    }
                });
            }
        });
        let timer = StoredValue::new_local(None::<Timeout>);
        Effect::new(move |_| {
            state.cluster.track();
            let working = state.lesson.with(|progress| !progress.lesson.steps.is_empty());
            if state.lesson_open.get() && working {
                let look = move || self.look_at_step();
                timer.set_value(Some(Timeout::new(LOOK_AFTER_MS, look)));
            }
        });
    }

    fn take_lesson(self, lesson: &str, text: &str) {
        let Ok(lesson) = parse_yaml(lesson) else { return };
        self.state.lesson.update(|progress| {
            progress.lesson = Lesson::read(&lesson);
            progress.text = Text::read(text);
        });
    }

    /// Asks for everything that the current step looks at, and judges it when
    /// the last answer is there.
    fn look_at_step(self) {
        let (step, checks) = self.state.lesson.with_untracked(|progress: &Progress| {
            let current = progress.lesson.steps.get(progress.done);
            (progress.done, current.map(|step| step.checks.clone()).unwrap_or_default())
        });
        let count = checks.len();
        let verdicts = Rc::new(RefCell::new(vec![None; count]));
        for (index, check) in checks.into_iter().enumerate() {
            let verdicts = verdicts.clone();
            self.ask(&check.line(), move |outcome| {
                let mut verdicts = verdicts.borrow_mut();
                if let Some(place) = verdicts.get_mut(index) {
                    *place = Some(judge(&check, &outcome));
                }
                let complete: Option<Vec<Verdict>> = verdicts.iter().cloned().collect();
                if let Some(complete) = complete {
                    self.state.lesson.update(|progress| progress.judge(step, complete));
                }
            });
        }
    }
}

fn judge(check: &Check, outcome: &Outcome) -> Verdict {
    check.judge(&parse_json(outcome.stdout.as_bytes()).unwrap_or(Value::Null))
}
