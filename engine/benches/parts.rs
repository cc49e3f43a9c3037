//! What the parts of the cluster cost, each by itself: `cargo bench --package podyard-engine`.
//!
//! The whole is measured by `podyard bench`; these say where a change of it comes from.

#![allow(missing_docs, reason = "criterion makes the public items")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "real time is what it measures, and a cluster that refuses something leaves it nothing to"
)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use podyard_engine::api::{Errors, registry};
use podyard_engine::apiserver::{ApiServer, ApiServerOptions, Kinds};
use podyard_engine::cluster::{Cluster, ClusterOptions, Server};
use podyard_engine::controllers::{Cloud, ControllerManager, Manages};
use podyard_engine::network::Caller;
use podyard_engine::process::HttpRequest;
use podyard_engine::scheduler::Scheduler;
use podyard_engine::schema::{FieldValidation, Schema, decode};
use podyard_engine::sim::{Delay, Random, Time};
use podyard_engine::store::{Change, Key};
use podyard_engine::value::{Value, parse_json};
use podyard_engine::wire::{Body, Method, Request, StreamId};
use podyard_engine::{value, yaml};

/// What `kubectl get` asks for.
const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
/// Long enough for every component to see a change.
const LATENCY: Delay = Delay::millis(50);

/// An API server without anything around it, and whoever watches it.
struct Stand {
    api: ApiServer,
    kinds: Kinds,
}

impl Stand {
    fn new() -> Self {
        let options = ApiServerOptions {
            service_accounts: false,
            kubelets: false,
            administrator_has_token: false,
        };
        let api = ApiServer::new(options, Random::new(1), Time::from_civil(2026, 1, 1, 0));
        let kinds = Kinds::new(api.registry());
        let mut stand = Self { api, kinds };
        let namespace = value!({ "metadata": { "name": "default" } });
        stand.ask(Method::Post, "/api/v1/namespaces", &namespace);
        stand
    }

    fn ask(&mut self, method: Method, target: &str, body: &Value) {
        let response = self.api.handle(&request(method, target, body));
        assert!(response.status < 300, "{}", String::from_utf8_lossy(response.bytes()));
    }

    /// Lets time pass, and hands out what has changed.
    fn pass(&mut self) -> Vec<Arc<Change>> {
        let later = self.api.now() + LATENCY;
        self.api.set_now(later);
        self.api.take_changes()
    }
}

fn request(method: Method, target: &str, body: &Value) -> Request {
    let content_type = match method {
        Method::Patch => "application/merge-patch+json",
        _ => "application/json",
    };
    Request {
        method,
        target: target.to_owned(),
        content_type: content_type.to_owned(),
        body: body.to_json().into_bytes(),
        ..Request::default()
    }
}

fn pod(name: &str) -> Value {
    value!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": { "name": name, "labels": { "app": "web" } },
        "spec": { "containers": [{
            "name": "web",
            "image": "nginx:1.25",
            "ports": [{ "containerPort": 80 }],
            "resources": { "requests": { "cpu": "10m", "memory": "16Mi" } },
        }] },
    })
}

fn deployment(replicas: i64) -> Value {
    value!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": { "name": "web", "labels": { "app": "web" } },
        "spec": {
            "replicas": replicas,
            "selector": { "matchLabels": { "app": "web" } },
            "template": {
                "metadata": { "labels": { "app": "web" } },
                "spec": pod("web")["spec"].clone(),
            },
        },
    })
}

/// From text to an object as the API server takes it.
fn reading(c: &mut Criterion) {
    let text = deployment(3).to_json();
    let manifest = yaml::to_yaml(&deployment(3));
    let object = deployment(3);
    let shape = Schema::get().find_kind("apps/v1", "Deployment").unwrap();
    c.bench_function("parse a manifest", |b| {
        b.iter(|| yaml::read_stream(black_box(&manifest)));
    });
    c.bench_function("parse JSON", |b| b.iter(|| parse_json(black_box(text.as_bytes()))));
    c.bench_function("decode strictly", |b| {
        b.iter(|| decode(shape, black_box(&object), &[], FieldValidation::Strict));
    });
}

