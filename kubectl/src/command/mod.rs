//! Commands as tables, and the way from arguments to the one that is meant.
//!
//! Models `spf13/cobra`'s `Find` and kubectl's help templates.

mod find;
mod help;
mod manual;

pub use self::find::{Found, find, suggestions};
pub use self::help::{full_help, options_help, usage_help};
pub use self::manual::provide_manual;

use crate::call::Call;
use crate::failure::Outcome;
use crate::flags::Flag;
use crate::transport::LocalFuture;

/// One command of the tree.
pub struct Command {
    /// Its name, as `get`.
    pub name: &'static str,
    /// Other names.
    pub aliases: &'static [&'static str],
    /// What it does, in a line.
    pub short: &'static str,
    /// What follows the name in the usage line.
    pub usage: &'static str,
    /// Its own flags, in groups.
    pub flags: &'static [&'static [Flag]],
    /// Flags that must be given.
    pub required: &'static [&'static str],
    /// The commands below it.
    pub children: &'static [Command],
    /// What to do; a command without it only holds others.
    pub run: Option<Run>,
}

/// The code of a command.
pub type Run = for<'a, 'b> fn(&'a Call<'b>) -> LocalFuture<'a, Outcome>;

impl Command {
    /// A command without flags, children or code.
    pub const fn new(name: &'static str, short: &'static str, usage: &'static str) -> Self {
        Self {
            name,
            aliases: &[],
            short,
            usage,
            flags: &[],
            required: &[],
            children: &[],
            run: None,
        }
    }

    /// The same command with other names.
    #[must_use]
    pub const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// The same command with flags.
    #[must_use]
    pub const fn flags(mut self, flags: &'static [&'static [Flag]]) -> Self {
        self.flags = flags;
        self
    }

    /// The same command with flags that must be given.
    #[must_use]
    pub const fn required(mut self, required: &'static [&'static str]) -> Self {
        self.required = required;
        self
    }

    /// The same command with others below it.
    #[must_use]
    pub const fn children(mut self, children: &'static [Command]) -> Self {
        self.children = children;
        self
    }

    /// The same command with code.
    #[must_use]
    pub const fn run(mut self, run: Run) -> Self {
        self.run = Some(run);
        self
    }

    /// Whether `word` names this command.
    pub fn answers_to(&self, word: &str) -> bool {
        self.name == word || self.aliases.contains(&word)
    }

    /// The command below that `word` names.
    pub fn child(&self, word: &str) -> Option<&'static Command> {
        self.children.iter().find(|child| child.answers_to(word))
    }
}
