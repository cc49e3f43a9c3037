//! The Pods that wait for a node: which is next, and which wait for what.
//!
//! Source: upstream `pkg/scheduler/backend/queue/scheduling_queue.go`: one
//! queue by priority, one of Pods that failed a moment ago, and a pool of
//! those that nothing but a change in the cluster can help.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::plugins::Plugin;
use super::pod_info::PodInfo;
use crate::sim::{Delay, Time};
use crate::store::Key;
use crate::value::Value;

/// The first wait after a failure, and the longest.
const BACKOFF_MIN: Delay = Delay::secs(1);
const BACKOFF_MAX: Delay = Delay::secs(10);
/// How often the scheduler looks for Pods that have waited long enough,
const BACKOFF_LOOK: Delay = Delay::secs(1);
/// and for those that have been in the pool for too long.
const POOL_LOOK: Delay = Delay::secs(30);
const POOL_MAX: Delay = Delay::secs(5 * 60);

/// A Pod that waits.
#[derive(Debug, Clone)]
pub(super) struct Waiting {
    /// The Pod as last seen.
    pub(super) pod: Value,
    pub(super) info: Arc<PodInfo>,
    place: Place,
    /// Since when it is where it is.
    since: Time,
    attempts: u32,
    /// The plugins that refused it.
    refused_by: BTreeSet<Plugin>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Next in its turn.
    Active,
    /// Waits until then.
    BackOff(Time),
    /// Waits for a change.
    Pool,
    /// Waits for its gates.
    Gated,
    /// Is being placed.
    InHand,
}

type Turn = (Reverse<i64>, Time, Key);

/// All Pods without a node.
#[derive(Debug, Clone, Default)]
pub(super) struct Queue {
    pods: BTreeMap<Key, Waiting>,
    active: BTreeSet<Turn>,
    backoff: BTreeSet<(Time, Key)>,
    pool: BTreeSet<(Time, Key)>,
    /// The Pods of the pool, by the plugins that refused them.
    refused: BTreeMap<Plugin, BTreeSet<Key>>,
}

/// The next instant that is a whole number of `step`s.
fn next_look(at: Time, step: Delay) -> Time {
    let over = at.as_micros().rem_euclid(step.as_micros());
    if over == 0 { at } else { at + (step - Delay::micros(over)) }
}

impl Queue {
    /// A Pod that waits.
    pub(super) fn get(&self, key: &Key) -> Option<&Waiting> {
        self.pods.get(key)
    }

    /// When there is something to do: at once, or at a look.
    pub(super) fn next_wake(&self, free_at: Time) -> Option<Time> {
        let turn = (!self.active.is_empty()).then_some(free_at);
        let backoff = self.backoff.first().map(|(at, _)| *at);
        let pool = self.pool.first().map(|(since, _)| next_look(*since + POOL_MAX, POOL_LOOK));
        turn.into_iter().chain(backoff).chain(pool).min()
    }

    /// Puts Pods back that have waited long enough.
    pub(super) fn look(&mut self, now: Time) {
        while let Some((_, key)) = self.backoff.first().filter(|(at, _)| *at <= now).cloned() {
            self.activate(&key);
        }
        let late = |since: Time| next_look(since + POOL_MAX, POOL_LOOK) <= now;
        while let Some((_, key)) = self.pool.first().filter(|(since, _)| late(*since)).cloned() {
            self.wake(&key, now);
        }
    }

    /// Takes in a Pod, or a change of one.
    pub(super) fn see(&mut self, key: &Key, pod: &Value, now: Time) {
        let gated = !pod["spec"]["schedulingGates"].is_empty();
        let Some(own) = self.pods.get_mut(key) else {
            let info = PodInfo::of(key, pod);
            let place = if gated { Place::Gated } else { Place::Active };
            let refused_by = BTreeSet::new();
            let own =
                Waiting { pod: pod.clone(), info, place, since: now, attempts: 0, refused_by };
            self.pods.insert(key.clone(), own);
            if !gated {
                self.activate(key);
            }
            return;
        };
        let old = std::mem::replace(&mut own.pod, pod.clone());
        let same = old["spec"] == pod["spec"]
            && old["metadata"]["labels"] == pod["metadata"]["labels"]
            && old["metadata"]["annotations"] == pod["metadata"]["annotations"];
        if same {
            return;
        }
        own.info = PodInfo::of(key, pod);
        match own.place {
            Place::Gated if !gated => {
                own.since = now;
                self.activate(key);
            }
            Place::Pool => self.wake(key, now),
            Place::Active | Place::BackOff(_) | Place::Gated | Place::InHand => {}
        }
    }

    /// Forgets a Pod.
    pub(super) fn remove(&mut self, key: &Key) -> Option<Waiting> {
        self.leave(key);
        self.pods.remove(key)
    }

    /// Takes the Pod whose turn it is.
    pub(super) fn pop(&mut self) -> Option<Key> {
        let (_, _, key) = self.active.first()?.clone();
        self.put(&key, Place::InHand);
        if let Some(own) = self.pods.get_mut(&key) {
            own.attempts += 1;
        }
        Some(key)
    }

    /// Puts a Pod into the pool, refused by some plugins.
    pub(super) fn give_up(&mut self, key: &Key, refused_by: BTreeSet<Plugin>, now: Time) {
        let Some(own) = self.pods.get_mut(key) else { return };
        own.since = now;
        for plugin in &refused_by {
            self.refused.entry(*plugin).or_default().insert(key.clone());
        }
        own.refused_by = refused_by;
        self.put(key, Place::Pool);
    }

