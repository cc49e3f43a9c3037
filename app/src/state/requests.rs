//! The requests that were seen: those under way, and the last ones that ended.

use std::collections::VecDeque;
use std::sync::Arc;

use podyard_engine::view::{Id, Request, Stop};

/// More requests at once are not told apart by the eye.
const MAX_UNDER_WAY: usize = 60;
/// How many are remembered.
const MAX_KEPT: usize = 300;

/// All requests the page knows of.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Requests {
    under_way: Vec<Arc<Request>>,
    kept: VecDeque<Arc<Request>>,
}

impl Requests {
    /// Requests were sent. Above a number that can be told apart, they are
    /// remembered but not drawn.
    pub(crate) fn take(&mut self, requests: Vec<Request>) {
        for request in requests {
            let request = Arc::new(request);
            if self.under_way.len() < MAX_UNDER_WAY {
                self.under_way.push(request.clone());
            }
            self.kept.push_front(request);
        }
        self.kept.truncate(MAX_KEPT);
    }

    /// A request has been seen to its end.
    pub(crate) fn forget(&mut self, number: u64) {
        self.under_way.retain(|request| request.number != number);
    }

    /// The requests that are seen travelling.
    pub(crate) fn under_way(&self) -> Vec<Arc<Request>> {
        self.under_way.clone()
    }

    /// The requests that came by an object, newest first. Those to a
    /// Service's ports on the nodes count as its own.
    pub(crate) fn by(&self, id: Id, ports: &[i64]) -> impl Iterator<Item = &Arc<Request>> {
        let knocks =
            |stop: &Stop| matches!(stop, Stop::Door(_, port) if ports.contains(&i64::from(*port)));
        self.kept
            .iter()
            .filter(move |request| request.comes_by(id) || request.way.iter().any(knocks))
    }
}
