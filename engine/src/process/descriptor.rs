//! What a process' numbered descriptors stand for.

use std::collections::VecDeque;

use crate::sim::Time;

/// One open descriptor of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Descriptor {
    /// `/dev/null`.
    Null,
    /// Endless bytes of a device: zeros, or random when true.
    Endless(bool),
    /// The end of a pipe that is read.
    PipeReader(u32),
    /// The end of a pipe that is written.
    PipeWriter(u32),
    /// An open file, by its number in the table of open files.
    File(u32),
    /// Where the owner of the process table collects output: the sink's
    /// number, and whether this is standard error.
    Sink(u32, bool),
}

/// Bytes on their way from writers to readers.
#[derive(Debug, Clone, Default)]
pub struct Pipe {
    pub(super) buffer: VecDeque<u8>,
    /// Whether the owner of the table may still write to it.
    pub(super) held: bool,
    /// Whether it is a terminal's keyboard.
    pub(super) terminal: bool,
    /// Where Ctrl-D was typed, counted in bytes from the buffer's start: a
    /// reader there sees the end once, and then what comes after it.
    pub(super) ends: VecDeque<usize>,
}

impl Pipe {
    /// How much a pipe holds before its writers must wait, as on Linux.
    pub(super) const CAPACITY: usize = 64 * 1024;

    /// Whether a reader finds something: bytes, or an end that was typed.
    pub(super) fn is_readable(&self) -> bool {
        !self.buffer.is_empty() || !self.ends.is_empty()
    }

    /// Takes at most `limit` bytes, none beyond a typed end.
    pub(super) fn take(&mut self, limit: usize) -> Read {
        if self.ends.front() == Some(&0) {
            self.ends.pop_front();
            return Read::End;
        }
        let until = self.ends.front().copied().unwrap_or(usize::MAX);
        let count = limit.min(self.buffer.len()).min(until);
        self.ends.iter_mut().for_each(|end| *end -= count);
        Read::Data(self.buffer.drain(..count).collect())
    }

    /// Puts bytes back that were read too far.
    pub(super) fn put_back(&mut self, data: &[u8]) {
        self.ends.iter_mut().for_each(|end| *end += data.len());
        data.iter().rev().for_each(|byte| self.buffer.push_front(*byte));
    }
}

/// Output collected for the owner of the process table.
#[derive(Debug, Clone, Default)]
pub struct Sink {
    /// When, whether on standard error, and what.
    pub chunks: VecDeque<(Time, bool, Vec<u8>)>,
    /// Whether it is a terminal, so that programs dress their output up.
    pub terminal: bool,
}

/// An open file: descriptors made by inheritance share its position.
#[derive(Debug, Clone)]
pub(super) struct Open {
    pub(super) path: String,
    pub(super) position: usize,
    pub(super) append: bool,
}

/// What reading a descriptor gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    /// Some bytes, at least one.
    Data(Vec<u8>),
    /// None yet.
    Pending,
    /// No more.
    End,
}
