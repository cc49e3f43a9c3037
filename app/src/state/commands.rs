//! The command lines behind the picture's buttons: what a person would type
//! to do the same.

use podyard_engine::view::{Id, Node, NodeHealth, Service};

use super::cluster::Cluster;

/// How long a request waits for an answer before it gives up.
const PATIENCE_SECS: u32 = 5;
/// The image of a Pod that only asks.
const CLIENT_IMAGE: &str = "curlimages/curl";
/// More Pods than these are not offered as senders.
const MAX_SENDERS: usize = 40;

/// Who sends a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sender {
    /// Somebody outside the cluster.
    Outside,
    /// A Pod made for this one request.
    Fresh,
    /// A Pod.
    Pod {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
}

/// Where a request is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// What stands at that address, in a word: a Service, a node, or the word
    /// for a load balancer.
    pub(crate) place: Place,
    /// Host and port, as a URL wants them.
    pub(crate) address: String,
}

/// What stands at an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// The name that DNS knows.
    Name,
    /// The address inside the cluster.
    ClusterIp,
    /// The port of this node.
    Node(String),
    /// The load balancer.
    Balancer,
}

impl Sender {
    /// A text that tells it from all others.
    pub(crate) fn key(&self) -> String {
        match self {
            Self::Outside => "outside".to_owned(),
            Self::Fresh => "fresh".to_owned(),
            Self::Pod { namespace, name } => format!("{namespace}/{name}"),
        }
    }

    fn namespace(&self) -> &str {
        match self {
            Self::Outside => "",
            Self::Fresh => "default",
            Self::Pod { namespace, .. } => namespace,
        }
    }
}

/// Everybody who can send a request for what is chosen: a chosen Pod asks
/// itself.
pub(crate) fn senders(cluster: &Cluster, chosen: Id) -> Vec<Sender> {
    let sender = |pod: &podyard_engine::view::Pod| Sender::Pod {
        namespace: pod.namespace.clone(),
        name: pod.name.clone(),
    };
    if let Some(pod) = cluster.pods.get(&chosen) {
        return vec![sender(pod)];
    }
    let asks = |pod: &podyard_engine::view::Pod| {
        pod.phase == "Running" && pod.namespace != super::SYSTEM_NAMESPACE
    };
    let running = cluster.pods.values().filter(|pod| asks(pod)).take(MAX_SENDERS);
    let mut senders = vec![Sender::Outside, Sender::Fresh];
    senders.extend(running.map(|pod| sender(pod)));
    senders
}

/// Everywhere that `sender` can send a request to for what is chosen, the
/// likeliest first.
pub(crate) fn targets(cluster: &Cluster, chosen: Id, sender: &Sender) -> Vec<Target> {
    if let Some(service) = cluster.services.get(&chosen) {
        return of_service(cluster, service, sender);
    }
    let services = cluster.services.values().filter(|own| !super::cluster::is_builtin(own));
    let services = services.filter(|own| own.namespace != super::SYSTEM_NAMESPACE);
    let inside = services.clone().flat_map(|service| by_name(service, sender));
    match cluster.nodes.get(&chosen) {
        Some(node) => services.flat_map(|service| at_node(service, node)).collect(),
        None => inside.collect(),
    }
}

fn of_service(cluster: &Cluster, service: &Service, sender: &Sender) -> Vec<Target> {
    let nodes = cluster.nodes_in_order();
    let (masters, workers): (Vec<_>, Vec<_>) =
        nodes.into_iter().partition(|(_, node)| node.control_plane);
    let doors = workers.iter().chain(&masters).flat_map(|(_, node)| at_node(service, node));
    let granted = service.kind == "LoadBalancer" && !service.external.starts_with('<');
    let ports = || service.ports.iter().map(|port| port.port);
    let balancers = ports().filter(|_| granted).map(|port| Target {
        place: Place::Balancer,
        address: with_port(service.external.split(',').next().unwrap_or_default(), port),
    });
    let has_address = !matches!(service.address.as_str(), "" | "None");
    let own = ports()
        .filter(|_| has_address)
        .map(|port| Target { place: Place::ClusterIp, address: with_port(&service.address, port) });
    let inside: Vec<Target> = by_name(service, sender).chain(own).collect();
    let outside: Vec<Target> = balancers.chain(doors).collect();
    match sender {
        Sender::Outside => outside.into_iter().chain(inside).collect(),
        Sender::Fresh | Sender::Pod { .. } => inside.into_iter().chain(outside).collect(),
    }
}

fn by_name(service: &Service, sender: &Sender) -> impl Iterator<Item = Target> {
    let is_near = service.namespace == sender.namespace();
    let host = if is_near {
        service.name.clone()
    } else {
        format!("{}.{}", service.name, service.namespace)
    };
    // The name of an external Service needs no port.
    let ports: Vec<i64> = service.ports.iter().map(|port| port.port).collect();
    let ports = if ports.is_empty() { vec![80] } else { ports };
    let here = sender.namespace().is_empty();
    ports
        .into_iter()
        .filter(move |_| !here)
        .map(move |port| Target { place: Place::Name, address: with_port(&host, port) })
}

