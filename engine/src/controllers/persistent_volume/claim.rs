//! What is done about a claim.

use super::{PROVISIONER, RESYNC, annotation, set_phase};
use crate::api::persistent_volume::class_of;
use crate::api::storage_class;
use crate::api::volume_binding::claim_reference;
use crate::api::volume_binding::{
    BIND_COMPLETED, BOUND_BY_CONTROLLER, NO_PROVISIONER, SELECTED_NODE, capacity, find_match,
    has_access_modes, has_same_mode, is_reserved_for, waits_for_consumer, wanted,
};
use crate::controllers::provisioner::driver_name;
use crate::controllers::{Context, Outcome, Write};
use crate::store::Key;
use crate::value::Value;

/// Does what a claim needs now.
pub(super) fn sync(claim: &Value, cx: &Context<'_>, outcome: &mut Outcome) {
    if annotation(claim, BIND_COMPLETED).is_some() {
        keep_bound(claim, cx, outcome);
        return;
    }
    if !claim["metadata"]["deletionTimestamp"].is_null() {
        return;
    }
    outcome.again = Some(RESYNC);
    if claim["spec"]["volumeName"].is_empty() {
        find_volume(claim, cx, outcome);
    } else {
        use_named_volume(claim, cx, outcome);
    }
}

fn volume<'a>(claim: &Value, cx: &Context<'a>) -> Option<&'a Value> {
    let name = claim["spec"]["volumeName"].text();
    cx.cache.get(&Key::new(cx.kinds.volume, "", name))
}

fn find_volume(claim: &Value, cx: &Context<'_>, outcome: &mut Outcome) {
    let class = cx.cache.get(&Key::new(cx.kinds.storage_class, "", class_of(claim)));
    let waits = waits_for_consumer(class);
    let volumes = cx.cache.list(cx.kinds.volume, "");
    if let Some(volume) = find_match(claim, volumes, None, waits, &[]) {
        bind(volume, claim, cx, outcome);
    } else if give_default_class(claim, cx, outcome) {
        // The change brings the claim back here.
    } else if waits && annotation(claim, SELECTED_NODE).is_none() {
        tell_of_consumers(claim, cx, outcome);
    } else if class_of(claim).is_empty() {
        let message = "no persistent volumes available for this claim and no storage class is set";
        outcome.note(claim, "FailedBinding", message.to_owned());
    } else {
        provision(claim, class, cx, outcome);
    }
}

/// A claim that was made before there was a default class gets it now.
fn give_default_class(claim: &Value, cx: &Context<'_>, outcome: &mut Outcome) -> bool {
    if !storage_class::is_unsaid(claim) {
        return false;
    }
    let classes = cx.cache.list(cx.kinds.storage_class, "");
    let Some(class) = storage_class::default_of(classes) else { return false };
    let mut object = claim.clone();
    object["spec"].set("storageClassName", &class["metadata"]["name"]);
    outcome.writes.push(Write::Update { kind: cx.kinds.volume_claim, object });
    true
}

fn tell_of_consumers(claim: &Value, cx: &Context<'_>, outcome: &mut Outcome) {
    let namespace = claim["metadata"]["namespace"].text();
    let name = claim["metadata"]["name"].text();
    let uses = |pod: &&Value| {
        let mut volumes = pod["spec"]["volumes"].items().iter();
        volumes.any(|own| own.at(&["persistentVolumeClaim", "claimName"]).text() == name)
    };
    let pods = cx.cache.list(cx.kinds.pod, namespace).filter(uses);
    let waiting: Vec<&str> = pods
        .filter(|pod| pod["spec"]["nodeName"].is_empty())
        .map(|pod| pod["metadata"]["name"].text())
        .collect();
    let (reason, message) = match waiting.as_slice() {
        [] => (
            "WaitForFirstConsumer",
            "waiting for first consumer to be created before binding".to_owned(),
        ),
        [pod] => ("WaitForPodScheduled", format!("waiting for pod {pod} to be scheduled")),
        pods => {
            let pods = pods.join(",");
            ("WaitForPodScheduled", format!("waiting for pods {pods} to be scheduled"))
        }
    };
    outcome.note(claim, reason, message);
}

/// Leaves it to the class's provisioner to make a volume.
fn provision(claim: &Value, class: Option<&Value>, cx: &Context<'_>, outcome: &mut Outcome) {
    let Some(class) = class else {
        let name = class_of(claim);
        let message = format!("storageclass.storage.k8s.io \"{name}\" not found");
        outcome.warn(claim, "ProvisioningFailed", message);
        return;
    };
    let own = class["provisioner"].text();
    if own == NO_PROVISIONER {
        let message = format!("no volume plugin matched name: {own}");
        outcome.warn(claim, "ProvisioningFailed", message);
        return;
    }
    let driver = driver_name(own);
    if annotation(claim, PROVISIONER[0]).is_none_or(|known| **known != *driver) {
        let mut object = claim.clone();
        for name in PROVISIONER {
            object["metadata"]["annotations"].set(name, driver);
        }
        outcome.writes.push(Write::Update { kind: cx.kinds.volume_claim, object });
    }
    let message = format!(
        "Waiting for a volume to be created either by the external provisioner '{driver}' or \
         manually by the system administrator. If volume creation is delayed, please verify that \
         the provisioner is running and correctly registered."
    );
    outcome.note(claim, "ExternalProvisioning", message);
}

