//! The strip of time at the bottom: the clock, what happened, and the buttons
//! that move it.

use gloo::timers::callback::Timeout;
use leptos::ev::PointerEvent;
use leptos::html::Div;
use leptos::prelude::*;

use super::icons::Icon;
use crate::i18n::Word;
use crate::protocol::Pace;
use crate::scene::{Lane, Tick, filled, near, seconds_at, ticks};
use crate::session::{Action, Session};
use crate::state::Timeline;
use crate::state::timeline::clock;

/// How many marks fit at most.
const SLOTS: usize = 240;
/// How long a dragged moment rests before it is shown.
const DRAG_RESTS_MS: u32 = 60;
/// How far around the pointer marks are read.
const REACH: f64 = 0.008;

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
    let tally = Memo::new(move |_| state.cluster.with(|cluster| cluster.sums.tally()));
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
                {move || state.timeline.with(Timeline::elapsed)}
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

/// What happened, as marks in lanes, and the moment that is shown: dragged, or
/// moved with the arrow keys.
#[component]
fn Track(session: Session) -> impl IntoView {
    let state = session.state();
    let say = state.say();
    let track = NodeRef::<Div>::new();
    let edition = Memo::new(move |_| state.timeline.with(Timeline::edition));
    let marks = Memo::new(move |_| {
        edition.track();
        state.timeline.with_untracked(|timeline| ticks(timeline, SLOTS))
    });
    let past = move || state.timeline.with(filled);
    let length = move || edition.get().1 / 1_000_000;
    let shown =
        move || state.timeline.with(|timeline| (timeline.now - timeline.started) / 1_000_000);
    // Where the pointer is, or the moment that the keyboard holds.
    let place = RwSignal::new(None::<f64>);
    let follow = move |event: PointerEvent| {
        let Some(track) = track.get_untracked() else { return };
        let rect = track.get_bounding_client_rect();
        let at = (f64::from(event.client_x()) - rect.left()) / rect.width().max(1.0);
        place.set(Some(at.clamp(0.0, 1.0)));
    };
    let dragged = StoredValue::new_local(None::<Timeout>);
    let seek = move |secs: String| {
        session.dispatch(Action::Seek(secs.parse().unwrap_or_default()));
    };
    let drag = move |secs: String| {
        // While it moves on, the last place is the one that counts.
        dragged.set_value(Some(Timeout::new(DRAG_RESTS_MS, move || seek(secs))));
    };
    let settle = move |secs: String| {
        dragged.set_value(None);
        seek(secs);
    };
    let mark = move |tick: Tick| {
        view! {
            <span
                class="timeline__tick"
                data-testid="mark"
                data-lane=tick.lane.key()
                style=("inset-inline-start", format!("{:.2}%", tick.at * 100.0))
            ></span>
        }
    };
    view! {
        <div class="timeline__track" node_ref=track on:pointermove=follow on:pointerleave=move |_| place.set(None)>
            <div class="timeline__rail" aria-hidden="true">
                <div class="timeline__past" style=("inline-size", move || format!("{:.2}%", past() * 100.0))></div>
            </div>
            <div class="timeline__ticks" aria-hidden="true">{move || marks.get().into_iter().map(mark).collect_view()}</div>
            <input
                class="timeline__seek"
                type="range"
                data-testid="seek"
                min="0"
                max=length
                prop:value=shown
                aria-label=say.word(Word::Seek)
                aria-valuetext=move || state.timeline.with(Timeline::elapsed)
                on:input:target=move |event| drag(event.target().value())
                on:change:target=move |event| settle(event.target().value())
                on:focus=move |_| place.set(Some(past()))
                on:blur=move |_| place.set(None)
            />
            <Readout session marks place />
        </div>
    }
}

/// What happened where the pointer is.
#[component]
fn Readout(
    session: Session,
    marks: Memo<Vec<Tick>>,
    place: RwSignal<Option<f64>>,
) -> impl IntoView {
    let state = session.state();
    let told = move || {
        let at = place.get()?;
        let secs = state.timeline.with(|timeline| seconds_at(timeline, at));
        Some((at, clock(secs), marks.with(|marks| near(marks, at, REACH))))
    };
    let row = |(lane, label): (Lane, String)| {
        view! { <li data-lane=lane.key()>{label}</li> }
    };
    let show = move |(at, time, labels): (f64, String, Vec<(Lane, String)>)| {
        view! {
            <div class="timeline__readout" data-testid="readout" aria-hidden="true" style=("--at", format!("{:.2}%", at * 100.0))>
                <b>{time}</b>
                <ul>{labels.into_iter().map(row).collect_view()}</ul>
            </div>
        }
    };
    move || told().map(show)
}

/// What can be done while an earlier moment is shown.
#[component]
fn Past(session: Session) -> impl IntoView {
    let state = session.state();
    let say = state.say();
    let end = move || state.timeline.with_untracked(Timeline::length);
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