fn at_node(service: &Service, node: &Node) -> Vec<Target> {
    let ports = service.ports.iter().map(|port| port.node_port).filter(|port| *port > 0);
    ports
        .map(|port| Target {
            place: Place::Node(node.name.clone()),
            address: with_port(&node.address, port),
        })
        .collect()
}

fn with_port(host: &str, port: i64) -> String {
    if port == 80 { host.to_owned() } else { format!("{host}:{port}") }
}

/// The line that sends a request.
pub(crate) fn request(sender: &Sender, target: &Target) -> String {
    let curl = format!("curl -sS -m {PATIENCE_SECS} http://{}", target.address);
    match sender {
        Sender::Outside => curl,
        Sender::Fresh => {
            format!("kubectl run client -i --rm --restart=Never --image={CLIENT_IMAGE} -- {curl}")
        }
        Sender::Pod { namespace, name } => {
            format!("kubectl exec {name}{} -- {curl}", in_namespace(namespace))
        }
    }
}

/// How often traffic can be sent, in requests a second.
pub(crate) const RATES: [u32; 4] = [1, 5, 20, 100];
/// How often it is sent unless somebody chooses.
pub(crate) const DEFAULT_RATE: u32 = 5;

/// The line that sends requests at a rate. A sender that is not there yet is
/// made first, and stays.
pub(crate) fn traffic(cluster: &Cluster, sender: &Sender, target: &Target, rate: u32) -> String {
    let start = format!("podyard traffic start --to http://{} --rps {rate}", target.address);
    match sender {
        Sender::Outside => start,
        Sender::Fresh => {
            let taken = |name: &str| cluster.named(&format!("Pod/default/{name}")).is_some();
            let mut names = (1..).map(|number| format!("client-{number}"));
            let name = names.find(|name| !taken(name)).unwrap_or_default();
            format!(
                "kubectl run {name} --image={CLIENT_IMAGE} -- sleep infinity && \
                 kubectl wait --for=condition=Ready pod/{name} && {start} --from pod/{name}"
            )
        }
        Sender::Pod { namespace, name } => {
            format!("{start} --from pod/{name}{}", in_namespace(namespace))
        }
    }
}

/// The line that stops the traffic of that name.
pub(crate) fn stop_traffic(name: &str) -> String {
    format!("podyard traffic stop {name}")
}

/// Something that can be done to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    /// One replica more.
    ScaleUp,
    /// One replica less.
    ScaleDown,
    /// A rollout of the same template.
    Restart,
    /// A rollout of the revision before.
    Undo,
    /// No new Pods on a node.
    Cordon,
    /// New Pods again.
    Uncordon,
    /// All Pods off a node.
    Drain,
    /// Pull a machine's plug, or a component's.
    Stop,
    /// Plug it in again.
    Start,
    /// What it printed.
    Logs,
    /// Delete it.
    Delete,
}

/// What can be done to an object, each with the line that does it.
pub(crate) fn deeds(cluster: &Cluster, id: Id) -> Vec<(Deed, String)> {
    let Some(reference) = cluster.reference(id) else { return Vec::new() };
    let object = reference.arguments();
    let mut deeds = Vec::new();
    if let Some(node) = cluster.nodes.get(&id) {
        let name = &node.name;
        deeds.push(if node.cordoned {
            (Deed::Uncordon, format!("kubectl uncordon {name}"))
        } else {
            (Deed::Cordon, format!("kubectl cordon {name}"))
        });
        let flags = "--ignore-daemonsets --delete-emptydir-data --force";
        deeds.push((Deed::Drain, format!("kubectl drain {name} {flags}")));
        let runs = node.health == NodeHealth::Ready && !cluster.stopped.contains(name);
        deeds.push(if runs {
            (Deed::Stop, format!("podyard fault node {name} down"))
        } else {
            (Deed::Start, format!("podyard fault node {name} up"))
        });
        if node.control_plane {
            deeds.extend(missing(cluster, name).map(|own| (Deed::Start, start_component(own))));
        }
        return deeds;
    }
    if let Some(workload) = cluster.workloads.get(&id) {
        let (kind, wished) = (workload.kind.as_str(), workload.desired);
        if matches!(kind, "Deployment" | "ReplicaSet" | "StatefulSet") {
            let scale = |count: i64| format!("kubectl scale {object} --replicas={count}");
            deeds.push((Deed::ScaleUp, scale(wished + 1)));
            deeds.extend((wished > 0).then(|| (Deed::ScaleDown, scale(wished - 1))));
        }
        if matches!(kind, "Deployment" | "StatefulSet" | "DaemonSet") {
            deeds.push((Deed::Restart, format!("kubectl rollout restart {object}")));
        }
        if kind == "Deployment" && cluster.children(id).len() > 1 {
            deeds.push((Deed::Undo, format!("kubectl rollout undo {object}")));
        }
    }
    if cluster.pods.contains_key(&id) {
        let place = in_namespace(&reference.namespace);
        deeds.push((Deed::Logs, format!("kubectl logs {}{place}", reference.name)));
        deeds.extend(of_component(&reference.namespace, &reference.name));
    }
    deeds.push((Deed::Delete, format!("kubectl delete {object}")));
    deeds
}

