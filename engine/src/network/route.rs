//! From a host and a port to a container, or to the reason why not.
//!
//! Source: the chains that upstream `pkg/proxy/iptables/proxier.go` writes:
//! cluster addresses, node ports and external addresses go through a
//! Service's rules; what they do not catch goes where its address says.

use std::sync::Arc;

use super::resolver::{Query, is_address};
use super::rules::{Door, ServiceRules};
use super::trace::{Blame, Caller, Hop, Reason, Way};
use super::{Network, policy, world};
use crate::process::{HttpResponse, NetError, RecordKind};
use crate::sim::{Delay, Time};
use crate::store::Key;
use crate::value::{Str, Value};

/// Within a node, between nodes, and from outside: one way.
pub(super) const WITHIN: Delay = Delay::micros(100);
pub(super) const BETWEEN: Delay = Delay::micros(400);
const FROM_OUTSIDE: Delay = Delay::millis(10);
/// By how much of itself, in parts of 256, a way's time may vary.
const JITTER: i64 = 80;
/// How long a name takes.
const LOOKUP: Delay = Delay::micros(600);
/// How long a client waits for a DNS server that does not answer.
const DNS_PATIENCE: Delay = Delay::secs(10);
/// How long a client waits for nobody, as `curl` does by default.
const PATIENCE: Delay = Delay::secs(130);
/// How long it takes to learn that nobody on the network has an address.
const NO_ROUTE: Delay = Delay::secs(3);
/// What the kubelet listens on.
const KUBELET_PORT: u16 = 10_250;

/// Where a request arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrival {
    /// At a Pod.
    Pod {
        /// The Pod.
        key: Key,
        /// The node it runs on.
        node: Str,
        /// The port.
        port: u16,
        /// The address that its server sees.
        client: Str,
        /// The object and field that chose the port.
        chosen_by: (String, String),
    },
    /// At a node itself, on a port of its own network.
    Node {
        /// The node.
        node: Str,
        /// The port.
        port: u16,
    },
    /// At the Ingress controller, which has yet to look at the request.
    Ingress {
        /// The address that it sees.
        client: Str,
    },
    /// At a kube-proxy or the Ingress controller, which answers by itself.
    Answered(HttpResponse, Option<Blame>),
    /// At a server of the outside world.
    World {
        /// Its address.
        address: String,
    },
    /// Nowhere.
    Failed(NetError),
}

/// A connection on its way.
pub(super) struct Packet<'a> {
    pub(super) caller: &'a Caller,
    /// The source address now, and before it was replaced.
    pub(super) source: Str,
    /// The sender, as long as its address tells who it is.
    pub(super) pod: Option<(Key, Value)>,
    /// The node that it is on, or that it has come to.
    pub(super) node: Str,
    /// The node that replaced the source address.
    pub(super) masked_by: Option<Str>,
    pub(super) is_udp: bool,
}

/// A destination whose name has been looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// Its address.
    pub address: String,
    /// The port.
    pub port: u16,
    /// Whether datagrams go there.
    pub is_udp: bool,
}

impl Network {
    /// Looks up the address of `host`.
    pub fn find(
        &mut self,
        caller: &Caller,
        host: &str,
        now: Time,
        way: &mut Way,
    ) -> Result<String, NetError> {
        way.step(|| self.introduce(caller));
        if is_address(host) {
            return Ok(host.to_owned());
        }
        way.took = way.took + LOOKUP;
        let query = Query { name: host, kind: RecordKind::A, server: None, search: true };
        let answer = self.resolve(caller, &query, now);
        let addresses = answer.data(RecordKind::A);
        let error = answer.found.as_ref().err().copied().unwrap_or(NetError::UnknownHost);
        // Those of a headless Service come in turns.
        let Some(address) = self.random.choose(&addresses).cloned() else {
            if error == NetError::DnsTimeout {
                way.took = way.took + DNS_PATIENCE;
            }
            return Err(way.fail(error, || self.blame_name(caller, host, error, now)));
        };
        way.step(|| {
            let aliases = answer.data(RecordKind::Cname);
            let found = answer.found.map(|(name, _)| name).unwrap_or_default();
            Hop::Dns { name: host.to_owned(), tried: answer.tried, found, aliases, addresses }
        });
        Ok(address)
    }

    /// The step that says who asks.
    pub fn introduce(&self, caller: &Caller) -> Hop {
        Hop::Caller { name: caller.name(), address: self.address_of(caller).to_string() }
    }