/// A person has named the volume.
fn use_named_volume(claim: &Value, cx: &Context<'_>, outcome: &mut Outcome) {
    let Some(volume) = volume(claim, cx) else { return };
    let name = volume["metadata"]["name"].text();
    if is_reserved_for(volume, claim) {
        bind(volume, claim, cx, outcome);
    } else if !volume["spec"]["claimRef"].is_null() {
        let message = format!("volume \"{name}\" already bound to a different claim.");
        outcome.warn(claim, "FailedBinding", message);
    } else if let Some(why) = mismatch(volume, claim) {
        let message = format!("Cannot bind to requested volume \"{name}\": {why}");
        outcome.warn(claim, "VolumeMismatch", message);
    } else {
        bind(volume, claim, cx, outcome);
    }
}

fn mismatch(volume: &Value, claim: &Value) -> Option<&'static str> {
    if capacity(volume) < wanted(claim) {
        Some("requested PV is too small")
    } else if class_of(volume) != class_of(claim) {
        Some("storageClassName does not match")
    } else if !has_same_mode(volume, claim) {
        Some("incompatible volumeMode")
    } else if !has_access_modes(volume, claim) {
        Some("incompatible accessMode")
    } else {
        None
    }
}

fn keep_bound(claim: &Value, cx: &Context<'_>, outcome: &mut Outcome) {
    let (reason, message) = if claim["spec"]["volumeName"].is_empty() {
        let message = "Bound claim has lost reference to PersistentVolume. Data on the volume is \
                       lost!";
        ("ClaimLost", message)
    } else {
        match volume(claim, cx) {
            Some(volume) if volume["spec"]["claimRef"].is_null() => {
                bind(volume, claim, cx, outcome);
                return;
            }
            Some(volume) if volume["spec"]["claimRef"]["uid"] == claim["metadata"]["uid"] => {
                bind(volume, claim, cx, outcome);
                return;
            }
            Some(_) => {
                let message =
                    "Two claims are bound to the same volume, this one is bound incorrectly";
                ("ClaimMisbound", message)
            }
            None => {
                let message =
                    "Bound claim has lost its PersistentVolume. Data on the volume is lost!";
                ("ClaimLost", message)
            }
        }
    };
    if claim["status"]["phase"].text() == "Lost" {
        return;
    }
    let mut object = claim.clone();
    object.set("status", crate::value!({ "phase": "Lost" }));
    outcome.writes.push(Write::UpdateStatus { kind: cx.kinds.volume_claim, object });
    outcome.warn(claim, reason, message.to_owned());
}

/// Binds both sides to each other, as far as they are not yet.
fn bind(volume: &Value, claim: &Value, cx: &Context<'_>, outcome: &mut Outcome) {
    let mut bound = volume.clone();
    let reserved = is_reserved_for(volume, claim);
    if !reserved || volume["spec"]["claimRef"]["uid"].is_empty() {
        bound["spec"].set("claimRef", claim_reference(claim));
        if !reserved {
            bound["metadata"]["annotations"].set(BOUND_BY_CONTROLLER, "yes");
        }
        outcome.writes.push(Write::Update { kind: cx.kinds.volume, object: bound.clone() });
    }
    set_phase(&bound, "Bound", "", cx, outcome);
    let mut object = claim.clone();
    let name = &volume["metadata"]["name"];
    if object["spec"]["volumeName"] != *name {
        object["spec"].set("volumeName", name);
        object["metadata"]["annotations"].set(BOUND_BY_CONTROLLER, "yes");
    }
    if annotation(claim, BIND_COMPLETED).is_none() {
        object["metadata"]["annotations"].set(BIND_COMPLETED, "yes");
    }
    if object != *claim {
        outcome.writes.push(Write::Update { kind: cx.kinds.volume_claim, object: object.clone() });
    }
    let status = &mut object["status"];
    if status["phase"].text() != "Bound" {
        status.set("phase", "Bound");
        status.set("accessModes", &volume["spec"]["accessModes"]);
        status.set("capacity", &volume["spec"]["capacity"]);
    }
    if object["status"] != claim["status"] {
        object["metadata"].remove("resourceVersion");
        outcome.writes.push(Write::UpdateStatus { kind: cx.kinds.volume_claim, object });
    }
    outcome.again = None;
}
