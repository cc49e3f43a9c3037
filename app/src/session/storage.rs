//! What outlives a visit, in the browser's local storage. A browser that keeps
//! nothing is no error: the page works, it only forgets.

use gloo::storage::{LocalStorage, Storage as _};
use leptos::prelude::*;
use podyard_engine::value;
use podyard_engine::value::{Value, parse_json};

use super::link;
use crate::i18n::Language;
use crate::protocol::File;
use crate::state::{Files, Preferences, State};

/// The person's own files; those of a share link are kept apart from them.
const FILES: &str = "podyard.files";
const HISTORY: &str = "podyard.history";
const PREFERENCES: &str = "podyard.preferences";

/// The files a person left at this address.
pub(super) fn files() -> Option<Files> {
    let stored = read(&files_key()).and_then(|text| parse_json(text.as_bytes()).ok())?;
    let file = |file: &Value| File {
        name: file["name"].text().to_owned(),
        text: file["text"].text().to_owned(),
    };
    let mut files = Files::of(stored.at(&["files"]).items().iter().map(file).collect());
    files.show(usize::try_from(stored.at(&["open"]).int()).unwrap_or_default());
    Some(files)
}

/// Where the files of this address are kept.
fn files_key() -> String {
    let hash = |packed: String| {
        let fnv = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        packed.bytes().fold(0xcbf2_9ce4_8422_2325, fnv)
    };
    link::packed().map(hash).map_or_else(|| FILES.to_owned(), |hash| format!("{FILES}.{hash:016x}"))
}

/// The lines typed in the terminal.
pub(super) fn history() -> Vec<String> {
    let text = read(HISTORY).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// The choices made; those never made come from the browser.
pub(super) fn preferences() -> Preferences {
    let navigator = web_sys::window().and_then(|window| window.navigator().language());
    let language = navigator.and_then(|tag| Language::of_tag(&tag)).unwrap_or_default();
    let first = Preferences { language, ..Preferences::default() };
    first.overlaid_with(&read(PREFERENCES).unwrap_or_default())
}

/// Keeps everything from now on, whenever it changes.
pub(super) fn keep(state: State) {
    Effect::new(move |_| {
        let text = state.files.with(|files| {
            let all = files.all().iter();
            let all: Vec<Value> =
                all.map(|file| value!({ "name": (&file.name), "text": (&file.text) })).collect();
            value!({ "files": all, "open": (files.open()) }).to_json()
        });
        write(&files_key(), &text);
    });
    Effect::new(move |_| {
        write(HISTORY, &state.terminal.with(|terminal| terminal.history().join("\n")));
    });
    Effect::new(move |_| write(PREFERENCES, &state.preferences().to_line()));
}

fn read(key: &str) -> Option<String> {
    LocalStorage::raw().get_item(key).ok().flatten()
}

fn write(key: &str, text: &str) {
    // A full or forbidden storage must not stop anyone from typing.
    let _ = LocalStorage::raw().set_item(key, text);
}
