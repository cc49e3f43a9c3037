//! From a host and a port to a container, or to the reason why not.

use super::rules::{Door, Entry, Target, affinity_of};
use super::{Caller, Hop, Network, Trace, address};
use crate::process::NetError;
use crate::sim::{Delay, Time};
use crate::store::Key;
use crate::value::Str;

/// Within a node, between nodes, and from outside: one way.
const WITHIN: Delay = Delay::micros(100);
const BETWEEN: Delay = Delay::micros(400);
const FROM_OUTSIDE: Delay = Delay::millis(10);
/// How long a name takes.
const LOOKUP: Delay = Delay::micros(600);
/// How long a client waits for nobody, as `curl` does by default.
const PATIENCE: Delay = Delay::secs(130);

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
        client: String,
    },
    /// At a node itself, on a port of its own network.
    Node {
        /// The node.
        node: Str,
        /// The port.
        port: u16,
        /// The address that its server sees.
        client: String,
    },
    /// At a server of the outside world.
    World {
        /// Its address.
        address: String,
    },
    /// Nowhere.
    Failed(NetError),
}

impl Network {
    /// Finds the way of a connection from `caller` to `host` and `port`.
    pub fn route(
        &mut self,
        caller: &Caller,
        host: &str,
        port: u16,
        now: Time,
    ) -> (Trace, Option<String>, Arrival) {
        self.catch_up(now);
        self.sent += 1;
        let (name, from) = self.address_of(caller);
        let mut way = Way {
            hops: vec![Hop::Caller { name, address: from.clone() }],
            took: if *caller == Caller::Outside { FROM_OUTSIDE } else { Delay::ZERO },
        };
        let (address, arrival) = self.find_way(caller, &from, host, port, now, &mut way);
        if let Arrival::Failed(NetError::TimedOut) = arrival {
            way.took = way.took + PATIENCE;
        }
        let target = format!("{host}:{port}");
        let trace = Trace { id: self.sent, at: now, took: way.took, target, hops: way.hops };
        (trace, address, arrival)
    }

    fn find_way(
        &mut self,
        caller: &Caller,
        from: &str,
        host: &str,
        port: u16,
        now: Time,
        way: &mut Way,
    ) -> (Option<String>, Arrival) {
        let address = if is_address(host) {
            host.to_owned()
        } else if host == "localhost" {
            "127.0.0.1".to_owned()
        } else {
            way.took = way.took + LOOKUP;
            // The name of a load balancer has an address only through it.
            if self.by_load_balancer(host, port).is_some() {
                host.to_owned()
            } else {
                let Some(found) = self.resolve(caller, host) else {
                    return (None, way.fail(NetError::UnknownHost, "", ""));
                };
                let Some(address) = found.addresses.first().cloned() else {
                    return (None, way.fail(NetError::UnknownHost, "", ""));
                };
                way.hops.push(Hop::Dns {
                    name: host.to_owned(),
                    found: found.found,
                    addresses: found.addresses,
                });
                address
            }
        };
        let arrival = if *caller == Caller::Outside {
            self.route_outside(&address, port, now, way)
        } else {
            self.route_inside(caller, from, &address, port, now, way)
        };
        (Some(address), arrival)
    }

