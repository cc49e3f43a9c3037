//! The claims of a StatefulSet's Pods: one for each template and ordinal.
//!
//! Source: upstream `pkg/controller/statefulset/stateful_set_utils.go`
//! (`persistentVolumeClaimRetentionPolicy`).

use super::{Context, Outcome, Write};
use crate::store::Key;
use crate::value;
use crate::value::Value;

/// The templates, each with the name of its claim for a Pod.
fn templates<'a>(set: &'a Value, pod: &str) -> impl Iterator<Item = (&'a Value, String)> {
    let templates = set["spec"]["volumeClaimTemplates"].items().iter();
    templates.map(move |own| (own, format!("{}-{pod}", own["metadata"]["name"].text())))
}

/// Gives a Pod the volumes of its claims.
pub(super) fn add_volumes(set: &Value, spec: &mut Value, pod: &str) {
    for (template, claim) in templates(set, pod) {
        let own = &template["metadata"]["name"];
        let volumes = spec["volumes"].make_list();
        volumes.retain(|volume| volume["name"] != *own);
        volumes.push(value!({ "name": own, "persistentVolumeClaim": { "claimName": claim } }));
    }
}

/// Makes the claims of a Pod that are not there.
pub(super) fn create(set: &Value, pod: &str, cx: &Context<'_>, outcome: &mut Outcome) {
    let kind = cx.kinds.volume_claim;
    let namespace = set["metadata"]["namespace"].text();
    for (template, name) in templates(set, pod) {
        if cx.cache.get(&Key::new(kind, namespace, &name)).is_some() {
            continue;
        }
        let mut object = template.clone();
        object.set("apiVersion", "v1");
        object.set("kind", "PersistentVolumeClaim");
        object.remove("status");
        let metadata = &mut object["metadata"];
        metadata.set("name", name.as_str());
        metadata.set("namespace", namespace);
        metadata.remove("creationTimestamp");
        for (key, value) in set["spec"]["selector"]["matchLabels"].entries() {
            metadata["labels"].set(key, value);
        }
        if policy(set, "whenDeleted") == "Delete" {
            metadata.set("ownerReferences", value!([(owner("StatefulSet", "apps/v1", set))]));
        }
        outcome.writes.push(Write::Create { kind, object, announce: None, slow_start: false });
        let set_name = set["metadata"]["name"].text();
        let message = format!("create Claim {name} Pod {pod} in StatefulSet {set_name} success");
        outcome.note(set, "SuccessfulCreate", message);
    }
}

fn policy<'a>(set: &'a Value, when: &str) -> &'a str {
    set["spec"]["persistentVolumeClaimRetentionPolicy"][when].text()
}

fn owner(kind: &str, api_version: &str, object: &Value) -> Value {
    value!({
        "apiVersion": api_version,
        "kind": kind,
        "name": (&object["metadata"]["name"]),
        "uid": (&object["metadata"]["uid"]),
    })
}

/// Lets a Pod's claims belong to whom the policy says: to the set, if they go
/// with it; to the Pod, if they go when it is scaled away.
pub(super) fn keep_owners(
    set: &Value,
    pod: &Value,
    condemned: bool,
    cx: &Context<'_>,
    outcome: &mut Outcome,
) {
    let kind = cx.kinds.volume_claim;
    let by_pod = condemned && policy(set, "whenScaled") == "Delete";
    let by_set = !by_pod && policy(set, "whenDeleted") == "Delete";
    let namespace = set["metadata"]["namespace"].text();
    for (_, name) in templates(set, pod["metadata"]["name"].text()) {
        let Some(claim) = cx.cache.get(&Key::new(kind, namespace, &name)) else { continue };
        let mut object = claim.clone();
        own(&mut object, "StatefulSet", "apps/v1", set, by_set);
        own(&mut object, "Pod", "v1", pod, by_pod);
        if object["metadata"]["ownerReferences"] != claim["metadata"]["ownerReferences"] {
            outcome.writes.push(Write::Update { kind, object });
        }
    }
}

/// Adds an owner to a claim, or takes it away.
fn own(claim: &mut Value, kind: &str, api_version: &str, object: &Value, owns: bool) {
    let uid = &object["metadata"]["uid"];
    let owners = &claim["metadata"]["ownerReferences"];
    let has = owners.items().iter().any(|own| own["uid"] == *uid);
    if owns && !has {
        claim["metadata"]["ownerReferences"].push(owner(kind, api_version, object));
    } else if has && !owns {
        claim["metadata"]["ownerReferences"].make_list().retain(|own| own["uid"] != *uid);
        if claim["metadata"]["ownerReferences"].is_empty() {
            claim["metadata"].remove("ownerReferences");
        }
    }
}
