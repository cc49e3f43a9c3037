//! Why it is so: what the scheduler thought of each node, who made whom, and
//! what happened.

use std::fmt::Display;
use std::sync::Arc;

use leptos::prelude::*;
use podyard_engine::view::{Event, Id};

use super::place::FieldLink;
use crate::i18n::Word;
use crate::protocol::{NodeOpinion, Opinion};
use crate::session::{Action, Session};
use crate::state::causes::{Cause, causes};
use crate::state::plain::{Plain, plain};
use crate::view::icons::{Icon, of_kind};

/// The sheet.
#[component]
pub(super) fn Why(
    /// The session.
    session: Session,
    /// Which object.
    id: Id,
) -> impl IntoView {
    let state = session.state();
    let say = state.say();
    let chain = Memo::new(move |_| {
        state.timeline.with(|timeline| state.cluster.with(|cluster| causes(cluster, timeline, id)))
    });
    view! {
        <div class="inspector__columns" data-testid="why">
            <section>
                <InPlainWords session id />
                <h3 class="why__title">{say.word(Word::WhyHere)}</h3>
                <ol class="causes">
                    {move || chain.get().into_iter().map(|cause| view! { <Link session cause id /> }).collect_view()}
                </ol>
            </section>
            <Scheduling session id />
        </div>
    }
}

/// What is the matter, and the line that goes on from there.
#[component]
pub(super) fn InPlainWords(
    /// The session.
    session: Session,
    /// Which object.
    id: Id,
) -> impl IntoView {
    let state = session.state();
    let say = state.say();
    let plain = Memo::new(move |_| state.cluster.with(|cluster| plain(cluster, id)));
    let show = move |Plain { word, gaps, line }: Plain| {
        let text = move || {
            let gaps: Vec<&dyn Display> = gaps.iter().map(|gap| gap as &dyn Display).collect();
            say.fill(word, &gaps)
        };
        let next = line.map(|line| {
            let shown = line.clone();
            let run = move |_| session.dispatch(Action::Run(line.clone()));
            view! {
                <div class="command command__line">
                    <code>{shown}</code>
                    <button class="button button--outline" on:click=run>
                        <Icon name="terminal" />
                        {say.word(Word::RunCommand)}
                    </button>
                </div>
            }
        });
        view! { <div class="plain" data-testid="plain"><p>{text}</p>{next}</div> }
    };
    move || plain.get().map(show)
}

/// One link of the chain.
#[component]
fn Link(session: Session, cause: Cause, id: Id) -> impl IntoView {
    let state = session.state();
    let reference = state.cluster.with_untracked(|cluster| cluster.reference(cause.id));
    let told = cause.events.iter().cloned().map(|event| view! { <Happened session event /> });
    let told = told.collect_view();
    reference.map(|reference| {
        let name = format!("{} {}", reference.kind, reference.name);
        let icon = if reference.kind == "Pod" { "running" } else { of_kind(&reference.kind) };
        let title = if cause.id == id {
            view! { <strong>{name}</strong> }.into_any()
        } else {
            let go = move |_| session.dispatch(Action::Select(Some(cause.id)));
            view! { <button class="link" on:click=go>{name}</button> }.into_any()
        };
        view! {
            <li class="cause" data-testid="cause" data-name=reference.name.clone()>
                <Icon name=icon />
                <div>{title}<ul class="cause__events">{told}</ul></div>
            </li>
        }
    })
}

/// One event, with the field it is about where that is in the editor.
#[component]
fn Happened(session: Session, event: Arc<Event>) -> impl IntoView {
    let state = session.state();
    let (last, about) = (event.last, event.about);
    let age = move || state.timeline.with(|timeline| timeline.age_of(last));
    let field = field_of(&event).zip(about);
    view! {
        <li class="cause__event" data-warning=event.warning.to_string()>
            <span><b>{event.reason.clone()}</b>" · "{age}</span>
            <span class="hop__detail">{event.message.clone()}</span>
            {field.map(|(field, id)| view! { <FieldLink session id field=field.to_owned() /> })}
        </li>
    }
}

/// The field of a Pod that an event is about.
fn field_of(event: &Event) -> Option<&'static str> {
    if !event.warning {
        return None;
    }
    match event.reason.as_str() {
        "Failed" | "ErrImagePull" | "InspectFailed" => Some("spec.containers[0].image"),
        "BackOff" if event.message.contains("pulling image") => Some("spec.containers[0].image"),
        "BackOff" => Some("spec.containers[0].command"),
        "Unhealthy" if event.message.starts_with("Liveness") => {
            Some("spec.containers[0].livenessProbe")
        }
        "Unhealthy" if event.message.starts_with("Startup") => {
            Some("spec.containers[0].startupProbe")
        }
        "Unhealthy" => Some("spec.containers[0].readinessProbe"),
        "FailedMount" => Some("spec.volumes"),
        "FailedScheduling" if event.message.contains("Insufficient") => {
            Some("spec.containers[0].resources")
        }
        "FailedScheduling" if event.message.contains("selector") => Some("spec.nodeSelector"),
        _ => None,
    }
}

/// What the scheduler thought of each node.
#[component]
fn Scheduling(session: Session, id: Id) -> impl IntoView {
    let state = session.state();
    let say = state.say();
    let pod = Memo::new(move |_| {
        state.cluster.with(|cluster| {
            let pod = cluster.pods.get(&id)?;
            Some((pod.namespace.clone(), pod.name.clone(), pod.node.clone()))
        })
    });
    Effect::new(move |_| {
        if let Some((namespace, name, _)) = pod.get() {
            // While it waits, the scheduler thinks again with each event.
            state.timeline.track();
            session.ask_scheduler(namespace, name);
        }
    });
    let opinion = move || {
        let (namespace, name, _) = pod.get()?;
        let own = state.opinion.get();
        own.filter(|own| own.namespace == namespace && own.pod == name)
    };
    move || {
        opinion().map(|Opinion { node, nodes, .. }| {
            let title = match &node {
                Some(node) => say.fill(Word::SchedulerChose, &[node]),
                None => say.now(Word::SchedulerWaits).to_owned(),
            };
            view! {
                <section data-testid="scheduling">
                    <h3 class="why__title">{title}</h3>
                    <ul class="opinions">{nodes.into_iter().map(show_opinion).collect_view()}</ul>
                </section>
            }
        })
    }
}

fn show_opinion(opinion: NodeOpinion) -> impl IntoView {
    let fits = opinion.refused_by.is_none();
    let health = if fits { "running" } else { "failed" };
    view! {
        <li class="opinion" data-testid="opinion" data-name=opinion.node.clone() data-health=health>
            <Icon name=if fits { "succeeded" } else { "failed" } />
            <span class="shape__name">{opinion.node.clone()}</span>
            <span class="opinion__score">{opinion.refused_by.clone().unwrap_or_else(|| opinion.score.to_string())}</span>
            <span class="hop__detail">{opinion.reasons.join("; ")}</span>
        </li>
    }
}
