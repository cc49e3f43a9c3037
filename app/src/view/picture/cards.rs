//! Workloads, Services and what stands beside them in the picture.

use leptos::prelude::*;
use podyard_engine::view::{Port, Service, Workload};

use super::gauge::Gauge;
use super::shape::{Place, hue};
use crate::i18n::Word;
use crate::scene::Shape;
use crate::view::icons::{Icon, of_kind};

/// More endpoints or replicas than this are only counted.
const MAX_TEETH: usize = 10;

/// A Deployment or another workload that nobody owns.
#[component]
pub(super) fn RootCard(place: Place) -> impl IntoView {
    let workload = workload(place);
    let of = move |read: fn(&Workload) -> String| {
        move || workload.with(|it| it.as_deref().map(read).unwrap_or_default())
    };
    let icon = move || workload.with(|it| it.as_ref().map_or("workload", |it| of_kind(&it.kind)));
    view! {
        <button
            {..place.frame()}
            class="shape root"
            data-testid=of(|it| it.kind.to_lowercase())
            data-name=of(|it| it.name.clone())
            data-desired=of(|it| it.desired.to_string())
            data-ready=of(|it| it.ready.to_string())
            title=of(|it| it.name.clone())
        >
            <Icon name=Signal::derive(icon) />
            <span class="shape__kind">{of(|it| it.kind.clone())}</span>
            <span class="shape__name">{of(|it| it.name.clone())}</span>
            <span class="shape__count">{of(|it| format!("{}/{}", it.ready, it.desired))}</span>
            <Gauge place />
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
    view! {
        <button
            {..place.frame()}
            class="shape child"
            data-testid=of(|it| it.kind.to_lowercase())
            data-name=of(|it| it.name.clone())
            data-desired=of(|it| it.desired.to_string())
            data-ready=of(|it| it.ready.to_string())
            data-revision=move || revision().to_string()
            data-hue=move || hue(revision())
            data-idle=move || idle().to_string()
            data-holder=move || (place.now.get().0 == Shape::Holder).to_string()
            title=of(|it| format!("{} {}", it.kind, it.name))
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
    let state = place.state();
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
    let state = place.state();
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
    view! {
        <button
            {..place.frame()}
            class="shape service"
            data-testid="service"
            data-name=of(|it| it.name.clone())
            data-type=of(|it| it.kind.clone())
            data-endpoints=move || ends.with(|ends| ends.iter().filter(|ready| **ready).count()).to_string()
            title=of(|it| it.name.clone())
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

/// An object beside the workload that uses it, or that it acts on.
#[component]
pub(super) fn Mention(place: Place) -> impl IntoView {
    let state = place.state();
    let named = Memo::new(move |_| state.cluster.with(|cluster| cluster.reference(place.id)));
    let kind = move || named.with(|it| it.as_ref().map(|it| it.kind.clone()).unwrap_or_default());
    let name = move || named.with(|it| it.as_ref().map(|it| it.name.clone()).unwrap_or_default());
    let fact = Memo::new(move |_| {
        state.cluster.with(|cluster| cluster.others.get(&place.id).map(|it| it.fact.clone()))
    });
    view! {
        <button
            {..place.frame()}
            class="shape mention"
            data-testid=move || kind().to_lowercase()
            data-name=name
            title=move || format!("{} {}", kind(), name())
        >
            <Icon name=Signal::derive(move || of_kind(&kind())) />
            <span class="hidden">{kind}</span>
            <span class="shape__name">{name}</span>
            <span class="mention__fact">{move || fact.get().unwrap_or_default()}</span>
        </button>
    }
}
