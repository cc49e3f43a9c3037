//! Which PersistentVolume a claim may be bound to.
//!
//! Source: `k8s.io/component-helpers/storage/volume` (`pv_helpers.go`) and
//! `pkg/controller/volume/persistentvolume/index.go`.

use super::node_affinity;
use super::persistent_volume::class_of;
use super::selector::Selector;
use crate::quantity::Quantity;
use crate::value::{Str, Value};

/// Marks a claim or volume whose binding is done.
pub const BIND_COMPLETED: &str = "pv.kubernetes.io/bind-completed";
/// Marks the side that the controller, not a person, has bound.
pub const BOUND_BY_CONTROLLER: &str = "pv.kubernetes.io/bound-by-controller";
/// Names the node for which a claim's volume is to be made.
pub const SELECTED_NODE: &str = "volume.kubernetes.io/selected-node";
/// The provisioner of classes whose volumes are made by hand.
pub const NO_PROVISIONER: &str = "kubernetes.io/no-provisioner";

/// Whether a claim is bound for good.
pub fn is_bound(claim: &Value) -> bool {
    let annotations = claim.at(&["metadata", "annotations"]);
    !claim.at(&["spec", "volumeName"]).is_empty() && annotations.get(BIND_COMPLETED).is_some()
}

/// Whether claims of a class wait for the first Pod that uses them.
pub fn waits_for_consumer(class: Option<&Value>) -> bool {
    class.is_some_and(|class| class["volumeBindingMode"].text() == "WaitForFirstConsumer")
}

/// Whether a volume says that it is for `claim`.
pub fn is_reserved_for(volume: &Value, claim: &Value) -> bool {
    let (reference, metadata) = (volume.at(&["spec", "claimRef"]), &claim["metadata"]);
    let same = |field: &str| reference[field] == metadata[field];
    let same_uid = reference["uid"].is_empty() || same("uid");
    !reference.is_null() && same("name") && same("namespace") && same_uid
}

/// Whether a volume can be reached from a node.
pub fn is_reachable(volume: &Value, node: &Value) -> bool {
    let required = volume.at(&["spec", "nodeAffinity", "required"]);
    required.is_null() || node_affinity::matches_selector(required, node)
}

/// How much a volume holds.
pub fn capacity(volume: &Value) -> Quantity {
    Quantity::parse_or_zero(volume.at(&["spec", "capacity", "storage"]).text())
}

/// How much a claim asks for.
pub fn wanted(claim: &Value) -> Quantity {
    Quantity::parse_or_zero(claim.at(&["spec", "resources", "requests", "storage"]).text())
}

/// Whether a volume has every access mode that a claim asks for.
pub fn has_access_modes(volume: &Value, claim: &Value) -> bool {
    let own = volume.at(&["spec", "accessModes"]).items();
    claim.at(&["spec", "accessModes"]).items().iter().all(|mode| own.contains(mode))
}

/// Whether claim and volume are both file systems or both raw devices.
pub fn has_same_mode(volume: &Value, claim: &Value) -> bool {
    let mode = |object: &Value| match object.at(&["spec", "volumeMode"]).text() {
        "" => "Filesystem".to_owned(),
        mode => mode.to_owned(),
    };
    mode(volume) == mode(claim)
}

/// Whether a volume could be bound to a claim, were it free.
fn suits(volume: &Value, claim: &Value) -> bool {
    capacity(volume) >= wanted(claim)
        && has_same_mode(volume, claim)
        && volume.at(&["metadata", "deletionTimestamp"]).is_null()
        && has_access_modes(volume, claim)
}

/// Whether a volume is free and of the sort that a claim asks for.
fn is_free_for(volume: &Value, claim: &Value) -> bool {
    let selector = claim.at(&["spec", "selector"]);
    volume.at(&["status", "phase"]).text() == "Available"
        && volume.at(&["spec", "claimRef"]).is_null()
        && class_of(volume) == class_of(claim)
        && (selector.is_null()
            || Selector::from_object(selector)
                .is_some_and(|own| own.matches(volume.at(&["metadata", "labels"]))))
}

/// The volume for a claim: the one reserved for it, or the smallest that is
/// free. With a `node` only what that node reaches; where the claim `waits`
/// for a Pod and there is no node yet, only what is reserved.
pub fn find_match<'a>(
    claim: &Value,
    volumes: impl Iterator<Item = &'a Value>,
    node: Option<&Value>,
    waits: bool,
    taken: &[Str],
) -> Option<&'a Value> {
    let mut best: Option<&Value> = None;
    for volume in volumes {
        let name = volume.at(&["metadata", "name"]).text();
        if !suits(volume, claim) || taken.iter().any(|own| **own == *name) {
            continue;
        }
        let reachable = node.is_none_or(|node| is_reachable(volume, node));
        if is_reserved_for(volume, claim) {
            return reachable.then_some(volume);
        }
        let free = is_free_for(volume, claim) && reachable && (node.is_some() || !waits);
        if free && best.is_none_or(|best| capacity(volume) < capacity(best)) {
            best = Some(volume);
        }
    }
    best
}

/// How a volume names its claim.
pub fn claim_reference(claim: &Value) -> Value {
    let metadata = &claim["metadata"];
    crate::value!({
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "namespace": (&metadata["namespace"]),
        "name": (&metadata["name"]),
        "uid": (&metadata["uid"]),
        "resourceVersion": (&metadata["resourceVersion"]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value;

    fn volume(name: &str, size: &str, modes: &[&str]) -> Value {
        value!({
            "metadata": { "name": name },
            "spec": {
                "capacity": { "storage": size },
                "accessModes": (modes.to_vec()),
                "storageClassName": "manual",
            },
            "status": { "phase": "Available" },
        })
    }

    fn claim() -> Value {
        value!({
            "metadata": { "name": "c", "namespace": "n", "uid": "u" },
            "spec": {
                "storageClassName": "manual",
                "accessModes": ["ReadWriteOnce"],
                "resources": { "requests": { "storage": "2Gi" } },
            },
        })
    }

    #[test]
    fn the_smallest_volume_that_suffices_is_taken() {
        let volumes = [
            volume("small", "1Gi", &["ReadWriteOnce"]),
            volume("large", "10Gi", &["ReadWriteOnce"]),
            volume("fits", "3Gi", &["ReadWriteOnce", "ReadOnlyMany"]),
            volume("shared", "2Gi", &["ReadOnlyMany"]),
        ];
        let found = |taken: &[Str]| {
            let found = find_match(&claim(), volumes.iter(), None, false, taken);
            found.map(|own| own["metadata"]["name"].text().to_owned())
        };
        assert_eq!(found(&[]).as_deref(), Some("fits"));
        assert_eq!(found(&["fits".into()]).as_deref(), Some("large"));
        assert!(find_match(&claim(), volumes.iter(), None, true, &[]).is_none());
    }

    #[test]
    fn a_reserved_volume_goes_before_all_others() {
        let mut reserved = volume("reserved", "10Gi", &["ReadWriteOnce"]);
        reserved["spec"]["claimRef"] = value!({ "namespace": "n", "name": "c" });
        reserved["spec"]["storageClassName"] = "other".into();
        let mut foreign = volume("foreign", "2Gi", &["ReadWriteOnce"]);
        foreign["spec"]["claimRef"] = value!({ "namespace": "n", "name": "d" });
        let volumes = [foreign, volume("fits", "2Gi", &["ReadWriteOnce"]), reserved];
        let found = find_match(&claim(), volumes.iter(), None, true, &[]);
        assert_eq!(found.map(|own| own["metadata"]["name"].text()), Some("reserved"));
    }
}
