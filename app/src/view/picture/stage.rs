//! The stage: everything placed where the scene says. It is one stop for Tab;
//! arrow keys move within, as in a tree.

use std::collections::BTreeSet;

use leptos::ev::KeyboardEvent;
use leptos::html::Div;
use leptos::prelude::*;
use podyard_engine::view::Id;

use super::bands::{Bands, bands_of};
use super::requests::Travellers;
use super::shape::{self, ShapeBox};
use crate::browser;
use crate::i18n::Word;
use crate::scene::{
    Direction, Edge, EdgeKind, Frame, Heading, Key, Part, Scene, lay_out, neighbour, outline,
};
use crate::session::{Action, Session};
use crate::state::{Aspect, Cluster, Traffics};
use crate::view::icons::Icon;

/// How far the picture scrolls before other parts of it are drawn.
const WINDOW_STEP: i32 = 240;
/// How far beyond what is seen it is drawn.
const WINDOW_MARGIN: f64 = 720.0;
/// How much of the stage an empty cluster's welcome takes.
const WELCOME_HEIGHT: f64 = 112.0;

/// What every shape needs to know of the stage.
#[derive(Clone, Copy)]
pub(super) struct Ground {
    /// The session.
    pub(super) session: Session,
    /// Where everything stands.
    pub(super) scene: Memo<Scene>,
    /// The shape that Tab reaches.
    pub(super) current: RwSignal<Option<Key>>,
    /// What has to do with what is chosen.
    pub(super) related: Memo<BTreeSet<Id>>,
}

/// The picture itself.
#[component]
pub(super) fn Stage(session: Session) -> impl IntoView {
    let state = session.state();
    let say = state.say();
    let stage = NodeRef::<Div>::new();
    let size = browser::size_of(stage);
    let empty = Memo::new(move |_| state.cluster.with(Cluster::is_untouched));
    let scene = Memo::new(move |_| {
        let (width, height) = size.get();
        let above = if empty.get() { WELCOME_HEIGHT } else { 0.0 };
        let height = (height - above).max(0.0);
        let (aspect, system_shown) = (state.aspect.get(), state.system_shown.get());
        if width < 1.0 {
            Scene::default()
        } else {
            let frame = Frame { aspect, width, height, system_shown };
            state.cluster.with(|cluster| lay_out(cluster, frame))
        }
    });
    let related = Memo::new(move |_| match state.selection.get() {
        Some(id) => state.cluster.with(|cluster| cluster.related(id)),
        None => BTreeSet::new(),
    });
    let ground = Ground { session, scene, current: RwSignal::new(None), related };
    let bands = Memo::new(move |_| {
        let flows = state.traffic.with(Traffics::flows);
        scene.with(|scene| bands_of(scene, &flows))
    });
    // Which part of a tall picture is looked at, in steps.
    let window = RwSignal::new(0_i32);
    let look = move |_| {
        let top = stage.get_untracked().map_or(0, |stage| stage.scroll_top());
        window.set(top / WINDOW_STEP * WINDOW_STEP);
    };
    let order = Memo::new(move |_| {
        let (top, (_, height)) = (f64::from(window.get()), size.get());
        let seen = top - WINDOW_MARGIN..top + height + WINDOW_MARGIN;
        let kept = ground.current.get();
        scene.with(|scene| scene.within(seen, kept))
    });
    let is_filled = move || scene.with(|scene| !scene.order.is_empty());
    view! {
        <div class="picture__stage" node_ref=stage tabindex="-1" on:scroll=look on:keydown=move |event| steer(ground, &event)>
            <EmptyState session />
            <div
                class="picture__canvas"
                role=move || is_filled().then_some("tree")
                aria-label=move || is_filled().then(|| say.now(Word::PictureHelp))
                data-dense=move || (!bands.with(Vec::is_empty)).to_string()
                data-aspect=move || state.aspect.get().key()
                style:height=move || format!("{}px", scene.with(|scene| scene.height))
            >
                <Lines ground />
                <Bands bands say />
                <Headings ground />
                <For each=move || order.get() key=|shape| *shape let((key, family))>
                    <ShapeBox ground key_of=key family />
                </For>
                <Travellers session scene />
            </div>
        </div>
    }
}

