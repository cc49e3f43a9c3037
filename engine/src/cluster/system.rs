//! What runs in `kube-system`: the control plane's static Pods, names, and
//! the rules of Services.
//!
//! Source: kubeadm's manifests and addons, `cmd/kubeadm/app/phases`.
//! **Real clusters:** a managed control plane (GKE, EKS) shows no Pods of its
//! own; here every profile but the recorded one shows them, as kubeadm does.

use super::boot::API_ADDRESS;
use super::{Cluster, Profile};
use crate::apiserver::VERSION;
use crate::apiserver::WriteOptions;
use crate::yaml::read_stream;

/// The static Pods of a control plane, by file name.
pub(super) const MANIFESTS: [(&str, &str); 4] = [
    ("etcd.yaml", include_str!("manifests/etcd.yaml")),
    ("kube-apiserver.yaml", include_str!("manifests/kube-apiserver.yaml")),
    ("kube-controller-manager.yaml", include_str!("manifests/kube-controller-manager.yaml")),
    ("kube-scheduler.yaml", include_str!("manifests/kube-scheduler.yaml")),
];
const ADDONS: &str = include_str!("addons.yaml");
/// The node of the control plane.
pub(super) const CONTROL_PLANE: &str = "controlplane";

impl Cluster {
    /// Whether the control plane shows as Pods.
    pub(super) fn has_system_pods(&self) -> bool {
        self.options.kubelets && self.options.profile != Profile::Reference
    }

    /// Puts the manifests of the control plane on its node.
    pub(super) fn start_control_plane(&mut self) {
        for (file, _) in MANIFESTS {
            self.put_manifest(file);
        }
    }

    /// Puts one of them there, as it was.
    pub(super) fn put_manifest(&mut self, file: &str) {
        let text = MANIFESTS.iter().find(|(own, _)| *own == file).map(|(_, text)| fill(text));
        let now = self.now();
        if let (Some(mut kubelet), Some(text)) = (self.kubelets.get_mut(CONTROL_PLANE), text) {
            kubelet.set_manifest(file, Some(&text), now);
        }
    }

    /// Takes one of them away.
    pub(super) fn remove_manifest(&mut self, file: &str) {
        let now = self.now();
        if let Some(mut kubelet) = self.kubelets.get_mut(CONTROL_PLANE) {
            kubelet.set_manifest(file, None, now);
        }
    }

    /// Applies the addons.
    pub(super) fn install_addons(&mut self) {
        let (documents, _) = read_stream(&fill(ADDONS));
        for document in documents {
            let (group, _) =
                document.value["apiVersion"].text().split_once('/').unwrap_or(("", ""));
            let kind = self.api.registry().by_kind(group, document.value["kind"].text());
            let Some(kind) = kind else { continue };
            let namespace = document.value["metadata"]["namespace"].text().to_owned();
            let options = WriteOptions::by("kubeadm");
            let made = self.api.create(kind, &namespace, document.value, &options);
            debug_assert!(made.is_ok(), "{made:?}");
        }
        self.dispatch();
    }
}

fn fill(text: &str) -> String {
    text.replace("{version}", VERSION)
        .replace("{address}", API_ADDRESS)
        .replace("{node}", CONTROL_PLANE)
}
