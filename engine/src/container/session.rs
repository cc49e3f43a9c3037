//! Sessions in a container: `exec` and `attach`.

use std::collections::VecDeque;

use super::terminal::{Terminal, shown};
use crate::process::{Ended, Pid};

/// Names a session of one container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExecId(pub u32);

/// One session.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) pid: Pid,
    /// The pipe that feeds its standard input.
    pub(super) input: Option<u32>,
    /// Where its output comes; none for `attach`, which hears the log.
    pub(super) sink: Option<u32>,
    pub(super) terminal: Option<Terminal>,
    /// Output not fetched yet: whether standard error, and the bytes.
    pub(super) output: VecDeque<(bool, Vec<u8>)>,
    pub(super) ended: Option<Ended>,
}

impl Session {
    /// Takes output in, as the session's reader shall see it.
    pub(super) fn hear(&mut self, is_error: bool, data: &[u8]) {
        let piece = match self.terminal {
            // A terminal has one screen.
            Some(_) => (false, shown(data)),
            None => (is_error, data.to_vec()),
        };
        self.output.push_back(piece);
    }
}
