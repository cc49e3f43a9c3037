//! What the scheduler keeps of a Pod: what placing it, or one beside it, asks.
//!
//! Source: upstream `pkg/scheduler/framework/types.go` (`PodInfo`).

use std::sync::Arc;

use super::amounts::Amounts;
use super::term::Terms;
use crate::api::pod::{HostPort, PodView, requests, scored_requests};
use crate::sim::Time;
use crate::store::Key;
use crate::value::{Str, Value};

/// A Pod, read once.
///
/// It holds the parts of the Pod that matter and not the Pod: an old status
/// would stay in memory with it.
#[derive(Debug)]
pub(super) struct PodInfo {
    pub(super) key: Key,
    pub(super) uid: Str,
    pub(super) labels: Value,
    pub(super) spec: Value,
    pub(super) owner: Value,
    pub(super) priority: i64,
    /// Whether any open node will do that has room.
    pub(super) takes_any_node: bool,
    /// What it asks of the node.
    pub(super) asks: Amounts,
    /// CPU and memory as the scores count them.
    pub(super) scored: (i64, i64),
    pub(super) ports: Vec<HostPort>,
    pub(super) terms: Option<Box<Terms>>,
    /// The names of its PersistentVolumeClaims.
    pub(super) claims: Vec<Str>,
    pub(super) created: Str,
    pub(super) deleting: bool,
    /// Whether it goes to make room for another.
    pub(super) preempted: bool,
}

impl PodInfo {
    /// Reads a Pod.
    pub(super) fn of(key: &Key, pod: &Value) -> Arc<Self> {
        let (metadata, spec) = (&pod["metadata"], &pod["spec"]);
        let owners = metadata["ownerReferences"].items().iter();
        let scored = Amounts::of(&scored_requests(spec));
        Arc::new(Self {
            key: key.clone(),
            uid: metadata["uid"].as_shared().cloned().unwrap_or_default(),
            labels: metadata["labels"].clone(),
            spec: spec.clone(),
            owner: owners
                .clone()
                .find(|own| own["controller"].is_true())
                .cloned()
                .unwrap_or_default(),
            priority: PodView(pod).priority(),
            takes_any_node: takes_any_node(pod),
            asks: Amounts::of(&requests(spec)),
            scored: (scored.cpu, scored.memory),
            ports: PodView(pod).host_ports().collect(),
            terms: Terms::of(spec, &key.namespace).map(Box::new),
            claims: claims(key, spec),
            created: metadata["creationTimestamp"].as_shared().cloned().unwrap_or_default(),
            deleting: PodView(pod).is_deleting(),
            preempted: is_preempted(pod),
        })
    }

    /// Whether a change of the Pod left all of this as it was.
    pub(super) fn is_still(&self, pod: &Value) -> bool {
        self.labels == pod["metadata"]["labels"]
            && self.deleting == PodView(pod).is_deleting()
            && same_but_for_node(&self.spec, &pod["spec"])
    }

    /// When it was made.
    pub(super) fn created(&self) -> Time {
        Time::parse(&self.created).unwrap_or_default()
    }
}

/// Binding a Pod changes nothing else of its spec.
fn same_but_for_node(old: &Value, new: &Value) -> bool {
    fn rest(spec: &Value) -> impl Iterator<Item = (&Str, &Value)> {
        spec.entries().filter(|(key, _)| ***key != *"nodeName")
    }
    old == new || rest(old).eq(rest(new))
}

/// Whether nothing in the spec speaks of nodes.
fn takes_any_node(pod: &Value) -> bool {
    let spec = &pod["spec"];
    let silent = ["nodeName", "nodeSelector"].iter().all(|field| spec[*field].is_empty());
    silent && spec["affinity"]["nodeAffinity"].is_null() && !PodView(pod).takes_host_ports()
}

fn is_preempted(pod: &Value) -> bool {
    let condition = PodView(pod).object().condition("DisruptionTarget");
    condition.is_some_and(|own| own["reason"].text() == "PreemptionByScheduler")
}

/// The claims of a Pod, those that are made for it among them.
fn claims(key: &Key, spec: &Value) -> Vec<Str> {
    let named = |volume: &Value| -> Option<Str> {
        if let Some(claim) = volume["persistentVolumeClaim"]["claimName"].as_shared() {
            return Some(claim.clone());
        }
        let ephemeral = !volume["ephemeral"].is_null();
        ephemeral.then(|| format!("{}-{}", key.name, volume["name"].text()).into())
    };
    spec["volumes"].items().iter().filter_map(named).collect()
}
