//! What a Service's spec asks for, as questions.
//!
//! Source: `pkg/api/service/util.go` and `registry/core/service/strategy.go`.

use crate::value::Value;

/// A look at a Service's spec.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spec<'a>(pub(super) &'a Value);

impl<'a> Spec<'a> {
    /// The spec of `service`.
    pub(super) fn of(service: &'a Value) -> Self {
        Self(&service["spec"])
    }

    /// The type, as `NodePort`.
    pub(super) fn kind(self) -> &'a str {
        self.0["type"].text()
    }

    /// The addresses in the cluster, or `None` alone.
    pub(super) fn cluster_ips(self) -> &'a [Value] {
        self.0["clusterIPs"].items()
    }

    /// The ports.
    pub(super) fn ports(self) -> &'a [Value] {
        self.0["ports"].items()
    }

    /// Whether the Service has no address on purpose.
    pub(super) fn is_headless(self) -> bool {
        matches!(self.cluster_ips(), [only] if only.text() == "None")
    }

    /// Whether a cloud's load balancer is asked for.
    pub(super) fn is_load_balancer(self) -> bool {
        self.kind() == "LoadBalancer"
    }

    /// Whether the Service is but a name for something outside.
    pub(super) fn is_external_name(self) -> bool {
        self.kind() == "ExternalName"
    }

    /// Whether the Service may have an address in the cluster.
    pub(super) fn needs_cluster_ip(self) -> bool {
        matches!(self.kind(), "ClusterIP" | "NodePort" | "LoadBalancer")
    }

    /// Whether the Service may have ports on every node.
    pub(super) fn needs_node_port(self) -> bool {
        matches!(self.kind(), "NodePort" | "LoadBalancer")
    }

    /// Whether missing node ports are to be found for it.
    pub(super) fn allocates_node_ports(self) -> bool {
        self.kind() == "NodePort"
            || self.is_load_balancer()
                && self.0["allocateLoadBalancerNodePorts"].as_bool().unwrap_or(true)
    }

    /// Whether a load balancer must be able to ask nodes for endpoints.
    pub(super) fn needs_health_check(self) -> bool {
        self.is_load_balancer() && self.0["externalTrafficPolicy"].text() == "Local"
    }

    /// Whether traffic comes in from outside, so that `externalTrafficPolicy`
    /// means something.
    pub(super) fn is_external(self) -> bool {
        self.needs_node_port()
            || self.kind() == "ClusterIP" && !self.0["externalIPs"].items().is_empty()
    }

    /// The port for health checks; 0 for none.
    pub(super) fn health_check_port(self) -> i64 {
        self.0["healthCheckNodePort"].int()
    }
}
