//! One thing in the picture: its place, and that it can be chosen.

use leptos::prelude::*;
use podyard_engine::view::Id;

use super::cards::{ChildCard, NodeCard, RootCard, ServiceCard};
use super::pod::PodTile;
use crate::scene::{Family, Rect, Scene, Shape};
use crate::session::{Action, Session};

/// The id of a shape's element.
pub(super) fn element_id(id: Id) -> String {
    format!("shape-{}", id.0)
}

/// What every shape shares.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// The session.
    pub(super) session: Session,
    /// Which object.
    pub(super) id: Id,
    scene: Memo<Scene>,
    current: RwSignal<Option<Id>>,
}

/// A shape.
#[component]
pub(super) fn ShapeBox(
    /// The session.
    session: Session,
    /// The picture it stands in.
    scene: Memo<Scene>,
    /// Which object.
    id: Id,
    /// What kind of thing.
    family: Family,
    /// The shape that Tab reaches.
    current: RwSignal<Option<Id>>,
) -> impl IntoView {
    let place = Place { session, id, scene, current };
    match family {
        Family::Pod => view! { <PodTile place /> }.into_any(),
        Family::Node => view! { <NodeCard place /> }.into_any(),
        Family::Root => view! { <RootCard place /> }.into_any(),
        Family::Child => view! { <ChildCard place /> }.into_any(),
        Family::Service => view! { <ServiceCard place /> }.into_any(),
    }
}

impl Place {
    /// Shape and rectangle, as they are now.
    pub(super) fn now(self) -> Memo<Option<(Shape, Rect)>> {
        Memo::new(move |_| self.scene.with(|scene| scene.shapes.get(&self.id).copied()))
    }

    /// Where it stands, as inline style.
    pub(super) fn style(now: Memo<Option<(Shape, Rect)>>) -> impl Fn() -> String + Copy {
        move || {
            let (_, rect) = now.get().unwrap_or((Shape::Node, Rect::default()));
            let Rect { x, y, width, height } = rect;
            format!(
                "transform:translate({x:.1}px,{y:.1}px);inline-size:{width:.1}px;block-size:{height:.1}px"
            )
        }
    }

    /// `0` for the one shape that Tab reaches, `-1` for all others.
    pub(super) fn tab_index(self) -> impl Fn() -> &'static str + Copy {
        move || {
            let first = || self.scene.with(|scene| scene.order.first().copied());
            let present = self
                .current
                .get()
                .filter(|id| self.scene.with(|scene| scene.shapes.contains_key(id)));
            if present.or_else(first) == Some(self.id) { "0" } else { "-1" }
        }
    }

    /// Whether it is chosen.
    pub(super) fn chosen(self) -> impl Fn() -> String + Copy {
        move || (self.session.state().selection.get() == Some(self.id)).to_string()
    }

    /// It was clicked, or Enter was pressed on it.
    pub(super) fn choose(self) {
        self.current.set(Some(self.id));
        let chosen = self.session.state().selection.get_untracked() == Some(self.id);
        self.session.dispatch(Action::Select((!chosen).then_some(self.id)));
    }
}

/// A hue for a revision: six, over and over.
pub(super) fn hue(revision: i64) -> Option<String> {
    (revision > 0).then(|| ((revision - 1) % 6 + 1).to_string())
}
