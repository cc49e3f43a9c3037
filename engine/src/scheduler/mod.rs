//! The scheduler: finds a node for each Pod that has none.
//!
//! Source: upstream `pkg/scheduler`: one Pod at a time goes through filters,
//! then scores; the best node wins, chance decides among equals.

mod filter;
mod node_info;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use self::filter::Rejection;
use self::node_info::NodeInfo;
use crate::apiserver::{ApiServer, Kinds, Part, WriteOptions};
use crate::recorder::{Note, Recorder, Style};
use crate::sim::{Delay, Random, Time};
use crate::store::{Change, Key};
use crate::value;
use crate::value::{Str, Value};

/// How long a change takes to reach the scheduler.
const WATCH_LATENCY: Delay = Delay::millis(3);
/// How long one Pod takes to be placed.
const CYCLE: Delay = Delay::millis(4);
/// Who the scheduler is in `managedFields`.
const MANAGER: &str = "kube-scheduler";

/// The default scheduler.
pub struct Scheduler {
    kinds: Kinds,
    random: Random,
    recorder: Recorder,
    inbox: VecDeque<(Time, Change)>,
    nodes: BTreeMap<Str, NodeInfo>,
    pending: BTreeMap<Key, Value>,
    queue: VecDeque<Key>,
    unschedulable: BTreeSet<Key>,
    free_at: Time,
}

impl Scheduler {
    /// A scheduler that has seen nothing yet.
    pub fn new(kinds: &Kinds, random: Random) -> Self {
        Self {
            kinds: kinds.clone(),
            random,
            recorder: Recorder::new("default-scheduler", "", Style::Series { action: "Binding" }),
            inbox: VecDeque::new(),
            nodes: BTreeMap::new(),
            pending: BTreeMap::new(),
            queue: VecDeque::new(),
            unschedulable: BTreeSet::new(),
            free_at: Time::default(),
        }
    }

    /// Takes in a change of a Pod or a node, to be seen a little later.
    pub fn deliver(&mut self, change: &Change) {
        if change.key.kind == self.kinds.pod || change.key.kind == self.kinds.node {
            self.inbox.push_back((change.at + WATCH_LATENCY, change.clone()));
        }
    }

    /// When there is something to do next.
    pub fn next_wake(&self) -> Option<Time> {
        let seen = self.inbox.front().map(|(at, _)| *at);
        let placed = (!self.queue.is_empty()).then_some(self.free_at);
        seen.into_iter().chain(placed).min()
    }

    /// Does what is due.
    pub fn wake(&mut self, api: &mut ApiServer) {
        let now = api.now();
        while let Some((_, change)) = self.inbox.pop_front_if(|(at, _)| *at <= now) {
            if change.key.kind == self.kinds.node {
                self.see_node(&change);
            } else {
                self.see_pod(&change);
            }
        }
        if self.free_at <= now
            && let Some(key) = self.queue.pop_front()
        {
            self.schedule(&key, api);
            self.free_at = now + CYCLE;
        }
    }

    fn see_node(&mut self, change: &Change) {
        let name = &change.key.name;
        match &change.new {
            Some(node) => self.nodes.entry(name.clone()).or_default().set_node(node),
            None => {
                self.nodes.remove(name);
            }
        }
        self.retry_all();
    }

    fn see_pod(&mut self, change: &Change) {
        if let Some(old) = &change.old {
            self.forget(&change.key, old);
        }
        let Some(pod) = &change.new else {
            self.pending.remove(&change.key);
            self.unschedulable.remove(&change.key);
            self.retry_all();
            return;
        };
        let node = pod["spec"]["nodeName"].as_shared();
        let over = matches!(pod["status"]["phase"].text(), "Succeeded" | "Failed");
        match node {
            Some(node) if !node.is_empty() => {
                self.pending.remove(&change.key);
                self.unschedulable.remove(&change.key);
                if over {
                    self.retry_all();
                } else {
                    self.nodes.entry(node.clone()).or_default().add(&change.key, pod);
                }
            }
            _ => self.await_placement(&change.key, pod, change.old.as_ref()),
        }
    }

