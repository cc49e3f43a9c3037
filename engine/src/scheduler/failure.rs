//! What the scheduler does about a Pod that fits nowhere: it makes room if
//! others matter less, and tells of it.
//!
//! Source: upstream `pkg/scheduler/schedule_one.go`
//! (`handleSchedulingFailure`) and `framework/preemption` (`prepareCandidate`).

use std::sync::Arc;

use super::diagnosis::Diagnosis;
use super::plugins::{Cycle, Plugin};
use super::pod_info::PodInfo;
use super::preemption::{Candidate, preempt};
use super::watched::Watched;
use super::{MANAGER, Scheduler};
use crate::apiserver::{ApiServer, DeleteOptions, WriteOptions};
use crate::recorder::Note;
use crate::store::Key;
use crate::value;
use crate::value::Value;

/// What becomes of the node that was promised to a Pod.
enum Promise {
    /// It stays.
    Keep,
    /// This one instead, or none.
    Set(Option<usize>),
}

impl Scheduler {
    /// Tells of a Pod that fits nowhere, after trying to make room for it.
    pub(super) fn give_up(&mut self, key: &Key, mut diagnosis: Diagnosis, api: &mut ApiServer) {
        let Some(waiting) = self.queue.get(key) else { return };
        let (pod, info) = (waiting.pod.clone(), Arc::clone(&waiting.info));
        let promise = self.make_room(&info, &mut diagnosis, api);
        let message = diagnosis.message();
        let note = Note::warning(&pod, "FailedScheduling", message.clone()).doing("Scheduling");
        self.recorder.record(note, api, &self.kinds);
        let mut plugins = diagnosis.plugins();
        if plugins.is_empty() {
            // No node at all: the first that comes may do.
            plugins.insert(Plugin::NodeName);
        }
        self.thoughts.note_failure(key, api.now(), message.clone(), diagnosis);
        self.queue.give_up(key, plugins, api.now());
        if let Promise::Set(place) = promise {
            self.nominated.remove(key);
            if let Some(place) = place {
                self.nominated.insert(key.clone(), (place, info));
            }
        }
        self.note_unschedulable(key, "Unschedulable", message, &promise, api);
    }

    fn make_room(
        &mut self,
        info: &Arc<PodInfo>,
        diagnosis: &mut Diagnosis,
        api: &mut ApiServer,
    ) -> Promise {
        if diagnosis.nodes == 0 {
            return Promise::Keep;
        }
        let watched = Watched { cache: &self.cache, kinds: &self.kinds };
        let nominated = self.nominated.get(&info.key).map(|(place, _)| *place);
        let found = match Cycle::begin(info, &self.nodes, watched) {
            Ok(cycle) => preempt(&cycle, diagnosis, nominated, watched, &mut self.random),
            Err(_) => Err(diagnosis.helpless(info)),
        };
        match found {
            Ok(candidate) => {
                self.evict(info, &candidate, api);
                Promise::Set(Some(candidate.place))
            }
            Err(why) => {
                let waits = why.starts_with("not eligible");
                diagnosis.preemption = why;
                if waits { Promise::Keep } else { Promise::Set(None) }
            }
        }
    }

    /// Tells the victims to go, and others that they lose their promise.
    fn evict(&mut self, info: &PodInfo, candidate: &Candidate, api: &mut ApiServer) {
        let node = self.nodes.name(candidate.place);
        for victim in candidate.victims.iter().filter(|victim| !victim.deleting) {
            let key = &victim.key;
            let Some(mut pod) = api.get(key.kind, &key.namespace, &key.name).cloned() else {
                continue;
            };
            let scheduler = info.spec["schedulerName"].text();
            let condition = value!({
                "type": "DisruptionTarget",
                "status": "True",
                "reason": "PreemptionByScheduler",
                "message": (format!(
                    "{scheduler}: preempting to accommodate a higher priority pod"
                )),
                "lastProbeTime": null,
                "lastTransitionTime": (api.now().rfc3339()),
            });
            set_condition(&mut pod, condition);
            // A victim that is gone by now has made room already.
            let _ = api.update(key.kind, pod.clone(), &WriteOptions::status_by(MANAGER));
            let options = DeleteOptions { uid: victim.uid.to_string(), ..DeleteOptions::default() };
            let _ = api.delete(key.kind, &key.namespace, &key.name, &options);
            let message = format!("Preempted by pod {} on node {node}", info.uid);
            let note = Note::normal(&pod, "Preempted", message).doing("Preempting");
            self.recorder.record(note, api, &self.kinds);
        }
        let lesser = self.nominated.iter().filter(|(_, (place, other))| {
            *place == candidate.place && other.priority < info.priority
        });
        let lesser: Vec<Key> = lesser.map(|(key, _)| key.clone()).collect();
        for key in lesser {
            self.nominated.remove(&key);
            write_status(&key, api, |pod| {
                pod["status"].remove("nominatedNodeName");
            });
            self.queue.wake(&key, api.now());
        }
    }

    /// Writes down that a Pod could not be placed.
    fn note_unschedulable(
        &self,
        key: &Key,
        reason: &str,
        message: String,
        promise: &Promise,
        api: &mut ApiServer,
    ) {
        let condition = value!({
            "type": "PodScheduled",
            "status": "False",
            "reason": reason,
            "message": message,
            "lastProbeTime": null,
            "lastTransitionTime": (api.now().rfc3339()),
        });
        let promised = match promise {
            Promise::Keep => None,
            Promise::Set(place) => Some(place.map(|place| self.nodes.name(place))),
        };
        write_status(key, api, |pod| {
            set_condition(pod, condition);
            match promised {
                Some(Some(node)) => pod["status"].set("nominatedNodeName", node),
                Some(None) => {
                    pod["status"].remove("nominatedNodeName");
                }
                None => {}
            }
        });
    }

    /// Tells of a Pod for which there is a node, but which could not be bound.
    pub(super) fn fail(&mut self, key: &Key, message: String, api: &mut ApiServer) {
        let Some(waiting) = self.queue.get(key) else { return };
        let note = Note::warning(&waiting.pod, "FailedScheduling", message.clone());
        self.recorder.record(note.doing("Scheduling"), api, &self.kinds);
        self.queue.retry(key, api.now());
        self.note_unschedulable(key, "SchedulerError", message, &Promise::Keep, api);
    }
}

fn write_status(key: &Key, api: &mut ApiServer, change: impl FnOnce(&mut Value)) {
    let Some(mut pod) = api.get(key.kind, &key.namespace, &key.name).cloned() else { return };
    change(&mut pod);
    // A Pod that is gone by now needs no status.
    let _ = api.update(key.kind, pod, &WriteOptions::status_by(MANAGER));
}

/// Sets a condition; `lastTransitionTime` stays with its status.
fn set_condition(pod: &mut Value, mut condition: Value) {
    let conditions = pod["status"]["conditions"].make_list();
    let old = conditions.iter_mut().find(|own| own["type"] == condition["type"]);
    match old {
        Some(old) => {
            if old["status"] == condition["status"] {
                condition.set("lastTransitionTime", old["lastTransitionTime"].clone());
            }
            *old = condition;
        }
        None => conditions.push(condition),
    }
}
