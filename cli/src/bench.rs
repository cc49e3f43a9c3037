//! `podyard bench`: how long a Deployment takes, how many requests are carried,
//! how long a share link takes to open and a moment of the past to show, on the
//! real clock.

mod history;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{Args, Subcommand};
use podyard_engine::cluster::{Cluster, ClusterOptions, GeneratorSpec, Server};
use podyard_engine::network::Caller;
use podyard_engine::sim::Delay;
use podyard_engine::store::Key;
use podyard_engine::value;
use podyard_engine::value::{Map, Value, parse_json};
use podyard_engine::wire::{Method, Request};
use podyard_session::Machine;
use podyard_session::link::unpack;

/// What is to be measured.
#[derive(Debug, Subcommand)]
pub(crate) enum Bench {
    /// Create a Deployment, roll it to a new image, scale it to zero.
    Pods(Pods),
    /// Create a Deployment; then only allocate and index what it left.
    Floor(Pods),
    /// Send requests to a Service with three endpoints.
    Requests(Requests),
    /// Open a share link.
    Link(Link),
    /// Live an hour, and show moments of it.
    Seek(history::Seek),
}

/// Which link is opened.
#[derive(Debug, Args)]
pub(crate) struct Link {
    /// The link, or what follows `#p=` in it.
    url: String,
    /// How often it is opened; the quickest counts.
    #[arg(long, default_value_t = 5)]
    times: u32,
    /// Print one line of JSON.
    #[arg(long)]
    json: bool,
}

/// How many requests are sent.
#[derive(Debug, Args)]
pub(crate) struct Requests {
    /// For how many simulated seconds.
    #[arg(long, default_value_t = 10)]
    seconds: i64,
    /// How many a second.
    #[arg(long, default_value_t = 100_000)]
    rps: u64,
    /// Print one line of JSON.
    #[arg(long)]
    json: bool,
}

/// The size of the work.
#[derive(Debug, Args)]
pub(crate) struct Pods {
    /// How many Pods the Deployments have together.
    #[arg(long, default_value_t = 1_000)]
    replicas: i64,
    /// How many worker nodes there are.
    #[arg(long, default_value_t = 34)]
    nodes: u32,
    /// Print one line of JSON.
    #[arg(long)]
    json: bool,
}

/// A Deployment has at most this many replicas; more Pods make more
/// Deployments.
const REPLICAS_MAX: i64 = 5_000;
/// The simulated time within which a phase must end.
const PATIENCE: Delay = Delay::secs(200_000);

