//! What controllers count again and again of the Pods that they have watched:
//! kept up to date as Pods change, so that nobody has to look at all of them.

use std::collections::{BTreeMap, BTreeSet};

use super::controller_uid;
use crate::api::pod::PodView;
use crate::sim::Time;
use crate::value::{Str, Value};

/// The Pods of one controller that have the same labels.
#[derive(Debug, Clone)]
pub struct PodGroup {
    /// Their labels.
    pub labels: Value,
    /// How many there are.
    pub all: usize,
    /// How many of them controllers count: neither ended nor being deleted.
    pub active: usize,
    /// How many of those are ready.
    pub ready: usize,
}

/// An active Pod, as far as it matters to who must do without some of them.
#[derive(Debug, Clone, Default)]
pub struct Member {
    /// Its name.
    pub name: Str,
    /// Its uid.
    pub uid: Str,
    /// Its labels.
    pub labels: Value,
    /// `Pending` or `Running`, mostly.
    pub phase: Str,
    /// Whether it is ready.
    pub ready: bool,
    /// Since when it is, or is not.
    pub ready_since: Option<Time>,
    /// When it was made.
    pub created: Option<Time>,
    /// How often the container was restarted that was so most often.
    pub restarts: i64,
    /// What its deletion costs, as its owner says.
    pub cost: i64,
}

/// Says what a Pod's deletion costs.
const COST: &str = "controller.kubernetes.io/pod-deletion-cost";

impl Member {
    /// Reads a Pod.
    pub fn of(pod: &Value) -> Self {
        let text = |value: &Value| value.as_shared().cloned().unwrap_or_default();
        let metadata = &pod["metadata"];
        let mut own = Self {
            name: text(&metadata["name"]),
            uid: text(&metadata["uid"]),
            created: PodView(pod).object().created(),
            ..Self::default()
        };
        own.update(pod);
        own
    }

    /// Reads the same Pod again, as far as it can have changed.
    fn update(&mut self, pod: &Value) {
        let (view, metadata) = (PodView(pod), &pod["metadata"]);
        let containers = pod["status"]["containerStatuses"].items().iter();
        self.labels.clone_from(&metadata["labels"]);
        self.phase = pod["status"]["phase"].as_shared().cloned().unwrap_or_default();
        self.ready = view.is_ready();
        self.ready_since = view.ready_since();
        self.restarts = containers.map(|own| own["restartCount"].int()).max().unwrap_or(0);
        self.cost = metadata["annotations"][COST].text().parse().unwrap_or(0);
    }
}

/// The active Pods of one controller, by node.
pub type Crew = BTreeMap<Str, Vec<Member>>;

/// The counts.
#[derive(Debug, Clone, Default)]
pub(super) struct PodCounts {
    /// By the uid of the controller; most have one group.
    groups: BTreeMap<Str, Vec<PodGroup>>,
    /// By the uid of the controller.
    crews: BTreeMap<Str, Crew>,
    /// The Pods that have ended for good.
    ended: BTreeSet<(Str, Str)>,
}

/// What is counted of one Pod.
#[derive(PartialEq)]
struct Facts<'a> {
    controller: Option<&'a Str>,
    labels: &'a Value,
    active: bool,
    ready: bool,
    ended: bool,
}

impl<'a> Facts<'a> {
    fn of(pod: &'a Value) -> Self {
        let ended = PodView(pod).is_terminal();
        let active = !ended && !PodView(pod).is_deleting();
        Self {
            controller: controller_uid(pod),
            labels: &pod["metadata"]["labels"],
            active,
            ready: active && PodView(pod).is_ready(),
            ended,
        }
    }
}

impl PodCounts {
    /// Takes in that the Pod `namespace/name` has come, changed or gone.
    pub(super) fn note(
        &mut self,
        namespace: &Str,
        name: &Str,
        old: Option<&Value>,
        new: Option<&Value>,
    ) {
        let (was, is) = (old.map(Facts::of), new.map(Facts::of));
        if !self.stay(name, old.zip(was.as_ref()), new.zip(is.as_ref())) {
            if let (Some(pod), Some(facts)) = (old, &was) {
                self.leave(pod, name, facts);
            }
            if let (Some(pod), Some(facts)) = (new, &is) {
                self.join(pod, facts);
            }
        }
        let (old, new) = (was, is);
        if old == new {
            return;
        }
        let has_ended = |facts: &Option<Facts<'_>>| facts.as_ref().is_some_and(|own| own.ended);
        match (has_ended(&old), has_ended(&new)) {
            (false, true) => {
                self.ended.insert((namespace.clone(), name.clone()));
            }
            (true, false) => {
                self.ended.remove(&(namespace.clone(), name.clone()));
            }
            _ => {}
        }
        if let Some(facts) = new {
            self.add(&facts);
        }
        if let Some(facts) = old {
            self.subtract(&facts);
        }
    }

