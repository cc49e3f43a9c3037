//! The lesson at the side: what to do, and whether it is done.

use leptos::prelude::*;

use super::icons::Icon;
use crate::i18n::{Say, Word};
use crate::lesson::{Block, Span, Step, StepText, Verdict};
use crate::session::{Action, Session};
use crate::state::Progress;

/// The lesson.
#[component]
pub(crate) fn LessonPane(
    /// The session.
    session: Session,
) -> impl IntoView {
    let state = session.state();
    let say = state.say();
    let loaded =
        Memo::new(move |_| state.lesson.with(|progress| !progress.lesson.steps.is_empty()));
    let title = move || state.lesson.with(|progress| progress.text.title.clone());
    let intro = move || state.lesson.with(|progress| progress.text.blocks.clone());
    let steps = move || {
        state.lesson.with(|progress| {
            let steps = progress.lesson.steps.iter().enumerate();
            let worded = steps.map(|(index, step)| {
                let words = progress.text.step(&step.id).cloned().unwrap_or_default();
                (index, step.clone(), words)
            });
            worded.collect::<Vec<_>>()
        })
    };
    let finished = Memo::new(move |_| state.lesson.with(Progress::is_finished));
    view! {
        <aside class="pane lesson" data-testid="lesson" data-finished=move || finished.get().to_string() aria-label=say.word(Word::Lesson)>
            <div class="lesson__body" tabindex="0">
                <Show when=move || loaded.get() fallback=move || view! { <p>{say.word(Word::Loading)}</p> }>
                    <h2>{title}</h2>
                    {move || intro().into_iter().map(|block| show_block(session, block)).collect_view()}
                    <ol class="steps">
                        <For each=steps key=|(index, _, words)| (*index, words.title.clone()) let((index, step, words))>
                            <StepCard session index step words />
                        </For>
                    </ol>
                    <Show when=move || finished.get()>
                        <p class="lesson__done" role="status"><Icon name="succeeded" />{say.word(Word::LessonDone)}</p>
                    </Show>
                </Show>
            </div>
        </aside>
    }
}

/// One step: a line once it is done, whole while it is worked on, a title
/// before.
#[component]
fn StepCard(session: Session, index: usize, step: Step, words: StepText) -> impl IntoView {
    let state = session.state();
    let done = Memo::new(move |_| state.lesson.with(|progress| progress.done));
    let phase = move || match done.get().cmp(&index) {
        std::cmp::Ordering::Greater => "done",
        std::cmp::Ordering::Equal => "now",
        std::cmp::Ordering::Less => "later",
    };
    let (id, title) = (words.id.clone(), words.title.clone());
    let body = StoredValue::new((step, words));
    let show_body = move || {
        let (step, words) = body.get_value();
        let checks = step.checks.into_iter().enumerate().map(|(number, check)| {
            let words = words.check(&check.id).unwrap_or_default().to_vec();
            view! { <CheckLine session number words id=check.id /> }
        });
        let checks = checks.collect_view();
        view! {
            {words.blocks.into_iter().map(|block| show_block(session, block)).collect_view()}
            <ul class="checks">{checks}</ul>
        }
    };
    view! {
        <li class="step" data-testid="lesson-step" data-name=id data-state=phase aria-current=move || (phase() == "now").then_some("step")>
            <h3 class="step__title">
                <span class="step__mark" aria-hidden="true">
                    {move || if phase() == "done" { view! { <Icon name="succeeded" /> }.into_any() } else { (index + 1).into_any() }}
                </span>
                {title}
            </h3>
            <Show when=move || phase() == "now">{show_body()}</Show>
        </li>
    }
}

/// A check, and why it does not hold yet.
#[component]
fn CheckLine(session: Session, number: usize, words: Vec<Span>, id: String) -> impl IntoView {
    let state = session.state();
    let say = state.say();
    let verdict =
        Memo::new(move |_| state.lesson.with(|progress| progress.verdicts.get(number).cloned()));
    let passed = move || verdict.get() == Some(Verdict::Passed);
    view! {
        <li class="check" data-testid="lesson-check" data-name=id data-passed=move || passed().to_string()>
            <Icon name=Signal::derive(move || if passed() { "running" } else { "circle" }) />
            <span>{words.into_iter().map(show_span).collect_view()}</span>
            <span class="check__why">{move || verdict.get().and_then(|verdict| why(say, &verdict))}</span>
        </li>
    }
}

fn why(say: Say, verdict: &Verdict) -> Option<String> {
    match verdict {
        Verdict::Passed => None,
        Verdict::Missing(what) => Some(say.fill(Word::CheckMissing, &[what])),
        Verdict::Different(what, fact, wish) => {
            Some(say.fill(Word::CheckDifferent, &[what, fact, wish]))
        }
    }
}

fn show_block(session: Session, block: Block) -> AnyView {
    let say = session.state().say();
    match block {
        Block::Paragraph(spans) => {
            view! { <p>{spans.into_iter().map(show_span).collect_view()}</p> }.into_any()
        }
        Block::Code(text) => view! { <pre class="lesson__code">{text}</pre> }.into_any(),
        Block::Command(line) => {
            let shown = line.clone();
            view! {
                <div class="command">
                    <code>{shown}</code>
                    <button class="button button--outline" on:click=move |_| session.dispatch(Action::Run(line.clone()))>{say.word(Word::RunCommand)}</button>
                </div>
            }
            .into_any()
        }
    }
}

fn show_span(span: Span) -> AnyView {
    match span {
        Span::Plain(text) => text.into_any(),
        Span::Code(text) => view! { <code>{text}</code> }.into_any(),
        Span::Strong(text) => view! { <strong>{text}</strong> }.into_any(),
    }
}
