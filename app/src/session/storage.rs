//! What outlives a visit, in the browser's local storage. A browser that keeps
//! nothing is no error: the page works, it only forgets.

use gloo::storage::{LocalStorage, Storage as _};
use leptos::prelude::*;
use podyard_engine::value;
use podyard_engine::value::{Value, parse_json};

use crate::i18n::Language;
use crate::protocol::File;
use crate::state::{Desk, Files, Preferences, Progress, State};

/// The person's own files; those of lessons and links are kept apart from them.
const FILES: &str = "podyard.files";
const HISTORY: &str = "podyard.history";
const PREFERENCES: &str = "podyard.preferences";
const PROGRESS: &str = "podyard.progress";

/// The files a person left on a desk.
pub(super) fn files(desk: &Desk) -> Option<Files> {
    let stored = read(&files_key(desk)).and_then(|text| parse_json(text.as_bytes()).ok())?;
    let file = |file: &Value| File {
        name: file["name"].text().to_owned(),
        text: file["text"].text().to_owned(),
    };
    let mut files = Files::of(stored.at(&["files"]).items().iter().map(file).collect());
    files.show(usize::try_from(stored.at(&["open"]).int()).unwrap_or_default());
    Some(files)
}

fn files_key(desk: &Desk) -> String {
    format!("{FILES}{}", desk.key())
}

/// How far the learner came in the lessons.
pub(super) fn progress() -> Progress {
    read(PROGRESS).and_then(|text| Progress::from_json(&text)).unwrap_or_default()
}

/// Keeps how far the learner came, together with what another tab has kept.
pub(super) fn keep_progress(now: &Progress) {
    let mut all = progress();
    all.merge(now.clone());
    write(PROGRESS, &all.to_json());
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
        write(&files_key(&state.desk.get_untracked()), &text);
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
