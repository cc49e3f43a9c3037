//! What is done about a volume.

use super::{PROVISIONED_BY, annotation, claim_key, set_phase};
use crate::api::volume_binding::BOUND_BY_CONTROLLER;
use crate::controllers::{Context, Outcome, Write};
use crate::store::Key;
use crate::value::Value;

/// Does what a volume needs now.
pub(super) fn sync(volume: &Value, cx: &Context<'_>, outcome: &mut Outcome) {
    let reference = &volume["spec"]["claimRef"];
    if reference.is_null() || reference["uid"].is_empty() {
        // Unused, or reserved for a claim that has not come.
        set_phase(volume, "Available", "", cx, outcome);
        return;
    }
    let claim = claim_key(volume, cx).and_then(|key| cx.cache.get(&key));
    let claim = claim.filter(|claim| claim["metadata"]["uid"] == reference["uid"]);
    let Some(claim) = claim else {
        release(volume, cx, outcome);
        return;
    };
    let bound = &claim["spec"]["volumeName"];
    if *bound == volume["metadata"]["name"] {
        set_phase(volume, "Bound", "", cx, outcome);
    } else if !bound.is_empty() {
        // The claim got another volume.
        if annotation(volume, PROVISIONED_BY).is_some() && policy(volume) == "Delete" {
            release(volume, cx, outcome);
        } else {
            unbind(volume, cx, outcome);
        }
    }
}

fn policy(volume: &Value) -> &str {
    volume["spec"]["persistentVolumeReclaimPolicy"].text()
}

/// Makes a volume free again.
fn unbind(volume: &Value, cx: &Context<'_>, outcome: &mut Outcome) {
    let mut object = volume.clone();
    if annotation(volume, BOUND_BY_CONTROLLER).is_some() {
        object["spec"].remove("claimRef");
        object["metadata"]["annotations"].remove(BOUND_BY_CONTROLLER);
    } else {
        // A person has reserved it, for whoever comes under that name.
        object["spec"]["claimRef"].remove("uid");
    }
    outcome.writes.push(Write::Update { kind: cx.kinds.volume, object: object.clone() });
    set_phase(&object, "Available", "", cx, outcome);
}

/// The claim is gone: the volume's policy decides.
fn release(volume: &Value, cx: &Context<'_>, outcome: &mut Outcome) {
    let phase = volume["status"]["phase"].text();
    if !matches!(phase, "Released" | "Failed") {
        set_phase(volume, "Released", "", cx, outcome);
    }
    let name = volume["metadata"]["name"].text();
    match policy(volume) {
        "Recycle" => {
            let message = "No recycler plugin found for the volume!".to_owned();
            fail(volume, "VolumeFailedRecycle", message, cx, outcome);
        }
        // What a driver has made, the driver takes away.
        "Delete" if annotation(volume, PROVISIONED_BY).is_none() => {
            match volume["spec"]["hostPath"]["path"].as_str() {
                Some(path) if path.starts_with("/tmp/") => outcome.writes.push(Write::Delete {
                    key: Key::of(cx.kinds.volume, volume),
                    uid: volume["metadata"]["uid"].as_shared().cloned().unwrap_or_default(),
                    propagation: None,
                    announce: None,
                }),
                Some(path) => {
                    let message = format!(
                        "host_path deleter only supports /tmp/.+ but received provided {path}"
                    );
                    fail(volume, "VolumeFailedDelete", message, cx, outcome);
                }
                None => {
                    let message = format!(
                        "Error getting deleter volume plugin for volume \"{name}\": no deletable \
                         volume plugin matched"
                    );
                    fail(volume, "VolumeFailedDelete", message, cx, outcome);
                }
            }
        }
        _ => {}
    }
}

fn fail(
    volume: &Value,
    reason: &'static str,
    message: String,
    cx: &Context<'_>,
    outcome: &mut Outcome,
) {
    if volume["status"]["phase"].text() == "Failed" {
        return;
    }
    set_phase(volume, "Failed", &message, cx, outcome);
    outcome.warn(volume, reason, message);
}
