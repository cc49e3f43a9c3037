//! The lives of Events: an hour after they were last written they are gone.
//!
//! Source: apiserver `--event-ttl`, 1 hour unless said otherwise, and etcd's
//! leases, which end whatever was written with them.

use std::collections::VecDeque;

use super::{ApiServer, Registry};
use crate::sim::{Delay, Time};
use crate::store::{Key, KindId};
use crate::value::{Str, Value};

/// How long an Event is kept after its last write.
const EVENT_TTL: Delay = Delay::secs(3_600);
/// etcd looks for leases that have ended this often.
const LOOK: Delay = Delay::millis(500);

/// What ends when.
#[derive(Debug, Clone)]
pub(super) struct Leases {
    /// The kind whose objects' lives are bounded.
    kind: Option<KindId>,
    /// In order: the time, the object, and its version then.
    ends: VecDeque<(Time, Key, Str)>,
}

impl Leases {
    pub(super) fn new(registry: &Registry) -> Self {
        Self { kind: registry.by_kind("", "Event"), ends: VecDeque::new() }
    }

    /// Notes that an object has been written.
    pub(super) fn note(&mut self, key: &Key, object: &Value, now: Time) {
        if Some(key.kind) == self.kind {
            let version = object["metadata"]["resourceVersion"].as_shared();
            self.ends.push_back((
                now + EVENT_TTL,
                key.clone(),
                version.cloned().unwrap_or_default(),
            ));
        }
    }
}

impl ApiServer {
    /// When the next life ends.
    pub fn next_expiry(&self) -> Option<Time> {
        self.leases.ends.front().map(|(at, ..)| *at + LOOK)
    }

    /// Takes away what is past its time.
    pub fn expire(&mut self) {
        let now = self.now;
        while let Some((_, key, version)) = self.leases.ends.pop_front_if(|(at, ..)| *at <= now) {
            let own = self.store.get(&key).map(|object| &object["metadata"]["resourceVersion"]);
            // Written again since: a later lease counts.
            if own.is_some_and(|own| own.text() == &*version) {
                self.store.commit(key, None, now);
            }
        }
    }
}
