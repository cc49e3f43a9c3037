//! All nodes as the scheduler knows them, with what is counted over them.
//!
//! Source: upstream `pkg/scheduler/backend/cache` (`snapshot.go`,
//! `node_tree.go`): nodes are looked at zone by zone in turn.
//!
//! A node has a place, a small number that stays while the node is known;
//! everything counted by node is counted by place.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::demands::Demands;
use super::domains::Domains;
use super::node_info::NodeInfo;
use super::pod_info::PodInfo;
use super::tally::{Sort, Tallies};
use super::watched::Watched;
use crate::store::Key;
use crate::value::{Str, Value};

const ZONE: &str = "topology.kubernetes.io/zone";
const REGION: &str = "topology.kubernetes.io/region";

/// The nodes and the Pods on them.
#[derive(Debug, Clone, Default)]
pub(super) struct Nodes {
    infos: Vec<NodeInfo>,
    places: BTreeMap<Str, usize>,
    free: Vec<usize>,
    /// The places of the known nodes, in the order in which they are tried.
    order: Vec<usize>,
    is_unsorted: bool,
    placed: BTreeMap<Key, (usize, Arc<PodInfo>)>,
    /// How many Pods there are of each priority.
    priorities: BTreeMap<i64, usize>,
    /// How many Pods use each claim, by namespace and name.
    claims: BTreeMap<(Str, Str), usize>,
    demands: Demands,
    images: BTreeMap<Str, Image>,
    // What is worked out when it is first asked for.
    domains: RefCell<BTreeMap<Str, Arc<Domains>>>,
    tallies: RefCell<Tallies>,
}

/// An image that nodes have.
#[derive(Debug, Default, Clone)]
pub(super) struct Image {
    pub(super) size: i64,
    nodes: BTreeSet<usize>,
}

impl Image {
    /// How many nodes have it.
    pub(super) fn spread(&self) -> usize {
        self.nodes.len()
    }

    /// Whether the node at `place` has it.
    pub(super) fn is_on(&self, place: usize) -> bool {
        self.nodes.contains(&place)
    }
}

/// Every image that a node says it has, under all its names.
fn images(node: &Value) -> impl Iterator<Item = (&Str, i64)> {
    node["status"]["images"].items().iter().flat_map(|image| {
        let names = image["names"].items().iter().filter_map(Value::as_shared);
        names.map(|name| (name, image["sizeBytes"].int()))
    })
}

impl Nodes {
    /// The places of the known nodes, in the order in which they are tried.
    pub(super) fn order(&self) -> &[usize] {
        &self.order
    }

    /// The node at `place`.
    pub(super) fn get(&self, place: usize) -> Option<&NodeInfo> {
        self.infos.get(place)
    }

    /// The name of the node at `place`.
    pub(super) fn name(&self, place: usize) -> Str {
        self.get(place).map(|info| info.name.clone()).unwrap_or_default()
    }

