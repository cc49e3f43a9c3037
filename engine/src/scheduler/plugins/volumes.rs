//! Nodes that reach a Pod's volumes, or for which they can be made.
//!
//! Source: upstream plugins VolumeRestrictions, VolumeBinding and VolumeZone.
//! **Real clusters:** limits of attached volumes and of a driver's capacity
//! are not looked at, nor disks named in the Pod itself.

use super::super::node_info::NodeInfo;
use super::super::nodes::Nodes;
use super::super::pod_info::PodInfo;
use super::super::watched::Watched;
use super::{Plugin, Reason, Rejection};
use crate::api::persistent_volume::class_of;
use crate::api::volume_binding::{
    NO_PROVISIONER, SELECTED_NODE, find_match, is_bound, is_reachable, waits_for_consumer,
};
use crate::value::{Str, Value};

const NODE_CONFLICT: &str = "node(s) had volume node affinity conflict";
const BIND_CONFLICT: &str = "node(s) didn't find available persistent volumes to bind";
const NO_VOLUME: &str = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)";
const IN_USE: &str =
    "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode";
/// The labels of volumes that name where they are.
const ZONES: [&str; 4] = [
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
];

/// What must be done to a Pod's claims before it can run on a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Binding {
    /// Reserve a volume for a claim.
    Bind {
        /// The volume's name.
        volume: Str,
        /// The claim's name.
        claim: Str,
    },
    /// Have a volume made for a claim.
    Provision {
        /// The claim's name.
        claim: Str,
    },
}

/// The claims of one Pod, with what they are bound to.
pub(in super::super) struct Volumes<'a> {
    watched: Watched<'a>,
    bound: Vec<&'a Value>,
    has_lost: bool,
    waiting: Vec<&'a Value>,
    /// Whether another Pod has a claim that only one may use.
    is_taken: bool,
}

fn refuse_all(reason: String) -> Rejection {
    Rejection::for_good(Plugin::VolumeBinding, Reason::Told(reason))
}

impl<'a> Volumes<'a> {
    /// Looks the claims up; `None` if the Pod has none.
    pub(super) fn read(
        pod: &PodInfo,
        nodes: &Nodes,
        watched: Watched<'a>,
    ) -> Result<Option<Self>, Rejection> {
        if pod.claims.is_empty() {
            return Ok(None);
        }
        let mut own = Self {
            watched,
            bound: Vec::new(),
            has_lost: false,
            waiting: Vec::new(),
            is_taken: false,
        };
        let mut unbound = false;
        for name in &pod.claims {
            let claim = usable_claim(pod, name, watched)?;
            let modes = claim.at(&["spec", "accessModes"]).items();
            let exclusive = modes.iter().any(|mode| mode.text() == "ReadWriteOncePod");
            own.is_taken |= exclusive && nodes.uses_claim(&pod.key.namespace, name);
            if is_bound(claim) {
                let volume = claim.at(&["spec", "volumeName"]).text();
                match watched.get(watched.kinds.volume, "", volume) {
                    Some(volume) => own.bound.push(volume),
                    None => own.has_lost = true,
                }
            } else if waits_for_consumer(own.class(claim))
                && claim.at(&["spec", "volumeName"]).is_empty()
            {
                own.waiting.push(claim);
            } else {
                unbound = true;
            }
        }
        if unbound {
            let reason = "pod has unbound immediate PersistentVolumeClaims";
            return Err(refuse_all(reason.to_owned()));
        }
        Ok(Some(own))
    }

