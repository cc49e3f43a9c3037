//! Shows Endpoints that somebody wrote by hand as EndpointSlices.
//!
//! Source: upstream `pkg/controller/endpointslicemirroring`.

use super::endpoint_slice::{MANAGED_BY, SERVICE_NAME, reconcile};
use super::{Context, Controller, Outcome, controller_reference, is_deleted};
use crate::store::{Change, Key};
use crate::value;
use crate::value::Value;

const CONTROLLER: &str = "endpointslicemirroring-controller.k8s.io";
/// Says that Endpoints have slices already.
const SKIP: &str = "endpointslice.kubernetes.io/skip-mirror";
/// Marks Endpoints that a leader writes to say that it is one.
const LEADER: &str = "control-plane.alpha.kubernetes.io/leader";
/// What slices do not take over from Endpoints.
const OWN_ANNOTATIONS: [&str; 2] = [
    "endpoints.kubernetes.io/last-change-trigger-time",
    "kubectl.kubernetes.io/last-applied-configuration",
];

/// The controller of mirrored EndpointSlices.
pub(super) struct EndpointSliceMirroring;

impl Controller for EndpointSliceMirroring {
    fn name(&self) -> &'static str {
        "endpoint-slice-mirroring-controller"
    }

    fn triggers(&self, change: &Change, cx: &Context<'_>) -> Vec<Key> {
        let key = &change.key;
        let named = |name: &str| vec![Key::new(cx.kinds.endpoints, &key.namespace, name)];
        if key.kind == cx.kinds.endpoints || key.kind == cx.kinds.service {
            return named(&key.name);
        }
        let labels = &change.object()["metadata"]["labels"];
        if key.kind == cx.kinds.endpoint_slice && labels[MANAGED_BY].text() == CONTROLLER {
            return named(labels[SERVICE_NAME].text());
        }
        Vec::new()
    }

    fn sync(&self, key: &Key, cx: &Context<'_>) -> Outcome {
        let mut outcome = Outcome::default();
        let Some(endpoints) = cx.cache.get(key).filter(|own| !is_deleted(own)) else {
            return outcome;
        };
        let service = cx.cache.get(&Key::new(cx.kinds.service, &key.namespace, &key.name));
        let mirrors = service.is_some_and(|service| service["spec"]["selector"].is_empty());
        let wanted =
            if mirrors && !is_excluded(endpoints) { wanted_slices(endpoints) } else { Vec::new() };
        let present = cx
            .cache
            .controlled_by(cx.kinds.endpoint_slice, endpoints["metadata"]["uid"].text())
            .collect::<Vec<&Value>>();
        reconcile(&present, wanted, None, cx, &mut outcome);
        outcome
    }
}

fn is_excluded(endpoints: &Value) -> bool {
    let metadata = &endpoints["metadata"];
    metadata["labels"][SKIP].text() == "true" || metadata["annotations"].get(LEADER).is_some()
}

/// A slice for each set of ports and each family of addresses.
fn wanted_slices(endpoints: &Value) -> Vec<Value> {
    let mut slices: Vec<Value> = Vec::new();
    for subset in endpoints["subsets"].items() {
        let ports = ports(subset);
        for (list, ready) in [("addresses", true), ("notReadyAddresses", false)] {
            for address in subset[list].items() {
                let family = if address["ip"].text().contains(':') { "IPv6" } else { "IPv4" };
                let found = slices
                    .iter_mut()
                    .find(|own| own["ports"] == ports && own["addressType"].text() == family);
                let endpoint = endpoint(address, ready);
                match found {
                    Some(slice) => slice["endpoints"].push(endpoint),
                    None => slices.push(slice(endpoints, family, &ports, endpoint)),
                }
            }
        }
    }
    slices
}

fn ports(subset: &Value) -> Value {
    let ports = subset["ports"].items().iter().map(|port| {
        let mut own = value!({
            "name": (port["name"].text()),
            "port": &port["port"],
            "protocol": &port["protocol"],
        });
        own.set_nonzero("appProtocol", &port["appProtocol"]);
        own
    });
    ports.collect()
}

fn endpoint(address: &Value, ready: bool) -> Value {
    let mut endpoint = value!({
        "addresses": [(&address["ip"])],
        "conditions": { "ready": ready },
    });
    for field in ["hostname", "nodeName", "targetRef"] {
        endpoint.set_nonzero(field, &address[field]);
    }
    endpoint
}

fn slice(endpoints: &Value, family: &str, ports: &Value, endpoint: Value) -> Value {
    let metadata = &endpoints["metadata"];
    let name = metadata["name"].text();
    let mut labels = metadata["labels"].clone();
    labels.set(MANAGED_BY, CONTROLLER);
    labels.set(SERVICE_NAME, name);
    let mut own = value!({
        "generateName": (format!("{name}-")),
        "namespace": &metadata["namespace"],
        "labels": labels,
        "ownerReferences": [(controller_reference(endpoints))],
    });
    for (key, text) in metadata["annotations"].entries() {
        if !OWN_ANNOTATIONS.contains(&&**key) {
            own["annotations"].set(&**key, text);
        }
    }
    value!({
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": own,
        "addressType": family,
        "endpoints": [endpoint],
        "ports": ports,
    })
}