    /// The place of the node `name`, if it is known.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        let place = *self.places.get(name)?;
        self.get(place)?.is_known().then_some(place)
    }

    /// Where a Pod is.
    pub(super) fn placed(&self, key: &Key) -> Option<&(usize, Arc<PodInfo>)> {
        self.placed.get(key)
    }

    /// The least priority among all placed Pods.
    pub(super) fn least_priority(&self) -> Option<i64> {
        self.priorities.first_key_value().map(|(priority, _)| *priority)
    }

    /// Whether a placed Pod uses a claim.
    pub(super) fn uses_claim(&self, namespace: &Str, claim: &Str) -> bool {
        self.claims.contains_key(&(namespace.clone(), claim.clone()))
    }

    /// What the placed Pods ask of those that come.
    pub(super) fn demands(&self) -> &Demands {
        &self.demands
    }

    /// An image, if a node has it.
    pub(super) fn image(&self, name: &str) -> Option<&Image> {
        self.images.get(name)
    }

    /// Whether nodes tell of their images at all.
    pub(super) fn has_images(&self) -> bool {
        !self.images.is_empty()
    }

    /// The nodes by their label `key`.
    pub(super) fn domains(&self, key: &Str) -> Arc<Domains> {
        let mut known = self.domains.borrow_mut();
        let own = known.entry(key.clone()).or_insert_with(|| Domains::new(&self.infos, key).into());
        Arc::clone(own)
    }

    /// The Pods of a sort on each node, by place.
    pub(super) fn count(&self, sort: &Sort, watched: Watched<'_>) -> Arc<Vec<u32>> {
        self.tallies.borrow_mut().count(sort, &self.infos, watched)
    }

    /// Forgets what was counted by the labels of namespaces.
    pub(super) fn forget_namespaces(&mut self) {
        self.tallies.get_mut().forget_namespaces();
    }

    /// Takes in a node, or that it is gone.
    pub(super) fn set(&mut self, name: &Str, node: Option<&Value>) {
        let place = self.place_for(name);
        let Some(info) = self.infos.get_mut(place) else { return };
        let old = info.node().clone();
        info.set_node(node);
        let labels = node.map_or(&Value::Null, |node| &node["metadata"]["labels"]);
        if old.is_null() != node.is_none() || old["metadata"]["labels"] != *labels {
            self.domains.get_mut().clear();
            self.is_unsorted = true;
        }
        let new = node.unwrap_or(&Value::Null);
        if old["status"]["images"] != new["status"]["images"] {
            self.note_images(place, &old, new);
        }
        self.vacate(place);
    }

    fn note_images(&mut self, place: usize, old: &Value, new: &Value) {
        for (name, _) in images(old) {
            if let Some(image) = self.images.get_mut(name) {
                image.nodes.remove(&place);
                if image.nodes.is_empty() {
                    self.images.remove(name);
                }
            }
        }
        for (name, size) in images(new) {
            let image = self.images.entry(name.clone()).or_default();
            image.size = size;
            image.nodes.insert(place);
        }
    }

    fn place_for(&mut self, name: &Str) -> usize {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        let info = NodeInfo::named(name);
        let place = self.free.pop().unwrap_or(self.infos.len());
        match self.infos.get_mut(place) {
            Some(own) => *own = info,
            None => self.infos.push(info),
        }
        self.places.insert(name.clone(), place);
        // The places of domains must reach as far as those of nodes.
        self.domains.get_mut().clear();
        place
    }

    /// Gives a place back once neither the node nor a Pod is there.
    fn vacate(&mut self, place: usize) {
        let Some(info) = self.infos.get(place) else { return };
        if !info.is_known() && info.pods().is_empty() && self.places.remove(&info.name).is_some() {
            self.free.push(place);
        }
    }

    /// Puts the nodes in order if they have changed: one of each zone in turn.
    pub(super) fn arrange(&mut self) {
        if !std::mem::take(&mut self.is_unsorted) {
            return;
        }
        let mut zones: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
        for place in self.places.values() {
            let Some(info) = self.infos.get(*place).filter(|info| info.is_known()) else {
                continue;
            };
            let label = |key: &str| info.label(key).map_or("", |value| &**value);
            zones.entry((label(REGION), label(ZONE))).or_default().push(*place);
        }
        let longest = zones.values().map(Vec::len).max().unwrap_or(0);
        let turns = (0..longest)
            .flat_map(|turn| zones.values().filter_map(move |nodes| nodes.get(turn).copied()));
        self.order = turns.collect();
    }

    /// Puts a Pod on a node.
    pub(super) fn add(&mut self, pod: Arc<PodInfo>, node: &Str, watched: Watched<'_>) {
        self.remove(&pod.key, watched);
        let place = self.place_for(node);
        let Some(info) = self.infos.get_mut(place) else { return };
        info.add(Arc::clone(&pod));
        self.note(&pod, place, true, watched);
        self.placed.insert(pod.key.clone(), (place, pod));
    }

    /// Takes a Pod off its node.
    pub(super) fn remove(&mut self, key: &Key, watched: Watched<'_>) {
        let Some((place, pod)) = self.placed.remove(key) else { return };
        if let Some(info) = self.infos.get_mut(place) {
            info.remove(key);
        }
        self.note(&pod, place, false, watched);
        self.vacate(place);
    }

    fn note(&mut self, pod: &PodInfo, place: usize, comes: bool, watched: Watched<'_>) {
        self.demands.note(pod, place, comes);
        self.tallies.get_mut().note(pod, place, comes, watched);
        change(&mut self.priorities, pod.priority, comes);
        for claim in &pod.claims {
            change(&mut self.claims, (pod.key.namespace.clone(), claim.clone()), comes);
        }
    }
}

fn change<K: Ord + Clone>(counts: &mut BTreeMap<K, usize>, key: K, comes: bool) {
    let count = counts.entry(key.clone()).or_insert(0);
    *count = if comes { *count + 1 } else { count.saturating_sub(1) };
    if *count == 0 {
        counts.remove(&key);
    }
}
