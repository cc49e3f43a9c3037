//! Tells of the generators of traffic now and then: the page shows numbers,
//! and more than a few a second nobody reads.

use podyard_engine::network::Trace;
use podyard_engine::view::{Traffic, View};
use podyard_session::Machine;

use super::clock::now_ms;
use crate::protocol::Report;

/// How long between two looks.
const LOOK_EVERY_MS: f64 = 250.0;
/// More requests of one tick than this are not told one by one.
const MAX_SEEN: usize = 12;

/// What was last told.
#[derive(Debug, Default)]
pub(super) struct Counter {
    looked_ms: f64,
    told: Vec<Traffic>,
}

impl Counter {
    /// Tells what is new.
    pub(super) fn look(&mut self, machine: &Machine, view: &View, tell: &dyn Fn(&Report)) {
        let now_ms = now_ms();
        if now_ms - self.looked_ms < LOOK_EVERY_MS {
            return;
        }
        self.looked_ms = now_ms;
        let now = machine.now();
        let all: Vec<Traffic> = machine.with_cluster(|cluster| {
            cluster.generators().map(|own| view.traffic(own, now)).collect()
        });
        if all != self.told {
            tell(&Report::Traffic(all.clone()));
            self.told = all;
        }
    }

    /// The requests that are worth telling one by one: all, unless they are
    /// many; then those that are spread evenly among them.
    pub(super) fn seen(traces: &[Trace]) -> Vec<&Trace> {
        traces.iter().step_by(traces.len().div_ceil(MAX_SEEN).max(1)).collect()
    }
}
