//! One kubelet: runs the Pods bound to its node and reports on them.
//!
//! Source: upstream `pkg/kubelet`. The order of what happens to a Pod follows
//! `syncPod`; statuses are written by the status manager, container states
//! are noticed by the PLEG, once a second.

mod status;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::apiserver::{ApiServer, DeleteOptions, Kinds, WriteOptions};
use crate::recorder::{Note, Recorder, Style};
use crate::sim::{Delay, Random, Time};
use crate::store::{Change, Key};
use crate::value::{Str, Value};

const WATCH_LATENCY: Delay = Delay::millis(4);
/// From a new Pod to its first status.
const FIRST_STATUS: Delay = Delay::millis(10);
/// Making the sandbox: namespaces, the pause container, the network.
const SANDBOX: Delay = Delay::millis(290);
/// A pull of a small image.
const PULL: Delay = Delay::millis(1_200);
/// Making one container, and starting it.
const CREATE: Delay = Delay::millis(8);
const START: Delay = Delay::millis(60);
/// How often the kubelet looks what its containers do.
const RELIST: Delay = Delay::secs(1);
/// A process that ends on SIGTERM takes this long.
const STOP: Delay = Delay::millis(40);

/// The kubelet of one node.
pub struct Kubelet {
    node: Str,
    index: u32,
    kinds: Kinds,
    recorder: Recorder,
    inbox: VecDeque<(Time, Change)>,
    workers: BTreeMap<Key, Worker>,
    due: BTreeSet<(Time, Key)>,
    images: BTreeSet<Str>,
    next_ip: u32,
    relist_offset: Delay,
}

/// What the kubelet does about one Pod.
#[derive(Debug, Clone)]
struct Worker {
    pod: Value,
    step: Step,
    ip: String,
    started: Vec<Time>,
    random: Random,
}

/// How far a Pod has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Admit,
    Sandbox,
    Pull(usize),
    Create(usize),
    Start(usize),
    Notice,
    Running,
    Stopping,
    Stopped,
}

impl Kubelet {
    /// A kubelet for the node `name`, the `index`-th of the cluster.
    pub fn new(name: &str, index: u32, kinds: &Kinds, random: &Random) -> Self {
        let mut own = random.split(name);
        let offset = i64::try_from(own.below(1_000)).unwrap_or(0);
        Self {
            node: name.into(),
            index,
            kinds: kinds.clone(),
            recorder: Recorder::new("kubelet", name, Style::Core),
            inbox: VecDeque::new(),
            workers: BTreeMap::new(),
            due: BTreeSet::new(),
            images: BTreeSet::new(),
            next_ip: 2,
            relist_offset: Delay::millis(offset),
        }
    }

    /// Takes in a change of one of its Pods, to be seen a little later.
    pub fn deliver(&mut self, change: &Change) {
        self.inbox.push_back((change.at + WATCH_LATENCY, change.clone()));
    }

    /// When there is something to do next.
    pub fn next_wake(&self) -> Option<Time> {
        let seen = self.inbox.front().map(|(at, _)| *at);
        let step = self.due.first().map(|(at, _)| *at);
        seen.into_iter().chain(step).min()
    }

    /// Does what is due.
    pub fn wake(&mut self, api: &mut ApiServer) {
        let now = api.now();
        while let Some((_, change)) = self.inbox.pop_front_if(|(at, _)| *at <= now) {
            self.see(&change, now);
        }
        while self.due.first().is_some_and(|(at, _)| *at <= now) {
            if let Some((_, key)) = self.due.pop_first() {
                self.advance(&key, api);
            }
        }
    }

    fn see(&mut self, change: &Change, now: Time) {
        let key = &change.key;
        let Some(pod) = &change.new else {
            self.workers.remove(key);
            return;
        };
        let deleted = !pod["metadata"]["deletionTimestamp"].is_null();
        match self.workers.get_mut(key) {
            Some(worker) => {
                worker.pod = pod.clone();
                if deleted && !matches!(worker.step, Step::Stopping | Step::Stopped) {
                    worker.step = Step::Stopping;
                    self.due.retain(|(_, own)| own != key);
                    self.due.insert((now + Delay::millis(5), key.clone()));
                }
            }
            None => {
                let worker = Worker {
                    pod: pod.clone(),
                    step: if deleted { Step::Stopping } else { Step::Admit },
                    ip: String::new(),
                    started: Vec::new(),
                    random: Random::new(change.revision),
                };
                self.workers.insert(key.clone(), worker);
                self.due.insert((now + FIRST_STATUS, key.clone()));
            }
        }
    }

    fn advance(&mut self, key: &Key, api: &mut ApiServer) {
        let Some(mut worker) = self.workers.remove(key) else { return };
        let wait = self.step(&mut worker, api);
        if let Some(wait) = wait {
            self.due.insert((api.now() + wait, key.clone()));
        }
        self.workers.insert(key.clone(), worker);
    }

