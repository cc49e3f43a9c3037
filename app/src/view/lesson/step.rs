//! One step: a line once it is done, whole while it is worked on, a title
//! before.

use std::cmp::Ordering;

use leptos::prelude::*;
use podyard_lesson::text::{Span, StepText};
use podyard_lesson::{Question, Thing, Verdict};

use super::{of_open, prose};
use crate::i18n::Word;
use crate::session::{Action, Session};
use crate::view::icons::Icon;

/// One step.
#[component]
pub(super) fn StepCard(
    /// The session.
    session: Session,
    /// Its place among the steps.
    index: usize,
    /// Its title.
    title: String,
) -> impl IntoView {
    let done = Memo::new(move |_| of_open(session, |open| open.done));
    let phase = move || match done.get().cmp(&index) {
        Ordering::Greater => "done",
        Ordering::Equal => "now",
        Ordering::Less => "later",
    };
    let is_now = Memo::new(move |_| phase() == "now");
    let id = of_open(session, |open| open.lesson.steps.get(index).map(|step| step.id.clone()));
    let mark = move || {
        if phase() == "done" {
            view! { <Icon name="succeeded" /> }.into_any()
        } else {
            (index + 1).into_any()
        }
    };
    view! {
        <li
            class="step"
            id=move || is_now.get().then_some("lesson-now")
            data-testid="lesson-step"
            data-name=id
            data-state=phase
            aria-current=move || is_now.get().then_some("step")
        >
            <h3 class="step__title"><span class="step__mark" aria-hidden="true">{mark}</span>{title}</h3>
            <Show when=move || is_now.get()><Body session index /></Show>
        </li>
    }
}

/// What a step says and asks for.
#[component]
fn Body(session: Session, index: usize) -> impl IntoView {
    let words = Memo::new(move |_| {
        of_open(session, |open| {
            let id = open.lesson.steps.get(index).map(|step| step.id.as_str());
            id.and_then(|id| open.text.step(id)).cloned().unwrap_or_default()
        })
    });
    move || {
        let words = words.get();
        let question = of_open(session, |open| {
            open.lesson.steps.get(index).and_then(|step| step.question.clone())
        });
        let checks = words.checks.clone().into_iter().enumerate();
        let checks = checks
            .map(|(number, (id, words))| view! { <CheckLine session number words id /> })
            .collect_view();
        let mut before = words.blocks.clone();
        let after = before.split_off(words.introduction());
        view! {
            {prose::blocks(session, before)}
            {question.map(|question| view! { <Prediction session question words=words.clone() /> })}
            {prose::blocks(session, after)}
            <ul class="checks">{checks}</ul>
            <Hints session words />
        }
    }
}

/// A question to answer before anything is run.
#[component]
fn Prediction(session: Session, question: Question, words: StepText) -> impl IntoView {
    let say = session.state().say();
    let Some((asked, choices)) = words.question.clone() else { return ().into_any() };
    let step = words.id.clone();
    let chosen = Memo::new({
        let step = step.clone();
        move |_| of_open(session, |open| open.predicted.get(&step).cloned())
    });
    let answer = StoredValue::new((question.answer, words.answer));
    let option = move |(id, words): (String, Vec<Span>)| {
        let (step, value) = (step.clone(), id.clone());
        let is_chosen = move || chosen.get().as_deref() == Some(value.as_str());
        view! {
            <label class="predict__choice">
                <input
                    type="radio"
                    name=format!("predict-{step}")
                    prop:checked=is_chosen
                    disabled=move || chosen.get().is_some()
                    on:change=move |_| session.dispatch(Action::Predict(step.clone(), id.clone()))
                />
                <span>{prose::spans(words)}</span>
            </label>
        }
    };
    let told = move || {
        chosen.get().map(|chosen| {
            let (right, blocks) = answer.get_value();
            let word = if chosen == right { Word::Right } else { Word::Wrong };
            view! { <div class="predict__answer"><strong>{say.now(word)}</strong>{prose::blocks(session, blocks)}</div> }
        })
    };
    view! {
        <fieldset class="predict" data-testid="lesson-predict">
            <legend class="predict__label">{say.word(Word::Predict)}</legend>
            <p>{prose::spans(asked)}</p>
            {choices.into_iter().map(option).collect_view()}
            <div aria-live="polite">{told}</div>
        </fieldset>
    }
    .into_any()
}

/// A check, and why it does not hold yet.
#[component]
fn CheckLine(session: Session, number: usize, words: Vec<Span>, id: String) -> impl IntoView {
    let state = session.state();
    let say = state.say();
    let verdict = Memo::new(move |_| of_open(session, |open| open.verdicts.get(number).cloned()));
    let passed = move || verdict.get() == Some(Verdict::Passed);
    let why = move || {
        let language = state.language.get().of_lessons();
        verdict.get().map(|verdict| verdict.say(language)).unwrap_or_default()
    };
    let thing = move || {
        let thing: Option<Thing> = verdict.get().and_then(|verdict| verdict.thing().cloned());
        thing.filter(|thing| {
            state.cluster.with(|cluster| cluster.find(&thing.kind, &thing.name)).is_some()
        })
    };
    let show = move || {
        thing().map(|thing| {
            view! {
                <button class="check__show" on:click=move |_| session.dispatch(Action::PointAt(thing.clone()))>{say.word(Word::ShowThing)}</button>
            }
        })
    };
    view! {
        <li class="check" data-testid="lesson-check" data-name=id data-passed=move || passed().to_string()>
            <Icon name=Signal::derive(move || if passed() { "running" } else { "circle" }) />
            <span>{prose::spans(words)}</span>
            <span class="check__why">{why}" "{show}</span>
        </li>
    }
}

/// The hints, one after the other.
#[component]
fn Hints(session: Session, words: StepText) -> impl IntoView {
    const LABELS: [Word; 3] = [Word::HintObserve, Word::HintDirection, Word::HintAlmost];
    let say = session.state().say();
    let shown = Memo::new(move |_| of_open(session, |open| open.hints));
    let hints = StoredValue::new(words.hints);
    let given = move || {
        let pairs = LABELS.into_iter().zip(hints.get_value()).take(shown.get());
        pairs
            .map(|(label, blocks)| {
                view! { <div class="hint"><strong>{say.word(label)}</strong>{prose::blocks(session, blocks)}</div> }
            })
            .collect_view()
    };
    let label = move || say.now(if shown.get() == 0 { Word::GiveHint } else { Word::NextHint });
    view! {
        <div aria-live="polite">{given}</div>
        <Show when=move || shown.get() < LABELS.len()>
            <button class="button button--outline" data-testid="lesson-hint" on:click=move |_| session.dispatch(Action::Hint)>{label}</button>
        </Show>
    }
}
