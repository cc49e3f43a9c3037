//! A way's last pieces: through a Service's rules, past the policies, to a Pod.
//!
//! Source: the `KUBE-SVC` and `KUBE-SEP` chains of upstream
//! `pkg/proxy/iptables/proxier.go`, and its masquerading.

use std::sync::Arc;

use super::route::{Arrival, BETWEEN, Destination, Packet, WITHIN, no_such_port};
use super::rules::{Door, PortRules, ServiceRules, Standpoint, Target};
use super::trace::{Blame, Caller, Choice, Hop, Reason, Way};
use super::{Network, policy, world};
use crate::api::pod::PodView;
use crate::process::NetError;
use crate::sim::Time;
use crate::store::Key;
use crate::value::{Str, Value};

impl Network {
    /// A Service's rules choose an endpoint.
    pub(super) fn through_service(
        &mut self,
        packet: &mut Packet<'_>,
        (rules, index): (&Arc<ServiceRules>, usize),
        door: Door,
        now: Time,
        way: &mut Way,
    ) -> Arrival {
        let node = packet.node.clone();
        let Some(port) = rules.ports.get(index).filter(|port| port.is_udp == packet.is_udp) else {
            return Arrival::Failed(way.fail(NetError::Refused, || no_such_port(rules, 0)));
        };
        let zone = self.zone_of(&node);
        let from = Standpoint { node: &node, zone: &zone, door };
        let Some((target, by)) = self.choose(&packet.source, (rules, port), from, now) else {
            let blame = self.why_no_endpoints(rules, index, door, &node);
            // Without any endpoint the rules reject; without a local one they drop.
            let drops = blame.reason == Reason::NoLocalEndpoint;
            let error = if drops { NetError::TimedOut } else { NetError::Refused };
            return Arrival::Failed(way.fail(error, || blame));
        };
        way.step(|| Hop::Service {
            service: rules.name.clone(),
            address: format!("{}:{}", rules.service["spec"]["clusterIP"].text(), port.port),
            node: node.to_string(),
            candidates: rules.candidates(port, from).map(|own| own.address.to_string()).collect(),
            chosen: target.address.to_string(),
            by,
        });
        let is_hairpin = packet.source == target.address;
        if is_hairpin || !rules.keeps_source(door) {
            self.mask(packet, way);
        }
        let field = (format!("Service/{}", rules.name), format!("spec.ports[{index}].targetPort"));
        if let Some(key) = self.pods_by_ip.get(&target.address).cloned() {
            return self.reach_pod(packet, &key, target.port, field, way);
        }
        if let Some(name) = self.nodes_by_ip.get(&target.address).cloned() {
            return match self.host_pods.get(&(name.clone(), target.port)).cloned() {
                Some(key) => self.reach_pod(packet, &key, target.port, field, way),
                None => Arrival::Node { node: name, port: target.port },
            };
        }
        let to = Destination {
            address: target.address.to_string(),
            port: target.port,
            is_udp: packet.is_udp,
        };
        if super::is_inside(&to.address) {
            let blame = Blame::new(Reason::RulesBehind).at(field.0, "").detail(&*to.address);
            return Arrival::Failed(way.fail(NetError::NoRoute, || blame));
        }
        self.leave_cluster(packet, &to, way)
    }

    /// Chooses an endpoint: the one the client had before, or any.
    fn choose(
        &mut self,
        client: &Str,
        (rules, port): (&ServiceRules, &PortRules),
        from: Standpoint<'_>,
        now: Time,
    ) -> Option<(Target, Choice)> {
        let candidates = rules.candidates(port, from);
        let place = rules
            .affinity
            .map(|lasts| ((Str::from(from.node), rules.key.clone(), client.clone()), lasts));
        let kept = place.as_ref().and_then(|(place, lasts)| self.affinity.get(place, *lasts, now));
        let sticky = kept.and_then(|kept| candidates.clone().find(|own| own.address == kept));
        let by = if sticky.is_some() { Choice::Affinity } else { Choice::Chance };
        let count = candidates.clone().count() as u64;
        let target = sticky.or_else(|| {
            let index = usize::try_from(self.random.below(count)).unwrap_or_default();
            candidates.clone().nth(index)
        })?;
        if let Some((place, _)) = place {
            self.affinity.keep(place, target.address.clone(), now);
        }
        Some((target.clone(), by))
    }

    /// Replaces the source address by the node's own.
    pub(super) fn mask(&self, packet: &mut Packet<'_>, way: &mut Way) {
        let to: Str = self.node_ip(&packet.node).into();
        if packet.source == to {
            return;
        }
        way.step(|| Hop::Snat { from: packet.source.to_string(), to: to.to_string() });
        packet.source = to;
        packet.masked_by = Some(packet.node.clone());
    }