    /// Takes in a change of a Pod that stays in its crew; says whether it did.
    fn stay<'a>(
        &mut self,
        name: &Str,
        old: Option<(&Value, &Facts<'a>)>,
        new: Option<(&Value, &Facts<'a>)>,
    ) -> bool {
        let (Some((old, was)), Some((pod, is))) = (old, new) else { return false };
        let place =
            |pod: &'_ Value| pod["spec"]["nodeName"].as_shared().cloned().unwrap_or_default();
        let node = place(pod);
        if !was.active || !is.active || was.controller != is.controller || place(old) != node {
            return false;
        }
        let crew = is.controller.and_then(|uid| self.crews.get_mut(uid));
        let members = crew.and_then(|crew| crew.get_mut(&node)).into_iter().flatten();
        let own = members.into_iter().find(|own| own.name == *name);
        own.map(|own| own.update(pod)).is_some()
    }

    fn join(&mut self, pod: &Value, facts: &Facts<'_>) {
        let Some(uid) = facts.controller.filter(|_| facts.active) else { return };
        let crew = self.crews.entry(uid.clone()).or_default();
        let node = pod["spec"]["nodeName"].as_shared().cloned().unwrap_or_default();
        crew.entry(node).or_default().push(Member::of(pod));
    }

    fn leave(&mut self, pod: &Value, name: &Str, facts: &Facts<'_>) {
        let Some(uid) = facts.controller.filter(|_| facts.active) else { return };
        let Some(crew) = self.crews.get_mut(uid) else { return };
        let node = pod["spec"]["nodeName"].as_shared().cloned().unwrap_or_default();
        let Some(members) = crew.get_mut(&node) else { return };
        members.retain(|own| own.name != *name);
        if members.is_empty() {
            crew.remove(&node);
            if crew.is_empty() {
                self.crews.remove(uid);
            }
        }
    }

    fn add(&mut self, facts: &Facts<'_>) {
        let Some(uid) = facts.controller else { return };
        let groups = self.groups.entry(uid.clone()).or_default();
        let place = groups.iter().position(|own| own.labels == *facts.labels);
        let place = place.unwrap_or_else(|| {
            let labels = facts.labels.clone();
            groups.push(PodGroup { labels, all: 0, active: 0, ready: 0 });
            groups.len() - 1
        });
        if let Some(group) = groups.get_mut(place) {
            group.all += 1;
            group.active += usize::from(facts.active);
            group.ready += usize::from(facts.ready);
        }
    }

    fn subtract(&mut self, facts: &Facts<'_>) {
        let Some(groups) = facts.controller.and_then(|uid| self.groups.get_mut(uid)) else {
            return;
        };
        if let Some(group) = groups.iter_mut().find(|own| own.labels == *facts.labels) {
            group.all -= 1;
            group.active -= usize::from(facts.active);
            group.ready -= usize::from(facts.ready);
        }
        groups.retain(|own| own.all > 0);
        if let Some(uid) = facts.controller.filter(|_| groups.is_empty()) {
            self.groups.remove(uid);
        }
    }

    /// The groups of the controller with this uid.
    pub(super) fn groups(&self, uid: &str) -> &[PodGroup] {
        self.groups.get(uid).map_or(&[], Vec::as_slice)
    }

    /// The active Pods of the controller with this uid.
    pub(super) fn crew(&self, uid: &str) -> Option<&Crew> {
        self.crews.get(uid)
    }

    /// The Pods that have ended for good.
    pub(super) fn ended(&self) -> &BTreeSet<(Str, Str)> {
        &self.ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value;

    fn pod(app: &str, phase: &str, ready: &str) -> Value {
        value!({
            "metadata": {
                "labels": { "app": app },
                "ownerReferences": [{ "uid": "set", "controller": true }],
            },
            "status": { "phase": phase, "conditions": [{ "type": "Ready", "status": ready }] },
        })
    }

    #[test]
    fn pods_are_counted_by_controller_and_labels_as_they_change() {
        let mut counts = PodCounts::default();
        let namespace = Str::from("default");
        let (waits, runs, ends) =
            (pod("a", "Pending", "False"), pod("a", "Running", "True"), pod("a", "Failed", "True"));
        let other = pod("b", "Running", "True");
        counts.note(&namespace, &"x".into(), None, Some(&waits));
        counts.note(&namespace, &"y".into(), None, Some(&waits));
        counts.note(&namespace, &"z".into(), None, Some(&other));
        counts.note(&namespace, &"x".into(), Some(&waits), Some(&runs));
        counts.note(&namespace, &"y".into(), Some(&waits), Some(&ends));
        let numbers = |counts: &PodCounts| -> Vec<(usize, usize, usize)> {
            let groups = counts.groups("set").iter();
            groups.map(|own| (own.all, own.active, own.ready)).collect()
        };
        assert_eq!(numbers(&counts), [(2, 1, 1), (1, 1, 1)]);
        assert_eq!(counts.ended().iter().collect::<Vec<_>>(), [&("default".into(), "y".into())]);
        counts.note(&namespace, &"x".into(), Some(&runs), None);
        counts.note(&namespace, &"y".into(), Some(&ends), None);
        assert_eq!(numbers(&counts), [(1, 1, 1)]);
        assert!(counts.ended().is_empty());
    }
}
