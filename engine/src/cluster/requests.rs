//! What processes want of the cluster's network, and their answers.

use std::collections::{BTreeMap, VecDeque};

use super::Cluster;
use super::exchange::{Place, Server, refuse_at_node};
use crate::kubelet::ProcessRequest;
use crate::network::{
    Arrival, Caller, Destination, FirewallRule, Hop, Query, Resolution, Trace, Way,
};
use crate::process::{NetAnswer, NetError, NetRequest, Record, RecordKind, Reply};
use crate::sim::{Delay, Time};
use crate::value::Str;

/// How long a name takes.
const QUICK: Delay = Delay::micros(700);
/// How long a client asks a DNS server that does not answer.
const DNS_PATIENCE: Delay = Delay::secs(10);

/// Answers on their way, and what has been seen.
#[derive(Debug, Clone, Default)]
pub(super) struct Traffic {
    answers: BTreeMap<(Time, u64), (Str, ProcessRequest, NetAnswer)>,
    asked: u64,
    /// How many requests have left a trace, and how many were taken.
    pub(super) sent: u64,
    pub(super) taken: u64,
    pub(super) traces: VecDeque<Trace>,
}

impl Traffic {
    /// When the next answer arrives.
    pub(super) fn next_wake(&self) -> Option<Time> {
        self.answers.first_key_value().map(|((at, _), _)| *at)
    }
}

impl Cluster {
    /// The firewall's rules; none where there is no firewall.
    pub fn firewall(&self) -> Option<&[FirewallRule]> {
        self.network.firewall()
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
        let requests = self.kubelets.get_mut(node).map(|mut kubelet| kubelet.take_requests());
        for request in requests.unwrap_or_default() {
            let caller = Caller::Pod(request.pod.clone());
            let (answer, took) = self.answer(&caller, &request.request);
            self.traffic.asked += 1;
            let place = (self.now() + took, self.traffic.asked);
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
            if let Some(mut kubelet) = self.kubelets.get_mut(&node) {
                kubelet.hand_over(&request, answer, &mut self.disks, now);
            }
            self.take_requests_of(&node);
        }
    }

    /// Carries out what a process wants of the network: the answer, and how
    /// long it takes to arrive.
    pub fn answer(&mut self, caller: &Caller, request: &NetRequest) -> (NetAnswer, Delay) {
        match request {
            NetRequest::Http { tls, host, port, request } => {
                let to = Server { tls: *tls, host: host.clone(), port: *port };
                let outcome = self.send(caller, &to, request);
                let reply = outcome.result.map(Reply::Http);
                let answer = NetAnswer { address: outcome.address, server: None, outcome: reply };
                (answer, outcome.trace.took)
            }
            NetRequest::Tcp { host, port, payload } => {
                self.connect_to(caller, host, (*port, false), payload)
            }
            NetRequest::Udp { host, port, payload } => {
                self.connect_to(caller, host, (*port, true), payload)
            }
            NetRequest::Ping { host } => self.ping(caller, host),
            NetRequest::Resolve { name, kind, server, search } => {
                let (server, search) = (server.as_deref(), *search);
                let query = Query { name, kind: *kind, server, search };
                let found = self.network.resolve(caller, &query, self.api.now());
                let is_late = found.found == Err(NetError::DnsTimeout);
                (records(found, *kind), if is_late { DNS_PATIENCE } else { QUICK })
            }
        }
    }

    /// Connects by TCP or sends a datagram, and hears the first answer.
    fn connect_to(
        &mut self,
        caller: &Caller,
        host: &str,
        (port, is_udp): (u16, bool),
        payload: &[u8],
    ) -> (NetAnswer, Delay) {
        let now = self.now();
        let mut way = Way::new(true);
        let (address, outcome) = match self.network.find(caller, host, now, &mut way) {
            Err(error) => (None, Err(error)),
            Ok(address) => {
                let to = Destination { address: address.clone(), port, is_udp };
                let arrival = self.network.route(caller, &to, now, &mut way);
                (Some(address), self.say(arrival, payload, is_udp, &mut way))
            }
        };
        let round = if outcome.is_ok() { way.took().times(2) } else { way.took() };
        if outcome.is_ok() {
            way.step(|| Hop::Answer { status: 0, blame: None });
        }
        let scheme = if is_udp { "udp" } else { "tcp" };
        self.remember(format!("{scheme}://{host}:{port}"), round, way);
        (NetAnswer { address, server: None, outcome: outcome.map(Reply::Connected) }, round)
    }

    fn say(
        &mut self,
        arrival: Arrival,
        payload: &[u8],
        is_udp: bool,
        way: &mut Way,
    ) -> Result<Vec<u8>, NetError> {
        let now = self.now();
        match arrival {
            // A datagram has left; whether somebody heard it is not told.
            Arrival::Pod { .. } if is_udp => Ok(Vec::new()),
            Arrival::Pod { key, node, port, client, chosen_by } => {
                let kubelet = self.kubelets.get_mut(&node);
                let said = kubelet.and_then(|mut kubelet| {
                    kubelet.converse(&key, port, payload, &mut self.disks, now)
                });
                let place = Place { key, node, port, client, chosen_by };
                said.ok_or_else(|| self.refuse_at_pod(&place, way))
            }
            Arrival::Node { node, port } => Err(refuse_at_node(&node, port, way)),
            Arrival::World { .. } | Arrival::Ingress { .. } | Arrival::Answered(..) => {
                Ok(Vec::new())
            }
            Arrival::Failed(error) => Err(error),
        }
    }

    fn ping(&mut self, caller: &Caller, host: &str) -> (NetAnswer, Delay) {
        let now = self.now();
        let mut way = Way::new(false);
        let found = self.network.find(caller, host, now, &mut way);
        let Ok(address) = found else {
            let outcome = found.map(|_| Reply::Pong(0));
            return (NetAnswer { address: None, server: None, outcome }, way.took());
        };
        let to = Destination { address: address.clone(), port: 0, is_udp: false };
        let arrival = self.network.route(caller, &to, now, &mut way);
        let round = way.took().times(2);
        let outcome = match arrival {
            // Cluster addresses answer no echo: there is nobody behind them.
            Arrival::Failed(_) => Err(NetError::TimedOut),
            _ => Ok(Reply::Pong(round.as_micros().max(60))),
        };
        (NetAnswer { address: Some(address), server: None, outcome }, round)
    }
}

/// An answer of DNS as programs get it.
fn records(found: Resolution, kind: RecordKind) -> NetAnswer {
    let of_kind = |own: &Record| own.kind == kind || own.kind == RecordKind::Cname;
    let outcome = found
        .found
        .map(|(_, records)| Reply::Records(records.into_iter().filter(of_kind).collect()));
    NetAnswer { address: None, server: Some(found.server), outcome }
}
