//! What is in a cluster from the start: namespaces, nodes, the API's Service.
//!
//! Source: kubeadm and the API server's `bootstrap-controller`.

use super::{ClusterOptions, Profile};
use crate::api::priority_class::SYSTEM_CLASSES;
use crate::apiserver::{ApiServer, Kinds, WriteOptions};
use crate::store::KindId;
use crate::value;
use crate::value::Value;

/// Where the API server itself listens.
const API_ADDRESS: &str = "192.168.49.2";
const API_PORT: i64 = 16_443;
const NOT_READY: &str = "node.kubernetes.io/not-ready";
const NAMESPACES: [&str; 4] = ["default", "kube-system", "kube-public", "kube-node-lease"];

/// Fills a new API server.
pub(super) fn boot(api: &mut ApiServer, kinds: &Kinds, options: &ClusterOptions) {
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
    serve_api(api, kinds);
    if !options.kubelets {
        create(api, kinds.node, "", node("127.0.0.1", 2, options, false));
        return;
    }
    create(api, kinds.node, "", node("controlplane", 2, options, true));
    for index in 1..=options.nodes {
        let name = match options.profile {
            Profile::Reference => format!("node{index:02}"),
            _ => format!("worker-{index}"),
        };
        create(api, kinds.node, "", node(&name, index + 2, options, false));
    }
    let nodes: Vec<Value> = api.list(kinds.node, "").cloned().collect();
    for mut node in nodes {
        // Nodes that have been ready for long have lost the taint of new ones.
        node["spec"]["taints"].make_list().retain(|taint| taint["key"].text() != NOT_READY);
        let updated = api.update(kinds.node, node, &WriteOptions::by("kube-controller-manager"));
        debug_assert!(updated.is_ok(), "{updated:?}");
    }
}

/// The Service of the API itself, whose endpoint is the control plane's node.
fn serve_api(api: &mut ApiServer, kinds: &Kinds) {
    let labels = value!({ "component": "apiserver", "provider": "kubernetes" });
    let service = value!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": { "name": "kubernetes", "labels": (labels) },
        "spec": {
            "clusterIP": "10.96.0.1",
            "ports": [{ "name": "https", "port": 443, "protocol": "TCP", "targetPort": API_PORT }],
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
            "ports": [{ "name": "https", "port": API_PORT, "protocol": "TCP" }],
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
        "ports": [{ "name": "https", "port": API_PORT, "protocol": "TCP" }],
    });
    create(api, kinds.endpoint_slice, "default", slice);
}

fn create(api: &mut ApiServer, kind: KindId, namespace: &str, object: Value) {
    let made = api.create(kind, namespace, object, &WriteOptions::by("podyard"));
    debug_assert!(made.is_ok(), "{made:?}");
}

fn node(name: &str, address: u32, options: &ClusterOptions, control_plane: bool) -> Value {
    let mut labels = value!({
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
    });
    let mut spec = value!({ "podCIDR": (format!("10.244.{}.0/24", address - 2)) });
    spec.set("podCIDRs", value!([(spec["podCIDR"].clone())]));
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
        "metadata": { "name": name, "labels": labels },
        "spec": spec,
        "status": (status(name, address, options)),
    })
}

fn status(name: &str, address: u32, options: &ClusterOptions) -> Value {
    let now = (options.start + super::BOOT_TIME.times(-1)).rfc3339();
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
    let capacity = value!({
        "cpu": "2",
        "ephemeral-storage": "50620216Ki",
        "hugepages-2Mi": "0",
        "memory": "4015000Ki",
        "pods": "110",
    });
    value!({
        "addresses": [
            { "type": "InternalIP", "address": (format!("192.168.49.{address}")) },
            { "type": "Hostname", "address": name },
        ],
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
            "kernelVersion": "6.1.0-podyard",
            "kubeProxyVersion": (crate::apiserver::VERSION),
            "kubeletVersion": (crate::apiserver::VERSION),
            "machineID": "",
            "operatingSystem": "linux",
            "osImage": "Podyard Linux",
            "systemUUID": "",
        },
    })
}
