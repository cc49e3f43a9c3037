//! The whole cluster in one value: API server, components, time.
//!
//! [`Cluster`] is a state machine. Its inputs are requests, faults and the
//! passing of simulated time; the same inputs give the same history, to the
//! byte, on every machine.

mod boot;
mod roles;
mod components;
mod connect;
mod exchange;
mod faults;
mod kubelets;
mod generator;
mod probe;
mod requests;
mod storage;
mod statistics;
mod system;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use crate::apiserver::{ApiServer, ApiServerOptions, Kinds};
use crate::controllers::{Cloud, ControllerManager, Manages};
use crate::images::Catalogue;
use crate::kubelet::{Disks, Kubelet, Line};
use crate::metrics_server::MetricsServer;
use crate::network::{Network, Surroundings};
use crate::openapi::Descriptions;
use crate::scheduler::{Scheduler, Verdict};
use crate::sim::{Delay, Random, Time};
use crate::store::{Change, Key};
use crate::value::Str;
use crate::wire::{Chunk, Request, Response, StreamId};

use self::components::{Components, Leader};
use self::connect::Sessions;
pub use self::exchange::Server;
use self::generator::Generators;
pub use self::generator::{Generator, GeneratorSpec};
use self::kubelets::Kubelets;
use self::requests::Traffic;
pub use self::statistics::{Failure, Histogram, Share, Statistics};
use self::system::CONTROL_PLANE;

pub use self::faults::Fault;
pub use crate::kubelet::Pressure;

/// Where a cluster stands: what its nodes are and what the cloud gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// Machines of one's own: no load balancer, no firewall.
    #[default]
    Local,
    /// Google's cloud: load balancers, a firewall before the nodes.
    Gke,
    /// Amazon's cloud: load balancers, security groups before the nodes.
    Eks,
    /// The cluster that Podyard's recordings were made on.
    Reference,
}

impl Profile {
    /// The region and the zone of the nodes, in a cloud: all are in one, so
    /// that a disk can follow its Pod to any of them.
    fn zone(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Gke => Some(("asia-northeast3", "asia-northeast3-a")),
            Self::Eks => Some(("ap-northeast-2", "ap-northeast-2a")),
            Self::Local | Self::Reference => None,
        }
    }

    /// The cloud that it stands in.
    fn cloud(self) -> Cloud {
        match self {
            Self::Local | Self::Reference => Cloud::None,
            Self::Gke => Cloud::Google,
            Self::Eks => Cloud::Amazon,
        }
    }

    /// How images come to its nodes. The recorded cluster's runtime took the
    /// same time for each.
    fn line(self) -> Line {
        match self {
            Self::Reference => Line { least: Delay::millis(1_200), bytes_a_sec: None },
            _ => Line { least: Delay::millis(800), bytes_a_sec: Some(180_000_000) },
        }
    }

    /// The images that are on its nodes: the recorded cluster had been used.
    fn images(self) -> &'static [&'static str] {
        match self {
            Self::Reference => &["nginx:1.14.2", "nginx:1.16.1", "busybox:1.28"],
            _ => &[],
        }
    }

    /// What the place gives its cluster's network.
    ///
    /// NetworkPolicies are enforced on `gke` (as by its Dataplane V2) and on
    /// `local` (as by Calico); on `eks` the network plugin ignores them until
    /// it is told otherwise, and the recorded cluster had none.
    fn surroundings(self) -> Surroundings {
        Surroundings {
            firewall: matches!(self, Self::Gke | Self::Eks),
            policies: matches!(self, Self::Gke | Self::Local),
        }
    }
}

/// What a cluster is made of.
#[derive(Debug, Clone)]
pub struct ClusterOptions {
    /// Decides every chance: names, addresses, choices.
    pub seed: u64,
    /// How many worker nodes there are.
    pub nodes: u32,
    /// Where it stands.
    pub profile: Profile,
    /// The instant at which it starts.
    pub start: Time,
    /// Whether scheduler and kubelets run. Without them there is one plain
    /// node and deleted Pods go at once, as Kubernetes' own command tests
    /// expect.
    pub kubelets: bool,
}

impl Default for ClusterOptions {
    fn default() -> Self {
        Self {
            seed: 1,
            nodes: 3,
            profile: Profile::Local,
            start: Time::from_civil(2026, 1, 1, 0),
            kubelets: true,
        }
    }
}

/// How long a cluster has run before anybody comes.
const BOOT_TIME: Delay = Delay::secs(20 * 60);

/// The images that come with Podyard, read once: they never change.
fn built_in_images() -> Catalogue {
    static IMAGES: OnceLock<Catalogue> = OnceLock::new();
    // A test reads the catalogue; should it be broken, no image can be pulled.
    IMAGES.get_or_init(|| Catalogue::built_in().unwrap_or_default()).clone()
}

