//! How far a learner has come in a lesson.

use crate::lesson::{Lesson, Text, Verdict};

/// The open lesson and the learner's progress in it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Progress {
    /// What is to be reached.
    pub(crate) lesson: Lesson,
    /// In which words.
    pub(crate) text: Text,
    /// How many steps are done; the next one is being worked on.
    pub(crate) done: usize,
    /// How the checks of the current step came out, as far as is known.
    pub(crate) verdicts: Vec<Verdict>,
}

impl Progress {
    /// Takes in how the checks of step `step` came out. A step that is done
    /// stays done, whatever happens to the cluster later.
    pub(crate) fn judge(&mut self, step: usize, verdicts: Vec<Verdict>) {
        if step != self.done {
            return;
        }
        let passed = verdicts.iter().all(|verdict| *verdict == Verdict::Passed);
        if passed && !verdicts.is_empty() {
            self.done += 1;
            self.verdicts.clear();
        } else {
            self.verdicts = verdicts;
        }
    }

    /// A new cluster begins: nothing is done yet.
    pub(crate) fn restart(&mut self) {
        self.done = 0;
        self.verdicts.clear();
    }

    /// Whether all steps are done.
    pub(crate) fn is_finished(&self) -> bool {
        !self.lesson.steps.is_empty() && self.done >= self.lesson.steps.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_done_when_all_its_checks_pass_at_once() {
        let missing = || Verdict::Missing("deployment/web".to_owned());
        let mut progress = Progress::default();
        progress.judge(0, vec![Verdict::Passed, missing()]);
        assert_eq!((progress.done, progress.verdicts.len()), (0, 2));
        progress.judge(0, vec![Verdict::Passed, Verdict::Passed]);
        assert_eq!((progress.done, progress.verdicts.len()), (1, 0));
        progress.judge(0, vec![missing()]);
        assert_eq!((progress.done, progress.verdicts.len()), (1, 0));
    }
}
