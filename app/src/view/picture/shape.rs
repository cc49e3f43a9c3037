//! One thing in the picture: its place, and that it can be chosen.

use leptos::attr::custom::custom_attribute;
use leptos::prelude::*;
use podyard_engine::view::Id;

use super::cards::{ChildCard, Mention, RootCard, ServiceCard};
use super::gates::{FoldTile, Gate};
use super::node::NodeCard;
use super::pod::PodTile;
use super::stage::Ground;
use crate::scene::{Family, Key, Rect, Shape};
use crate::session::Action;
use crate::state::State;

/// The id of a shape's element.
pub(super) fn element_id(key: Key) -> String {
    match key {
        Key::Outside => "shape-outside".to_owned(),
        Key::Balancer(id) => format!("shape-balancer-{}", id.0),
        Key::Door(id, port) => format!("shape-door-{}-{port}", id.0),
        Key::Object(id) => format!("shape-{}", id.0),
        Key::Fold(home, owner, health) => format!("shape-fold-{}-{}-{health:?}", home.0, owner.0),
        Key::Mention(root, id) => format!("shape-mention-{}-{}", root.0, id.0),
    }
}

/// What every shape shares.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// The stage it stands on.
    pub(super) ground: Ground,
    /// Its name in the picture.
    pub(super) key: Key,
    /// What it shows.
    pub(super) id: Id,
    /// Shape and rectangle, as they are now.
    pub(super) now: Memo<(Shape, Rect)>,
}

/// A shape.
#[component]
pub(super) fn ShapeBox(
    /// The stage it stands on.
    ground: Ground,
    /// Its name in the picture.
    key_of: Key,
    /// What kind of thing.
    family: Family,
) -> impl IntoView {
    let now = Memo::new(move |before: Option<&(Shape, Rect)>| {
        let now = ground.scene.with(|scene| scene.shapes.get(&key_of).copied());
        now.or(before.copied()).unwrap_or((Shape::Node, Rect::default()))
    });
    // What shows no object has no use for the number.
    let id = key_of.object().unwrap_or(Id(u32::MAX));
    let place = Place { ground, key: key_of, id, now };
    match family {
        Family::Pod => view! { <PodTile place /> }.into_any(),
        Family::Node => view! { <NodeCard place /> }.into_any(),
        Family::Root => view! { <RootCard place /> }.into_any(),
        Family::Child => view! { <ChildCard place /> }.into_any(),
        Family::Service => view! { <ServiceCard place /> }.into_any(),
        Family::Gate => view! { <Gate place /> }.into_any(),
        Family::Fold => view! { <FoldTile place /> }.into_any(),
        Family::Mention => view! { <Mention place /> }.into_any(),
    }
}

impl Place {
    /// The page's state.
    pub(super) fn state(self) -> State {
        self.ground.session.state()
    }

    /// What every shape's element has: its place in the picture and in the
    /// tree, and that it can be chosen.
    pub(super) fn frame(self) -> impl leptos::attr::Attribute {
        let common = view! {
            <{..}
                id=element_id(self.key)
                role="treeitem"
                aria-selected=self.chosen()
                data-related=self.related()
                tabindex=self.tab_index()
                style=self.style()
                on:click=move |_| self.choose()
            />
        };
        (common, custom_attribute("aria-level", self.level()))
    }

    /// Where it stands, as inline style.
    fn style(self) -> impl Fn() -> String + Copy {
        move || {
            let (_, Rect { x, y, width, height }) = self.now.get();
            format!(
                "transform:translate({x:.1}px,{y:.1}px);inline-size:{width:.1}px;block-size:{height:.1}px"
            )
        }
    }

    /// `0` for the one shape that Tab reaches, `-1` for all others.
    fn tab_index(self) -> impl Fn() -> &'static str + Copy {
        move || {
            let scene = self.ground.scene;
            let first = || scene.with(|scene| scene.order.first().map(|(key, _)| *key));
            let present = self
                .ground
                .current
                .get()
                .filter(|key| scene.with(|scene| scene.shapes.contains_key(key)));
            if present.or_else(first) == Some(self.key) { "0" } else { "-1" }
        }
    }

    /// Its depth in the tree.
    fn level(self) -> impl Fn() -> String + Copy {
        move || {
            self.ground.scene.with(|scene| {
                let mut depth = 1;
                let mut key = self.key;
                while let Some(parent) = scene.parents.get(&key) {
                    depth += 1;
                    key = *parent;
                }
                depth.to_string()
            })
        }
    }

    /// Whether it is chosen.
    fn chosen(self) -> impl Fn() -> String + Copy {
        move || {
            let chosen = self.state().selection.get();
            (chosen.is_some() && chosen == self.key.object()).to_string()
        }
    }

    /// Whether it has to do with what is chosen.
    fn related(self) -> impl Fn() -> String + Copy {
        move || self.ground.related.with(|related| related.contains(&self.id)).to_string()
    }

    /// It was clicked, or Enter was pressed on it.
    fn choose(self) {
        self.ground.current.set(Some(self.key));
        let object = self.key.object();
        let chosen = self.state().selection.get_untracked();
        let next = if chosen == object { None } else { object };
        self.ground.session.dispatch(Action::Select(next));
    }
}

/// A hue for a revision: six, over and over.
pub(super) fn hue(revision: i64) -> Option<String> {
    (revision > 0).then(|| ((revision - 1) % 6 + 1).to_string())
}
