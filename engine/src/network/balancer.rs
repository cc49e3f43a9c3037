//! Load balancers of the cloud: which nodes they find well.
//!
//! Source: `k8s.io/cloud-provider/controllers/service` for the nodes, and
//! upstream `pkg/proxy/healthcheck/service_health.go` for what they hear: with
//! `externalTrafficPolicy: Local` a node is well only while it has an endpoint.

use super::Network;
use super::rules::{Door, ServiceRules, points};
use crate::process::HttpResponse;
use crate::sim::{Delay, Time};
use crate::value::{Str, Value};

/// How long a load balancer takes to notice: two checks, three seconds apart.
const NOTICES: Delay = Delay::secs(6);
/// Nodes with one of these labels take no traffic from load balancers.
const EXCLUDING: [&str; 2] = [
    "node-role.kubernetes.io/control-plane",
    "node.kubernetes.io/exclude-from-external-load-balancers",
];
const NLB: &str = "service.beta.kubernetes.io/aws-load-balancer-type";

/// Whether a Service's load balancer is a proxy, so that its own address is
/// the source: Amazon's classic one, which is known by a name.
pub(super) fn is_proxy(service: &Value) -> bool {
    let kind = service["metadata"]["annotations"][NLB].text();
    points(service).any(|point| !point["hostname"].is_empty())
        && !matches!(kind, "nlb" | "nlb-ip" | "external")
}

/// What a kube-proxy answers on a Service's `healthCheckNodePort`.
pub(super) fn answer(rules: &ServiceRules, node: &str) -> HttpResponse {
    let count = rules.local_count(node);
    let body = format!(
        "{{\n\t\"service\": {{\n\t\t\"namespace\": \"{}\",\n\t\t\"name\": \"{}\"\n\t}},\n\t\
         \"localEndpoints\": {count},\n\t\"serviceProxyHealthy\": true\n}}",
        rules.key.namespace, rules.key.name
    );
    let length = body.len().to_string();
    let mut response = HttpResponse::text(if count > 0 { 200 } else { 503 }, body);
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    response.headers = vec![
        header("Content-Type", "application/json"),
        header("X-Content-Type-Options", "nosniff"),
        header("X-Load-Balancing-Endpoint-Weight", &count.to_string()),
        header("Content-Length", &length),
    ];
    response
}

/// Whether load balancers may send traffic to a node.
pub(super) fn takes_traffic(node: &Value) -> bool {
    let labels = &node["metadata"]["labels"];
    let conditions = node["status"]["conditions"].items();
    EXCLUDING.iter().all(|label| labels[*label].is_null())
        && conditions
            .iter()
            .any(|own| own["type"].text() == "Ready" && own["status"].text() == "True")
}

impl Network {
    /// The nodes to which a Service's load balancer sends traffic.
    pub(super) fn balanced_nodes(&self, rules: &ServiceRules, now: Time) -> Vec<Str> {
        if !rules.is_local(Door::External) {
            return self.balanced.iter().cloned().collect();
        }
        let then = self.proxies.rules(&rules.key, now + NOTICES.times(-1));
        let known = then.map_or(rules, |then| then);
        let has_endpoint = |node: &&Str| known.local_count(node) > 0;
        self.balanced.iter().filter(has_endpoint).cloned().collect()
    }
}
