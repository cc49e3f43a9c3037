//! Runs the controllers: what they have watched, their queues, their limits.
//!
//! Source: client-go `tools/cache` (shared informers), `util/workqueue` and
//! `util/flowcontrol`: each controller's client may write 20 times a second,
//! 30 at once; a refused object is tried again after 5 ms, doubling.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::cluster_role_aggregation::ClusterRoleAggregation;
use super::cron_job::CronJobController;
use super::daemon_set::DaemonSetController;
use super::deployment::DeploymentController;
use super::disruption::DisruptionController;
use super::endpoint_slice::EndpointSliceController;
use super::endpoint_slice_mirroring::EndpointSliceMirroring;
use super::endpoints::EndpointsController;
use super::ephemeral_volume::EphemeralVolumeController;
use super::garbage_collector::GarbageCollector;
use super::horizontal_pod_autoscaler::AutoscalerController;
use super::ingress::IngressController;
use super::job::JobController;
use super::load_balancer::{LoadBalancerController, Points};
use super::namespace::NamespaceController;
use super::node_lifecycle::NodeLifecycleController;
use super::node_lifecycle::taint_eviction::TaintEvictionController;
use super::persistent_volume::PersistentVolumeController;
use super::pod_gc::PodGc;
use super::provisioner::{Driver, ProvisionerController};
use super::replica_set::ReplicaSetController;
use super::resource_quota::ResourceQuotaController;
use super::service_account::{RootCaPublisher, ServiceAccountController};
use super::stateful_set::StatefulSetController;
use super::volume_protection::{ClaimProtectionController, VolumeProtectionController};
use super::{Announce, Context, Controller, Outcome, Write};
use crate::apiserver::{ApiServer, DeleteOptions, Kinds, Part, Propagation, Status, WriteOptions};
use crate::informer::Cache;
use crate::recorder::{Note, Recorder, Style};
use crate::sim::{Delay, Time};
use crate::store::{Change, Key};
use crate::value::{Str, Value};

/// How long a change takes to reach the controllers.
const WATCH_LATENCY: Delay = Delay::millis(3);
/// A controller's client: one write in this time,
const WRITE_PERIOD: Delay = Delay::millis(50);
/// and this many at once.
const WRITE_BURST: i64 = 30;
/// The first wait before a refused object is tried again, and the longest.
const RETRY_MIN: Delay = Delay::millis(5);
const RETRY_MAX: Delay = Delay::secs(1_000);
/// Who the controllers are in `managedFields`.
const MANAGER: &str = "kube-controller-manager";

/// The cloud that a cluster stands in, for what its controller does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cloud {
    /// None.
    None,
    /// Load balancers have addresses.
    Google,
    /// Load balancers have names.
    Amazon,
}

/// What a controller manager has to do with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manages {
    /// The cloud around it.
    pub cloud: Cloud,
    /// Whether there are nodes with kubelets.
    pub nodes: bool,
    /// What makes volumes, if anything does.
    pub driver: Option<Driver>,
}

/// The controller manager.
#[derive(Clone)]
pub struct ControllerManager {
    kinds: Kinds,
    cache: Cache,
    inbox: VecDeque<(Time, Arc<Change>)>,
    controllers: Vec<Runner>,
    /// When the first of them has something to do next.
    due: Option<Time>,
}

#[derive(Clone)]
struct Runner {
    controller: Arc<dyn Controller>,
    recorder: Recorder,
    queue: VecDeque<Key>,
    queued: BTreeSet<Key>,
    /// At which revision the first of the queued objects may be looked at.
    waits_for: u64,
    later: BTreeSet<(Time, Key)>,
    /// When each object that waits is looked at first.
    delayed: BTreeMap<Key, Time>,
    /// What the controller remembers of objects.
    memory: BTreeMap<Key, Value>,
    in_flight: VecDeque<(Key, Write)>,
    /// How many writes of each object are in flight.
    writes_of: BTreeMap<Key, usize>,
    /// Objects whose own writes have not come back yet, with their revision.
    expecting: BTreeMap<Key, u64>,
    failures: BTreeMap<Key, (u32, Status)>,
    bucket: Bucket,
}

/// A token bucket for writes.
#[derive(Clone)]
struct Bucket {
    full_at: Time,
}

