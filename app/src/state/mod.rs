//! What the page shows, as plain data in signals. Nothing here acts: the
//! session writes, the views read.

pub(crate) mod causes;
pub(crate) mod cluster;
pub(crate) mod commands;
pub(crate) mod completion;
pub(crate) mod fields;
pub(crate) mod files;
mod desk;
mod lesson;
mod share;
pub(crate) mod preferences;
mod places;
pub(crate) mod plain;
mod requests;
pub(crate) mod sums;
pub(crate) mod terminal;
pub(crate) mod timeline;
mod traffic;

use leptos::prelude::*;
use podyard_engine::view::Id;

pub(crate) use self::cluster::{Cluster, SYSTEM_NAMESPACE};
pub(crate) use self::desk::Desk;
pub(crate) use self::files::Files;
pub(crate) use self::lesson::{Chapter, Entry, Open, Progress, Study};
pub(crate) use self::preferences::{Aspect, Pane, Preferences, Theme};
pub(crate) use self::requests::Requests;
pub(crate) use self::share::{Kept, Share, Size};
pub(crate) use self::terminal::{EntryKind, Terminal};
pub(crate) use self::timeline::Timeline;
pub(crate) use self::traffic::{Flow, Sample, Traffics};
use crate::i18n::{Language, Say, Word};
use crate::protocol::{Opinion, Pace, Problem};

/// All state of the page.
#[derive(Clone, Copy)]
pub(crate) struct State {
    /// What is in the cluster.
    pub(crate) cluster: RwSignal<Cluster>,
    /// What happened, and what time it is.
    pub(crate) timeline: RwSignal<Timeline>,
    /// How fast time goes.
    pub(crate) pace: RwSignal<Pace>,
    /// The learner's text.
    pub(crate) files: RwSignal<Files>,
    /// The mistakes in it.
    pub(crate) problems: RwSignal<Vec<Problem>>,
    /// The terminal.
    pub(crate) terminal: RwSignal<Terminal>,
    /// The one object all panes speak of.
    pub(crate) selection: RwSignal<Option<Id>>,
    /// Which picture is shown.
    pub(crate) aspect: RwSignal<Aspect>,
    /// Which pane a narrow screen shows.
    pub(crate) pane: RwSignal<Pane>,
    /// Whose files and cluster these are.
    pub(crate) desk: RwSignal<Desk>,
    /// The lessons, and how far the learner has come.
    pub(crate) study: RwSignal<Study>,
    /// Whether the lesson is open at the side.
    pub(crate) lesson_open: RwSignal<bool>,
    /// Whether the cluster's own Pods are drawn.
    pub(crate) system_shown: RwSignal<bool>,
    /// How much of the window's width the editor takes, in percent.
    pub(crate) column: RwSignal<u32>,
    /// How much of the height the editor takes above the terminal.
    pub(crate) row: RwSignal<u32>,
    /// The interface's language.
    pub(crate) language: RwSignal<Language>,
    /// Light, dark, or as the system says.
    pub(crate) theme: RwSignal<Theme>,
    /// What can be shared, while that is shown.
    pub(crate) share: RwSignal<Option<Share>>,
    /// A message of ours at the top, until closed.
    pub(crate) notice: RwSignal<Option<Notice>>,
    /// The requests that were seen.
    pub(crate) requests: RwSignal<Requests>,
    /// The traffic that runs, and what came of it.
    pub(crate) traffic: RwSignal<Traffics>,
    /// What the scheduler last thought of the Pod that was asked about.
    pub(crate) opinion: RwSignal<Option<Opinion>>,
    /// Where the editor's cursor should go: line and column, from 1.
    pub(crate) cursor: RwSignal<Option<(u32, u32)>>,
    /// The speed to go back to, while an earlier moment is shown.
    pub(crate) past: RwSignal<Option<Pace>>,
    /// Whether the worker listens.
    pub(crate) awake: RwSignal<bool>,
}

/// A message of ours to the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    /// What it says.
    pub(crate) word: Word,
    /// A detail that is not translated: an address, an error text.
    pub(crate) detail: String,
}

impl State {
    /// The state a person left, or the state of a first visit.
    pub(crate) fn new(files: Files, history: Vec<String>, preferences: Preferences) -> Self {
        Self {
            cluster: RwSignal::default(),
            timeline: RwSignal::default(),
            pace: RwSignal::new(Pace(1)),
            files: RwSignal::new(files),
            problems: RwSignal::default(),
            terminal: RwSignal::new(Terminal::with_history(history)),
            selection: RwSignal::default(),
            aspect: RwSignal::new(preferences.aspect),
            pane: RwSignal::new(Pane::Editor),
            desk: RwSignal::default(),
            study: RwSignal::default(),
            lesson_open: RwSignal::new(preferences.lesson_open),
            system_shown: RwSignal::new(preferences.system_shown),
            column: RwSignal::new(preferences.column),
            row: RwSignal::new(preferences.row),
            language: RwSignal::new(preferences.language),
            theme: RwSignal::new(preferences.theme),
            share: RwSignal::default(),
            notice: RwSignal::default(),
            requests: RwSignal::default(),
            traffic: RwSignal::default(),
            opinion: RwSignal::default(),
            cursor: RwSignal::default(),
            past: RwSignal::default(),
            awake: RwSignal::new(false),
        }
    }

    /// What is worth keeping between visits, the text apart.
    pub(crate) fn preferences(&self) -> Preferences {
        Preferences {
            language: self.language.get(),
            theme: self.theme.get(),
            aspect: self.aspect.get(),
            lesson_open: self.lesson_open.get(),
            system_shown: self.system_shown.get(),
            column: self.column.get(),
            row: self.row.get(),
        }
    }

    /// Says words in the chosen language.
    pub(crate) fn say(&self) -> Say {
        Say(self.language)
    }
}
