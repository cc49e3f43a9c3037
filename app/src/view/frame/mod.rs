//! How the areas share the window, and what floats above them.

mod live;
mod splitter;

use leptos::prelude::*;

use self::live::Live;
use self::splitter::{Axis, Splitter};
use super::bar::Bar;
use super::editor::EditorPane;
use super::icons::Icon;
use super::lesson::LessonPane;
use super::picture::PicturePane;
use super::share::ShareWindow;
use super::terminal::TerminalPane;
use super::timeline::TimelineStrip;
use crate::browser;
use crate::i18n::Word;
use crate::session::{Action, Session};
use crate::state::{Notice, Pane};

/// The whole page.
#[component]
pub(crate) fn Frame(
    /// The session.
    session: Session,
) -> impl IntoView {
    let state = session.state();
    view! {
        <div class="page">
            <Bar session />
            <NoticeBar session />
            <main
                class="yard"
                data-lesson=move || state.lesson_open.get().to_string()
                data-panes=browser::embedded_panes()
                data-pane=move || state.pane.get().key()
                style=("--column", move || format!("{}%", state.column.get()))
                style=("--row", move || format!("{}%", state.row.get()))
            >
                <LessonPane session />
                <EditorPane session />
                <Splitter session axis=Axis::Row share=state.row />
                <TerminalPane session />
                <Splitter session axis=Axis::Column share=state.column />
                <PicturePane session />
            </main>
            <TimelineStrip session />
            <PaneTabs session />
            <Live session />
            <ShareWindow session />
        </div>
    }
}

/// A message of ours, until closed.
#[component]
fn NoticeBar(session: Session) -> impl IntoView {
    let state = session.state();
    let say = state.say();
    let show = move |notice: Notice| {
        view! {
            <div class="notice" role="status">
                <span>{say.word(notice.word)}</span>
                <input class="notice__detail" readonly aria-label=say.word(notice.word) prop:value=notice.detail />
                <button class="button button--icon" aria-label=say.word(Word::Close) on:click=move |_| session.dispatch(Action::Dismiss)>
                    <Icon name="close" />
                </button>
            </div>
        }
    };
    move || state.notice.get().map(show)
}

/// Which pane a narrow screen shows.
#[component]
fn PaneTabs(session: Session) -> impl IntoView {
    let say = session.state().say();
    let tab = move |pane: Pane, icon: &'static str, word: Word| {
        let current = move || (session.state().pane.get() == pane).to_string();
        view! {
            <button class="panes__tab" aria-current=current on:click=move |_| session.dispatch(Action::ShowPane(pane))>
                <Icon name=icon />
                <span>{say.word(word)}</span>
            </button>
        }
    };
    view! {
        <nav class="panes" aria-label=say.word(Word::Panes)>
            {tab(Pane::Lesson, "lesson", Word::Lesson)}
            {tab(Pane::Editor, "editor", Word::Yaml)}
            {tab(Pane::Picture, "picture", Word::Picture)}
            {tab(Pane::Terminal, "terminal", Word::Terminal)}
        </nav>
    }
}
