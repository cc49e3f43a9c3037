//! Reads the trace of a request: where it went, and how it ended.

use serde::{Deserialize, Serialize};

use super::items::Id;
use crate::network::{Hop, Reason, Trace};

/// A request on its way through the picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Counts all requests from 1.
    pub number: u64,
    /// When it was sent, in microseconds since the epoch.
    pub at: i64,
    /// How long it took, in microseconds.
    pub took: i64,
    /// What was asked for, as `http://web:80/`.
    pub target: String,
    /// Where it came by, in order, without repeats.
    pub way: Vec<Stop>,
    /// How it ended: the HTTP status, or what failed.
    pub ending: String,
    /// Whether an answer came back that says all is well.
    pub is_well: bool,
    /// Every step of its way, with what was decided there.
    pub hops: Vec<Hop>,
}

/// A place that a request came by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Stop {
    /// A computer outside the cluster.
    Outside,
    /// The load balancer of a Service.
    Balancer(Id),
    /// A port of a node.
    Door(Id, u16),
    /// Something in the picture.
    Object(Id),
}

impl Request {
    /// Whether it came by an object.
    pub fn comes_by(&self, id: Id) -> bool {
        self.way.iter().any(|stop| match stop {
            Stop::Outside => false,
            Stop::Balancer(own) | Stop::Door(own, _) | Stop::Object(own) => *own == id,
        })
    }
}

/// Reads a trace; `find` knows what is shown, by its kind and name.
pub(super) fn read(trace: &Trace, find: &dyn Fn(&str) -> Option<Id>) -> Request {
    let mut way: Vec<Stop> = Vec::new();
    let (mut ending, mut is_well) = (String::new(), false);
    for hop in &trace.hops {
        let stop = stop(hop, find);
        if stop.is_some() && way.last() != stop.as_ref() {
            way.extend(stop);
        }
        match hop {
            Hop::Answer { status, .. } => {
                ending = status.to_string();
                is_well = *status < 400;
            }
            Hop::Failure { error, .. } => ending = format!("{error:?}"),
            _ => {}
        }
    }
    Request {
        number: trace.id,
        at: trace.at.as_micros(),
        took: trace.took.as_micros(),
        target: trace.target.clone(),
        way,
        ending,
        is_well,
        hops: trace.hops.clone(),
    }
}

/// The place at which a step happens.
fn stop(hop: &Hop, find: &dyn Fn(&str) -> Option<Id>) -> Option<Stop> {
    let object = |kind: &str, name: &str| find(&format!("{kind}/{name}"));
    match hop {
        Hop::Caller { name, .. } if name.is_empty() => Some(Stop::Outside),
        Hop::Caller { name, .. } if name.contains('/') => object("Pod", name).map(Stop::Object),
        Hop::Caller { name, .. } => object("Node", name).map(Stop::Object),
        Hop::LoadBalancer { service, .. } => object("Service", service).map(Stop::Balancer),
        Hop::Service { service, .. } => object("Service", service).map(Stop::Object),
        Hop::NodePort { node, port } => object("Node", node).map(|id| Stop::Door(id, *port)),
        Hop::Pod { pod, .. } => object("Pod", pod).map(Stop::Object),
        // It is seen to end at the object that refused it, or at the node
        // whose port it asked for.
        Hop::Failure { blame, .. } => match blame.reason {
            Reason::FirewallClosed => {
                let port = blame.detail.parse().unwrap_or_default();
                find(&blame.object).map(|id| Stop::Door(id, port))
            }
            _ if blame.object.starts_with("Service/") => find(&blame.object).map(Stop::Object),
            _ => None,
        },
        // The Pod or the Service that follows says as much.
        Hop::Dns { .. }
        | Hop::Firewall { .. }
        | Hop::Ingress { .. }
        | Hop::Snat { .. }
        | Hop::Crossing { .. }
        | Hop::PolicyIgnored { .. }
        | Hop::Answer { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::{Delay, Time};
    use crate::value;
    use crate::view::View;

    #[test]
    fn a_request_comes_by_what_is_shown() {
        let mut view = View::default();
        let meta = |name: &str| value!({ "metadata": { "namespace": "default", "name": name, "uid": name } });
        view.observe("Service", &meta("web"));
        view.observe("Pod", &meta("web-a"));
        view.take_deltas();
        let (pod, service) = ("default/web-a".to_owned(), "default/web".to_owned());
        let hops = vec![
            Hop::Caller { name: String::new(), address: "203.0.113.1".to_owned() },
            Hop::LoadBalancer { address: "34.0.0.1".to_owned(), service, nodes: Vec::new() },
            Hop::Pod { pod, node: "n".to_owned(), address: "10.0.0.1".to_owned(), port: 80 },
            Hop::Answer { status: 200, blame: None },
        ];
        let trace =
            Trace { id: 1, at: Time::default(), took: Delay::ZERO, target: String::new(), hops };
        let request = view.request(&trace);
        assert_eq!(request.way, [Stop::Outside, Stop::Balancer(Id(0)), Stop::Object(Id(1))]);
        assert_eq!((request.ending.as_str(), request.is_well), ("200", true));
        assert!(request.comes_by(Id(1)) && !request.comes_by(Id(2)));
    }
}
