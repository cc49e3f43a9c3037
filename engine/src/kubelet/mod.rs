//! One kubelet: runs the Pods bound to its node and reports on them.
//!
//! Source: upstream `pkg/kubelet`. A Pod has a [`worker`] that looks at it
//! ([`sync`]) when it changes, when its containers do (the relist of the
//! PLEG, once a second, notices that) and when something failed a while ago.

mod ask;
mod attach;
mod backoff;
mod environment;
mod eviction;
mod heartbeat;
mod mounts;
mod node;
mod probe;
mod pull;
mod runtime;
mod serve;
mod sources;
mod status;
mod statics;
mod stop;
mod sync;
mod unit;
mod worker;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

pub use self::heartbeat::Pressure;
pub use self::mounts::Disks;
pub use self::pull::Line;
pub use self::serve::{ContainerUsage, LogPlace, ProcessRequest, SessionOutput};

use self::heartbeat::Heartbeat;
use self::node::{Addresses, Node, Recent};
use self::pull::Images;
use self::runtime::Turns;
use self::worker::{End, Worker};
use crate::api::pod::PodView;
use crate::apiserver::{ApiServer, Kinds};
use crate::images::Catalogue;
use crate::recorder::{Recorder, Style};
use crate::sim::{Delay, Random, Time};
use crate::store::{Change, Key};
use crate::value::{Str, Value};

/// How long a change takes to reach the kubelet.
const WATCH_LATENCY: Delay = Delay::millis(4);
/// Where the cluster's DNS listens.
const DNS_IP: &str = "10.96.0.10";
/// From a new Pod to its first status.
const FIRST_SYNC: Delay = Delay::millis(9);
/// Within this, after a relist, workers look at their Pods.
const SPREAD_MICROS: u64 = 15_000;
/// How often the kubelet looks what its containers do.
const RELIST: Delay = Delay::secs(1);
/// How often statuses are compared with what others made of them; upstream
/// `pkg/kubelet/status` (`syncPeriod`).
const RECONCILE: Delay = Delay::secs(10);

/// How many times longer a slow node takes.
const SLOW: i64 = 10;

/// The kubelet of one node.
#[derive(Clone)]
pub struct Kubelet {
    name: Str,
    host_ip: String,
    kinds: Kinds,
    recorder: Recorder,
    attacher: Recorder,
    inbox: VecDeque<(Time, Arc<Change>)>,
    workers: BTreeMap<Key, Box<Worker>>,
    due: BTreeSet<(Time, Key)>,
    images: Images,
    turns: Turns,
    /// The Pods of the manifests on the node, by file name.
    statics: BTreeMap<String, Value>,
    addresses: Addresses,
    recent: Recent,
    random: Random,
    relist_offset: Delay,
    /// Pods whose containers may want something of the network.
    asking: BTreeSet<Key>,
    heartbeat: Heartbeat,
    is_slow: bool,
}

impl Kubelet {
    /// A kubelet for `node`, whose Pods get addresses of `range` and to which
    /// images come as `line` says.
    pub fn new(node: &Value, kinds: &Kinds, random: &Random, range: &str, line: Line) -> Self {
        let name = node["metadata"]["name"].as_shared().cloned().unwrap_or_default();
        let mut random = random.split(&name);
        let offset = i64::try_from(random.below(1_000)).unwrap_or(0);
        let addresses = node["status"]["addresses"].items();
        let internal = addresses.iter().find(|own| own["type"].text() == "InternalIP");
        Self {
            host_ip: internal.map_or("", |own| own["address"].text()).to_owned(),
            kinds: kinds.clone(),
            recorder: Recorder::new("kubelet", &name, Style::Core),
            attacher: Recorder::new("attachdetach-controller", "", Style::Core),
            name,
            inbox: VecDeque::new(),
            workers: BTreeMap::new(),
            due: BTreeSet::new(),
            images: Images::new(line),
            turns: Turns::default(),
            statics: BTreeMap::new(),
            addresses: Addresses::new(range),
            recent: Recent::default(),
            random,
            relist_offset: Delay::millis(offset),
            asking: BTreeSet::new(),
            heartbeat: Heartbeat::default(),
            is_slow: false,
        }
    }

    /// Lets all that it does for containers take longer, or no more.
    pub fn set_slow(&mut self, slow: bool) {
        self.is_slow = slow;
    }

    /// Puts images on its node.
    pub fn preload(&mut self, images: &[&str], catalogue: &mut Catalogue) {
        self.images.preload(images, catalogue);
    }

    /// Takes in a change of one of its Pods, to be seen a little later, and by `latency`
    /// later still.
    pub fn deliver(&mut self, change: &Arc<Change>, latency: Delay) {
        self.inbox.push_back((change.at + WATCH_LATENCY + latency, Arc::clone(change)));
    }

    /// Takes in a change of a ConfigMap or Secret that its Pods may show.
    pub fn deliver_configuration(&mut self, change: &Change) {
        for (key, worker) in &mut self.workers {
            if key.namespace == change.key.namespace {
                worker.want_refresh(change.at);
                self.due.extend(worker.refresh_at.map(|at| (at, key.clone())));
            }
        }
    }

    /// When there is something to do next.
    pub fn next_wake(&self) -> Option<Time> {
        let seen = self.inbox.front().map(|(at, _)| *at);
        let due = self.due.first().map(|(at, _)| *at);
        let next = [seen, due, self.heartbeat.next_wake()].into_iter().flatten().min();
        next.filter(|_| self.is_running())
    }

