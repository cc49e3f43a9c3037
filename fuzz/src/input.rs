//! Input that is nearly right: what fuzzers find faults with.

use podyard_engine::sim::Random;
use podyard_engine::value::Value;

/// Manifests to damage: the article's, three of them wrong as published.
const MANIFESTS: &[&str] = &[
    include_str!("../../e2e/fixtures/01-pod.yaml"),
    include_str!("../../e2e/fixtures/02-replicaset.yaml"),
    include_str!("../../e2e/fixtures/03-deployment.yaml"),
    include_str!("../../e2e/fixtures/04-hostname-deployment.yaml"),
    include_str!("../../e2e/fixtures/05-service-clusterip.yaml"),
    include_str!("../../e2e/fixtures/06-service-nodeport.yaml"),
    include_str!("../../e2e/fixtures/07-service-loadbalancer.yaml"),
    include_str!("../../e2e/fixtures/08-service-loadbalancer-local.yaml"),
    include_str!("../../e2e/fixtures/09-service-externalname.yaml"),
];

/// What means something in YAML, JSON, or to Kubernetes.
const WORDS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "\"",
    "'",
    ":",
    ": ",
    "- ",
    ", ",
    "\n",
    "\n  ",
    "\n---\n",
    "#",
    "&a",
    "*a",
    "|",
    ">",
    "!!str",
    "%",
    "@",
    "\t",
    "\u{0}",
    "\u{feff}",
    "\u{1f600}",
    "null",
    "~",
    "true",
    "no",
    "0",
    "-1",
    "1e9",
    "0x10",
    "9223372036854775808",
    "1.5",
    "100m",
    "1Gi",
    "25%",
    "<<: ",
    "? ",
    "apiVersion: v1\n",
    "kind: List\nitems:\n",
    "metadata:",
    "status:",
    "replicas: ",
    "name: ",
];

/// One of the manifests, whole.
pub(crate) fn manifest(random: &mut Random) -> String {
    random.choose(MANIFESTS).copied().unwrap_or_default().to_owned()
}

/// The text, damaged in a few places.
pub(crate) fn damaged(text: &str, random: &mut Random) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    for _ in 0..=random.below(6) {
        let at = place(random, letters.len());
        let end = (at + place(random, 12)).min(letters.len());
        match random.below(4) {
            0 => drop(letters.drain(at..end)),
            1 => drop(letters.splice(at..at, word(random))),
            2 => drop(letters.splice(at..end, word(random))),
            _ => repeat(&mut letters, at, end),
        }
    }
    letters.into_iter().collect()
}

/// Words in any order.
pub(crate) fn salad(random: &mut Random) -> String {
    (0..=random.below(40)).flat_map(|_| word(random)).collect()
}

fn word(random: &mut Random) -> std::str::Chars<'static> {
    random.choose(WORDS).copied().unwrap_or_default().chars()
}

fn place(random: &mut Random, length: usize) -> usize {
    usize::try_from(random.below(length as u64 + 1)).unwrap_or_default()
}

fn repeat(letters: &mut Vec<char>, at: usize, end: usize) {
    let copy = letters.get(at..end).unwrap_or_default().to_vec();
    letters.splice(at..at, copy);
}

/// A tree of values, of any shape, at most `depth` deep.
pub(crate) fn tree(random: &mut Random, depth: u64) -> Value {
    match random.below(if depth == 0 { 5 } else { 7 }) {
        0 => Value::Null,
        1 => Value::from(random.below(2) == 0),
        2 => Value::from(number(random)),
        3 => Value::str(damaged("name", random)),
        4 => Value::str(word(random).as_str()),
        5 => Value::list((0..random.below(4)).map(|_| tree(random, depth - 1)).collect()),
        _ => {
            let mut map = Value::map();
            for _ in 0..random.below(6) {
                map.set(key(random), tree(random, depth - 1));
            }
            map
        }
    }
}

fn number(random: &mut Random) -> i64 {
    let small = i64::try_from(random.below(200)).unwrap_or_default() - 100;
    random.choose(&[small, i64::MAX, i64::MIN, 1 << 31, 0]).copied().unwrap_or_default()
}

/// Keys that Kubernetes knows, so that trees meet the code behind them.
fn key(random: &mut Random) -> &'static str {
    const KEYS: &[&str] = &[
        "metadata",
        "name",
        "labels",
        "spec",
        "status",
        "template",
        "containers",
        "image",
        "ports",
        "selector",
        "matchLabels",
        "replicas",
        "containerPort",
        "resources",
        "limits",
        "cpu",
        "env",
        "strategy",
        "rollingUpdate",
        "maxSurge",
        "data",
        "type",
        "annotations",
        "creationTimestamp",
    ];
    random.choose(KEYS).copied().unwrap_or_default()
}

/// Brackets without end, at times deeper than any reader goes.
pub(crate) fn deep(random: &mut Random) -> String {
    let open = random.choose(&["[", "{\"a\":", "- ", "? ", "[{a: "]).copied().unwrap_or_default();
    open.repeat(usize::try_from(random.below(12_000)).unwrap_or_default())
}
