//! The drivers that make volumes for claims, enlarge them and take them away.
//!
//! Source: the CSI sidecars external-provisioner and external-resizer, the
//! drivers of Google's and Amazon's disks, and Rancher's local-path
//! provisioner. **Real clusters:** a volume takes as long as it takes; here
//! each driver has its time, and file systems grow without a restart.

use super::persistent_volume::{PROVISIONED_BY, PROVISIONER, annotation};
use super::{Context, Controller, Outcome, Write};
use crate::api::persistent_volume::class_of;
use crate::api::volume_binding::claim_reference;
use crate::api::volume_binding::{SELECTED_NODE, capacity, wanted};
use crate::quantity::{Notation, Quantity};
use crate::sim::{Delay, Time};
use crate::store::{Change, Key};
use crate::value;
use crate::value::Value;

/// How long file systems take to grow once their disk has.
const GROW: Delay = Delay::secs(5);
const GIBIBYTE: i64 = 1 << 30;

/// A driver of volumes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Driver {
    /// Directories of the nodes: `rancher.io/local-path`.
    LocalPath,
    /// Google's disks: `pd.csi.storage.gke.io`.
    GooglePd,
    /// Amazon's disks: `ebs.csi.aws.com`.
    AmazonEbs,
}

/// Who serves a provisioner: the kinds of storage that once were part of
/// Kubernetes have drivers of their own by now.
pub(super) fn driver_name(provisioner: &str) -> &str {
    match provisioner {
        "kubernetes.io/gce-pd" => Driver::GooglePd.name(),
        "kubernetes.io/aws-ebs" => Driver::AmazonEbs.name(),
        other => other,
    }
}

impl Driver {
    fn name(self) -> &'static str {
        match self {
            Self::LocalPath => "rancher.io/local-path",
            Self::GooglePd => "pd.csi.storage.gke.io",
            Self::AmazonEbs => "ebs.csi.aws.com",
        }
    }

    /// How long a new volume takes.
    fn takes(self) -> Delay {
        match self {
            Self::LocalPath | Self::AmazonEbs => Delay::secs(2),
            Self::GooglePd => Delay::secs(4),
        }
    }

    /// Why the driver cannot serve a claim, if it cannot.
    fn refusal(self, claim: &Value) -> Option<&'static str> {
        let modes = claim["spec"]["accessModes"].items();
        let shared = modes.iter().any(|own| matches!(own.text(), "ReadWriteMany" | "ReadOnlyMany"));
        shared.then_some(match self {
            Self::LocalPath => {
                "NodePath only supports ReadWriteOnce and ReadWriteOncePod (1.22+) access modes"
            }
            Self::GooglePd => {
                "rpc error: code = InvalidArgument desc = VolumeCapabilities is invalid: specified \
                 multi writer with mount access type"
            }
            Self::AmazonEbs => {
                "rpc error: code = InvalidArgument desc = Volume capabilities not supported: \
                 invalid access mode: MULTI_NODE_MULTI_WRITER"
            }
        })
    }

    /// Clouds sell whole gibibytes.
    fn size(self, claim: &Value) -> Quantity {
        let wanted = wanted(claim);
        if self == Self::LocalPath {
            return wanted;
        }
        let whole = (wanted.value() + GIBIBYTE - 1) / GIBIBYTE;
        Quantity::units(whole.max(1) * GIBIBYTE, Notation::Binary)
    }

    /// Where the volume is, as its spec says it.
    fn add_source(self, spec: &mut Value, name: &str, claim: &Value, class: &Value) {
        let (namespace, own) =
            (claim["metadata"]["namespace"].text(), claim["metadata"]["name"].text());
        if self == Self::LocalPath {
            let path = format!("/var/local-path-provisioner/{name}_{namespace}_{own}");
            spec.set("hostPath", value!({ "path": path, "type": "DirectoryOrCreate" }));
            return;
        }
        let id = name.trim_start_matches("pvc-").replace('-', "");
        let handle = match self {
            Self::GooglePd => format!("projects/podyard/zones/asia-northeast3-a/disks/{name}"),
            _ => format!("vol-0{}", id.get(..16).unwrap_or(&id)),
        };
        let format = class["parameters"]["csi.storage.k8s.io/fstype"].text();
        let format = if format.is_empty() { "ext4" } else { format };
        let source = value!({
            "driver": (self.name()),
            "fsType": format,
            "volumeAttributes": {
                "storage.kubernetes.io/csiProvisionerIdentity": (format!("podyard-{}", self.name())),
            },
            "volumeHandle": handle,
        });
        spec.set("csi", source);
    }

    /// From which nodes the volume can be reached.
    fn add_affinity(self, spec: &mut Value, node: Option<&Value>) {
        let key = match self {
            Self::LocalPath => "kubernetes.io/hostname",
            _ => "topology.kubernetes.io/zone",
        };
        let label = node.map_or(&Value::Null, |node| &node["metadata"]["labels"][key]);
        if label.is_null() {
            return;
        }
        let expression = value!({ "key": key, "operator": "In", "values": [label] });
        let terms = value!([{ "matchExpressions": [expression] }]);
        spec.set("nodeAffinity", value!({ "required": { "nodeSelectorTerms": terms } }));
    }
}

