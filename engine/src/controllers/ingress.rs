//! Gives the Ingresses of a class that is served their address.
//!
//! Source: ingress-nginx `internal/ingress/status`, which writes the address
//! of the controller's own Service, and does so from time to time. Where there
//! is no cloud it is the address of the node that the controller runs on.
//! What happens to requests is in `network`.

use super::load_balancer::Points;
use super::{Context, Controller, Outcome, Write, is_deleted};
use crate::sim::{Delay, Time};
use crate::store::{Change, Key};
use crate::value;
use crate::value::Value;

/// Who serves the class, in its own words.
pub(crate) const CONTROLLER: &str = "k8s.io/ingress-nginx";
/// How long an Ingress waits for its address.
const PUBLISH: Delay = Delay::secs(20);
const CLASS_ANNOTATION: &str = "kubernetes.io/ingress.class";
const CONTROL_PLANE: &str = "node-role.kubernetes.io/control-plane";

/// The controller of Ingresses.
pub(super) struct IngressController {
    /// What the cloud gives; none where there is no cloud.
    pub(super) points: Option<Points>,
}

impl Controller for IngressController {
    fn name(&self) -> &'static str {
        "nginx-ingress-controller"
    }

    fn triggers(&self, change: &Change, cx: &Context<'_>) -> Vec<Key> {
        if change.key.kind == cx.kinds.ingress {
            return vec![change.key.clone()];
        }
        if change.key.kind == cx.kinds.ingress_class {
            let all = cx.cache.list(cx.kinds.ingress, "");
            return all.map(|ingress| Key::of(cx.kinds.ingress, ingress)).collect();
        }
        Vec::new()
    }

    fn sync(&self, key: &Key, cx: &Context<'_>) -> Outcome {
        let mut outcome = Outcome::default();
        let Some(ingress) = cx.cache.get(key).filter(|ingress| !is_deleted(ingress)) else {
            return outcome;
        };
        let has_address = !ingress.at(&["status", "loadBalancer", "ingress"]).is_empty();
        let wants_address = is_served(ingress, cx);
        if has_address == wants_address {
            return outcome;
        }
        let mut object = ingress.clone();
        if wants_address {
            let born = Time::parse(ingress["metadata"]["creationTimestamp"].text());
            let ready_at = born.unwrap_or(cx.now) + PUBLISH;
            if cx.now < ready_at {
                if cx.now < born.unwrap_or(cx.now) + Delay::secs(1) {
                    outcome.note(ingress, "Sync", "Scheduled for sync".to_owned());
                }
                outcome.again = Some(ready_at.since(cx.now));
                return outcome;
            }
            let Some(point) = self.point(cx) else { return outcome };
            object["status"]["loadBalancer"]["ingress"] = value!([point]);
        } else {
            object["status"]["loadBalancer"] = Value::map();
        }
        outcome.writes.push(Write::UpdateStatus { kind: cx.kinds.ingress, object });
        outcome
    }
}

/// Whether an Ingress is of a class that this controller serves.
fn is_served(ingress: &Value, cx: &Context<'_>) -> bool {
    let name = match ingress["spec"]["ingressClassName"].text() {
        "" => ingress["metadata"]["annotations"][CLASS_ANNOTATION].text(),
        name => name,
    };
    let class = cx.cache.get(&Key::new(cx.kinds.ingress_class, "", name));
    class.is_some_and(|class| class["spec"]["controller"].text() == CONTROLLER)
}

impl IngressController {
    fn point(&self, cx: &Context<'_>) -> Option<Value> {
        match self.points {
            Some(Points::Address) => Some(value!({ "ip": "198.51.100.1" })),
            Some(Points::Name) => Some(value!({
                "hostname": "a0c51d7f2e9b84d3c8a6417b35ce0f92-48c1b6e07a93d25f.elb.ap-northeast-2.amazonaws.com",
            })),
            None => {
                let mut nodes = cx.cache.list(cx.kinds.node, "");
                let node =
                    nodes.find(|node| node["metadata"]["labels"][CONTROL_PLANE].is_null())?;
                let addresses = node["status"]["addresses"].items();
                let own = addresses.iter().find(|own| own["type"].text() == "InternalIP")?;
                Some(value!({ "ip": &own["address"] }))
            }
        }
    }
}
