//! The network: how a request finds its way, hop by hop, and why it does not.
//!
//! [`Network`] holds what kube-proxies, CoreDNS, the cloud and the Pods'
//! network plugin have watched. [`Network::find`] looks a name up and
//! [`Network::route`] finds the way: functions of that, of who asks and of
//! chance. It never writes; each request leaves a [`Trace`].
//!
//! DNS answers while the Service `kube-system/kube-dns` has endpoints, and a
//! node's rules are kept up to date while its `kube-proxy` Pod runs; a cluster
//! that never had these objects is served all the same.
//!
//! **Real clusters:** the computer outside is in the nodes' own network, so it
//! reaches their internal addresses too, through the firewall. A masked
//! address is always the node's internal one; some network plugins use the
//! address of a bridge.

mod affinity;
mod balancer;
mod blame;
mod deliver;
mod dns;
mod firewall;
mod ingress;
mod policy;
mod proxy;
mod resolver;
mod route;
mod rules;
mod trace;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use crate::api::pod::{ContainerView, PodView};
use crate::apiserver::Kinds;
use crate::sim::Random;
use crate::store::{Change, Key};
use crate::value::{Str, Value};

use self::affinity::Affinity;
use self::firewall::Firewall;
pub use self::firewall::FirewallRule;
use self::ingress::Ingresses;
pub use self::ingress::page as gateway_page;
use self::policy::Policies;
use self::proxy::Proxies;
pub use self::resolver::{Query, Resolution};
pub use self::route::{Arrival, Destination};
pub use self::trace::{Blame, Caller, Choice, Hop, Outcome, Reason, Trace, Way};
pub use self::world::page as world_page;

/// The ranges of addresses that mean something only inside the cluster: Pods,
/// Services, nodes.
const INSIDE: [&str; 4] = ["10.", "172.", "192.168.", "100."];
const SERVICE_NAME: &str = "kubernetes.io/service-name";

/// What a cluster's surroundings give its network.
#[derive(Debug, Clone, Copy, Default)]
pub struct Surroundings {
    /// Whether a firewall closes the nodes' ports.
    pub firewall: bool,
    /// Whether the Pods' network plugin enforces NetworkPolicies.
    pub policies: bool,
}

/// What the network knows.
#[derive(Debug, Clone)]
pub struct Network {
    kinds: Kinds,
    proxies: Proxies,
    policies: Policies,
    ingresses: Ingresses,
    enforces_policies: bool,
    firewall: Firewall,
    affinity: Affinity,
    random: Random,
    /// Whether the cluster's DNS is Pods of its own.
    has_dns_service: bool,
    pods: BTreeMap<Key, Value>,
    pods_by_ip: BTreeMap<Str, Key>,
    /// The Pods on ports of a node's own network.
    host_pods: BTreeMap<(Str, u16), Key>,
    nodes: BTreeMap<Str, Value>,
    nodes_by_ip: BTreeMap<Str, Str>,
    /// The nodes to which load balancers may send traffic.
    balanced: BTreeSet<Str>,
    /// The nodes whose machine does not run.
    down: BTreeSet<Str>,
    /// Pairs of nodes between which nothing passes, the lesser name first.
    cuts: BTreeSet<(Str, Str)>,
}

impl Network {
    /// A network that has seen nothing.
    pub fn new(kinds: &Kinds, around: Surroundings, random: Random) -> Self {
        Self {
            kinds: kinds.clone(),
            proxies: Proxies::default(),
            policies: Policies::default(),
            ingresses: Ingresses::default(),
            enforces_policies: around.policies,
            firewall: Firewall::new(around.firewall),
            affinity: Affinity::default(),
            random,
            has_dns_service: false,
            pods: BTreeMap::new(),
            pods_by_ip: BTreeMap::new(),
            host_pods: BTreeMap::new(),
            nodes: BTreeMap::new(),
            nodes_by_ip: BTreeMap::new(),
            balanced: BTreeSet::new(),
            down: BTreeSet::new(),
            cuts: BTreeSet::new(),
        }
    }

