//! Makes the claims that Pods carry along as `ephemeral` volumes.
//!
//! Source: upstream `pkg/controller/volume/ephemeral`.

use super::{Context, Controller, Outcome, Write, controller_reference, is_deleted};
use crate::store::{Change, Key};
use crate::value;
use crate::value::Value;

/// The controller of ephemeral volumes.
pub(super) struct EphemeralVolumeController;

impl Controller for EphemeralVolumeController {
    fn name(&self) -> &'static str {
        "ephemeral_volume"
    }

    fn triggers(&self, change: &Change, cx: &Context<'_>) -> Vec<Key> {
        let is_new = change.key.kind == cx.kinds.pod && change.old.is_none();
        let mut volumes = change.object()["spec"]["volumes"].items().iter();
        let asks = is_new && volumes.any(|volume| !volume["ephemeral"].is_null());
        if asks { vec![change.key.clone()] } else { Vec::new() }
    }

    fn sync(&self, key: &Key, cx: &Context<'_>) -> Outcome {
        let mut outcome = Outcome::default();
        let Some(pod) = cx.cache.get(key).filter(|pod| !is_deleted(pod)) else { return outcome };
        for volume in pod["spec"]["volumes"].items() {
            if !volume["ephemeral"].is_null() {
                make_claim(pod, volume, cx, &mut outcome);
            }
        }
        outcome
    }
}

fn make_claim(pod: &Value, volume: &Value, cx: &Context<'_>, outcome: &mut Outcome) {
    let kind = cx.kinds.volume_claim;
    let namespace = pod["metadata"]["namespace"].text();
    let name = format!("{}-{}", pod["metadata"]["name"].text(), volume["name"].text());
    if let Some(claim) = cx.cache.get(&Key::new(kind, namespace, &name)) {
        let mut owners = claim["metadata"]["ownerReferences"].items().iter();
        if !owners.any(|own| own["uid"] == pod["metadata"]["uid"]) {
            let message = format!(
                "ephemeral volume controller: PVC {namespace}/{name} was not created for pod \
                 {namespace}/{} (pod is not owner)",
                pod["metadata"]["name"].text()
            );
            outcome.warn(pod, "FailedBinding", message);
        }
        return;
    }
    let template = volume.at(&["ephemeral", "volumeClaimTemplate"]);
    let mut metadata = value!({
        "name": name,
        "namespace": namespace,
        "ownerReferences": [(controller_reference(pod))],
    });
    for field in ["labels", "annotations"] {
        metadata.set_nonzero(field, &template["metadata"][field]);
    }
    let object = value!({
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": metadata,
        "spec": (&template["spec"]),
    });
    outcome.writes.push(Write::Create { kind, object, announce: None, slow_start: false });
}