/// Runs a benchmark and prints what it measured.
pub(crate) fn run(bench: &Bench) -> ExitCode {
    let (measured, json) = match bench {
        Bench::Pods(pods) => (measure(pods), pods.json),
        Bench::Floor(pods) => (measure_floor(pods), pods.json),
        Bench::Requests(requests) => (measure_requests(requests), requests.json),
        Bench::Link(link) => (measure_link(link), link.json),
        Bench::Seek(seek) => (Ok(history::measure(seek)), seek.json),
    };
    match measured {
        Ok(report) => {
            print(&report, json);
            ExitCode::SUCCESS
        }
        Err(message) => {
            complain(&message);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "the result of the command")]
fn print(report: &Value, json: bool) {
    if json {
        println!("{}", report.to_json());
        return;
    }
    for (name, value) in report.entries() {
        println!("{name:<18} {}", value.to_json());
    }
}

#[expect(clippy::print_stderr, reason = "the program's own error goes to the terminal")]
fn complain(message: &str) {
    eprintln!("podyard bench: {message}");
}

fn measure(pods: &Pods) -> Result<Value, String> {
    let options = ClusterOptions { nodes: pods.nodes, ..ClusterOptions::default() };
    let mut cluster = Cluster::new(options);
    let sizes = sizes(pods.replicas);
    let booted = cpu_ms();
    let converge = create(&mut cluster, &sizes)?;
    let rollout = phase(&mut cluster, &sizes, |cluster, name, _| {
        let patch = value!({ "spec": { "template": { "spec": { "containers": [
            { "name": "web", "image": "nginx:1.26" },
        ] } } } });
        call(cluster, Method::Patch, path(name), "application/strategic-merge-patch+json", &patch)
    })?;
    let zero: Vec<i64> = sizes.iter().map(|_| 0).collect();
    let scale_to_zero = phase(&mut cluster, &zero, |cluster, name, _| {
        let patch = value!({ "spec": { "replicas": 0 } });
        call(cluster, Method::Patch, path(name), "application/merge-patch+json", &patch)
    })?;
    let millis = |time: Duration| Value::Float(time.as_secs_f64() * 1_000.0);
    Ok(value!({
        "replicas": (pods.replicas),
        "nodes": (pods.nodes),
        "converge_ms": (millis(converge)),
        "rollout_ms": (millis(rollout)),
        "scale_to_zero_ms": (millis(scale_to_zero)),
        "cpu_ms": (cpu_ms() - booted),
        "peak_rss_mb": (rss_mb("VmHWM")),
        "events": (i64::try_from(cluster.api().store().revision()).unwrap_or(i64::MAX)),
    }))
}

/// From the letters of a link to the cluster that it shows.
fn measure_link(link: &Link) -> Result<Value, String> {
    let packed = link.url.split_once("#p=").map_or(link.url.as_str(), |(_, packed)| packed);
    let mut quickest = Duration::MAX;
    let mut session = unpack(packed).map_err(|error| error.to_string())?;
    for _ in 0..link.times.max(1) {
        let begun = Instant::now();
        session = unpack(packed).map_err(|error| error.to_string())?;
        drop(Machine::replay(&session));
        quickest = quickest.min(begun.elapsed());
    }
    Ok(value!({
        "letters": (packed.len()),
        "actions": (session.entries.len()),
        "simulated_s": (session.moment.as_micros() / 1_000_000),
        "open_ms": (Value::Float(quickest.as_secs_f64() * 1_000.0)),
    }))
}

/// The work that nobody could leave out: of every object that is there once the
/// Deployments stand, all texts, lists and maps made anew, and an index.
fn measure_floor(pods: &Pods) -> Result<Value, String> {
    let options = ClusterOptions { nodes: pods.nodes, ..ClusterOptions::default() };
    let mut cluster = Cluster::new(options);
    let booted = cpu_ms();
    create(&mut cluster, &sizes(pods.replicas))?;
    let (converged, api) = (cpu_ms(), cluster.api());
    let mut index = BTreeMap::new();
    for (kind, _) in api.registry().iter() {
        for object in api.list(kind, "default") {
            let key = Key::of(kind, object);
            index.insert(Key::new(kind, &key.namespace, &key.name), anew(object));
        }
    }
    let floor = cpu_ms() - converged;
    Ok(value!({
        "replicas": (pods.replicas),
        "nodes": (pods.nodes),
        "objects": (index.len()),
        "converge_cpu_ms": (converged - booted),
        "floor_cpu_ms": floor,
        "times": ((converged - booted) / floor),
    }))
}

/// The same value, sharing nothing.
fn anew(value: &Value) -> Value {
    match value {
        Value::Str(text) => Value::str(text),
        Value::List(items) => items.iter().map(anew).collect(),
        Value::Map(map) => {
            let entries = map.iter().map(|(key, value)| (key.as_str(), anew(value)));
            Value::from(entries.collect::<Map>())
        }
        plain => plain.clone(),
    }
}

/// Creates the Deployments and waits until all their Pods are available.
fn create(cluster: &mut Cluster, sizes: &[i64]) -> Result<Duration, String> {
    phase(cluster, sizes, |cluster, name, size| {
        let target = "/apis/apps/v1/namespaces/default/deployments".to_owned();
        call(cluster, Method::Post, target, "", &deployment(name, size))
    })
}

fn measure_requests(wanted: &Requests) -> Result<Value, String> {
    let mut cluster = Cluster::new(ClusterOptions::default());
    phase(&mut cluster, &[3], |cluster, name, size| {
        let target = "/apis/apps/v1/namespaces/default/deployments".to_owned();
        call(cluster, Method::Post, target, "", &deployment(name, size))
    })?;
    let service = value!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": { "name": "web" },
        "spec": { "type": "NodePort", "selector": { "app": "web-0" }, "ports": [
            { "port": 80, "nodePort": 30_080 },
        ] },
    });
    call(
        &mut cluster,
        Method::Post,
        "/api/v1/namespaces/default/services".to_owned(),
        "",
        &service,
    )?;
    cluster.advance_to(cluster.now() + Delay::secs(2));
    let pods = cluster.api().list(cluster.kinds().pod, "default");
    let sender = pods.map(|pod| Key::of(cluster.kinds().pod, pod)).next();
    let spec = GeneratorSpec {
        name: "bench".to_owned(),
        from: Caller::Pod(sender.ok_or("there is no Pod to send from")?),
        to: Server { tls: false, host: "web".to_owned(), port: 80 },
        target: "/".to_owned(),
        rate: wanted.rps * 1_000,
        keep_alive: false,
    };
    cluster.start_generator(spec);
    let (began, used) = (Instant::now(), cpu_ms());
    cluster.advance_to(cluster.now() + Delay::secs(wanted.seconds));
    let took = began.elapsed();
    let cpu = cpu_ms() - used;
    let generator = cluster.stop_generator("bench").ok_or("the generator is gone")?;
    let counted = generator.statistics();
    let number = |count: u64| Value::Int(i64::try_from(count).unwrap_or(i64::MAX));
    let shares: Vec<Value> =
        counted.endpoints.values().map(|share| number(share.received)).collect();
    let per_second = u128::from(counted.sent) * 1_000_000 / took.as_micros().max(1);
    Ok(value!({
        "sent": (number(counted.sent)),
        "failed": (number(counted.failed())),
        "ms": (Value::Float(took.as_secs_f64() * 1_000.0)),
        "cpu_ms": (Value::Float(cpu)),
        "requests_per_second": (i64::try_from(per_second).unwrap_or(i64::MAX)),
        "shares": (Value::list(shares)),
        "peak_rss_mb": (rss_mb("VmHWM")),
    }))
}