    /// Takes in a change. What Services come of it is seen by each node a
    /// little later.
    pub fn deliver(&mut self, change: &Change) {
        let (key, new) = (&change.key, change.new.as_ref());
        let kind = key.kind;
        if kind == self.kinds.pod {
            self.see_pod(change);
        } else if kind == self.kinds.service {
            let is_dns = *key.namespace == *"kube-system" && *key.name == *"kube-dns";
            self.has_dns_service |= is_dns;
            self.proxies.see_service(key, new, change.at);
        } else if kind == self.kinds.endpoint_slice {
            let name = change.object()["metadata"]["labels"][SERVICE_NAME].text();
            let service = Key::new(self.kinds.service, &key.namespace, name);
            self.proxies.see_slice(&service, &key.name, new, change.at);
        } else if kind == self.kinds.node {
            self.see_node(&key.name, new);
        } else if kind == self.kinds.network_policy {
            self.policies.see(key, new);
        } else if kind == self.kinds.namespace {
            self.policies.see_namespace(&key.name, new);
        } else if kind == self.kinds.ingress {
            self.ingresses.see(key, new);
        }
    }

    fn see_node(&mut self, name: &Str, node: Option<&Value>) {
        self.balanced.remove(name);
        if let Some(old) = self.nodes.remove(name) {
            for address in addresses(&old) {
                self.nodes_by_ip.remove(address);
            }
        }
        let Some(node) = node else { return };
        for address in addresses(node) {
            self.nodes_by_ip.insert(address.clone(), name.clone());
        }
        if balancer::takes_traffic(node) {
            self.balanced.insert(name.clone());
        }
        self.nodes.insert(name.clone(), node.clone());
    }

    fn see_pod(&mut self, change: &Change) {
        self.see_proxy_pod(change);
        let old = match &change.new {
            Some(pod) => self.pods.insert(change.key.clone(), pod.clone()),
            None => self.pods.remove(&change.key),
        };
        let reach = |pod: &Value| (pod["status"]["podIP"].clone(), PodView(pod).is_terminal());
        if old.as_ref().map(reach) == change.new.as_ref().map(reach) {
            return;
        }
        if let Some(old) = old {
            let ip = PodView(&old).ip();
            if self.pods_by_ip.get(ip) == Some(&change.key) {
                self.pods_by_ip.remove(ip);
            }
            if PodView(&old).takes_host_ports() {
                self.host_pods.retain(|_, own| *own != change.key);
            }
        }
        let Some(pod) = &change.new else { return };
        let view = PodView(pod);
        let Some(ip) = pod["status"]["podIP"].as_shared() else { return };
        if view.is_terminal() || ip.is_empty() {
            return;
        }
        if !view.uses_host_network() {
            self.pods_by_ip.insert(ip.clone(), change.key.clone());
        }
        let node: Str = view.node_name().into();
        for port in view.host_ports() {
            if let Ok(port) = u16::try_from(port.port) {
                self.host_pods.insert((node.clone(), port), change.key.clone());
            }
        }
    }

    /// A node's rules follow its kube-proxy, where that is a Pod.
    fn see_proxy_pod(&mut self, change: &Change) {
        let pod = change.object();
        let is_proxy = *change.key.namespace == *"kube-system"
            && pod["metadata"]["labels"]["k8s-app"].text() == "kube-proxy";
        if !is_proxy {
            return;
        }
        let node: Str = PodView(pod).node_name().into();
        match &change.new {
            Some(pod) if PodView(pod).is_ready() => self.proxies.start(&node),
            _ if change.old.is_some() => self.proxies.stop(&node, change.at),
            _ => {}
        }
    }

    /// The rules of the firewall; none where there is no firewall.
    pub fn firewall(&self) -> Option<&[FirewallRule]> {
        self.firewall.rules()
    }

    /// Adds a rule; `false` if there is one of the same name.
    pub fn open(&mut self, rule: FirewallRule) -> bool {
        self.firewall.open(rule)
    }

    /// Removes a rule; `false` if there is none of that name.
    pub fn close(&mut self, name: &str) -> bool {
        self.firewall.close(name)
    }

