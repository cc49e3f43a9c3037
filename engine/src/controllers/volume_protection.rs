//! Claims stay while Pods use them, and volumes while claims do.
//!
//! Source: upstream `pkg/controller/volume/{pvcprotection,pvprotection}`.

use super::{Context, Controller, Outcome, Write, is_deleted};
use crate::store::{Change, Key};
use crate::value::Value;

const CLAIM_FINALIZER: &str = "kubernetes.io/pvc-protection";
const VOLUME_FINALIZER: &str = "kubernetes.io/pv-protection";

/// Lets claims go that no Pod uses.
pub(super) struct ClaimProtectionController;

/// Lets volumes go that no claim is bound to.
pub(super) struct VolumeProtectionController;

fn has(object: &Value, finalizer: &str) -> bool {
    object["metadata"]["finalizers"].items().iter().any(|own| own.text() == finalizer)
}

fn without(object: &Value, finalizer: &str) -> Value {
    let mut object = object.clone();
    object["metadata"]["finalizers"].make_list().retain(|own| own.text() != finalizer);
    object
}

/// The claims that a Pod names.
fn claims(pod: &Value) -> impl Iterator<Item = String> {
    let own = pod["metadata"]["name"].text();
    pod["spec"]["volumes"].items().iter().filter_map(move |volume| {
        let named = volume.at(&["persistentVolumeClaim", "claimName"]).as_str();
        let ephemeral = !volume["ephemeral"].is_null();
        named
            .map(str::to_owned)
            .or_else(|| ephemeral.then(|| format!("{own}-{}", volume["name"].text())))
    })
}

impl Controller for ClaimProtectionController {
    fn name(&self) -> &'static str {
        "pvc-protection-controller"
    }

    fn triggers(&self, change: &Change, cx: &Context<'_>) -> Vec<Key> {
        let kind = cx.kinds.volume_claim;
        if change.key.kind == kind && is_deleted(change.object()) {
            return vec![change.key.clone()];
        }
        if change.key.kind == cx.kinds.pod && change.new.is_none() {
            let namespace = &change.key.namespace;
            let named = claims(change.object());
            return named.map(|name| Key::new(kind, namespace, &name)).collect();
        }
        Vec::new()
    }

    fn sync(&self, key: &Key, cx: &Context<'_>) -> Outcome {
        let mut outcome = Outcome::default();
        let Some(claim) = cx.cache.get(key) else { return outcome };
        if !is_deleted(claim) || !has(claim, CLAIM_FINALIZER) {
            return outcome;
        }
        // A Pod without a node has not begun to use anything.
        let mut pods = cx.cache.list(cx.kinds.pod, &key.namespace);
        let used = pods.any(|pod| {
            !pod["spec"]["nodeName"].is_empty() && claims(pod).any(|name| *name == *key.name)
        });
        if !used {
            let object = without(claim, CLAIM_FINALIZER);
            outcome.writes.push(Write::Update { kind: key.kind, object });
        }
        outcome
    }
}

impl Controller for VolumeProtectionController {
    fn name(&self) -> &'static str {
        "pv-protection-controller"
    }

    fn triggers(&self, change: &Change, cx: &Context<'_>) -> Vec<Key> {
        let going = change.key.kind == cx.kinds.volume && is_deleted(change.object());
        if going { vec![change.key.clone()] } else { Vec::new() }
    }

    fn sync(&self, key: &Key, cx: &Context<'_>) -> Outcome {
        let mut outcome = Outcome::default();
        let Some(volume) = cx.cache.get(key) else { return outcome };
        let bound = volume["status"]["phase"].text() == "Bound";
        if is_deleted(volume) && has(volume, VOLUME_FINALIZER) && !bound {
            let object = without(volume, VOLUME_FINALIZER);
            outcome.writes.push(Write::Update { kind: key.kind, object });
        }
        outcome
    }
}
