//! The StorageClasses that a cluster comes with, by where it stands.
//!
//! Sources: kind's local-path provisioner; the classes of GKE and EKS as
//! `kubectl get storageclass` shows them there.

use super::Profile;
use crate::controllers::Driver;
use crate::value;
use crate::value::Value;

const DEFAULT: &str = "storageclass.kubernetes.io/is-default-class";

impl Profile {
    /// Who makes volumes.
    pub(super) fn driver(self) -> Option<Driver> {
        match self {
            Self::Local => Some(Driver::LocalPath),
            Self::Gke => Some(Driver::GooglePd),
            Self::Eks => Some(Driver::AmazonEbs),
            Self::Reference => None,
        }
    }

    /// The StorageClasses, one of them the default.
    pub(super) fn storage_classes(self) -> Vec<Value> {
        let google = "pd.csi.storage.gke.io";
        match self {
            Self::Local => vec![default(class("standard", "rancher.io/local-path", "", false))],
            Self::Gke => vec![
                class("premium-rwo", google, "pd-ssd", true),
                immediate(class("standard", "kubernetes.io/gce-pd", "pd-standard", true)),
                default(class("standard-rwo", google, "pd-balanced", true)),
            ],
            Self::Eks => vec![default(class("gp2", "kubernetes.io/aws-ebs", "gp2", false))],
            Self::Reference => Vec::new(),
        }
    }
}

fn class(name: &str, provisioner: &str, disk: &str, expands: bool) -> Value {
    let mut class = value!({
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": { "name": name },
        "provisioner": provisioner,
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "WaitForFirstConsumer",
    });
    if !disk.is_empty() {
        class["parameters"].set("type", disk);
    }
    if expands {
        class.set("allowVolumeExpansion", true);
    }
    class
}

fn default(mut class: Value) -> Value {
    class["metadata"]["annotations"].set(DEFAULT, "true");
    class
}

fn immediate(mut class: Value) -> Value {
    class.set("volumeBindingMode", "Immediate");
    class
}
