//! Runs one Pod of each DaemonSet on every node that fits.
//!
//! Source: upstream `pkg/controller/daemon`.

use std::collections::{BTreeMap, BTreeSet};

use super::claim::{claim, interested};
use super::replica_set::{announce_create, announce_delete, pod_of};
use super::revision::{self, HASH_LABEL};
use super::{Context, Controller, Outcome, Write, is_deleted};
use crate::api::int_or_string;
use crate::api::node_affinity;
use crate::api::pod::PodView;
use crate::api::selector::Selector;
use crate::sim::Delay;
use crate::store::{Change, Key};
use crate::value;
use crate::value::{Str, Value};

/// The taints that a daemon's Pods bear, so that they run where others do not.
const TOLERATED: &[(&str, &str)] = &[
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
];

/// How long the controller takes for each node when it looks at a set; a few
/// take no time worth counting.
const LOOK: Delay = Delay::micros(100);
const FEW: usize = 100;

/// The controller of DaemonSets.
pub(super) struct DaemonSetController;

impl Controller for DaemonSetController {
    fn name(&self) -> &'static str {
        "daemonset-controller"
    }

    fn triggers(&self, change: &Change, cx: &Context<'_>) -> Vec<Key> {
        let kind = cx.kinds.daemon_set;
        if change.key.kind == kind {
            return vec![change.key.clone()];
        }
        if change.key.kind == cx.kinds.node {
            return cx.cache.list(kind, "").map(|set| Key::of(kind, set)).collect();
        }
        if ![cx.kinds.pod, cx.kinds.controller_revision].contains(&change.key.kind) {
            return Vec::new();
        }
        let mut sets = interested(change.object(), (kind, "DaemonSet"), cx);
        let pods = change.old.as_ref().zip(change.new.as_ref());
        let pods = pods.filter(|_| change.key.kind == cx.kinds.pod);
        if !sets.is_empty() && pods.is_some_and(|(old, new)| !counts_otherwise(old, new)) {
            sets.clear();
        }
        sets
    }

    fn delay(&self, _: &Change, cx: &Context<'_>) -> Delay {
        // While it looks at many nodes, more changes come together.
        let nodes = cx.cache.list(cx.kinds.node, "").skip(FEW).count();
        LOOK.times(i64::try_from(nodes).unwrap_or_default())
    }

    fn sync(&self, key: &Key, cx: &Context<'_>) -> Outcome {
        let mut outcome = Outcome::default();
        let Some(set) = cx.cache.get(key).filter(|set| !is_deleted(set)) else { return outcome };
        let history = revision::History::of(set, "DaemonSet", cx, &mut outcome);
        let Some(hash) = history.ensure_current(set, &mut outcome) else {
            // The rest waits until the new revision has been seen.
            return outcome;
        };
        let daemons = Daemons::of(set, cx, &mut outcome);
        daemons.manage(set, &hash, cx, &mut outcome);
        if outcome.writes.is_empty() {
            daemons.update(set, &hash, cx, &mut outcome);
            history.truncate(set, daemons.hashes(), &mut outcome);
        }
        let status = daemons.status(set, &hash, cx);
        if status != set["status"] {
            let mut object = set.clone();
            object["status"] = status;
            outcome.writes.push(Write::UpdateStatus { kind: key.kind, object });
        }
        outcome.again = daemons.time_to_available(set, cx);
        outcome
    }
}

/// Whether a change of a Pod may matter to its set.
fn counts_otherwise(old: &Value, new: &Value) -> bool {
    let facts = |pod: &Value| {
        let view = PodView(pod);
        (view.is_ready(), view.is_terminal(), is_deleted(pod), target_node(pod).to_owned())
    };
    old["metadata"]["labels"] != new["metadata"]["labels"]
        || old["metadata"]["ownerReferences"] != new["metadata"]["ownerReferences"]
        || facts(old) != facts(new)
}

/// A DaemonSet's Pods by node, and the nodes.
struct Daemons<'a> {
    nodes: Vec<Place<'a>>,
    by_node: BTreeMap<Str, Vec<&'a Value>>,
}

/// A node: whether a Pod should run there, and whether one may stay.
struct Place<'a> {
    node: &'a Value,
    run: bool,
    keep: bool,
}