/// A simulated Kubernetes cluster.
///
/// A clone has the same future, and shares what neither of the two has
/// changed since: it costs far less than the way to where it was taken.
#[derive(Clone)]
pub struct Cluster {
    api: ApiServer,
    kinds: Kinds,
    manager: ControllerManager,
    scheduler: Scheduler,
    kubelets: Kubelets,
    options: ClusterOptions,
    random: Random,
    catalogue: Catalogue,
    disks: Disks,
    network: Network,
    /// Measures, where a cluster comes with one.
    metrics: Option<MetricsServer>,
    traffic: Traffic,
    generators: Generators,
    sessions: Sessions,
    components: Components,
    /// The nodes that have a machine behind them, and the machines' numbers.
    machines: BTreeMap<Str, u32>,
    /// Those of them that are cut off.
    down: BTreeSet<Str>,
    /// How long requests to the API server take.
    latency: Delay,
}

impl Cluster {
    /// A cluster that has just been set up.
    pub fn new(options: ClusterOptions) -> Self {
        let random = Random::new(options.seed);
        let api_options = ApiServerOptions {
            service_accounts: options.kubelets,
            kubelets: options.kubelets,
            administrator_has_token: options.profile == Profile::Reference,
        };
        let born = options.start + BOOT_TIME.times(-1);
        let api = ApiServer::new(api_options, random.split("apiserver"), born);
        let kinds = Kinds::new(api.registry());
        let manages = manages(&options);
        let network = Network::new(&kinds, options.profile.surroundings(), random.split("network"));
        let mut cluster = Self {
            manager: ControllerManager::new(&kinds, manages),
            scheduler: Scheduler::new(&kinds, random.split("scheduler")),
            kubelets: Kubelets::default(),
            api,
            kinds,
            options,
            random,
            catalogue: built_in_images(),
            disks: Disks::default(),
            network,
            metrics: None,
            traffic: Traffic::default(),
            generators: Generators::default(),
            sessions: Sessions::default(),
            components: Components::new(true),
            machines: BTreeMap::new(),
            down: BTreeSet::new(),
            latency: Delay::ZERO,
        };
        cluster.components = Components::new(!cluster.has_system_pods());
        cluster.boot();
        if cluster.options.profile == Profile::Gke && cluster.options.kubelets {
            cluster.metrics = Some(MetricsServer::new(&mut cluster.api, &cluster.kinds));
        }
        let start = cluster.options.start;
        cluster.advance_to(start);
        cluster.api.reseed(cluster.random.split("session"));
        cluster
    }

    /// The present instant.
    pub fn now(&self) -> Time {
        self.api.now()
    }

    /// The API server, for reading.
    pub fn api(&self) -> &ApiServer {
        &self.api
    }

    /// Gives the API's documents their words: see [`Descriptions`].
    pub fn set_descriptions(&mut self, descriptions: Descriptions) {
        self.api.set_descriptions(descriptions);
    }

    /// What the scheduler last thought of a Pod, node by node; it remembers its
    /// latest decisions only.
    pub fn verdict(&self, namespace: &str, pod: &str) -> Option<Verdict> {
        self.scheduler.verdict(&Key::new(self.kinds.pod, namespace, pod))
    }

    /// The numbers of the kinds.
    pub fn kinds(&self) -> &Kinds {
        &self.kinds
    }

    /// Answers a request at the present instant.
    pub fn handle(&mut self, request: &Request) -> Response {
        if !self.is_serving() {
            return Response::text(503, "the API server does not run\n");
        }
        let response = match self.connect(request) {
            Some(response) => response,
            None => self.api.handle(request),
        };
        self.dispatch();
        response
    }

    /// What a stream has to say now.
    pub fn read_stream(&mut self, id: StreamId) -> Chunk {
        match self.read_session(id) {
            Some(chunk) => chunk,
            None => self.api.read_stream(id),
        }
    }

    /// A number that two clusters share only if all their objects are equal.
    pub fn state_hash(&self) -> u64 {
        let fnv = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        let mut hash = 0xcbf2_9ce4_8422_2325;
        for (id, _) in self.api.registry().iter() {
            for object in self.api.list(id, "") {
                hash = object.to_json().bytes().fold(hash, fnv);
            }
        }
        hash
    }

    /// Sends bytes up a stream: the input of an exec or attach session.
    pub fn write_stream(&mut self, id: StreamId, bytes: &[u8]) {
        self.write_session(id, bytes);
        self.dispatch();
    }

    /// Closes a stream.
    pub fn close_stream(&mut self, id: StreamId) {
        if !self.close_session(id) {
            self.api.close_stream(id);
        }
    }