    /// Says whether a node's machine runs: nothing reaches one that does not.
    pub fn set_running(&mut self, node: &Str, running: bool) {
        if running {
            self.down.remove(node);
        } else {
            self.down.insert(node.clone());
        }
    }

    /// Lets nothing pass between two nodes, or everything again.
    pub fn set_cut(&mut self, one: &Str, other: &Str, cut: bool) {
        let pair = (one.min(other).clone(), one.max(other).clone());
        if cut {
            self.cuts.insert(pair);
        } else {
            self.cuts.remove(&pair);
        }
    }

    fn is_cut(&self, one: &Str, other: &Str) -> bool {
        !self.cuts.is_empty()
            && self.cuts.contains(&(one.min(other).clone(), one.max(other).clone()))
    }

    fn address_of(&self, caller: &Caller) -> Str {
        match caller {
            Caller::Pod(key) => {
                let ip = self.pods.get(key).and_then(|pod| pod["status"]["podIP"].as_shared());
                ip.cloned().unwrap_or_default()
            }
            Caller::Node(name) => self.node_ip(name).into(),
            Caller::Outside => world::CLIENT.into(),
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

    /// The address of a node within the cluster; empty if it has none.
    pub(crate) fn node_ip(&self, name: &str) -> &str {
        let node = self.nodes.get(name);
        node.and_then(|node| address(node, "InternalIP")).map_or("", |address| address)
    }

    fn namespace_exists(&self, name: &str) -> bool {
        self.policies.has_namespace(name)
    }

    /// The policy that keeps a Pod from asking the cluster's DNS, if one does.
    fn denies_dns(&self, caller: &Caller) -> Option<String> {
        let Caller::Pod(key) = caller else { return None };
        let pod = self.pods.get(key).filter(|_| self.enforces_policies)?;
        let labels = |pod: &Value| pod["metadata"]["labels"]["k8s-app"].text() == "kube-dns";
        let server =
            self.pods.iter().find(|(key, pod)| *key.namespace == *"kube-system" && labels(pod));
        let stand_in_key = Key::new(self.kinds.pod, "kube-system", "coredns");
        let stand_in = crate::value!({ "metadata": { "labels": { "k8s-app": "kube-dns" } } });
        let (server_key, server) = server.unwrap_or((&stand_in_key, &stand_in));
        let address = PodView(server).ip();
        let peer = policy::End { pod: Some((server_key, server)), address };
        let port = policy::Port { protocol: "UDP", number: 53, of: Some(server) };
        self.policies.check(policy::Direction::Egress, (key, pod), peer, port).err()
    }

    fn zone_of(&self, node: &str) -> Str {
        let path = ["metadata", "labels", "topology.kubernetes.io/zone"];
        let node = self.nodes.get(node);
        node.and_then(|node| node.at(&path).as_shared()).cloned().unwrap_or_default()
    }

    /// The container's port behind a port of the node.
    fn host_port_target(&self, key: &Key, host_port: u16) -> u16 {
        let wanted = i64::from(host_port);
        let pod = self.pods.get(key).map(PodView);
        let ports = pod.into_iter().flat_map(PodView::containers).flat_map(ContainerView::ports);
        let mut own = ports.filter(|port| port["hostPort"].as_int() == Some(wanted));
        let target = own.next().and_then(|port| port["containerPort"].as_int());
        target.and_then(|port| u16::try_from(port).ok()).unwrap_or(host_port)
    }
}

/// The addresses by which a node is reached.
fn addresses(node: &Value) -> impl Iterator<Item = &Str> {
    ["InternalIP", "ExternalIP"].into_iter().filter_map(|kind| address(node, kind))
}

fn address<'a>(node: &'a Value, kind: &str) -> Option<&'a Str> {
    let addresses = node["status"]["addresses"].items();
    addresses.iter().find(|own| own["type"].text() == kind)?["address"].as_shared()
}

/// Whether an address means something only inside the cluster.
fn is_inside(address: &str) -> bool {
    INSIDE.iter().any(|prefix| address.starts_with(prefix))
}