impl<'a> Daemons<'a> {
    fn of(set: &Value, cx: &Context<'a>, outcome: &mut Outcome) -> Self {
        let mut pod = set["spec"]["template"].clone();
        add_tolerations(&mut pod);
        let places = cx.cache.list(cx.kinds.node, "").map(|node| {
            let (run, keep) = fits(&pod, node);
            Place { node, run, keep }
        });
        let nodes = places.collect();
        let mut by_node: BTreeMap<Str, Vec<&Value>> = BTreeMap::new();
        let selector = Selector::from_object(&set["spec"]["selector"]).unwrap_or(Selector::NOTHING);
        let fits = |pod: &Value| selector.matches(&pod["metadata"]["labels"]);
        for pod in claim(set, cx.kinds.pod, (fits, |_: &Value| true), cx, outcome) {
            by_node.entry(target_node(pod).into()).or_default().push(pod);
        }
        Self { nodes, by_node }
    }

    fn on(&self, node: &Value) -> &[&'a Value] {
        let pods = self.by_node.get(node["metadata"]["name"].text());
        pods.map_or(&[], Vec::as_slice)
    }

    fn hashes(&self) -> impl Iterator<Item = &str> {
        let pods = self.by_node.values().flatten();
        pods.map(|pod| pod["metadata"]["labels"][HASH_LABEL].text())
    }

    /// One Pod on each node where one should run, none elsewhere.
    fn manage(&self, set: &Value, hash: &str, cx: &Context<'_>, outcome: &mut Outcome) {
        for Place { node, run, keep } in &self.nodes {
            let pods = self.on(node);
            let failed = pods.iter().filter(|pod| PodView(pod).is_terminal() && !is_deleted(pod));
            for pod in failed {
                let name = pod["metadata"]["name"].text();
                let message = format!(
                    "Found failed daemon pod {}/{name} on node {}, will try to kill it",
                    pod["metadata"]["namespace"].text(),
                    node["metadata"]["name"].text()
                );
                outcome.warn(set, "FailedDaemonPod", message);
                outcome.writes.push(delete(set, pod, cx));
            }
            let mut living: Vec<&&Value> =
                pods.iter().filter(|pod| !PodView(pod).is_terminal()).collect();
            if *run && living.is_empty() && pods.is_empty() {
                outcome.writes.push(create(set, node, hash, cx));
            } else if *keep && living.len() > 1 {
                living.sort_by_key(|pod| pod["metadata"]["creationTimestamp"].text());
                let extra = superfluous(set, &living, hash, cx);
                outcome.writes.extend(extra.into_iter().map(|pod| delete(set, pod, cx)));
            } else if !*keep {
                let going = living.into_iter().filter(|pod| !is_deleted(pod));
                outcome.writes.extend(going.map(|pod| delete(set, pod, cx)));
            }
        }
        let names = self.nodes.iter().map(|place| place.node["metadata"]["name"].text());
        let there: BTreeSet<&str> = names.collect();
        let gone = self.by_node.iter().filter(|(name, _)| !there.contains(&***name));
        for (_, pods) in gone {
            let going = pods.iter().filter(|pod| !is_deleted(pod));
            outcome.writes.extend(going.map(|pod| delete(set, pod, cx)));
        }
    }

    /// Replaces old Pods, as many at a time as may be missing.
    fn update(&self, set: &Value, hash: &str, cx: &Context<'_>, outcome: &mut Outcome) {
        let strategy = &set["spec"]["updateStrategy"];
        if strategy["type"].text() == "OnDelete" {
            return;
        }
        let desired = self.nodes.iter().filter(|place| place.run).count();
        let desired = i64::try_from(desired).unwrap_or(i64::MAX);
        let surge = surge_of(set, desired);
        if surge > 0 {
            self.surge(set, hash, surge, cx, outcome);
            return;
        }
        let rolling = &strategy["rollingUpdate"]["maxUnavailable"];
        let missing_max = int_or_string::scaled(rolling, desired, true).max(1);
        let min_ready = Delay::secs(set["spec"]["minReadySeconds"].int());
        let mut missing = 0;
        let mut old: Vec<&Value> = Vec::new();
        for place in self.nodes.iter().filter(|place| place.run) {
            let pods = self.on(place.node);
            let available = pods
                .iter()
                .any(|pod| PodView(pod).is_available(min_ready, cx.now) && !is_deleted(pod));
            if !available {
                missing += 1;
            }
            let outdated = pods.iter().filter(|pod| {
                pod["metadata"]["labels"][HASH_LABEL].text() != hash && !is_deleted(pod)
            });
            for pod in outdated {
                if available {
                    old.push(pod);
                } else {
                    outcome.writes.push(delete(set, pod, cx));
                }
            }
        }
        let room = usize::try_from(missing_max - missing).unwrap_or(0);
        outcome.writes.extend(old.into_iter().take(room).map(|pod| delete(set, pod, cx)));
    }

