//! Fetches what the fields of Kubernetes' types mean, which `kubectl explain`
//! shows, and kubectl's help texts: long after everything that the page cannot
//! do without.

use gloo::timers::callback::Timeout;
use leptos::task::spawn_local;

use super::Session;
use crate::browser;
use crate::protocol::Command;

/// The asset that `cargo xtask dist` makes.
const DESCRIPTIONS: &str = "./descriptions.txt";
/// The help texts of kubectl's commands.
const MANUAL: &str = "./kubectl-help.txt";
/// How long the page rests before they are fetched.
const FETCH_AFTER_MS: u32 = 4_000;

impl Session {
    /// Tells a new worker the words; without them it has only facts.
    pub(super) fn describe(self) {
        let fetch = move || {
            spawn_local(async move {
                if let Some(text) = browser::fetch_text(DESCRIPTIONS).await {
                    self.send(Command::Describe(text));
                }
                if let Some(text) = browser::fetch_text(MANUAL).await {
                    self.send(Command::Instruct(text));
                }
            });
        };
        Timeout::new(FETCH_AFTER_MS, fetch).forget();
    }
}
