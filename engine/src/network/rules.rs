//! What a kube-proxy makes of Services: which endpoint takes a connection.
//!
//! Source: upstream `pkg/proxy` (iptables mode): ready endpoints, else those
//! that still serve while terminating; local ones only where a policy says so.

use super::Network;
use crate::sim::{Delay, Time};
use crate::store::Key;
use crate::value::{Str, Value};

/// How a connection came to a Service's rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    /// Its cluster address, from inside.
    ClusterIp,
    /// A port of a node, or the load balancer behind which that is.
    External,
}

/// A Service and one of its ports.
pub(super) struct Entry<'a> {
    pub(super) key: &'a Key,
    pub(super) service: &'a Value,
    pub(super) port: &'a Value,
}

/// An endpoint that fits: address, port, and the node it is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) address: String,
    pub(super) port: u16,
    pub(super) node: Str,
}

impl Network {
    /// The Service port behind a cluster address (or external address).
    pub(super) fn by_cluster_ip(&self, address: &str, port: u16) -> Option<Entry<'_>> {
        self.find(|service, own| {
            let addressed =
                service["spec"]["clusterIPs"].items().iter().any(|ip| ip.text() == address)
                    || service["spec"]["externalIPs"].items().iter().any(|ip| ip.text() == address);
            addressed && own["port"].int() == i64::from(port)
        })
    }

    /// The Service port behind a port of the nodes.
    pub(super) fn by_node_port(&self, port: u16) -> Option<Entry<'_>> {
        self.find(|_, own| own["nodePort"].int() == i64::from(port))
    }

    /// The Service whose load balancer has an address or a name.
    pub(super) fn by_load_balancer(&self, address: &str, port: u16) -> Option<Entry<'_>> {
        self.find(|service, own| {
            let points = service["status"]["loadBalancer"]["ingress"].items();
            let mine = points
                .iter()
                .any(|point| point["ip"].text() == address || point["hostname"].text() == address);
            mine && own["port"].int() == i64::from(port)
        })
    }

    /// Whether some Service has this cluster address, whatever the port.
    pub(super) fn owner_of_address(&self, address: &str) -> Option<&Key> {
        let own = |service: &Value| {
            let spec = &service["spec"]["clusterIPs"];
            let points = service["status"]["loadBalancer"]["ingress"].items();
            spec.items().iter().any(|ip| ip.text() == address)
                || points.iter().any(|point| point["ip"].text() == address)
        };
        self.services.iter().find(|(_, service)| own(service)).map(|(key, _)| key)
    }

    fn find(&self, fits: impl Fn(&Value, &Value) -> bool) -> Option<Entry<'_>> {
        self.services.iter().find_map(|(key, service)| {
            let port = service["spec"]["ports"].items().iter().find(|port| fits(service, port))?;
            Some(Entry { key, service, port })
        })
    }

    /// The endpoints that may take a connection on `node`.
    pub(super) fn candidates(&self, entry: &Entry<'_>, door: Door, node: &str) -> Vec<Target> {
        let name = entry.service["metadata"]["name"].text();
        let slices = self.slices.values().filter(|slice| {
            let metadata = &slice["metadata"];
            *metadata["namespace"].text() == *entry.key.namespace
                && metadata["labels"]["kubernetes.io/service-name"].text() == name
        });
        let mut ready = Vec::new();
        let mut serving = Vec::new();
        for slice in slices {
            let own = |port: &&Value| port["name"].text() == entry.port["name"].text();
            let Some(port) = slice["ports"].items().iter().find(own) else { continue };
            let port = u16::try_from(port["port"].int()).unwrap_or(0);
            for endpoint in slice["endpoints"].items() {
                let conditions = &endpoint["conditions"];
                let list = if conditions["ready"].as_bool() != Some(false) {
                    &mut ready
                } else if conditions["serving"].is_true() && conditions["terminating"].is_true() {
                    &mut serving
                } else {
                    continue;
                };
                list.push(Target {
                    address: endpoint["addresses"][0].text().to_owned(),
                    port,
                    node: endpoint["nodeName"].as_shared().cloned().unwrap_or_default(),
                });
            }
        }
        let field = match door {
            Door::ClusterIp => "internalTrafficPolicy",
            Door::External => "externalTrafficPolicy",
        };
        if entry.service["spec"][field].text() == "Local" {
            ready.retain(|target| *target.node == *node);
            serving.retain(|target| *target.node == *node);
        }
        if ready.is_empty() { serving } else { ready }
    }

    /// Chooses one: by chance, or the one the client had before.
    pub(super) fn choose(
        &mut self,
        key: &Key,
        affinity: Option<Delay>,
        client: &str,
        candidates: &[Target],
        now: Time,
    ) -> Option<Target> {
        let place = (key.clone(), client.to_owned());
        if let Some(lasts) = affinity
            && let Some((address, since)) = self.affinity.get(&place)
        {
            let kept = candidates.iter().find(|own| own.address == *address);
            if let (Some(kept), true) = (kept, now.since(*since) < lasts) {
                let kept = kept.clone();
                self.affinity.insert(place, (kept.address.clone(), now));
                return Some(kept);
            }
        }
        let chosen = self.random.choose(candidates)?.clone();
        if affinity.is_some() {
            self.affinity.insert(place, (chosen.address.clone(), now));
        }
        Some(chosen)
    }
}

/// How long a Service keeps a client with its endpoint, if it does.
pub(super) fn affinity_of(service: &Value) -> Option<Delay> {
    let spec = &service["spec"];
    (spec["sessionAffinity"].text() == "ClientIP").then(|| {
        let secs = spec["sessionAffinityConfig"]["clientIP"]["timeoutSeconds"].as_int();
        Delay::secs(secs.unwrap_or(10_800))
    })
}