impl Bucket {
    /// Takes a token, or says when there will be one.
    fn take(&mut self, now: Time) -> Result<(), Time> {
        let base = self.full_at.max(now);
        let debt = base.since(now).as_micros() / WRITE_PERIOD.as_micros();
        if debt >= WRITE_BURST {
            return Err(now + (base.since(now) - WRITE_PERIOD.times(WRITE_BURST - 1)));
        }
        self.full_at = base + WRITE_PERIOD;
        Ok(())
    }
}

impl ControllerManager {
    /// A controller manager that has seen nothing yet.
    pub fn new(kinds: &Kinds, manages: Manages) -> Self {
        let replica_sets = ReplicaSetController {
            kind: kinds.replica_set,
            kind_name: "ReplicaSet",
            name: "replicaset-controller",
        };
        let replication_controllers = ReplicaSetController {
            kind: kinds.replication_controller,
            kind_name: "ReplicationController",
            name: "replication-controller",
        };
        let mut controllers: Vec<Arc<dyn Controller>> = vec![
            Arc::new(DeploymentController),
            Arc::new(replica_sets),
            Arc::new(replication_controllers),
            Arc::new(GarbageCollector),
            Arc::new(EndpointSliceController),
            Arc::new(EndpointSliceMirroring),
            Arc::new(EndpointsController),
            Arc::new(DaemonSetController),
            Arc::new(StatefulSetController),
            Arc::new(JobController),
            Arc::new(CronJobController),
            Arc::new(AutoscalerController),
            Arc::new(NamespaceController),
            Arc::new(DisruptionController),
            Arc::new(ResourceQuotaController),
            Arc::new(ServiceAccountController),
            Arc::new(ClusterRoleAggregation),
            Arc::new(RootCaPublisher),
            Arc::new(PersistentVolumeController),
            Arc::new(ClaimProtectionController),
            Arc::new(VolumeProtectionController),
            Arc::new(EphemeralVolumeController),
        ];
        if let Some(driver) = manages.driver {
            controllers.push(Arc::new(ProvisionerController { driver }));
        }
        if manages.nodes {
            controllers.push(Arc::new(NodeLifecycleController));
            controllers.push(Arc::new(TaintEvictionController));
            controllers.push(Arc::new(PodGc));
        }
        let points = match manages.cloud {
            Cloud::None => None,
            Cloud::Google => Some(Points::Address),
            Cloud::Amazon => Some(Points::Name),
        };
        if let Some(points) = points {
            controllers.push(Arc::new(LoadBalancerController { points }));
        }
        // It looks only at Ingresses of its own class, so it may always run.
        controllers.push(Arc::new(IngressController { points }));
        Self {
            kinds: kinds.clone(),
            cache: Cache::counting(kinds.pod),
            inbox: VecDeque::new(),
            controllers: controllers.into_iter().map(Runner::new).collect(),
            due: None,
        }
    }

    /// Takes in a change, to be seen a little later, and by `latency`
    /// later still.
    pub fn deliver(&mut self, change: &Arc<Change>, latency: Delay) {
        if change.key.kind != self.kinds.event {
            self.inbox.push_back((change.at + WATCH_LATENCY + latency, Arc::clone(change)));
        }
    }

    /// When there is something to do next.
    pub fn next_wake(&self) -> Option<Time> {
        let seen = self.inbox.front().map(|(at, _)| *at);
        seen.into_iter().chain(self.due).min()
    }

    /// Does what is due.
    pub fn wake(&mut self, api: &mut ApiServer) {
        let now = api.now();
        while let Some((_, change)) = self.inbox.pop_front_if(|(at, _)| *at <= now) {
            self.cache.apply(&change);
            let cx = Context {
                cache: &self.cache,
                kinds: &self.kinds,
                registry: api.registry(),
                now,
                aggregated: api.aggregated(),
                memory: None,
                failure: None,
            };
            for runner in &mut self.controllers {
                let keys = runner.controller.triggers(&change, &cx);
                if keys.is_empty() {
                    continue;
                }
                let at = now + runner.controller.delay(&change, &cx);
                for key in keys {
                    runner.enqueue_at(at, key, now);
                }
            }
        }
        for runner in &mut self.controllers {
            runner.run(&self.cache, &self.kinds, api);
        }
        self.due = self.controllers.iter().filter_map(|runner| runner.next_wake(now)).min();
    }
}

