//! Requests over the cluster's network: from containers and from outside.

use std::collections::{BTreeMap, VecDeque};

use super::Cluster;
use crate::container::Answer;
use crate::kubelet::{Kubelet, ProcessRequest};
use crate::network::{Arrival, Caller, FirewallRule, Hop, Outcome, Trace};
use crate::process::{
    HttpRequest, HttpResponse, NetAnswer, NetError, NetRequest, Record, RecordKind, Reply,
};
use crate::sim::{Delay, Time};
use crate::store::Key;
use crate::value::Str;

/// How many traces are kept until somebody takes them.
const TRACES_MAX: usize = 1_000;
/// The cluster's DNS server, as answers name it.
const DNS_SERVER: &str = "10.96.0.10";
/// How long a name or an echo takes.
const QUICK: Delay = Delay::micros(700);

/// Answers on their way, and what has been seen.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    answers: BTreeMap<(Time, u64), (Str, ProcessRequest, NetAnswer)>,
    sent: u64,
    traces: VecDeque<Trace>,
}

impl Traffic {
    /// When the next answer arrives.
    pub(super) fn next_wake(&self) -> Option<Time> {
        self.answers.first_key_value().map(|((at, _), _)| *at)
    }
}

impl Cluster {
    /// Sends one HTTP request and gives what comes back, though it comes only
    /// after the trace's time.
    pub fn send(
        &mut self,
        caller: &Caller,
        host: &str,
        port: u16,
        request: &HttpRequest,
    ) -> Outcome {
        let now = self.now();
        let (mut trace, address, arrival) = self.network.route(caller, host, port, now);
        let result = match arrival {
            Arrival::Pod { key, node, port, client } => {
                self.deliver_request(&key, &node, port, request, &client, &mut trace)
            }
            Arrival::Node { .. } => Err(refuse(&mut trace)),
            Arrival::World { .. } => {
                trace.hops.push(Hop::Answer { status: 200 });
                Ok(HttpResponse::text(200, format!("A page of {host}.\n")))
            }
            Arrival::Failed(error) => Err(error),
        };
        self.remember(trace.clone());
        Outcome { address, result: result.map(Some), trace }
    }

    fn deliver_request(
        &mut self,
        key: &Key,
        node: &Str,
        port: u16,
        request: &HttpRequest,
        client: &str,
        trace: &mut Trace,
    ) -> Result<HttpResponse, NetError> {
        let now = self.now();
        let Some(kubelet) = self.kubelets.get_mut(node) else { return Err(refuse(trace)) };
        match kubelet.answer(key, port, request, client, now) {
            Answer::Response(response, took) => {
                // There and back, and what the server took.
                trace.took = trace.took.times(2) + took;
                trace.hops.push(Hop::Answer { status: response.status });
                Ok(response)
            }
            Answer::Refused => {
                let object = format!("Pod/{}/{}", key.namespace, key.name);
                let error = NetError::Refused;
                trace.hops.push(Hop::Failure {
                    error,
                    object,
                    field: "spec.containers".to_owned(),
                });
                Err(error)
            }
            Answer::Reset => {
                let object = format!("Pod/{}/{}", key.namespace, key.name);
                let error = NetError::Reset;
                trace.hops.push(Hop::Failure { error, object, field: String::new() });
                Err(error)
            }
        }
    }

    fn remember(&mut self, trace: Trace) {
        if self.traffic.traces.len() >= TRACES_MAX {
            self.traffic.traces.pop_front();
        }
        self.traffic.traces.push_back(trace);
    }

    /// The ways of the requests made since this was last asked.
    pub fn take_traces(&mut self) -> Vec<Trace> {
        std::mem::take(&mut self.traffic.traces).into()
    }

    /// The firewall's rules; none where there is no firewall.
    pub fn firewall(&self) -> Option<&[FirewallRule]> {
        self.network.has_firewall().then(|| self.network.firewall())
    }

    /// Opens ports of the nodes; `false` if the rule's name is taken.
    pub fn open_firewall(&mut self, rule: FirewallRule) -> bool {
        self.network.open(rule)
    }

    /// Takes a rule away; `false` if there is none of that name.
    pub fn close_firewall(&mut self, name: &str) -> bool {
        self.network.close(name)
    }

    /// Looks at what the containers of `node` want of the network.
    pub(super) fn take_requests_of(&mut self, node: &Str) {
        let requests = self.kubelets.get_mut(node).map(Kubelet::take_requests);
        for request in requests.unwrap_or_default() {
            let caller = Caller::Pod(request.pod.clone());
            let (answer, took) = self.answer(&caller, &request.request);
            self.traffic.sent += 1;
            let place = (self.now() + took, self.traffic.sent);
            self.traffic.answers.insert(place, (node.clone(), request, answer));
        }
    }

