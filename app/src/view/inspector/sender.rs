//! Sends a request for what is chosen, by the line that does the same in the
//! terminal.

use leptos::prelude::*;
use podyard_engine::view::Id;

use crate::i18n::{Say, Word};
use crate::session::{Action, Session};
use crate::state::commands::{
    self, DEFAULT_RATE, Place, RATES, Sender, Target, request, senders, targets,
};
use crate::view::icons::Icon;

/// Who asks, where, and the line that does it.
#[component]
pub(super) fn SendRequest(
    /// The session.
    session: Session,
    /// What is chosen.
    id: Id,
) -> impl IntoView {
    let state = session.state();
    let say = state.say();
    let (from, to) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let askers = Memo::new(move |_| state.cluster.with(|cluster| senders(cluster, id)));
    // Who only has an address inside the cluster is best asked from a Pod.
    let asker = Memo::new(move |_| {
        let askers = askers.get();
        let reachable = |asker: &Sender| {
            state.cluster.with(|cluster| {
                targets(cluster, id, asker)
                    .first()
                    .is_some_and(|first| first.place != Place::ClusterIp)
            })
        };
        let chosen = askers.iter().find(|asker| asker.key() == from.get());
        chosen.or_else(|| askers.iter().find(|asker| reachable(asker))).or(askers.first()).cloned()
    });
    let places = Memo::new(move |_| match asker.get() {
        Some(asker) => state.cluster.with(|cluster| targets(cluster, id, &asker)),
        None => Vec::new(),
    });
    let place = Memo::new(move |_| {
        let places = places.get();
        let chosen = places.iter().find(|place| place.address == to.get());
        chosen.or(places.first()).cloned()
    });
    let line = Memo::new(move |_| Some(request(&asker.get()?, &place.get()?)));
    let send = move || {
        if let Some(line) = line.get_untracked() {
            session.dispatch(Action::Run(line));
        }
    };
    let row = move |line: String| {
        view! {
            <div class="sender" data-testid="sender">
                <div class="sender__ends">
                    <label>
                        <span>{say.word(Word::RequestFrom)}</span>
                        <select class="select" data-testid="request-from" on:change:target=move |event| from.set(event.target().value())>
                            {move || askers.get().into_iter().map(|own| {
                                let (key, chosen) = (own.key(), asker.get() == Some(own.clone()));
                                view! { <option value=key selected=chosen>{sender_name(&own, say)}</option> }
                            }).collect_view()}
                        </select>
                    </label>
                    <label>
                        <span>{say.word(Word::RequestTo)}</span>
                        <select class="select" data-testid="request-to" on:change:target=move |event| to.set(event.target().value())>
                            {move || places.get().into_iter().map(|own| {
                                let chosen = place.get() == Some(own.clone());
                                let label = target_name(&own, say);
                                view! { <option value=own.address selected=chosen>{label}</option> }
                            }).collect_view()}
                        </select>
                    </label>
                </div>
                <div class="command command__line">
                    <code data-testid="request-line">{line}</code>
                    <button class="button button--primary" data-testid="send-request" on:click=move |_| send()>
                        <Icon name="send" />
                        {say.word(Word::SendRequest)}
                    </button>
                </div>
                <SendTraffic session asker place />
            </div>
        }
    };
    move || line.get().map(row)
}

/// The same, over and over.
#[component]
fn SendTraffic(
    session: Session,
    asker: Memo<Option<Sender>>,
    place: Memo<Option<Target>>,
) -> impl IntoView {
    let state = session.state();
    let say = state.say();
    let rate = RwSignal::new(DEFAULT_RATE);
    let line = Memo::new(move |_| {
        let (asker, place) = (asker.get()?, place.get()?);
        Some(state.cluster.with(|cluster| commands::traffic(cluster, &asker, &place, rate.get())))
    });
    let choose = move |value: String| rate.set(value.parse().unwrap_or(DEFAULT_RATE));
    let send = move || {
        if let Some(line) = line.get_untracked() {
            session.dispatch(Action::Run(line));
        }
    };
    view! {
        <div class="command command__line" data-testid="send-at-rate">
            <code data-testid="traffic-line">{move || line.get()}</code>
            <select
                class="select select--rate"
                data-testid="traffic-rate"
                aria-label=say.word(Word::TrafficRate)
                on:change:target=move |event| choose(event.target().value())
            >
                {RATES.map(|own| view! {
                    <option value=own.to_string() selected=move || rate.get() == own>{move || say.fill(Word::PerSecond, &[&own])}</option>
                }).collect_view()}
            </select>
            <button class="button button--outline" data-testid="send-traffic" on:click=move |_| send()>
                <Icon name="play" />
                {say.word(Word::SendTraffic)}
            </button>
        </div>
    }
}

fn sender_name(sender: &Sender, say: Say) -> String {
    match sender {
        Sender::Outside => say.now(Word::OutsideCluster).to_owned(),
        Sender::Fresh => say.now(Word::FreshPod).to_owned(),
        Sender::Pod { namespace, name } if namespace == "default" => format!("Pod {name}"),
        Sender::Pod { namespace, name } => format!("Pod {name} ({namespace})"),
    }
}

fn target_name(target: &Target, say: Say) -> String {
    let place = match &target.place {
        Place::Name => "DNS".to_owned(),
        Place::ClusterIp => "ClusterIP".to_owned(),
        Place::Node(name) => name.clone(),
        Place::Balancer => say.now(Word::LoadBalancer).to_owned(),
    };
    format!("{place} · {}", target.address)
}