/// The components of the control plane that can be stopped, and whether the
/// API still tells of them while they are.
const COMPONENTS: [(&str, bool); 4] = [
    ("etcd", true),
    ("kube-apiserver", true),
    ("kube-controller-manager", false),
    ("kube-scheduler", false),
];

/// What can be done to a Pod of the control plane. Without etcd or API server
/// nobody learns that they are gone, so the way back is always there.
fn of_component(namespace: &str, pod: &str) -> Vec<(Deed, String)> {
    let is_own = |name: &str| pod.strip_prefix(name).is_some_and(|rest| rest.starts_with('-'));
    let found = COMPONENTS.iter().find(|(name, _)| is_own(name));
    let Some((name, stays)) = found.filter(|_| namespace == super::SYSTEM_NAMESPACE) else {
        return Vec::new();
    };
    let stop = (Deed::Stop, format!("podyard fault {name} stop"));
    let start = stays.then(|| (Deed::Start, start_component(name)));
    std::iter::once(stop).chain(start).collect()
}

/// The components that do not run on the control plane's node.
fn missing<'a>(cluster: &'a Cluster, node: &'a str) -> impl Iterator<Item = &'static str> + 'a {
    let runs = move |name: &str| {
        cluster.named(&format!("Pod/{}/{name}-{node}", super::SYSTEM_NAMESPACE)).is_some()
    };
    COMPONENTS.iter().map(|(name, _)| *name).filter(move |name| !runs(name))
}

fn start_component(name: &str) -> String {
    format!("podyard fault {name} start")
}

/// The flag that names a namespace, where one has to be named.
pub(crate) fn in_namespace(namespace: &str) -> String {
    match namespace {
        "" | "default" => String::new(),
        other => format!(" -n {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::cluster::tests::sample;
    use podyard_engine::value;
    use podyard_engine::view::View;

    fn with_service() -> (Cluster, Id) {
        let mut cluster = sample();
        let mut view = View::default();
        // Numbers go on behind those of the sample.
        for number in 0..20 {
            let name = format!("x{number}");
            view.observe("ConfigMap", &value!({ "metadata": { "uid": (&name) } }));
        }
        view.observe(
            "Service",
            &value!({
                "metadata": { "name": "web", "namespace": "shop", "uid": "svc" },
                "spec": {
                    "type": "NodePort", "clusterIP": "10.96.0.9",
                    "ports": [{ "port": 8080, "targetPort": 80, "nodePort": 30080 }],
                },
            }),
        );
        for delta in view.take_deltas() {
            cluster.apply(delta);
        }
        let id = cluster.services.keys().next().copied().expect("a Service");
        (cluster, id)
    }

    fn lines(cluster: &Cluster, chosen: Id, sender: &Sender) -> Vec<String> {
        targets(cluster, chosen, sender).iter().map(|target| request(sender, target)).collect()
    }

    #[test]
    fn from_outside_the_ports_of_nodes_come_first() {
        let (cluster, service) = with_service();
        let lines = lines(&cluster, service, &Sender::Outside);
        assert_eq!(lines.len(), 4);
        assert_eq!(lines.first().map(String::as_str), Some("curl -sS -m 5 http://:30080"));
        assert_eq!(lines.last().map(String::as_str), Some("curl -sS -m 5 http://10.96.0.9:8080"));
    }

    #[test]
    fn from_a_pod_of_another_namespace_the_name_is_longer() {
        let (cluster, service) = with_service();
        let sender = Sender::Pod { namespace: "default".to_owned(), name: "a".to_owned() };
        let lines = lines(&cluster, service, &sender);
        let wanted = "kubectl exec a -- curl -sS -m 5 http://web.shop:8080";
        assert_eq!(lines.first().map(String::as_str), Some(wanted));
    }

    #[test]
    fn a_deployment_can_be_scaled_restarted_undone_and_deleted() {
        let cluster = sample();
        let (web, _) = *cluster.roots().first().expect("a Deployment");
        let lines: Vec<String> = deeds(&cluster, web).into_iter().map(|(_, line)| line).collect();
        assert_eq!(
            lines,
            [
                "kubectl scale deployment web --replicas=2",
                "kubectl scale deployment web --replicas=0",
                "kubectl rollout restart deployment web",
                "kubectl rollout undo deployment web",
                "kubectl delete deployment web",
            ]
        );
    }

    #[test]
    fn a_chosen_pod_asks_itself() {
        let (cluster, _) = with_service();
        let pod = *cluster.pods.keys().next().expect("a Pod");
        assert_eq!(senders(&cluster, pod).len(), 1);
    }
}
