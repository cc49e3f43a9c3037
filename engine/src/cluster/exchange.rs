//! One request over the cluster's network, from its sender to an answer.
//!
//! Everything that asks for something over HTTP goes this one way: what is
//! typed in the terminal, processes of containers, generators of traffic.

use super::Cluster;
use crate::container::Answer;
use crate::network::{
    Arrival, Blame, Caller, Destination, Hop, Outcome, Reason, Trace, Way, gateway_page, world_page,
};
use crate::process::{HttpRequest, HttpResponse, NetError};
use crate::sim::Delay;
use crate::store::Key;
use crate::value;
use crate::value::Str;
use crate::wire::{Method, Request};

/// How many traces are kept.
const TRACES_MAX: usize = 1_000;
/// Where the API server listens on the control plane's node; the second is
/// the recorded cluster's.
const API_PORTS: [u16; 2] = [6_443, 16_443];
/// What the API server tells to everybody.
const PUBLIC: [&str; 5] = ["/healthz", "/livez", "/readyz", "/version", "/openid"];
/// Ports on which servers usually speak TLS.
const TLS_PORTS: [u16; 3] = [443, 8443, 9443];

/// Where an HTTP request goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Whether over TLS.
    pub tls: bool,
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
}

/// What a server answered, how long it took, and the Pod that it is in.
type Served = (Result<HttpResponse, NetError>, Delay, Option<Place>);

/// What came of a request, without its steps.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) address: Option<String>,
    pub(super) result: Result<HttpResponse, NetError>,
    /// How long it took, there and back.
    pub(super) took: Delay,
    /// Where it arrived, if at a Pod.
    pub(super) place: Option<Place>,
}

impl Cluster {
    /// Sends one HTTP request and gives what comes back, though it comes only
    /// after the trace's time.
    pub fn send(&mut self, caller: &Caller, to: &Server, request: &HttpRequest) -> Outcome {
        let mut way = Way::new(true);
        let exchange = self.exchange(caller, to, request, &mut way);
        let scheme = if to.tls { "https" } else { "http" };
        let target = format!("{scheme}://{}:{}{}", to.host, to.port, request.target);
        let trace = self.remember(target, exchange.took, way);
        Outcome { address: exchange.address, result: exchange.result, trace }
    }

    /// The same, with the steps written only where `way` keeps them.
    pub(super) fn exchange(
        &mut self,
        caller: &Caller,
        to: &Server,
        request: &HttpRequest,
        way: &mut Way,
    ) -> Exchange {
        let now = self.now();
        match self.network.find(caller, &to.host, now, way) {
            Err(error) => {
                Exchange { address: None, result: Err(error), took: way.took(), place: None }
            }
            Ok(address) => {
                let at = Destination { address, port: to.port, is_udp: false };
                self.exchange_at(caller, (&at, to.tls), request, way)
            }
        }
    }

    /// The same, where the address is known.
    pub(super) fn exchange_at(
        &mut self,
        caller: &Caller,
        (to, tls): (&Destination, bool),
        request: &HttpRequest,
        way: &mut Way,
    ) -> Exchange {
        let now = self.now();
        let arrival = self.network.route(caller, to, now, way);
        let (result, serving, place) = self.serve(arrival, request, tls, way);
        // There and back, and what the server took.
        let round = if result.is_ok() { way.took().times(2) } else { way.took() };
        Exchange { address: Some(to.address.clone()), result, took: round + serving, place }
    }

    /// Lets the server at the end of a way answer.
    fn serve(
        &mut self,
        arrival: Arrival,
        request: &HttpRequest,
        tls: bool,
        way: &mut Way,
    ) -> Served {
        let (response, took, blame) = match arrival {
            Arrival::Failed(error) => return (Err(error), Delay::ZERO, None),
            Arrival::Pod { key, node, port, client, chosen_by } => {
                let place = Place { key, node, port, client, chosen_by };
                let (result, took) = self.serve_pod(&place, request, tls, way);
                return (result, took, Some(place));
            }
            Arrival::Ingress { client } => return self.serve_ingress(request, &client, tls, way),
            Arrival::Answered(response, blame) => (response, Delay::micros(200), blame),
            Arrival::Node { node, port } => match self.serve_node(&node, port, request, tls) {
                Some(response) => (response, Delay::millis(1), None),
                None => return (Err(refuse_at_node(&node, port, way)), Delay::ZERO, None),
            },
            Arrival::World { address } => (world_page(&address), Delay::millis(20), None),
        };
        way.step(|| Hop::Answer { status: response.status, blame });
        (Ok(response), took, None)
    }

    /// What the Ingress controller makes of a request.
    fn serve_ingress(
        &mut self,
        request: &HttpRequest,
        client: &Str,
        tls: bool,
        way: &mut Way,
    ) -> Served {
        let now = self.now();
        let (arrival, passed) = self.network.route_ingress(request, (client, tls), now, way);
        let arrival = match arrival {
            // The controller cannot be led in a circle.
            Arrival::Ingress { .. } => Arrival::Failed(NetError::Refused),
            arrival => arrival,
        };
        let (result, took, place) = self.serve(arrival, &passed, false, way);
        let response = result.unwrap_or_else(|error| {
            let (status, reason) = match error {
                NetError::TimedOut => (504, "Gateway Time-out"),
                _ => (502, "Bad Gateway"),
            };
            way.step(|| Hop::Answer { status, blame: None });
            gateway_page(status, reason)
        });
        (Ok(response), took, place)
    }

