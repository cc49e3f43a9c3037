//! Share links: `#p=` and the session, packed by the worker.

use gloo::events::EventListener;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::{Session, shelf, storage};
use crate::i18n::Word;
use crate::protocol::{Command, File, Setup, Trouble};
use crate::state::{Desk, Files, Share};

/// What stands before a packed session in an address.
const PREFIX: &str = "#p=";
/// What stands before the id of a lesson.
const LESSON: &str = "#lesson=";

impl Session {
    /// Gives a link that opens this session, or only its files, anywhere.
    pub(super) fn link(self, whole: bool, then: impl FnOnce(String) + 'static) {
        self.pack(whole, move |outcome| {
            let address = location().and_then(|location| location.href().ok()).unwrap_or_default();
            let page = address.split('#').next().unwrap_or_default();
            then(format!("{page}{PREFIX}{}", outcome.stdout));
        });
    }

    /// Shows what can be shared: the whole session, or only its files.
    pub(super) fn share(self, whole: bool) {
        self.link(whole, move |link| {
            let recent = shelf::all();
            self.state.share.set(Some(Share { link, whole, recent }));
        });
    }

    /// Puts a text on the clipboard. It is shown as well, for whoever forbids
    /// that.
    pub(super) fn copy(self, text: &str) {
        if let Some(window) = web_sys::window() {
            drop(window.navigator().clipboard().write_text(text));
        }
        self.state.share.set(None);
        self.tell(Word::LinkCopied, text);
    }

    /// Opens a session of the shelf or of a file beside the one there.
    pub(super) fn reopen(self, packed: &str) {
        self.state.share.set(None);
        let packed = packed.trim();
        let packed = packed.split_once(PREFIX).map_or(packed, |(_, packed)| packed).to_owned();
        self.keep_session(move || {
            if let Some(location) = location() {
                // The address decides what is on the page; see `watch_address`.
                let _ = location.set_hash(&format!("{PREFIX}{packed}"));
            }
        });
    }

    /// What the worker is to begin with: the link in the address, or a new
    /// cluster.
    pub(super) fn beginning() -> Command {
        packed().map_or_else(|| Command::Start(Setup::default()), Command::Open)
    }

    /// Whose files the address asks for.
    pub(super) fn desk_of_address() -> Desk {
        let fnv = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        let hash = |packed: String| packed.bytes().fold(0xcbf2_9ce4_8422_2325, fnv);
        packed().map_or(Desk::Own, |packed| Desk::Link(hash(packed)))
    }

    /// Opens a link that is put into the address later on.
    pub(super) fn watch_address(self) {
        let Some(window) = web_sys::window() else { return };
        EventListener::new(&window, "hashchange", move |_| {
            if packed().is_some() {
                // Everything is kept, so a fresh start loses nothing.
                let _ = location().map(|location| location.reload());
            }
            self.open_lesson_of_address();
        })
        .forget();
    }

    /// Opens the lesson that the address names.
    pub(super) fn open_lesson_of_address(self) {
        let named = location().and_then(|location| location.hash().ok());
        let id = named.and_then(|hash| hash.strip_prefix(LESSON).map(str::to_owned));
        // An id is a folder's name, and nothing else.
        let plain = |letter: char| letter.is_ascii_lowercase() || letter == '-';
        let Some(id) = id.filter(|id| id.chars().all(plain)) else { return };
        if self.state.desk.get_untracked() != Desk::Lesson(id.clone()) {
            self.open_lesson(id, false);
        }
    }

    /// The files of a link, unless they have been worked on here before.
    pub(super) fn take_files(self, files: Vec<File>) {
        if matches!(self.state.desk.get_untracked(), Desk::Link(_))
            && !self.has_kept_files
            && !files.is_empty()
        {
            self.state.files.set(Files::of(files));
        }
    }

    /// A link that cannot be opened leaves everything as it was.
    pub(super) fn refuse_link(self, trouble: Trouble) {
        put_address("");
        self.change_desk(Desk::Own, storage::files(&Desk::Own).unwrap_or_default());
        match trouble {
            Trouble::Foreign => self.tell(Word::LinkForeign, ""),
            Trouble::Newer => self.tell(Word::LinkNewer, ""),
            Trouble::Damaged(detail) => self.tell(Word::LinkBroken, detail),
            Trouble::TooLarge(detail) => self.tell(Word::LinkTooLarge, detail),
        }
    }
}

/// The packed session in the address.
pub(super) fn packed() -> Option<String> {
    location()?.hash().ok()?.strip_prefix(PREFIX).map(str::to_owned)
}

/// Puts a fragment into the address, or takes the one there away.
pub(super) fn put_address(fragment: &str) {
    let history = web_sys::window().and_then(|window| window.history().ok());
    let path = location().and_then(|location| {
        Some(format!("{}{}{fragment}", location.pathname().ok()?, location.search().ok()?))
    });
    if let Some((history, path)) = history.zip(path) {
        // An address that stays is only untidy.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&path));
    }
}

fn location() -> Option<web_sys::Location> {
    web_sys::window().map(|window| window.location())
}
