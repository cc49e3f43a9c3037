//! Why a Service has no endpoint for a connection: the object and field.

use super::Network;
use super::rules::{Door, ServiceRules};
use super::trace::{Blame, Reason};
use crate::api::pod::PodView;
use crate::api::selector::Selector;
use crate::value::Value;

impl Network {
    /// Who is to blame that no endpoint is fit.
    pub(super) fn why_no_endpoints(
        &self,
        rules: &ServiceRules,
        port: usize,
        door: Door,
        node: &str,
    ) -> Blame {
        let object = format!("Service/{}", rules.name);
        let spec = &rules.service["spec"];
        if rules.is_local(door) && rules.has_endpoints(port) {
            let field = match door {
                Door::ClusterIp => "spec.internalTrafficPolicy",
                Door::External | Door::ExternalFromInside => "spec.externalTrafficPolicy",
            };
            return Blame::new(Reason::NoLocalEndpoint).at(object, field).detail(node);
        }
        if spec["selector"].is_empty() {
            return Blame::new(Reason::NoSelector).at(object, "spec.selector");
        }
        let selector = Selector::from_labels(&spec["selector"]);
        let pods: Vec<&Value> = self
            .pods
            .iter()
            .filter(|(key, _)| key.namespace == rules.key.namespace)
            .map(|(_, pod)| pod)
            .filter(|pod| selector.matches(&pod["metadata"]["labels"]))
            .filter(|pod| !PodView(pod).is_terminal())
            .collect();
        let target = spec["ports"][port]["targetPort"].as_str();
        let has_port = |pod: &&Value, name: &str| {
            PodView(pod).containers().any(|container| container.named_port(name).is_some())
        };
        if pods.is_empty() {
            Blame::new(Reason::NoPodMatches).at(object, "spec.selector")
        } else if let Some(name) = target.filter(|name| !pods.iter().any(|pod| has_port(pod, name)))
        {
            let field = format!("spec.ports[{port}].targetPort");
            Blame::new(Reason::NoSuchPortName).at(object, field).detail(name)
        } else {
            let unready = pods.iter().find(|pod| !PodView(pod).is_ready());
            unready.map_or_else(
                || Blame::new(Reason::RulesBehind).at(object, "spec.selector"),
                |pod| why_not_ready(pod),
            )
        }
    }
}

/// Which field of a Pod keeps it from being ready.
fn why_not_ready(pod: &Value) -> Blame {
    let view = PodView(pod);
    let blame = Blame::new(Reason::PodNotReady);
    let object = format!("Pod/{}/{}", view.namespace(), view.name());
    if view.is_deleting() {
        return blame.at(object, "metadata.deletionTimestamp").detail("Terminating");
    }
    if !view.is_bound() {
        return blame.at(object, "spec").detail("Pending");
    }
    for (index, container) in pod["spec"]["containers"].items().iter().enumerate() {
        let status = view.container_status(container["name"].text());
        let Some(status) = status.filter(|status| !status["ready"].is_true()) else { continue };
        let waiting = status["state"]["waiting"]["reason"].text();
        let field = match waiting {
            "ErrImagePull" | "ImagePullBackOff" | "InvalidImageName" => "image",
            "CrashLoopBackOff" | "RunContainerError" => "command",
            "CreateContainerConfigError" => "env",
            "" if !container["readinessProbe"].is_null() => "readinessProbe",
            "" if !container["startupProbe"].is_null() => "startupProbe",
            _ => "name",
        };
        let field = format!("spec.containers[{index}].{field}");
        return blame.at(object, field).detail(waiting);
    }
    blame.at(object, "status.conditions").detail(view.phase())
}
