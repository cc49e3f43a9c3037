//! The help texts as they were released, from `public/kubectl-help.txt`.
//!
//! They are a quarter of a megabyte, so they are no part of the program: the
//! native one brings them along, and the page fetches them once it is usable.
//! Until then help is made from the tables of commands and flags.

use std::sync::OnceLock;

static MANUAL: OnceLock<String> = OnceLock::new();

/// What stands before the name of each command.
const MARK: &str = "\n=== ";

/// Gives kubectl its help texts; the first time counts.
pub fn provide_manual(text: String) {
    // A second text would be the same one.
    let _ = MANUAL.set(text);
}

/// The help of the command with this whole name, as `kubectl create quota`.
pub(super) fn entry(name: &str, home: &str) -> Option<String> {
    let (_, from) = MANUAL.get()?.split_once(&format!("{MARK}{name}\n"))?;
    let text = from.split(MARK).next().unwrap_or(from);
    Some(format!("{}\n", text.trim_end_matches('\n').replace("$HOME", home)))
}
