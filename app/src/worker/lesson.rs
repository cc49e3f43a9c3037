//! Watches over a lesson, and tells how its checks come out.

use podyard_engine::network::Trace;
use podyard_lesson::{Course, Lesson, Verdict};
use podyard_session::{History, Machine, link};

use super::clock::now_ms;
use crate::protocol::Report;

/// How long the cluster rests between two looks.
const LOOK_EVERY_MS: f64 = 250.0;

/// A lesson that is taken, and the step that is worked on.
pub(super) struct Tutor {
    course: Course,
    step: u32,
    looked_ms: f64,
    told: Option<Vec<Verdict>>,
}

impl Tutor {
    /// Begins a lesson, or goes on with it; none where it cannot be read.
    pub(super) fn begin(lesson: &str, packed: Option<&str>, step: u32) -> Option<(Self, History)> {
        let course = Course::new(Lesson::parse(lesson).ok()?);
        let kept = packed.and_then(|packed| link::unpack(packed).ok());
        let history = match kept {
            Some(session) => History::replay(&session),
            None => History::new(course.machine()),
        };
        Some((Self { course, step, looked_ms: 0.0, told: None }, history))
    }

    /// Turns to another step.
    pub(super) fn go_to(&mut self, step: u32) {
        self.step = step;
        self.looked_ms = 0.0;
        self.told = None;
    }

    /// Takes note of requests.
    pub(super) fn observe(&mut self, traces: &[Trace]) {
        self.course.observe(traces);
    }

    /// Judges the step now and then, and tells what is new.
    pub(super) fn look(&mut self, machine: &Machine, tell: &dyn Fn(&Report)) {
        let index = usize::try_from(self.step).unwrap_or(usize::MAX);
        let Some(step) = self.course.lesson.steps.get(index) else { return };
        if now_ms() - self.looked_ms < LOOK_EVERY_MS {
            return;
        }
        self.looked_ms = now_ms();
        let verdicts = self.course.judge(step, machine);
        if self.told.as_ref() != Some(&verdicts) {
            tell(&Report::Verdicts(self.step, verdicts.clone()));
            self.told = Some(verdicts);
        }
    }
}
