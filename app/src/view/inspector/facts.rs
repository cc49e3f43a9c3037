//! The summary of one object.

use leptos::prelude::*;
use podyard_engine::view::{Id, Node, Pod, Service, Workload};

use crate::i18n::{Say, Word};
use crate::session::{Action, Session};
use crate::state::{Cluster, Timeline};

/// One line of the summary.
#[derive(Debug, Clone, PartialEq)]
struct Fact {
    word: Word,
    value: String,
    /// Another object it speaks of.
    leads_to: Option<Id>,
}

/// The summary.
#[component]
pub(super) fn Facts(
    /// The session.
    session: Session,
    /// Which object.
    id: Id,
) -> impl IntoView {
    let state = session.state();
    let say = state.say();
    let facts = Memo::new(move |_| {
        let facts = state.cluster.with(|cluster| facts_of(cluster, id, say));
        let age = state
            .timeline
            .with(|timeline| state.cluster.with(|cluster| age(cluster, timeline, id)));
        facts.into_iter().chain(age).collect::<Vec<_>>()
    });
    let row = move |fact: Fact, is_named: bool| {
        let value = match fact.leads_to {
            Some(other) => view! {
                <button class="link" on:click=move |_| session.dispatch(Action::Select(Some(other)))>{fact.value}</button>
            }
            .into_any(),
            None => fact.value.into_any(),
        };
        view! { {is_named.then(|| view! { <dt>{say.word(fact.word)}</dt> })}<dd>{value}</dd> }
    };
    let rows = move || {
        let mut last = None;
        let rows = facts.get().into_iter().map(|fact| {
            // Several values of one name stand below each other.
            let is_named = last.replace(fact.word) != Some(fact.word);
            row(fact, is_named)
        });
        rows.collect_view()
    };
    view! { <dl class="facts">{rows}</dl> }
}

fn fact(word: Word, value: impl Into<String>) -> Fact {
    Fact { word, value: value.into(), leads_to: None }
}

fn facts_of(cluster: &Cluster, id: Id, say: Say) -> Vec<Fact> {
    let mut facts = if let Some(pod) = cluster.pods.get(&id) {
        of_pod(cluster, pod)
    } else if let Some(workload) = cluster.workloads.get(&id) {
        of_workload(cluster, workload)
    } else if let Some(service) = cluster.services.get(&id) {
        of_service(cluster, service)
    } else if let Some(node) = cluster.nodes.get(&id) {
        of_node(cluster, node, say)
    } else {
        Vec::new()
    };
    facts.retain(|fact| !fact.value.is_empty());
    facts
}

fn of_pod(cluster: &Cluster, pod: &Pod) -> Vec<Fact> {
    let node = cluster.nodes.iter().find(|(_, node)| node.name == pod.node).map(|(id, _)| *id);
    let mut facts = vec![
        fact(Word::FieldStatus, &pod.status),
        fact(Word::FieldReady, format!("{}/{}", pod.ready, pod.containers.len())),
        fact(Word::FieldRestarts, pod.restarts.to_string()),
        Fact { leads_to: node, ..fact(Word::FieldNode, &pod.node) },
        fact(Word::FieldAddress, &pod.address),
    ];
    if let Some(owner) = cluster.owner_of(pod) {
        let name = format!("{}/{}", owner.kind, owner.name);
        facts.push(Fact { leads_to: pod.owner, ..fact(Word::FieldOwner, name) });
    }
    let revision = cluster.revision_of(pod);
    if revision > 0 {
        facts.push(fact(Word::FieldRevision, revision.to_string()));
    }
    for container in &pod.containers {
        let state = if container.state.is_empty() {
            String::new()
        } else {
            format!(" · {}", container.state)
        };
        facts.push(fact(
            Word::FieldContainers,
            format!("{} · {}{state}", container.name, container.image),
        ));
    }
    facts.push(fact(Word::FieldNamespace, &pod.namespace));
    facts
}

fn of_workload(cluster: &Cluster, workload: &Workload) -> Vec<Fact> {
    let mut facts = vec![
        fact(Word::FieldReplicas, format!("{} / {}", workload.current, workload.desired)),
        fact(Word::FieldReady, workload.ready.to_string()),
        fact(Word::FieldImage, workload.images.join(", ")),
    ];
    if workload.revision > 0 {
        facts.push(fact(Word::FieldRevision, workload.revision.to_string()));
    }
    let owner = workload.owner.and_then(|id| Some((id, cluster.workloads.get(&id)?)));
    if let Some((id, owner)) = owner {
        let name = format!("{}/{}", owner.kind, owner.name);
        facts.push(Fact { leads_to: Some(id), ..fact(Word::FieldOwner, name) });
    }
    facts.push(fact(Word::FieldNamespace, &workload.namespace));
    facts
}

fn of_service(cluster: &Cluster, service: &Service) -> Vec<Fact> {
    let mut facts = vec![
        fact(Word::FieldType, &service.kind),
        fact(Word::FieldAddress, &service.address),
        fact(Word::FieldExternal, &service.external),
    ];
    for port in &service.ports {
        let node_port = if port.node_port > 0 {
            format!(" · nodePort {}", port.node_port)
        } else {
            String::new()
        };
        facts.push(fact(
            Word::FieldPorts,
            format!("{}/{} → {}{node_port}", port.port, port.protocol, port.target),
        ));
    }
    facts.push(fact(Word::FieldSelector, service.selector.join(", ")));
    for end in cluster.endpoints_of(service) {
        let name = end.pod.and_then(|id| Some(cluster.pods.get(&id)?.name.clone()));
        let mark = if end.ready { "●" } else { "◑" };
        let value = format!("{mark} {}", name.unwrap_or_else(|| end.address.clone()));
        facts.push(Fact { leads_to: end.pod, ..fact(Word::FieldEndpoints, value) });
    }
    facts.push(fact(Word::FieldNamespace, &service.namespace));
    facts
}

fn of_node(cluster: &Cluster, node: &Node, say: Say) -> Vec<Fact> {
    let load = cluster.sums.on(&node.name);
    let role = if node.control_plane { Word::ControlPlane } else { Word::Worker };
    let cores = |milli: i64| format!("{}.{:02}", milli / 1_000, milli % 1_000 / 10);
    let mebibytes = |bytes: i64| format!("{} Mi", bytes >> 20);
    vec![
        fact(Word::FieldType, say.now(role)),
        fact(Word::FieldAddress, &node.address),
        fact(Word::FieldPods, format!("{} / {}", load.pods, node.pods)),
        fact(Word::FieldCpu, format!("{} / {}", cores(load.cpu_milli), cores(node.cpu_milli))),
        fact(Word::FieldMemory, format!("{} / {}", mebibytes(load.memory), mebibytes(node.memory))),
    ]
}

fn age(cluster: &Cluster, timeline: &Timeline, id: Id) -> Option<Fact> {
    let pod = cluster.pods.get(&id).map(|pod| pod.created);
    let created = pod.or_else(|| Some(cluster.workloads.get(&id)?.created))?;
    (created > 0).then(|| fact(Word::FieldAge, timeline.age_of(created)))
}
