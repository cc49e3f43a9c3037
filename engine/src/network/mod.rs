//! The network: how a request finds its way, hop by hop, and why it does not.
//!
//! [`Network`] holds what kube-proxies, CoreDNS and the cloud have watched;
//! [`Network::route`] is a pure function of that, of who asks and of chance.
//! It never writes; each request leaves a [`Trace`].

mod dns;
mod route;
mod rules;

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::apiserver::Kinds;
use crate::process::{HttpResponse, NetError};
use crate::sim::{Delay, Random, Time};
use crate::store::{Change, Key};
use crate::value::{Str, Value};

pub use self::dns::Resolution;
pub use self::route::Arrival;

/// How long a change takes until every node's rules know it.
const SYNC_LATENCY: Delay = Delay::millis(40);

/// Who sends a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// A container of the Pod under this key.
    Pod(Key),
    /// A process on a node.
    Node(Str),
    /// A computer outside the cluster.
    Outside,
}

/// One step of a request's way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Hop {
    /// Who asks.
    Caller {
        /// Its name: a Pod, a node, or empty for the outside.
        name: String,
        /// Its address.
        address: String,
    },
    /// A name was looked up.
    Dns {
        /// The name as asked.
        name: String,
        /// The name that had an answer, after the search list.
        found: String,
        /// The addresses.
        addresses: Vec<String>,
    },
    /// A load balancer took the request.
    LoadBalancer {
        /// Its address.
        address: String,
        /// The Service it is for.
        service: String,
    },
    /// A node took the request on a port of its own.
    NodePort {
        /// The node.
        node: String,
        /// The port.
        port: u16,
    },
    /// The rules of a Service chose one of its endpoints.
    Service {
        /// Namespace and name.
        service: String,
        /// The rule's address and port.
        address: String,
        /// On which node it was chosen.
        node: String,
        /// The endpoints that were fit, in order.
        candidates: Vec<String>,
        /// Which of them was chosen.
        chosen: String,
    },
    /// The source address was replaced.
    Snat {
        /// What it was.
        from: String,
        /// What it became.
        to: String,
    },
    /// It reached a Pod.
    Pod {
        /// Namespace and name.
        pod: String,
        /// The node it runs on.
        node: String,
        /// Its address.
        address: String,
        /// The port.
        port: u16,
    },
    /// The server's answer.
    Answer {
        /// The HTTP status; 0 where no HTTP was spoken.
        status: u16,
    },
    /// It ended here without an answer.
    Failure {
        /// What the caller sees.
        error: NetError,
        /// The object responsible, as `Service/default/web`; empty if none is.
        object: String,
        /// The field responsible, as `spec.selector`; empty if none is.
        field: String,
    },
}

/// The way of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// Counts all requests from 1.
    pub id: u64,
    /// When it was sent.
    pub at: Time,
    /// How long it took.
    pub took: Delay,
    /// What was asked for, as `http://web:80/`.
    pub target: String,
    /// Its steps, in order.
    pub hops: Vec<Hop>,
}

impl Trace {
    /// Whether an answer came back.
    pub fn has_answer(&self) -> bool {
        matches!(self.hops.last(), Some(Hop::Answer { .. }))
    }

    /// The Pod that took it, as `namespace/name`, if one did.
    pub fn pod(&self) -> Option<&str> {
        self.hops.iter().rev().find_map(|hop| match hop {
            Hop::Pod { pod, .. } => Some(pod.as_str()),
            _ => None,
        })
    }
}

/// What a request brought back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The address that was connected to, if any.
    pub address: Option<String>,
    /// The answer, or what went wrong.
    pub result: Result<Option<HttpResponse>, NetError>,
    /// The way it took.
    pub trace: Trace,
}

/// A rule that lets traffic from outside reach ports of the nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirewallRule {
    /// Its name.
    pub name: String,
    /// The first and last port it opens.
    pub ports: Vec<(u16, u16)>,
}

/// What the network knows.
#[derive(Debug)]
pub struct Network {
    kinds: Kinds,
    inbox: VecDeque<(Time, Change)>,
    services: BTreeMap<Key, Value>,
    slices: BTreeMap<Key, Value>,
    pods: BTreeMap<Key, Value>,
    pods_by_ip: BTreeMap<String, Key>,
    nodes: BTreeMap<Str, Value>,
    has_firewall: bool,
    firewall: Vec<FirewallRule>,
    affinity: BTreeMap<(Key, String), (String, Time)>,
    random: Random,
    sent: u64,
}

impl Network {
    /// A network that has seen nothing. With a firewall, ports of the nodes
    /// are closed to the outside until a rule opens them.
    pub fn new(kinds: &Kinds, has_firewall: bool, random: Random) -> Self {
        Self {
            kinds: kinds.clone(),
            inbox: VecDeque::new(),
            services: BTreeMap::new(),
            slices: BTreeMap::new(),
            pods: BTreeMap::new(),
            pods_by_ip: BTreeMap::new(),
            nodes: BTreeMap::new(),
            has_firewall,
            firewall: Vec::new(),
            affinity: BTreeMap::new(),
            random,
            sent: 0,
        }
    }

