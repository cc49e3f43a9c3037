//! The way of a request in words: hop by hop, to the answer or to the object
//! and field that refused it.

use std::sync::Arc;

use leptos::prelude::*;
use podyard_engine::network::Hop;
use podyard_engine::process::NetError;
use podyard_engine::view::{Id, Request};

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
fn took(micros: i64) -> String {
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..1_000_000 => format!("{}.{} ms", micros / 1_000, micros / 100 % 10),
        _ => format!("{}.{} s", micros / 1_000_000, micros / 100_000 % 10),
    }
}

fn ending(hop: &Hop, say: Say) -> String {
    match hop {
        Hop::Answer { status: 0 } => say.now(Word::EndConnected).to_owned(),
        Hop::Answer { status } => format!("HTTP {status}"),
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
            Hop::Caller { .. } => ("dot", false),
            Hop::Dns { .. } => ("dns", false),
            Hop::LoadBalancer { .. } => ("balancer", false),
            Hop::NodePort { .. } => ("node", false),
            Hop::Service { .. } => ("service", false),
            Hop::Snat { .. } => ("reset", false),
            Hop::Pod { .. } => ("running", false),
            Hop::Answer { .. } => ("succeeded", false),
            Hop::Failure { .. } => ("failed", true),
        };
        let mend = mend_of(hop, &hops.get_value().hops);
        let (title, detail) = words(hop, say);
        view! {
            <li class="hop" data-testid="hop" data-failed=failed.to_string()>
                <Icon name=icon />
                <span class="hop__title">{title}</span>
                <span class="hop__detail">{detail}</span>
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
        <div class="command" data-testid="mend">
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
        Hop::Dns { name, found, addresses } => {
            let addresses = addresses.join(", ");
            (say.fill(Word::HopDns, &[name]), format!("{found} → {addresses}"))
        }
        Hop::LoadBalancer { address, service } => {
            (say.fill(Word::HopBalancer, &[address]), format!("Service {service}"))
        }
        Hop::NodePort { node, port } => (say.fill(Word::HopNodePort, &[node, port]), String::new()),
        Hop::Service { service, address, node, candidates, chosen } => (
            say.fill(Word::HopService, &[service, &candidates.len()]),
            format!("{address} → {chosen} · {node}"),
        ),
        Hop::Snat { from, to } => (say.now(Word::HopSnat).to_owned(), format!("{from} → {to}")),
        Hop::Pod { pod, node, address, port } => {
            (say.fill(Word::HopPod, &[pod]), format!("{address}:{port} · {node}"))
        }
        Hop::Answer { status: 0 } => (say.now(Word::EndConnected).to_owned(), String::new()),
        Hop::Answer { status } => (say.fill(Word::HopAnswer, &[status]), String::new()),
        Hop::Failure { error, object, field } => {
            let title = say.now(error_word(*error)).to_owned();
            (title, say.now(reason(*error, object, field)).to_owned())
        }
    }
}

/// Why it ended there: by what failed, the object and the field responsible.
fn reason(error: NetError, object: &str, field: &str) -> Word {
    match (object, field, error) {
        ("Firewall", _, _) => Word::WhyFirewall,
        (_, "spec.selector", _) => Word::WhySelector,
        (_, "spec.externalTrafficPolicy", _) => Word::WhyPolicy,
        ("", "spec.type", _) => Word::WhyNobody,
        (_, "spec.type", _) => Word::WhyInside,
        (_, "spec.ports", _) => Word::WhyPorts,
        (_, _, NetError::UnknownHost) => Word::WhyUnknownHost,
        (_, _, NetError::Refused) => Word::WhyRefused,
        (_, _, NetError::NoRoute) => Word::WhyNoRoute,
        (_, _, NetError::Reset) => Word::WhyReset,
        (_, _, NetError::Tls) => Word::WhyTls,
        (_, _, NetError::TimedOut | NetError::DnsTimeout) => Word::WhyNobody,
    }
}

/// The line that mends a failure, where one does.
fn mend_of(hop: &Hop, hops: &[Hop]) -> Option<String> {
    let Hop::Failure { object, field, .. } = hop else { return None };
    let service = || object.strip_prefix("Service/")?.split_once('/');
    let patch = |spec: &str| {
        let (namespace, name) = service()?;
        let place = crate::state::commands::in_namespace(namespace);
        Some(format!("kubectl patch service {name}{place} -p '{{\"spec\":{spec}}}'"))
    };
    match (object.as_str(), field.as_str()) {
        ("Firewall", _) => {
            let port = hops.iter().find_map(|hop| match hop {
                Hop::NodePort { port, .. } => Some(port.to_string()),
                _ => None,
            });
            let ports = port.unwrap_or_else(|| "30000-32767".to_owned());
            Some(format!("gcloud compute firewall-rules create node-ports --allow=tcp:{ports}"))
        }
        (_, "spec.type") => patch(r#"{"type":"NodePort"}"#),
        (_, "spec.externalTrafficPolicy") => patch(r#"{"externalTrafficPolicy":"Cluster"}"#),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(object: &str, field: &str, wanted: Option<&str>) {
        let (object, field) = (object.to_owned(), field.to_owned());
        let hop = Hop::Failure { error: NetError::TimedOut, object, field };
        assert_eq!(mend_of(&hop, &[]).as_deref(), wanted);
    }

    #[test]
    fn a_failure_names_the_line_that_mends_it() {
        let patch = r#"kubectl patch service web -n shop -p '{"spec":{"type":"NodePort"}}'"#;
        check("Service/shop/web", "spec.type", Some(patch));
        let open = "gcloud compute firewall-rules create node-ports --allow=tcp:30000-32767";
        check("Firewall", "", Some(open));
        check("", "", None);
    }

    #[test]
    fn time_reads_in_its_own_unit() {
        assert_eq!([600, 21_340, 5_001_000].map(took), ["600 µs", "21.3 ms", "5.0 s"]);
    }
}
