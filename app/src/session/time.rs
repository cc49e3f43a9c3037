//! Going back in time, and going on from there.

use leptos::prelude::*;

use super::Session;
use crate::protocol::{Command, Pace};

impl Session {
    /// Shows the cluster as it was so many seconds after its beginning. At
    /// the end, time goes on as it did.
    pub(super) fn seek(self, secs: i64) {
        let state = self.state();
        let length = state.timeline.with_untracked(crate::state::Timeline::length);
        let before = state.past.get_untracked();
        if before.is_none() && secs >= length {
            return;
        }
        let pace = before.unwrap_or_else(|| state.pace.get_untracked());
        self.send(Command::Pace(Pace::PAUSED));
        state.pace.set(Pace::PAUSED);
        if secs < length {
            state.past.set(Some(pace));
            return self.send(Command::Seek(secs.max(0) * 1_000_000));
        }
        self.send(Command::Seek(i64::MAX));
        state.past.set(None);
        state.pace.set(pace);
        self.send(Command::Pace(pace));
    }

    /// Goes on from the moment that is shown: what came later is given up.
    pub(super) fn branch(self) {
        let pace = self.state().past.get_untracked().unwrap_or(Pace(1));
        let pace = if pace == Pace::PAUSED { Pace(1) } else { pace };
        self.state().pace.set(pace);
        self.send(Command::Pace(pace));
    }

    /// Something new is done at the moment that is shown.
    pub(super) fn forget_later(self) {
        let state = self.state();
        if state.past.get_untracked().is_some() {
            state.past.set(None);
            state.timeline.update(crate::state::Timeline::branch);
        }
    }
}
