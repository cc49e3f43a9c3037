//! Everything outside kubectl that a run of it may touch.

use crate::host::{Host, Output};
use crate::transport::Transport;

/// The surroundings of one run.
#[derive(Clone, Copy)]
pub struct Io<'a> {
    /// The way to the API server.
    pub transport: &'a dyn Transport,
    /// The computer.
    pub host: &'a dyn Host,
    /// Standard output.
    pub stdout: &'a dyn Output,
    /// Standard error.
    pub stderr: &'a dyn Output,
}

impl Io<'_> {
    /// Prints to standard output.
    pub fn out(&self, text: &str) {
        self.stdout.write(text.as_bytes());
    }

    /// Prints a line to standard output.
    pub fn line(&self, text: &str) {
        self.out(&format!("{text}\n"));
    }

    /// Prints a line to standard error.
    pub fn warn(&self, text: &str) {
        self.stderr.write(format!("{text}\n").as_bytes());
    }
}
