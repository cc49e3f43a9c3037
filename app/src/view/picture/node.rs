//! Machines in the picture.

use leptos::prelude::*;
use podyard_engine::view::{Node, NodeHealth};

use super::shape::Place;
use crate::i18n::Word;
use crate::scene::Shape;
use crate::state::Cluster;
use crate::view::icons::Icon;

/// A bar for less than this tells nothing.
const LEAST_SHARE: f64 = 0.01;

/// A machine.
#[component]
pub(super) fn NodeCard(place: Place) -> impl IntoView {
    let state = place.state();
    let say = state.say();
    let node =
        Memo::new(move |_| state.cluster.with(|cluster| cluster.nodes.get(&place.id).cloned()));
    let load = Memo::new(move |_| {
        node.get()
            .map(|node| state.cluster.with(|cluster| Load::of(cluster, &node)))
            .unwrap_or_default()
    });
    let of = move |read: fn(&Node) -> String| {
        move || node.with(|node| node.as_deref().map(read).unwrap_or_default())
    };
    let health =
        move || node.with(|node| node.as_ref().map_or(NodeHealth::Unknown, |node| node.health));
    let condition = move || match health() {
        NodeHealth::Ready => say.now(Word::NodeReady),
        NodeHealth::NotReady => say.now(Word::NodeNotReady),
        NodeHealth::Unknown => say.now(Word::NodeUnknown),
    };
    let role = move || {
        let control = node.with(|node| node.as_ref().is_some_and(|node| node.control_plane));
        say.now(if control { Word::ControlPlane } else { Word::Worker })
    };
    let cpu = of(|node| format!("{} CPU", node.cpu_milli / 1_000));
    let memory = of(|node| format!("{} Gi", (node.memory + (1 << 29)) >> 30));
    let cordoned = move || node.with(|node| node.as_ref().is_some_and(|node| node.cordoned));
    let is_band = move || place.now.get().0 == Shape::Band;
    let is_control = move || node.with(|node| node.as_ref().is_some_and(|node| node.control_plane));
    view! {
        <button
            {..place.frame()}
            class="shape node"
            data-testid="node"
            data-name=of(|node| node.name.clone())
            data-health=move || health_key(health())
            data-band=move || is_band().to_string()
            data-cordoned=move || cordoned().to_string()
            data-ready=move || (health() == NodeHealth::Ready).to_string()
        >
            <span class="node__head">
                <span class="node__row">
                    <Icon name=Signal::derive(move || if is_control() { "control-plane" } else { "node" }) />
                    <span class="shape__name">{of(|node| node.name.clone())}</span>
                    <span class="node__state">
                        <Icon name=Signal::derive(move || node_icon(health())) />
                        {condition}
                    </span>
                </span>
                <span class="node__facts">
                    <span>{role}</span>
                    {move || cordoned().then(|| view! { <span>{say.word(Word::Cordoned)}</span> })}
                    <Meter label="CPU" capacity=Signal::derive(cpu) share=Signal::derive(move || load.with(|load| load.cpu)) />
                    <Meter label="RAM" capacity=Signal::derive(memory) share=Signal::derive(move || load.with(|load| load.memory)) />
                    <span>{move || {
                        let system = load.with(|load| load.system);
                        (system > 0 && is_band() && !state.system_shown.get()).then(|| say.fill(Word::SystemPodsOfNode, &[&system]))
                    }}</span>
                </span>
            </span>
        </button>
    }
}

/// How full a machine is: shares from 0 to 1 of what Pods may request.
#[derive(Debug, Clone, Default, PartialEq)]
struct Load {
    cpu: f64,
    memory: f64,
    system: i64,
}

impl Load {
    fn of(cluster: &Cluster, node: &Node) -> Self {
        let load = cluster.sums.on(&node.name);
        Self {
            cpu: share(load.cpu_milli, node.cpu_milli),
            memory: share(load.memory, node.memory),
            system: load.system,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a picture needs no more")]
fn share(part: i64, whole: i64) -> f64 {
    if whole > 0 { (part as f64 / whole as f64).clamp(0.0, 1.0) } else { 0.0 }
}

/// A capacity, and a thin bar once some of it is taken.
#[component]
fn Meter(label: &'static str, capacity: Signal<String>, share: Signal<f64>) -> impl IntoView {
    let percent = move || format!("{:.0}%", share.get() * 100.0);
    view! {
        <span class="meter" title=move || format!("{label} {}", percent())>
            {capacity}
            {move || (share.get() >= LEAST_SHARE).then(|| view! { <span class="meter__bar"><i style:inline-size=percent></i></span> })}
        </span>
    }
}

fn health_key(health: NodeHealth) -> &'static str {
    match health {
        NodeHealth::Ready => "running",
        NodeHealth::NotReady => "failed",
        NodeHealth::Unknown => "unknown",
    }
}

fn node_icon(health: NodeHealth) -> &'static str {
    match health {
        NodeHealth::Ready => "succeeded",
        NodeHealth::NotReady => "failed",
        NodeHealth::Unknown => "unknown",
    }
}