    fn class(&self, claim: &Value) -> Option<&'a Value> {
        self.watched.get(self.watched.kinds.storage_class, "", class_of(claim))
    }

    /// Refuses a node that does not reach the volumes.
    pub(super) fn filter(&self, info: &NodeInfo) -> Result<(), Rejection> {
        if self.is_taken {
            return Err(Rejection::new(Plugin::VolumeRestrictions, Reason::Fixed(IN_USE)));
        }
        let mut reasons = Vec::new();
        if self.bound.iter().any(|volume| !is_reachable(volume, info.node())) {
            reasons.push(NODE_CONFLICT);
        }
        if self.try_bindings(info).is_none() {
            reasons.push(BIND_CONFLICT);
        }
        if self.has_lost {
            reasons.push(NO_VOLUME);
        }
        if !reasons.is_empty() {
            return Err(Rejection::for_good(Plugin::VolumeBinding, Reason::Several(reasons)));
        }
        if self.bound.iter().any(|volume| !is_in_zone(volume, info)) {
            let reason = Reason::Fixed("node(s) had no available volume zone");
            return Err(Rejection::for_good(Plugin::VolumeZone, reason));
        }
        Ok(())
    }

    /// What must be bound for the Pod to run on a node.
    pub(super) fn bindings(&self, info: &NodeInfo) -> Vec<Binding> {
        self.try_bindings(info).unwrap_or_default()
    }

    fn try_bindings(&self, info: &NodeInfo) -> Option<Vec<Binding>> {
        let mut taken: Vec<Str> = Vec::new();
        let mut bindings = Vec::new();
        for claim in &self.waiting {
            let name = claim.at(&["metadata", "name"]).as_shared()?.clone();
            let selected = claim.at(&["metadata", "annotations"])[SELECTED_NODE].as_str();
            if selected.is_some_and(|selected| *selected != *info.name) {
                return None;
            }
            let volumes = self.watched.cache.list(self.watched.kinds.volume, "");
            let found = find_match(claim, volumes, Some(info.node()), true, &taken);
            let found = found.filter(|_| selected.is_none());
            let found = found.and_then(|volume| volume.at(&["metadata", "name"]).as_shared());
            if let Some(volume) = found {
                taken.push(volume.clone());
                bindings.push(Binding::Bind { volume: volume.clone(), claim: name });
            } else if self.can_provision(claim, info) {
                bindings.push(Binding::Provision { claim: name });
            } else {
                return None;
            }
        }
        Some(bindings)
    }

    fn can_provision(&self, claim: &Value, info: &NodeInfo) -> bool {
        let Some(class) = self.class(claim) else { return false };
        let provisioner = class["provisioner"].text();
        let allowed = class["allowedTopologies"].items();
        let fits = |term: &Value| {
            term["matchLabelExpressions"].items().iter().all(|own| {
                let label = info.label(own["key"].text());
                let values = own["values"].items().iter();
                label.is_some_and(|label| values.map(Value::text).any(|value| value == &**label))
            })
        };
        !provisioner.is_empty()
            && provisioner != NO_PROVISIONER
            && (allowed.is_empty() || allowed.iter().any(fits))
    }
}

/// The claim, if Pods may use it at all.
fn usable_claim<'a>(
    pod: &PodInfo,
    name: &Str,
    watched: Watched<'a>,
) -> Result<&'a Value, Rejection> {
    let found = watched.get(watched.kinds.volume_claim, &pod.key.namespace, name);
    let Some(claim) = found else {
        let volumes = pod.spec["volumes"].items().iter();
        let mut claimed =
            volumes.map(|volume| volume.at(&["persistentVolumeClaim", "claimName"]).text());
        return Err(refuse_all(if claimed.any(|own| own == &**name) {
            format!("persistentvolumeclaim \"{name}\" not found")
        } else {
            format!(
                "waiting for ephemeral volume controller to create the persistentvolumeclaim \
                 \"{name}\""
            )
        }));
    };
    if claim.at(&["status", "phase"]).text() == "Lost" {
        let volume = claim.at(&["spec", "volumeName"]).text();
        let text = "bound to non-existent persistentvolume";
        return Err(refuse_all(format!("persistentvolumeclaim \"{name}\" {text} \"{volume}\"")));
    }
    if !claim.at(&["metadata", "deletionTimestamp"]).is_null() {
        return Err(refuse_all(format!("persistentvolumeclaim \"{name}\" is being deleted")));
    }
    Ok(claim)
}

/// Whether a node is where a volume's labels say that it is.
fn is_in_zone(volume: &Value, info: &NodeInfo) -> bool {
    let labels = volume.at(&["metadata", "labels"]);
    // Nodes that say nothing of zones are where every volume is.
    let says = ZONES.iter().any(|zone| info.label(zone).is_some());
    !says
        || ZONES.iter().all(|zone| match labels[*zone].as_str() {
            // Several zones stand as `a__b`.
            Some(zones) => {
                info.label(zone).is_some_and(|own| zones.split("__").any(|z| *z == **own))
            }
            None => true,
        })
}
