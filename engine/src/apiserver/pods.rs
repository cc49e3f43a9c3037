//! What only Pods have: binding.
//!
//! Source: upstream `pkg/registry/core/pod/storage`.

use super::{ApiServer, Part, Status, WriteOptions};
use crate::store::Key;
use crate::value;
use crate::value::Value;

impl ApiServer {
    /// Binds the Pod under `key` to a node, if it still is the one with `uid`.
    pub fn bind(&mut self, key: &Key, uid: &str, node: &str) -> Result<Value, Status> {
        let kind = self.kind(key.kind);
        let Some(pod) = self.store.get(key) else {
            return Err(Status::not_found(kind, &key.name));
        };
        let mut pod = pod.clone();
        let own = pod["metadata"]["uid"].text();
        if !uid.is_empty() && uid != own {
            let why = format!(
                "Precondition failed: UID in precondition: {uid}, UID in object meta: {own}"
            );
            return Err(Status::conflict(kind, &key.name, &why));
        }
        if !pod["metadata"]["deletionTimestamp"].is_null() {
            let why = format!("pod {} is being deleted, cannot be assigned to a host", key.name);
            return Err(Status::conflict(kind, &key.name, &why));
        }
        let bound = pod["spec"]["nodeName"].text();
        if !bound.is_empty() {
            let why = format!("pod {} is already assigned to node \"{bound}\"", key.name);
            return Err(Status::conflict(kind, &key.name, &why));
        }
        pod["spec"]["nodeName"] = node.into();
        let condition = value!({
            "type": "PodScheduled",
            "status": "True",
            "lastProbeTime": null,
            "lastTransitionTime": (self.stamp()),
        });
        let conditions = pod["status"]["conditions"].make_list();
        conditions.retain(|own| own["type"].text() != "PodScheduled");
        conditions.push(condition);
        let options = WriteOptions { part: Part::Special, ..WriteOptions::by("kube-scheduler") };
        self.update(key.kind, pod, &options)
    }
}
