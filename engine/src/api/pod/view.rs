//! What components ask of a Pod.

use super::super::object::Object;
use crate::sim::{Delay, Time};
use crate::value::Value;

/// A Pod.
#[derive(Debug, Clone, Copy)]
pub struct PodView<'a>(pub &'a Value);

/// One container of a Pod spec.
#[derive(Debug, Clone, Copy)]
pub struct ContainerView<'a>(pub &'a Value);

/// A port of a node that a Pod takes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostPort {
    /// The address on the node; `0.0.0.0` for all of them.
    pub ip: String,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: String,
    /// The port.
    pub port: i64,
}

/// What a Pod bears: one of its `spec.tolerations`.
#[derive(Debug, Clone, Copy)]
pub struct Toleration<'a>(pub &'a Value);

impl<'a> PodView<'a> {
    /// Its metadata.
    pub fn object(self) -> Object<'a> {
        Object(self.0)
    }

    /// Its name.
    pub fn name(self) -> &'a str {
        self.object().name()
    }

    /// Its namespace.
    pub fn namespace(self) -> &'a str {
        self.object().namespace()
    }

    /// Its spec.
    pub fn spec(self) -> &'a Value {
        &self.0["spec"]
    }

    /// Its status.
    pub fn status(self) -> &'a Value {
        &self.0["status"]
    }

    /// The node it is bound to; empty before that.
    pub fn node_name(self) -> &'a str {
        self.spec()["nodeName"].text()
    }

    /// Whether it is bound to a node.
    pub fn is_bound(self) -> bool {
        !self.node_name().is_empty()
    }

    /// `Pending`, `Running`, `Succeeded`, `Failed` or `Unknown`.
    pub fn phase(self) -> &'a str {
        self.status()["phase"].text()
    }

    /// Whether it has ended for good: `Succeeded` or `Failed`.
    pub fn is_terminal(self) -> bool {
        matches!(self.phase(), "Succeeded" | "Failed")
    }

    /// Whether its deletion was asked for.
    pub fn is_deleting(self) -> bool {
        self.object().is_deleting()
    }

    /// Whether controllers count it: neither ended nor being deleted.
    pub fn is_active(self) -> bool {
        !self.is_terminal() && !self.is_deleting()
    }

    /// Whether its `Ready` condition is `True`.
    pub fn is_ready(self) -> bool {
        self.object().has_condition("Ready")
    }

    /// Since when its `Ready` condition has not changed.
    pub fn ready_since(self) -> Option<Time> {
        let condition = self.object().condition("Ready")?;
        Time::parse(condition["lastTransitionTime"].text())
    }

    /// Whether it has been ready for `min_ready` at `now`.
    pub fn is_available(self, min_ready: Delay, now: Time) -> bool {
        self.is_ready()
            && (min_ready <= Delay::ZERO
                || self.ready_since().is_some_and(|since| since + min_ready <= now))
    }

    /// How long its containers have to end; 30 s if nothing is said.
    pub fn grace_period(self) -> Delay {
        let secs = self.spec()["terminationGracePeriodSeconds"].as_int().unwrap_or(30);
        Delay::secs(secs)
    }

    /// `Always`, `OnFailure` or `Never`.
    pub fn restart_policy(self) -> &'a str {
        self.spec()["restartPolicy"].text()
    }

    /// Its address within the cluster; empty until the kubelet says so.
    pub fn ip(self) -> &'a str {
        self.status()["podIP"].text()
    }

    /// Whether it shares its node's network.
    pub fn uses_host_network(self) -> bool {
        self.spec()["hostNetwork"].is_true()
    }

    /// `Guaranteed`, `Burstable` or `BestEffort`, as recorded or as computed.
    pub fn qos_class(self) -> &'a str {
        match self.status()["qosClass"].text() {
            "" => super::qos_class(self.spec()),
            class => class,
        }
    }

    /// Its priority for the scheduler.
    pub fn priority(self) -> i64 {
        self.spec()["priority"].int()
    }

    /// The ServiceAccount it runs as.
    pub fn service_account(self) -> &'a str {
        self.spec()["serviceAccountName"].text()
    }

    /// Its regular containers.
    pub fn containers(self) -> impl ExactSizeIterator<Item = ContainerView<'a>> {
        self.spec()["containers"].items().iter().map(ContainerView)
    }

    /// Its init containers, sidecars among them.
    pub fn init_containers(self) -> impl ExactSizeIterator<Item = ContainerView<'a>> {
        self.spec()["initContainers"].items().iter().map(ContainerView)
    }

    /// Its init containers that keep running beside the regular ones.
    pub fn sidecars(self) -> impl Iterator<Item = ContainerView<'a>> {
        self.init_containers().filter(|container| container.is_sidecar())
    }

    /// The status of the container `name`, of whichever sort.
    pub fn container_status(self, name: &str) -> Option<&'a Value> {
        ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"]
            .iter()
            .flat_map(|list| self.status()[*list].items())
            .find(|status| status["name"].text() == name)
    }

    /// How often its containers have been restarted, in all.
    pub fn restarts(self) -> i64 {
        ["containerStatuses", "initContainerStatuses"]
            .iter()
            .flat_map(|list| self.status()[*list].items())
            .map(|status| status["restartCount"].int())
            .sum()
    }

    /// Whether it takes ports of its node.
    pub fn takes_host_ports(self) -> bool {
        let mut ports = self.containers().flat_map(ContainerView::ports);
        ports.any(|port| port["hostPort"].int() > 0)
    }

    /// The ports it takes on its node.
    pub fn host_ports(self) -> impl Iterator<Item = HostPort> {
        self.containers()
            .flat_map(|container| container.ports().iter())
            .filter(|port| port["hostPort"].int() > 0)
            .map(|port| HostPort {
                ip: non_empty(port["hostIP"].text(), "0.0.0.0"),
                protocol: non_empty(port["protocol"].text(), "TCP"),
                port: port["hostPort"].int(),
            })
    }

    /// What it bears.
    pub fn tolerations(self) -> impl Iterator<Item = Toleration<'a>> {
        self.spec()["tolerations"].items().iter().map(Toleration)
    }

    /// Whether it bears `taint` of a node.
    pub fn tolerates(self, taint: &Value) -> bool {
        self.tolerations().any(|toleration| toleration.tolerates(taint))
    }

    /// Whether something still keeps the scheduler from placing it.
    pub fn is_gated(self) -> bool {
        !self.spec()["schedulingGates"].items().is_empty()
    }
}

