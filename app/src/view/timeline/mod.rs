//! The strip of time at the bottom: the clock, what happened, and the buttons
//! that move it.

use leptos::prelude::*;

use super::icons::Icon;
use crate::i18n::Word;
use crate::protocol::Pace;
use crate::scene::{Tick, filled, ticks};
use crate::session::{Action, Session};
use crate::state::Cluster;

/// How many marks fit at most.
const SLOTS: usize = 240;
/// A young timeline shows its first minute.
const SHORTEST_SECS: i64 = 60;

/// The strip.
#[component]
pub(crate) fn TimelineStrip(
    /// The session.
    session: Session,
) -> impl IntoView {
    let state = session.state();
    let say = state.say();
    let standing = move || state.pace.get() == Pace::PAUSED;
    let toggle_label = move || say.now(if standing() { Word::Play } else { Word::Pause });
    let tally = Memo::new(move |_| state.cluster.with(Cluster::tally));
    view! {
        <footer class="timeline" data-testid="timeline" aria-label=say.word(Word::Timeline)>
            <button class="button button--icon" data-testid="play" aria-label=toggle_label title=toggle_label on:click=move |_| session.toggle_pace()>
                <Icon name=Signal::derive(move || if standing() { "play" } else { "pause" }) />
            </button>
            <button class="button button--icon" data-testid="step" aria-label=say.word(Word::Step) title=say.word(Word::Step) on:click=move |_| session.dispatch(Action::Step)>
                <Icon name="step" />
            </button>
            <button
                class="button timeline__pace"
                aria-label=move || format!("{}× {}", state.pace.get().0, say.now(Word::Speed)) on:click=move |_| session.quicken()>
                {move || format!("{}×", state.pace.get().0)}
            </button>
            <time class="timeline__time" data-past=move || state.past.get().is_some().to_string() data-testid="clock" title=say.word(Word::TimePassed)>
                {move || state.timeline.with(crate::state::Timeline::elapsed)}
            </time>
            <Track session />
            <Past session />
            <span class="timeline__tally">{move || {
                let (ready, all) = tally.get();
                (all > 0).then(|| say.fill(Word::PodsReady, &[&all, &ready]))
            }}</span>
        </footer>
    }
}

/// The events as marks on a rail.
#[component]
fn Track(session: Session) -> impl IntoView {
    let state = session.state();
    let marks = Memo::new(move |_| state.timeline.with(|timeline| ticks(timeline, SLOTS)));
    let past = move || state.timeline.with(filled);
    let say = state.say();
    let length = move || state.timeline.with(crate::state::Timeline::length);
    let shown =
        move || state.timeline.with(|timeline| (timeline.now - timeline.started) / 1_000_000);
    let mark = move |tick: Tick| {
        view! {
            <span
                class="timeline__tick"
                data-warning=tick.warning.to_string()
                style=("inset-inline-start", format!("{:.2}%", tick.at * 100.0))
                title=tick.label
            ></span>
        }
    };
    view! {
        <div class="timeline__track">
            <div class="timeline__rail" aria-hidden="true">
                <div class="timeline__past" style=("inline-size", move || format!("{:.2}%", past() * 100.0))></div>
            </div>
            <div class="timeline__ticks" aria-hidden="true">{move || marks.get().into_iter().map(mark).collect_view()}</div>
            <input
                class="timeline__seek"
                type="range"
                data-testid="seek"
                min="0"
                max=move || length().max(SHORTEST_SECS)
                prop:value=shown
                aria-label=say.word(Word::Seek)
                aria-valuetext=move || state.timeline.with(crate::state::Timeline::elapsed)
                on:change:target=move |event| {
                    let secs = event.target().value().parse().unwrap_or_default();
                    session.dispatch(Action::Seek(secs));
                }
            />
        </div>
    }
}

/// What can be done while an earlier moment is shown.
#[component]
fn Past(session: Session) -> impl IntoView {
    let state = session.state();
    let say = state.say();
    let end = move || state.timeline.with_untracked(crate::state::Timeline::length);
    view! {
        <Show when=move || state.past.get().is_some()>
            <span class="timeline__past-note" role="status" data-testid="past">{say.word(Word::Past)}</span>
            <button class="button button--outline" data-testid="branch" title=say.word(Word::BranchHint) on:click=move |_| session.dispatch(Action::Branch)>
                {say.word(Word::Branch)}
            </button>
            <button class="button button--outline timeline__to-end" data-testid="to-end" on:click=move |_| session.dispatch(Action::Seek(end()))>
                {say.word(Word::ToEnd)}
            </button>
        </Show>
    }
}
