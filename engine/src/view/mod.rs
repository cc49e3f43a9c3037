//! The view model: what the page shows of a cluster, as plain data.
//!
//! [`View`] is told of objects as a watch would tell them, and answers with
//! the differences to what it last said. So the page redraws what changed and
//! nothing else, and the same model serves the simulated cluster and a real
//! one. The model holds facts and Kubernetes' own words; it knows nothing of
//! colours, positions or languages.

mod endpoints;
mod event;
mod items;
mod node;
mod other;
mod pod;
mod request;
mod traffic;
mod workload;

use std::collections::{BTreeMap, BTreeSet};

use crate::apiserver::ApiServer;
use crate::cluster::Generator;
use crate::network::Trace;
use crate::sim::Time;
use crate::value::{Str, Value};

pub use self::items::{
    Container, Delta, Endpoint, Endpoints, Event, Id, Item, Link, Node, NodeHealth, Other, Pod,
    PodHealth, Port, Service, Workload,
};
pub use self::request::{Request, Stop};
pub use self::traffic::{Traffic, TrafficShare};

/// Turns a stream of objects into a stream of [`Delta`]s.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// How many of the store's changes have been seen.
    seen: u64,
    ids: Ids,
    shown: BTreeMap<Id, Item>,
    /// What is shown, as `Pod/default/web-1` or `Node/worker-1`.
    by_path: BTreeMap<String, Id>,
    pending: BTreeMap<Id, Option<Item>>,
}

/// Names objects by small numbers. An object that is only mentioned (an owner
/// not seen yet) has its number already.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ids(BTreeMap<Str, Id>);

impl View {
    /// Takes note of everything that changed since the last call.
    pub fn follow(&mut self, api: &ApiServer) {
        let (store, registry) = (api.store(), api.registry());
        let made = store.change_count();
        let seen = std::mem::replace(&mut self.seen, made);
        let changes = store.changes_since_count(seen);
        // The store forgets old changes; who comes late reads it whole.
        if u64::try_from(changes.size_hint().0).is_ok_and(|kept| kept < made - seen) || seen == 0 {
            let kinds = registry.iter().filter(|(_, kind)| items::is_shown(kind.kind));
            let objects =
                kinds.flat_map(|(id, kind)| store.list(id, "").map(|object| (kind.kind, object)));
            return self.replace(objects);
        }
        for change in store.changes_since_count(seen) {
            match &change.new {
                Some(object) => self.observe(registry.kind(change.key.kind).kind, object),
                None => self.forget(change.object()),
            }
        }
    }

    /// Forgets how much was seen, to follow another history of the same
    /// cluster. What is there again keeps its number.
    pub fn rewind(&mut self) {
        self.seen = 0;
    }

    /// Takes note that `object` of the given kind exists and looks so.
    pub fn observe(&mut self, kind: &str, object: &Value) {
        let Some(uid) = object.at(&["metadata", "uid"]).as_shared() else { return };
        let id = self.ids.of(uid);
        if let Some(item) = items::read(kind, object, &mut self.ids) {
            self.pending.insert(id, Some(item));
        }
    }

    /// Takes note that `object` exists no more.
    pub fn forget(&mut self, object: &Value) {
        let Some(uid) = object.at(&["metadata", "uid"]).as_shared() else { return };
        let id = self.ids.of(uid);
        self.pending.insert(id, None);
    }

