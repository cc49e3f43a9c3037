//! What is in a cluster from the start: namespaces, nodes, the API's Service.
//!
//! Source: kubeadm and the API server's `bootstrap-controller`.

use super::system::CONTROL_PLANE;
use super::{Cluster, ClusterOptions, Profile};
use crate::api::component_status;
use crate::api::priority_class::SYSTEM_CLASSES;
use crate::apiserver::{ApiServer, Kinds, WriteOptions};
use crate::controllers::INGRESS_CONTROLLER;
use crate::sim::{Delay, Time};
use crate::store::KindId;
use crate::value;
use crate::value::Value;

/// Where the API server itself listens.
pub(super) const API_ADDRESS: &str = "192.168.49.2";
const API_PORT: i64 = 6_443;
/// Where the recorded cluster's API server listened.
const RECORDED_API_PORT: i64 = 16_443;
/// From the control plane's start to the addons, and from them to the workers.
const INIT: Delay = Delay::secs(20);
const JOIN: Delay = Delay::secs(30);
const NAMESPACES: [&str; 4] = ["default", "kube-system", "kube-public", "kube-node-lease"];

impl Cluster {
    /// Fills a new cluster: first the control plane, then what runs on it,
    /// then the workers.
    pub(super) fn boot(&mut self) {
        found(&mut self.api, &self.kinds, &self.options);
        if !self.options.kubelets {
            let node = self.node("127.0.0.1", 2);
            create(&mut self.api, self.kinds.node, "", node);
            self.dispatch();
            return;
        }
        self.machines.insert(CONTROL_PLANE.into(), 2);
        let first = self.node(CONTROL_PLANE, 2);
        create(&mut self.api, self.kinds.node, "", first);
        if self.has_system_pods() {
            self.dispatch();
            self.start_control_plane();
            self.advance_to(self.now() + INIT);
            self.install_addons();
            self.advance_to(self.now() + JOIN);
        }
        for index in 1..=self.options.nodes {
            let name = match self.options.profile {
                Profile::Reference => format!("node{index:02}"),
                _ => format!("worker-{index}"),
            };
            self.machines.insert(name.as_str().into(), index + 2);
            let node = self.node(&name, index + 2);
            create(&mut self.api, self.kinds.node, "", node);
        }
        self.dispatch();
    }

    /// The object of a node that joins now.
    pub(super) fn node(&self, name: &str, number: u32) -> Value {
        let profile = self.options.profile;
        let mut node = node(name, number, profile, self.now());
        let mut random = self.random.split("machines").split(name);
        let machine = match profile {
            Profile::Reference => "abcdef0123456789abcdef0123456789".to_owned(),
            _ => random.uuid().replace('-', ""),
        };
        let info = &mut node["status"]["nodeInfo"];
        info.set("machineID", machine);
        info.set("systemUUID", random.uuid());
        info.set("bootID", random.uuid());
        node
    }
}

/// Makes what every cluster has before its first node.
fn found(api: &mut ApiServer, kinds: &Kinds, options: &ClusterOptions) {
    for name in NAMESPACES {
        let namespace = value!({
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": { "name": name, "labels": { "kubernetes.io/metadata.name": name } },
            "spec": { "finalizers": ["kubernetes"] },
            "status": { "phase": "Active" },
        });
        create(api, kinds.namespace, "", namespace);
    }
    for (name, value, description) in SYSTEM_CLASSES {
        let class = value!({
            "apiVersion": "scheduling.k8s.io/v1",
            "kind": "PriorityClass",
            "metadata": { "name": name },
            "value": value,
            "description": description,
        });
        create(api, kinds.priority_class, "", class);
    }
    super::roles::boot(api, kinds);
    let statuses = api.aggregate(&component_status::KIND);
    let components = ["etcd-0", "scheduler", "controller-manager"];
    api.publish(statuses, components.map(component_status::healthy).to_vec());
    let classes = if options.kubelets { options.profile.storage_classes() } else { Vec::new() };
    for class in classes {
        create(api, kinds.storage_class, "", class);
    }
    let recorded = options.profile == Profile::Reference;
    if !recorded && options.kubelets {
        create(api, kinds.ingress_class, "", ingress_class());
    }
    serve_api(api, kinds, if recorded { RECORDED_API_PORT } else { API_PORT });
}

/// The class of Ingresses that is served: a cluster comes with ingress-nginx,
/// and its class is the default one.
fn ingress_class() -> Value {
    value!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "IngressClass",
        "metadata": {
            "name": "nginx",
            "annotations": { "ingressclass.kubernetes.io/is-default-class": "true" },
            "labels": {
                "app.kubernetes.io/component": "controller",
                "app.kubernetes.io/instance": "ingress-nginx",
                "app.kubernetes.io/name": "ingress-nginx",
            },
        },
        "spec": { "controller": INGRESS_CONTROLLER },
    })
}

/// The Service of the API itself, whose endpoint is the control plane's node.
fn serve_api(api: &mut ApiServer, kinds: &Kinds, port: i64) {
    let labels = value!({ "component": "apiserver", "provider": "kubernetes" });
    let service = value!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": { "name": "kubernetes", "labels": (labels) },
        "spec": {
            "clusterIP": (api.service_range().first_address()),
            "ports": [{ "name": "https", "port": 443, "protocol": "TCP", "targetPort": port }],
            "type": "ClusterIP",
        },
    });
    create(api, kinds.service, "default", service);
    let endpoints = value!({
        "apiVersion": "v1",
        "kind": "Endpoints",
        "metadata": {
            "name": "kubernetes",
            "labels": { "endpointslice.kubernetes.io/skip-mirror": "true" },
        },
        "subsets": [{
            "addresses": [{ "ip": API_ADDRESS }],
            "ports": [{ "name": "https", "port": port, "protocol": "TCP" }],
        }],
    });
    create(api, kinds.endpoints, "default", endpoints);
    let slice = value!({
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": "kubernetes",
            "labels": { "kubernetes.io/service-name": "kubernetes" },
        },
        "addressType": "IPv4",
        "endpoints": [{ "addresses": [API_ADDRESS], "conditions": { "ready": true } }],
        "ports": [{ "name": "https", "port": port, "protocol": "TCP" }],
    });
    create(api, kinds.endpoint_slice, "default", slice);
}

