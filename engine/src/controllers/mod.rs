//! The controller manager: controllers that drive what is towards what is
//! wished, each a pure function from what it has watched to writes.
//!
//! Source: kube-controller-manager and `pkg/controller`. A controller holds
//! nothing; the queue, the limits, the clock and what is remembered of each
//! object live in [`manager`].

mod conditions;
mod claim;
mod deployment;
mod revision;
mod replica_set;
mod daemon_set;
mod stateful_set_claims;
mod stateful_set;
mod horizontal_pod_autoscaler;
mod job;
mod cron_job;
mod trigger_time;
mod endpoint_slice;
mod endpoint_slice_mirroring;
mod endpoints;
mod garbage_collector;
mod namespace;
mod resource_quota;
mod cluster_role_aggregation;
mod service_account;
mod load_balancer;
mod persistent_volume;
mod provisioner;
mod volume_protection;
mod ephemeral_volume;
mod ingress;
mod node_lifecycle;
mod pod_gc;
mod disruption;
mod manager;

use std::borrow::Cow;

use crate::apiserver::{Aggregated, Kinds, Propagation, Registry, Status};
use crate::informer::Cache;
use crate::recorder::Note;
use crate::sim::{Delay, Time};
use crate::store::{Change, Key, KindId};
use crate::value::{Str, Value};

pub(crate) use self::ingress::CONTROLLER as INGRESS_CONTROLLER;
pub use self::manager::{Cloud, ControllerManager, Manages};
pub use self::provisioner::Driver;

/// One controller of the manager.
trait Controller: Send + Sync {
    /// Its name, as in events: `replicaset-controller`.
    fn name(&self) -> &'static str;

    /// The objects to look at after `change`.
    fn triggers(&self, change: &Change, cx: &Context<'_>) -> Vec<Key>;

    /// How long a change may wait, so that several are looked at together.
    fn delay(&self, _change: &Change, _cx: &Context<'_>) -> Delay {
        Delay::ZERO
    }

    /// What to do about one object.
    fn sync(&self, key: &Key, cx: &Context<'_>) -> Outcome;
}

/// What a controller may look at.
struct Context<'a> {
    cache: &'a Cache,
    kinds: &'a Kinds,
    registry: &'a Registry,
    now: Time,
    /// What other servers say, behind the API server's door.
    aggregated: &'a Aggregated,
    /// What the controller wanted to remember of this object.
    memory: Option<&'a Value>,
    /// Why the last write for this object was refused.
    failure: Option<&'a Status>,
}

/// What a controller wants done.
#[derive(Debug, Default)]
struct Outcome {
    /// The writes, in order.
    writes: Vec<Write>,
    /// What to remember of the object until the controller manager stops.
    remember: Option<Value>,
    /// When to look again unasked.
    again: Option<Delay>,
}

/// One thing a controller does.
#[derive(Debug, Clone)]
enum Write {
    /// Creates an object.
    Create { kind: KindId, object: Value, announce: Option<Announce>, slow_start: bool },
    /// Replaces an object.
    Update { kind: KindId, object: Value },
    /// Replaces an object's status.
    UpdateStatus { kind: KindId, object: Value },
    /// Deletes an object.
    Delete { key: Key, uid: Str, propagation: Option<Propagation>, announce: Option<Announce> },
    /// Takes an object away at once, without any grace.
    Remove { key: Key, uid: Str },
    /// Takes a finalizer out of a namespace's spec.
    Finalize { key: Key, finalizer: &'static str },
    /// Records an event.
    Note(Note),
}

/// The events that tell of a create or delete.
#[derive(Debug, Clone)]
struct Announce {
    /// The object that the events are about.
    about: Value,
    /// Reason and message on success; `{name}` stands for the object's name.
    success: (&'static str, Cow<'static, str>),
    /// Reason and message on failure; `{error}` stands for the error.
    failure: (&'static str, Cow<'static, str>),
}

impl Outcome {
    fn note(&mut self, about: &Value, reason: &'static str, message: String) {
        self.writes.push(Write::Note(Note::normal(about, reason, message)));
    }

    fn warn(&mut self, about: &Value, reason: &'static str, message: String) {
        self.writes.push(Write::Note(Note::warning(about, reason, message)));
    }
}

/// Takes the owner with this UID from an object; no empty list stays.
fn release(object: &mut Value, owner: &str) {
    let owners = object["metadata"]["ownerReferences"].make_list();
    owners.retain(|own| own["uid"].text() != owner);
    if owners.is_empty() {
        object["metadata"].remove("ownerReferences");
    }
}

/// An owner reference that makes `owner` the controller of an object.
fn controller_reference(owner: &Value) -> Value {
    crate::value!({
        "apiVersion": &owner["apiVersion"],
        "kind": &owner["kind"],
        "name": &owner["metadata"]["name"],
        "uid": &owner["metadata"]["uid"],
        "controller": true,
        "blockOwnerDeletion": true,
    })
}

/// Whether the object is being deleted.
fn is_deleted(object: &Value) -> bool {
    !object["metadata"]["deletionTimestamp"].is_null()
}
