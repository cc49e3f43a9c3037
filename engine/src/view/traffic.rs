//! Reads a generator of traffic and what has been counted of it.

use serde::{Deserialize, Serialize};

use super::items::Id;
use crate::cluster::Generator;
use crate::network::Caller;
use crate::sim::Time;

/// A generator of traffic, as the page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traffic {
    /// Its name.
    pub name: String,
    /// Who sends: `namespace/name` of a Pod, a node, or empty for outside.
    pub from: String,
    /// The sender, if it is shown.
    pub sender: Option<Id>,
    /// Where to, as a URL.
    pub to: String,
    /// Requests in a thousand seconds, as wished for.
    pub rate: u64,
    /// Whether one connection is kept for all requests.
    pub keep_alive: bool,
    /// Since when, in microseconds since the epoch.
    pub since: i64,
    /// How many were sent, and how many of them failed.
    pub sent: u64,
    /// How many failed.
    pub failed: u64,
    /// How many failed, by how: a status or a word such as `refused`.
    pub failures: Vec<(String, u64)>,
    /// Requests sent and failed in the last ten seconds.
    pub recent: (u64, u64),
    /// The Service that sends them on, if it is shown.
    pub service: Option<Id>,
    /// Half, nine tenths and 99 of 100 took at most these microseconds.
    pub latency: [i64; 3],
    /// The endpoints, by name.
    pub endpoints: Vec<TrafficShare>,
}

/// What one endpoint had of a generator's requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrafficShare {
    /// The Pod's name.
    pub name: String,
    /// The Pod, if it is shown.
    pub pod: Option<Id>,
    /// How many came to it, and how many of them failed.
    pub received: u64,
    /// How many of them failed.
    pub failed: u64,
    /// Its share of all, in thousandths.
    pub share: u64,
    /// As above.
    pub latency: [i64; 3],
}

/// Reads a generator; `find` knows what is shown, by its kind and name.
pub(super) fn read(generator: &Generator, now: Time, find: &dyn Fn(&str) -> Option<Id>) -> Traffic {
    let (spec, counted) = (generator.spec(), generator.statistics());
    let all: u64 = counted.endpoints.values().map(|share| share.received).sum();
    let from = spec.from.name();
    let sender = match &spec.from {
        Caller::Pod(_) => find(&format!("Pod/{from}")),
        Caller::Node(_) => find(&format!("Node/{from}")),
        Caller::Outside => None,
    };
    let endpoints = counted.endpoints.iter().map(|(key, share)| TrafficShare {
        name: key.name.to_string(),
        pod: find(&format!("Pod/{}/{}", key.namespace, key.name)),
        received: share.received,
        failed: share.failed,
        share: share.received * 1_000 / all.max(1),
        latency: [500, 900, 990].map(|part| share.latency.percentile(part).as_micros()),
    });
    Traffic {
        name: spec.name.clone(),
        from,
        sender,
        to: spec.url(),
        rate: spec.rate,
        keep_alive: spec.keep_alive,
        since: generator.started().as_micros(),
        sent: counted.sent,
        failed: counted.failed(),
        failures: counted.failures.iter().map(|(own, count)| (own.text(), *count)).collect(),
        recent: counted.recent(now),
        service: find(&counted.service),
        latency: [500, 900, 990].map(|part| counted.latency.percentile(part).as_micros()),
        endpoints: endpoints.collect(),
    }
}
