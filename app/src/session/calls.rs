//! Command lines on their way: who waits for what they print.

use std::collections::BTreeMap;

use leptos::prelude::*;

use super::Session;
use crate::protocol::{self, Call, Command};
use crate::state::Terminal;

/// What a command printed, and how it ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
    /// The exit code.
    pub(crate) code: i32,
}

/// The exit code of a command that was cut off, as a shell gives it.
const INTERRUPTED: i32 = 130;
/// How much of a command's output is kept for who waits for its end.
const MAX_KEPT: usize = 4 << 20;

/// The commands that have not ended, and what else is counted.
#[derive(Default)]
pub(super) struct Calls {
    last: u32,
    pending: BTreeMap<Call, Pending>,
    edition: u32,
    is_checking: bool,
    crashes: u32,
    /// The key that the session is kept under.
    pub(super) session: String,
}

struct Pending {
    outcome: Outcome,
    shown: bool,
    then: Box<dyn FnOnce(Outcome)>,
}

impl Session {
    /// Runs a line as if it were typed in the terminal.
    pub(crate) fn run_in_terminal(self, line: &str, then: impl FnOnce(Outcome) + 'static) {
        self.state().terminal.update(|terminal| terminal.begin(line));
        if line.trim() == "clear" {
            self.state().terminal.update(Terminal::clear);
            return then(Outcome::default());
        }
        if line.trim().is_empty() {
            return then(Outcome::default());
        }
        let call = self.call(true, then);
        self.state().terminal.update(|terminal| terminal.start(call));
        self.send_line(call, line);
    }

    /// Runs a line that only looks, without showing it anywhere.
    pub(crate) fn ask(self, line: &str, then: impl FnOnce(Outcome) + 'static) {
        let call = self.call(false, then);
        self.send(Command::Look { call, line: line.to_owned() });
    }

    /// Packs the session as it is now, or only its files.
    pub(super) fn pack(self, whole: bool, then: impl FnOnce(Outcome) + 'static) {
        let call = self.call(false, then);
        let files = self.state().files.with_untracked(|files| files.all().to_vec());
        self.send(Command::Share { call, files, whole });
    }

    /// Lets simulated time pass.
    pub(super) fn advance(self, micros: i64, then: impl FnOnce(Outcome) + 'static) {
        let call = self.call(false, then);
        self.send(Command::Advance { call, micros });
    }

    pub(super) fn interrupt(self) {
        let running = self.state().terminal.with_untracked(Terminal::foreground);
        if let Some(call) = running {
            self.send(Command::Interrupt(call));
        }
    }

    /// A line was typed: for the command that reads, or for the shell, which
    /// waits for more while the command is not whole.
    pub(super) fn enter(self, line: String) {
        let terminal = self.state().terminal;
        if terminal.with_untracked(|terminal| terminal.reader().is_some()) {
            return self.type_in(line + "\n");
        }
        let whole = terminal.try_update(|terminal| terminal.enter(&line)).flatten();
        if let Some(whole) = whole {
            self.run_in_terminal(&whole, |_| {});
        }
    }

    /// Types into the command that reads what is typed.
    pub(super) fn type_in(self, text: String) {
        if let Some(call) = self.state().terminal.with_untracked(Terminal::reader) {
            self.state()
                .terminal
                .update(|terminal| terminal.remember(text.trim_end_matches(['\n', '\u{4}'])));
            self.send(Command::Type(call, text));
        }
    }

    /// A command printed something.
    pub(super) fn printed(self, call: Call, channel: protocol::Channel, text: &str) {
        let shown = self.calls.try_update_value(|calls| calls.take(call, channel, text));
        if shown.unwrap_or_default() {
            self.state().terminal.update(|terminal| terminal.print(call, channel, text));
        }
    }

    /// A command ended.
    pub(super) fn ended(self, call: Call, code: i32) {
        let pending = self.calls.try_update_value(|calls| calls.end(call, code)).flatten();
        self.state().terminal.update(|terminal| terminal.end(call));
        if pending.as_ref().is_some_and(|pending| pending.shown) {
            self.keep_soon();
        }
        if let Some(pending) = pending {
            (pending.then)(Outcome { code, ..pending.outcome });
        }
    }

    /// Whoever waits hears that the command was cut off.
    pub(super) fn fail_calls(self) {
        let waiting: Vec<Call> =
            self.calls.with_value(|calls| calls.pending.keys().copied().collect());
        for call in waiting {
            self.ended(call, INTERRUPTED);
        }
    }

    fn call(self, shown: bool, then: impl FnOnce(Outcome) + 'static) -> Call {
        let pending = Pending { outcome: Outcome::default(), shown, then: Box::new(then) };
        let call = self.calls.try_update_value(|calls| calls.add(pending));
        call.unwrap_or(Call(0))
    }

    fn send_line(self, call: Call, line: &str) {
        let files = self.state().files.with_untracked(|files| files.all().to_vec());
        self.send(Command::Run { call, line: line.to_owned(), files });
    }
}

impl Calls {
    /// Counts a change of the text; the number under which it is looked at,
    /// unless an older text still is.
    pub(super) fn begin_check(&mut self) -> Option<u32> {
        self.edition += 1;
        let is_free = !std::mem::replace(&mut self.is_checking, true);
        is_free.then_some(self.edition)
    }

    /// No text is looked at any more.
    pub(super) fn end_check(&mut self) {
        self.is_checking = false;
    }

    /// Whether the text has not changed since.
    pub(super) fn is_current(&self, edition: u32) -> bool {
        self.edition == edition
    }

    /// How often the worker has fallen over without answering in between.
    pub(super) fn count_crash(&mut self) -> u32 {
        self.crashes += 1;
        self.crashes
    }

    fn add(&mut self, pending: Pending) -> Call {
        self.last += 1;
        let call = Call(self.last);
        self.pending.insert(call, pending);
        call
    }

    fn end(&mut self, call: Call, code: i32) -> Option<Pending> {
        if code != INTERRUPTED {
            self.crashes = 0;
        }
        self.pending.remove(&call)
    }

    /// Keeps what was printed; says whether the terminal shows it.
    fn take(&mut self, call: Call, channel: protocol::Channel, text: &str) -> bool {
        let Some(pending) = self.pending.get_mut(&call) else { return false };
        let kept = match channel {
            protocol::Channel::Out => &mut pending.outcome.stdout,
            protocol::Channel::Err => &mut pending.outcome.stderr,
        };
        if kept.len() < MAX_KEPT {
            kept.push_str(text);
        }
        pending.shown
    }
}