/// The rules of a Deployment, after its defaults.
fn validating(c: &mut Criterion) {
    let kind = registry::by_plural("apps", "v1", "deployments").unwrap();
    let mut object = deployment(3);
    (kind.default)(&mut object);
    c.bench_function("default", |b| b.iter(|| (kind.default)(&mut black_box(deployment(3)))));
    c.bench_function("validate", |b| {
        b.iter(|| {
            let mut errors = Errors::default();
            (kind.validate)(black_box(&object), &mut errors);
            errors
        });
    });
}

/// A request that writes, whole: read, decoded, admitted, validated, stored, answered.
fn writing(c: &mut Criterion) {
    let mut stand = Stand::new();
    let target = "/apis/apps/v1/namespaces/default/deployments";
    stand.ask(Method::Post, target, &deployment(3));
    let mut replicas = 0;
    c.bench_function("write", |b| {
        b.iter(|| {
            replicas += 1;
            let patch = value!({ "spec": { "replicas": replicas } });
            stand.ask(Method::Patch, &format!("{target}/web"), &patch);
            stand.pass()
        });
    });
}

/// One change and everybody who watches it.
fn watching(c: &mut Criterion) {
    let mut group = c.benchmark_group("watch fan-out");
    for watchers in [1, 100] {
        let mut stand = Stand::new();
        let target = "/api/v1/namespaces/default/configmaps";
        let map = value!({ "metadata": { "name": "settings" }, "data": { "a": "0" } });
        stand.ask(Method::Post, target, &map);
        let watch = request(Method::Get, &format!("{target}?watch=true"), &Value::Null);
        let streams: Vec<StreamId> = (0..watchers)
            .map(|_| match stand.api.handle(&watch).body {
                Body::Stream(id) => id,
                Body::Bytes(_) => unreachable!("a watch is a stream"),
            })
            .collect();
        let mut count = 0;
        group.bench_function(BenchmarkId::from_parameter(watchers), |b| {
            b.iter(|| {
                count += 1;
                let patch = value!({ "data": { "a": format!("{count}") } });
                stand.ask(Method::Patch, &format!("{target}/settings"), &patch);
                stand.pass();
                for stream in &streams {
                    black_box(stand.api.read_stream(*stream));
                }
            });
        });
    }
    group.finish();
}

/// From a Pod that the scheduler has seen to its binding.
fn scheduling(c: &mut Criterion) {
    let mut group = c.benchmark_group("schedule one Pod");
    for nodes in [10, 100, 1_000, 5_000] {
        let mut stand = Stand::new();
        let mut scheduler = Scheduler::new(&stand.kinds, Random::new(1));
        for number in 0..nodes {
            let name = format!("node-{number}");
            let room = value!({ "cpu": "32", "memory": "64Gi", "pods": "110000" });
            let node = value!({
                "metadata": { "name": (name.as_str()), "labels": { "kubernetes.io/hostname": (name.as_str()) } },
                "status": { "capacity": room.clone(), "allocatable": room },
            });
            stand.ask(Method::Post, "/api/v1/nodes", &node);
        }
        group.bench_function(BenchmarkId::from_parameter(nodes), |b| {
            b.iter_custom(|times| (0..times).map(|_| placed(&mut stand, &mut scheduler)).sum());
        });
    }
    group.finish();
}

/// The time that the scheduler takes for one Pod, which then goes again.
fn placed(stand: &mut Stand, scheduler: &mut Scheduler) -> Duration {
    let target = "/api/v1/namespaces/default/pods";
    stand.ask(Method::Post, target, &pod("web"));
    let seen = |stand: &mut Stand, scheduler: &mut Scheduler| {
        for change in stand.pass() {
            scheduler.deliver(&change, Delay::ZERO);
        }
        stand.pass();
    };
    seen(stand, scheduler);
    let begun = Instant::now();
    scheduler.wake(&mut stand.api);
    let took = begun.elapsed();
    let node = stand.api.get(stand.kinds.pod, "default", "web");
    assert!(node.is_some_and(|pod| !pod.at(&["spec", "nodeName"]).text().is_empty()));
    stand.ask(Method::Delete, &format!("{target}/web"), &Value::Null);
    seen(stand, scheduler);
    scheduler.wake(&mut stand.api);
    took
}

