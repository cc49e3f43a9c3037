//! The way of a request in words: hop by hop, to the answer or to the object
//! and field that refused it.

use std::sync::Arc;

use leptos::prelude::*;
use podyard_engine::network::{Blame, Hop, Reason};
use podyard_engine::process::NetError;
use podyard_engine::view::{Id, Request};

use super::place::FieldLink;
use crate::i18n::{Say, Word};
use crate::session::{Action, Session};
use crate::view::icons::Icon;

/// How many requests are listed.
const MAX_LISTED: usize = 8;

/// The last requests that came by an object, each with its way.
#[component]
pub(super) fn RequestLog(
    /// The session.
    session: Session,
    /// Which object.
    id: Id,
) -> impl IntoView {
    let state = session.state();
    let requests = Memo::new(move |_| {
        let ports = state.cluster.with(|cluster| cluster.node_ports(id));
        state.requests.with(|own| own.by(id, &ports).take(MAX_LISTED).cloned().collect::<Vec<_>>())
    });
    let open = RwSignal::new(None::<u64>);
    // The newest is open until another is chosen.
    let is_open = move |number: u64| match open.get() {
        Some(chosen) => chosen == number,
        None => requests.with(|own| own.first().is_some_and(|first| first.number == number)),
    };
    let row = move |request: Arc<Request>| {
        let number = request.number;
        let (steps, is_well) = (request.clone(), request.is_well);
        view! {
            <li class="asked" data-testid="request-row" data-well=is_well.to_string()>
                <button
                    class="asked__head"
                    aria-expanded=move || is_open(number).to_string()
                    on:click=move |_| open.set(Some(if is_open(number) { 0 } else { number }))
                >
                    <Ending session request />
                </button>
                {move || is_open(number).then(|| view! { <Trace session request=steps.clone() /> })}
            </li>
        }
    };
    view! {
        <ul class="asked-list">
            <For each=move || requests.get() key=|request| request.number children=row />
        </ul>
    }
}

/// How a request ended, in one line.
#[component]
fn Ending(
    /// The session.
    session: Session,
    /// The request.
    request: Arc<Request>,
) -> impl IntoView {
    let say = session.state().say();
    let icon = if request.is_well { "succeeded" } else { "failed" };
    let health = if request.is_well { "running" } else { "failed" };
    let (hop, target) = (request.hops.last().cloned(), request.target.clone());
    let took = took(request.took);
    let word = move || hop.as_ref().map(|hop| ending(hop, say)).unwrap_or_default();
    view! {
        <span class="ending" data-health=health>
            <Icon name=icon />
            <span class="ending__word">{word}</span>
            <span class="ending__target">{target}</span>
            <span class="ending__took">{took}</span>
        </span>
    }
}

/// Microseconds as a person reads them.
pub(crate) fn took(micros: i64) -> String {
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..1_000_000 => format!("{}.{} ms", micros / 1_000, micros / 100 % 10),
        _ => format!("{}.{} s", micros / 1_000_000, micros / 100_000 % 10),
    }
}

fn ending(hop: &Hop, say: Say) -> String {
    match hop {
        Hop::Answer { status: 0, .. } => say.now(Word::EndConnected).to_owned(),
        Hop::Answer { status, .. } => format!("HTTP {status}"),
        Hop::Failure { error, .. } => say.now(error_word(*error)).to_owned(),
        _ => say.now(Word::EndUnknown).to_owned(),
    }
}

fn error_word(error: NetError) -> Word {
    match error {
        NetError::UnknownHost => Word::EndUnknownHost,
        NetError::Refused => Word::EndRefused,
        NetError::TimedOut | NetError::DnsTimeout => Word::EndTimedOut,
        NetError::NoRoute => Word::EndNoRoute,
        NetError::Reset => Word::EndReset,
        NetError::Tls => Word::EndTls,
    }
}

