//! What each node's kube-proxy has seen of Services and EndpointSlices.
//!
//! Source: upstream `pkg/proxy/config` and the change trackers. A node's rules
//! follow its own informer, so two nodes may disagree for a moment. Here all
//! nodes share one list of versions a Service, and each looks at it as it was
//! some time ago: its lag. A kube-proxy that is stopped looks at it for ever
//! as it was then.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::rules::{ServiceRules, addresses, points};
use super::world::balancer_address;
use crate::sim::{Delay, Time};
use crate::store::Key;
use crate::value::{Str, Value};

/// The least and the most that a node's rules lag behind.
const LAG_MIN: Delay = Delay::millis(20);
const LAG_SPREAD_MICROS: u64 = 50_000;
/// How old the oldest knowledge is that anybody looks at.
const WINDOW: Delay = Delay::secs(10);

/// The Services as the nodes know them.
#[derive(Debug, Clone, Default)]
pub(super) struct Proxies {
    services: BTreeMap<Key, Timeline>,
    by_address: BTreeMap<Str, BTreeSet<Key>>,
    by_node_port: BTreeMap<u16, BTreeSet<Key>>,
    by_health_port: BTreeMap<u16, Key>,
    stopped: BTreeMap<Str, Time>,
}

/// The versions of a Service with its slices, oldest first.
#[derive(Debug, Clone, Default)]
struct Timeline(VecDeque<Version>);

#[derive(Debug, Clone)]
struct Version {
    at: Time,
    service: Option<Value>,
    slices: BTreeMap<Str, Value>,
    /// Made when first asked for.
    rules: OnceCell<Arc<ServiceRules>>,
}

impl Proxies {
    /// Takes note of a Service's change at `at`.
    pub(super) fn see_service(&mut self, key: &Key, service: Option<&Value>, at: Time) {
        if let Some(service) = service {
            self.index(key, service);
        }
        self.change(key, at, |version| version.service = service.cloned());
    }

    /// Takes note of a change of one of a Service's slices at `at`.
    pub(super) fn see_slice(&mut self, key: &Key, name: &Str, slice: Option<&Value>, at: Time) {
        self.change(key, at, |version| {
            match slice {
                Some(slice) => version.slices.insert(name.clone(), slice.clone()),
                None => version.slices.remove(name),
            };
        });
    }

    fn index(&mut self, key: &Key, service: &Value) {
        for address in addresses(service) {
            self.by_address.entry(address).or_default().insert(key.clone());
        }
        let number = |value: &Value| u16::try_from(value.int()).ok().filter(|port| *port > 0);
        for port in service["spec"]["ports"].items() {
            if let Some(port) = number(&port["nodePort"]) {
                self.by_node_port.entry(port).or_default().insert(key.clone());
            }
        }
        if let Some(port) = number(&service["spec"]["healthCheckNodePort"]) {
            self.by_health_port.insert(port, key.clone());
        }
    }

    fn change(&mut self, key: &Key, at: Time, change: impl FnOnce(&mut Version)) {
        let oldest = self.stopped.values().copied().min().unwrap_or(at);
        let horizon = (at + WINDOW.times(-1)).min(oldest);
        let timeline = self.services.entry(key.clone()).or_default();
        timeline.change(at, change);
        timeline.forget_before(horizon);
        let is_gone = |version: &Version| version.service.is_none() && version.slices.is_empty();
        if timeline.0.iter().all(is_gone) {
            self.services.remove(key);
            let drop_from = |keys: &mut BTreeSet<Key>| {
                keys.remove(key);
                !keys.is_empty()
            };
            self.by_address.retain(|_, keys| drop_from(keys));
            self.by_node_port.retain(|_, keys| drop_from(keys));
            self.by_health_port.retain(|_, own| own != key);
        }
    }

    /// A node's kube-proxy stops at `at`: its rules stay as they are.
    pub(super) fn stop(&mut self, node: &Str, at: Time) {
        let seen = at + lag_of(node).times(-1);
        self.stopped.entry(node.clone()).or_insert(seen);
    }

    /// A node's kube-proxy runs again.
    pub(super) fn start(&mut self, node: &str) {
        self.stopped.remove(node);
    }

    /// The instant whose truth a node's rules hold at `now`.
    pub(super) fn seen_by(&self, node: &str, now: Time) -> Time {
        let seen = now + lag_of(node).times(-1);
        self.stopped.get(node).map_or(seen, |stopped| seen.min(*stopped))
    }

