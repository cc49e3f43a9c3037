//! The picture of the cluster: three aspects of one model, one selection.

mod pod;
mod requests;
mod shape;
mod cards;

use leptos::ev::KeyboardEvent;
use leptos::html::Div;
use leptos::prelude::*;
use podyard_engine::view::Id;

use self::requests::Travellers;
use self::shape::ShapeBox;
use super::icons::Icon;
use super::inspector::Inspector;
use crate::browser;
use crate::i18n::Word;
use crate::scene::{
    Direction, Edge, EdgeKind, Fold, Frame, Heading, Part, Scene, lay_out, neighbour,
};
use crate::session::{Action, Session};
use crate::state::{Aspect, Cluster};

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
                aria-pressed=move || state.system_shown.get().to_string()
                title=say.word(Word::SystemPodsHint)
                on:click=move |_| session.dispatch(Action::ToggleSystem)
            >
                {say.word(Word::SystemPods)}
            </button>
        </div>
    }
}

/// The picture itself. It is one stop for Tab; arrow keys move within.
#[component]
fn Stage(session: Session) -> impl IntoView {
    let state = session.state();
    let say = state.say();
    let stage = NodeRef::<Div>::new();
    let width = browser::width_of(stage);
    let scene = Memo::new(move |_| {
        let frame = Frame {
            aspect: state.aspect.get(),
            width: width.get(),
            system_shown: state.system_shown.get(),
        };
        if frame.width < 1.0 {
            Scene::default()
        } else {
            state.cluster.with(|cluster| lay_out(cluster, frame))
        }
    });
    // The shape that Tab reaches.
    let current = RwSignal::new(None::<Id>);
    let order = move || {
        scene.with(|scene| {
            let shapes =
                scene.order.iter().filter_map(|id| Some((*id, scene.shapes.get(id)?.0.family())));
            shapes.collect::<Vec<_>>()
        })
    };
    view! {
        <div class="picture__stage" node_ref=stage on:keydown=move |event| steer(session, scene, current, &event)>
            <div class="picture__canvas" role="group" aria-label=say.word(Word::PictureHelp) style:height=move || format!("{}px", scene.with(|scene| scene.height))>
                <Lines session scene />
                <Headings session scene />
                <For each=order key=|shape| *shape let((id, family))>
                    <ShapeBox session scene id family current />
                </For>
                <Travellers session scene />
            </div>
            <EmptyState session />
        </div>
    }
}

/// What the keys do in the picture.
fn steer(
    session: Session,
    scene: Memo<Scene>,
    current: RwSignal<Option<Id>>,
    event: &KeyboardEvent,
) {
    let direction = match event.key().as_str() {
        "ArrowLeft" => Direction::Left,
        "ArrowRight" => Direction::Right,
        "ArrowUp" => Direction::Up,
        "ArrowDown" => Direction::Down,
        "Escape" => return session.dispatch(Action::Select(None)),
        _ => return,
    };
    event.prevent_default();
    let next = scene.with_untracked(|scene| {
        let from = current.get_untracked().filter(|id| scene.shapes.contains_key(id));
        from.or(scene.order.first().copied()).and_then(|from| neighbour(scene, from, direction))
    });
    if let Some(next) = next {
        current.set(Some(next));
        browser::focus(&shape::element_id(next));
    }
}

/// The lines between things. Those that serve are only drawn where they tell
/// something: in the traffic picture, or for what is chosen.
#[component]
fn Lines(session: Session, scene: Memo<Scene>) -> impl IntoView {
    let state = session.state();
    let line = move |edge: Edge| {
        let chosen =
            move || state.selection.get().is_some_and(|id| id == edge.from || id == edge.to);
        let quiet = move || {
            edge.kind != EdgeKind::Owns && state.aspect.get() != Aspect::Traffic && !chosen()
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
                data-quiet=move || quiet().to_string()
                d=edge.path
            />
        }
    };
    let edges = move || scene.with(|scene| scene.edges.clone());
    view! {
        <svg class="picture__lines" aria-hidden="true">
            {move || edges().into_iter().map(line).collect_view()}
        </svg>
    }
}

/// Headings, and the counts of what is folded away.
#[component]
fn Headings(session: Session, scene: Memo<Scene>) -> impl IntoView {
    let say = session.state().say();
    let heading = move |heading: Heading| {
        let word = match heading.part {
            Part::Workloads => Word::Wishes,
            Part::Services => Word::Services,
            Part::Nodes => Word::Nodes,
            Part::Unscheduled => Word::Unscheduled,
            Part::Loose => Word::Loose,
        };
        let place = format!("translate({}px, {}px)", heading.rect.x, heading.rect.y);
        view! { <h2 class="picture__heading" style:transform=place>{say.word(word)}</h2> }
    };
    let fold = move |fold: Fold| {
        let place = format!("translate({}px, {}px)", fold.rect.x, fold.rect.y);
        view! { <p class="picture__fold" style:transform=place>{move || say.fill(Word::Folded, &[&fold.count])}</p> }
    };
    view! {
        {move || scene.with(|scene| scene.headings.clone()).into_iter().map(heading).collect_view()}
        {move || scene.with(|scene| scene.folds.clone()).into_iter().map(fold).collect_view()}
    }
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
        match (state.awake.get(), empty.get()) {
        (false, _) => Some(view! { <div class="empty"><p class="empty__text">{say.word(Word::Starting)}</p></div> }.into_any()),
        (true, true) => Some(invitation().into_any()),
        (true, false) => None,
    }
    }
}
