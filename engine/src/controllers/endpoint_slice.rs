//! Lists each Service's Pods in EndpointSlices.
//!
//! Source: upstream `pkg/controller/endpointslice` and
//! `k8s.io/endpointslice`.

use super::trigger_time::Trigger;
use super::{Context, Controller, Outcome, Write, controller_reference, is_deleted};
use crate::api::pod::PodView;
use crate::api::selector::Selector;
use crate::store::{Change, Key};
use crate::value;
use crate::value::Value;

/// Names the Service of a slice.
pub(super) const SERVICE_NAME: &str = "kubernetes.io/service-name";
/// Names the controller of a slice.
pub(super) const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
const CONTROLLER: &str = "endpointslice-controller.k8s.io";
/// Where a node says which zone it is in.
const ZONE_LABEL: [&str; 3] = ["metadata", "labels", "topology.kubernetes.io/zone"];
/// How many endpoints a slice holds before another is made.
const ENDPOINTS_MAX: usize = 100;

/// The controller of EndpointSlices.
pub(super) struct EndpointSliceController;

impl Controller for EndpointSliceController {
    fn name(&self) -> &'static str {
        "endpoint-slice-controller"
    }

    fn triggers(&self, change: &Change, cx: &Context<'_>) -> Vec<Key> {
        if change.key.kind == cx.kinds.service {
            return vec![change.key.clone()];
        }
        if change.key.kind == cx.kinds.endpoint_slice {
            let name = change.object()["metadata"]["labels"][SERVICE_NAME].text();
            return vec![Key::new(cx.kinds.service, &change.key.namespace, name)];
        }
        services_of_pod(change, cx)
    }

    fn sync(&self, key: &Key, cx: &Context<'_>) -> Outcome {
        let mut outcome = Outcome::default();
        let Some(service) = cx.cache.get(key).filter(|service| !is_deleted(service)) else {
            return outcome;
        };
        if !has_endpoints(service) {
            return outcome;
        }
        let trigger = Trigger::of(service, pods_of(service, cx), cx);
        let wanted = wanted_slices(service, cx);
        let present: Vec<&Value> = cx
            .cache
            .controlled_by(cx.kinds.endpoint_slice, service["metadata"]["uid"].text())
            .collect();
        reconcile(&present, wanted, Some(&trigger), cx, &mut outcome);
        outcome.remember = Some(trigger.seen);
        outcome
    }
}

/// Whether a Service gets endpoints from its Pods.
pub(super) fn has_endpoints(service: &Value) -> bool {
    let spec = &service["spec"];
    !spec["selector"].is_empty() && spec["type"].text() != "ExternalName"
}

/// The Pods that a Service selects.
pub(super) fn pods_of<'a, 's>(
    service: &'s Value,
    cx: &Context<'a>,
) -> impl Iterator<Item = &'a Value> + use<'a, 's> {
    let selector = selector_of(service);
    let pods = cx.cache.list(cx.kinds.pod, service["metadata"]["namespace"].text());
    pods.filter(move |pod| selector.matches(&pod["metadata"]["labels"]))
}

pub(super) fn selector_of(service: &Value) -> Selector {
    let selector = &service["spec"]["selector"];
    if selector.is_empty() { Selector::NOTHING } else { Selector::from_labels(selector) }
}

/// The Services that a Pod's change concerns; none where it is no Pod's.
pub(super) fn services_of_pod(change: &Change, cx: &Context<'_>) -> Vec<Key> {
    if change.key.kind != cx.kinds.pod {
        return Vec::new();
    }
    let services = cx.cache.list(cx.kinds.service, &change.key.namespace);
    let mut selecting = services.filter(|service| has_endpoints(service)).peekable();
    if selecting.peek().is_none() || !concerns_endpoints(change) {
        return Vec::new();
    }
    let pods = [change.new.as_ref(), change.old.as_ref()];
    selecting
        .filter(|service| {
            let selector = selector_of(service);
            pods.iter().flatten().any(|pod| selector.matches(&pod["metadata"]["labels"]))
        })
        .map(|service| Key::of(cx.kinds.service, service))
        .collect()
}

/// Whether a Pod's change can matter to a Service.
fn concerns_endpoints(change: &Change) -> bool {
    let (Some(new), Some(old)) = (&change.new, &change.old) else { return true };
    fn status(pod: &Value) -> (&str, bool, bool) {
        let view = PodView(pod);
        (view.ip(), view.is_ready(), view.is_terminal())
    }
    let (of_new, of_old) = (&new["metadata"], &old["metadata"]);
    of_new["labels"] != of_old["labels"]
        || is_deleted(new) != is_deleted(old)
        || new["spec"]["nodeName"] != old["spec"]["nodeName"]
        || (new["status"] != old["status"] && status(new) != status(old))
}

/// The slices a Service should have: one set of ports each.
fn wanted_slices(service: &Value, cx: &Context<'_>) -> Vec<Value> {
    let mut groups: Vec<(Value, Vec<Value>)> = Vec::new();
    for pod in pods_of(service, cx) {
        let placed = !PodView(pod).ip().is_empty() && !PodView(pod).is_terminal();
        if !placed {
            continue;
        }
        let ports = ports_for(service, pod);
        let endpoint = endpoint(service, pod, cx);
        match groups.iter_mut().find(|(own, _)| *own == ports) {
            Some((_, endpoints)) => endpoints.push(endpoint),
            None => groups.push((ports, vec![endpoint])),
        }
    }
    if groups.is_empty() {
        return vec![slice(service, Value::list(Vec::new()), Vec::new())];
    }
    let mut slices = Vec::new();
    for (ports, endpoints) in groups {
        for part in endpoints.chunks(ENDPOINTS_MAX) {
            slices.push(slice(service, ports.clone(), part.to_vec()));
        }
    }
    slices
}