    /// Makes new Pods beside the old ones, on so many nodes at a time; an old
    /// one goes when the new one is available.
    fn surge(&self, set: &Value, hash: &str, surge: i64, cx: &Context<'_>, outcome: &mut Outcome) {
        let mut under_way = 0;
        let (mut at_once, mut in_turn) = (Vec::new(), Vec::new());
        for place in self.nodes.iter().filter(|place| place.run) {
            let pods = self.on(place.node).iter().filter(|pod| !is_deleted(pod));
            let (new, old): (Vec<&Value>, Vec<&Value>) =
                pods.copied().partition(|pod| is_of(pod, hash));
            match (new.first(), old.first()) {
                (None, Some(old)) if !is_available(set, old, cx) => at_once.push(place.node),
                (None, Some(_)) => in_turn.push(place.node),
                (Some(new), Some(_)) if !is_available(set, new, cx) => under_way += 1,
                _ => {}
            }
        }
        let room = usize::try_from(surge - under_way).unwrap_or(0);
        let nodes = at_once.into_iter().chain(in_turn.into_iter().take(room));
        outcome.writes.extend(nodes.map(|node| create(set, node, hash, cx)));
    }

    fn status(&self, set: &Value, hash: &str, cx: &Context<'_>) -> Value {
        let min_ready = Delay::secs(set["spec"]["minReadySeconds"].int());
        let mut counts = [0_i64; 6];
        let [current, misscheduled, desired, ready, available, updated] = &mut counts;
        for Place { node, run, .. } in &self.nodes {
            let pods = self.on(node);
            if !run {
                *misscheduled += i64::from(!pods.is_empty());
                continue;
            }
            *desired += 1;
            // Of two, the one of the present revision counts.
            let newest = pods.iter().find(|pod| is_of(pod, hash)).or(pods.first());
            let Some(pod) = newest else { continue };
            *current += 1;
            *ready += i64::from(PodView(pod).is_ready());
            *available += i64::from(PodView(pod).is_available(min_ready, cx.now));
            *updated += i64::from(pod["metadata"]["labels"][HASH_LABEL].text() == hash);
        }
        let mut status = value!({
            "currentNumberScheduled": (*current),
            "numberMisscheduled": (*misscheduled),
            "desiredNumberScheduled": (*desired),
            "numberReady": (*ready),
        });
        status.set_nonzero("observedGeneration", &set["metadata"]["generation"]);
        status.set_nonzero("updatedNumberScheduled", *updated);
        status.set_nonzero("numberAvailable", *available);
        status.set_nonzero("numberUnavailable", *desired - *available);
        if !set["status"]["collisionCount"].is_null() {
            status.set("collisionCount", &set["status"]["collisionCount"]);
        }
        status
    }

    fn time_to_available(&self, set: &Value, cx: &Context<'_>) -> Option<Delay> {
        let min_ready = Delay::secs(set["spec"]["minReadySeconds"].int());
        let waiting =
            self.by_node.values().flatten().filter(|pod| {
                PodView(pod).is_ready() && !PodView(pod).is_available(min_ready, cx.now)
            });
        let since = waiting.filter_map(|pod| PodView(pod).ready_since()).min()?;
        Some((since + min_ready).since(cx.now).max(Delay::millis(1)))
    }
}

/// How many nodes may have a new Pod beside the old one.
fn surge_of(set: &Value, desired: i64) -> i64 {
    let wish = &set["spec"]["updateStrategy"]["rollingUpdate"]["maxSurge"];
    if wish.is_null() { 0 } else { int_or_string::scaled(wish, desired, true) }
}

fn is_of(pod: &Value, hash: &str) -> bool {
    pod["metadata"]["labels"][HASH_LABEL].text() == hash
}