    /// A Service's rules as they were at `seen`; `None` if there was none.
    pub(super) fn rules(&self, key: &Key, seen: Time) -> Option<&Arc<ServiceRules>> {
        self.services.get(key)?.rules(key, seen)
    }

    /// The Service with this address, and which of its ports is `port`.
    pub(super) fn at_address(
        &self,
        address: &str,
        port: u16,
        seen: Time,
    ) -> Option<(&Arc<ServiceRules>, usize)> {
        self.by_address.get(address)?.iter().find_map(|key| {
            let rules = self.rules(key, seen)?;
            let own = rules.addresses.iter().any(|own| **own == *address);
            Some((rules, own.then(|| rules.port(port))??))
        })
    }

    /// The Service that has this address, whatever the port.
    pub(super) fn owner(&self, address: &str, seen: Time) -> Option<&Arc<ServiceRules>> {
        self.by_address.get(address)?.iter().find_map(|key| {
            let rules = self.rules(key, seen)?;
            rules.addresses.iter().any(|own| **own == *address).then_some(rules)
        })
    }

    /// The Service whose load balancer has this address, and which of its
    /// ports is `port`.
    pub(super) fn at_balancer(
        &self,
        address: &str,
        port: u16,
        now: Time,
    ) -> Option<(&Arc<ServiceRules>, usize)> {
        self.by_address.get(address)?.iter().find_map(|key| {
            let rules = self.rules(key, now)?;
            let mut points = points(&rules.service);
            let own =
                points.any(|point| balancer_address(point).is_some_and(|own| *own == *address));
            Some((rules, own.then(|| rules.port(port))??))
        })
    }

    /// Whether a load balancer has this name, behind which is `address`.
    pub(super) fn has_balancer(&self, name: &str, address: &str) -> bool {
        let keys = self.by_address.get(address).into_iter().flatten();
        keys.filter_map(|key| self.rules(key, Time::from_micros(i64::MAX)))
            .any(|rules| points(&rules.service).any(|point| point["hostname"].text() == name))
    }

    /// The Service with this port of the nodes, and which of its ports it is.
    pub(super) fn at_node_port(
        &self,
        port: u16,
        seen: Time,
    ) -> Option<(&Arc<ServiceRules>, usize)> {
        self.by_node_port.get(&port)?.iter().find_map(|key| {
            let rules = self.rules(key, seen)?;
            Some((rules, rules.node_port(port)?))
        })
    }

    /// The Service whose health is told on this port of the nodes.
    pub(super) fn at_health_port(&self, port: u16, seen: Time) -> Option<&Arc<ServiceRules>> {
        let rules = self.rules(self.by_health_port.get(&port)?, seen)?;
        (rules.service["spec"]["healthCheckNodePort"].int() == i64::from(port)).then_some(rules)
    }

    /// Every Service's key.
    pub(super) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.services.keys()
    }

    /// A Service's slices as they were at `seen`.
    pub(super) fn slices(&self, key: &Key, seen: Time) -> impl Iterator<Item = &Value> {
        let version = self.services.get(key).and_then(|timeline| timeline.version(seen));
        version.into_iter().flat_map(|version| version.slices.values())
    }
}

impl Timeline {
    fn change(&mut self, at: Time, change: impl FnOnce(&mut Version)) {
        let last = self.0.pop_back();
        let (service, slices) = match &last {
            Some(last) => (last.service.clone(), last.slices.clone()),
            None => (None, BTreeMap::new()),
        };
        self.0.extend(last.filter(|last| last.at < at));
        let mut version = Version { at, service, slices, rules: OnceCell::new() };
        change(&mut version);
        self.0.push_back(version);
    }

    /// Drops what nobody who looks back to `horizon` sees any more.
    fn forget_before(&mut self, horizon: Time) {
        while self.0.get(1).is_some_and(|next| next.at <= horizon) {
            self.0.pop_front();
        }
    }

    fn version(&self, seen: Time) -> Option<&Version> {
        self.0.iter().rev().find(|version| version.at <= seen)
    }

    fn rules(&self, key: &Key, seen: Time) -> Option<&Arc<ServiceRules>> {
        let version = self.version(seen)?;
        let service = version.service.as_ref()?;
        let make = || Arc::new(ServiceRules::new(key, service, version.slices.values()));
        Some(version.rules.get_or_init(make))
    }
}

/// How far behind a node's rules are: its name decides.
fn lag_of(node: &str) -> Delay {
    let fnv = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = node.bytes().fold(0xcbf2_9ce4_8422_2325, fnv);
    LAG_MIN + Delay::micros(i64::try_from(hash % LAG_SPREAD_MICROS).unwrap_or_default())
}