/// The controller of one driver.
pub(super) struct ProvisionerController {
    /// The driver.
    pub(super) driver: Driver,
}

impl Controller for ProvisionerController {
    fn name(&self) -> &'static str {
        self.driver.name()
    }

    fn triggers(&self, change: &Change, cx: &Context<'_>) -> Vec<Key> {
        let kinds = [cx.kinds.volume, cx.kinds.volume_claim];
        if kinds.contains(&change.key.kind) { vec![change.key.clone()] } else { Vec::new() }
    }

    fn sync(&self, key: &Key, cx: &Context<'_>) -> Outcome {
        let mut outcome = Outcome::default();
        let Some(object) = cx.cache.get(key) else { return outcome };
        if key.kind == cx.kinds.volume {
            self.reclaim(object, cx, &mut outcome);
        } else if object["spec"]["volumeName"].is_empty() {
            self.provision(object, cx, &mut outcome);
        } else {
            self.resize(object, cx, &mut outcome);
        }
        outcome
    }
}

/// Since when a claim waits for its volume: since it was made, or since its
/// node was chosen.
fn waits_since(claim: &Value) -> Option<Time> {
    let managers = claim["metadata"]["managedFields"].items();
    let scheduler = managers.iter().find(|own| own["manager"].text() == "kube-scheduler");
    let chosen = scheduler.filter(|_| annotation(claim, SELECTED_NODE).is_some());
    let since = chosen.map_or(&claim["metadata"]["creationTimestamp"], |own| &own["time"]);
    Time::parse(since.text())
}

impl ProvisionerController {
    fn provision(&self, claim: &Value, cx: &Context<'_>, outcome: &mut Outcome) {
        let is_own =
            annotation(claim, PROVISIONER[0]).is_some_and(|own| **own == *self.driver.name());
        if !is_own || !claim["metadata"]["deletionTimestamp"].is_null() {
            return;
        }
        let metadata = &claim["metadata"];
        let name = format!("pvc-{}", metadata["uid"].text());
        let class = cx.cache.get(&Key::new(cx.kinds.storage_class, "", class_of(claim)));
        let made = cx.cache.get(&Key::new(cx.kinds.volume, "", &name)).is_some();
        let Some(class) = class.filter(|_| !made) else { return };
        if let Some(why) = self.driver.refusal(claim) {
            let class = class["metadata"]["name"].text();
            let message =
                format!("failed to provision volume with StorageClass \"{class}\": {why}");
            outcome.warn(claim, "ProvisioningFailed", message);
            outcome.again = Some(Delay::secs(15));
            return;
        }
        let ready = waits_since(claim).unwrap_or(cx.now) + self.driver.takes();
        if cx.now < ready {
            let (namespace, own) = (metadata["namespace"].text(), metadata["name"].text());
            let message = format!(
                "External provisioner is provisioning volume for claim \"{namespace}/{own}\""
            );
            outcome.note(claim, "Provisioning", message);
            outcome.again = Some(ready.since(cx.now));
            return;
        }
        let object = self.volume(&name, claim, class, cx);
        let kind = cx.kinds.volume;
        outcome.writes.push(Write::Create { kind, object, announce: None, slow_start: false });
        let message = format!("Successfully provisioned volume {name}");
        outcome.note(claim, "ProvisioningSucceeded", message);
    }

    fn volume(&self, name: &str, claim: &Value, class: &Value, cx: &Context<'_>) -> Value {
        let mut spec = value!({
            "accessModes": (&claim["spec"]["accessModes"]),
            "capacity": { "storage": (self.driver.size(claim).to_string()) },
            "claimRef": (claim_reference(claim)),
            "persistentVolumeReclaimPolicy": (&class["reclaimPolicy"]),
            "storageClassName": (&class["metadata"]["name"]),
            "volumeMode": (&claim["spec"]["volumeMode"]),
        });
        spec.set_nonzero("mountOptions", &class["mountOptions"]);
        self.driver.add_source(&mut spec, name, claim, class);
        let node = annotation(claim, SELECTED_NODE);
        let node = node.and_then(|node| cx.cache.get(&Key::new(cx.kinds.node, "", node)));
        self.driver.add_affinity(&mut spec, node);
        let mut annotations = value!({});
        annotations.set(PROVISIONED_BY, self.driver.name());
        value!({
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": { "name": name, "annotations": annotations },
            "spec": spec,
        })
    }

