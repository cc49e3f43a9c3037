//! Which endpoint a client had before, for `sessionAffinity: ClientIP`.
//!
//! Source: the `recent` match of upstream's iptables proxier: each node
//! remembers for itself, and every request starts the time anew.

use std::collections::BTreeMap;

use crate::sim::{Delay, Time};
use crate::store::Key;
use crate::value::Str;

/// A node, a Service and a client's address.
pub(super) type Place = (Str, Key, Str);

/// Every client's last endpoint.
#[derive(Debug, Clone, Default)]
pub(super) struct Affinity(BTreeMap<Place, (Str, Time)>);

impl Affinity {
    /// The endpoint that a client keeps, if that lasts.
    pub(super) fn get(&self, place: &Place, lasts: Delay, now: Time) -> Option<Str> {
        let (address, since) = self.0.get(place)?;
        (now.since(*since) < lasts).then(|| address.clone())
    }

    /// A client has gone to an endpoint.
    pub(super) fn keep(&mut self, place: Place, address: Str, now: Time) {
        self.0.insert(place, (address, now));
    }
}
