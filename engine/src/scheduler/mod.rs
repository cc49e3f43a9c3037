//! The scheduler: finds a node for each Pod that has none.
//!
//! Source: upstream `pkg/scheduler`: one Pod at a time goes through the
//! filters of the [`plugins`], then their scores; the best node wins, chance
//! decides among equals. What fits nowhere waits in the [`queue`] for a change
//! that may help.

mod amounts;
mod binding;
mod demands;
mod diagnosis;
mod domains;
mod events;
mod failure;
mod node_info;
mod nodes;
mod plugins;
mod pod_info;
mod preemption;
mod queue;
mod select;
mod tally;
mod term;
mod thoughts;
mod watched;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

pub use self::diagnosis::{Fit, NODES_TOLD, NodeVerdict, Verdict};
pub use self::plugins::Plugin;

use self::binding::Held;
use self::diagnosis::Diagnosis;
use self::nodes::Nodes;
use self::plugins::Cycle;
use self::pod_info::PodInfo;
use self::queue::Queue;
use self::select::{Nominated, select};
use self::thoughts::Thoughts;
use self::watched::{Watched, watches};
use crate::api::pod::PodView;
use crate::apiserver::{ApiServer, Kinds};
use crate::informer::Cache;
use crate::recorder::{Recorder, Style};
use crate::sim::{Delay, Random, Time};
use crate::store::{Change, Key};
use crate::value::Value;

/// How long a change takes to reach the scheduler.
const WATCH_LATENCY: Delay = Delay::millis(3);
/// How long one Pod takes to be placed.
const CYCLE: Delay = Delay::millis(4);
/// Who the scheduler is in `managedFields`.
const MANAGER: &str = "kube-scheduler";

/// The default scheduler.
#[derive(Clone)]
pub struct Scheduler {
    kinds: Kinds,
    random: Random,
    recorder: Recorder,
    inbox: VecDeque<(Time, Arc<Change>)>,
    cache: Cache,
    nodes: Nodes,
    queue: Queue,
    nominated: Nominated,
    /// Pods that have a node and wait for their volumes.
    held: BTreeMap<Key, Held>,
    thoughts: Thoughts,
    /// Where among the nodes the next search begins.
    start: usize,
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
            cache: Cache::default(),
            nodes: Nodes::default(),
            queue: Queue::default(),
            nominated: Nominated::new(),
            held: BTreeMap::new(),
            thoughts: Thoughts::default(),
            start: 0,
            free_at: Time::default(),
        }
    }

    /// Takes in a change, to be seen a little later, and by `latency`
    /// later still.
    pub fn deliver(&mut self, change: &Arc<Change>, latency: Delay) {
        let kind = change.key.kind;
        if kind == self.kinds.pod || kind == self.kinds.node || watches(&self.kinds, kind) {
            self.inbox.push_back((change.at + WATCH_LATENCY + latency, Arc::clone(change)));
        }
    }

    /// When there is something to do next.
    pub fn next_wake(&self) -> Option<Time> {
        let seen = self.inbox.front().map(|(at, _)| *at);
        let held = self.held.values().map(Held::looks_at).min();
        seen.into_iter().chain(self.queue.next_wake(self.free_at)).chain(held).min()
    }

    /// Does what is due.
    pub fn wake(&mut self, api: &mut ApiServer) {
        let now = api.now();
        while let Some((_, change)) = self.inbox.pop_front_if(|(at, _)| *at <= now) {
            self.see(&change, now);
        }
        self.queue.look(now);
        self.look_at_held(api);
        if self.free_at <= now
            && let Some(key) = self.queue.pop()
        {
            self.schedule(&key, api);
            self.free_at = now + CYCLE;
        }
    }

    /// What was last thought of a Pod: of the latest decisions only.
    pub fn verdict(&self, pod: &Key) -> Option<Verdict> {
        self.thoughts.tell(pod, &self.nodes)
    }

    fn see(&mut self, change: &Change, now: Time) {
        let kind = change.key.kind;
        if kind == self.kinds.pod {
            self.see_pod(change, now);
        } else if kind == self.kinds.node {
            self.nodes.set(&change.key.name, change.new.as_ref());
            self.wake_for_node(change, now);
        } else {
            self.cache.apply(change);
            self.wake_for_other(change, now);
        }
    }

    fn see_pod(&mut self, change: &Change, now: Time) {
        let key = &change.key;
        let Some(pod) = change.new.as_ref().filter(|pod| !PodView(pod).is_terminal()) else {
            self.queue.remove(key);
            self.nominated.remove(key);
            self.held.remove(key);
            if self.nodes.placed(key).is_some() {
                let watched = Watched { cache: &self.cache, kinds: &self.kinds };
                self.nodes.remove(key, watched);
                self.wake_for_departure(now);
            }
            return;
        };
        if PodView(pod).is_bound() {
            let comes = change.old.as_ref().is_none_or(|old| !PodView(old).is_bound());
            self.see_placed(key, pod, comes, now);
        } else if self.held.contains_key(key) {
            // It has a node already and waits for its volumes.
        } else if PodView(pod).is_deleting() {
            self.queue.remove(key);
            self.nominated.remove(key);
        } else if pod["spec"]["schedulerName"].text() == "default-scheduler" {
            self.queue.see(key, pod, now);
        }
    }

    fn see_placed(&mut self, key: &Key, pod: &Value, comes: bool, now: Time) {
        self.queue.remove(key);
        self.nominated.remove(key);
        let node = pod["spec"]["nodeName"].as_shared().cloned().unwrap_or_default();
        let known = self
            .nodes
            .placed(key)
            .filter(|(place, info)| info.is_still(pod) && self.nodes.name(*place) == node);
        let info = match known {
            Some(_) if !comes => return,
            Some((_, info)) => Arc::clone(info),
            None => {
                let info = PodInfo::of(key, pod);
                let watched = Watched { cache: &self.cache, kinds: &self.kinds };
                self.nodes.add(Arc::clone(&info), &node, watched);
                info
            }
        };
        self.wake_for_arrival(&info, now);
    }

    fn schedule(&mut self, key: &Key, api: &mut ApiServer) {
        let Some(waiting) = self.queue.get(key) else { return };
        let info = Arc::clone(&waiting.info);
        self.nodes.arrange();
        let watched = Watched { cache: &self.cache, kinds: &self.kinds };
        let found = match Cycle::begin(&info, &self.nodes, watched) {
            Err(rejection) => {
                let nodes = self.nodes.order().len();
                Err(Diagnosis { nodes, outright: Some(rejection), ..Diagnosis::default() })
            }
            Ok(cycle) => {
                select(&cycle, &self.nominated, &mut self.start, &mut self.random).map(|choice| {
                    let bindings = cycle.bindings(choice.place);
                    (choice, bindings)
                })
            }
        };
        match found {
            Ok((choice, bindings)) => self.place(key, &info, choice, &bindings, api),
            Err(diagnosis) => self.give_up(key, diagnosis, api),
        }
    }
}
