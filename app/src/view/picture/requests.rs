//! Requests as dots that travel along their way. The engine decided how long
//! each took; here it only has to be seen.

use std::sync::Arc;

use gloo::timers::callback::Timeout;
use leptos::prelude::*;
use podyard_engine::view::Request;

use crate::scene::{Scene, way};
use crate::session::Session;
use crate::state::Requests;

/// How long one stretch of the way is seen.
const STRETCH_MS: usize = 420;
/// How long a dot rests at the end of its way.
const REST_MS: usize = 1_600;

/// All requests under way.
#[component]
pub(super) fn Travellers(
    /// The session.
    session: Session,
    /// The picture they travel through.
    scene: Memo<Scene>,
) -> impl IntoView {
    let state = session.state();
    view! {
        <For each=move || state.requests.with(Requests::under_way) key=|request| request.number let:request>
            <Dot session scene request />
        </For>
    }
}

/// One request: a filled dot when all is well, a crossed diamond when not.
#[component]
fn Dot(session: Session, scene: Memo<Scene>, request: Arc<Request>) -> impl IntoView {
    let stretches = request.way.len().saturating_sub(1).max(1);
    let travel = stretches * STRETCH_MS;
    let number = request.number;
    let life = u32::try_from(travel + REST_MS).unwrap_or(u32::MAX);
    Timeout::new(life, move || session.forget_request(number)).forget();
    let stops = request.clone();
    let path =
        move || scene.with(|scene| way(scene, &stops.way)).map(|path| format!("path(\"{path}\")"));
    view! {
        <span
            class="request"
            data-testid="request"
            data-name=request.target.clone()
            data-well=request.is_well.to_string()
            data-status=request.ending.clone()
            title=format!("{} → {}", request.target, request.ending)
            style=("offset-path", path)
            style=("animation-duration", format!("{travel}ms"))
        ></span>
    }
}
