//! What a shell is in the middle of. The frames form a stack: no recursion,
//! so that a shell can stop anywhere, be copied, and go on.

use std::sync::Arc;

use super::state::Variable;
use super::syntax::{Command, List, Word};
use crate::process::{Descriptor, Pid};
use crate::sim::Time;
use crate::value::Str;

/// Variables to put back: name and former value.
pub(super) type Saved = Vec<(Str, Option<Variable>)>;

/// One thing begun and not finished.
#[derive(Debug, Clone)]
pub(super) enum Frame {
    /// Commands; the one at the place comes next.
    List(List, usize),
    /// Pipelines joined by `&&` and `||`: the item of the list, and how many
    /// of its pipelines have been looked at.
    AndOr(List, usize, usize),
    /// `!` before the pipeline that runs above.
    Negate,
    /// A command whose words are being expanded.
    Expand(Expanding),
    /// Children that run in the foreground, with the exit codes known.
    Await(Vec<(Pid, Option<u8>)>),
    /// `if`: the condition of this arm runs above.
    If(Arc<Vec<(List, List)>>, usize, Option<List>),
    /// `while` and `until`.
    Loop(Loop),
    /// `for`: the values left, last first.
    For(Str, Vec<String>, List),
    /// `for ((…))`: whether the step is due before the condition.
    Count(Arc<[Word; 3]>, List, bool),
    /// A function: the caller's parameters, and variables made local.
    Call(Arc<Vec<String>>, Saved),
    /// A sourced file, which `return` ends.
    Sourced,
    /// Descriptors to put back.
    Restore(Vec<(u8, Option<Descriptor>)>),
    /// Variables to put back.
    Scope(Saved),
    /// A trap: the status to put back.
    Trap(u8),
    /// The end, once what is above has run.
    Finish(u8),
    /// `wait`: the children waited for; the last one's code counts.
    WaitFor(Vec<Pid>),
    /// `read`.
    Read(Reading),
}

/// A command whose words are being expanded.
#[derive(Debug, Clone)]
pub(super) struct Expanding {
    pub(super) command: Arc<Command>,
    /// Outputs of its command substitutions so far.
    pub(super) outputs: Vec<String>,
    /// The substitution that runs, and its output so far.
    pub(super) capture: Option<(Pid, Vec<u8>)>,
    /// The exit code of the last substitution.
    pub(super) status: Option<u8>,
}

/// A `while` or `until`.
#[derive(Debug, Clone)]
pub(super) struct Loop {
    pub(super) until: bool,
    pub(super) condition: List,
    pub(super) body: List,
    /// Whether the condition runs above, not the body.
    pub(super) testing: bool,
    /// The body's status: the loop's own, when it ends.
    pub(super) status: u8,
}

/// A `read` that waits for its line.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    pub(super) names: Vec<String>,
    pub(super) raw: bool,
    pub(super) array: bool,
    pub(super) until: Option<Time>,
    pub(super) line: Vec<u8>,
}

impl Frame {
    /// The frame that starts to run `command`.
    pub(super) fn command(command: &Arc<Command>) -> Self {
        Self::Expand(Expanding {
            command: command.clone(),
            outputs: Vec::new(),
            capture: None,
            status: None,
        })
    }

    /// Whether a failing command above this only answers a question, so that
    /// `set -e` lets it pass.
    pub(super) fn is_asking(&self) -> bool {
        match self {
            Self::AndOr(list, at, next) => {
                list.get(*at).is_some_and(|item| *next <= item.rest.len())
            }
            Self::Loop(state) => state.testing,
            Self::Negate | Self::If(..) => true,
            _ => false,
        }
    }

    /// Whether nothing of this is left but to go away.
    pub(super) fn is_over(&self) -> bool {
        match self {
            Self::List(list, at) => *at >= list.len(),
            Self::AndOr(list, at, next) => list.get(*at).is_none_or(|item| *next > item.rest.len()),
            _ => false,
        }
    }

    pub(super) fn is_loop(&self) -> bool {
        matches!(self, Self::Loop(_) | Self::For(..) | Self::Count(..))
    }
}