    /// Hands over the answers that arrive now.
    pub(super) fn hand_over_answers(&mut self) {
        let now = self.now();
        while let Some(entry) = self.traffic.answers.first_entry() {
            if entry.key().0 > now {
                return;
            }
            let (node, request, answer) = entry.remove();
            if let Some(kubelet) = self.kubelets.get_mut(&node) {
                kubelet.hand_over(&request, answer, now);
            }
            self.take_requests_of(&node);
        }
    }

    /// Carries out what a process wants of the network: the answer, and how
    /// long it takes to arrive.
    pub fn answer(&mut self, caller: &Caller, request: &NetRequest) -> (NetAnswer, Delay) {
        match request {
            NetRequest::Http { tls, host, port, request } => {
                let outcome = self.send(caller, host, *port, request);
                let took = outcome.trace.took;
                let outcome_reply = match outcome.result {
                    Ok(_) if *tls && *port != 443 => Err(NetError::Tls),
                    Ok(response) => {
                        Ok(Reply::Http(response.unwrap_or_else(|| HttpResponse::text(200, ""))))
                    }
                    Err(error) => Err(error),
                };
                (NetAnswer { address: outcome.address, server: None, outcome: outcome_reply }, took)
            }
            NetRequest::Tcp { host, port, payload } => self.converse(caller, host, *port, payload),
            NetRequest::Udp { host, port, .. } => {
                let (trace, address, arrival) =
                    self.network.route(caller, host, *port, self.api.now());
                let outcome = match arrival {
                    Arrival::Failed(error) => Err(error),
                    _ => Ok(Reply::Connected(Vec::new())),
                };
                (NetAnswer { address, server: None, outcome }, trace.took)
            }
            NetRequest::Ping { host } => {
                let (trace, address, arrival) = self.network.route(caller, host, 0, self.api.now());
                let outcome = match arrival {
                    // Cluster addresses answer no echo: there is nobody behind them.
                    Arrival::Failed(NetError::UnknownHost) => Err(NetError::UnknownHost),
                    Arrival::Failed(_) => Err(NetError::TimedOut),
                    _ => Ok(Reply::Pong(trace.took.as_micros().max(60) * 2)),
                };
                (NetAnswer { address, server: None, outcome }, trace.took.times(2))
            }
            NetRequest::Resolve { name, kind, .. } => (self.look_up(caller, name, *kind), QUICK),
        }
    }

    fn converse(
        &mut self,
        caller: &Caller,
        host: &str,
        port: u16,
        payload: &[u8],
    ) -> (NetAnswer, Delay) {
        let now = self.now();
        let (mut trace, address, arrival) = self.network.route(caller, host, port, now);
        let outcome = match arrival {
            Arrival::Pod { key, node, port, .. } => {
                let kubelet = self.kubelets.get_mut(&node);
                let said = kubelet.and_then(|kubelet| kubelet.converse(&key, port, payload, now));
                said.map(Reply::Connected).ok_or_else(|| refuse(&mut trace))
            }
            Arrival::Node { .. } => Err(refuse(&mut trace)),
            Arrival::World { .. } => Ok(Reply::Connected(Vec::new())),
            Arrival::Failed(error) => Err(error),
        };
        let took = trace.took.times(2);
        if outcome.is_ok() {
            trace.hops.push(Hop::Answer { status: 0 });
        }
        self.remember(trace);
        (NetAnswer { address, server: None, outcome }, took)
    }

    fn look_up(&mut self, caller: &Caller, name: &str, kind: RecordKind) -> NetAnswer {
        self.network.settle(self.api.now());
        let found = self.network.resolve(caller, name);
        let outcome = found.ok_or(NetError::UnknownHost).map(|found| {
            let record = |name: &str, kind, data: &str| Record {
                name: name.to_owned(),
                kind,
                data: data.to_owned(),
                ttl: 30,
            };
            let mut records = Vec::new();
            let mut name = found.found.clone();
            for alias in &found.aliases {
                records.push(record(&name, RecordKind::Cname, alias));
                name.clone_from(alias);
            }
            if kind == RecordKind::A {
                let addresses = found.addresses.iter();
                records.extend(addresses.map(|own| record(&name, RecordKind::A, own)));
            }
            Reply::Records(records)
        });
        NetAnswer { address: None, server: Some(DNS_SERVER.to_owned()), outcome }
    }
}

/// Notes that nobody listens, and says so.
fn refuse(trace: &mut Trace) -> NetError {
    let error = NetError::Refused;
    trace.hops.push(Hop::Failure { error, object: String::new(), field: String::new() });
    error
}
