//! The shelf: the last sessions, packed as links are, each under a key of its
//! own, so that two tabs never write over each other.

use gloo::storage::{LocalStorage, Storage as _};
use gloo::timers::callback::Timeout;
use leptos::prelude::*;
use podyard_engine::value;
use podyard_engine::value::parse_json;

use super::Session;
use crate::state::{Desk, Kept};

const PREFIX: &str = "podyard.session.";
/// So many sessions are kept.
const KEPT: usize = 20;
/// How long the page rests before its session is kept.
const KEEP_AFTER_MS: u32 = 1_200;

impl Session {
    /// Keeps the session some time after the last change.
    pub(super) fn keep_soon(self) {
        let keep = move || self.keep_session(|| {});
        self.keeper.set_value(Some(Timeout::new(KEEP_AFTER_MS, keep)));
    }

    /// Keeps the session as it is now, and then goes on.
    pub(super) fn keep_session(self, then: impl FnOnce() + 'static) {
        self.keeper.set_value(None);
        let desk = self.state.desk.get_untracked().key();
        let key = self.calls.with_value(|calls| calls.session.clone());
        let titles = self.state.files.with_untracked(|files| files.names().join(", "));
        self.pack(true, move |outcome| {
            if !key.is_empty() && !outcome.stdout.is_empty() {
                let packed = outcome.stdout;
                put(&Kept { key, desk, title: titles, at: now(), packed });
            }
            then();
        });
    }

    /// From now on another session is kept.
    pub(super) fn begin_keeping(self) {
        let noise = js_sys::Math::random().to_string();
        let key = format!("{:x}-{}", now(), noise.get(2..8).unwrap_or_default());
        self.calls.update_value(|calls| calls.session = key);
    }
}

/// All sessions on the shelf, the latest first. What cannot be read is none.
pub(crate) fn all() -> Vec<Kept> {
    let store = LocalStorage::raw();
    let length = store.length().unwrap_or_default();
    let keys = (0..length).filter_map(|index| store.key(index).ok().flatten());
    let keys: Vec<String> = keys.filter(|key| key.starts_with(PREFIX)).collect();
    let mut all: Vec<Kept> = keys.iter().filter_map(|key| read(key)).collect();
    all.sort_by(|a, b| (b.at, &b.key).cmp(&(a.at, &a.key)));
    all
}

/// The latest session of a desk.
pub(super) fn latest(desk: &Desk) -> Option<Kept> {
    all().into_iter().find(|kept| kept.desk == desk.key())
}

fn read(key: &str) -> Option<Kept> {
    let text = LocalStorage::raw().get_item(key).ok().flatten()?;
    let value = parse_json(text.as_bytes()).ok()?;
    let packed = value.at(&["packed"]).text();
    (!packed.is_empty()).then(|| Kept {
        key: key.strip_prefix(PREFIX).unwrap_or_default().to_owned(),
        desk: value.at(&["desk"]).text().to_owned(),
        title: value.at(&["title"]).text().to_owned(),
        at: value.at(&["at"]).int(),
        packed: packed.to_owned(),
    })
}

/// Puts a session on the shelf. Old ones go when there are too many, and
/// more of them while the storage is full.
fn put(kept: &Kept) {
    let store = LocalStorage::raw();
    let value = value!({
        "desk": (&kept.desk), "title": (&kept.title), "at": (kept.at), "packed": (&kept.packed)
    });
    let (key, text) = (format!("{PREFIX}{}", kept.key), value.to_json());
    let mut others = all();
    others.retain(|other| other.key != kept.key);
    let drop_last = |others: &mut Vec<Kept>| {
        let last = others.pop();
        last.map(|last| store.remove_item(&format!("{PREFIX}{}", last.key)))
    };
    while others.len() >= KEPT {
        drop_last(&mut others);
    }
    // A browser that keeps nothing, as in a private window, is no error.
    while store.set_item(&key, &text).is_err() && drop_last(&mut others).is_some() {}
}

#[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970")]
fn now() -> i64 {
    js_sys::Date::now() as i64
}