pub(super) fn create(api: &mut ApiServer, kind: KindId, namespace: &str, object: Value) {
    let made = api.create(kind, namespace, object, &WriteOptions::by("podyard"));
    debug_assert!(made.is_ok(), "{made:?}");
}

/// The address of the node with this number: 192.168.49.2 and so on.
fn node_address(number: u32) -> String {
    format!(
        "192.168.{}.{}",
        49 + number / 254,
        if number < 254 { number } else { number % 254 + 1 }
    )
}

/// The addresses of its Pods: 10.244.0.0/24 and so on.
fn pod_range(number: u32) -> String {
    format!("10.{}.{}.0/24", 244 + number / 256, number % 256)
}

/// Where the Pods of a node get their addresses from.
pub(super) fn pod_range_of(node: &Value) -> String {
    if let Some(range) = node["spec"]["podCIDR"].as_str() {
        return range.to_owned();
    }
    // Where nobody gives out ranges, the nodes' own network does, by number.
    let addresses = node["status"]["addresses"].items();
    let internal = addresses.iter().find(|own| own["type"].text() == "InternalIP");
    let last = internal.and_then(|own| own["address"].text().rsplit('.').next()?.parse().ok());
    pod_range(last.map_or(0, |last: u32| last.saturating_sub(2)))
}

fn node(name: &str, address: u32, profile: Profile, born: Time) -> Value {
    let control_plane = name == CONTROL_PLANE;
    let mut labels = value!({
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
    });
    if let Some((region, zone)) = profile.zone().filter(|_| !control_plane) {
        labels.set("topology.kubernetes.io/region", region);
        labels.set("topology.kubernetes.io/zone", zone);
    }
    let mut spec = Value::map();
    if profile != Profile::Reference {
        // The recorded cluster's controller manager gave out no ranges.
        let range = pod_range(address - 2);
        spec = value!({ "podCIDR": (range.as_str()), "podCIDRs": [(range.as_str())] });
    }
    if control_plane {
        labels.set("node-role.kubernetes.io/control-plane", "");
        let taint = value!({
            "key": "node-role.kubernetes.io/control-plane",
            "effect": "NoSchedule",
        });
        spec.set("taints", Value::list(vec![taint]));
    }
    value!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": labels,
            "annotations": { "node.alpha.kubernetes.io/ttl": "0" },
        },
        "spec": spec,
        "status": (status(name, address, profile, born)),
    })
}

fn status(name: &str, address: u32, profile: Profile, born: Time) -> Value {
    let now = born.rfc3339();
    let condition = |kind: &str, status: &str, reason: &str, message: &str| {
        value!({
            "type": kind,
            "status": status,
            "reason": reason,
            "message": message,
            "lastHeartbeatTime": (now.as_str()),
            "lastTransitionTime": (now.as_str()),
        })
    };
    let recorded = profile == Profile::Reference;
    let capacity = if recorded {
        value!({ "cpu": "2", "ephemeral-storage": "0", "memory": "3932364Ki", "pods": "110" })
    } else {
        value!({
            "cpu": "2",
            "ephemeral-storage": "50620216Ki",
            "hugepages-2Mi": "0",
            "memory": "4015000Ki",
            "pods": "110",
        })
    };
    let (kernel, system) = if recorded {
        ("6.1.0-13-amd64", "Debian GNU/Linux 12 (bookworm)")
    } else {
        ("6.1.0-podyard", "Podyard Linux")
    };
    let mut addresses = vec![
        value!({ "type": "InternalIP", "address": (node_address(address)) }),
        value!({ "type": "Hostname", "address": name }),
    ];
    if profile.zone().is_some() && name != CONTROL_PLANE {
        // From the range for benchmarks (RFC 2544), which has room for all.
        let external = format!("198.18.{}.{}", address / 254, address % 254 + 1);
        addresses.insert(1, value!({ "type": "ExternalIP", "address": external }));
    }
    value!({
        "addresses": addresses,
        "capacity": (capacity.clone()),
        "allocatable": capacity,
        "conditions": [
            (condition("MemoryPressure", "False", "KubeletHasSufficientMemory",
                "kubelet has sufficient memory available")),
            (condition("DiskPressure", "False", "KubeletHasNoDiskPressure",
                "kubelet has no disk pressure")),
            (condition("PIDPressure", "False", "KubeletHasSufficientPID",
                "kubelet has sufficient PID available")),
            (condition("Ready", "True", "KubeletReady", "kubelet is posting ready status")),
        ],
        "daemonEndpoints": { "kubeletEndpoint": { "Port": 10250 } },
        "nodeInfo": {
            "architecture": "amd64",
            "bootID": "",
            "containerRuntimeVersion": "containerd://1.7.24",
            "kernelVersion": kernel,
            "kubeProxyVersion": (crate::apiserver::VERSION),
            "kubeletVersion": (crate::apiserver::VERSION),
            "machineID": "",
            "operatingSystem": "linux",
            "osImage": system,
            "systemUUID": "",
        },
    })
}
