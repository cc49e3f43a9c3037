//! NetworkPolicies: who may talk to whom.
//!
//! Source: the API's documentation of `networking.k8s.io/v1`, and how Calico
//! and Cilium enforce it: on the node of each Pod, after a Service's address
//! was replaced by an endpoint's; what is not allowed is dropped without a
//! word. Pods of the node's own network are never isolated, and a node always
//! reaches its own Pods.

use std::collections::BTreeMap;

use crate::api::ip;
use crate::api::ip::Cidr;
use crate::api::pod::PodView;
use crate::api::selector::Selector;
use crate::store::Key;
use crate::value::{Str, Value};

/// Which of a Pod's sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// What comes in.
    Ingress,
    /// What goes out.
    Egress,
}

/// Every policy, and the labels of the namespaces.
#[derive(Debug, Clone, Default)]
pub(super) struct Policies {
    by_namespace: BTreeMap<Str, BTreeMap<Str, Policy>>,
    namespaces: BTreeMap<Str, Value>,
}

#[derive(Debug, Clone)]
struct Policy {
    selector: Selector,
    ingress: Option<Vec<Rule>>,
    egress: Option<Vec<Rule>>,
}

/// What one rule allows: any of the peers on any of the ports.
#[derive(Debug, Clone)]
struct Rule {
    peers: Vec<Peer>,
    ports: Vec<PortRule>,
}

#[derive(Debug, Clone)]
enum Peer {
    Pods { namespaces: Option<Selector>, pods: Selector },
    Block { range: Option<Cidr>, except: Vec<Cidr> },
}

#[derive(Debug, Clone)]
struct PortRule {
    protocol: Str,
    port: Value,
    end: Option<i64>,
}

/// One end of a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct End<'a> {
    /// The Pod, if it is one that can be told by its labels.
    pub(super) pod: Option<(&'a Key, &'a Value)>,
    /// Its address.
    pub(super) address: &'a str,
}

/// The port that a connection goes to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Port<'a> {
    pub(super) protocol: &'a str,
    pub(super) number: u16,
    /// The Pod whose port it is, for names of ports.
    pub(super) of: Option<&'a Value>,
}

impl Policies {
    /// Takes note of a policy.
    pub(super) fn see(&mut self, key: &Key, policy: Option<&Value>) {
        let own = self.by_namespace.entry(key.namespace.clone()).or_default();
        match policy {
            Some(policy) => own.insert(key.name.clone(), Policy::new(&policy["spec"])),
            None => own.remove(&key.name),
        };
        if own.is_empty() {
            self.by_namespace.remove(&key.namespace);
        }
    }

    /// Takes note of a namespace.
    pub(super) fn see_namespace(&mut self, name: &Str, namespace: Option<&Value>) {
        match namespace {
            Some(namespace) => {
                self.namespaces.insert(name.clone(), namespace["metadata"]["labels"].clone())
            }
            None => self.namespaces.remove(name),
        };
    }

    /// Whether there is such a namespace.
    pub(super) fn has_namespace(&self, name: &str) -> bool {
        self.namespaces.contains_key(name)
    }

    /// Whether the policies let a connection pass on one side of `pod`; the
    /// first that isolates it where they do not, as `NetworkPolicy/ns/name`.
    pub(super) fn check(
        &self,
        direction: Direction,
        (key, pod): (&Key, &Value),
        peer: End<'_>,
        port: Port<'_>,
    ) -> Result<(), String> {
        let Some(policies) = self.by_namespace.get(&key.namespace) else { return Ok(()) };
        if PodView(pod).uses_host_network() {
            return Ok(());
        }
        let labels = &pod["metadata"]["labels"];
        let mut isolated_by = None;
        for (name, policy) in policies.iter().filter(|(_, own)| own.selector.matches(labels)) {
            let rules = match direction {
                Direction::Ingress => &policy.ingress,
                Direction::Egress => &policy.egress,
            };
            let Some(rules) = rules else { continue };
            if rules.iter().any(|rule| self.allows(rule, &key.namespace, peer, port)) {
                return Ok(());
            }
            isolated_by.get_or_insert(name);
        }
        match isolated_by {
            Some(name) => Err(format!("NetworkPolicy/{}/{name}", key.namespace)),
            None => Ok(()),
        }
    }

    fn allows(&self, rule: &Rule, own: &str, peer: End<'_>, port: Port<'_>) -> bool {
        (rule.peers.is_empty() || rule.peers.iter().any(|wanted| self.is(wanted, own, peer)))
            && (rule.ports.is_empty() || rule.ports.iter().any(|wanted| wanted.fits(port)))
    }

    fn is(&self, wanted: &Peer, own: &str, peer: End<'_>) -> bool {
        match wanted {
            Peer::Block { range, except } => {
                let Some(address) = ip::parse(peer.address) else { return false };
                range.is_some_and(|range| range.contains(address))
                    && !except.iter().any(|range| range.contains(address))
            }
            Peer::Pods { namespaces, pods } => {
                let Some((key, pod)) = peer.pod else { return false };
                let in_namespace = match namespaces {
                    None => *key.namespace == *own,
                    Some(selector) => {
                        let labels = self.namespaces.get(&key.namespace);
                        labels.is_some_and(|labels| selector.matches(labels))
                    }
                };
                in_namespace && pods.matches(&pod["metadata"]["labels"])
            }
        }
    }
}

