//! The state of an object in plain words, as far as a learner is likely to
//! stand before it and wonder. Kubernetes has no such words; they are ours.

use podyard_engine::view::{Id, Node, NodeHealth, Pod, PodHealth, Service};

use super::Cluster;
use super::commands::in_namespace;
use crate::i18n::Word;

/// What is the matter, and what to type to learn more or to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plain {
    /// What is the matter.
    pub(crate) word: Word,
    /// What fills its gaps.
    pub(crate) gaps: Vec<String>,
    /// A line that goes on from here.
    pub(crate) line: Option<String>,
}

impl Plain {
    fn new(word: Word) -> Self {
        Self { word, gaps: Vec::new(), line: None }
    }

    fn with(word: Word, gap: impl ToString) -> Self {
        Self { gaps: vec![gap.to_string()], ..Self::new(word) }
    }

    fn then(self, line: String) -> Self {
        Self { line: Some(line), ..self }
    }
}

/// What is the matter with an object; nothing while all is well.
pub(crate) fn plain(cluster: &Cluster, id: Id) -> Option<Plain> {
    if let Some(pod) = cluster.pods.get(&id) {
        return of_pod(pod);
    }
    if let Some(service) = cluster.services.get(&id) {
        return of_service(cluster, service);
    }
    of_node(cluster, cluster.nodes.get(&id)?)
}

fn of_pod(pod: &Pod) -> Option<Plain> {
    let place = in_namespace(&pod.namespace);
    let waiting = |state: &str| pod.containers.iter().find(|own| own.state == state);
    let describe = || format!("kubectl describe pod {}{place}", pod.name);
    let logs = |flags: &str| format!("kubectl logs {}{place}{flags}", pod.name);
    let plain = match pod.status.as_str() {
        status @ ("ErrImagePull" | "ImagePullBackOff" | "InvalidImageName") => {
            let image = waiting(status).map(|own| own.image.clone()).unwrap_or_default();
            Plain::with(Word::PlainImage, image).then(describe())
        }
        "CrashLoopBackOff" => Plain::with(Word::PlainCrash, pod.restarts).then(logs(" --previous")),
        "CreateContainerConfigError" => Plain::new(Word::PlainConfig).then(describe()),
        "OOMKilled" => Plain::new(Word::PlainMemory).then(describe()),
        "Error" => Plain::new(Word::PlainError).then(logs("")),
        "Evicted" => Plain::new(Word::PlainEvicted).then(describe()),
        "Terminating" => Plain::new(Word::PlainTerminating),
        "Pending" if pod.node.is_empty() => Plain::new(Word::PlainUnscheduled).then(describe()),
        "Running" if pod.health == PodHealth::NotReady => {
            Plain::new(Word::PlainNotReady).then(describe())
        }
        _ if pod.health == PodHealth::Unknown => Plain::with(Word::PlainLost, &pod.node),
        _ => return None,
    };
    Some(plain)
}

fn of_service(cluster: &Cluster, service: &Service) -> Option<Plain> {
    if service.kind == "ExternalName" || super::cluster::is_builtin(service) {
        return None;
    }
    let place = in_namespace(&service.namespace);
    let ends = cluster.endpoints_of(service);
    if ends.is_empty() {
        let selector = service.selector.join(",");
        return Some(if selector.is_empty() {
            Plain::new(Word::WhyNoSelector)
        } else {
            let line = format!("kubectl get pods{place} -l {selector}");
            Plain::with(Word::PlainNoEndpoints, selector).then(line)
        });
    }
    if ends.iter().all(|end| !end.ready) {
        return Some(Plain::new(Word::PlainNoneReady).then(format!("kubectl get pods{place}")));
    }
    (service.external == "<pending>").then(|| {
        let patch = r#"'{"spec":{"type":"NodePort"}}'"#;
        let line = format!("kubectl patch service {}{place} -p {patch}", service.name);
        Plain::new(Word::PlainPendingAddress).then(line)
    })
}

fn of_node(cluster: &Cluster, node: &Node) -> Option<Plain> {
    match node.health {
        NodeHealth::Ready if cluster.stopped.contains(&node.name) => {
            Some(Plain::new(Word::PlainNodeStopped))
        }
        NodeHealth::Ready if node.cordoned => Some(Plain::new(Word::PlainCordoned)),
        NodeHealth::Ready => None,
        NodeHealth::NotReady | NodeHealth::Unknown => Some(Plain::new(Word::PlainNodeLost)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use podyard_engine::value;
    use podyard_engine::value::Value;
    use podyard_engine::view::View;

    fn of(kind: &str, object: &Value) -> Option<Plain> {
        let mut view = View::default();
        view.observe(kind, object);
        let mut cluster = Cluster::default();
        for delta in view.take_deltas() {
            cluster.apply(delta);
        }
        plain(&cluster, Id(0))
    }

    fn check(object: &Value, wanted: Word) {
        let kind = object["kind"].text();
        assert_eq!(of(kind, object).map(|own| own.word), Some(wanted), "{}", object.to_json());
    }

    fn pod(reason: &str) -> Value {
        value!({
            "kind": "Pod",
            "metadata": { "name": "a", "namespace": "default", "uid": "a" },
            "spec": { "nodeName": "n", "containers": [{ "name": "c", "image": "nope" }] },
            "status": {
                "phase": "Pending",
                "containerStatuses": [{
                    "name": "c", "image": "nope", "restartCount": 0, "ready": false,
                    "state": { "waiting": { "reason": reason } },
                }],
            },
        })
    }

    #[test]
    fn what_learners_stand_before_is_explained() {
        check(&pod("ImagePullBackOff"), Word::PlainImage);
        check(&pod("CrashLoopBackOff"), Word::PlainCrash);
        check(&pod("CreateContainerConfigError"), Word::PlainConfig);
        check(
            &value!({
                "kind": "Pod", "metadata": { "name": "a", "namespace": "default", "uid": "a" },
                "spec": { "containers": [] }, "status": { "phase": "Pending" },
            }),
            Word::PlainUnscheduled,
        );
        check(
            &value!({
                "kind": "Service", "metadata": { "name": "a", "namespace": "default", "uid": "a" },
                "spec": { "type": "LoadBalancer", "selector": { "app": "a" } },
            }),
            Word::PlainNoEndpoints,
        );
    }

    #[test]
    fn what_is_well_is_not_explained() {
        let external = value!({
            "kind": "Service", "metadata": { "name": "a", "namespace": "default", "uid": "a" },
            "spec": { "type": "ExternalName", "externalName": "my.sample.com" },
        });
        assert_eq!(of("Service", &external), None);
    }
}
