//! The bar at the top: what is done to the whole session.

use leptos::prelude::*;

use super::icons::Icon;
use crate::browser;
use crate::i18n::{Language, Word};
use crate::protocol::{Pace, Setup};
use crate::session::{Action, Session};
use crate::state::Theme;

const LOGO: &str = r#"<path d="M16 2 28 9v14l-12 7L4 23V9z" fill="var(--accent-fill)"/><g fill="var(--accent-text)"><rect x="9.500" y="11" width="6" height="6" rx="1.500"/><rect x="17" y="11" width="6" height="6" rx="1.500" opacity=".75"/><rect x="13.200" y="18.500" width="6" height="6" rx="1.500" opacity=".55"/></g>"#;

/// The bar.
#[component]
pub(crate) fn Bar(
    /// The session.
    session: Session,
) -> impl IntoView {
    let state = session.state();
    let say = state.say();
    view! {
        <header class="bar">
            <h1 class="bar__title">
                <svg class="bar__logo" viewBox="0 0 32 32" aria-hidden="true" inner_html=LOGO />
                <span class="bar__name">{say.word(Word::Title)}</span>
            </h1>
            <span class="bar__rule"></span>
            <button
                class="button bar__lesson"
                aria-pressed=move || state.lesson_open.get().to_string()
                on:click=move |_| session.dispatch(Action::ToggleLesson)
            >
                <Icon name="lesson" />
                <span class="bar__label">{say.word(Word::Lesson)}</span>
            </button>
            <span class="bar__space"></span>
            <Speed session />
            <span class="bar__rule"></span>
            <div class="bar__group">
                <Reset session />
                <LanguageSwitch session />
                <ThemeSwitch session />
                <button class="button" data-testid="share" title=say.word(Word::ShareHint) on:click=move |_| session.dispatch(Action::Share(true))>
                    <Icon name="share" />
                    <span class="bar__label">{say.word(Word::Share)}</span>
                </button>
            </div>
            <button
                class="button button--primary"
                data-testid="apply"
                title=say.word(Word::ApplyHint)
                on:click=move |_| session.dispatch(Action::Apply)
            >
                {say.word(Word::Apply)}
            </button>
        </header>
    }
}

/// How fast time goes.
#[component]
fn Speed(session: Session) -> impl IntoView {
    let state = session.state();
    let say = state.say();
    let choice = move |pace: Pace| {
        let label = move || {
            if pace == Pace::PAUSED {
                say.now(Word::Paused).to_owned()
            } else {
                say.fill(Word::PaceHint, &[&pace.0])
            }
        };
        view! {
            <label class="segments__item" title=label>
                <input
                    type="radio"
                    name="speed"
                    value=pace.0
                    aria-label=label
                    prop:checked=move || state.pace.get() == pace
                    on:change=move |_| session.dispatch(Action::SetPace(pace))
                />
                <span>{if pace == Pace::PAUSED { view! { <Icon name="pause" /> }.into_any() } else { format!("{}×", pace.0).into_any() }}</span>
            </label>
        }
    };
    view! {
        <fieldset class="segments" data-testid="speed" data-value=move || state.pace.get().0 aria-label=say.word(Word::Speed)>
            {Pace::CHOICES.map(choice).into_iter().collect_view()}
        </fieldset>
    }
}

#[component]
fn Reset(session: Session) -> impl IntoView {
    let say = session.state().say();
    view! {
        <button
            class="button"
            data-testid="reset"
            title=say.word(Word::ResetHint)
            on:click=move |_| session.dispatch(Action::Reset(Setup::default()))
        >
            <Icon name="reset" />
            <span class="bar__label">{say.word(Word::Reset)}</span>
        </button>
    }
}

/// Names the other language, in itself.
#[component]
fn LanguageSwitch(session: Session) -> impl IntoView {
    let state = session.state();
    let other = move || match state.language.get() {
        Language::English => Language::Korean,
        Language::Korean => Language::English,
    };
    view! {
        <button
            class="button"
            data-testid="language"
            data-value=move || state.language.get().tag()
            lang=move || other().tag()
            title=move || other().own_name()
            on:click=move |_| session.dispatch(Action::Speak(untrack(other)))
        >
            <Icon name="language" />
            <span class="bar__label">{move || other().own_name()}</span>
        </button>
    }
}

/// Follows the system until it is pressed.
#[component]
fn ThemeSwitch(session: Session) -> impl IntoView {
    let state = session.state();
    let say = state.say();
    let system_dark = browser::media("(prefers-color-scheme: dark)");
    let dark = move || match state.theme.get() {
        Theme::System => system_dark.get(),
        Theme::Light => false,
        Theme::Dark => true,
    };
    let label = move || say.now(if dark() { Word::ThemeLight } else { Word::ThemeDark });
    view! {
        <button
            class="button button--icon"
            data-testid="theme"
            data-value=move || state.theme.get().key()
            aria-label=move || format!("{}: {}", say.now(Word::Theme), label())
            title=label
            on:click=move |_| {
                let theme = if untrack(dark) { Theme::Light } else { Theme::Dark };
                session.dispatch(Action::Wear(theme));
            }
        >
            <Icon name=Signal::derive(move || if dark() { "sun" } else { "moon" }) />
        </button>
    }
}
