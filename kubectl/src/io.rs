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

    /// Prints a line of the log to standard error, in klog's form.
    pub fn log(&self, level: char, place: &str, text: &str) {
        let now = self.transport.now();
        let (_, month, day, hour, minute, second) = now.civil();
        let micros = now.as_micros().rem_euclid(1_000_000);
        self.warn(&format!(
            "{level}{month:02}{day:02} {hour:02}:{minute:02}:{second:02}.{micros:06} {:>7} {place}] {text}",
            1
        ));
    }

    /// Prints a line to standard error.
    pub fn warn(&self, text: &str) {
        self.stderr.write(format!("{text}\n").as_bytes());
    }
}