pub(super) fn ports_for(service: &Value, pod: &Value) -> Value {
    let ports = service["spec"]["ports"].items().iter().filter_map(|port| {
        let target = &port["targetPort"];
        let number = match target {
            Value::Int(number) => *number,
            Value::Str(name) => {
                PodView(pod).containers().find_map(|container| container.named_port(name))?
            }
            _ => port["port"].int(),
        };
        let mut own = value!({
            "name": (port["name"].text()),
            "port": number,
            "protocol": &port["protocol"],
        });
        own.set_nonzero("appProtocol", &port["appProtocol"]);
        Some(own)
    });
    ports.collect()
}

fn endpoint(service: &Value, pod: &Value, cx: &Context<'_>) -> Value {
    let terminating = is_deleted(pod);
    let ready = PodView(pod).is_ready();
    let spec = &service["spec"];
    let published = spec["publishNotReadyAddresses"].is_true();
    let mut endpoint = value!({
        "addresses": [(&pod["status"]["podIP"])],
        "conditions": {
            "ready": (published || (ready && !terminating)),
            "serving": (ready || published),
            "terminating": terminating,
        },
        "nodeName": &pod["spec"]["nodeName"],
    });
    describe_pod(&mut endpoint, service, pod);
    let node = cx.cache.get(&Key::new(cx.kinds.node, "", PodView(pod).node_name()));
    let zone = node.map_or(&Value::Null, |node| node.at(&ZONE_LABEL));
    if !zone.is_empty() {
        endpoint.set("zone", zone);
        if spec["trafficDistribution"].text() == "PreferClose"
            && endpoint["conditions"]["ready"].is_true()
        {
            endpoint.set("hints", value!({ "forZones": [{ "name": zone }] }));
        }
    }
    endpoint
}

/// Says of an endpoint, in either form, which Pod it is and its host name.
pub(super) fn describe_pod(endpoint: &mut Value, service: &Value, pod: &Value) {
    let metadata = &pod["metadata"];
    endpoint.set(
        "targetRef",
        value!({
            "kind": "Pod",
            "namespace": &metadata["namespace"],
            "name": &metadata["name"],
            "uid": &metadata["uid"],
        }),
    );
    let same_domain = pod["spec"]["subdomain"] == service["metadata"]["name"];
    if !pod["spec"]["hostname"].is_empty() && same_domain {
        endpoint.set("hostname", &pod["spec"]["hostname"]);
    }
}

fn slice(service: &Value, ports: Value, endpoints: Vec<Value>) -> Value {
    let name = service["metadata"]["name"].text();
    let mut labels = service["metadata"]["labels"].clone();
    labels.set(MANAGED_BY, CONTROLLER);
    labels.set(SERVICE_NAME, name);
    if service["spec"]["clusterIP"].text() == "None" {
        labels.set("service.kubernetes.io/headless", "");
    }
    value!({
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "generateName": (format!("{name}-")),
            "namespace": &service["metadata"]["namespace"],
            "labels": labels,
            "ownerReferences": [(controller_reference(service))],
        },
        "addressType": "IPv4",
        "endpoints": endpoints,
        "ports": ports,
    })
}

/// Fills present slices with wanted content, then makes or deletes the rest.
pub(super) fn reconcile(
    present: &[&Value],
    wanted: Vec<Value>,
    trigger: Option<&Trigger>,
    cx: &Context<'_>,
    outcome: &mut Outcome,
) {
    let kind = cx.kinds.endpoint_slice;
    let note = |object: &mut Value| {
        if let Some(trigger) = trigger {
            trigger.note_on(object);
        }
    };
    let mut left: Vec<&Value> = present.to_vec();
    let mut missing = Vec::new();
    for slice in wanted {
        let same = |own: &&Value| {
            ["ports", "addressType"].iter().all(|field| own[*field] == slice[*field])
        };
        match left.iter().position(same) {
            Some(index) => {
                let own = left.remove(index);
                let mut object = own.clone();
                object["endpoints"] = slice["endpoints"].clone();
                object["metadata"]["labels"] = slice["metadata"]["labels"].clone();
                if object != *own {
                    note(&mut object);
                    outcome.writes.push(Write::Update { kind, object });
                }
            }
            None => missing.push(slice),
        }
    }
    for mut slice in missing {
        note(&mut slice);
        // A slice that lost its ports is filled anew before another is made.
        let family = |own: &&Value| own["addressType"] == slice["addressType"];
        match left.iter().rposition(family).map(|at| left.remove(at)) {
            Some(own) => {
                let mut object = own.clone();
                for field in ["endpoints", "ports"] {
                    object[field] = slice[field].clone();
                }
                note(&mut object);
                outcome.writes.push(Write::Update { kind, object });
            }
            None => outcome.writes.push(Write::Create {
                kind,
                object: slice,
                announce: None,
                slow_start: false,
            }),
        }
    }
    for own in left {
        outcome.writes.push(Write::Delete {
            key: Key::of(kind, own),
            uid: own["metadata"]["uid"].as_shared().cloned().unwrap_or_default(),
            propagation: None,
            announce: None,
        });
    }
}