    /// Finds the way of a connection from `caller`.
    pub fn route(
        &mut self,
        caller: &Caller,
        to: &Destination,
        now: Time,
        way: &mut Way,
    ) -> Arrival {
        let mut packet = Packet {
            caller,
            source: self.address_of(caller),
            pod: match caller {
                Caller::Pod(key) => {
                    self.pods.get_key_value(key).map(|(key, pod)| (key.clone(), pod.clone()))
                }
                Caller::Node(_) | Caller::Outside => None,
            },
            node: self.node_of(caller).unwrap_or_default(),
            masked_by: None,
            is_udp: to.is_udp,
        };
        if *caller == Caller::Outside {
            way.took = way.took + self.jittered(FROM_OUTSIDE);
        }
        let arrival = match caller {
            Caller::Outside => self.start_outside(&mut packet, to, now, way),
            _ => self.start_inside(&mut packet, to, now, way),
        };
        match arrival {
            Arrival::Failed(NetError::TimedOut) => way.took = way.took + PATIENCE,
            Arrival::Failed(NetError::NoRoute) => way.took = way.took + NO_ROUTE,
            _ => {}
        }
        arrival
    }

    pub(super) fn jittered(&mut self, delay: Delay) -> Delay {
        let most = u64::try_from(delay.as_micros() * JITTER / 256).unwrap_or_default();
        delay + Delay::micros(i64::try_from(self.random.below(most)).unwrap_or_default())
    }

    fn start_inside(
        &mut self,
        packet: &mut Packet<'_>,
        to: &Destination,
        now: Time,
        way: &mut Way,
    ) -> Arrival {
        if to.address.starts_with("127.") {
            return self.loop_back(packet, to, way);
        }
        let seen = self.proxies.seen_by(&packet.node, now);
        if let Some((rules, port)) = self.proxies.at_address(&to.address, to.port, seen) {
            let rules = Arc::clone(rules);
            let own = rules.service["spec"]["clusterIPs"].items();
            let is_cluster_ip = own.iter().any(|ip| ip.text() == to.address);
            let door = if is_cluster_ip { Door::ClusterIp } else { Door::ExternalFromInside };
            return self.through_service(packet, (&rules, port), door, now, way);
        }
        if let Some(rules) = self.proxies.owner(&to.address, seen) {
            // The address is a Service's, but no port of it: rejected by rule.
            let blame = no_such_port(rules, to.port);
            return Arrival::Failed(way.fail(NetError::Refused, || blame));
        }
        if let Some(arrival) = self.at_ingress(packet, to, way) {
            return arrival;
        }
        if let Some(key) = self.pods_by_ip.get(to.address.as_str()).cloned() {
            let field = (format!("Pod/{}/{}", key.namespace, key.name), "spec.containers".into());
            return self.reach_pod(packet, &key, to.port, field, way);
        }
        if let Some(node) = self.nodes_by_ip.get(to.address.as_str()).cloned() {
            return self.at_node(packet, &node, to.port, now, way);
        }
        if super::is_inside(&to.address) {
            let blame = Blame::new(Reason::NobodyThere).detail(&*to.address);
            return Arrival::Failed(way.fail(NetError::NoRoute, || blame));
        }
        self.leave_cluster(packet, to, way)
    }

    pub(super) fn leave_cluster(
        &mut self,
        packet: &mut Packet<'_>,
        to: &Destination,
        way: &mut Way,
    ) -> Arrival {
        if let Err(failed) = self.may_leave(packet, &to.address, None, to.port, way) {
            return failed;
        }
        if packet.pod.is_some() {
            self.mask(packet, way);
        }
        way.took = way.took + self.jittered(FROM_OUTSIDE);
        self.find_in_world(to, way)
    }

    fn find_in_world(&self, to: &Destination, way: &mut Way) -> Arrival {
        if world::name_at(&to.address).is_some() && matches!(to.port, 0 | 80 | 443) {
            return Arrival::World { address: to.address.clone() };
        }
        let seen = self.proxies.owner(&to.address, Time::from_micros(i64::MAX));
        let blame = match seen {
            // Cluster addresses mean nothing outside.
            Some(rules) => Blame::new(Reason::InsideOnly)
                .at(format!("Service/{}", rules.name), "spec.type")
                .detail(rules.service["spec"]["type"].text()),
            None => match self.pods_by_ip.get(to.address.as_str()) {
                Some(key) => Blame::new(Reason::InsideOnly)
                    .at(format!("Pod/{}/{}", key.namespace, key.name), "status.podIP"),
                None => Blame::new(Reason::NobodyThere).detail(&*to.address),
            },
        };
        Arrival::Failed(way.fail(NetError::TimedOut, || blame))
    }

    /// A connection to the caller's own host.
    fn loop_back(&mut self, packet: &Packet<'_>, to: &Destination, way: &mut Way) -> Arrival {
        way.took = way.took + self.jittered(WITHIN);
        match packet.caller {
            Caller::Pod(key) => {
                let object = format!("Pod/{}/{}", key.namespace, key.name);
                Arrival::Pod {
                    key: key.clone(),
                    node: packet.node.clone(),
                    port: to.port,
                    client: "127.0.0.1".into(),
                    chosen_by: (object, "spec.containers".to_owned()),
                }
            }
            _ => Arrival::Node { node: packet.node.clone(), port: to.port },
        }
    }