    /// The way's last piece: to a Pod.
    pub(super) fn reach_pod(
        &mut self,
        packet: &Packet<'_>,
        key: &Key,
        port: u16,
        chosen_by: (String, String),
        way: &mut Way,
    ) -> Arrival {
        let Some(pod) = self.pods.get(key).cloned() else {
            let blame =
                Blame::new(Reason::PodEnded).at(format!("Pod/{}/{}", key.namespace, key.name), "");
            return Arrival::Failed(way.fail(NetError::NoRoute, || blame));
        };
        let node = pod["spec"]["nodeName"].as_shared().cloned().unwrap_or_default();
        let ip = PodView(&pod).ip();
        if let Err(failed) = self.may_leave(packet, ip, Some((key, &pod)), port, way) {
            return failed;
        }
        if *node == *packet.node {
            way.took = way.took + self.jittered(WITHIN);
        } else {
            way.took = way.took + self.jittered(BETWEEN);
            let from = packet.node.to_string();
            if !from.is_empty() {
                way.step(|| Hop::Crossing { from, to: node.to_string() });
            }
        }
        if self.is_cut(&packet.node, &node) {
            let blame = Blame::new(Reason::NetworkCut).at(format!("Node/{node}"), "");
            return Arrival::Failed(way.fail(NetError::TimedOut, || blame));
        }
        if self.down.contains(&node) {
            let blame =
                Blame::new(Reason::NodeDown).at(format!("Node/{node}"), "status.conditions");
            return Arrival::Failed(way.fail(NetError::TimedOut, || blame));
        }
        if let Err(failed) = self.may_enter(packet, key, &pod, port, way) {
            return failed;
        }
        way.step(|| Hop::Pod {
            pod: format!("{}/{}", key.namespace, key.name),
            node: node.to_string(),
            address: ip.to_owned(),
            port,
        });
        Arrival::Pod { key: key.clone(), node, port, client: packet.source.clone(), chosen_by }
    }

    /// Asks the policies of the sender.
    pub(super) fn may_leave(
        &self,
        packet: &Packet<'_>,
        address: &str,
        to: Option<(&Key, &Value)>,
        port: u16,
        way: &mut Way,
    ) -> Result<(), Arrival> {
        let Some((key, pod)) = &packet.pod else { return Ok(()) };
        if to.is_some_and(|(own, _)| own == key) {
            return Ok(());
        }
        let peer = policy::End { pod: to, address };
        let port = packet.port(port, to.map(|(_, pod)| pod));
        let verdict = self.policies.check(policy::Direction::Egress, (key, pod), peer, port);
        self.enforce(verdict, (Reason::PolicyEgress, "spec.egress"), way)
    }

    /// Asks the policies of the receiver.
    fn may_enter(
        &self,
        packet: &Packet<'_>,
        key: &Key,
        pod: &Value,
        port: u16,
        way: &mut Way,
    ) -> Result<(), Arrival> {
        let node = pod["spec"]["nodeName"].text();
        let is_own_node = packet.pod.is_none() && *packet.source == *self.node_ip(node);
        let is_itself = packet.pod.as_ref().is_some_and(|(own, _)| own == key);
        // A node that replaced the address itself still knows the true one.
        let masked_here = packet.masked_by.as_deref() == Some(node);
        if (is_own_node && !masked_here) || is_itself {
            return Ok(());
        }
        let (known, address) = match (&packet.masked_by, packet.caller) {
            (Some(_), Caller::Outside) if masked_here => (None, world::CLIENT),
            (Some(_), _) if !masked_here => (None, &*packet.source),
            _ => (packet.pod.as_ref().map(|(key, pod)| (key, pod)), &*packet.source),
        };
        let peer = policy::End { pod: known, address };
        let port = packet.port(port, Some(pod));
        let verdict = self.policies.check(policy::Direction::Ingress, (key, pod), peer, port);
        self.enforce(verdict, (Reason::PolicyIngress, "spec.ingress"), way)
    }

    fn enforce(
        &self,
        verdict: Result<(), String>,
        (reason, field): (Reason, &str),
        way: &mut Way,
    ) -> Result<(), Arrival> {
        let Err(policy) = verdict else { return Ok(()) };
        if !self.enforces_policies {
            way.step(|| Hop::PolicyIgnored { policy });
            return Ok(());
        }
        let blame = || Blame::new(reason).at(policy, field);
        Err(Arrival::Failed(way.fail(NetError::TimedOut, blame)))
    }
}