impl<'a> ContainerView<'a> {
    /// Its name.
    pub fn name(self) -> &'a str {
        self.0["name"].text()
    }

    /// Its image.
    pub fn image(self) -> &'a str {
        self.0["image"].text()
    }

    /// Whether it is an init container that keeps running.
    pub fn is_sidecar(self) -> bool {
        self.0["restartPolicy"].text() == "Always"
    }

    /// Its ports.
    pub fn ports(self) -> &'a [Value] {
        self.0["ports"].items()
    }

    /// The number of the port called `name`.
    pub fn named_port(self, name: &str) -> Option<i64> {
        let port = self.ports().iter().find(|port| port["name"].text() == name)?;
        Some(port["containerPort"].int())
    }
}

impl<'a> Toleration<'a> {
    /// The taint's key; empty for every key.
    pub fn key(self) -> &'a str {
        self.0["key"].text()
    }

    /// The taint's effect; empty for every effect.
    pub fn effect(self) -> &'a str {
        self.0["effect"].text()
    }

    /// How long it bears a `NoExecute` taint; for ever if it does not say.
    pub fn time(self) -> Option<Delay> {
        self.0["tolerationSeconds"].as_int().map(|secs| Delay::secs(secs.max(0)))
    }

    /// Whether it bears `taint` of a node.
    pub fn tolerates(self, taint: &Value) -> bool {
        let effect_fits = self.effect().is_empty() || self.effect() == taint["effect"].text();
        let key_fits = self.key().is_empty() || self.key() == taint["key"].text();
        let value_fits = match self.0["operator"].text() {
            "" | "Equal" => self.0["value"].text() == taint["value"].text(),
            "Exists" => true,
            _ => false,
        };
        effect_fits && key_fits && value_fits
    }
}

fn non_empty(text: &str, default: &str) -> String {
    if text.is_empty() { default.to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value;

    #[test]
    fn tolerations_fit_taints() {
        let taint = value!({ "key": "a", "value": "1", "effect": "NoSchedule" });
        for (toleration, expected) in [
            (value!({ "operator": "Exists" }), true),
            (value!({ "key": "a", "operator": "Exists", "effect": "NoExecute" }), false),
            (value!({ "key": "a", "value": "1" }), true),
            (value!({ "key": "a", "value": "2" }), false),
            (value!({ "key": "b", "operator": "Exists" }), false),
        ] {
            let pod = value!({ "spec": { "tolerations": [toleration] } });
            assert_eq!(PodView(&pod).tolerates(&taint), expected, "{}", pod.to_json());
        }
    }

    #[test]
    fn a_pod_is_available_once_it_has_been_ready_long_enough() {
        let pod = value!({
            "status": {
                "conditions": [{
                    "type": "Ready",
                    "status": "True",
                    "lastTransitionTime": "1970-01-01T00:01:00Z",
                }],
            },
        });
        let available =
            |secs, now| PodView(&pod).is_available(Delay::secs(secs), Time::from_secs(now));
        assert!(available(0, 0));
        assert!(!available(10, 69));
        assert!(available(10, 70));
    }
}
