//! The vocabulary of the view model, and which kind of object becomes what.

use serde::{Deserialize, Serialize};

use super::{Ids, endpoints, event, node, other, pod, workload};
use crate::sim::Time;
use crate::value::Value;

/// Names an object for as long as the view lives. A Pod that replaces another
/// of the same name is another object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Id(pub u32);

/// One difference to what was said before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Delta {
    /// The object is new, or looks different now.
    Set(Id, Box<Item>),
    /// The object exists no more.
    Gone(Id),
}

/// One thing the page can show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Item {
    /// A machine.
    Node(Node),
    /// A Pod.
    Pod(Pod),
    /// Something that wants a number of Pods or of other workloads.
    Workload(Workload),
    /// A Service.
    Service(Service),
    /// Where one EndpointSlice sends requests.
    Endpoints(Endpoints),
    /// Something that others use, or that acts on them.
    Other(Other),
    /// A Kubernetes event.
    Event(Event),
}

/// A machine of the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// `metadata.name`.
    pub name: String,
    /// What its Ready condition says.
    pub health: NodeHealth,
    /// Whether it is cordoned (`spec.unschedulable`).
    pub cordoned: bool,
    /// Whether it carries the control-plane role.
    pub control_plane: bool,
    /// Its internal address.
    pub address: String,
    /// Its allocatable processor time, in thousandths of a core.
    pub cpu_milli: i64,
    /// Its allocatable memory in bytes.
    pub memory: i64,
    /// How many Pods it can take.
    pub pods: i64,
}

/// What is known of a machine's health.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NodeHealth {
    /// The kubelet reports and is well.
    Ready,
    /// The kubelet reports that it is not well.
    NotReady,
    /// The kubelet has not been heard of.
    Unknown,
}

/// A Pod.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pod {
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
    /// The node it is bound to, or empty.
    pub node: String,
    /// Its controller.
    pub owner: Option<Id>,
    /// `status.phase`.
    pub phase: String,
    /// The word in the STATUS column of `kubectl get pods`.
    pub status: String,
    /// The same, sorted into the few states that look different.
    pub health: PodHealth,
    /// How many of its containers are ready.
    pub ready: u32,
    /// Restarts of all its containers.
    pub restarts: i64,
    /// Its address, or empty.
    pub address: String,
    /// When it was created.
    pub created: i64,
    /// Processor time it requests, in thousandths of a core.
    pub cpu_milli: i64,
    /// Memory it requests, in bytes.
    pub memory: i64,
    /// Its containers, sidecars included.
    pub containers: Vec<Container>,
}

/// The states of a Pod that look different.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PodHealth {
    /// Something keeps failing: an image that cannot be pulled, a container
    /// that crashes, an eviction.
    Failed,
    /// Waiting for a node, an image or a start.
    Pending,
    /// Running, but not ready for requests.
    NotReady,
    /// Being deleted.
    Terminating,
    /// Its node has not been heard of.
    Unknown,
    /// Running and ready.
    Running,
    /// Done, and it went well.
    Succeeded,
}

/// One container of a Pod.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// Its image as the manifest names it.
    pub image: String,
    /// `Running`, or why it waits or ended.
    pub state: String,
    /// Whether it is ready.
    pub ready: bool,
    /// How often it was restarted.
    pub restarts: i64,
}

/// A Deployment, ReplicaSet or another kind that keeps a number of Pods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workload {
    /// `Deployment`, `ReplicaSet`, `DaemonSet`, `StatefulSet`, `Job` or
    /// `CronJob`.
    pub kind: String,
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
    /// Its controller.
    pub owner: Option<Id>,
    /// The revision its owner's history knows it by.
    pub revision: i64,
    /// How many are wished for.
    pub desired: i64,
    /// How many exist.
    pub current: i64,
    /// How many of them follow the newest template.
    pub updated: i64,
    /// How many are ready.
    pub ready: i64,
    /// The images of its template.
    pub images: Vec<String>,
    /// The fewest and the most Pods that a rollout allows; none where it has
    /// no such bounds.
    pub bounds: Option<(i64, i64)>,
    /// The objects that its template names.
    pub uses: Vec<Link>,
    /// When it was created.
    pub created: i64,
}

/// Another object of the same namespace, by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Link {
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// A ConfigMap, a Secret, a claim, an autoscaler or another object that is no
/// Pod and keeps none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Other {
    /// The kind, as manifests write it.
    pub kind: String,
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
    /// What there is to know of it in a word or two, such as `Bound`.
    pub fact: String,
    /// The objects that it acts on.
    pub points_to: Vec<Link>,
}