fn is_available(set: &Value, pod: &Value, cx: &Context<'_>) -> bool {
    let min_ready = Delay::secs(set["spec"]["minReadySeconds"].int());
    PodView(pod).is_available(min_ready, cx.now)
}

/// Which of several Pods on one node are too many, the oldest first: with a
/// surge one of the present revision may stand beside one of another until it
/// is available.
fn superfluous<'p>(
    set: &Value,
    living: &[&&'p Value],
    hash: &str,
    cx: &Context<'_>,
) -> Vec<&'p Value> {
    if surge_of(set, 100) == 0 {
        return living.iter().skip(1).map(|pod| **pod).collect();
    }
    let (new, old): (Vec<&Value>, Vec<&Value>) =
        living.iter().map(|pod| **pod).partition(|pod| is_of(pod, hash));
    let mut extra: Vec<&Value> = new.iter().skip(1).chain(old.iter().skip(1)).copied().collect();
    if let (Some(new), Some(old)) = (new.first(), old.first())
        && (is_available(set, new, cx) || !PodView(old).is_ready())
    {
        extra.push(old);
    }
    extra.retain(|pod| !is_deleted(pod));
    extra
}

/// The node that a Pod runs on or is meant for.
fn target_node(pod: &Value) -> &str {
    let node = pod["spec"]["nodeName"].text();
    if !node.is_empty() {
        return node;
    }
    let affinity = &pod["spec"]["affinity"]["nodeAffinity"];
    let required = &affinity["requiredDuringSchedulingIgnoredDuringExecution"];
    required["nodeSelectorTerms"][0]["matchFields"][0]["values"][0].text()
}

/// Whether `pod` should run on the node, and whether it may stay there.
fn fits(pod: &Value, node: &Value) -> (bool, bool) {
    let required =
        &pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
    let selected = node_affinity::matches(&pod["spec"]["nodeSelector"], required, node);
    let named = pod["spec"]["nodeName"].text();
    if !selected || !(named.is_empty() || named == node["metadata"]["name"].text()) {
        return (false, false);
    }
    let bears = |effects: &[&str]| {
        node["spec"]["taints"]
            .items()
            .iter()
            .filter(|taint| effects.contains(&taint["effect"].text()))
            .all(|taint| PodView(pod).tolerates(taint))
    };
    let stays = bears(&["NoExecute"]);
    (stays && bears(&["NoSchedule"]), stays)
}

fn add_tolerations(pod: &mut Value) {
    let network = pod["spec"]["hostNetwork"].is_true();
    let extra = network.then_some(("node.kubernetes.io/network-unavailable", "NoSchedule"));
    let tolerations = pod["spec"]["tolerations"].make_list();
    for (key, effect) in TOLERATED.iter().copied().chain(extra) {
        let present = tolerations
            .iter()
            .any(|own| own["key"].text() == key && own["effect"].text() == effect);
        if !present {
            tolerations.push(value!({ "key": key, "operator": "Exists", "effect": effect }));
        }
    }
}

fn create(set: &Value, node: &Value, hash: &str, cx: &Context<'_>) -> Write {
    let mut pod = pod_of(set, &set["spec"]["template"]);
    add_tolerations(&mut pod);
    let labels = &mut pod["metadata"]["labels"];
    labels.set(HASH_LABEL, hash);
    labels.set("pod-template-generation", set["metadata"]["generation"].int().to_string());
    let only_here = value!([{
        "key": "metadata.name",
        "operator": "In",
        "values": [(&node["metadata"]["name"])],
    }]);
    let required = &mut pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
    let terms = required["nodeSelectorTerms"].make_list();
    if terms.is_empty() {
        terms.push(Value::map());
    }
    for term in terms {
        term.set("matchFields", only_here.clone());
    }
    Write::Create {
        kind: cx.kinds.pod,
        object: pod,
        announce: Some(announce_create(set)),
        slow_start: true,
    }
}

fn delete(set: &Value, pod: &Value, cx: &Context<'_>) -> Write {
    Write::Delete {
        key: Key::of(cx.kinds.pod, pod),
        uid: pod["metadata"]["uid"].as_shared().cloned().unwrap_or_default(),
        propagation: None,
        announce: Some(announce_delete(set)),
    }
}
