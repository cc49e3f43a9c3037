//! The cloud's part: gives Services of type LoadBalancer their addresses.
//!
//! Source: `k8s.io/cloud-provider/controllers/service`. A cluster of one's own
//! has no such controller, and the address stays pending; so it does for a
//! Service whose `loadBalancerClass` names another one.

use super::{Context, Controller, Outcome, Write, is_deleted};
use crate::sim::{Delay, Time};
use crate::store::{Change, Key};
use crate::value;
use crate::value::Value;

/// What a cloud's load balancers are known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Points {
    /// An address: Google's.
    Address,
    /// A name: Amazon's.
    Name,
}

/// How long a cloud takes to set up a load balancer.
const PROVISION: Delay = Delay::secs(35);
/// Amazon's region.
const REGION: &str = "ap-northeast-2";
/// The Services' finalizer while a load balancer exists.
const FINALIZER: &str = "service.kubernetes.io/load-balancer-cleanup";

/// The controller of load balancers.
pub(super) struct LoadBalancerController {
    /// What this cloud gives.
    pub(super) points: Points,
}

impl Controller for LoadBalancerController {
    fn name(&self) -> &'static str {
        "service-controller"
    }

    fn triggers(&self, change: &Change, cx: &Context<'_>) -> Vec<Key> {
        let is_service = change.key.kind == cx.kinds.service;
        if is_service { vec![change.key.clone()] } else { Vec::new() }
    }

    fn sync(&self, key: &Key, cx: &Context<'_>) -> Outcome {
        let mut outcome = Outcome::default();
        let Some(service) = cx.cache.get(key) else { return outcome };
        let spec = &service["spec"];
        let wants = spec["type"].text() == "LoadBalancer"
            && spec["loadBalancerClass"].is_empty()
            && !is_deleted(service);
        let held = holds(service);
        match (wants, held) {
            (true, false) => self.begin(service, cx, &mut outcome),
            (true, true) if service["status"]["loadBalancer"]["ingress"].is_empty() => {
                self.provision(service, cx, &mut outcome);
            }
            (false, true) => release(service, cx, &mut outcome),
            _ => {}
        }
        outcome
    }
}

fn holds(service: &Value) -> bool {
    service["metadata"]["finalizers"].items().iter().any(|own| own.text() == FINALIZER)
}

impl LoadBalancerController {
    fn begin(&self, service: &Value, cx: &Context<'_>, outcome: &mut Outcome) {
        let message = "Ensuring load balancer".to_owned();
        outcome.note(service, "EnsuringLoadBalancer", message);
        let mut object = service.clone();
        object["metadata"]["finalizers"].push(FINALIZER);
        outcome.writes.push(Write::Update { kind: cx.kinds.service, object });
        outcome.again = Some(PROVISION);
    }

    fn provision(&self, service: &Value, cx: &Context<'_>, outcome: &mut Outcome) {
        // Counted from the Service's birth or last change of type, whichever
        // the controller saw; a restart of the controller begins anew.
        let born = Time::parse(service["metadata"]["creationTimestamp"].text());
        let ready_at = born.unwrap_or(cx.now) + PROVISION;
        if cx.now < ready_at {
            outcome.again = Some(ready_at.since(cx.now));
            return;
        }
        let point = self.point(service);
        let mut object = service.clone();
        object["status"]["loadBalancer"]["ingress"] = value!([point]);
        outcome.writes.push(Write::UpdateStatus { kind: cx.kinds.service, object });
        outcome.note(service, "EnsuredLoadBalancer", "Ensured load balancer".to_owned());
    }

    /// The address or name of a Service's load balancer; its uid decides.
    fn point(&self, service: &Value) -> Value {
        let metadata = &service["metadata"];
        let fnv = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        let hash = metadata["uid"].text().bytes().fold(0x811c_9dc5, fnv);
        match self.points {
            Points::Address => {
                // 198.51.100.0/24 is for documentation.
                value!({ "ip": (format!("198.51.100.{}", hash % 250 + 2)), "ipMode": "VIP" })
            }
            Points::Name => {
                let kind = "service.beta.kubernetes.io/aws-load-balancer-type";
                let is_network = metadata["annotations"][kind].text() == "nlb";
                let host = amazon_name(metadata["uid"].text(), hash, is_network);
                value!({ "hostname": host })
            }
        }
    }
}

/// The name of a load balancer of Amazon's: `a` and the uid without dashes, 32
/// letters in all, then the cloud's own number; a network load balancer says
/// so by where `elb` stands.
fn amazon_name(uid: &str, hash: u32, is_network: bool) -> String {
    let uid: String = uid.chars().filter(|letter| *letter != '-').take(31).collect();
    let number = u64::from(hash).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    if is_network {
        format!("a{uid}-{number:016x}.elb.{REGION}.amazonaws.com")
    } else {
        format!("a{uid}-{}.{REGION}.elb.amazonaws.com", number % 10_000_000_000)
    }
}

fn release(service: &Value, cx: &Context<'_>, outcome: &mut Outcome) {
    let message = "Deleting load balancer".to_owned();
    outcome.note(service, "DeletingLoadBalancer", message);
    if !is_deleted(service) {
        let mut object = service.clone();
        object["status"]["loadBalancer"] = Value::map();
        outcome.writes.push(Write::UpdateStatus { kind: cx.kinds.service, object });
    }
    let mut object = service.clone();
    object["metadata"].remove("resourceVersion");
    object["metadata"]["finalizers"].make_list().retain(|own| own.text() != FINALIZER);
    outcome.writes.push(Write::Update { kind: cx.kinds.service, object });
    outcome.note(service, "DeletedLoadBalancer", "Deleted load balancer".to_owned());
}
