//! The picture of the cluster: three aspects of one model, one selection.

mod pod;
mod requests;
mod shape;
mod bands;
mod cards;
mod gates;
mod gauge;
mod node;
mod stage;
mod traffic;

use leptos::prelude::*;

use self::stage::Stage;
use self::traffic::TrafficStrip;
use super::inspector::Inspector;
use crate::i18n::Word;
use crate::session::{Action, Session};
use crate::state::Aspect;

/// The pane of the picture.
#[component]
pub(crate) fn PicturePane(
    /// The session.
    session: Session,
) -> impl IntoView {
    let say = session.state().say();
    view! {
        <section class="pane picture" data-testid="picture" aria-label=say.word(Word::Picture)>
            <AspectTabs session />
            <TrafficStrip session />
            <div class="picture__body">
                <Stage session />
                <Inspector session />
            </div>
        </section>
    }
}

/// Which aspect is shown, and whether the system's Pods are.
#[component]
fn AspectTabs(session: Session) -> impl IntoView {
    let state = session.state();
    let say = state.say();
    let tab = move |aspect: Aspect| {
        let word = match aspect {
            Aspect::Cluster => Word::AspectCluster,
            Aspect::Objects => Word::AspectObjects,
            Aspect::Traffic => Word::AspectTraffic,
        };
        view! {
            <button
                class="tabs__tab"
                role="tab"
                data-testid=format!("view-{}", aspect.key())
                aria-selected=move || (state.aspect.get() == aspect).to_string()
                on:click=move |_| session.dispatch(Action::Show(aspect))
            >
                {say.word(word)}
            </button>
        }
    };
    view! {
        <div class="pane__head">
            <div class="tabs" role="tablist" aria-label=say.word(Word::Views)>
                {Aspect::ALL.map(tab).into_iter().collect_view()}
            </div>
            <span class="pane__space"></span>
            <button
                class="button"
                data-testid="system-pods"
                aria-pressed=move || state.system_shown.get().to_string()
                title=say.word(Word::SystemPodsHint)
                on:click=move |_| session.dispatch(Action::ToggleSystem)
            >
                {say.word(Word::SystemPods)}
            </button>
        </div>
    }
}