impl Policy {
    fn new(spec: &Value) -> Self {
        let kinds = spec["policyTypes"].items();
        let has = |name: &str, default: bool| {
            if kinds.is_empty() { default } else { kinds.iter().any(|own| own.text() == name) }
        };
        let rules = |list: &Value, peers: &str| -> Vec<Rule> {
            list.items().iter().map(|rule| Rule::new(rule, peers)).collect()
        };
        let has_egress = has("Egress", !spec["egress"].is_null());
        Self {
            selector: Selector::from_object(&spec["podSelector"]).unwrap_or(Selector::NOTHING),
            ingress: has("Ingress", true).then(|| rules(&spec["ingress"], "from")),
            egress: has_egress.then(|| rules(&spec["egress"], "to")),
        }
    }
}

impl Rule {
    fn new(rule: &Value, peers: &str) -> Self {
        let ports = rule["ports"].items().iter().map(|port| PortRule {
            protocol: port["protocol"].as_shared().cloned().unwrap_or_else(|| "TCP".into()),
            port: port["port"].clone(),
            end: port["endPort"].as_int(),
        });
        Self { peers: rule[peers].items().iter().map(Peer::new).collect(), ports: ports.collect() }
    }
}

impl Peer {
    fn new(peer: &Value) -> Self {
        let block = &peer["ipBlock"];
        if !block.is_null() {
            let except = block["except"].items().iter();
            return Self::Block {
                range: Cidr::parse(block["cidr"].text()),
                except: except.filter_map(|range| Cidr::parse(range.text())).collect(),
            };
        }
        let selector = |field: &str| {
            (!peer[field].is_null())
                .then(|| Selector::from_object(&peer[field]).unwrap_or(Selector::NOTHING))
        };
        Self::Pods {
            namespaces: selector("namespaceSelector"),
            pods: selector("podSelector").unwrap_or(Selector::EVERYTHING),
        }
    }
}

impl PortRule {
    fn fits(&self, port: Port<'_>) -> bool {
        if *self.protocol != *port.protocol {
            return false;
        }
        let first = match &self.port {
            Value::Null => return true,
            Value::Str(name) => {
                let mut containers = port.of.into_iter().flat_map(|pod| PodView(pod).containers());
                containers.find_map(|container| container.named_port(name))
            }
            number => number.as_int(),
        };
        let number = i64::from(port.number);
        first.is_some_and(|first| (first..=self.end.unwrap_or(first)).contains(&number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::KindId;
    use crate::value;

    fn pod(labels: Value) -> Value {
        value!({
            "metadata": { "labels": labels },
            "spec": { "containers": [
                { "name": "web", "ports": [{ "name": "http", "containerPort": 80 }] },
            ] },
        })
    }

    /// Whether a Pod `role: front` of namespace `a` (labelled `team: a`)
    /// reaches port 80 of a Pod `app: web` in namespace `b`.
    fn check(spec: Value, expected: bool) {
        let mut policies = Policies::default();
        let kind = KindId(0);
        policies.see(&Key::new(kind, "b", "p"), Some(&value!({ "spec": spec.clone() })));
        policies.see_namespace(
            &"a".into(),
            Some(&value!({ "metadata": { "labels": { "team": "a" } } })),
        );
        let (to, from) = (pod(value!({ "app": "web" })), pod(value!({ "role": "front" })));
        let (to_key, from_key) = (Key::new(kind, "b", "web"), Key::new(kind, "a", "front"));
        let peer = End { pod: Some((&from_key, &from)), address: "10.244.1.2" };
        let port = Port { protocol: "TCP", number: 80, of: Some(&to) };
        let result = policies.check(Direction::Ingress, (&to_key, &to), peer, port);
        assert_eq!(result.is_ok(), expected, "{}", spec.to_json());
    }

    #[test]
    fn a_policy_without_rules_isolates_the_pods_that_it_selects() {
        check(value!({ "podSelector": {} }), false);
        check(value!({ "podSelector": { "matchLabels": { "app": "other" } } }), true);
        check(value!({ "podSelector": {}, "policyTypes": ["Egress"] }), true);
        check(value!({ "podSelector": {}, "ingress": [{}] }), true);
    }

    #[test]
    fn a_rule_allows_peers_by_labels_namespaces_and_addresses() {
        let from = |peer: Value| value!({ "podSelector": {}, "ingress": [{ "from": [peer] }] });
        // A selector of Pods alone means those of the policy's own namespace.
        check(from(value!({ "podSelector": { "matchLabels": { "role": "front" } } })), false);
        let team = value!({ "matchLabels": { "team": "a" } });
        check(from(value!({ "namespaceSelector": (team.clone()) })), true);
        let other = value!({ "matchLabels": { "role": "back" } });
        check(from(value!({ "namespaceSelector": team, "podSelector": other })), false);
        check(from(value!({ "ipBlock": { "cidr": "10.244.0.0/16" } })), true);
        let except = value!({ "cidr": "10.244.0.0/16", "except": ["10.244.1.0/24"] });
        check(from(value!({ "ipBlock": except })), false);
    }

    #[test]
    fn ports_are_numbers_names_or_ranges() {
        let on = |port: Value| value!({ "podSelector": {}, "ingress": [{ "ports": [port] }] });
        check(on(value!({ "port": 80 })), true);
        check(on(value!({ "port": 81 })), false);
        check(on(value!({ "port": "http" })), true);
        check(on(value!({ "port": "metrics" })), false);
        check(on(value!({ "port": 79, "endPort": 90 })), true);
        check(on(value!({ "port": 80, "protocol": "UDP" })), false);
    }
}
