//! Deletes what has lost its owners, and finishes foreground and orphaning
//! deletions.
//!
//! Source: upstream `pkg/controller/garbagecollector`.

use std::collections::BTreeSet;

use super::{Context, Controller, Outcome, Write, is_deleted, release};
use crate::apiserver::Propagation;
use crate::store::{Change, Key, KindId};
use crate::value::{Str, Value};

/// Holds an object until what it owns is gone.
const FOREGROUND: &str = "foregroundDeletion";
/// Holds an object until what it owns has been let go.
const ORPHAN: &str = "orphan";

/// The garbage collector.
pub(super) struct GarbageCollector;

impl Controller for GarbageCollector {
    fn name(&self) -> &'static str {
        "garbage-collector-controller"
    }

    fn triggers(&self, change: &Change, cx: &Context<'_>) -> Vec<Key> {
        if change.old.as_ref().zip(change.new.as_ref()).is_some_and(|(old, new)| !matters(old, new))
        {
            return Vec::new();
        }
        let object = change.object();
        let mut keys = Vec::new();
        if change.new.is_none() {
            // What it owned is to be looked at, and who waited for it.
            keys.extend(cx.cache.dependents(object["metadata"]["uid"].text()).cloned());
            keys.extend(waiting_owners(object, cx));
        } else if awaits(object, FOREGROUND) || awaits(object, ORPHAN) {
            keys.push(change.key.clone());
        } else if !object["metadata"]["ownerReferences"].is_empty() {
            keys.push(change.key.clone());
            keys.extend(waiting_owners(object, cx));
        }
        keys
    }

    fn sync(&self, key: &Key, cx: &Context<'_>) -> Outcome {
        let Some(object) = cx.cache.get(key) else { return Outcome::default() };
        let mut outcome = Outcome::default();
        if awaits(object, ORPHAN) {
            orphan_dependents(key, object, cx, &mut outcome);
        } else if awaits(object, FOREGROUND) {
            delete_dependents(key, object, cx, &mut outcome);
        } else if !is_deleted(object) {
            delete_if_unowned(key, object, cx, &mut outcome);
        }
        outcome
    }
}

/// Whether a change says anything of owners and of what an object waits for.
fn matters(old: &Value, new: &Value) -> bool {
    let fields = ["ownerReferences", "deletionTimestamp", "finalizers"];
    fields.iter().any(|field| old["metadata"][*field] != new["metadata"][*field])
}

fn awaits(object: &Value, finalizer: &str) -> bool {
    let metadata = &object["metadata"];
    !metadata["deletionTimestamp"].is_null()
        && metadata["finalizers"].items().iter().any(|own| own.text() == finalizer)
}

fn waiting_owners(object: &Value, cx: &Context<'_>) -> Vec<Key> {
    let owners = object["metadata"]["ownerReferences"].items();
    let found = owners.iter().filter_map(|owner| owner_of(owner, object, cx));
    found.filter(|(_, owner)| awaits(owner, FOREGROUND)).map(|(key, _)| key).collect()
}

/// The owner that a reference names, if it is still the same object.
fn owner_of<'a>(
    reference: &Value,
    dependent: &Value,
    cx: &Context<'a>,
) -> Option<(Key, &'a Value)> {
    let version = reference["apiVersion"].text();
    let group = version.split_once('/').map_or("", |(group, _)| group);
    let kind: KindId = cx.registry.by_kind(group, reference["kind"].text())?;
    let namespaced = cx.registry.kind(kind).namespaced;
    let namespace = if namespaced { &dependent["metadata"]["namespace"] } else { &Value::Null };
    let shared = |text: &Value| text.as_shared().cloned().unwrap_or_default();
    let key = Key { kind, namespace: shared(namespace), name: shared(&reference["name"]) };
    let owner = cx.cache.get(&key)?;
    (owner["metadata"]["uid"] == reference["uid"]).then_some((key, owner))
}

fn delete_if_unowned(key: &Key, object: &Value, cx: &Context<'_>, outcome: &mut Outcome) {
    let references = object["metadata"]["ownerReferences"].items();
    if references.is_empty() {
        return;
    }
    let owners: Vec<Option<(Key, &Value)>> =
        references.iter().map(|reference| owner_of(reference, object, cx)).collect();
    let solid = |owner: &Option<(Key, &Value)>| {
        owner.as_ref().is_some_and(|(_, owner)| !awaits(owner, FOREGROUND))
    };
    if owners.iter().any(solid) {
        // Owners that are gone are struck from the list.
        if owners.iter().all(solid) {
            return;
        }
        let mut kept = object.clone();
        let list = references.iter().zip(&owners).filter(|(_, owner)| solid(owner));
        kept["metadata"]["ownerReferences"] =
            list.map(|(reference, _)| reference.clone()).collect();
        outcome.writes.push(Write::Update { kind: key.kind, object: kept });
        return;
    }
    let waits = owners.iter().flatten().next().is_some();
    let has_dependents = cx.cache.dependents(object["metadata"]["uid"].text()).next().is_some();
    let propagation = if waits && has_dependents {
        Some(Propagation::Foreground)
    } else {
        Some(Propagation::Background)
    };
    outcome.writes.push(Write::Delete {
        key: key.clone(),
        uid: uid_of(object),
        propagation,
        announce: None,
    });
}

fn uid_of(object: &Value) -> Str {
    object["metadata"]["uid"].as_shared().cloned().unwrap_or_default()
}

fn delete_dependents(key: &Key, object: &Value, cx: &Context<'_>, outcome: &mut Outcome) {
    let uid = uid_of(object);
    let mut blocked = false;
    let dependents: BTreeSet<Key> = cx.cache.dependents(&uid).cloned().collect();
    for own_key in dependents {
        let Some(dependent) = cx.cache.get(&own_key) else { continue };
        let references = dependent["metadata"]["ownerReferences"].items();
        blocked |= references
            .iter()
            .any(|own| own["uid"].text() == &*uid && own["blockOwnerDeletion"].is_true());
        if !is_deleted(dependent) {
            delete_if_unowned(&own_key, dependent, cx, outcome);
        }
    }
    if !blocked {
        strike_finalizer(key, object, FOREGROUND, outcome);
    }
}

fn orphan_dependents(key: &Key, object: &Value, cx: &Context<'_>, outcome: &mut Outcome) {
    let uid = uid_of(object);
    let dependents: BTreeSet<Key> = cx.cache.dependents(&uid).cloned().collect();
    for own_key in dependents {
        let Some(dependent) = cx.cache.get(&own_key) else { continue };
        let mut free = dependent.clone();
        release(&mut free, &uid);
        outcome.writes.push(Write::Update { kind: own_key.kind, object: free });
    }
    strike_finalizer(key, object, ORPHAN, outcome);
}

fn strike_finalizer(key: &Key, object: &Value, finalizer: &str, outcome: &mut Outcome) {
    let mut freed = object.clone();
    let finalizers = freed["metadata"]["finalizers"].make_list();
    finalizers.retain(|own| own.text() != finalizer);
    if finalizers.is_empty() {
        freed["metadata"].remove("finalizers");
    }
    outcome.writes.push(Write::Update { kind: key.kind, object: freed });
}
