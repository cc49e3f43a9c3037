//! What the editor asks the worker while a person writes. The oldest of
//! too many questions is answered with nothing.

use std::collections::BTreeMap;

use leptos::prelude::*;

use super::Session;
use crate::protocol::{Advice, Command, Wish};

/// More questions than this are not waited for: the worker is gone.
const MAX_WAITING: usize = 16;

type Answer = Box<dyn FnOnce(Option<Advice>)>;

/// The questions that wait for an answer.
#[derive(Default)]
pub(super) struct Asked {
    last: u32,
    waiting: BTreeMap<u32, Answer>,
}

impl Session {
    /// Asks for help with writing; nothing comes back where nobody knows.
    pub(crate) fn advise(self, wish: Wish, then: impl FnOnce(Option<Advice>) + 'static) {
        let asked = self.asked.try_update_value(|asked| asked.add(Box::new(then)));
        let Some((ask, given_up)) = asked else { return };
        if let Some(answer) = given_up {
            answer(None);
        }
        let files = self.state().files.with_untracked(|files| files.all().to_vec());
        self.send(Command::Assist { ask, files, wish });
    }

    /// The worker knows.
    pub(super) fn advised(self, ask: u32, advice: Advice) {
        let answer = self.asked.try_update_value(|asked| asked.waiting.remove(&ask)).flatten();
        if let Some(answer) = answer {
            answer(Some(advice));
        }
    }
}

impl Asked {
    fn add(&mut self, answer: Answer) -> (u32, Option<Answer>) {
        self.last += 1;
        self.waiting.insert(self.last, answer);
        let is_full = self.waiting.len() > MAX_WAITING;
        let given_up = if is_full { self.waiting.pop_first() } else { None };
        (self.last, given_up.map(|(_, answer)| answer))
    }
}