    fn await_placement(&mut self, key: &Key, pod: &Value, old: Option<&Value>) {
        if pod["spec"]["schedulerName"].text() != "default-scheduler"
            || !pod["metadata"]["deletionTimestamp"].is_null()
        {
            return;
        }
        let known = self.pending.insert(key.clone(), pod.clone()).is_some();
        let same = old.is_some_and(|old| old["spec"] == pod["spec"]);
        if known && same {
            return;
        }
        self.unschedulable.remove(key);
        if !self.queue.contains(key) {
            self.queue.push_back(key.clone());
        }
    }

    fn forget(&mut self, key: &Key, pod: &Value) {
        if let Some(node) = pod["spec"]["nodeName"].as_shared()
            && let Some(info) = self.nodes.get_mut(node)
        {
            info.remove(key);
        }
    }

    /// Something changed that may make room: what did not fit is tried again.
    fn retry_all(&mut self) {
        self.queue.extend(std::mem::take(&mut self.unschedulable));
    }

    fn schedule(&mut self, key: &Key, api: &mut ApiServer) {
        let Some(pod) = self.pending.get(key).cloned() else { return };
        let mut rejections: Vec<Rejection> = Vec::new();
        let mut fitting: Vec<(&Str, &NodeInfo)> = Vec::new();
        for (name, node) in self.nodes.iter().filter(|(_, node)| node.is_known()) {
            match filter::check(&pod, node) {
                Ok(()) => fitting.push((name, node)),
                Err(rejection) => rejections.push(rejection),
            }
        }
        let best = fitting.iter().map(|(_, node)| node.score(&pod)).max();
        let equals: Vec<&Str> = fitting
            .iter()
            .filter(|(_, node)| Some(node.score(&pod)) == best)
            .map(|(name, _)| *name)
            .collect();
        match self.random.choose(&equals) {
            Some(node) => {
                let node = Str::clone(node);
                self.bind(key, pod, &node, api);
            }
            None => self.give_up(key, &pod, &rejections, api),
        }
    }

    fn bind(&mut self, key: &Key, pod: Value, node: &Str, api: &mut ApiServer) {
        // What is bound counts at once, before the watch tells of it.
        if let Some(info) = self.nodes.get_mut(node) {
            info.add(key, &pod);
        }
        self.pending.remove(key);
        if let Err(refused) = api.bind(key, pod["metadata"]["uid"].text(), node) {
            self.forget(key, &pod);
            let message = format!("binding rejected: {}", refused.message);
            let note = Note::warning(&pod, "FailedScheduling", message);
            self.recorder.record(note, api, &self.kinds);
            return;
        }
        let metadata = &pod["metadata"];
        let (namespace, name) = (metadata["namespace"].text(), metadata["name"].text());
        let message = format!("Successfully assigned {namespace}/{name} to {node}");
        self.recorder.record(Note::normal(&pod, "Scheduled", message), api, &self.kinds);
    }

    fn give_up(&mut self, key: &Key, pod: &Value, rejections: &[Rejection], api: &mut ApiServer) {
        let message = filter::summary(rejections);
        let note = Note::warning(pod, "FailedScheduling", message.clone());
        self.recorder.record(note, api, &self.kinds);
        self.unschedulable.insert(key.clone());
        let Some(mut current) = api.get(key.kind, &key.namespace, &key.name).cloned() else {
            return;
        };
        let condition = value!({
            "type": "PodScheduled",
            "status": "False",
            "reason": "Unschedulable",
            "message": message,
            "lastProbeTime": null,
            "lastTransitionTime": (api.now().rfc3339()),
        });
        let conditions = &mut current["status"]["conditions"];
        if let Some(own) =
            conditions.make_list().iter_mut().find(|own| own["type"].text() == "PodScheduled")
        {
            let since = own["lastTransitionTime"].clone();
            *own = condition;
            own["lastTransitionTime"] = since;
        } else {
            conditions.push(condition);
        }
        let options = WriteOptions { part: Part::Status, ..WriteOptions::by(MANAGER) };
        // A Pod that is gone by now needs no condition.
        let _ = api.update(key.kind, current, &options);
    }
}
