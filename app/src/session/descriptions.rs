//! Fetches what the fields of Kubernetes' types mean, which `kubectl explain`
//! shows: long after everything that the page cannot do without.

use gloo::timers::callback::Timeout;
use leptos::task::spawn_local;

use super::Session;
use crate::browser;
use crate::protocol::Command;

/// The asset that `cargo xtask dist` makes.
const ADDRESS: &str = "./descriptions.txt";
/// How long the page rests before it is fetched.
const FETCH_AFTER_MS: u32 = 4_000;

impl Session {
    /// Tells a new worker the descriptions; without them it has only facts.
    pub(super) fn describe(self) {
        let fetch = move || {
            spawn_local(async move {
                if let Some(text) = browser::fetch_text(ADDRESS).await {
                    self.send(Command::Describe(text));
                }
            });
        };
        Timeout::new(FETCH_AFTER_MS, fetch).forget();
    }
}
