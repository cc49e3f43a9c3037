//! Share links: `#p=` and the session, packed by the worker.

use gloo::events::EventListener;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::{Session, storage};
use crate::i18n::Word;
use crate::protocol::{Command, File, Setup};
use crate::state::Files;

/// What stands before a packed session in an address.
const PREFIX: &str = "#p=";

impl Session {
    /// Gives a link that opens this session anywhere.
    pub(super) fn link(self, then: impl FnOnce(String) + 'static) {
        self.pack(move |outcome| {
            let address = location().and_then(|location| location.href().ok()).unwrap_or_default();
            let page = address.split('#').next().unwrap_or_default();
            then(format!("{page}{PREFIX}{}", outcome.stdout));
        });
    }

    /// Shows a link, and puts it on the clipboard where that is allowed.
    pub(super) fn share(self) {
        self.link(move |link| {
            let clipboard = web_sys::window().map(|window| window.navigator().clipboard());
            if let Some(clipboard) = clipboard {
                // The link is shown as well, for whoever forbids the clipboard.
                drop(clipboard.write_text(&link));
            }
            self.tell(Word::LinkCopied, link);
        });
    }

    /// What the worker is to begin with: the link in the address, or a new
    /// cluster.
    pub(super) fn beginning() -> Command {
        packed().map_or_else(|| Command::Start(Setup::default()), Command::Open)
    }

    /// Opens a link that is put into the address later on.
    pub(super) fn watch_address() {
        let Some(window) = web_sys::window() else { return };
        EventListener::new(&window, "hashchange", move |_| {
            if packed().is_some() {
                // Everything is kept, so a fresh start loses nothing.
                let _ = location().map(|location| location.reload());
            }
        })
        .forget();
    }

    /// The files of a link, unless they have been worked on here before.
    pub(super) fn take_files(self, files: Vec<File>) {
        if !self.has_kept_files && !files.is_empty() {
            self.state.files.set(Files::of(files));
        }
    }

    /// A link that cannot be opened leaves everything as it was.
    pub(super) fn refuse_link(self, message: String) {
        forget_link();
        self.state.files.set(storage::files().unwrap_or_default());
        self.tell(Word::LinkBroken, message);
    }
}

/// The packed session in the address.
pub(super) fn packed() -> Option<String> {
    location()?.hash().ok()?.strip_prefix(PREFIX).map(str::to_owned)
}

/// Takes the link out of the address.
fn forget_link() {
    let history = web_sys::window().and_then(|window| window.history().ok());
    let path = location().and_then(|location| location.pathname().ok());
    if let Some((history, path)) = history.zip(path) {
        // An address that stays is only untidy.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&path));
    }
}

fn location() -> Option<web_sys::Location> {
    web_sys::window().map(|window| window.location())
}