    /// What a Pod answers on one of its ports.
    pub(super) fn serve_pod(
        &mut self,
        place: &Place,
        request: &HttpRequest,
        tls: bool,
        way: &mut Way,
    ) -> (Result<HttpResponse, NetError>, Delay) {
        let now = self.now();
        if tls && !TLS_PORTS.contains(&place.port) {
            return (Err(place.not_tls(way)), Delay::ZERO);
        }
        let kubelet = self.kubelets.get_mut(&place.node);
        let answer = kubelet.map_or(Answer::Refused, |mut kubelet| {
            kubelet.answer(&place.key, place.port, request, &place.client, &mut self.disks, now)
        });
        match answer {
            Answer::Response(response, took) => {
                way.step(|| Hop::Answer { status: response.status, blame: None });
                (Ok(response), took)
            }
            Answer::Refused => (Err(self.refuse_at_pod(place, way)), Delay::ZERO),
            Answer::Reset => {
                let blame =
                    || Blame::new(Reason::ConnectionReset).at(place.object(), "spec.containers");
                (Err(way.fail(NetError::Reset, blame)), Delay::ZERO)
            }
        }
    }

    /// Notes that nobody listens on a Pod's port, and who is to blame.
    pub(super) fn refuse_at_pod(&self, place: &Place, way: &mut Way) -> NetError {
        let kubelet = self.kubelets.get(&place.node);
        let ports = kubelet.and_then(|kubelet| kubelet.listening(&place.key, self.now()));
        way.fail(NetError::Refused, || match ports {
            None => Blame::new(Reason::PodEnded).at(place.object(), "status.containerStatuses"),
            Some(ports) => {
                let ports: Vec<String> = ports.iter().map(ToString::to_string).collect();
                let (object, field) = &place.chosen_by;
                Blame::new(Reason::PortClosed).at(object, field).detail(ports.join(","))
            }
        })
    }

    /// What a node's own servers answer: the API server's.
    fn serve_node(
        &mut self,
        node: &str,
        port: u16,
        request: &HttpRequest,
        tls: bool,
    ) -> Option<HttpResponse> {
        if !API_PORTS.contains(&port) || node != "controlplane" {
            return None;
        }
        if !tls {
            let text = "Client sent an HTTP request to an HTTPS server.\n";
            return Some(HttpResponse::text(400, text));
        }
        let is_public = PUBLIC.iter().any(|path| request.path().starts_with(path));
        let has_token = request.header("Authorization").is_some();
        if request.method != "GET" || !(is_public || has_token) {
            let verb = request.method.to_lowercase();
            let message = format!(
                "forbidden: User \"system:anonymous\" cannot {verb} path \"{}\"",
                request.path()
            );
            let status = value!({
                "kind": "Status",
                "apiVersion": "v1",
                "metadata": {},
                "status": "Failure",
                "message": message,
                "reason": "Forbidden",
                "details": {},
                "code": 403,
            });
            return Some(json(403, status.to_json_pretty(2)));
        }
        let response = self.api.handle(&Request {
            method: Method::Get,
            target: request.target.clone(),
            accept: "application/json".to_owned(),
            ..Request::default()
        });
        let text = String::from_utf8_lossy(response.bytes()).into_owned();
        Some(json(response.status, text))
    }

    /// Keeps the trace of a request.
    pub(super) fn remember(&mut self, target: String, took: Delay, way: Way) -> Trace {
        self.traffic.sent += 1;
        let hops = way.into_hops();
        let trace = Trace { id: self.traffic.sent, at: self.now(), took, target, hops };
        if self.traffic.traces.len() >= TRACES_MAX {
            self.traffic.traces.pop_front();
        }
        self.traffic.traces.push_back(trace.clone());
        trace
    }

    /// The ways of the requests made since this was last asked.
    pub fn take_traces(&mut self) -> Vec<Trace> {
        let taken = std::mem::replace(&mut self.traffic.taken, self.traffic.sent);
        self.traffic.traces.iter().filter(|trace| trace.id > taken).cloned().collect()
    }

    /// The way of the last request.
    pub fn last_trace(&self) -> Option<&Trace> {
        self.traffic.traces.back()
    }

    /// The way of one of the last thousand requests, by its number.
    pub fn trace(&self, id: u64) -> Option<&Trace> {
        self.traffic.traces.iter().rev().find(|trace| trace.id == id)
    }
}

/// Where a request has come to in a Pod.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) key: Key,
    pub(super) node: Str,
    pub(super) port: u16,
    pub(super) client: Str,
    pub(super) chosen_by: (String, String),
}

impl Place {
    pub(super) fn object(&self) -> String {
        format!("Pod/{}/{}", self.key.namespace, self.key.name)
    }

    fn not_tls(&self, way: &mut Way) -> NetError {
        let (object, field) = &self.chosen_by;
        way.fail(NetError::Tls, || {
            Blame::new(Reason::NotTls).at(object, field).detail(self.port.to_string())
        })
    }
}

/// Notes that nobody listens on a node's port.
pub(super) fn refuse_at_node(node: &str, port: u16, way: &mut Way) -> NetError {
    way.fail(NetError::Refused, || {
        Blame::new(Reason::PortClosed).at(format!("Node/{node}"), "").detail(port.to_string())
    })
}

fn json(status: u16, text: String) -> HttpResponse {
    let mut response = HttpResponse::text(status, text);
    response.headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
    response
}
