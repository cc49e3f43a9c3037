//! Machines, workloads and Services in the picture.

use leptos::prelude::*;
use podyard_engine::view::{Node, NodeHealth, Port, Service, Workload};

use super::shape::{Place, element_id, hue};
use crate::i18n::Word;
use crate::state::{Cluster, SYSTEM_NAMESPACE};
use crate::view::icons::Icon;

/// More endpoints or replicas than this are only counted.
const MAX_TEETH: usize = 10;
/// A child card of at least this height has room for its name.
const TALL: f64 = 40.0;

/// A machine.
#[component]
pub(super) fn NodeCard(place: Place) -> impl IntoView {
    let state = place.session.state();
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
    let cordoned = move || node.with(|node| node.as_ref().is_some_and(|node| node.cordoned));
    let is_control = move || node.with(|node| node.as_ref().is_some_and(|node| node.control_plane));
    let now = place.now();
    view! {
        <button
            id=element_id(place.id)
            class="shape node"
            data-testid="node"
            data-name=of(|node| node.name.clone())
            data-health=move || health_key(health())
            data-ready=move || (health() == NodeHealth::Ready).to_string()
            style=Place::style(now)
            tabindex=place.tab_index()
            aria-pressed=place.chosen()
            on:click=move |_| place.choose()
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
                    <Meter label="CPU" share=Signal::derive(move || load.with(|load| load.cpu)) />
                    <Meter label="RAM" share=Signal::derive(move || load.with(|load| load.memory)) />
                    <span>{move || {
                        let system = load.with(|load| load.system);
                        (system > 0 && !state.system_shown.get()).then(|| say.fill(Word::SystemPodsOfNode, &[&system]))
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
    system: usize,
}

impl Load {
    fn of(cluster: &Cluster, node: &Node) -> Self {
        let pods = || cluster.pods.values().filter(|pod| pod.node == node.name);
        Self {
            cpu: share(pods().map(|pod| pod.cpu_milli).sum(), node.cpu_milli),
            memory: share(pods().map(|pod| pod.memory).sum(), node.memory),
            system: pods().filter(|pod| pod.namespace == SYSTEM_NAMESPACE).count(),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a picture needs no more")]
fn share(part: i64, whole: i64) -> f64 {
    if whole > 0 { (part as f64 / whole as f64).clamp(0.0, 1.0) } else { 0.0 }
}

/// A thin bar with a word before it.
#[component]
fn Meter(label: &'static str, share: Signal<f64>) -> impl IntoView {
    let percent = move || format!("{:.0}%", share.get() * 100.0);
    view! {
        <span class="meter" title=move || format!("{label} {}", percent())>
            {label}
            <span class="meter__bar"><i style:inline-size=percent></i></span>
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

/// A Deployment or another workload that nobody owns.
#[component]
pub(super) fn RootCard(place: Place) -> impl IntoView {
    let workload = workload(place);
    let of = move |read: fn(&Workload) -> String| {
        move || workload.with(|it| it.as_deref().map(read).unwrap_or_default())
    };
    let icon = move || {
        workload.with(|it| {
            if it.as_ref().is_some_and(|it| it.kind == "Deployment") {
                "deployment"
            } else {
                "workload"
            }
        })
    };
    let now = place.now();
    view! {
        <button
            id=element_id(place.id)
            class="shape root"
            data-testid=of(|it| it.kind.to_lowercase())
            data-name=of(|it| it.name.clone())
            data-desired=of(|it| it.desired.to_string())
            data-ready=of(|it| it.ready.to_string())
            style=Place::style(now)
            tabindex=place.tab_index()
            aria-pressed=place.chosen()
            title=of(|it| it.name.clone())
            on:click=move |_| place.choose()
        >
            <Icon name=Signal::derive(icon) />
            <span class="shape__kind">{of(|it| it.kind.clone())}</span>
            <span class="shape__name">{of(|it| it.name.clone())}</span>
            <span class="shape__count">{of(|it| format!("{}/{}", it.ready, it.desired))}</span>
        </button>
    }
}

/// A ReplicaSet or another workload with an owner.
#[component]
pub(super) fn ChildCard(place: Place) -> impl IntoView {
    let workload = workload(place);
    let of = move |read: fn(&Workload) -> String| {
        move || workload.with(|it| it.as_deref().map(read).unwrap_or_default())
    };
    let revision = move || workload.with(|it| it.as_ref().map_or(0, |it| it.revision));
    let idle = move || {
        workload.with(|it| it.as_ref().is_some_and(|it| it.desired == 0 && it.current == 0))
    };
    let teeth = move || workload.with(|it| it.as_ref().map(|it| replicas(it)).unwrap_or_default());
    let now = place.now();
    view! {
        <button
            id=element_id(place.id)
            class="shape child"
            data-testid=of(|it| it.kind.to_lowercase())
            data-name=of(|it| it.name.clone())
            data-desired=of(|it| it.desired.to_string())
            data-ready=of(|it| it.ready.to_string())
            data-revision=move || revision().to_string()
            data-hue=move || hue(revision())
            data-idle=move || idle().to_string()
            data-tall=move || now.get().is_some_and(|(_, rect)| rect.height > TALL).to_string()
            style=Place::style(now)
            tabindex=place.tab_index()
            aria-pressed=place.chosen()
            title=of(|it| format!("{} {}", it.kind, it.name))
            on:click=move |_| place.choose()
        >
            <span class="child__revision">{move || if revision() > 0 { revision().to_string() } else { "·".to_owned() }}</span>
            <span class="shape__name">{of(|it| it.name.clone())}</span>
            <Teeth ready=Signal::derive(teeth) />
            <span class="child__image">{of(|it| it.images.join(", "))}</span>
            <span class="shape__count">{of(|it| format!("{}/{}", it.ready, it.desired))}</span>
        </button>
    }
}

fn workload(place: Place) -> Memo<Option<std::sync::Arc<Workload>>> {
    let state = place.session.state();
    Memo::new(move |_| state.cluster.with(|cluster| cluster.workloads.get(&place.id).cloned()))
}

fn replicas(workload: &Workload) -> Vec<bool> {
    let count = |number: i64| usize::try_from(number).unwrap_or_default();
    let ready = count(workload.ready);
    (0..count(workload.desired.max(workload.current))).map(|index| index < ready).collect()
}

/// One small mark for each, filled when ready.
#[component]
fn Teeth(ready: Signal<Vec<bool>>) -> impl IntoView {
    let teeth = move || {
        let ready = ready.get();
        let shown = if ready.len() > MAX_TEETH { Vec::new() } else { ready };
        shown
            .into_iter()
            .map(|ready| view! { <i class="tooth" data-ready=ready.to_string()></i> })
            .collect_view()
    };
    view! { <span class="teeth" aria-hidden="true">{teeth}</span> }
}

/// A Service with its endpoints.
#[component]
pub(super) fn ServiceCard(place: Place) -> impl IntoView {
    let state = place.session.state();
    let say = state.say();
    let service =
        Memo::new(move |_| state.cluster.with(|cluster| cluster.services.get(&place.id).cloned()));
    let ends = Memo::new(move |_| {
        let ends = service.get().map(|service| {
            state.cluster.with(|cluster| {
                cluster.endpoints_of(&service).iter().map(|end| end.ready).collect::<Vec<_>>()
            })
        });
        ends.unwrap_or_default()
    });
    let of = move |read: fn(&Service) -> String| {
        move || service.with(|it| it.as_deref().map(read).unwrap_or_default())
    };
    let count = move || {
        ends.with(|ends| {
            let ready = ends.iter().filter(|ready| **ready).count();
            if ends.is_empty() {
                say.now(Word::NoEndpoints).to_owned()
            } else {
                format!("{ready}/{}", ends.len())
            }
        })
    };
    let now = place.now();
    view! {
        <button
            id=element_id(place.id)
            class="shape service"
            data-testid="service"
            data-name=of(|it| it.name.clone())
            data-type=of(|it| it.kind.clone())
            data-endpoints=move || ends.with(|ends| ends.iter().filter(|ready| **ready).count()).to_string()
            style=Place::style(now)
            tabindex=place.tab_index()
            aria-pressed=place.chosen()
            title=of(|it| it.name.clone())
            on:click=move |_| place.choose()
        >
            <Icon name="service" />
            <span class="shape__kind">{of(|it| format!("Service · {}", it.kind))}</span>
            <span class="shape__name">{of(|it| it.name.clone())}</span>
            <span class="service__ends">
                <Teeth ready=Signal::derive(move || ends.get()) />
                <span>{count}</span>
            </span>
            <span class="service__address">{of(address)}</span>
        </button>
    }
}

/// Where a Service is reached, shortest first.
fn address(service: &Service) -> String {
    let ports: Vec<String> = service.ports.iter().map(port).collect();
    let ports = ports.join(",");
    let inside = match (service.address.as_str(), ports.as_str()) {
        (address, "") => address.to_owned(),
        (address, ports) => format!("{address}:{ports}"),
    };
    match (inside.as_str(), service.external.as_str()) {
        (inside, "") => inside.to_owned(),
        ("", external) => format!("→ {external}"),
        (inside, external) => format!("{external} → {inside}"),
    }
}

fn port(port: &Port) -> String {
    if port.node_port > 0 {
        format!("{}:{}", port.port, port.node_port)
    } else {
        port.port.to_string()
    }
}
