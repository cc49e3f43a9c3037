//! Leases that are renewed all the time, at no cost.
//!
//! A kubelet renews its Lease every ten seconds, and reports its Node's
//! conditions every five minutes; leaders do alike. Written each time, this
//! would be most of what a quiet cluster does. So a Lease is written when its
//! renewing begins and ends, and in between it is read as if it were renewed.
//!
//! **Real clusters:** each renewal is a write with a `resourceVersion`, which
//! watches tell of.

use std::borrow::Cow;

use super::{ApiServer, WriteOptions};
use crate::sim::{Delay, Time};
use crate::store::{Key, KindId};
use crate::value;
use crate::value::Value;

/// Marks a Lease that is being renewed, with the period in seconds. It never
/// leaves the server.
const RENEWED: &str = "podyard/renewed-every";
/// How often a kubelet reports conditions that do not change.
const REPORT: Delay = Delay::secs(300);
/// Where the Leases of nodes are.
const NODE_LEASES: &str = "kube-node-lease";

/// Who holds a Lease, and how.
#[derive(Debug, Clone, Copy)]
pub struct Holder<'a> {
    /// As the Lease names it.
    pub identity: &'a str,
    /// How long the Lease lasts without being renewed.
    pub duration: Delay,
    /// How often it is renewed.
    pub period: Delay,
    /// The object that the Lease goes with, if there is one.
    pub owner: Option<&'a Value>,
}

/// When a Lease was renewed last: as it says, or as it is being renewed.
pub fn renewed_at(lease: &Value, now: Time) -> Option<Time> {
    let written = Time::parse(lease["spec"]["renewTime"].text())?;
    let period = lease["metadata"]["annotations"][RENEWED].text().parse().map(Delay::secs);
    Some(period.map_or(written, |period| latest(written, period, now)))
}

/// Whether a Lease is being renewed.
pub fn is_renewed(lease: &Value) -> bool {
    lease["metadata"]["annotations"].get(RENEWED).is_some()
}

/// The last of the instants that follow `from` every `period`.
fn latest(from: Time, period: Delay, now: Time) -> Time {
    let passed = now.since(from).as_micros().max(0);
    from + Delay::micros(passed - passed % period.as_micros().max(1))
}

impl ApiServer {
    /// Begins to renew a Lease; makes it if it is not there.
    pub fn begin_renewing(&mut self, key: &Key, holder: &Holder<'_>) {
        let now = self.now().rfc3339_micros();
        let options = WriteOptions::by(holder.identity);
        let secs = |delay: Delay| delay.as_micros() / 1_000_000;
        let old = self.get(key.kind, &key.namespace, &key.name).cloned();
        let is_new = old.is_none();
        let mut lease = old.unwrap_or_else(|| {
            let mut metadata = value!({ "name": (&key.name), "namespace": (&key.namespace) });
            if let Some(owner) = holder.owner {
                metadata.set(
                    "ownerReferences",
                    value!([{
                        "apiVersion": &owner["apiVersion"],
                        "kind": &owner["kind"],
                        "name": &owner["metadata"]["name"],
                        "uid": &owner["metadata"]["uid"],
                    }]),
                );
            }
            value!({
                "apiVersion": "coordination.k8s.io/v1",
                "kind": "Lease",
                "metadata": metadata,
            })
        });
        lease["metadata"]["annotations"].set(RENEWED, secs(holder.period).to_string());
        let spec = &mut lease["spec"];
        if holder.owner.is_none() && spec["holderIdentity"].text() != holder.identity {
            // Leaders say when they took over, and which one they are.
            let before = spec["leaseTransitions"].as_int().map_or(0, |count| count + 1);
            spec.set("leaseTransitions", before);
            spec.set("acquireTime", now.as_str());
        }
        spec.set("holderIdentity", holder.identity);
        spec.set("leaseDurationSeconds", secs(holder.duration));
        spec.set("renewTime", now);
        let written = if is_new {
            self.create(key.kind, &key.namespace, lease, &options)
        } else {
            self.update(key.kind, lease, &options)
        };
        debug_assert!(written.is_ok(), "{written:?}");
    }

    /// Renews a Lease no more: it stays as it was renewed last.
    pub fn end_renewing(&mut self, key: &Key) {
        let now = self.now();
        let Some(mut lease) = self.get(key.kind, &key.namespace, &key.name).cloned() else {
            return;
        };
        let (true, Some(last)) = (is_renewed(&lease), renewed_at(&lease, now)) else { return };
        lease["spec"].set("renewTime", last.rfc3339_micros());
        forget(&mut lease);
        let identity = lease["spec"]["holderIdentity"].text().to_owned();
        // A Lease that cannot be written is one that somebody took away.
        let _ = self.update(key.kind, lease, &WriteOptions::by(&identity));
    }

    /// An object as clients see it: renewed and reported lately.
    pub(super) fn as_renewed<'a>(&self, kind: KindId, object: &'a Value) -> Cow<'a, Value> {
        let row = self.kind(kind);
        match (row.kind, row.group) {
            ("Lease", "coordination.k8s.io") if is_renewed(object) => {
                let mut lease = object.clone();
                if let Some(last) = renewed_at(object, self.now()) {
                    lease["spec"].set("renewTime", last.rfc3339_micros());
                }
                forget(&mut lease);
                Cow::Owned(lease)
            }
            ("Node", "") if self.is_reporting(object) => Cow::Owned(self.reported(object)),
            _ => Cow::Borrowed(object),
        }
    }

    /// Whether a Node's kubelet is at work.
    fn is_reporting(&self, node: &Value) -> bool {
        let leases = self.registry().by_kind("coordination.k8s.io", "Lease");
        let name = node["metadata"]["name"].text();
        leases.and_then(|kind| self.get(kind, NODE_LEASES, name)).is_some_and(is_renewed)
    }

    fn reported(&self, node: &Value) -> Value {
        let mut node = node.clone();
        for condition in node["status"]["conditions"].make_list() {
            let Some(written) = Time::parse(condition["lastHeartbeatTime"].text()) else {
                continue;
            };
            let last = latest(written, REPORT, self.now());
            condition.set("lastHeartbeatTime", last.rfc3339());
        }
        node
    }
}

fn forget(lease: &mut Value) {
    let metadata = &mut lease["metadata"];
    metadata["annotations"].remove(RENEWED);
    if metadata["annotations"].is_empty() {
        metadata.remove("annotations");
    }
}
