//! Gives every namespace its `default` ServiceAccount and the cluster's
//! certificate.
//!
//! Source: upstream `pkg/controller/serviceaccount` and
//! `pkg/controller/certificates/rootcacertpublisher`.

use super::{Context, Controller, Outcome, Write, is_deleted};
use crate::store::{Change, Key, KindId};
use crate::value;
use crate::value::Value;

/// The ConfigMap with the certificate of the API server.
const ROOT_CA: &str = "kube-root-ca.crt";
/// A certificate for show: nothing in a simulated cluster checks it.
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\n\
    UG9keWFyZCBzaW11bGF0ZXMgS3ViZXJuZXRlczsgdGhpcyBpcyBubyBjZXJ0aWZpY2F0ZS4=\n\
    -----END CERTIFICATE-----\n";

/// The controller of ServiceAccounts.
pub(super) struct ServiceAccountController;

impl Controller for ServiceAccountController {
    fn name(&self) -> &'static str {
        "serviceaccount-controller"
    }

    fn triggers(&self, change: &Change, cx: &Context<'_>) -> Vec<Key> {
        owning_namespace(change, cx, cx.kinds.service_account, "default")
    }

    fn sync(&self, key: &Key, cx: &Context<'_>) -> Outcome {
        let account = value!({
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": { "name": "default", "namespace": (&*key.name) },
        });
        create_if_missing(key, cx.kinds.service_account, account, cx)
    }
}

/// The publisher of the cluster's certificate.
pub(super) struct RootCaPublisher;

impl Controller for RootCaPublisher {
    fn name(&self) -> &'static str {
        "root-ca-certificate-publisher-controller"
    }

    fn triggers(&self, change: &Change, cx: &Context<'_>) -> Vec<Key> {
        owning_namespace(change, cx, cx.kinds.config_map, ROOT_CA)
    }

    fn sync(&self, key: &Key, cx: &Context<'_>) -> Outcome {
        let note = "Contains a CA bundle that can be used to verify the kube-apiserver when using \
                    internal endpoints such as the internal service IP or \
                    kubernetes.default.svc. No other usage is guaranteed across distributions of \
                    Kubernetes clusters.";
        let map = value!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {
                "name": ROOT_CA,
                "namespace": (&*key.name),
                "annotations": { "kubernetes.io/description": note },
            },
            "data": { "ca.crt": CERTIFICATE },
        });
        create_if_missing(key, cx.kinds.config_map, map, cx)
    }
}

/// The namespace to look at: a new one, or one that lost its object.
fn owning_namespace(change: &Change, cx: &Context<'_>, kind: KindId, name: &str) -> Vec<Key> {
    if change.key.kind == cx.kinds.namespace {
        return vec![change.key.clone()];
    }
    if change.key.kind == kind && *change.key.name == *name && change.new.is_none() {
        return vec![Key::new(cx.kinds.namespace, "", &change.key.namespace)];
    }
    Vec::new()
}

fn create_if_missing(key: &Key, kind: KindId, object: Value, cx: &Context<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    let alive = cx.cache.get(key).is_some_and(|namespace| !is_deleted(namespace));
    let own = Key::new(kind, &key.name, object["metadata"]["name"].text());
    if alive && cx.cache.get(&own).is_none() {
        outcome.writes.push(Write::Create { kind, object, announce: None, slow_start: false });
    }
    outcome
}
