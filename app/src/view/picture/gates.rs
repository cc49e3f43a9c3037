//! The ways into the cluster, and the counted tiles.

use leptos::prelude::*;

use super::shape::{Place, hue};
use crate::i18n::Word;
use crate::scene::Key;
use crate::view::icons::{Icon, of_health};

/// Everything outside, a load balancer, or a port of a node.
#[component]
pub(super) fn Gate(place: Place) -> impl IntoView {
    let state = place.state();
    let say = state.say();
    let (icon, test_id) = match place.key {
        Key::Balancer(_) => ("balancer", "balancer"),
        Key::Door(..) => ("node", "door"),
        _ => ("outside", "outside"),
    };
    // What it is, and its address.
    let words = Memo::new(move |_| {
        state.cluster.with(|cluster| match place.key {
            Key::Balancer(id) => {
                let external = cluster.services.get(&id).map(|own| own.external.clone());
                (say.now(Word::LoadBalancer).to_owned(), external.unwrap_or_default())
            }
            Key::Door(id, port) => {
                let node = cluster.nodes.get(&id).map(|node| node.name.clone());
                (node.unwrap_or_default(), format!(":{port}"))
            }
            _ => (say.now(Word::Outside).to_owned(), String::new()),
        })
    });
    view! {
        <button
            {..place.frame()}
            class="shape gate"
            data-flat=move || { let (_, rect) = place.now.get(); (rect.width > rect.height).to_string() }
            data-testid=test_id
            data-name=move || words.with(|(name, _)| name.clone())
            title=move || words.with(|(name, address)| format!("{name} {address}"))
        >
            {(icon != "node").then(|| view! { <Icon name=icon /> })}
            <span class="gate__name">{move || words.with(|(name, _)| name.clone())}</span>
            <span class="gate__address">{move || words.with(|(_, address)| address.clone())}</span>
        </button>
    }
}

/// A count of Pods that are alike.
#[component]
pub(super) fn FoldTile(place: Place) -> impl IntoView {
    let state = place.state();
    let say = state.say();
    let fold =
        Memo::new(move |_| place.ground.scene.with(|scene| scene.folds.get(&place.key).copied()));
    let owner = Memo::new(move |_| {
        state.cluster.with(|cluster| {
            let owner = cluster.workloads.get(&place.id);
            owner.map(|owner| (owner.name.clone(), owner.revision)).unwrap_or_default()
        })
    });
    let health = move || fold.get().map_or("unknown", |fold| of_health(fold.health));
    let count = move || fold.get().map_or(0, |fold| fold.count);
    let word = move || fold.get().map(|fold| format!("{:?}", fold.health));
    view! {
        <button
            {..place.frame()}
            class="shape pod fold"
            data-testid="fold"
            data-name=move || owner.with(|(name, _)| name.clone())
            data-count=move || count().to_string()
            data-health=health
            data-hue=move || owner.with(|(_, revision)| hue(*revision))
            title=move || owner.with(|(name, _)| say.fill(Word::FoldOf, &[&count(), name]))
        >
            <Icon name=Signal::derive(health) />
            <span class="fold__count">{move || format!("×{}", count())}</span>
            <span class="pod__word">{word}</span>
        </button>
    }
}