/// A ReplicaSet that has all its Pods is looked at once more.
fn reconciling(c: &mut Criterion) {
    let mut group = c.benchmark_group("reconcile a ReplicaSet");
    for pods in [10, 1_000] {
        let mut stand = Stand::new();
        let manages = Manages { cloud: Cloud::None, nodes: false, driver: None };
        let mut manager = ControllerManager::new(&stand.kinds, manages);
        let mut set = deployment(pods);
        set.set("kind", "ReplicaSet");
        let target = "/apis/apps/v1/namespaces/default/replicasets";
        stand.ask(Method::Post, target, &set);
        let all = usize::try_from(pods).unwrap();
        while stand.api.store().count(stand.kinds.pod) < all {
            work(&mut stand, &mut manager);
        }
        let mut count = 0;
        group.bench_function(BenchmarkId::from_parameter(pods), |b| {
            b.iter_custom(|times| {
                let mut took = Duration::ZERO;
                for _ in 0..times {
                    count += 1;
                    let patch =
                        value!({ "metadata": { "annotations": { "seen": format!("{count}") } } });
                    stand.ask(Method::Patch, &format!("{target}/web"), &patch);
                    took += work(&mut stand, &mut manager);
                }
                took
            });
        });
    }
    group.finish();
}

/// Lets the controllers see what has changed; the time that they take for it.
fn work(stand: &mut Stand, manager: &mut ControllerManager) -> Duration {
    for change in stand.pass() {
        manager.deliver(&change, Delay::ZERO);
    }
    let begun = Instant::now();
    // Once to see it and to write, once for the answers to the writes.
    for _ in 0..2 {
        stand.api.set_now(stand.api.now() + LATENCY);
        manager.wake(&mut stand.api);
    }
    begun.elapsed()
}

/// A cluster in which a Deployment's Pods all run behind a Service.
fn yard(pods: i64, nodes: u32) -> Cluster {
    let mut cluster = Cluster::new(ClusterOptions { nodes, ..ClusterOptions::default() });
    let service = value!({
        "metadata": { "name": "web" },
        "spec": { "selector": { "app": "web" }, "ports": [{ "port": 80 }] },
    });
    for (target, object) in [
        ("/apis/apps/v1/namespaces/default/deployments", deployment(pods)),
        ("/api/v1/namespaces/default/services", service),
    ] {
        let response = cluster.handle(&request(Method::Post, target, &object));
        assert!(response.status < 300, "{}", String::from_utf8_lossy(response.bytes()));
    }
    cluster.advance_to(cluster.now() + Delay::secs(600));
    cluster
}

/// A name resolved, a Service's endpoint chosen, and the answer of its container.
fn requesting(c: &mut Criterion) {
    let mut cluster = yard(3, 3);
    let kind = cluster.kinds().pod;
    let sender = cluster.api().list(kind, "default").next().unwrap();
    let caller = Caller::Pod(Key::of(kind, sender));
    let to = Server { tls: false, host: "web".to_owned(), port: 80 };
    let get = HttpRequest::get("/");
    c.bench_function("one request through a Service", |b| {
        b.iter(|| {
            let outcome = cluster.send(&caller, &to, &get);
            assert!(outcome.result.is_ok());
        });
    });
}

/// What `kubectl get pods` is answered.
fn printing(c: &mut Criterion) {
    let mut cluster = yard(1_000, 34);
    let list = Request {
        target: "/api/v1/namespaces/default/pods?limit=500".to_owned(),
        accept: TABLE.to_owned(),
        ..Request::default()
    };
    c.bench_function("a Table of 500 Pods", |b| b.iter(|| cluster.handle(&list)));
}

criterion_group!(
    parts,
    reading,
    validating,
    writing,
    watching,
    scheduling,
    reconciling,
    requesting,
    printing
);
criterion_main!(parts);
