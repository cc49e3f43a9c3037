//! Lists each Service's Pods in its Endpoints, the older form of
//! EndpointSlices.
//!
//! Source: upstream `pkg/controller/endpoint` and `api/v1/endpoints/util.go`.

use super::endpoint_slice::{describe_pod, has_endpoints, pods_of, ports_for, services_of_pod};
use super::trigger_time::Trigger;
use super::{Context, Controller, Outcome, Write, is_deleted};
use crate::api::pod::PodView;
use crate::store::{Change, Key};
use crate::value;
use crate::value::Value;

/// The controller of Endpoints.
pub(super) struct EndpointsController;

impl Controller for EndpointsController {
    fn name(&self) -> &'static str {
        "endpoint-controller"
    }

    fn triggers(&self, change: &Change, cx: &Context<'_>) -> Vec<Key> {
        if change.key.kind == cx.kinds.service {
            return vec![change.key.clone()];
        }
        if change.key.kind == cx.kinds.endpoints && change.new.is_none() {
            return vec![Key { kind: cx.kinds.service, ..change.key.clone() }];
        }
        services_of_pod(change, cx)
    }

    fn sync(&self, key: &Key, cx: &Context<'_>) -> Outcome {
        let mut outcome = Outcome::default();
        let own = Key { kind: cx.kinds.endpoints, ..key.clone() };
        let present = cx.cache.get(&own);
        let Some(service) = cx.cache.get(key).filter(|service| !is_deleted(service)) else {
            if let Some(present) = present {
                outcome.writes.push(Write::Delete {
                    key: own,
                    uid: present["metadata"]["uid"].as_shared().cloned().unwrap_or_default(),
                    propagation: None,
                    announce: None,
                });
            }
            return outcome;
        };
        if !has_endpoints(service) {
            return outcome;
        }
        let trigger = Trigger::of(service, pods_of(service, cx), cx);
        let subsets = subsets(service, cx);
        let mut labels = service["metadata"]["labels"].clone();
        if service["spec"]["clusterIP"].text() == "None" {
            labels.set("service.kubernetes.io/headless", "");
        }
        match present {
            Some(present) => {
                let mut object = present.clone();
                set_or_remove(&mut object, "subsets", subsets);
                set_or_remove(&mut object["metadata"], "labels", labels);
                if object != *present {
                    trigger.note_on(&mut object);
                    outcome.writes.push(Write::Update { kind: own.kind, object });
                }
            }
            None => outcome.writes.push(create(service, subsets, labels, &own, &trigger)),
        }
        outcome.remember = Some(trigger.seen);
        outcome
    }
}

fn set_or_remove(object: &mut Value, field: &str, value: Value) {
    if object[field] != value {
        object.set_nonzero(field, value);
    }
}

fn create(service: &Value, subsets: Value, labels: Value, own: &Key, trigger: &Trigger) -> Write {
    let metadata = &service["metadata"];
    let mut object = value!({
        "apiVersion": "v1",
        "kind": "Endpoints",
        "metadata": { "name": &metadata["name"], "namespace": &metadata["namespace"] },
    });
    object["metadata"].set_nonzero("labels", labels);
    trigger.note_on(&mut object);
    object.set_nonzero("subsets", subsets);
    Write::Create { kind: own.kind, object, announce: None, slow_start: false }
}

/// The Pods' addresses, grouped by the ports they serve.
fn subsets(service: &Value, cx: &Context<'_>) -> Value {
    let published = service["spec"]["publishNotReadyAddresses"].is_true();
    let mut groups: Vec<(Value, Vec<Value>, Vec<Value>)> = Vec::new();
    for pod in pods_of(service, cx) {
        let view = PodView(pod);
        let gone = view.is_terminal() || (is_deleted(pod) && !published);
        if view.ip().is_empty() || gone {
            continue;
        }
        let ports = ports_for(service, pod);
        let address = address(service, pod);
        let ready = published || view.is_ready();
        let index = groups.iter().position(|(own, _, _)| *own == ports).unwrap_or_else(|| {
            groups.push((ports, Vec::new(), Vec::new()));
            groups.len() - 1
        });
        if let Some((_, readies, unreadies)) = groups.get_mut(index) {
            if ready { readies.push(address) } else { unreadies.push(address) }
        }
    }
    let subsets = groups.into_iter().map(|(ports, mut ready, mut unready)| {
        for addresses in [&mut ready, &mut unready] {
            addresses.sort_by(|a, b| a["ip"].text().cmp(b["ip"].text()));
        }
        let mut subset = Value::map();
        subset.set_nonzero("addresses", ready);
        subset.set_nonzero("notReadyAddresses", unready);
        let ports = ports.items().iter().map(|port| {
            let mut port = port.clone();
            if port["name"].is_empty() {
                port.remove("name");
            }
            port
        });
        subset.set_nonzero("ports", ports.collect::<Value>());
        subset
    });
    subsets.collect()
}

fn address(service: &Value, pod: &Value) -> Value {
    let mut address = value!({
        "ip": &pod["status"]["podIP"],
        "nodeName": &pod["spec"]["nodeName"],
    });
    describe_pod(&mut address, service, pod);
    address
}