/// Every hop of a request.
#[component]
fn Trace(session: Session, request: Arc<Request>) -> impl IntoView {
    let say = session.state().say();
    let hops = StoredValue::new(request);
    let step = move |hop: &Hop| {
        let (icon, failed) = match hop {
            Hop::Dns { .. } => ("dns", false),
            Hop::LoadBalancer { .. } => ("balancer", false),
            Hop::NodePort { .. } | Hop::Crossing { .. } => ("node", false),
            Hop::Service { .. } | Hop::Ingress { .. } => ("service", false),
            Hop::Snat { .. } => ("reset", false),
            Hop::Caller { .. } | Hop::Firewall { .. } | Hop::PolicyIgnored { .. } => ("dot", false),
            Hop::Pod { .. } => ("running", false),
            Hop::Answer { blame, .. } if blame.is_none() => ("succeeded", false),
            Hop::Answer { .. } | Hop::Failure { .. } => ("failed", true),
        };
        let mend = mend_of(hop);
        let blamed = blame_of(hop).and_then(|blame| {
            let id =
                session.state().cluster.with_untracked(|cluster| cluster.named(&blame.object))?;
            Some((id, blame.field.clone()))
        });
        let (title, detail) = words(hop, say);
        view! {
            <li class="hop" data-testid="hop" data-failed=failed.to_string()>
                <Icon name=icon />
                <span class="hop__title">{title}</span>
                <span class="hop__detail">{detail}</span>
                {blamed.map(|(id, field)| view! { <FieldLink session id field /> })}
                {mend.map(|line| view! { <Mend session line /> })}
            </li>
        }
    };
    view! { <ol class="hops">{move || hops.get_value().hops.iter().map(step).collect_view()}</ol> }
}

/// A line that mends what refused the request.
#[component]
fn Mend(session: Session, line: String) -> impl IntoView {
    let say = session.state().say();
    let shown = line.clone();
    view! {
        <div class="command command__line" data-testid="mend">
            <code>{shown}</code>
            <button class="button button--outline" on:click=move |_| session.dispatch(Action::Run(line.clone()))>{say.word(Word::RunCommand)}</button>
        </div>
    }
}

/// What a hop says: in short, and with its facts.
fn words(hop: &Hop, say: Say) -> (String, String) {
    match hop {
        Hop::Caller { name, address } if name.is_empty() => {
            (say.now(Word::HopOutside).to_owned(), address.clone())
        }
        Hop::Caller { name, address } => (say.fill(Word::HopCaller, &[name]), address.clone()),
        Hop::Dns { name, found, aliases, addresses, .. } => {
            let names = std::iter::once(found).chain(aliases).cloned().collect::<Vec<_>>();
            let detail = format!("{} → {}", names.join(" → "), addresses.join(", "));
            (say.fill(Word::HopDns, &[name]), detail)
        }
        Hop::LoadBalancer { address, service, nodes } => {
            let service = if service.is_empty() { "Ingress" } else { service };
            let detail = format!("{service} → {}", nodes.join(", "));
            (say.fill(Word::HopBalancer, &[address]), detail)
        }
        Hop::Firewall { rule } => (say.now(Word::HopFirewall).to_owned(), rule.clone()),
        Hop::NodePort { node, port } => (say.fill(Word::HopNodePort, &[node, port]), String::new()),
        Hop::Ingress { ingress, rule, backend } => {
            (say.fill(Word::HopIngress, &[ingress]), format!("{rule} → {backend}"))
        }
        Hop::Service { service, address, node, candidates, chosen, .. } => (
            say.fill(Word::HopService, &[service, &candidates.len()]),
            format!("{address} → {chosen} · {node}"),
        ),
        Hop::Snat { from, to } => (say.now(Word::HopSnat).to_owned(), format!("{from} → {to}")),
        Hop::Crossing { from, to } => {
            (say.now(Word::HopCrossing).to_owned(), format!("{from} → {to}"))
        }
        Hop::PolicyIgnored { policy } => {
            (say.now(Word::HopPolicyIgnored).to_owned(), policy.clone())
        }
        Hop::Pod { pod, node, address, port } => {
            (say.fill(Word::HopPod, &[pod]), format!("{address}:{port} · {node}"))
        }
        Hop::Answer { status: 0, .. } => (say.now(Word::EndConnected).to_owned(), String::new()),
        Hop::Answer { status, blame } => {
            let why = blame.as_ref().map(|blame| because(blame, say)).unwrap_or_default();
            (say.fill(Word::HopAnswer, &[status]), why)
        }
        Hop::Failure { error, blame } => {
            (say.now(error_word(*error)).to_owned(), because(blame, say))
        }
    }
}