impl Runner {
    fn new(controller: Arc<dyn Controller>) -> Self {
        let recorder = Recorder::new(controller.name(), "", Style::Core);
        Self {
            controller,
            recorder,
            queue: VecDeque::new(),
            queued: BTreeSet::new(),
            waits_for: 0,
            later: BTreeSet::new(),
            delayed: BTreeMap::new(),
            memory: BTreeMap::new(),
            in_flight: VecDeque::new(),
            writes_of: BTreeMap::new(),
            expecting: BTreeMap::new(),
            failures: BTreeMap::new(),
            bucket: Bucket { full_at: Time::default() },
        }
    }

    fn enqueue(&mut self, key: Key) {
        if self.queued.insert(key.clone()) {
            self.waits_for = 0;
            self.queue.push_back(key);
        }
    }

    /// Queues an object for later; one that is already due earlier stays so.
    fn enqueue_at(&mut self, at: Time, key: Key, now: Time) {
        if at <= now {
            return self.enqueue(key);
        }
        if self.delayed.get(&key).is_none_or(|due| at < *due) {
            self.delayed.insert(key.clone(), at);
            self.later.insert((at, key));
        }
    }

    fn next_wake(&self, now: Time) -> Option<Time> {
        let token = (!self.in_flight.is_empty()).then(|| {
            let mut bucket = Bucket { full_at: self.bucket.full_at };
            bucket.take(now).err().unwrap_or(now)
        });
        self.later.first().map(|(at, _)| *at).into_iter().chain(token).min()
    }

    fn run(&mut self, cache: &Cache, kinds: &Kinds, api: &mut ApiServer) {
        let now = api.now();
        while self.later.first().is_some_and(|(at, _)| *at <= now) {
            if let Some((at, key)) = self.later.pop_first() {
                if self.delayed.get(&key) == Some(&at) {
                    self.delayed.remove(&key);
                }
                self.enqueue(key);
            }
        }
        self.write(kinds, api);
        if self.waits_for > cache.revision() {
            return;
        }
        self.waits_for = u64::MAX;
        for _ in 0..self.queue.len() {
            let Some(key) = self.queue.pop_front() else { break };
            match self.free_at(&key) {
                revision if revision > cache.revision() => {
                    self.waits_for = self.waits_for.min(revision);
                    self.queue.push_back(key);
                }
                _ => self.sync(key, cache, kinds, api),
            }
        }
    }

    fn sync(&mut self, key: Key, cache: &Cache, kinds: &Kinds, api: &mut ApiServer) {
        let now = api.now();
        self.queued.remove(&key);
        self.expecting.remove(&key);
        let failure = self.failures.get(&key).map(|(_, failure)| failure);
        let cx = Context {
            cache,
            kinds,
            registry: api.registry(),
            now,
            aggregated: api.aggregated(),
            memory: self.memory.get(&key),
            failure,
        };
        let Outcome { writes, remember, again } = self.controller.sync(&key, &cx);
        if let Some(again) = again {
            self.enqueue_at(now + again, key.clone(), now);
        }
        if cache.get(&key).is_none() {
            self.memory.remove(&key);
        } else if let Some(remember) = remember {
            self.memory.insert(key.clone(), remember);
        }
        if writes.is_empty() {
            self.failures.remove(&key);
        } else {
            *self.writes_of.entry(key.clone()).or_default() += writes.len();
            self.in_flight.extend(writes.into_iter().map(|write| (key.clone(), write)));
        }
        self.write(kinds, api);
    }

    /// At which revision an object may be looked at: when its own writes have
    /// come back. Never, while some of them are still to be made.
    fn free_at(&self, key: &Key) -> u64 {
        if self.writes_of.contains_key(key) {
            return u64::MAX;
        }
        self.expecting.get(key).copied().unwrap_or(0)
    }

    /// Makes the writes that the client's limit allows.
    fn write(&mut self, kinds: &Kinds, api: &mut ApiServer) {
        let now = api.now();
        while let Some((_, write)) = self.in_flight.front() {
            if !matches!(write, Write::Note(_)) && self.bucket.take(now).is_err() {
                return;
            }
            let Some((key, write)) = self.in_flight.pop_front() else { return };
            self.note_left(&key, 1);
            let slow_start = matches!(&write, Write::Create { slow_start: true, .. });
            match self.make(write, kinds, api) {
                Ok(true) => {
                    self.expecting.insert(key, api.store().revision());
                }
                Ok(false) => {}
                Err(status) => self.note_failure(key, status, slow_start, now),
            }
        }
    }

