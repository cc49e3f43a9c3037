//! What is wrong with the text, in words, below it.

use leptos::prelude::*;

use crate::i18n::Word;
use crate::protocol::Problem;
use crate::session::{Action, Session};
use crate::view::icons::Icon;

/// The problems.
#[component]
pub(super) fn Problems(
    /// The session.
    session: Session,
    /// Where the cursor should go: line and column, from 1.
    target: RwSignal<Option<(u32, u32)>>,
) -> impl IntoView {
    let state = session.state();
    let say = state.say();
    let several_files = Memo::new(move |_| state.files.with(|files| files.all().len() > 1));
    let show = move |problem: Problem| {
        view! { <ProblemRow session problem several_files target /> }
    };
    view! {
        <div class="problems" role="region" aria-label=say.word(Word::Problems)>
            <Show when=move || state.problems.with(Vec::is_empty)>
                <p class="problems__calm"><Icon name="succeeded" />{say.word(Word::NoProblems)}</p>
            </Show>
            <ul>
                <For each=move || state.problems.get() key=key_of children=show />
            </ul>
        </div>
    }
}

fn key_of(problem: &Problem) -> (String, u32, u32, String) {
    (problem.file.clone(), problem.line, problem.column, problem.message.clone())
}

/// One problem, and a button that mends it where one is known.
#[component]
fn ProblemRow(
    session: Session,
    problem: Problem,
    several_files: Memo<bool>,
    target: RwSignal<Option<(u32, u32)>>,
) -> impl IntoView {
    let say = session.state().say();
    let Problem { file, line, column, message, help, error, fix, .. } = problem;
    let go = {
        let file = file.clone();
        move |_| {
            session.dispatch(Action::OpenNamed(file.clone()));
            target.set(Some((line, column)));
        }
    };
    let place = {
        let file = file.clone();
        move || {
            let name = if several_files.get() { file.as_str() } else { "YAML" };
            say.fill(Word::ProblemAt, &[&name, &line])
        }
    };
    let mend = fix.map(|fix| {
        view! {
            <button class="button button--outline" on:click=move |_| session.dispatch(Action::Mend(file.clone(), fix.clone()))>
                {say.word(Word::Fix)}
            </button>
        }
    });
    view! {
        <li class="problem" data-testid="problem" data-line=line data-column=column data-error=error.to_string()>
            <Icon name=if error { "failed" } else { "warning" } />
            <div>
                <button class="problem__go" on:click=go>
                    <span class="problem__place">{place}" · "</span>
                    <span class="problem__message">{message}</span>
                </button>
                {help.map(|help| view! { <p class="problem__help">{move || say.help(&help)}</p> })}
            </div>
            {mend}
        </li>
    }
}
