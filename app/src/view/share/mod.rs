//! The window about sharing: a link and its size, ways to take it along, and
//! the last sessions.

use leptos::html::Dialog;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::icons::Icon;
use crate::i18n::{Say, Word};
use crate::session::{Action, Session};
use crate::state::{Kept, Share, Size};

/// The window; there only while something is shared.
#[component]
pub(crate) fn ShareWindow(
    /// The session.
    session: Session,
) -> impl IntoView {
    let state = session.state();
    let open = Memo::new(move |_| state.share.with(Option::is_some));
    view! { <Show when=move || open.get()><Window session /></Show> }
}

#[component]
fn Window(session: Session) -> impl IntoView {
    let state = session.state();
    let say = state.say();
    let node = NodeRef::<Dialog>::new();
    Effect::new(move |_| {
        if let Some(dialog) = node.get() {
            // It is in the document by now, and closed.
            let _ = dialog.show_modal();
        }
    });
    let share = move || state.share.get().unwrap_or_default();
    view! {
        <dialog class="share" node_ref=node data-testid="share-window" aria-labelledby="share-title" on:close=move |_| session.dispatch(Action::CloseShare)>
            <div class="share__head">
                <h2 id="share-title">{say.word(Word::ShareTitle)}</h2>
                <button class="button button--icon" aria-label=say.word(Word::Close) on:click=move |_| session.dispatch(Action::CloseShare)><Icon name="close" /></button>
            </div>
            <fieldset class="share__choice">
                <legend class="hidden">{say.word(Word::ShareWhat)}</legend>
                <Choice session whole=true word=Word::ShareWhole />
                <Choice session whole=false word=Word::ShareFiles />
            </fieldset>
            <input class="share__link" readonly data-testid="share-link" aria-label=say.word(Word::ShareLink) prop:value=move || share().link />
            <p class="share__size" data-size=move || size_key(share().size())>{move || size_text(say, &share())}</p>
            <div class="share__ways">
                <Way session word=Word::CopyLink text=Signal::derive(move || share().link) primary=true />
                <Way session word=Word::CopyMarkdown text=Signal::derive(move || share().markdown()) primary=false />
                <Way session word=Word::CopyFrame text=Signal::derive(move || share().frame()) primary=false />
                <button class="button button--outline" on:click=move |_| {
                    session.dispatch(Action::Save("session.podyard".to_owned(), untrack(share).link));
                }>{say.word(Word::SaveFile)}</button>
                <OpenFile session />
            </div>
            <Recent session />
        </dialog>
    }
}

/// The whole session, or only its files.
#[component]
fn Choice(session: Session, whole: bool, word: Word) -> impl IntoView {
    let state = session.state();
    let chosen =
        move || state.share.with(|share| share.as_ref().is_some_and(|share| share.whole == whole));
    view! {
        <label class="predict__choice">
            <input type="radio" name="share-what" prop:checked=chosen on:change=move |_| session.dispatch(Action::Share(whole)) />
            <span>{state.say().word(word)}</span>
        </label>
    }
}

/// A text to copy.
#[component]
fn Way(session: Session, word: Word, text: Signal<String>, primary: bool) -> impl IntoView {
    let class = if primary { "button button--primary" } else { "button button--outline" };
    view! {
        <button class=class on:click=move |_| session.dispatch(Action::Copy(text.get_untracked()))>{session.state().say().word(word)}</button>
    }
}

/// A session from a file.
#[component]
fn OpenFile(session: Session) -> impl IntoView {
    let take = move |event: leptos::ev::Event| {
        let target = event.target();
        let input = target.and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok());
        let files = input.as_ref().and_then(web_sys::HtmlInputElement::files);
        let Some(file) = files.and_then(|files| files.get(0)) else { return };
        leptos::task::spawn_local(async move {
            let text = JsFuture::from(file.text()).await.ok().and_then(|text| text.as_string());
            session.dispatch(Action::Reopen(text.unwrap_or_default()));
        });
    };
    view! {
        <label class="button button--outline lesson__import">
            {session.state().say().word(Word::OpenFile)}
            <input type="file" accept=".podyard,text/plain" on:change=take />
        </label>
    }
}

/// The last sessions.
#[component]
fn Recent(session: Session) -> impl IntoView {
    let state = session.state();
    let say = state.say();
    let recent = move || {
        state
            .share
            .with(|share| share.as_ref().map(|share| share.recent.clone()).unwrap_or_default())
    };
    let row = move |kept: Kept| {
        let Kept { title, at, packed, .. } = kept;
        let time = told(at, state.language.get().tag());
        view! {
            <li>
                <button class="lessons__row" on:click=move |_| session.dispatch(Action::Reopen(packed.clone()))>
                    <span class="lessons__title">{title}</span>
                    <span class="lessons__mark">{time}</span>
                </button>
            </li>
        }
    };
    view! {
        <section class="share__recent" aria-label=say.word(Word::RecentSessions)>
            <h3 class="chapter__title">{say.word(Word::RecentSessions)}</h3>
            <ul>{move || recent().into_iter().map(row).collect_view()}</ul>
        </section>
    }
}

/// A moment as people of a language write it.
#[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970")]
fn told(at: i64, language: &str) -> String {
    let date = js_sys::Date::new(&JsValue::from_f64(at as f64));
    date.to_locale_string(language, &JsValue::UNDEFINED).into()
}

fn size_key(size: Size) -> &'static str {
    match size {
        Size::Small => "small",
        Size::Medium => "medium",
        Size::Large => "large",
    }
}

fn size_text(say: Say, share: &Share) -> String {
    let word = match share.size() {
        Size::Small => Word::SizeSmall,
        Size::Medium => Word::SizeMedium,
        Size::Large => Word::SizeLarge,
    };
    say.fill(word, &[&share.link.len()])
}