    /// Puts a Pod back after an error: it is tried again after its back-off.
    pub(super) fn retry(&mut self, key: &Key, now: Time) {
        if let Some(own) = self.pods.get_mut(key) {
            own.since = now;
            self.wake(key, now);
        }
    }

    /// The Pods of the pool that one of `plugins` refused.
    pub(super) fn refused_by(&self, plugins: &[Plugin]) -> BTreeSet<Key> {
        plugins.iter().filter_map(|plugin| self.refused.get(plugin)).flatten().cloned().collect()
    }

    /// Whether one of `plugins` refused any Pod of the pool.
    pub(super) fn has_refused(&self, plugins: &[Plugin]) -> bool {
        plugins.iter().any(|plugin| self.refused.contains_key(plugin))
    }

    /// A change may help a Pod: it is tried again once its back-off is over.
    pub(super) fn wake(&mut self, key: &Key, now: Time) {
        let Some(own) = self.pods.get(key) else { return };
        let tries = own.attempts.saturating_sub(1).min(10);
        let until = own.since + BACKOFF_MIN.times(1 << tries).min(BACKOFF_MAX);
        if until <= now {
            self.activate(key);
        } else {
            self.put(key, Place::BackOff(next_look(until, BACKOFF_LOOK)));
        }
    }

    fn activate(&mut self, key: &Key) {
        self.put(key, Place::Active);
    }

    fn put(&mut self, key: &Key, place: Place) {
        self.leave(key);
        let Some(own) = self.pods.get_mut(key) else { return };
        own.place = place;
        match place {
            Place::Active => {
                self.active.insert((Reverse(own.info.priority), own.since, key.clone()));
            }
            Place::BackOff(until) => {
                self.backoff.insert((until, key.clone()));
            }
            Place::Pool => {
                self.pool.insert((own.since, key.clone()));
            }
            Place::Gated | Place::InHand => {}
        }
    }

    /// Takes a Pod out of wherever it is.
    fn leave(&mut self, key: &Key) {
        let Some(own) = self.pods.get(key) else { return };
        match own.place {
            Place::Active => {
                self.active.remove(&(Reverse(own.info.priority), own.since, key.clone()));
            }
            Place::BackOff(until) => {
                self.backoff.remove(&(until, key.clone()));
            }
            Place::Pool => {
                self.pool.remove(&(own.since, key.clone()));
                for plugin in &own.refused_by {
                    if let Some(keys) = self.refused.get_mut(plugin) {
                        keys.remove(key);
                        if keys.is_empty() {
                            self.refused.remove(plugin);
                        }
                    }
                }
            }
            Place::Gated | Place::InHand => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::KindId;
    use crate::value;

    fn pod(priority: i64) -> Value {
        value!({ "spec": { "priority": priority } })
    }

    fn key(name: &str) -> Key {
        Key::new(KindId(0), "default", name)
    }

    #[test]
    fn the_more_important_pod_goes_first_and_then_the_elder() {
        let mut queue = Queue::default();
        queue.see(&key("young"), &pod(0), Time::from_secs(2));
        queue.see(&key("old"), &pod(0), Time::from_secs(1));
        queue.see(&key("important"), &pod(10), Time::from_secs(3));
        let turns: Vec<String> =
            std::iter::from_fn(|| queue.pop()).map(|key| key.name.to_string()).collect();
        assert_eq!(turns, ["important", "old", "young"]);
    }

    #[test]
    fn back_off_doubles_from_one_second_to_ten() {
        let mut queue = Queue::default();
        let web = key("web");
        let mut now = Time::from_secs(100);
        queue.see(&web, &pod(0), now);
        let mut waits = Vec::new();
        for _ in 0..6 {
            assert_eq!(queue.pop().as_ref(), Some(&web));
            queue.give_up(&web, [Plugin::NodeResourcesFit].into(), now);
            queue.wake(&web, now);
            let next = queue.next_wake(now).expect("a wait");
            waits.push(next.since(now).as_secs());
            now = next;
            queue.look(now);
        }
        assert_eq!(waits, [1, 2, 4, 8, 10, 10]);
    }

    #[test]
    fn a_gated_pod_waits_for_its_gates_and_then_not_at_all() {
        let mut queue = Queue::default();
        let gated = value!({ "spec": { "schedulingGates": [{ "name": "g" }] } });
        queue.see(&key("web"), &gated, Time::from_secs(1));
        assert_eq!(queue.next_wake(Time::from_secs(1)), None);
        queue.see(&key("web"), &pod(0), Time::from_secs(5));
        assert_eq!(queue.next_wake(Time::from_secs(5)), Some(Time::from_secs(5)));
    }

    #[test]
    fn the_pool_is_emptied_after_five_minutes() {
        let mut queue = Queue::default();
        let now = Time::from_secs(60);
        queue.see(&key("web"), &pod(0), now);
        queue.pop();
        queue.give_up(&key("web"), [Plugin::NodeAffinity].into(), now);
        assert!(queue.has_refused(&[Plugin::NodeAffinity]));
        assert_eq!(queue.next_wake(now), Some(Time::from_secs(360)));
        queue.look(Time::from_secs(360));
        assert_eq!(queue.pop(), Some(key("web")));
        assert!(!queue.has_refused(&[Plugin::NodeAffinity]));
    }
}
