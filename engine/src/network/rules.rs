//! What a kube-proxy makes of Services: which endpoints may take a connection.
//!
//! Source: upstream `pkg/proxy` (`topology.go`, `serviceport.go`): endpoints
//! that are ready, else those that still serve while they terminate; local
//! ones only where a policy says so; those of the node's zone where every
//! endpoint has a hint.

use super::world::balancer_address;
use crate::api::ip::Cidr;
use crate::sim::Delay;
use crate::store::Key;
use crate::value::{Str, Value};

/// How a connection came to a Service's rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    /// Its cluster address.
    ClusterIp,
    /// A port of a node, an external address or a load balancer, from outside.
    External,
    /// The same from inside, where `externalTrafficPolicy` does not bind.
    ExternalFromInside,
}

/// A Service as rules.
#[derive(Debug)]
pub(super) struct ServiceRules {
    pub(super) key: Key,
    /// Namespace and name, as `default/web`.
    pub(super) name: String,
    pub(super) service: Value,
    /// Every address by which it is reached.
    pub(super) addresses: Vec<Str>,
    pub(super) ports: Vec<PortRules>,
    pub(super) affinity: Option<Delay>,
    pub(super) source_ranges: Vec<Cidr>,
    internal_local: bool,
    external_local: bool,
}

/// One port of a Service and the endpoints behind it.
#[derive(Debug)]
pub(super) struct PortRules {
    pub(super) port: u16,
    pub(super) node_port: Option<u16>,
    pub(super) is_udp: bool,
    ready: Vec<Target>,
    serving: Vec<Target>,
    is_hinted: bool,
}

/// An endpoint: address, port, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) address: Str,
    pub(super) port: u16,
    pub(super) node: Str,
    zones: Vec<Str>,
}

/// From where a connection looks at the endpoints.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standpoint<'a> {
    pub(super) node: &'a str,
    pub(super) zone: &'a str,
    pub(super) door: Door,
}

impl ServiceRules {
    /// The rules for a Service with its slices.
    pub(super) fn new<'a>(
        key: &Key,
        service: &Value,
        slices: impl Iterator<Item = &'a Value> + Clone,
    ) -> Self {
        let spec = &service["spec"];
        let ranges = spec["loadBalancerSourceRanges"].items().iter();
        let ports = spec["ports"].items().iter();
        Self {
            key: key.clone(),
            name: format!("{}/{}", key.namespace, key.name),
            addresses: addresses(service).collect(),
            ports: ports.map(|port| PortRules::new(port, slices.clone())).collect(),
            affinity: affinity_of(service),
            source_ranges: ranges.filter_map(|range| Cidr::parse(range.text())).collect(),
            internal_local: spec["internalTrafficPolicy"].text() == "Local",
            external_local: spec["externalTrafficPolicy"].text() == "Local",
            service: service.clone(),
        }
    }

    /// Which of its ports this is.
    pub(super) fn port(&self, port: u16) -> Option<usize> {
        self.ports.iter().position(|own| own.port == port)
    }

    /// Which of its ports has this port of the nodes.
    pub(super) fn node_port(&self, port: u16) -> Option<usize> {
        self.ports.iter().position(|own| own.node_port == Some(port))
    }

    /// Whether connections that come in by `door` stay on their node.
    pub(super) fn is_local(&self, door: Door) -> bool {
        match door {
            Door::ClusterIp => self.internal_local,
            Door::External => self.external_local,
            Door::ExternalFromInside => false,
        }
    }

    /// Whether the client's address is kept.
    pub(super) fn keeps_source(&self, door: Door) -> bool {
        door == Door::ClusterIp || (door == Door::External && self.external_local)
    }

    /// The endpoints on a node that an external connection may go to.
    pub(super) fn local_count(&self, node: &str) -> usize {
        let count =
            |port: &PortRules| port.ready.iter().filter(|target| &*target.node == node).count();
        self.ports.iter().map(count).max().unwrap_or_default()
    }

    /// Whether one of its ports has an endpoint at all.
    pub(super) fn has_endpoints(&self, port: usize) -> bool {
        self.ports.get(port).is_some_and(|port| !port.ready.is_empty() || !port.serving.is_empty())
    }

    /// The fit endpoints of one port, in order.
    pub(super) fn candidates<'a>(
        &'a self,
        port: &'a PortRules,
        from: Standpoint<'a>,
    ) -> impl Iterator<Item = &'a Target> + Clone {
        let local = self.is_local(from.door);
        let near = !local && port.is_hinted && port.has_zone(from.zone);
        let fits = move |target: &&Target| {
            (!local || *target.node == *from.node)
                && (!near || target.zones.iter().any(|zone| **zone == *from.zone))
        };
        let list =
            if port.ready.iter().any(|target| fits(&target)) { &port.ready } else { &port.serving };
        list.iter().filter(fits)
    }
}

