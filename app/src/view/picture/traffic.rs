//! The traffic that runs: where it goes, how it fares, and a way to stop it.

use leptos::prelude::*;
use podyard_engine::view::{Traffic, TrafficShare};

use crate::i18n::{Say, Word};
use crate::session::{Action, Session};
use crate::state::commands::stop_traffic;
use crate::state::{Sample, Traffics};
use crate::view::icons::Icon;
use crate::view::inspector::took;

/// One line for each generator; nothing where none runs.
#[component]
pub(super) fn TrafficStrip(session: Session) -> impl IntoView {
    let state = session.state();
    let say = state.say();
    let names = Memo::new(move |_| state.traffic.with(Traffics::names));
    view! {
        <Show when=move || !names.with(Vec::is_empty)>
            <ul class="traffic" aria-label=say.word(Word::TrafficRuns)>
                <For each=move || names.get() key=String::clone let:name>
                    <Line session name />
                </For>
            </ul>
        </Show>
    }
}

/// One generator.
#[component]
fn Line(session: Session, name: String) -> impl IntoView {
    let state = session.state();
    let say = state.say();
    let own = {
        let name = name.clone();
        Memo::new(move |_| state.traffic.with(|all| all.named(&name).cloned()))
    };
    let history = {
        let name = name.clone();
        Memo::new(move |_| state.traffic.with(|all| all.history(&name)))
    };
    let of = move |read: fn(&Traffic) -> String| {
        move || own.with(|own| own.as_ref().map(read).unwrap_or_default())
    };
    let failed = move || own.with(|own| own.as_ref().map_or(0, |own| own.failed));
    let from = move || {
        own.with(|own| match own.as_ref().map(|own| own.from.as_str()) {
            None | Some("") => say.now(Word::OutsideCluster).to_owned(),
            Some(pod) => pod.strip_prefix("default/").unwrap_or(pod).to_owned(),
        })
    };
    let verdict = move || match failed() {
        0 => say.now(Word::TrafficAllWell).to_owned(),
        count => {
            let counts = own.with(|own| own.as_ref().map(failures).unwrap_or_default());
            format!("{} {counts}", say.fill(Word::TrafficFailed, &[&count]))
        }
    };
    let speed = move || {
        own.with(|own| {
            let [half, _, most] = own.as_ref().map_or([0; 3], |own| own.latency);
            say.fill(Word::TrafficTook, &[&took(half), &took(most)])
        })
    };
    let stop_label = {
        let name = name.clone();
        move || say.fill(Word::TrafficStop, &[&name])
    };
    let line = stop_traffic(&name);
    let called = name.clone();
    view! {
        <li
            class="traffic__line"
            data-testid="traffic"
            data-name=called
            data-sent=of(|own| own.sent.to_string())
            data-failed=move || failed().to_string()
        >
            <span class="traffic__way">
                <b>{name}</b>
                <span>{from}</span>
                <span aria-hidden="true">"→"</span>
                <span class="traffic__to">{of(|own| own.to.clone())}</span>
                <span>{move || say.fill(Word::PerSecond, &[&own.with(|own| own.as_ref().map_or(0, |own| own.rate / 1_000))])}</span>
            </span>
            <History history say />
            <span class="traffic__count">{move || say.fill(Word::TrafficSent, &[&of(|own| own.sent.to_string())()])}</span>
            <span class="traffic__verdict" data-health=move || if failed() == 0 { "running" } else { "failed" }>
                <Icon name=Signal::derive(move || if failed() == 0 { "succeeded" } else { "failed" }) />
                {verdict}
            </span>
            <span class="traffic__speed">{speed}</span>
            <Shares session own />
            <button class="button button--outline" data-testid="stop-traffic" aria-label=stop_label on:click=move |_| session.dispatch(Action::Run(line.clone()))>
                {say.word(Word::DeedStop)}
            </button>
        </li>
    }
}

/// How it failed, as `(503 ×2, refused ×1)`.
fn failures(own: &Traffic) -> String {
    let each = own.failures.iter().map(|(how, count)| format!("{how} ×{count}"));
    format!("({})", each.collect::<Vec<_>>().join(", "))
}

/// One bar for each look: how much of it failed.
#[component]
fn History(history: Memo<Vec<Sample>>, say: Say) -> impl IntoView {
    let bar = |own: Sample| {
        let failed = format!("{}%", 100 * own.failed / own.sent.max(1));
        view! { <i class="traffic__bar"><i style:block-size=failed></i></i> }
    };
    let told = move || {
        history.with(|all| {
            let bad = all.iter().filter(|own| own.failed > 0).count();
            say.fill(Word::TrafficHistory, &[&bad, &all.len()])
        })
    };
    view! {
        <span class="traffic__history" role="img" aria-label=told title=told>
            {move || history.get().into_iter().map(bar).collect_view()}
        </span>
    }
}

/// What each endpoint got.
#[component]
fn Shares(session: Session, own: Memo<Option<Traffic>>) -> impl IntoView {
    let say = session.state().say();
    let shares = Memo::new(move |_| own.with(|own| own.as_ref().map(|own| own.endpoints.clone())));
    let share = move |own: TrafficShare| {
        let width = format!("{}%", own.share / 10);
        let end = own.name.rsplit('-').next().unwrap_or_default().to_owned();
        let text = format!("{} {width}", own.name);
        let inside = view! {
            <span class="traffic__end">{end}</span>
            <span class="traffic__meter"><i style:inline-size=width.clone()></i></span>
            <span class="traffic__percent">{width}</span>
        };
        let pod = own.pod;
        let go = move |_| session.dispatch(Action::Select(pod));
        view! {
            <li data-testid="share-of" data-name=own.name data-share=own.share.to_string() data-failed=own.failed.to_string()>
                <button class="traffic__share" title=text on:click=go>{inside}</button>
            </li>
        }
    };
    view! {
        <ul class="traffic__shares" aria-label=say.word(Word::TrafficShares)>
            {move || shares.get().unwrap_or_default().into_iter().map(share).collect_view()}
        </ul>
    }
}
