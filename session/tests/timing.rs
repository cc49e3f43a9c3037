//! What happens in the cluster, in which order and when, beside recordings of
//! a real one: `tests/timing/*.txt`, taken from the time lines of
//! `../shared/kubernetes/timing.json`.
//!
//! Each line is a second, an object and what became of it. The changes of one
//! object must come in the recorded order exactly, and each within a fifth of
//! the recorded time. Kubelets look at their containers once a second, at an
//! instant of their own: the test types its command at the one that fits.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::{env, fs};

use podyard_engine::cluster::Profile;
use podyard_engine::sim::{Delay, Time};
use podyard_session::{Action, Machine, Setup};

use self::telling::told;

#[path = "timing/telling.rs"]
mod telling;

/// What is nearer than this is as good as at once.
const AT_ONCE: f64 = 0.12;
/// A state, but of a Pod, that another follows sooner than this is a race of
/// two writers, which the recordings themselves decide now so and now so.
const RACE: f64 = 0.06;
/// So many instants are tried, for so many offsets of one kubelet to another.
const PHASES: i64 = 20;
const SEEDS: u64 = 16;

const SOLO: &str = "apiVersion: v1
kind: Pod
metadata: {name: solo}
spec:
  terminationGracePeriodSeconds: 1
  containers: [{name: main, image: nginx:1.23}]
";
const PROBED: &str = "apiVersion: v1
kind: Pod
metadata: {name: probed}
spec:
  containers:
  - name: main
    image: nginx:1.25
    startupProbe: {httpGet: {path: /, port: 80}, periodSeconds: 2}
    readinessProbe: {httpGet: {path: /, port: 80}, periodSeconds: 2}
";
const BRIEF: &str = "apiVersion: v1
kind: Pod
metadata: {name: brief}
spec:
  containers:
  - {name: main, image: 'busybox:1.36', command: [sh, -c, sleep 1; exit 3]}
";
const STUBBORN: &str = "apiVersion: v1
kind: Pod
metadata: {name: stubborn}
spec:
  terminationGracePeriodSeconds: 5
  containers:
  - {name: main, image: 'busybox:1.36', command: [sh, -c, trap '' TERM; while true; do sleep 1; done]}
";
const TRIO: &str = "apiVersion: v1
kind: Service
metadata: {name: trio}
spec:
  selector: {app: trio}
  ports: [{port: 80}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: trio}
spec:
  replicas: 3
  selector: {matchLabels: {app: trio}}
  template:
    metadata: {labels: {app: trio}}
    spec:
      terminationGracePeriodSeconds: 2
      containers: [{name: web, image: 'nginx:1.25'}]
";
const WARD: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: ward}
spec:
  replicas: 2
  selector: {matchLabels: {app: ward}}
  template:
    metadata: {labels: {app: ward}}
    spec:
      terminationGracePeriodSeconds: 2
      tolerations:
      - {key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 5}
      - {key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute, tolerationSeconds: 5}
      containers: [{name: web, image: 'memcached:1.6.20'}]
";

/// One change: the second and what it was.
type Entry = (f64, String);
/// The changes of each object.
type Lines = BTreeMap<String, Vec<Entry>>;

/// One thing to watch.
struct Story {
    name: &'static str,
    manifest: &'static str,
    before: &'static [&'static str],
    command: &'static str,
    secs: i64,
    /// Within what its rhythms repeat.
    rhythm: Delay,
}

impl Story {
    const BASE: Self =
        Self { name: "", manifest: "", before: &[], command: "", secs: 10, rhythm: Delay::secs(1) };
}

fn recorded(name: &str) -> Lines {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/timing");
    let text = fs::read_to_string(folder.join(format!("{name}.txt"))).expect("a recording");
    let mut lines = Lines::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut parts = line.splitn(3, '\t');
        let secs = parts.next().expect("a second").parse().expect("a number");
        let object = parts.next().expect("an object").to_owned();
        lines.entry(object).or_default().push((secs, parts.next().expect("a text").to_owned()));
    }
    lines
}