    /// Notes that so many of an object's writes are no longer in flight.
    fn note_left(&mut self, key: &Key, count: usize) {
        let Some(left) = self.writes_of.get_mut(key) else { return };
        *left = left.saturating_sub(count);
        if *left == 0 {
            self.writes_of.remove(key);
            self.waits_for = 0;
        }
    }

    fn note_failure(&mut self, key: Key, status: Status, slow_start: bool, now: Time) {
        if slow_start {
            // What fails once would fail again: the rest of the batch is not tried.
            let before = self.in_flight.len();
            self.in_flight
                .retain(|(own, write)| *own != key || !matches!(write, Write::Create { .. }));
            self.note_left(&key, before - self.in_flight.len());
        }
        let tries = self.failures.get(&key).map_or(0, |(tries, _)| *tries + 1);
        let wait = RETRY_MIN.times(1 << tries.min(30)).min(RETRY_MAX);
        self.later.insert((now + wait, key.clone()));
        self.failures.insert(key, (tries, status));
    }

    /// Makes one write. Returns whether it changed an object.
    fn make(&mut self, write: Write, kinds: &Kinds, api: &mut ApiServer) -> Result<bool, Status> {
        let before = api.store().revision();
        match write {
            Write::Note(note) => {
                self.recorder.record(note, api, kinds);
                return Ok(false);
            }
            Write::Create { kind, object, announce, .. } => {
                let namespace = object["metadata"]["namespace"].text().to_owned();
                let name = object["metadata"]["name"].text().to_owned();
                let made = api.create(kind, &namespace, object, &WriteOptions::by(MANAGER));
                let after = api.store().revision();
                self.announce(announce, &name, &made, kinds, api);
                made?;
                return Ok(after > before);
            }
            Write::Update { kind, object } => {
                api.update(kind, object, &WriteOptions::by(MANAGER))?;
            }
            Write::UpdateStatus { kind, object } => {
                api.update(kind, object, &WriteOptions::status_by(MANAGER))?;
            }
            Write::Remove { key, uid } => {
                let options = DeleteOptions {
                    grace_secs: Some(0),
                    uid: uid.to_string(),
                    ..DeleteOptions::default()
                };
                api.delete(key.kind, &key.namespace, &key.name, &options)?;
            }
            Write::Finalize { key, finalizer } => finalize(&key, finalizer, api)?,
            Write::Delete { key, uid, propagation, announce } => {
                let deleted = delete(&key, &uid, propagation, api);
                let after = api.store().revision();
                self.announce(announce, &key.name, &deleted, kinds, api);
                deleted?;
                return Ok(after > before);
            }
        }
        Ok(api.store().revision() > before)
    }

    fn announce(
        &mut self,
        announce: Option<Announce>,
        name: &str,
        result: &Result<Value, Status>,
        kinds: &Kinds,
        api: &mut ApiServer,
    ) {
        let Some(Announce { about, success, failure }) = announce else { return };
        let note = match result {
            Ok(object) => {
                let message = success.1.replace("{name}", object["metadata"]["name"].text());
                Note::normal(&about, success.0, message)
            }
            Err(status) => {
                let message = failure.1.replace("{name}", name).replace("{error}", &status.message);
                Note::warning(&about, failure.0, message)
            }
        };
        self.recorder.record(note, api, kinds);
    }
}

fn finalize(key: &Key, finalizer: &str, api: &mut ApiServer) -> Result<(), Status> {
    let Some(mut object) = api.get(key.kind, &key.namespace, &key.name).cloned() else {
        return Ok(());
    };
    object["spec"]["finalizers"].make_list().retain(|own| own.text() != finalizer);
    let options = WriteOptions { part: Part::Special, ..WriteOptions::by(MANAGER) };
    api.update(key.kind, object, &options).map(|_| ())
}

fn delete(
    key: &Key,
    uid: &Str,
    propagation: Option<Propagation>,
    api: &mut ApiServer,
) -> Result<Value, Status> {
    let options = DeleteOptions { uid: uid.to_string(), propagation, ..DeleteOptions::default() };
    let (namespace, name) = (key.namespace.clone(), key.name.clone());
    match api.delete(key.kind, &namespace, &name, &options)? {
        crate::apiserver::Deleted::Gone(object) | crate::apiserver::Deleted::Waiting(object) => {
            Ok(object)
        }
    }
}
