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
}

impl Pipe {
    /// How much a pipe holds before its writers must wait, as on Linux.
    pub(super) const CAPACITY: usize = 64 * 1024;
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