/// Plays a story whose command is typed `phase` into a second.
fn played(story: &Story, seed: u64, phase: Delay) -> Lines {
    let setup = Setup { profile: Profile::Reference, nodes: 2, seed };
    let mut machine = Machine::new(setup);
    let file = BTreeMap::from([("m.yaml".to_owned(), Some(story.manifest.to_owned()))]);
    machine.act(Action::Write(file));
    for command in story.before {
        match command.strip_prefix("sleep ") {
            Some(secs) => {
                let secs = secs.parse().expect("seconds");
                machine.advance_to(machine.now() + Delay::secs(secs));
            }
            None => drop(machine.finish(command)),
        }
    }
    let whole = Time::from_secs(machine.now().as_secs() + 2);
    machine.advance_to(whole + phase);
    let (began, seen) =
        (machine.now(), machine.with_cluster(|cluster| cluster.api().store().change_count()));
    for command in story.command.split("; ") {
        match command.strip_prefix("sleep ") {
            Some(secs) => {
                let secs: i64 = secs.parse().expect("seconds");
                machine.advance_to(began + Delay::secs(secs));
            }
            None => drop(machine.act(Action::Run(command.to_owned()))),
        }
    }
    machine.advance_to(began + Delay::secs(story.secs));
    machine.with_cluster(|cluster| {
        let mut lines = Lines::new();
        for change in cluster.api().store().changes_since_count(seen) {
            if let Some((object, text)) = told(change) {
                let secs = change.at.since(began).as_micros();
                #[expect(clippy::cast_precision_loss, reason = "seconds of a test")]
                let secs = secs as f64 / 1e6;
                lines.entry(object).or_default().push((secs, text));
            }
        }
        lines
    })
}

/// What differs between a recording and a play.
fn differences(wanted: &Lines, lines: &Lines) -> Vec<String> {
    let kinds: BTreeSet<&str> = wanted.keys().map(|object| kind_of(object)).collect();
    let mut lines = lines.clone();
    lines.retain(|object, _| kinds.contains(kind_of(object)));
    let mut differences = Vec::new();
    for (own, lines) in pairs((split(wanted), split(&lines))) {
        let Some(own) = own else {
            differences.push(format!("only here:\n  {}", joined(&lines.expect("one of them"))));
            continue;
        };
        let Some(lines) = lines else {
            differences.push(format!("not here:\n  {}", joined(&own)));
            continue;
        };
        for ((wanted, text), (at, _)) in own.iter().zip(&lines) {
            // A Pod that has ended waits for its kubelet's next look.
            let look = if text.contains("grace=0") { 1.0 } else { AT_ONCE };
            if (wanted - at).abs() > (wanted / 5.0).max(look) {
                differences.push(format!("{text}: {at:.3} s, recorded at {wanted:.3} s"));
            }
        }
    }
    differences
}

fn kind_of(object: &str) -> &str {
    object.split('/').next().unwrap_or_default()
}

fn joined(entries: &[Entry]) -> String {
    let lines: Vec<String> = entries.iter().map(|(at, text)| format!("{at:.3} {text}")).collect();
    lines.join("\n  ")
}

/// The tracks of each kind of object: its own changes and its events. They
/// are known by what happens in them, since names are chance.
fn split(lines: &Lines) -> BTreeMap<String, Vec<Vec<Entry>>> {
    let mut tracks: BTreeMap<String, Vec<Vec<Entry>>> = BTreeMap::new();
    // The command itself takes a moment, which is not the cluster's.
    let began = lines.values().flatten().map(|own| own.0).fold(f64::MAX, f64::min);
    for (object, entries) in lines {
        let kind = kind_of(object);
        let entries = entries.iter().map(|(at, text)| (at - began, text.clone()));
        let (events, mut own): (Vec<Entry>, Vec<Entry>) =
            entries.partition(|(_, text)| text.starts_with("event"));
        if kind != "Pod" {
            own = lasting(own);
        }
        for (what, track) in [("events", events), ("changes", own)] {
            if !track.is_empty() {
                let texts: Vec<&str> = track.iter().map(|(_, text)| text.as_str()).collect();
                let known = format!("{kind} {what}\n{}", texts.join("\n"));
                tracks.entry(known).or_default().push(track);
            }
        }
    }
    for same in tracks.values_mut() {
        let end = |track: &[Entry]| track.last().map_or(0.0, |own| own.0);
        same.sort_by(|a, b| end(a).total_cmp(&end(b)));
    }
    tracks
}

/// The states that last.
fn lasting(track: Vec<Entry>) -> Vec<Entry> {
    let next = track.iter().skip(1).map(|(at, _)| *at).chain([f64::MAX]).collect::<Vec<f64>>();
    let lasts = track.into_iter().zip(next).filter(|((at, _), next)| next - at > RACE);
    lasts.map(|(own, _)| own).collect()
}

type Tracks = BTreeMap<String, Vec<Vec<Entry>>>;
type Pair = (Option<Vec<Entry>>, Option<Vec<Entry>>);