    fn route_inside(
        &mut self,
        caller: &Caller,
        from: &str,
        address: &str,
        port: u16,
        now: Time,
        way: &mut Way,
    ) -> Arrival {
        let node = self.node_of(caller).unwrap_or_default();
        if address.starts_with("127.") {
            let client = "127.0.0.1".to_owned();
            return match caller {
                Caller::Pod(key) => Arrival::Pod { key: key.clone(), node, port, client },
                Caller::Node(_) | Caller::Outside => Arrival::Node { node, port, client },
            };
        }
        if let Some(entry) = self.by_cluster_ip(address, port) {
            let entry = Found::of(&entry);
            return self.through_service(&entry, Door::ClusterIp, &node, from, now, way);
        }
        if let Some(entry) = self.by_load_balancer(address, port) {
            let entry = Found::of(&entry);
            return self.through_service(&entry, Door::External, &node, from, now, way);
        }
        if let Some(owner) = self.owner_of_address(address) {
            // The address is a Service's, but no port of it: rejected by rule.
            let object = format!("Service/{}/{}", owner.namespace, owner.name);
            return way.fail(NetError::Refused, &object, "spec.ports");
        }
        if let Some(key) = self.pods_by_ip.get(address).cloned() {
            return self.to_pod(&key, port, from, &node, way);
        }
        let at_node = self.nodes.iter().find(|(_, own)| {
            super::address(own, "InternalIP") == address
                || super::address(own, "ExternalIP") == address
        });
        if let Some(name) = at_node.map(|(name, _)| name.clone()) {
            return self.at_node(&name, port, from, now, way);
        }
        if Self::is_world(address) {
            way.took = way.took + FROM_OUTSIDE;
            return Arrival::World { address: address.to_owned() };
        }
        way.fail(NetError::TimedOut, "", "")
    }

    fn route_outside(&mut self, address: &str, port: u16, now: Time, way: &mut Way) -> Arrival {
        let from = super::OUTSIDE.to_owned();
        if let Some(entry) = self.by_load_balancer(address, port) {
            let entry = Found::of(&entry);
            let service = entry.name();
            way.hops.push(Hop::LoadBalancer { address: address.to_owned(), service });
            let Some(node) = self.balanced_node(&entry) else {
                let object = format!("Service/{}", entry.name());
                return way.fail(NetError::TimedOut, &object, "spec.externalTrafficPolicy");
            };
            if let Some(port) = entry.node_port() {
                way.hops.push(Hop::NodePort { node: node.to_string(), port });
            }
            return self.through_service(&entry, Door::External, &node, &from, now, way);
        }
        let at_node = self.nodes.iter().find(|(_, own)| {
            super::address(own, "InternalIP") == address
                || super::address(own, "ExternalIP") == address
        });
        if let Some(name) = at_node.map(|(name, _)| name.clone()) {
            if !self.lets_in(port) {
                return way.fail(NetError::TimedOut, "Firewall", "");
            }
            return self.at_node(&name, port, &from, now, way);
        }
        if Self::is_world(address) {
            return Arrival::World { address: address.to_owned() };
        }
        // Cluster and Pod addresses mean nothing outside.
        let owner = self.owner_of_address(address);
        let object =
            owner.map(|key| format!("Service/{}/{}", key.namespace, key.name)).unwrap_or_default();
        way.fail(NetError::TimedOut, &object, "spec.type")
    }

    /// The node that the load balancer picks: any that its health check likes.
    fn balanced_node(&mut self, entry: &Found) -> Option<Str> {
        let local = entry.service["spec"]["externalTrafficPolicy"].text() == "Local";
        let nodes: Vec<Str> = self
            .nodes
            .iter()
            .filter(|(_, node)| is_ready(node))
            .map(|(name, _)| name.clone())
            .filter(|name| {
                !local || !self.candidates(&entry.entry(), Door::External, name).is_empty()
            })
            .collect();
        self.random.choose(&nodes).cloned()
    }

    fn at_node(&mut self, node: &Str, port: u16, from: &str, now: Time, way: &mut Way) -> Arrival {
        let Some(entry) = self.by_node_port(port) else {
            return Arrival::Node { node: node.clone(), port, client: from.to_owned() };
        };
        let entry = Found::of(&entry);
        way.hops.push(Hop::NodePort { node: node.to_string(), port });
        self.through_service(&entry, Door::External, node, from, now, way)
    }

