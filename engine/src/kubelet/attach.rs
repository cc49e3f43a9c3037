//! Which node has which disk: most can be at one node at a time.
//!
//! Source: upstream `pkg/controller/volume/attachdetach`. **Real clusters:**
//! attaching and detaching take some seconds each, and a controller does both;
//! here the kubelet does, at once.

use std::collections::BTreeMap;

use super::mounts::Disks;
use super::node::Node;
use super::worker::Worker;
use crate::recorder::Note;
use crate::sim::Delay;
use crate::value::{Str, Value};

/// How soon it is looked whether a disk has been freed.
const LOOK: Delay = Delay::secs(1);

/// The Pods that use a disk, and their node.
#[derive(Debug, Clone, Default)]
pub(super) struct Attached {
    node: Str,
    /// By uid: namespace and name.
    pods: BTreeMap<Str, (Str, Str)>,
}

/// A disk that a Pod needs.
struct Needed {
    volume: Str,
    exclusive: bool,
}

fn shared(object: &Value, field: &str) -> Str {
    object["metadata"][field].as_shared().cloned().unwrap_or_default()
}

impl Disks {
    /// Attaches a disk to a node for a Pod. Says whether it was not there
    /// before, or who keeps it elsewhere.
    fn attach(&mut self, needed: &Needed, node: &str, pod: &Value) -> Result<bool, String> {
        let namespace = shared(pod, "namespace");
        let own = self.attached.entry(needed.volume.clone()).or_default();
        if needed.exclusive && !own.pods.is_empty() && *own.node != *node {
            let same = own.pods.values().filter(|(other, _)| *other == namespace);
            let same: Vec<&str> = same.map(|(_, name)| &**name).collect();
            let users = if same.is_empty() {
                format!("{} pod(s) in different namespaces", own.pods.len())
            } else {
                format!("pod(s) {}", same.join(", "))
            };
            let volume = &needed.volume;
            return Err(format!(
                "Multi-Attach error for volume \"{volume}\" Volume is already used by {users}"
            ));
        }
        let is_new = own.pods.is_empty();
        own.node = node.into();
        own.pods.insert(shared(pod, "uid"), (namespace, shared(pod, "name")));
        Ok(is_new)
    }

    /// Forgets the users of a disk that are gone, as those of a node that does
    /// not answer are.
    fn prune(&mut self, volume: &Str, is_there: impl Fn(&Str, &Str, &Str) -> bool) {
        if let Some(own) = self.attached.get_mut(volume) {
            own.pods.retain(|uid, (namespace, name)| is_there(uid, namespace, name));
        }
    }

    /// Frees the disks of a Pod.
    pub(super) fn detach(&mut self, uid: &str) {
        self.attached.retain(|_, own| {
            own.pods.remove(uid);
            !own.pods.is_empty()
        });
    }
}

impl Node<'_> {
    /// The disks that a Pod's claims are bound to.
    fn needed_disks(&self, pod: &Value) -> Vec<Needed> {
        let sources = self.sources(pod, "");
        let volumes = pod["spec"]["volumes"].items().iter();
        let bound = volumes.filter_map(|volume| {
            let namespace = pod["metadata"]["namespace"].text();
            let claim = sources.claim_of(volume)?;
            let claim = self.api.get(self.kinds.volume_claim, namespace, &claim)?;
            let volume = claim["spec"]["volumeName"].as_shared()?;
            Some((volume.clone(), self.api.get(self.kinds.volume, "", volume)?))
        });
        let disks = bound.filter(|(_, volume)| !volume["spec"]["csi"].is_null());
        let needed = disks.map(|(name, volume)| {
            let modes = volume["spec"]["accessModes"].items().iter();
            let many = |mode: &Value| matches!(mode.text(), "ReadWriteMany" | "ReadOnlyMany");
            Needed { volume: name, exclusive: !modes.clone().any(many) }
        });
        needed.collect()
    }
}

impl Worker {
    /// Attaches the Pod's disks; says whether all are there.
    pub(super) fn attach_disks(&mut self, node: &mut Node<'_>) -> bool {
        let mut all = true;
        for needed in node.needed_disks(&self.pod) {
            self.volumes.has_disks = true;
            let (api, kind) = (&*node.api, node.kinds.pod);
            node.disks.prune(&needed.volume, |uid, namespace, name| {
                let pod = api.get(kind, namespace, name);
                pod.is_some_and(|pod| pod["metadata"]["uid"].text() == &**uid)
            });
            match node.disks.attach(&needed, node.name, &self.pod) {
                Ok(true) => {
                    let volume = &needed.volume;
                    let message = format!("AttachVolume.Attach succeeded for volume \"{volume}\"");
                    let note = Note::normal(&self.pod, "SuccessfulAttachVolume", message);
                    node.attacher.record(note, node.api, node.kinds);
                }
                Ok(false) => {}
                Err(message) => {
                    all = false;
                    if !std::mem::replace(&mut self.volumes.waits_for_disks, true) {
                        let note = Note::warning(&self.pod, "FailedAttachVolume", message);
                        node.attacher.record(note, node.api, node.kinds);
                    }
                }
            }
        }
        if !all {
            self.want_sync(node.now() + LOOK);
        }
        all
    }
}
