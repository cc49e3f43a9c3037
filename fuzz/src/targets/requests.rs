//! Requests: a cluster answers whatever it is asked, time goes on, and the
//! same requests give the same history.

#![expect(clippy::indexing_slicing, reason = "clippy takes `value[\"field\"]` for a slice")]

use podyard_engine::cluster::{Cluster, ClusterOptions};
use podyard_engine::sim::{Delay, Random};
use podyard_engine::wire::{Body, Method, Request};
use podyard_engine::yaml::parse_yaml;

use super::Target;
use crate::input;

/// A cluster under random requests.
pub(super) const TARGET: Target = Target {
    name: "requests",
    promise: "a cluster answers every request, and the same requests give the same history",
    round,
};

const METHODS: &[Method] = &[
    Method::Post,
    Method::Post,
    Method::Post,
    Method::Put,
    Method::Patch,
    Method::Delete,
    Method::Get,
];

const COLLECTIONS: &[&str] = &[
    "/api/v1/namespaces/default/pods",
    "/api/v1/namespaces/default/services",
    "/api/v1/namespaces/default/configmaps",
    "/apis/apps/v1/namespaces/default/replicasets",
    "/apis/apps/v1/namespaces/default/deployments",
    "/api/v1/nodes",
    "/api/v1/namespaces",
];

const NAMES: &[&str] = &[
    "my-nginx-pod",
    "replicaset-nginx",
    "my-nginx-deployment",
    "hostname-deployment",
    "hostname-svc-nodeport",
    "default",
    "node01",
];

const QUERIES: &[&str] = &[
    "fieldValidation=Strict",
    "dryRun=All",
    "labelSelector=app%3Dwebserver",
    "fieldSelector=metadata.name%3Dx",
    "limit=1",
    "watch=1&timeoutSeconds=1",
    "propagationPolicy=Foreground",
    "gracePeriodSeconds=0",
    "resourceVersion=0",
    "%",
];

const CONTENT_TYPES: &[&str] = &[
    "application/json",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
    "application/vnd.kubernetes.protobuf",
];

/// The most Pods that one manifest may ask for.
const CROWD: i64 = 40;

fn round(random: &mut Random) {
    let seed = random.next_u64();
    let first = play(&mut Random::new(seed));
    assert_eq!(first, play(&mut Random::new(seed)), "the same requests gave two histories");
}

/// Plays a history and gives back every answer.
fn play(random: &mut Random) -> Vec<(u16, Vec<u8>)> {
    let mut cluster =
        Cluster::new(ClusterOptions { seed: random.next_u64(), ..Default::default() });
    let mut answers = Vec::new();
    for _ in 0..random.below(24) {
        let response = cluster.handle(&request(random));
        let bytes = match response.body {
            Body::Bytes(bytes) => bytes,
            Body::Stream(stream) => format!("{:?}", cluster.read_stream(stream)).into_bytes(),
        };
        answers.push((response.status, bytes));
        let pause = i64::try_from(random.below(20_000)).unwrap_or_default();
        cluster.advance_to(cluster.now() + Delay::millis(pause));
    }
    answers
}

fn request(random: &mut Random) -> Request {
    let method = random.choose(METHODS).copied().unwrap_or_default();
    let mut target = random.choose(COLLECTIONS).copied().unwrap_or_default().to_owned();
    if method != Method::Post && random.below(4) > 0 {
        target.push('/');
        target.push_str(random.choose(NAMES).copied().unwrap_or_default());
    }
    if random.below(6) == 0 {
        target.push_str("/status");
    }
    if random.below(3) == 0 {
        target.push('?');
        target.push_str(random.choose(QUERIES).copied().unwrap_or_default());
    }
    let usual = random.choose(CONTENT_TYPES).copied().unwrap_or_default();
    Request {
        method,
        target,
        accept: "application/json".to_owned(),
        content_type: if method == Method::Patch { usual } else { "application/json" }.to_owned(),
        user_agent: "kubectl/v1.32.5".to_owned(),
        impersonate: String::new(),
        impersonate_groups: Vec::new(),
        body: body(random).into_bytes(),
    }
}

/// A manifest, whole or damaged, or something else altogether.
fn body(random: &mut Random) -> String {
    let manifest = input::manifest(random);
    match random.below(8) {
        0 => input::tree(random, 5).to_json(),
        1 => input::salad(random),
        2..=4 => as_json(manifest),
        _ => as_json(input::damaged(&manifest, random)),
    }
}

/// The manifest as JSON, or as it is where it is no YAML.
fn as_json(manifest: String) -> String {
    let Ok(mut object) = parse_yaml(&manifest) else { return manifest };
    // Crowds are for benchmarks: a round is to be short.
    if object["spec"]["replicas"].int() > CROWD {
        object["spec"].set("replicas", CROWD);
    }
    object.to_json()
}