    /// Takes away a volume that was made for a claim that is gone.
    fn reclaim(&self, volume: &Value, cx: &Context<'_>, outcome: &mut Outcome) {
        let is_own =
            annotation(volume, PROVISIONED_BY).is_some_and(|own| **own == *self.driver.name());
        let policy = volume["spec"]["persistentVolumeReclaimPolicy"].text();
        let released = volume["status"]["phase"].text() == "Released";
        let going = !volume["metadata"]["deletionTimestamp"].is_null();
        if !is_own || policy != "Delete" || !released || going {
            return;
        }
        let since = Time::parse(volume["status"]["lastPhaseTransitionTime"].text());
        let gone_at = since.unwrap_or(cx.now) + self.driver.takes();
        if cx.now < gone_at {
            outcome.again = Some(gone_at.since(cx.now));
            return;
        }
        outcome.writes.push(Write::Delete {
            key: Key::of(cx.kinds.volume, volume),
            uid: volume["metadata"]["uid"].as_shared().cloned().unwrap_or_default(),
            propagation: None,
            announce: None,
        });
    }

    /// Enlarges a volume whose claim asks for more, and then its file system.
    fn resize(&self, claim: &Value, cx: &Context<'_>, outcome: &mut Outcome) {
        let name = claim["spec"]["volumeName"].text();
        let Some(volume) = cx.cache.get(&Key::new(cx.kinds.volume, "", name)) else { return };
        let is_own =
            annotation(volume, PROVISIONED_BY).is_some_and(|own| **own == *self.driver.name());
        let has = Quantity::parse_or_zero(claim["status"]["capacity"]["storage"].text());
        let bound = claim["status"]["phase"].text() == "Bound";
        if !is_own || !bound || wanted(claim) <= has {
            return;
        }
        let pending = claim["status"]["conditions"].items().iter();
        let pending = pending.clone().find(|own| own["type"].text() == "FileSystemResizePending");
        match pending {
            None => self.enlarge(claim, volume, cx, outcome),
            Some(condition) => {
                let since = Time::parse(condition["lastTransitionTime"].text());
                let grown_at = since.unwrap_or(cx.now) + GROW;
                if cx.now < grown_at {
                    outcome.again = Some(grown_at.since(cx.now));
                } else {
                    grow(claim, volume, cx, outcome);
                }
            }
        }
    }

    fn enlarge(&self, claim: &Value, volume: &Value, cx: &Context<'_>, outcome: &mut Outcome) {
        let name = volume["metadata"]["name"].text();
        let message = format!("External resizer is resizing volume {name}");
        outcome.note(claim, "Resizing", message);
        let size = self.driver.size(claim);
        if capacity(volume) < size {
            let mut object = volume.clone();
            object["spec"]["capacity"].set("storage", size.to_string());
            outcome.writes.push(Write::Update { kind: cx.kinds.volume, object });
        }
        let mut object = claim.clone();
        let condition = value!({
            "type": "FileSystemResizePending",
            "status": "True",
            "lastProbeTime": null,
            "lastTransitionTime": (cx.now.rfc3339()),
            "message": "Waiting for user to (re-)start a pod to finish file system resize of volume \
                        on node.",
        });
        object["status"].set("conditions", value!([condition]));
        outcome.writes.push(Write::UpdateStatus { kind: cx.kinds.volume_claim, object });
        let message = "Require file system resize of volume on node".to_owned();
        outcome.note(claim, "FileSystemResizeRequired", message);
        outcome.again = Some(GROW);
    }
}

/// The file system has grown: as soon as a Pod has it mounted.
fn grow(claim: &Value, volume: &Value, cx: &Context<'_>, outcome: &mut Outcome) {
    let namespace = claim["metadata"]["namespace"].text();
    let uses = |pod: &&Value| {
        let mut volumes = pod["spec"]["volumes"].items().iter();
        let name = claim["metadata"]["name"].text();
        pod["status"]["phase"].text() == "Running"
            && volumes.any(|own| own.at(&["persistentVolumeClaim", "claimName"]).text() == name)
    };
    let Some(pod) = cx.cache.list(cx.kinds.pod, namespace).find(uses) else {
        outcome.again = Some(GROW);
        return;
    };
    let mut object = claim.clone();
    object["status"].set("capacity", &volume["spec"]["capacity"]);
    object["status"].remove("conditions");
    outcome.writes.push(Write::UpdateStatus { kind: cx.kinds.volume_claim, object });
    let name = volume["metadata"]["name"].text();
    let node = pod["spec"]["nodeName"].text();
    let message = format!("MountVolume.NodeExpandVolume succeeded for volume \"{name}\" {node}");
    outcome.note(claim, "FileSystemResizeSuccessful", message);
}
