//! Measures what Pods and nodes use, and answers `metrics.k8s.io`.
//!
//! Source: kubernetes-sigs/metrics-server: every 15 seconds it asks each
//! kubelet for the processor time of its containers so far; the usage is the
//! growth between two measurements. What it has measured once is not shown.
//!
//! **Real clusters:** also pay for the node's own daemons; here a node uses
//! a fixed amount beside its containers.

use std::collections::BTreeMap;

use crate::api::metrics::{NODE_METRICS, POD_METRICS};
use crate::apiserver::{ApiServer, Kinds};
use crate::kubelet::Kubelet;
use crate::sim::{Delay, Time};
use crate::store::{Key, KindId};
use crate::value;
use crate::value::{Str, Value};

/// How often it measures.
const PERIOD: Delay = Delay::secs(15);
/// What a node uses beside its containers: nanocores and bytes.
const NODE_NANOCORES: i64 = 42_000_000;
const NODE_BYTES: u64 = 380 << 20;

/// The server.
#[derive(Debug, Clone)]
pub struct MetricsServer {
    nodes: KindId,
    pods: KindId,
    /// The kind of Nodes, whose labels are shown.
    node: KindId,
    next: Time,
    /// The processor time of each container when it was measured last.
    measured: BTreeMap<(Key, Str), (Time, Delay)>,
}

/// What a measurement adds up to.
#[derive(Debug, Default)]
struct Sum {
    containers: Vec<Value>,
    nanocores: i64,
    bytes: u64,
    window: Delay,
}

impl MetricsServer {
    /// A server that has measured nothing yet, behind the door of `api`.
    pub fn new(api: &mut ApiServer, kinds: &Kinds) -> Self {
        Self {
            nodes: api.aggregate(&NODE_METRICS),
            pods: api.aggregate(&POD_METRICS),
            node: kinds.node,
            next: api.now(),
            measured: BTreeMap::new(),
        }
    }

    /// When it measures next.
    pub fn next_wake(&self) -> Time {
        self.next
    }

    /// Measures, and publishes what has been measured twice.
    pub fn wake<'a>(
        &mut self,
        api: &mut ApiServer,
        kubelets: impl Iterator<Item = (&'a Str, &'a Kubelet)>,
    ) {
        let now = api.now();
        self.next = now + PERIOD;
        let mut measured = BTreeMap::new();
        let mut pods: BTreeMap<Key, Sum> = BTreeMap::new();
        let mut nodes = Vec::new();
        for (name, kubelet) in kubelets {
            let mut node = Sum { window: PERIOD, ..Sum::default() };
            for usage in kubelet.usage(now) {
                let place = (usage.pod.clone(), usage.container.clone());
                if let Some((since, before)) = self.measured.get(&place) {
                    let window = now.since(*since).max(Delay::micros(1));
                    // A container that was started again begins at nothing.
                    let grown = (usage.cpu.as_micros() - before.as_micros()).max(0);
                    let nanocores = grown.saturating_mul(1_000_000) / (window.as_micros() / 1_000);
                    node.add(nanocores, usage.memory);
                    let pod = pods.entry(usage.pod.clone()).or_default();
                    pod.add(nanocores, usage.memory);
                    pod.window = window;
                    pod.containers.push(value!({
                        "name": (&usage.container),
                        "usage": (amounts(nanocores, usage.memory)),
                    }));
                }
                measured.insert(place, (now, usage.cpu));
            }
            node.add(NODE_NANOCORES, NODE_BYTES);
            nodes.push(metrics(&Key::new(self.node, "", name), node, api));
        }
        self.measured = measured;
        let pods = pods.into_iter().map(|(key, sum)| metrics(&key, sum, api)).collect();
        api.publish(self.pods, pods);
        api.publish(self.nodes, nodes);
    }
}

impl Sum {
    fn add(&mut self, nanocores: i64, bytes: u64) {
        self.nanocores += nanocores;
        self.bytes += bytes;
    }
}

/// A NodeMetrics, or a PodMetrics if it has containers.
fn metrics(key: &Key, sum: Sum, api: &ApiServer) -> Value {
    let of_pod = !sum.containers.is_empty();
    let now = api.now().rfc3339();
    let mut metadata = value!({ "name": (&key.name), "creationTimestamp": (now.as_str()) });
    metadata.set_nonzero("namespace", &key.namespace);
    if let Some(object) = api.store().get(key) {
        metadata.set_nonzero("labels", &object["metadata"]["labels"]);
    }
    let mut own = value!({
        "kind": (if of_pod { POD_METRICS.kind } else { NODE_METRICS.kind }),
        "apiVersion": "metrics.k8s.io/v1beta1",
        "metadata": metadata,
        "timestamp": now,
        "window": (format!("{}s", sum.window.as_secs())),
    });
    if of_pod {
        own.set("containers", Value::list(sum.containers));
    } else {
        own.set("usage", amounts(sum.nanocores, sum.bytes));
    }
    own
}

fn amounts(nanocores: i64, bytes: u64) -> Value {
    value!({ "cpu": (format!("{nanocores}n")), "memory": (format!("{}Ki", bytes >> 10)) })
}