    /// Takes in a change, to be seen a little later.
    pub fn deliver(&mut self, change: &Change) {
        let kinds =
            [self.kinds.service, self.kinds.endpoint_slice, self.kinds.pod, self.kinds.node];
        if kinds.contains(&change.key.kind) {
            self.inbox.push_back((change.at + SYNC_LATENCY, change.clone()));
        }
    }

    /// Sees the changes that have arrived by `now`. Nothing follows from them
    /// until a request comes, so nobody need be woken for them.
    fn catch_up(&mut self, now: Time) {
        while let Some((_, change)) = self.inbox.pop_front_if(|(at, _)| *at <= now) {
            self.see(&change);
        }
    }

    /// Keeps the inbox short while no requests come.
    pub fn settle(&mut self, now: Time) {
        if self.inbox.len() > 1_000 {
            self.catch_up(now);
        }
    }

    fn see(&mut self, change: &Change) {
        let kind = change.key.kind;
        if kind == self.kinds.node {
            match &change.new {
                Some(node) => self.nodes.insert(change.key.name.clone(), node.clone()),
                None => self.nodes.remove(&change.key.name),
            };
            return;
        }
        if kind == self.kinds.pod {
            self.see_pod(change);
            return;
        }
        let table = if kind == self.kinds.service { &mut self.services } else { &mut self.slices };
        match &change.new {
            Some(object) => table.insert(change.key.clone(), object.clone()),
            None => table.remove(&change.key),
        };
    }

    fn see_pod(&mut self, change: &Change) {
        if let Some(old) = self.pods.remove(&change.key) {
            let ip = old["status"]["podIP"].text();
            if self.pods_by_ip.get(ip) == Some(&change.key) {
                self.pods_by_ip.remove(ip);
            }
        }
        let Some(pod) = &change.new else { return };
        self.pods.insert(change.key.clone(), pod.clone());
        let ip = pod["status"]["podIP"].text();
        let own = !ip.is_empty() && !pod["spec"]["hostNetwork"].is_true();
        let over = matches!(pod["status"]["phase"].text(), "Succeeded" | "Failed");
        if own && !over {
            self.pods_by_ip.insert(ip.to_owned(), change.key.clone());
        }
    }

    /// The rules of the firewall.
    pub fn firewall(&self) -> &[FirewallRule] {
        &self.firewall
    }

    /// Whether there is a firewall at all.
    pub fn has_firewall(&self) -> bool {
        self.has_firewall
    }

    /// Adds a rule; `false` if there is one of the same name.
    pub fn open(&mut self, rule: FirewallRule) -> bool {
        let is_new = self.firewall.iter().all(|own| own.name != rule.name);
        if is_new {
            self.firewall.push(rule);
        }
        is_new
    }

    /// Removes a rule; `false` if there is none of that name.
    pub fn close(&mut self, name: &str) -> bool {
        let before = self.firewall.len();
        self.firewall.retain(|own| own.name != name);
        self.firewall.len() < before
    }

    fn lets_in(&self, port: u16) -> bool {
        let opens = |rule: &FirewallRule| {
            rule.ports.iter().any(|(first, last)| (*first..=*last).contains(&port))
        };
        !self.has_firewall || self.firewall.iter().any(opens)
    }

    fn address_of(&self, caller: &Caller) -> (String, String) {
        match caller {
            Caller::Pod(key) => {
                let ip = self.pods.get(key).map_or("", |pod| pod["status"]["podIP"].text());
                (format!("{}/{}", key.namespace, key.name), ip.to_owned())
            }
            Caller::Node(name) => (name.to_string(), self.node_ip(name).to_owned()),
            Caller::Outside => (String::new(), OUTSIDE.to_owned()),
        }
    }

    /// The node that a caller is on, if it is in the cluster.
    fn node_of(&self, caller: &Caller) -> Option<Str> {
        match caller {
            Caller::Pod(key) => self.pods.get(key)?["spec"]["nodeName"].as_shared().cloned(),
            Caller::Node(name) => Some(name.clone()),
            Caller::Outside => None,
        }
    }

    fn node_ip(&self, name: &str) -> &str {
        self.nodes.get(name).map_or("", |node| address(node, "InternalIP"))
    }
}

/// The address of everybody outside; from the range for documentation.
const OUTSIDE: &str = "203.0.113.7";

fn address<'a>(node: &'a Value, kind: &str) -> &'a str {
    let addresses = node["status"]["addresses"].items();
    let found = addresses.iter().find(|own| own["type"].text() == kind);
    found.map_or("", |own| own["address"].text())
}
