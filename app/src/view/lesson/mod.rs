//! The lesson at the side: the list of lessons, or the one that is open.

mod list;
mod picture;
mod prose;
mod step;

use leptos::prelude::*;

use self::list::List;
use self::step::StepCard;
use super::icons::Icon;
use crate::i18n::{Say, Word};
use crate::session::{Action, Session};
use crate::state::{Open, Study};

/// The lesson.
#[component]
pub(crate) fn LessonPane(
    /// The session.
    session: Session,
) -> impl IntoView {
    let state = session.state();
    let say = state.say();
    let open = Memo::new(move |_| {
        state.study.with(|study| study.open.as_ref().map(|open| open.lesson.id.clone()))
    });
    let finished = move || {
        state.study.with(|study| study.open.as_ref().is_some_and(Open::is_finished)).to_string()
    };
    let listed = RwSignal::new(false);
    Effect::new(move |_| {
        open.track();
        listed.set(false);
    });
    view! {
        <aside
            class="pane lesson"
            data-testid="lesson"
            data-name=move || open.get().unwrap_or_default()
            data-finished=finished
            aria-label=say.word(Word::Lesson)
        >
            <Show when=move || open.get().is_some() && !listed.get() fallback=move || view! { <List session listed /> }>
                <Lesson session listed />
            </Show>
        </aside>
    }
}

/// The open lesson.
#[component]
fn Lesson(session: Session, listed: RwSignal<bool>) -> impl IntoView {
    let state = session.state();
    let say = state.say();
    let title = move || of_open(session, |open| open.text.title.clone());
    let intro = move || of_open(session, |open| open.text.blocks.clone());
    let steps = move || of_open(session, steps_of);
    let position = move || {
        let (done, all) = of_open(session, |open| (open.done, open.lesson.steps.len()));
        say.fill(Word::StepOf, &[&(done + 1).min(all), &all])
    };
    let finished = Memo::new(move |_| of_open(session, Open::is_finished));
    view! {
        <div class="pane__head lesson__head">
            <button class="button" on:click=move |_| listed.set(true)><Icon name="list" />{say.word(Word::AllLessons)}</button>
            <span class="pane__space"></span>
            <span class="pane__title" aria-live="polite">{position}</span>
        </div>
        <div class="lesson__body" tabindex="0">
            <h2>{title}</h2>
            {move || prose::blocks(session, intro())}
            <ol class="steps">
                <For each=steps key=|(index, words)| (*index, words.clone()) let((index, words))>
                    <StepCard session index title=words />
                </For>
            </ol>
            <Show when=move || finished.get()>
                <End session />
            </Show>
            <div class="lesson__foot">
                <button class="button button--outline" on:click=move |_| session.dispatch(Action::RestartLesson)>
                    <Icon name="reset" />{say.word(Word::RestartLesson)}
                </button>
                <button class="button button--outline" on:click=move |_| session.dispatch(Action::LeaveLesson)>{say.word(Word::LeaveLesson)}</button>
            </div>
        </div>
    }
}

/// What stands at the end: the debrief, and where to go on.
#[component]
fn End(session: Session) -> impl IntoView {
    let state = session.state();
    let say = state.say();
    let debrief = move || of_open(session, |open| open.text.debrief.clone().unwrap_or_default());
    let next = move || next_of(session, say);
    view! {
        <section class="debrief" id="lesson-now">
            <p class="lesson__done" role="status"><Icon name="succeeded" />{say.word(Word::LessonDone)}</p>
            <h3>{move || debrief().0}</h3>
            {move || prose::blocks(session, debrief().1)}
            {move || next().map(|(id, label)| view! {
                <button class="button button--primary" on:click=move |_| session.dispatch(Action::OpenLesson(id.clone()))>{label}</button>
            })}
        </section>
    }
}

fn next_of(session: Session, say: Say) -> Option<(String, String)> {
    let state = session.state();
    let language = state.language.get();
    let next =
        |study: &Study| study.next().map(|next| (next.id.clone(), next.title(language).to_owned()));
    let (id, title) = state.study.with(next)?;
    Some((id, say.fill(Word::NextLesson, &[&title])))
}

/// Something of the open lesson.
fn of_open<T: Default>(session: Session, look: impl FnOnce(&Open) -> T) -> T {
    session.state().study.with(|study| study.open.as_ref().map(look)).unwrap_or_default()
}

/// The steps and their titles, in order.
fn steps_of(open: &Open) -> Vec<(usize, String)> {
    let titles = open.lesson.steps.iter().enumerate();
    let title = |id: &str| open.text.step(id).map(|words| words.title.clone()).unwrap_or_default();
    titles.map(|(index, step)| (index, title(&step.id))).collect()
}