/// A Service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
    /// `spec.type`.
    pub kind: String,
    /// `spec.clusterIP`, or the external name.
    pub address: String,
    /// What the EXTERNAL-IP column of `kubectl get services` prints.
    pub external: String,
    /// Its ports.
    pub ports: Vec<Port>,
    /// Its selector, as `key=value` texts.
    pub selector: Vec<String>,
}

/// One port of a Service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Port {
    /// Its name, or empty.
    pub name: String,
    /// The Service's own port.
    pub port: i64,
    /// The container's port, by number or name.
    pub target: String,
    /// The port on every node, or 0.
    pub node_port: i64,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: String,
}

/// Where one EndpointSlice sends the requests to a Service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoints {
    /// `metadata.namespace`.
    pub namespace: String,
    /// The name of the Service it belongs to.
    pub service: String,
    /// The endpoints in the slice's order.
    pub endpoints: Vec<Endpoint>,
}

/// One endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Its address.
    pub address: String,
    /// The Pod behind it.
    pub pod: Option<Id>,
    /// Whether it gets requests.
    pub ready: bool,
    /// Whether it is about to go.
    pub terminating: bool,
}

/// Something that happened, as Kubernetes records it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
    /// The kind of the object it is about.
    pub about_kind: String,
    /// The name of the object it is about.
    pub about_name: String,
    /// The object it is about.
    pub about: Option<Id>,
    /// The reason, in one word.
    pub reason: String,
    /// The message.
    pub message: String,
    /// Whether it is a warning.
    pub warning: bool,
    /// How often it happened.
    pub count: i64,
    /// When it last happened, in microseconds since the epoch.
    pub last: i64,
}

impl Item {
    /// The object's name.
    pub fn name(&self) -> &str {
        match self {
            Self::Node(node) => &node.name,
            Self::Pod(pod) => &pod.name,
            Self::Workload(workload) => &workload.name,
            Self::Service(service) => &service.name,
            Self::Endpoints(endpoints) => &endpoints.service,
            Self::Other(other) => &other.name,
            Self::Event(event) => &event.name,
        }
    }
}

impl Item {
    /// How requests name it, as `Pod/default/web-1`; none for what they do
    /// not come by.
    pub(super) fn path(&self) -> Option<String> {
        match self {
            Self::Node(node) => Some(format!("Node/{}", node.name)),
            Self::Pod(pod) => Some(format!("Pod/{}/{}", pod.namespace, pod.name)),
            Self::Service(own) => Some(format!("Service/{}/{}", own.namespace, own.name)),
            Self::Workload(own) => Some(format!("{}/{}/{}", own.kind, own.namespace, own.name)),
            Self::Other(own) => Some(format!("{}/{}/{}", own.kind, own.namespace, own.name)),
            Self::Endpoints(_) | Self::Event(_) => None,
        }
    }
}

/// The kinds that are shown.
const SHOWN: [&str; 17] = [
    "Node",
    "Pod",
    "Deployment",
    "ReplicaSet",
    "DaemonSet",
    "StatefulSet",
    "Job",
    "CronJob",
    "ConfigMap",
    "Secret",
    "PersistentVolumeClaim",
    "HorizontalPodAutoscaler",
    "PodDisruptionBudget",
    "Ingress",
    "Service",
    "EndpointSlice",
    "Event",
];

/// Whether objects of this kind are shown.
pub(super) fn is_shown(kind: &str) -> bool {
    SHOWN.contains(&kind)
}

/// What an object of the given kind looks like; none for a kind not shown.
pub(super) fn read(kind: &str, object: &Value, ids: &mut Ids) -> Option<Item> {
    Some(match kind {
        "Node" => Item::Node(node::read(object)),
        "Pod" => Item::Pod(pod::read(object, ids)),
        "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet" | "Job" | "CronJob" => {
            Item::Workload(workload::read(kind, object, ids))
        }
        "Service" => Item::Service(endpoints::read_service(object)),
        "EndpointSlice" => Item::Endpoints(endpoints::read_slice(object, ids)),
        "ConfigMap"
        | "Secret"
        | "PersistentVolumeClaim"
        | "HorizontalPodAutoscaler"
        | "PodDisruptionBudget"
        | "Ingress" => Item::Other(other::read(kind, object)),
        "Event" => Item::Event(event::read(object, ids)),
        _ => return None,
    })
}

/// The texts of a string field and of an object's namespace and name.
pub(super) fn text(object: &Value, path: &[&str]) -> String {
    object.at(path).text().to_owned()
}

/// When the object was created, in microseconds since the epoch.
pub(super) fn created(object: &Value) -> i64 {
    micros(object.at(&["metadata", "creationTimestamp"]))
}

/// An RFC 3339 text in microseconds since the epoch; 0 when it is none.
pub(super) fn micros(time: &Value) -> i64 {
    Time::parse(time.text()).map_or(0, Time::as_micros)
}
