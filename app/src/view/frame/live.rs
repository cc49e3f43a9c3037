//! What a screen reader hears of the cluster: at most a short sentence a
//! second.

use gloo::timers::callback::Timeout;
use leptos::prelude::*;

use crate::i18n::Word;
use crate::session::Session;

const PAUSE_MS: u32 = 1_000;

/// The polite live region.
#[component]
pub(super) fn Live(
    /// The session.
    session: Session,
) -> impl IntoView {
    let state = session.state();
    let said = RwSignal::new(String::new());
    let waiting = StoredValue::new_local(None::<Timeout>);
    let tally = Memo::new(move |_| state.cluster.with(|cluster| cluster.sums.tally()));
    Effect::new(move |before: Option<()>| {
        let (ready, all) = tally.get();
        if before.is_some() {
            let speak = move || {
                said.set(untrack(|| state.say().fill(Word::PodsReady, &[&all, &ready])));
            };
            waiting.set_value(Some(Timeout::new(PAUSE_MS, speak)));
        }
    });
    view! { <div class="hidden" role="status" aria-live="polite">{move || said.get()}</div> }
}
