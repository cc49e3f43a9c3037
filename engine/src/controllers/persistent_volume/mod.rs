//! Binds claims to volumes, and says what becomes of volumes when their
//! claims are gone.
//!
//! Source: upstream `pkg/controller/volume/persistentvolume`. All claims and
//! volumes that are not settled are looked at again every 15 seconds.

mod claim;
mod volume;

use super::{Context, Controller, Outcome, Write};
use crate::sim::Delay;
use crate::store::{Change, Key};
use crate::value::{Str, Value};

/// How often what is not settled is looked at.
const RESYNC: Delay = Delay::secs(15);
/// Volumes and claims of one command come at one instant here; on a real
/// cluster the volumes that came before a claim are known when it comes.
const SETTLE: Delay = Delay::millis(100);
/// Names who made a volume.
pub(super) const PROVISIONED_BY: &str = "pv.kubernetes.io/provisioned-by";
/// Names who is to make a claim's volume, under its new and its old name.
pub(super) const PROVISIONER: [&str; 2] =
    ["volume.kubernetes.io/storage-provisioner", "volume.beta.kubernetes.io/storage-provisioner"];

/// The controller of volumes and claims.
pub(super) struct PersistentVolumeController;

impl Controller for PersistentVolumeController {
    fn name(&self) -> &'static str {
        "persistentvolume-controller"
    }

    fn triggers(&self, change: &Change, cx: &Context<'_>) -> Vec<Key> {
        let mut keys = Vec::new();
        if change.key.kind == cx.kinds.volume {
            keys.push(change.key.clone());
            let objects = change.old.iter().chain(&change.new);
            keys.extend(objects.filter_map(|volume| claim_key(volume, cx)));
        } else if change.key.kind == cx.kinds.volume_claim {
            keys.push(change.key.clone());
            let volume = change.object()["spec"]["volumeName"].text();
            if change.new.is_none() && !volume.is_empty() {
                keys.push(Key::new(cx.kinds.volume, "", volume));
            }
        }
        keys
    }

    fn delay(&self, change: &Change, cx: &Context<'_>) -> Delay {
        let new_claim = change.key.kind == cx.kinds.volume_claim && change.old.is_none();
        if new_claim { SETTLE } else { Delay::ZERO }
    }

    fn sync(&self, key: &Key, cx: &Context<'_>) -> Outcome {
        let mut outcome = Outcome::default();
        let Some(object) = cx.cache.get(key) else { return outcome };
        if key.kind == cx.kinds.volume {
            volume::sync(object, cx, &mut outcome);
        } else {
            claim::sync(object, cx, &mut outcome);
        }
        outcome
    }
}

/// The claim that a volume names.
fn claim_key(volume: &Value, cx: &Context<'_>) -> Option<Key> {
    let reference = &volume["spec"]["claimRef"];
    let (namespace, name) = (reference["namespace"].as_str()?, reference["name"].as_str()?);
    Some(Key::new(cx.kinds.volume_claim, namespace, name))
}

/// Writes a volume's phase, where it is another.
fn set_phase(volume: &Value, phase: &str, message: &str, cx: &Context<'_>, outcome: &mut Outcome) {
    let status = &volume["status"];
    if status["phase"].text() == phase && status["message"].text() == message {
        return;
    }
    let mut object = volume.clone();
    // The same object may have been written a moment ago.
    object["metadata"].remove("resourceVersion");
    let status = &mut object["status"];
    if status["phase"].text() != phase {
        status.set("lastPhaseTransitionTime", cx.now.rfc3339());
    }
    status.set("phase", phase);
    status.set_nonzero("message", message);
    outcome.writes.push(Write::UpdateStatus { kind: cx.kinds.volume, object });
}

/// One annotation of an object.
pub(super) fn annotation<'a>(object: &'a Value, name: &str) -> Option<&'a Str> {
    object["metadata"]["annotations"][name].as_shared()
}
