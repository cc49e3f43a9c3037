//! A Pod's tile: stripe = revision, icon and word = state.

use leptos::prelude::*;
use podyard_engine::view::{Pod, PodHealth};

use super::shape::{Place, hue};
use crate::i18n::Word;
use crate::scene::{Detail, Shape};
use crate::state::Aspect;
use crate::view::icons::{Icon, of_health};

/// A Pod's tile.
#[component]
pub(super) fn PodTile(
    /// Where it stands.
    place: Place,
) -> impl IntoView {
    let state = place.state();
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
    // In the pictures without machines, the machine is what is not seen.
    let more = move || {
        pod.get().map(|pod| match state.aspect.get() {
            Aspect::Cluster => images(&pod),
            Aspect::Objects | Aspect::Traffic => pod.node.clone(),
        })
    };
    view! {
        <button
            {..place.frame()}
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
            data-detail=move || detail(place.now.get().0)
            title=of(|pod| pod.name.clone())
        >
            <Icon name=Signal::derive(move || of_health(health())) />
            <span class="pod__name"><span class="hidden">{of(name_start)}</span>{of(short_name)}</span>
            <span class="pod__restarts">{move || (restarts() > 0).then(|| format!("↻{}", restarts()))}</span>
            <span class="pod__word">{of(|pod| pod.status.clone())}</span>
            <span class="pod__more" aria-hidden="true">{more}</span>
            <span class="hidden">{rest}</span>
        </button>
    }
}

/// The images of a Pod, without what stands before their names.
fn images(pod: &Pod) -> String {
    let name = |image: &str| image.rsplit('/').next().unwrap_or_default().to_owned();
    let names: Vec<String> = pod.containers.iter().map(|own| name(&own.image)).collect();
    names.join(", ")
}

fn is_ready(pod: &Pod) -> bool {
    pod.health == PodHealth::Running
}

fn detail(shape: Shape) -> &'static str {
    match shape {
        Shape::Pod(Detail::Icon) => "icon",
        Shape::Pod(Detail::Short) => "short",
        Shape::Pod(Detail::Rich) => "rich",
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