    fn through_service(
        &mut self,
        entry: &Found,
        door: Door,
        node: &Str,
        from: &str,
        now: Time,
        way: &mut Way,
    ) -> Arrival {
        let candidates = self.candidates(&entry.entry(), door, node);
        let affinity = affinity_of(&entry.service);
        let chosen = self.choose(&entry.key, affinity, from, &candidates, now);
        let object = format!("Service/{}", entry.name());
        let Some(Target { address, port, .. }) = chosen else {
            let local = entry.service["spec"]["externalTrafficPolicy"].text() == "Local";
            // Without any endpoint the rules reject; without a local one they drop.
            return if door == Door::External && local {
                way.fail(NetError::TimedOut, &object, "spec.externalTrafficPolicy")
            } else {
                way.fail(NetError::Refused, &object, "spec.selector")
            };
        };
        way.hops.push(Hop::Service {
            service: entry.name(),
            address: format!(
                "{}:{}",
                entry.service["spec"]["clusterIP"].text(),
                entry.port["port"].int()
            ),
            node: node.to_string(),
            candidates: candidates.iter().map(|own| own.address.clone()).collect(),
            chosen: address.clone(),
        });
        let keeps_source = door == Door::ClusterIp
            || entry.service["spec"]["externalTrafficPolicy"].text() == "Local";
        let mut client = from.to_owned();
        if !keeps_source {
            let to = self.node_ip(node).to_owned();
            way.hops.push(Hop::Snat { from: client.clone(), to: to.clone() });
            client = to;
        }
        match self.pods_by_ip.get(&address).cloned() {
            Some(key) => self.to_pod(&key, port, &client, node, way),
            None if Self::is_world(&address) => Arrival::World { address },
            None => match self.node_with(&address) {
                Some(name) => Arrival::Node { node: name, port, client },
                None => way.fail(NetError::NoRoute, &object, ""),
            },
        }
    }

    fn node_with(&self, address: &str) -> Option<Str> {
        let found =
            self.nodes.iter().find(|(_, node)| super::address(node, "InternalIP") == address);
        found.map(|(name, _)| name.clone())
    }

    fn to_pod(
        &self,
        key: &Key,
        port: u16,
        client: &str,
        from_node: &str,
        way: &mut Way,
    ) -> Arrival {
        let Some(pod) = self.pods.get(key) else { return way.fail(NetError::NoRoute, "", "") };
        let node = pod["spec"]["nodeName"].as_shared().cloned().unwrap_or_default();
        way.took = way.took + if *node == *from_node { WITHIN } else { BETWEEN };
        if self.nodes.get(&node).is_none_or(|node| address(node, "InternalIP").is_empty()) {
            return way.fail(NetError::NoRoute, "", "");
        }
        way.hops.push(Hop::Pod {
            pod: format!("{}/{}", key.namespace, key.name),
            node: node.to_string(),
            address: pod["status"]["podIP"].text().to_owned(),
            port,
        });
        Arrival::Pod { key: key.clone(), node, port, client: client.to_owned() }
    }
}

/// A Service port taken out of the tables, so that they may be written.
struct Found {
    key: Key,
    service: crate::value::Value,
    port: crate::value::Value,
}

impl Found {
    fn of(entry: &Entry<'_>) -> Self {
        Self { key: entry.key.clone(), service: entry.service.clone(), port: entry.port.clone() }
    }

    fn entry(&self) -> Entry<'_> {
        Entry { key: &self.key, service: &self.service, port: &self.port }
    }

    fn name(&self) -> String {
        format!("{}/{}", self.key.namespace, self.key.name)
    }

    fn node_port(&self) -> Option<u16> {
        self.port["nodePort"].as_int().and_then(|port| u16::try_from(port).ok())
    }
}

/// A way that is being found.
struct Way {
    hops: Vec<Hop>,
    took: Delay,
}

impl Way {
    fn fail(&mut self, error: NetError, object: &str, field: &str) -> Arrival {
        self.hops.push(Hop::Failure { error, object: object.to_owned(), field: field.to_owned() });
        Arrival::Failed(error)
    }
}

fn is_ready(node: &crate::value::Value) -> bool {
    let conditions = node["status"]["conditions"].items();
    conditions.iter().any(|own| own["type"].text() == "Ready" && own["status"].text() == "True")
}

fn is_address(host: &str) -> bool {
    let mut numbers = 0;
    host.split('.').all(|part| {
        numbers += 1;
        part.parse::<u8>().is_ok()
    }) && numbers == 4
}