    /// Takes one step and says how long the next one takes.
    fn step(&mut self, worker: &mut Worker, api: &mut ApiServer) -> Option<Delay> {
        let now = api.now();
        let count = worker.pod["spec"]["containers"].items().len();
        match worker.step {
            Step::Admit => {
                let status = status::waiting(&worker.pod, now);
                self.report(worker, status, api);
                worker.step = Step::Sandbox;
                Some(SANDBOX)
            }
            Step::Sandbox => {
                worker.ip = format!("10.244.{}.{}", self.index, self.next_ip);
                self.next_ip = if self.next_ip >= 254 { 2 } else { self.next_ip + 1 };
                self.pull(worker, 0, api)
            }
            Step::Pull(index) => {
                let image = image_of(&worker.pod, index);
                self.images.insert(image.clone());
                let message = format!(
                    "Successfully pulled image \"{image}\" in 1.2s (1.2s including waiting). \
                     Image size: 73089000 bytes."
                );
                self.tell(worker, index, "Pulled", message, api);
                worker.step = Step::Create(index);
                Some(CREATE)
            }
            Step::Create(index) => {
                let name = worker.pod["spec"]["containers"][index]["name"].text();
                let message = format!("Created container: {name}");
                self.tell(worker, index, "Created", message, api);
                worker.step = Step::Start(index);
                Some(START)
            }
            Step::Start(index) => {
                let name = worker.pod["spec"]["containers"][index]["name"].text();
                let message = format!("Started container {name}");
                self.tell(worker, index, "Started", message, api);
                worker.started.push(now);
                if index + 1 < count {
                    return self.pull(worker, index + 1, api);
                }
                worker.step = Step::Notice;
                Some(self.until_relist(now))
            }
            Step::Notice => {
                let host = self.host_ip(api);
                let status = status::running(
                    &worker.pod,
                    &worker.ip,
                    &host,
                    &worker.started,
                    now,
                    &mut worker.random,
                );
                self.report(worker, status, api);
                worker.step = Step::Running;
                None
            }
            Step::Running | Step::Stopped => None,
            Step::Stopping => self.stop(worker, api),
        }
    }

    fn pull(&mut self, worker: &mut Worker, index: usize, api: &mut ApiServer) -> Option<Delay> {
        let image = image_of(&worker.pod, index);
        let policy = worker.pod["spec"]["containers"][index]["imagePullPolicy"].text();
        if policy != "Always" && self.images.contains(&image) {
            let message = format!("Container image \"{image}\" already present on machine");
            self.tell(worker, index, "Pulled", message, api);
            worker.step = Step::Create(index);
            return Some(CREATE);
        }
        self.tell(worker, index, "Pulling", format!("Pulling image \"{image}\""), api);
        worker.step = Step::Pull(index);
        Some(PULL)
    }

    fn stop(&mut self, worker: &mut Worker, api: &mut ApiServer) -> Option<Delay> {
        if worker.started.is_empty() {
            self.remove(worker, api);
            worker.step = Step::Stopped;
            return None;
        }
        if worker.pod["status"]["phase"].text() == "Running"
            && !worker.pod["status"]["containerStatuses"][0]["state"]["running"].is_null()
        {
            for index in 0..worker.pod["spec"]["containers"].items().len() {
                let name = worker.pod["spec"]["containers"][index]["name"].text();
                let message = format!("Stopping container {name}");
                self.tell(worker, index, "Killing", message, api);
            }
            let ended = status::stopped(&worker.pod, api.now());
            worker.pod["status"] = ended;
            return Some(STOP);
        }
        let ended = worker.pod["status"].clone();
        self.report(worker, ended, api);
        self.remove(worker, api);
        worker.step = Step::Stopped;
        None
    }

    fn remove(&mut self, worker: &Worker, api: &mut ApiServer) {
        let key = Key::of(self.kinds.pod, &worker.pod);
        let options = DeleteOptions {
            grace_secs: Some(0),
            uid: worker.pod["metadata"]["uid"].text().to_owned(),
            ..DeleteOptions::default()
        };
        // Somebody else may have deleted it by now.
        let _ = api.delete(key.kind, &key.namespace, &key.name, &options);
    }

    /// Writes a Pod's status, on top of what the API server has now.
    fn report(&mut self, worker: &mut Worker, status: Value, api: &mut ApiServer) {
        let key = Key::of(self.kinds.pod, &worker.pod);
        let Some(mut current) = api.get(key.kind, &key.namespace, &key.name).cloned() else {
            return;
        };
        if current["metadata"]["uid"] != worker.pod["metadata"]["uid"] {
            return;
        }
        current["status"] = status;
        if let Ok(stored) = api.update(key.kind, current, &WriteOptions::status_by("kubelet")) {
            worker.pod = stored;
        }
    }

    fn tell(
        &mut self,
        worker: &Worker,
        index: usize,
        reason: &'static str,
        message: String,
        api: &mut ApiServer,
    ) {
        let name = worker.pod["spec"]["containers"][index]["name"].text();
        let note =
            Note::normal(&worker.pod, reason, message).at(format!("spec.containers{{{name}}}"));
        self.recorder.record(note, api, &self.kinds);
    }

    fn until_relist(&self, now: Time) -> Delay {
        let past =
            (now.as_micros() - self.relist_offset.as_micros()).rem_euclid(RELIST.as_micros());
        RELIST - Delay::micros(past)
    }

    fn host_ip(&self, api: &ApiServer) -> String {
        let node = api.get(self.kinds.node, "", &self.node);
        let addresses = node.map_or(&[][..], |node| node["status"]["addresses"].items());
        let internal = addresses.iter().find(|own| own["type"].text() == "InternalIP");
        internal.map_or_else(String::new, |own| own["address"].text().to_owned())
    }
}

fn image_of(pod: &Value, index: usize) -> Str {
    pod["spec"]["containers"][index]["image"].as_shared().cloned().unwrap_or_default()
}
