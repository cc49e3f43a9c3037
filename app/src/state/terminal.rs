//! What the terminal shows, and the lines typed before.

use std::collections::VecDeque;

use podyard_engine::shell::is_incomplete;

use crate::protocol::{Call, Channel};

/// How much is kept; older lines fall off.
const MAX_ENTRIES: usize = 800;
const MAX_HISTORY: usize = 200;

/// One block in the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Counts up; with the length of the text it tells blocks apart.
    pub(crate) number: u64,
    /// What kind of block.
    pub(crate) kind: EntryKind,
    /// Its text.
    pub(crate) text: String,
}

/// What a block in the terminal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryKind {
    /// A command line.
    Line,
    /// What a command printed.
    Printed(Call, Channel),
    /// A word of ours, which no real terminal would show.
    Note,
}

/// The terminal's state.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Terminal {
    entries: VecDeque<Entry>,
    next: u64,
    history: Vec<String>,
    /// Lines typed that are no whole command yet.
    draft: String,
    /// The commands that run, the latest last.
    running: Vec<Call>,
    /// Those of them that read what is typed.
    readers: Vec<Call>,
}

impl Terminal {
    /// The blocks, oldest first.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// The lines typed, oldest first.
    pub(crate) fn history(&self) -> &[String] {
        &self.history
    }

    /// A terminal that remembers these lines.
    pub(crate) fn with_history(history: Vec<String>) -> Self {
        Self { history, ..Self::default() }
    }

    /// The command in the foreground.
    pub(crate) fn foreground(&self) -> Option<Call> {
        self.running.last().copied()
    }

    /// The command that gets what is typed.
    pub(crate) fn reader(&self) -> Option<Call> {
        self.readers.last().copied()
    }

    /// The prompt of the command that gets what is typed: the end of what was
    /// printed, where that is no whole line.
    pub(crate) fn prompt(&self) -> Option<&str> {
        let last = self.entries.back().filter(|_| self.reader().is_some())?;
        let printed =
            matches!(last.kind, EntryKind::Printed(call, _) if Some(call) == self.reader());
        let tail = last.text.rsplit('\n').next().unwrap_or_default();
        (printed && !tail.is_empty()).then_some(tail)
    }

    /// A command runs.
    pub(crate) fn start(&mut self, call: Call) {
        self.running.push(call);
    }

    /// A command that runs reads what is typed.
    pub(crate) fn reads(&mut self, call: Call) {
        if self.running.contains(&call) {
            self.readers.push(call);
        }
    }

    /// A command has ended.
    pub(crate) fn end(&mut self, call: Call) {
        self.running.retain(|own| *own != call);
        self.readers.retain(|own| *own != call);
    }

    /// The lines typed that are no whole command yet.
    pub(crate) fn draft(&self) -> &str {
        &self.draft
    }

    /// Takes a line in; gives the command line once it is whole.
    pub(crate) fn enter(&mut self, line: &str) -> Option<String> {
        self.remember(line);
        self.draft.push_str(line);
        if is_incomplete(&format!("{}\n", self.draft)) {
            self.draft.push('\n');
            return None;
        }
        Some(std::mem::take(&mut self.draft))
    }

    /// Gives up the lines that are no whole command yet.
    pub(crate) fn discard(&mut self) {
        if !self.draft.is_empty() {
            let draft = std::mem::take(&mut self.draft);
            self.add(EntryKind::Line, draft + "^C");
        }
    }

    /// A command line begins.
    pub(crate) fn begin(&mut self, line: &str) {
        self.add(EntryKind::Line, line.to_owned());
        if !line.contains('\n') {
            self.remember(line);
        }
    }

    /// A line was typed.
    pub(crate) fn remember(&mut self, line: &str) {
        if self.history.last().is_none_or(|last| last != line) && !line.trim().is_empty() {
            self.history.push(line.to_owned());
            let excess = self.history.len().saturating_sub(MAX_HISTORY);
            self.history.drain(..excess);
        }
    }

    /// A command prints. A line that was begun goes on.
    pub(crate) fn print(&mut self, call: Call, channel: Channel, text: &str) {
        let text = &self.shown(text);
        let kind = EntryKind::Printed(call, channel);
        match self.entries.back_mut() {
            Some(last) if last.kind == kind && !last.text.ends_with('\n') => {
                last.text.push_str(text);
            }
            _ => self.add(kind, text.to_owned()),
        }
    }

    /// What of a text is seen: a terminal's line ends are ours, its colours are
    /// not drawn, and what stood before it empties the screen is gone.
    fn shown(&mut self, text: &str) -> String {
        let mut pieces = text.split('\u{1b}');
        let mut seen = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let rest = piece.strip_prefix('[').unwrap_or(piece);
            let end = rest.find(|letter: char| letter.is_ascii_alphabetic()).unwrap_or(0);
            let (sequence, after) = rest.split_at_checked(end + 1).unwrap_or((rest, ""));
            if sequence.ends_with('J') {
                self.clear();
                seen.clear();
            }
            seen.push_str(after);
        }
        seen.retain(|letter| letter != '\r');
        seen
    }

    /// We say something.
    pub(crate) fn note(&mut self, text: String) {
        self.add(EntryKind::Note, text);
    }

    /// Empties the screen.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }

    fn add(&mut self, kind: EntryKind, text: String) {
        self.entries.push_back(Entry { number: self.next, kind, text });
        self.next += 1;
        if self.entries.len() > MAX_ENTRIES {
            self.entries.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_printed_in_pieces_is_one_block() {
        let mut terminal = Terminal::default();
        terminal.begin("kubectl get pods -w");
        for piece in ["NAME", "  READY\n", "web"] {
            terminal.print(Call(1), Channel::Out, piece);
        }
        let texts: Vec<_> = terminal.entries().map(|entry| entry.text.as_str()).collect();
        assert_eq!(texts, ["kubectl get pods -w", "NAME  READY\n", "web"]);
    }

    #[test]
    fn a_prompt_is_what_a_reader_left_unfinished() {
        let mut terminal = Terminal::default();
        terminal.start(Call(1));
        terminal.print(Call(1), Channel::Out, "web\r\n/ # ");
        assert_eq!(terminal.prompt(), None);
        terminal.reads(Call(1));
        assert_eq!(terminal.prompt(), Some("/ # "));
        terminal.print(Call(1), Channel::Out, "\u{1b}[H\u{1b}[2J/ # ");
        assert_eq!(terminal.entries().count(), 1);
        terminal.end(Call(1));
        assert_eq!((terminal.prompt(), terminal.reader()), (None, None));
    }

    #[test]
    fn a_command_is_whole_when_its_here_document_is() {
        let mut terminal = Terminal::default();
        assert_eq!(terminal.enter("cat <<EOF | kubectl apply -f -"), None);
        assert_eq!(terminal.enter("kind: Pod"), None);
        let whole = "cat <<EOF | kubectl apply -f -\nkind: Pod\nEOF";
        assert_eq!(terminal.enter("EOF").as_deref(), Some(whole));
        assert_eq!(terminal.enter("kubectl get \\"), None);
        assert_eq!(terminal.enter("pods").as_deref(), Some("kubectl get \\\npods"));
        assert_eq!(terminal.enter("kubectl get po").as_deref(), Some("kubectl get po"));
    }

    #[test]
    fn history_skips_repeats_and_blanks() {
        let mut terminal = Terminal::default();
        for line in ["a", "a", "  ", "b"] {
            terminal.begin(line);
        }
        assert_eq!(terminal.history(), ["a", "b"]);
    }
}