impl PortRules {
    fn new<'a>(port: &Value, slices: impl Iterator<Item = &'a Value>) -> Self {
        let number = |value: &Value| u16::try_from(value.int()).ok().filter(|port| *port > 0);
        let mut own = Self {
            port: number(&port["port"]).unwrap_or_default(),
            node_port: number(&port["nodePort"]),
            is_udp: port["protocol"].text() == "UDP",
            ready: Vec::new(),
            serving: Vec::new(),
            is_hinted: false,
        };
        let name = port["name"].text();
        for slice in slices {
            let named = |port: &&Value| port["name"].text() == name;
            let Some(target) = slice["ports"].items().iter().find(named) else { continue };
            for endpoint in slice["endpoints"].items() {
                own.add(endpoint, number(&target["port"]).unwrap_or_default());
            }
        }
        own.is_hinted = !own.ready.is_empty() && own.ready.iter().all(|own| !own.zones.is_empty());
        own
    }

    fn add(&mut self, endpoint: &Value, port: u16) {
        let conditions = &endpoint["conditions"];
        let list = if conditions["ready"].as_bool() != Some(false) {
            &mut self.ready
        } else if conditions["serving"].is_true() && conditions["terminating"].is_true() {
            &mut self.serving
        } else {
            return;
        };
        let zones = endpoint["hints"]["forZones"].items().iter();
        list.push(Target {
            address: endpoint["addresses"][0].as_shared().cloned().unwrap_or_default(),
            port,
            node: endpoint["nodeName"].as_shared().cloned().unwrap_or_default(),
            zones: zones.filter_map(|zone| zone["name"].as_shared().cloned()).collect(),
        });
    }

    fn has_zone(&self, zone: &str) -> bool {
        self.ready.iter().any(|target| target.zones.iter().any(|own| **own == *zone))
    }
}

/// Every address by which a Service is reached.
pub(super) fn addresses(service: &Value) -> impl Iterator<Item = Str> {
    let spec = &service["spec"];
    let texts = spec["clusterIPs"].items().iter().chain(spec["externalIPs"].items());
    texts
        .filter_map(|ip| ip.as_shared().cloned())
        .filter(|ip| &**ip != "None")
        .chain(points(service).filter_map(balancer_address))
}

/// The points at which a load balancer takes requests for an object.
pub(super) fn points(object: &Value) -> impl Iterator<Item = &Value> {
    object.at(&["status", "loadBalancer", "ingress"]).items().iter()
}

/// How long a Service keeps a client with its endpoint, if it does.
fn affinity_of(service: &Value) -> Option<Delay> {
    let spec = &service["spec"];
    (spec["sessionAffinity"].text() == "ClientIP").then(|| {
        let secs = spec["sessionAffinityConfig"]["clientIP"]["timeoutSeconds"].as_int();
        Delay::secs(secs.unwrap_or(10_800))
    })
}