/// What the keys do in the picture.
fn steer(ground: Ground, event: &KeyboardEvent) {
    let direction = match event.key().as_str() {
        "ArrowLeft" => Direction::Left,
        "ArrowRight" => Direction::Right,
        "ArrowUp" => Direction::Up,
        "ArrowDown" => Direction::Down,
        "Home" => Direction::Home,
        "End" => Direction::End,
        "Escape" => return ground.session.dispatch(Action::Select(None)),
        _ => return,
    };
    event.prevent_default();
    let next = ground.scene.with_untracked(|scene| {
        let from = ground.current.get_untracked().filter(|key| scene.shapes.contains_key(key));
        let from = from.or(scene.order.first().map(|(key, _)| *key));
        from.and_then(|from| neighbour(scene, from, direction))
    });
    if let Some(next) = next {
        ground.current.set(Some(next));
        // What was out of sight is drawn first.
        request_animation_frame(move || browser::focus(&shape::element_id(next)));
    }
}

/// The lines between things. In the traffic picture those that serve are
/// always drawn.
#[component]
fn Lines(ground: Ground) -> impl IntoView {
    let state = ground.session.state();
    let line = move |edge: Edge| {
        let ends = [edge.from.object(), edge.to.object()];
        let chosen = move || {
            let selection = state.selection.get();
            selection.is_some() && ends.contains(&selection)
        };
        let kind = match edge.kind {
            EdgeKind::Owns => "owns",
            EdgeKind::Serves => "serves",
            EdgeKind::Waits => "waits",
        };
        view! {
            <path
                class="picture__line"
                data-kind=kind
                data-chosen=move || chosen().to_string()
                d=outline(&edge.points)
            />
        }
    };
    let edges = Memo::new(move |_| ground.scene.with(|scene| scene.edges.clone()));
    view! {
        <svg class="picture__lines" aria-hidden="true">
            {move || edges.get().into_iter().map(line).collect_view()}
        </svg>
    }
}

/// Headings. The tree tells the same by what belongs to what.
#[component]
fn Headings(ground: Ground) -> impl IntoView {
    let say = ground.session.state().say();
    let heading = move |heading: Heading| {
        let text = move || match &heading.part {
            Part::Wishes => say.now(Word::Wishes).to_owned(),
            Part::Nodes => say.now(Word::Nodes).to_owned(),
            Part::Unscheduled => say.now(Word::Unscheduled).to_owned(),
            Part::Loose => say.now(Word::Loose).to_owned(),
            Part::Clients => say.now(Word::Clients).to_owned(),
            Part::Unused => say.now(Word::Unused).to_owned(),
            Part::Namespace(name) => say.fill(Word::NamespaceOf, &[name]),
        };
        let place = format!("translate({}px, {}px)", heading.rect.x, heading.rect.y);
        view! { <p class="picture__heading" aria-hidden="true" style:transform=place>{text}</p> }
    };
    let headings = Memo::new(move |_| ground.scene.with(|scene| scene.headings.clone()));
    move || headings.get().into_iter().map(heading).collect_view()
}

/// What to do when there is nothing of the learner's own yet.
#[component]
fn EmptyState(session: Session) -> impl IntoView {
    let state = session.state();
    let say = state.say();
    let empty = Memo::new(move |_| state.cluster.with(Cluster::is_untouched));
    let invitation = move || {
        view! {
            <div class="empty">
                <Icon name="deployment" />
                <h2 class="empty__title">{say.word(Word::EmptyTitle)}</h2>
                <p class="empty__text">{say.word(Word::EmptyOwn)}</p>
                <button class="button button--outline" on:click=move |_| session.dispatch(Action::Apply)>{say.word(Word::EmptyAction)}</button>
            </div>
        }
    };
    move || {
        match (state.awake.get(), empty.get() && state.aspect.get() != Aspect::Cluster) {
            (false, _) => Some(view! { <div class="empty"><p class="empty__text">{say.word(Word::Starting)}</p></div> }.into_any()),
            (true, true) => Some(invitation().into_any()),
            (true, false) => empty.get().then(|| view! { <Welcome session /> }.into_any()),
        }
    }
}

/// One line above the machines while they wait for work.
#[component]
fn Welcome(session: Session) -> impl IntoView {
    let say = session.state().say();
    view! {
        <div class="welcome">
            <div>
                <h2 class="empty__title">{say.word(Word::EmptyTitle)}</h2>
                <p class="empty__text">{say.word(Word::EmptyOwn)}</p>
            </div>
            <button class="button button--outline" on:click=move |_| session.dispatch(Action::Apply)>{say.word(Word::EmptyAction)}</button>
        </div>
    }
}