    /// The next instant at which somebody has work to do, if anybody has.
    pub fn next_work(&self) -> Option<Time> {
        let kubelets = if self.is_serving() {
            self.kubelets.next_wake()
        } else {
            self.kubelets.get(CONTROL_PLANE).and_then(Kubelet::next_wake)
        };
        let manager = self.components.works(Leader::Manager).then(|| self.manager.next_wake());
        let scheduler = self.components.works(Leader::Scheduler);
        let scheduler = scheduler.then(|| self.scheduler.next_wake());
        let leaders = [manager.flatten(), scheduler.flatten(), self.components.next_wake()];
        let serving = self.is_serving();
        [
            leaders.into_iter().flatten().min().filter(|_| serving),
            kubelets,
            self.traffic.next_wake(),
            self.generators.next_wake(),
            self.api.next_stream_wake(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// The next instant at which anything happens, upkeep included: usage is
    /// measured, old events end.
    pub fn next_wake(&self) -> Option<Time> {
        let upkeep = [self.metrics.as_ref().map(MetricsServer::next_wake), self.api.next_expiry()];
        self.next_work().into_iter().chain(upkeep.into_iter().flatten()).min()
    }

    /// Whether a kubelet can reach the API server. That of the control plane
    /// starts it.
    fn learns(&self, node: &str) -> bool {
        self.is_serving() || node == CONTROL_PLANE
    }

    /// Lets time pass until `to`, doing what is due on the way.
    pub fn advance_to(&mut self, to: Time) {
        while let Some(at) = self.next_wake().filter(|at| *at <= to) {
            let at = at.max(self.api.now());
            self.api.set_now(at);
            self.run_due(at);
        }
        if to > self.api.now() {
            self.api.set_now(to);
        }
    }

    fn run_due(&mut self, at: Time) {
        if self.api.next_expiry().is_some_and(|due| due <= at) {
            self.api.expire();
            self.dispatch();
        }
        if self.is_serving() {
            self.begin_leaders();
        }
        let works = self.is_serving() && self.components.works(Leader::Scheduler);
        if works && self.scheduler.next_wake().is_some_and(|due| due <= at) {
            self.scheduler.wake(&mut self.api);
            self.dispatch();
        }
        let due = self.kubelets.due(at).into_iter();
        for name in due.filter(|name| self.learns(name)).collect::<Vec<Str>>() {
            let asks = self.kubelets.get_mut(&name).is_some_and(|mut kubelet| {
                kubelet.wake(&mut self.api, &mut self.catalogue, &mut self.disks);
                kubelet.may_ask()
            });
            if asks {
                self.take_requests_of(&name);
            }
            self.dispatch();
            if &*name == CONTROL_PLANE {
                self.observe_components();
            }
        }
        self.hand_over_answers();
        if let Some(metrics) = self.metrics.as_mut().filter(|own| own.next_wake() <= at) {
            metrics.wake(&mut self.api, self.kubelets.iter());
        }
        self.run_generators();
        let works = self.is_serving() && self.components.works(Leader::Manager);
        if works && self.manager.next_wake().is_some_and(|due| due <= at) {
            self.manager.wake(&mut self.api);
            self.dispatch();
        }
    }

    /// Tells the components of what has changed.
    fn dispatch(&mut self) {
        for change in self.api.take_changes() {
            if self.components.works(Leader::Manager) {
                self.manager.deliver(&change, self.latency);
            }
            self.network.deliver(&change);
            if self.options.kubelets {
                if self.components.works(Leader::Scheduler) {
                    self.scheduler.deliver(&change, self.latency);
                }
                self.deliver_to_kubelets(&change);
            }
        }
    }

    fn deliver_to_kubelets(&mut self, change: &Arc<Change>) {
        let joins = change.key.kind == self.kinds.node
            && change.old.is_none()
            && self.machines.contains_key(&change.key.name)
            && !self.kubelets.contains_key(&change.key.name);
        if joins {
            let random = self.random.split("kubelets");
            let profile = self.options.profile;
            let line = profile.line();
            let range = boot::pod_range_of(change.object());
            let mut kubelet = Kubelet::new(change.object(), &self.kinds, &random, &range, line);
            kubelet.preload(profile.images(), &mut self.catalogue);
            kubelet.join(change.at);
            self.kubelets.insert(change.key.name.clone(), kubelet);
        }
        if [self.kinds.config_map, self.kinds.secret].contains(&change.key.kind) {
            self.kubelets.each_mut(|kubelet| kubelet.deliver_configuration(change));
        }
        if change.key.kind == self.kinds.pod {
            let node = change.object()["spec"]["nodeName"].text();
            let latency = self.latency;
            if let Some(mut kubelet) = self.kubelets.get_mut(node) {
                kubelet.deliver(change, latency);
            }
        }
    }
}

/// What the controller manager has to do in such a cluster.
fn manages(options: &ClusterOptions) -> Manages {
    let profile = options.profile;
    Manages { cloud: profile.cloud(), nodes: options.kubelets, driver: profile.driver() }
}
