//! What a person can do, and the record of it.

use std::collections::BTreeMap;

use podyard_engine::cluster::{ClusterOptions, Profile};
use podyard_engine::sim::{Delay, Time};

/// When every session's cluster starts, unless somebody's clock matters.
pub const START: Time = Time::from_civil(2026, 1, 1, 9 * 3_600);

/// Names one command line while it runs: the first is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TaskId(pub u32);

/// Everything that a person can do to a session, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Changes files: each gets its text, or goes where there is none.
    Write(BTreeMap<String, Option<String>>),
    /// Runs a command line in the terminal.
    Run(String),
    /// Presses Ctrl-C in a command line that runs.
    Interrupt(TaskId),
    /// Types into a command line that runs: text, line ends and control keys.
    Type(TaskId, String),
}

/// An action and when it was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The time since the session's start.
    pub at: Delay,
    /// The action.
    pub action: Action,
}

/// What a session's cluster is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// Decides everything that is left to chance.
    pub seed: u64,
    /// How many worker nodes there are.
    pub nodes: u32,
    /// Where the cluster stands.
    pub profile: Profile,
}

impl Default for Setup {
    fn default() -> Self {
        Self { seed: 1, nodes: 3, profile: Profile::Gke }
    }
}

impl Setup {
    pub(crate) fn options(&self) -> ClusterOptions {
        ClusterOptions {
            seed: self.seed,
            nodes: self.nodes,
            profile: self.profile,
            start: START,
            kubelets: true,
        }
    }
}

/// A session: all that is needed to do it again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Session {
    /// The cluster.
    pub setup: Setup,
    /// What was done, in order.
    pub entries: Vec<Entry>,
    /// The moment that is shown, since the start.
    pub moment: Delay,
    /// The state hash at that moment, if it is known.
    pub hash: Option<u64>,
}

impl Session {
    /// The part of it that had happened by `moment`.
    #[must_use]
    pub fn until(&self, moment: Delay) -> Self {
        let entries = self.entries.iter().filter(|entry| entry.at <= moment);
        Self { setup: self.setup.clone(), entries: entries.cloned().collect(), moment, hash: None }
    }

    /// The same, and then these changes of files.
    #[must_use]
    pub fn with_files(mut self, changes: BTreeMap<String, Option<String>>) -> Self {
        if !changes.is_empty() {
            self.entries.push(Entry { at: self.moment, action: Action::Write(changes) });
        }
        self
    }

    /// The same cluster, in which nothing has been done, and `files`.
    #[must_use]
    pub fn only(&self, files: BTreeMap<String, String>) -> Self {
        let files = files.into_iter().map(|(name, text)| (name, Some(text)));
        let empty = Self { setup: self.setup.clone(), ..Self::default() };
        empty.with_files(files.collect())
    }
}