fn sizes(replicas: i64) -> Vec<i64> {
    let mut left = replicas;
    let mut sizes = Vec::new();
    while left > 0 {
        sizes.push(left.min(REPLICAS_MAX));
        left -= REPLICAS_MAX;
    }
    sizes
}

fn path(name: &str) -> String {
    format!("/apis/apps/v1/namespaces/default/deployments/{name}")
}

fn deployment(name: &str, replicas: i64) -> Value {
    value!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": { "name": name },
        "spec": {
            "replicas": replicas,
            "selector": { "matchLabels": { "app": name } },
            "template": {
                "metadata": { "labels": { "app": name } },
                "spec": {
                    "containers": [{ "name": "web", "image": "nginx:1.25" }],
                    "terminationGracePeriodSeconds": 1,
                },
            },
        },
    })
}

/// Does something to every Deployment and waits until all have settled.
fn phase(
    cluster: &mut Cluster,
    sizes: &[i64],
    act: impl Fn(&mut Cluster, &str, i64) -> Result<(), String>,
) -> Result<Duration, String> {
    let began = Instant::now();
    for (index, size) in sizes.iter().enumerate() {
        act(cluster, &format!("web-{index}"), *size)?;
    }
    let patience_ends = cluster.now() + PATIENCE;
    while !settled(cluster, sizes) {
        let next = cluster.now() + Delay::secs(1);
        if next > patience_ends {
            return Err("the Deployments did not settle".to_owned());
        }
        cluster.advance_to(next);
    }
    Ok(began.elapsed())
}

fn settled(cluster: &Cluster, sizes: &[i64]) -> bool {
    let kinds = cluster.kinds();
    sizes.iter().enumerate().all(|(index, size)| {
        let name = format!("web-{index}");
        let Some(deployment) = cluster.api().get(kinds.deployment, "default", &name) else {
            return false;
        };
        let status = &deployment["status"];
        let counts = ["replicas", "updatedReplicas", "availableReplicas"];
        status.at(&["observedGeneration"]) == deployment.at(&["metadata", "generation"])
            && counts.iter().all(|count| status[*count].int() == *size)
    }) && (sizes.iter().any(|size| *size > 0)
        || cluster.api().list(kinds.pod, "default").next().is_none())
}

fn call(
    cluster: &mut Cluster,
    method: Method,
    target: String,
    content_type: &str,
    body: &Value,
) -> Result<(), String> {
    let response = cluster.handle(&Request {
        method,
        target,
        content_type: content_type.to_owned(),
        body: body.to_json().into_bytes(),
        ..Request::default()
    });
    if response.status < 300 {
        return Ok(());
    }
    let status = parse_json(response.bytes()).unwrap_or_default();
    Err(status.at(&["message"]).text().to_owned())
}

/// The processor time that this process has taken, in milliseconds, where the
/// system tells: on a busy machine it says more than the time on the wall.
fn cpu_ms() -> f64 {
    let status = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanos: Option<f64> = status.split(' ').next().and_then(|nanos| nanos.parse().ok());
    nanos.unwrap_or_default() / 1e6
}

/// The memory of this process, where the system tells: `VmRSS`, or the most it
/// ever had, `VmHWM`.
fn rss_mb(field: &str) -> Value {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<i64>().ok());
    kib.map_or(Value::Null, |kib| Value::Int(kib / 1_024))
}
