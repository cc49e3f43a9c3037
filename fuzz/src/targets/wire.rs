//! The wire: whatever bytes arrive at the door, an answer leaves, and nothing
//! is stored that was refused.

use podyard_engine::cluster::{Cluster, ClusterOptions};
use podyard_engine::sim::Random;
use podyard_engine::value::parse_json;
use podyard_engine::wire::{Body, Method, Request, Response};

use super::Target;
use crate::input;

/// The API server's door under damaged bytes.
pub(super) const TARGET: Target = Target {
    name: "wire",
    promise: "damaged requests get a Status, and a refused one changes nothing",
    round,
};

const METHODS: &[Method] = &[
    Method::Get,
    Method::Post,
    Method::Put,
    Method::Patch,
    Method::Delete,
    Method::Head,
    Method::Other,
];

const TARGETS: &[&str] = &[
    "/api/v1/namespaces/default/configmaps",
    "/api/v1/namespaces/default/configmaps/kube-root-ca.crt",
    "/api/v1/namespaces/default/serviceaccounts/default/token",
    "/api/v1/namespaces/default/pods/web/log?follow=true&tailLines=1",
    "/api/v1/namespaces/default/pods/web/eviction",
    "/api/v1/namespaces/default/bindings",
    "/apis/apps/v1/namespaces/default/deployments/web/scale",
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions?dryRun=All",
    "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
    "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    "/apis/storage.k8s.io/v1/csidrivers",
    "/api/v1/pods?watch=1&resourceVersion=1&timeoutSeconds=1",
    "/readyz?verbose&exclude=etcd",
    "/openapi/v3/api/v1",
    "/metrics",
];

const MEDIA: &[&str] = &[
    "application/json",
    "application/yaml",
    "application/vnd.kubernetes.protobuf",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
    "application/json;as=Table;g=meta.k8s.io;v=v1",
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
    "text/html",
    "",
];

fn round(random: &mut Random) {
    let mut cluster = Cluster::new(ClusterOptions::default());
    for _ in 0..random.below(16) {
        let request = request(random);
        let before = revision(&mut cluster);
        let response = cluster.handle(&request);
        assert!((200..=599).contains(&response.status), "{request:?}");
        check_body(&response, &request);
        if let Body::Stream(stream) = response.body {
            cluster.read_stream(stream);
            cluster.close_stream(stream);
        }
        if response.status >= 400 {
            assert_eq!(revision(&mut cluster), before, "a refused request wrote: {request:?}");
        }
    }
}

/// What JSON is promised is JSON.
fn check_body(response: &Response, request: &Request) {
    let is_head = request.method == Method::Head;
    if response.content_type == "application/json"
        && !is_head
        && let Body::Bytes(bytes) = &response.body
    {
        assert!(parse_json(bytes).is_ok(), "{request:?}");
    }
}

/// How often the cluster has been written to.
fn revision(cluster: &mut Cluster) -> String {
    let target = "/api/v1/namespaces?limit=1".to_owned();
    let response = cluster.handle(&Request { target, ..Request::default() });
    let list = parse_json(response.bytes()).unwrap_or_default();
    list.at(&["metadata", "resourceVersion"]).text().to_owned()
}

fn request(random: &mut Random) -> Request {
    let pick = |random: &mut Random, from: &[&str]| {
        random.choose(from).copied().unwrap_or_default().to_owned()
    };
    let target = pick(random, TARGETS);
    let manifest = input::manifest(random);
    let body = match random.below(6) {
        0 => Vec::new(),
        1 => input::damaged(&manifest, random).into_bytes(),
        2 => input::tree(random, 5).to_json().into_bytes(),
        3 => protobuf(random),
        4 => input::salad(random).into_bytes(),
        _ => manifest.into_bytes(),
    };
    Request {
        method: random.choose(METHODS).copied().unwrap_or_default(),
        target: if random.below(3) == 0 { input::damaged(&target, random) } else { target },
        accept: pick(random, MEDIA),
        content_type: pick(random, MEDIA),
        user_agent: pick(random, &["curl/8.5.0", "kubectl/v1.32.5", ""]),
        impersonate: pick(random, &["", "", "", "jane", "system:serviceaccount:default:default"]),
        impersonate_groups: Vec::new(),
        body,
    }
}

/// The four bytes that announce protobuf, and any bytes after them.
fn protobuf(random: &mut Random) -> Vec<u8> {
    let mut bytes = b"k8s\0".to_vec();
    for _ in 0..random.below(64) {
        bytes.push(u8::try_from(random.below(256)).unwrap_or_default());
    }
    bytes
}
