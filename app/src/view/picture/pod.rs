//! A Pod's tile: stripe = revision, icon and word = state.

use leptos::prelude::*;
use podyard_engine::view::{Pod, PodHealth};

use super::shape::{Place, element_id, hue};
use crate::i18n::Word;
use crate::scene::{Detail, Shape};
use crate::view::icons::{Icon, of_health};

/// A Pod's tile.
#[component]
pub(super) fn PodTile(
    /// Where it stands.
    place: Place,
) -> impl IntoView {
    let state = place.session.state();
    let say = state.say();
    let pod =
        Memo::new(move |_| state.cluster.with(|cluster| cluster.pods.get(&place.id).cloned()));
    let revision = Memo::new(move |_| {
        let pod = pod.get();
        pod.map_or(0, |pod| state.cluster.with(|cluster| cluster.revision_of(&pod)))
    });
    let of = move |read: fn(&Pod) -> String| {
        move || pod.with(|pod| pod.as_deref().map(read).unwrap_or_default())
    };
    let health = move || pod.with(|pod| pod.as_ref().map_or(PodHealth::Unknown, |pod| pod.health));
    let restarts = move || pod.with(|pod| pod.as_ref().map_or(0, |pod| pod.restarts));
    let rest = move || {
        pod.get().map(|pod| unseen(&pod, revision.get(), |word, value| say.fill(word, &[value])))
    };
    let now = place.now();
    view! {
        <button
            id=element_id(place.id)
            class="shape pod"
            data-testid="pod"
            data-name=of(|pod| pod.name.clone())
            data-namespace=of(|pod| pod.namespace.clone())
            data-phase=of(|pod| pod.phase.clone())
            data-ready=of(|pod| is_ready(pod).to_string())
            data-node=of(|pod| pod.node.clone())
            data-revision=move || revision.get().to_string()
            data-status=of(|pod| pod.status.clone())
            data-health=of(|pod| of_health(pod.health).to_owned())
            data-hue=move || hue(revision.get())
            data-detail=move || now.get().map(|(shape, _)| detail(shape))
            style=Place::style(now)
            tabindex=place.tab_index()
            aria-pressed=place.chosen()
            title=of(|pod| pod.name.clone())
            on:click=move |_| place.choose()
        >
            <Icon name=Signal::derive(move || of_health(health())) />
            <span class="pod__name"><span class="hidden">{of(name_start)}</span>{of(short_name)}</span>
            <span class="pod__restarts">{move || (restarts() > 0).then(|| format!("↻{}", restarts()))}</span>
            <span class="pod__word">{of(|pod| pod.status.clone())}</span>
            <span class="hidden">{rest}</span>
        </button>
    }
}

fn is_ready(pod: &Pod) -> bool {
    pod.health == PodHealth::Running
}

fn detail(shape: Shape) -> &'static str {
    match shape {
        Shape::Pod(Detail::Icon) => "icon",
        Shape::Pod(Detail::Short) => "short",
        _ => "full",
    }
}

/// The end of a generated name, which tells siblings apart; a name given by a
/// person stays whole.
fn short_name(pod: &Pod) -> String {
    match (pod.owner, pod.name.rsplit_once('-')) {
        (Some(_), Some((_, end))) => end.to_owned(),
        _ => pod.name.clone(),
    }
}

/// What stands before the short name, for who does not see the picture.
fn name_start(pod: &Pod) -> String {
    let start = pod.name.strip_suffix(&short_name(pod)).unwrap_or_default();
    format!("Pod {start}")
}

/// What the tile only shows, in words.
fn unseen(
    pod: &Pod,
    revision: i64,
    fill: impl Fn(Word, &dyn std::fmt::Display) -> String,
) -> String {
    let mut parts = vec![pod.node.clone()];
    if revision > 0 {
        parts.push(fill(Word::Revision, &revision));
    }
    if pod.restarts > 0 {
        parts.push(fill(Word::Restarts, &pod.restarts));
    }
    parts.retain(|part| !part.is_empty());
    parts.join(", ")
}
