//! What can be done to what is chosen: each button runs the line that a
//! person would type, and the terminal shows it.

use leptos::prelude::*;
use podyard_engine::view::Id;

use crate::i18n::Word;
use crate::session::{Action, Session};
use crate::state::commands::{Deed, deeds};
use crate::view::icons::Icon;

/// The buttons.
#[component]
pub(super) fn Actions(
    /// The session.
    session: Session,
    /// What is chosen.
    id: Id,
) -> impl IntoView {
    let state = session.state();
    let say = state.say();
    let all = Memo::new(move |_| state.cluster.with(|cluster| deeds(cluster, id)));
    let button = move |(deed, line): (Deed, String)| {
        let (icon, word) = face(deed);
        let title = line.clone();
        view! {
            <button
                class="button button--outline"
                data-testid="deed"
                data-name=format!("{deed:?}")
                title=title
                on:click=move |_| session.dispatch(Action::Run(line.clone()))
            >
                <Icon name=icon />
                {say.word(word)}
            </button>
        }
    };
    view! {
        <div class="deeds" role="group" aria-label=say.word(Word::Deeds)>
            {move || all.get().into_iter().map(button).collect_view()}
        </div>
    }
}

fn face(deed: Deed) -> (&'static str, Word) {
    match deed {
        Deed::ScaleUp => ("plus", Word::DeedScaleUp),
        Deed::ScaleDown => ("minus", Word::DeedScaleDown),
        Deed::Restart => ("reset", Word::DeedRestart),
        Deed::Undo => ("undo", Word::DeedUndo),
        Deed::Cordon => ("pause", Word::DeedCordon),
        Deed::Uncordon => ("play", Word::DeedUncordon),
        Deed::Drain => ("drain", Word::DeedDrain),
        Deed::Stop => ("failed", Word::DeedStop),
        Deed::Start => ("play", Word::DeedStart),
        Deed::Logs => ("terminal", Word::DeedLogs),
        Deed::Delete => ("close", Word::DeedDelete),
    }
}