/// The tracks of both that are alike, one by one, and those of one alone.
fn pairs((mut wanted, mut lines): (Tracks, Tracks)) -> Vec<Pair> {
    let known: BTreeSet<String> = wanted.keys().chain(lines.keys()).cloned().collect();
    let mut pairs = Vec::new();
    for name in known {
        let mut own = wanted.remove(&name).unwrap_or_default().into_iter();
        let mut others = lines.remove(&name).unwrap_or_default().into_iter();
        loop {
            match (own.next(), others.next()) {
                (None, None) => break,
                pair => pairs.push(pair),
            }
        }
    }
    pairs
}

fn check(story: &Story) {
    let wanted = recorded(story.name);
    let mut best: Option<Vec<String>> = None;
    let tries = (1..=SEEDS).flat_map(|seed| (0..PHASES).map(move |phase| (seed, phase)));
    for (seed, phase) in tries {
        let lines = played(story, seed, Delay::micros(story.rhythm.as_micros() * phase / PHASES));
        let differences = differences(&wanted, &lines);
        if differences.is_empty() {
            return;
        }
        if best.as_ref().is_none_or(|own| differences.len() < own.len()) {
            best = Some(differences);
        }
    }
    let best = best.unwrap_or_default();
    assert!(best.is_empty(), "{}: {} differ\n{}", story.name, best.len(), best.join("\n"));
}

const BEFORE_TRIO: &[&str] = &["kubectl apply -f m.yaml", "sleep 20"];
const ROLLED_TRIO: &[&str] = &[
    "kubectl apply -f m.yaml",
    "sleep 20",
    "kubectl set image deployment/trio web=nginx:1.26",
    "sleep 20",
];

#[test]
fn a_pod_comes_to_life() {
    let command = "kubectl apply -f m.yaml";
    check(&Story {
        name: "pod-life",
        manifest: SOLO,
        before: &[],
        command,
        secs: 10,
        ..Story::BASE
    });
    check(&Story {
        name: "pod-life-probed",
        manifest: PROBED,
        before: &[],
        command,
        secs: 4,
        ..Story::BASE
    });
}

#[test]
fn a_pod_crashes_again_and_again() {
    let command = "kubectl apply -f m.yaml";
    check(&Story {
        name: "pod-crashloop",
        manifest: BRIEF,
        before: &[],
        command,
        secs: 20,
        ..Story::BASE
    });
}

#[test]
fn a_pod_is_deleted() {
    let before = &["kubectl apply -f m.yaml", "sleep 5"];
    let command = "kubectl delete pod solo --wait=false";
    check(&Story {
        name: "pod-deletion",
        manifest: SOLO,
        before,
        command,
        secs: 10,
        ..Story::BASE
    });
    let command = "kubectl delete pod stubborn --wait=false";
    check(&Story {
        name: "pod-deletion-stubborn",
        manifest: STUBBORN,
        before,
        command,
        secs: 10,
        ..Story::BASE
    });
}

#[test]
fn a_deployment_comes_to_life() {
    let before = &[
        "kubectl run pulls --image=nginx:1.25 --overrides='{\"spec\":{\"nodeName\":\"node02\"}}'",
        "sleep 5",
        "kubectl delete pod pulls",
    ];
    let command = "kubectl apply -f m.yaml";
    check(&Story {
        name: "deployment-create-3",
        manifest: TRIO,
        before,
        command,
        secs: 5,
        ..Story::BASE
    });
}

#[test]
fn a_deployment_rolls() {
    let command = "kubectl set image deployment/trio web=nginx:1.26";
    let name = "rolling-update-3";
    check(&Story { name, manifest: TRIO, before: BEFORE_TRIO, command, secs: 10, ..Story::BASE });
}

#[test]
fn a_deployments_pod_is_replaced() {
    let command = "kubectl delete $(kubectl get po -l app=trio -o name | head -1) --wait=false";
    let name = "deployment-pod-deleted";
    check(&Story { name, manifest: TRIO, before: ROLLED_TRIO, command, secs: 3, ..Story::BASE });
}

#[test]
fn a_deployment_is_deleted() {
    let command = "kubectl delete deployment trio";
    let name = "deployment-delete";
    check(&Story { name, manifest: TRIO, before: ROLLED_TRIO, command, secs: 5, ..Story::BASE });
}

#[test]
fn a_node_fails_and_comes_back() {
    let before = &["kubectl apply -f m.yaml", "sleep 30"];
    let command = "podyard fault node node02 down; sleep 64; podyard fault node node02 up";
    check(&Story {
        name: "node-down",
        manifest: WARD,
        before,
        command,
        secs: 69,
        rhythm: Delay::secs(10),
    });
}