/// Who is to blame for a hop that ends badly.
fn blame_of(hop: &Hop) -> Option<&Blame> {
    match hop {
        Hop::Failure { blame, .. } => Some(blame),
        Hop::Answer { blame, .. } => blame.as_ref(),
        _ => None,
    }
}

/// Why it ended there, and which object and field are responsible.
fn because(blame: &Blame, say: Say) -> String {
    let why = say.fill(reason_word(blame.reason), &[&blame.detail]);
    let place: Vec<&str> = [&blame.object, &blame.field]
        .into_iter()
        .map(String::as_str)
        .filter(|own| !own.is_empty())
        .collect();
    if place.is_empty() { why } else { format!("{why} ({})", place.join(" · ")) }
}

fn reason_word(reason: Reason) -> Word {
    match reason {
        Reason::NoSuchName => Word::WhyUnknownHost,
        Reason::OtherNamespace => Word::WhyOtherNamespace,
        Reason::InsideOnly => Word::WhyInside,
        Reason::NoDns => Word::WhyNoDns,
        Reason::NoPodMatches => Word::WhySelector,
        Reason::NoSelector => Word::WhyNoSelector,
        Reason::PodNotReady => Word::WhyNotReady,
        Reason::NoSuchPortName => Word::WhyPortName,
        Reason::NoSuchPort => Word::WhyPorts,
        Reason::PortClosed => Word::WhyRefused,
        Reason::PodEnded => Word::WhyEnded,
        Reason::NoLocalEndpoint => Word::WhyPolicy,
        Reason::RulesBehind => Word::WhyNoRoute,
        Reason::FirewallClosed => Word::WhyFirewall,
        Reason::SourceNotAllowed => Word::WhySourceRanges,
        Reason::PolicyIngress => Word::WhyPolicyIngress,
        Reason::PolicyEgress => Word::WhyPolicyEgress,
        Reason::NobodyThere => Word::WhyNobody,
        Reason::NodeDown => Word::WhyNodeDown,
        Reason::NetworkCut => Word::WhyNetworkCut,
        Reason::ConnectionReset => Word::WhyReset,
        Reason::NoIngressRule => Word::WhyIngressRule,
        Reason::NoSuchService => Word::WhyIngressService,
        Reason::NotTls => Word::WhyTls,
    }
}

/// The line that mends a failure, where one does.
fn mend_of(hop: &Hop) -> Option<String> {
    let Hop::Failure { blame, .. } = hop else { return None };
    let service = || blame.object.strip_prefix("Service/")?.split_once('/');
    let patch = |spec: &str| {
        let (namespace, name) = service()?;
        let place = crate::state::commands::in_namespace(namespace);
        Some(format!("kubectl patch service {name}{place} -p '{{\"spec\":{spec}}}'"))
    };
    match blame.reason {
        Reason::FirewallClosed => Some(format!(
            "gcloud compute firewall-rules create node-port-{0} --allow=tcp:{0}",
            blame.detail
        )),
        Reason::InsideOnly => patch(r#"{"type":"NodePort"}"#),
        Reason::NoLocalEndpoint if blame.field == "spec.externalTrafficPolicy" => {
            patch(r#"{"externalTrafficPolicy":"Cluster"}"#)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(blame: Blame, wanted: Option<&str>) {
        let hop = Hop::Failure { error: NetError::TimedOut, blame };
        assert_eq!(mend_of(&hop).as_deref(), wanted);
    }

    #[test]
    fn a_failure_names_the_line_that_mends_it() {
        let patch = r#"kubectl patch service web -n shop -p '{"spec":{"type":"NodePort"}}'"#;
        check(Blame::new(Reason::InsideOnly).at("Service/shop/web", "spec.type"), Some(patch));
        let open = "gcloud compute firewall-rules create node-port-30080 --allow=tcp:30080";
        check(Blame::new(Reason::FirewallClosed).at("Node/a", "").detail("30080"), Some(open));
        check(Blame::new(Reason::NobodyThere), None);
    }

    #[test]
    fn time_reads_in_its_own_unit() {
        assert_eq!([600, 21_340, 5_001_000].map(took), ["600 µs", "21.3 ms", "5.0 s"]);
    }
}
