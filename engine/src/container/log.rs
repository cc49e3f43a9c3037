//! A container's log: lines with their times, the newest kept.

use std::collections::VecDeque;

use crate::sim::Time;

/// One line of a container's log, without its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// When it was written.
    pub at: Time,
    /// Whether on standard error.
    pub is_error: bool,
    /// The text.
    pub text: String,
}

/// The log of one container. Rotation keeps what the kubelet would show, but
/// less of it: ten megabytes a container would not fit a browser tab.
#[derive(Debug, Clone, Default)]
pub(super) struct Log {
    lines: VecDeque<LogLine>,
    /// Lines dropped from the front.
    dropped: u64,
    bytes: usize,
    /// Lines not ended yet, of standard output and error.
    partial: [Vec<u8>; 2],
}

const MOST_BYTES: usize = 1 << 20;

impl Log {
    /// Takes output in, cut into lines.
    pub(super) fn write(&mut self, at: Time, is_error: bool, data: &[u8]) {
        for piece in data.split_inclusive(|byte| *byte == b'\n') {
            let [out, error] = &mut self.partial;
            let partial = if is_error { error } else { out };
            partial.extend_from_slice(piece);
            if partial.ends_with(b"\n") {
                partial.pop();
                let line = std::mem::take(partial);
                self.push(at, is_error, &line);
            }
        }
    }

    fn push(&mut self, at: Time, is_error: bool, line: &[u8]) {
        let text = String::from_utf8_lossy(line).into_owned();
        self.bytes += text.len();
        self.lines.push_back(LogLine { at, is_error, text });
        while self.bytes > MOST_BYTES {
            let Some(line) = self.lines.pop_front() else { break };
            self.bytes -= line.text.len();
            self.dropped += 1;
        }
    }

    /// Puts lines before all others.
    pub(super) fn prepend(&mut self, lines: Vec<LogLine>) {
        for line in lines.into_iter().rev() {
            self.bytes += line.text.len();
            self.lines.push_front(line);
        }
    }

    /// Ends lines that have no end, when the container does.
    pub(super) fn close(&mut self, at: Time) {
        for (is_error, line) in [false, true].into_iter().zip(std::mem::take(&mut self.partial)) {
            if !line.is_empty() {
                self.push(at, is_error, &line);
            }
        }
    }

    /// The lines from number `from` on, and the number after the last.
    pub(super) fn since(&self, from: u64) -> (impl Iterator<Item = &LogLine>, u64) {
        let skipped = usize::try_from(from.saturating_sub(self.dropped)).unwrap_or(usize::MAX);
        (self.lines.iter().skip(skipped), self.dropped + self.lines.len() as u64)
    }
}