    /// Does what is due; images come from `catalogue`, volumes are on `disks`.
    pub fn wake(&mut self, api: &mut ApiServer, catalogue: &mut Catalogue, disks: &mut Disks) {
        let now = api.now();
        self.beat(api);
        while let Some((_, change)) = self.inbox.pop_front_if(|(at, _)| *at <= now) {
            self.see(&change, disks, now);
        }
        while self.due.first().is_some_and(|(at, _)| *at <= now) {
            if let Some((_, key)) = self.due.pop_first() {
                self.work(&key, api, catalogue, disks);
            }
        }
    }

    fn see(&mut self, change: &Change, disks: &mut Disks, now: Time) {
        let relist = self.next_relist(now);
        if self.see_mirror(change, disks, now) {
            return;
        }
        let Some(pod) = &change.new else {
            if let Some(worker) = self.workers.remove(&change.key) {
                worker.volumes.tear_down(&worker.uid, disks);
            }
            return;
        };
        let same = self
            .workers
            .get(&change.key)
            .is_some_and(|worker| *worker.uid == *pod["metadata"]["uid"].text());
        if !same {
            if PodView(pod).is_terminal() && !PodView(pod).is_deleting() {
                return;
            }
            let mut worker = Box::new(Worker::new(pod, now));
            worker.sync_at = Some(now + FIRST_SYNC);
            self.workers.insert(change.key.clone(), worker);
            self.due.insert((now + FIRST_SYNC, change.key.clone()));
            return;
        }
        let Some(worker) = self.workers.get_mut(&change.key) else { return };
        let was_deleting = PodView(&worker.pod).is_deleting();
        let status = worker.pod["status"].clone();
        let changed = worker.pod["spec"] != pod["spec"];
        let shown = |field: &str| worker.pod["metadata"][field] != pod["metadata"][field];
        if shown("labels") || shown("annotations") {
            worker.want_refresh(now);
            self.due.extend(worker.refresh_at.map(|at| (at, change.key.clone())));
        }
        worker.pod = pod.clone();
        if change.revision <= worker.reported {
            // What the kubelet wrote last is newer than what it sees now.
            worker.pod["status"] = status;
        } else if worker.pod["status"] != status && worker.end == End::No {
            // Somebody else wrote: what is not so is set right in a while.
            worker.want_sync(now + RECONCILE);
            self.due.insert((now + RECONCILE, change.key.clone()));
        }
        if worker.admit_guests() {
            worker.want_sync(now);
            self.due.insert((now, change.key.clone()));
        }
        let begins = PodView(pod).is_deleting() && !was_deleting;
        if begins && worker.end == End::Over {
            worker.remove_at = Some(now + RELIST);
            self.due.insert((now + RELIST, change.key.clone()));
        } else if begins || changed {
            if begins && worker.is_busy() {
                // The look under way ends here; the next one needs a relist.
                worker.steps.clear();
                worker.step_at = None;
                worker.fresh_at = relist;
            }
            let at = now + Delay::millis(4);
            worker.want_sync(at);
            self.due.insert((at, change.key.clone()));
        }
    }

    fn work(
        &mut self,
        key: &Key,
        api: &mut ApiServer,
        catalogue: &mut Catalogue,
        disks: &mut Disks,
    ) {
        let relist = self.next_relist(api.now());
        let Some(worker) = self.workers.get_mut(key) else { return };
        // Workers look one after the other, not all at the stroke of the relist.
        let spread = i64::try_from(self.random.below(SPREAD_MICROS)).unwrap_or(0);
        let relist = relist + Delay::micros(spread);
        let mut node = Node {
            api,
            kinds: &self.kinds,
            recorder: &mut self.recorder,
            attacher: &mut self.attacher,
            catalogue,
            images: &mut self.images,
            turns: &mut self.turns,
            disks,
            random: &mut self.random,
            addresses: &mut self.addresses,
            recent: &mut self.recent,
            name: &self.name,
            host_ip: &self.host_ip,
            dns_ip: DNS_IP,
            relist,
            pace: if self.is_slow { SLOW } else { 1 },
        };
        let now = node.now();
        worker.note_exits(&mut node);
        worker.begin_eviction(&mut node);
        worker.run_probes(&mut node);
        if matches!(worker.end, End::Stopping { .. }) {
            worker.go_on_stopping(&mut node);
        }
        if worker.step_at.is_some_and(|at| at <= now) {
            worker.step(&mut node);
        }
        if !worker.is_busy() && worker.sync_at.is_some_and(|at| at <= now) {
            worker.sync(&mut node);
        }
        if worker.refresh_at.is_some_and(|at| at <= now) {
            worker.refresh(&mut node);
        }
        if worker.remove_at.is_some_and(|at| at <= now) {
            worker.remove(&mut node);
        }
        if let Some(next) = worker.next_wake() {
            // A worker that asks for the present gets the next moment, so that
            // none can hold time still.
            self.due.insert((next.max(now + Delay::micros(100)), key.clone()));
        }
        if worker.has_processes() {
            self.asking.insert(key.clone());
        }
    }

    fn next_relist(&self, now: Time) -> Time {
        let offset = self.relist_offset.as_micros();
        let past = (now.as_micros() - offset).rem_euclid(RELIST.as_micros());
        now + (RELIST - Delay::micros(past))
    }
}