    fn start_outside(
        &mut self,
        packet: &mut Packet<'_>,
        to: &Destination,
        now: Time,
        way: &mut Way,
    ) -> Arrival {
        if let Some((rules, port)) = self.proxies.at_balancer(&to.address, to.port, now) {
            let rules = Arc::clone(rules);
            return self.balance(packet, (&rules, port), to, now, way);
        }
        if let Some(arrival) = self.at_ingress(packet, to, way) {
            return arrival;
        }
        if let Some(node) = self.nodes_by_ip.get(to.address.as_str()).cloned() {
            if let Err(blame) = self.firewall.check(&node, to.port) {
                return Arrival::Failed(way.fail(NetError::TimedOut, || blame));
            }
            way.step(|| Hop::Firewall { rule: self.firewall.opener(to.port) });
            let seen = self.proxies.seen_by(&node, now);
            if let Some((rules, port)) = self.proxies.at_address(&to.address, to.port, seen) {
                let rules = Arc::clone(rules);
                packet.node = node;
                return self.through_service(packet, (&rules, port), Door::External, now, way);
            }
            return self.at_node(packet, &node, to.port, now, way);
        }
        self.find_in_world(to, way)
    }

    /// A load balancer sends a connection to one of the nodes it finds well.
    fn balance(
        &mut self,
        packet: &mut Packet<'_>,
        (rules, port): (&Arc<ServiceRules>, usize),
        to: &Destination,
        now: Time,
        way: &mut Way,
    ) -> Arrival {
        let nodes = self.balanced_nodes(rules, now);
        way.step(|| Hop::LoadBalancer {
            address: to.address.clone(),
            service: rules.name.clone(),
            nodes: nodes.iter().map(ToString::to_string).collect(),
        });
        let object = || format!("Service/{}", rules.name);
        let source = crate::api::ip::parse(&packet.source);
        let ranges = &rules.source_ranges;
        let allowed = ranges.is_empty()
            || source.is_some_and(|source| ranges.iter().any(|range| range.contains(source)));
        if !allowed {
            let blame = Blame::new(Reason::SourceNotAllowed)
                .at(object(), "spec.loadBalancerSourceRanges")
                .detail(&*packet.source);
            return Arrival::Failed(way.fail(NetError::TimedOut, || blame));
        }
        let Some(node) = self.random.choose(&nodes).cloned() else {
            let blame = self.why_no_endpoints(rules, port, Door::External, "");
            return Arrival::Failed(way.fail(NetError::TimedOut, || blame));
        };
        if super::balancer::is_proxy(&rules.service) {
            let to: Str = world::PROXY.into();
            way.step(|| Hop::Snat { from: packet.source.to_string(), to: to.to_string() });
            packet.source = to;
        }
        if let Some(port) = rules.ports.get(port).and_then(|port| port.node_port) {
            way.step(|| Hop::NodePort { node: node.to_string(), port });
        }
        packet.node = node;
        self.through_service(packet, (rules, port), Door::External, now, way)
    }

    /// A connection to one of a node's own ports.
    fn at_node(
        &mut self,
        packet: &mut Packet<'_>,
        node: &Str,
        port: u16,
        now: Time,
        way: &mut Way,
    ) -> Arrival {
        if self.down.contains(node) {
            let blame =
                Blame::new(Reason::NodeDown).at(format!("Node/{node}"), "status.conditions");
            return Arrival::Failed(way.fail(NetError::TimedOut, || blame));
        }
        if let Err(failed) = self.may_leave(packet, self.node_ip(node), None, port, way) {
            return failed;
        }
        let seen = self.proxies.seen_by(node, now);
        if let Some((rules, index)) = self.proxies.at_node_port(port, seen) {
            let rules = Arc::clone(rules);
            way.step(|| Hop::NodePort { node: node.to_string(), port });
            // From inside, a node port is short for the Service's own address.
            let inside = *packet.caller != Caller::Outside;
            let door = if inside { Door::ExternalFromInside } else { Door::External };
            packet.node = node.clone();
            return self.through_service(packet, (&rules, index), door, now, way);
        }
        if let Some(rules) = self.proxies.at_health_port(port, seen) {
            return Arrival::Answered(super::balancer::answer(rules, node), None);
        }
        let on_host = self.host_pods.get(&(node.clone(), port)).cloned();
        if let Some(key) = on_host.filter(|_| port != KUBELET_PORT) {
            let object = format!("Pod/{}/{}", key.namespace, key.name);
            let target = self.host_port_target(&key, port);
            let field = (object, "spec.containers".to_owned());
            return self.reach_pod(packet, &key, target, field, way);
        }
        Arrival::Node { node: node.clone(), port }
    }
}

impl Packet<'_> {
    /// The source address as it is now.
    pub(super) fn source(&self) -> Str {
        self.source.clone()
    }

    pub(super) fn port<'a>(&self, number: u16, of: Option<&'a Value>) -> policy::Port<'a> {
        policy::Port { protocol: if self.is_udp { "UDP" } else { "TCP" }, number, of }
    }
}

pub(super) fn no_such_port(rules: &ServiceRules, port: u16) -> Blame {
    Blame::new(Reason::NoSuchPort)
        .at(format!("Service/{}", rules.name), "spec.ports")
        .detail(port.to_string())
}