    /// Takes note of everything there is: what is not among `objects` is gone.
    pub fn replace<'a>(&mut self, objects: impl Iterator<Item = (&'a str, &'a Value)>) {
        let mut kept = BTreeSet::new();
        for (kind, object) in objects {
            self.observe(kind, object);
            if let Some(uid) = object.at(&["metadata", "uid"]).as_shared() {
                kept.insert(self.ids.of(uid));
            }
        }
        let known = self.shown.keys().chain(self.pending.keys());
        let gone: Vec<Id> = known.filter(|id| !kept.contains(id)).copied().collect();
        self.pending.extend(gone.into_iter().map(|id| (id, None)));
    }

    /// What changed since the last call, each object once, oldest first.
    pub fn take_deltas(&mut self) -> Vec<Delta> {
        let mut deltas = Vec::new();
        for (id, next) in std::mem::take(&mut self.pending) {
            match next {
                Some(item) if self.shown.get(&id) != Some(&item) => {
                    self.by_path.extend(item.path().map(|path| (path, id)));
                    self.shown.insert(id, item.clone());
                    deltas.push(Delta::Set(id, Box::new(item)));
                }
                None => {
                    let Some(item) = self.shown.remove(&id) else { continue };
                    let path = item.path().filter(|path| self.by_path.get(path) == Some(&id));
                    path.map(|path| self.by_path.remove(&path));
                    deltas.push(Delta::Gone(id));
                }
                Some(_) => {}
            }
        }
        deltas
    }

    /// A request on its way through what is shown.
    pub fn request(&self, trace: &Trace) -> Request {
        request::read(trace, &|path| self.by_path.get(path).copied())
    }

    /// A generator of traffic and its statistics as of now.
    pub fn traffic(&self, generator: &Generator, now: Time) -> Traffic {
        traffic::read(generator, now, &|path| self.by_path.get(path).copied())
    }

    /// What is shown under `id`.
    pub fn item(&self, id: Id) -> Option<&Item> {
        self.shown.get(&id)
    }
}

impl Ids {
    /// The number of the object with this uid.
    pub(crate) fn of(&mut self, uid: &Str) -> Id {
        let next = Id(u32::try_from(self.0.len()).unwrap_or(u32::MAX));
        *self.0.entry(uid.clone()).or_insert(next)
    }

    /// The number of the controller of `object`, if it has one.
    pub(crate) fn owner_of(&mut self, object: &Value) -> Option<Id> {
        let owners = object.at(&["metadata", "ownerReferences"]).items();
        let controller = owners.iter().find(|owner| owner["controller"].is_true())?;
        controller["uid"].as_shared().map(|uid| self.of(uid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value;

    fn pod(uid: &str, phase: &str) -> Value {
        value!({
            "metadata": {
                "name": uid,
                "namespace": "default",
                "uid": uid,
                "ownerReferences": [{ "kind": "ReplicaSet", "uid": "rs", "controller": true }],
            },
            "status": { "phase": phase },
        })
    }

    fn names(deltas: &[Delta]) -> Vec<String> {
        let name = |delta: &Delta| match delta {
            Delta::Set(id, item) => format!("{} {}", id.0, item.name()),
            Delta::Gone(id) => format!("{} gone", id.0),
        };
        deltas.iter().map(name).collect()
    }

    #[test]
    fn says_each_change_once() {
        let mut view = View::default();
        view.observe("Pod", &pod("a", "Pending"));
        view.observe("Pod", &pod("a", "Running"));
        assert_eq!(names(&view.take_deltas()), ["0 a"]);
        view.observe("Pod", &pod("a", "Running"));
        assert_eq!(names(&view.take_deltas()), [""; 0]);
    }

    #[test]
    fn an_owner_has_a_number_before_it_is_seen() {
        let mut view = View::default();
        view.observe("Pod", &pod("a", "Pending"));
        view.observe("ReplicaSet", &value!({ "metadata": { "name": "set", "uid": "rs" } }));
        assert_eq!(names(&view.take_deltas()), ["0 a", "1 set"]);
        let Some(Item::Pod(pod)) = view.item(Id(0)) else { panic!("a Pod is shown") };
        assert_eq!(pod.owner, Some(Id(1)));
    }

    #[test]
    fn an_object_that_came_and_went_is_not_mentioned() {
        let mut view = View::default();
        view.observe("Pod", &pod("a", "Pending"));
        view.forget(&pod("a", "Pending"));
        assert_eq!(names(&view.take_deltas()), [""; 0]);
    }

    #[test]
    fn what_a_new_list_lacks_is_gone() {
        let mut view = View::default();
        view.observe("Pod", &pod("a", "Running"));
        view.observe("Pod", &pod("b", "Running"));
        view.take_deltas();
        view.replace([("Pod", &pod("b", "Running"))].into_iter());
        assert_eq!(names(&view.take_deltas()), ["0 gone"]);
    }
}
