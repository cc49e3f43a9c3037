//! The list of lessons, in their recommended order, and what is finished.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

use crate::i18n::Word;
use crate::session::{Action, Session};
use crate::state::{Chapter, Entry};
use crate::view::icons::Icon;

/// The list.
#[component]
pub(super) fn List(
    /// The session.
    session: Session,
    /// Whether the list hides an open lesson.
    listed: RwSignal<bool>,
) -> impl IntoView {
    let state = session.state();
    let say = state.say();
    let chapters = move || state.study.with(|study| study.chapters.clone());
    let done = move || {
        let (finished, all) = state.study.with(|study| {
            let all: usize = study.chapters.iter().map(|chapter| chapter.lessons.len()).sum();
            (study.progress.finished(), all)
        });
        say.fill(Word::LessonsDone, &[&finished, &all])
    };
    let chapter = move |chapter: Chapter| {
        let title = chapter.title(state.language.get()).to_owned();
        let rows = chapter.lessons.into_iter().map(|entry| view! { <Row session listed entry /> });
        view! {
            <section class="chapter">
                <h3 class="chapter__title">{title}</h3>
                <ol>{rows.collect_view()}</ol>
            </section>
        }
    };
    view! {
        <div class="lesson__body" tabindex="0">
            <h2>{say.word(Word::LessonList)}</h2>
            <p>{say.word(Word::LessonIntro)}</p>
            <p class="lesson__count">{done}</p>
            {move || chapters().into_iter().map(chapter).collect_view()}
            <Files session />
        </div>
    }
}

/// One lesson of the list.
#[component]
fn Row(session: Session, listed: RwSignal<bool>, entry: Entry) -> impl IntoView {
    let state = session.state();
    let say = state.say();
    let id = entry.id.clone();
    let mark = Memo::new({
        let id = id.clone();
        move |_| state.study.with(|study| study.progress.of(&id))
    });
    let told = move || match mark.get() {
        mark if mark.is_finished() => say.now(Word::Finished).to_owned(),
        mark if mark.done > 0 => say.fill(Word::StepsDone, &[&mark.done, &mark.all]),
        _ => String::new(),
    };
    let icon = move || if mark.get().is_finished() { "succeeded" } else { "circle" };
    let open = {
        let id = id.clone();
        move |_| {
            let is_open = state.study.with_untracked(|study| {
                study.open.as_ref().is_some_and(|open| open.lesson.id == id)
            });
            listed.set(false);
            if !is_open {
                session.dispatch(Action::OpenLesson(id.clone()));
            }
        }
    };
    view! {
        <li>
            <button class="lessons__row" data-testid="lesson-row" data-name=id data-done=move || mark.get().is_finished().to_string() on:click=open>
                <Icon name=Signal::derive(icon) />
                <span class="lessons__title">{move || entry.title(state.language.get()).to_owned()}</span>
                <span class="lessons__mark">{told}</span>
            </button>
        </li>
    }
}

/// Progress as a file, out and in.
#[component]
fn Files(session: Session) -> impl IntoView {
    let say = session.state().say();
    let take = move |event: leptos::ev::Event| {
        let input =
            event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok());
        let file = input.as_ref().and_then(web_sys::HtmlInputElement::files);
        let Some(file) = file.and_then(|files| files.get(0)) else { return };
        leptos::task::spawn_local(async move {
            let text = JsFuture::from(file.text()).await.ok().and_then(|text| text.as_string());
            session.dispatch(Action::ImportProgress(text.unwrap_or_default()));
        });
    };
    view! {
        <div class="lesson__foot">
            <button class="button button--outline" on:click=move |_| session.dispatch(Action::ExportProgress)>{say.word(Word::ExportProgress)}</button>
            <label class="button button--outline lesson__import">
                {say.word(Word::ImportProgress)}
                <input type="file" accept="application/json,.json" on:change=take />
            </label>
        </div>
    }
}
