//! The traffic that runs, and a short history of how it fared.

use std::collections::{BTreeMap, VecDeque};

use podyard_engine::view::{Id, Traffic};

/// How many looks back the history goes.
const MAX_SAMPLES: usize = 60;

/// Requests in a thousand seconds: more are not told apart one by one.
const READABLE: u64 = 20_000;

/// What flows from a Service to one of its endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Flow {
    /// The Service.
    pub(crate) service: Id,
    /// The endpoint's Pod.
    pub(crate) pod: Id,
    /// Requests in a thousand seconds.
    pub(crate) rate: u64,
    /// Whether none fails of late.
    pub(crate) is_well: bool,
}

/// What was seen between two looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sample {
    /// Requests sent.
    pub(crate) sent: u64,
    /// How many of them failed.
    pub(crate) failed: u64,
}

/// All generators of traffic.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Traffics {
    all: Vec<Traffic>,
    history: BTreeMap<String, VecDeque<Sample>>,
}

impl Traffics {
    /// Takes over how they fare now.
    pub(crate) fn take(&mut self, all: Vec<Traffic>) {
        let mut history = std::mem::take(&mut self.history);
        for own in &all {
            let before = self.all.iter().find(|other| other.name == own.name);
            // Fewer than before: another moment of history is shown.
            let before =
                before.filter(|before| before.since == own.since && before.sent <= own.sent);
            let mut samples =
                history.remove(&own.name).filter(|_| before.is_some()).unwrap_or_default();
            let (sent, failed) = before.map_or((0, 0), |before| (before.sent, before.failed));
            let sample =
                Sample { sent: own.sent - sent, failed: own.failed.saturating_sub(failed) };
            if sample.sent > 0 {
                samples.push_back(sample);
            }
            if samples.len() > MAX_SAMPLES {
                samples.pop_front();
            }
            self.history.insert(own.name.clone(), samples);
        }
        self.all = all;
    }

    /// The names of those that run.
    pub(crate) fn names(&self) -> Vec<String> {
        self.all.iter().map(|own| own.name.clone()).collect()
    }

    /// One of them.
    pub(crate) fn named(&self, name: &str) -> Option<&Traffic> {
        self.all.iter().find(|own| own.name == name)
    }

    /// What flows to the endpoints of each Service where the requests are too
    /// many to be seen one by one.
    pub(crate) fn flows(&self) -> Vec<Flow> {
        let dense = self.all.iter().filter(|own| own.rate > READABLE);
        let flows = dense.filter_map(|own| Some((own.service?, own))).flat_map(|(service, own)| {
            own.endpoints.iter().filter_map(move |end| {
                let is_well = own.recent.1 == 0 || end.failed == 0;
                Some(Flow { service, pod: end.pod?, rate: own.rate * end.share / 1_000, is_well })
            })
        });
        flows.collect()
    }

    /// How one fared lately, oldest first.
    pub(crate) fn history(&self, name: &str) -> Vec<Sample> {
        self.history.get(name).into_iter().flatten().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use podyard_engine::view::TrafficShare;

    use super::*;

    fn traffic(sent: u64, failed: u64) -> Vec<Traffic> {
        vec![Traffic {
            name: "a".to_owned(),
            from: String::new(),
            sender: None,
            to: String::new(),
            rate: 5_000,
            keep_alive: false,
            since: 0,
            sent,
            failed,
            failures: Vec::new(),
            recent: (0, 0),
            service: None,
            latency: [0; 3],
            endpoints: Vec::new(),
        }]
    }

    #[test]
    fn only_dense_traffic_flows() {
        let share = |pod, share| TrafficShare {
            name: String::new(),
            pod,
            received: share,
            failed: 0,
            share,
            latency: [0; 3],
        };
        let mut sent = traffic(1_000, 0);
        sent[0].service = Some(Id(1));
        sent[0].endpoints =
            vec![share(Some(Id(2)), 250), share(None, 500), share(Some(Id(3)), 250)];
        let mut all = Traffics::default();
        all.take(sent.clone());
        assert_eq!(all.flows(), []);
        sent[0].rate = 80_000;
        all.take(sent);
        let seen: Vec<_> = all.flows().iter().map(|flow| (flow.pod, flow.rate)).collect();
        assert_eq!(seen, [(Id(2), 20_000), (Id(3), 20_000)]);
    }

    #[test]
    fn history_tells_what_was_new_at_each_look() {
        let mut all = Traffics::default();
        for (sent, failed) in [(5, 0), (10, 2), (10, 2), (12, 2)] {
            all.take(traffic(sent, failed));
        }
        let seen: Vec<_> = all.history("a").iter().map(|own| (own.sent, own.failed)).collect();
        assert_eq!(seen, [(5, 0), (5, 2), (2, 0)]);
        all.take(traffic(1, 0));
        assert_eq!(all.history("a").len(), 1);
        all.take(Vec::new());
        assert!(all.names().is_empty() && all.history("a").is_empty());
    }
}
