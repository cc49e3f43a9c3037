//! One object in detail: a summary, and what kubectl says of it.

mod actions;
mod facts;
mod place;
mod sender;
mod trace;
mod why;

use std::sync::Arc;

use leptos::prelude::*;
use podyard_engine::view::{Event, Id};

use self::actions::Actions;
use self::facts::Facts;
use self::sender::SendRequest;
use self::trace::RequestLog;
pub(crate) use self::trace::took;
use self::why::{InPlainWords, Why};
use super::icons::Icon;
use crate::i18n::Word;
use crate::session::{Action, Session};
use crate::state::cluster::Reference;

/// The pages of the inspector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sheet {
    Summary,
    Why,
    Yaml,
    Describe,
    Events,
}

/// What slides over the picture while something is chosen.
#[component]
pub(crate) fn Inspector(
    /// The session.
    session: Session,
) -> impl IntoView {
    let state = session.state();
    let sheet = RwSignal::new(Sheet::Summary);
    let chosen = Memo::new(move |_| {
        let id = state.selection.get()?;
        Some((id, state.cluster.with(|cluster| cluster.reference(id))?))
    });
    move || chosen.get().map(|(id, reference)| view! { <Card session id reference sheet /> })
}

#[component]
fn Card(session: Session, id: Id, reference: Reference, sheet: RwSignal<Sheet>) -> impl IntoView {
    let say = session.state().say();
    let tab = move |which: Sheet, word: Word| {
        view! {
            <button class="tabs__tab" role="tab" aria-selected=move || (sheet.get() == which).to_string() on:click=move |_| sheet.set(which)>
                {say.word(word)}
            </button>
        }
    };
    let asks = matches!(reference.kind.as_str(), "Service" | "Pod" | "Node");
    let arguments = StoredValue::new(reference.arguments());
    let line = move |verb: &str, end: &str| {
        arguments.with_value(|arguments| format!("kubectl {verb} {arguments}{end}"))
    };
    view! {
        <aside class="inspector" data-testid="inspector" aria-label=say.word(Word::Inspector)
            on:keydown=move |event| if event.key() == "Escape" { session.dispatch(Action::Select(None)) }
        >
            <div class="inspector__head">
                <div class="inspector__name">
                    <p>{reference.kind}</p>
                    <h2>{reference.name}</h2>
                </div>
                <Actions session id />
                <button class="button button--icon" aria-label=say.word(Word::Close) on:click=move |_| session.dispatch(Action::Select(None))>
                    <Icon name="close" />
                </button>
            </div>
            <div class="tabs inspector__tabs" role="tablist">
                {tab(Sheet::Summary, Word::Summary)}
                {tab(Sheet::Why, Word::Why)}
                {tab(Sheet::Yaml, Word::Yaml)}
                {tab(Sheet::Describe, Word::Describe)}
                {tab(Sheet::Events, Word::Events)}
            </div>
            <div class="inspector__body" tabindex="0">
                {move || match sheet.get() {
                    Sheet::Summary => view! {
                        <div class="inspector__columns">
                            <InPlainWords session id />
                            {asks.then(|| view! { <div><SendRequest session id /><RequestLog session id /></div> })}
                            <Facts session id />
                        </div>
                    }
                    .into_any(),
                    Sheet::Why => view! { <Why session id /> }.into_any(),
                    Sheet::Yaml => view! { <Printed session id line=line("get", " -o yaml") /> }.into_any(),
                    Sheet::Describe => view! { <Printed session id line=line("describe", "") /> }.into_any(),
                    Sheet::Events => view! { <Happenings session id /> }.into_any(),
                }}
            </div>
        </aside>
    }
}

/// What a command prints, asked again when the object changes.
#[component]
fn Printed(session: Session, id: Id, line: String) -> impl IntoView {
    let state = session.state();
    let say = state.say();
    let text = RwSignal::new(None::<String>);
    let version = Memo::new(move |_| state.cluster.with(|cluster| cluster.fingerprint(id)));
    Effect::new(move |_| {
        version.track();
        session.ask(&line, move |outcome| {
            let answer = if outcome.code == 0 { outcome.stdout } else { outcome.stderr };
            // The sheet may have been closed meanwhile.
            text.try_set(Some(answer));
        });
    });
    view! {
        <pre class="inspector__text">{move || text.get().unwrap_or_else(|| say.now(Word::Loading).to_owned())}</pre>
    }
}

/// The events about one object, newest first.
#[component]
fn Happenings(session: Session, id: Id) -> impl IntoView {
    let state = session.state();
    let say = state.say();
    let events = move || {
        state.timeline.with(|timeline| {
            let newest = timeline.newest().into_iter().filter(|(_, event)| event.about == Some(id));
            newest.map(|(_, event)| (timeline.age_of(event.last), event)).collect::<Vec<_>>()
        })
    };
    let row = move |(age, event): (String, Arc<Event>)| {
        let times = if event.count > 1 { format!("{age} ×{}", event.count) } else { age };
        view! {
            <li class="happening" data-warning=event.warning.to_string()>
                <Icon name=if event.warning { "warning" } else { "dot" } />
                <span>{event.reason.clone()}</span>
                <span class="happening__age">{times}</span>
                <span class="happening__message">{event.message.clone()}</span>
            </li>
        }
    };
    view! {
        {move || events().is_empty().then(|| view! { <p>{say.word(Word::NoEvents)}</p> })}
        <ul class="happenings">{move || events().into_iter().map(row).collect_view()}</ul>
    }
}
