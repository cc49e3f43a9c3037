//! Static Pods: those that a kubelet runs from files of its node, and the
//! mirrors that show them in the API.
//!
//! Source: upstream `pkg/kubelet/config/{file,common}.go` and
//! `pkg/kubelet/pod/mirror_client.go`.

use super::Kubelet;
use super::mounts::Disks;
use super::node::Node;
use super::worker::{End, Worker};
use crate::api::pod;
use crate::apiserver::{DeleteOptions, WriteOptions};
use crate::sim::{Delay, Random, Time};
use crate::store::{Change, Key};
use crate::value;
use crate::value::{Str, Value};
use crate::yaml::parse_yaml;

const HASH: &str = "kubernetes.io/config.hash";
const MIRROR: &str = "kubernetes.io/config.mirror";
const SEEN: &str = "kubernetes.io/config.seen";
const SOURCE: &str = "kubernetes.io/config.source";
/// How long a kubelet takes to notice that a manifest has come or gone.
const NOTICE: Delay = Delay::millis(300);
/// How long it takes to act on what befell a mirror.
const MIRROR_SYNC: Delay = Delay::millis(10);

impl Kubelet {
    /// Puts a manifest where the kubelet looks for static Pods, or takes it
    /// away. What is no Pod is not run.
    pub fn set_manifest(&mut self, file: &str, text: Option<&str>, now: Time) {
        let pod = text.and_then(|text| self.static_pod(file, text, now));
        let old = match pod {
            Some(pod) => self.statics.insert(file.to_owned(), pod),
            None => self.statics.remove(file),
        };
        if let Some(old) = old {
            self.stop_static(&old, now);
        }
        self.start_statics(now);
    }

    /// The Pod of a manifest, completed as the kubelet does.
    fn static_pod(&self, file: &str, text: &str, now: Time) -> Option<Value> {
        let mut pod = parse_yaml(text).ok().filter(|pod| pod["kind"].text() == "Pod")?;
        let path = format!("/etc/kubernetes/manifests/{file}");
        let mut digest = Random::new(0).split(&format!("{}{path}{}", self.name, pod.to_json()));
        let hash = format!("{:016x}{:016x}", digest.next_u64(), digest.next_u64());
        let metadata = &mut pod["metadata"];
        let name = format!("{}-{}", metadata["name"].text(), self.name);
        metadata.set("name", name);
        metadata.set_default("namespace", "default");
        metadata.set("uid", hash.as_str());
        metadata.set("creationTimestamp", now.rfc3339());
        let annotations = &mut metadata["annotations"];
        annotations.set(HASH, hash);
        annotations.set(SEEN, now.rfc3339_micros());
        annotations.set(SOURCE, "file");
        pod["spec"].set("nodeName", &self.name);
        pod["spec"]["tolerations"].push(value!({ "effect": "NoExecute", "operator": "Exists" }));
        pod::KIND.fill(&mut pod);
        Some(pod)
    }

    /// Begins what has a manifest and does not run.
    fn start_statics(&mut self, now: Time) {
        for pod in self.statics.values() {
            let key = Key::of(self.kinds.pod, pod);
            if !self.workers.contains_key(&key) {
                let at = now + NOTICE;
                let mut worker = Box::new(Worker::new(pod, at));
                worker.is_static = true;
                worker.sync_at = Some(at);
                self.workers.insert(key.clone(), worker);
                self.due.insert((at, key));
            }
        }
    }

    fn stop_static(&mut self, pod: &Value, now: Time) {
        let key = Key::of(self.kinds.pod, pod);
        let Some(worker) = self.workers.get_mut(&key).filter(|worker| worker.is_static) else {
            return;
        };
        let grace = worker.pod["spec"]["terminationGracePeriodSeconds"].clone();
        let metadata = &mut worker.pod["metadata"];
        metadata.set("deletionTimestamp", now.rfc3339());
        metadata.set("deletionGracePeriodSeconds", grace);
        worker.want_sync(now + NOTICE);
        self.due.insert((now + NOTICE, key));
    }

    /// Sees what became of a mirror; says whether it was one.
    pub(super) fn see_mirror(&mut self, change: &Change, disks: &mut Disks, now: Time) -> bool {
        let Some(worker) = self.workers.get_mut(&change.key).filter(|worker| worker.is_static)
        else {
            return change.object()["metadata"]["annotations"].get(MIRROR).is_some();
        };
        let is_gone = change.new.is_none();
        if is_gone && worker.end == End::Over {
            if let Some(worker) = self.workers.remove(&change.key) {
                worker.volumes.tear_down(&worker.uid, disks);
            }
            self.start_statics(now);
        } else if is_gone || !change.object()["metadata"]["deletionTimestamp"].is_null() {
            // A mirror shows what runs; taking it away stops nothing.
            worker.pod["status"] = Value::Null;
            worker.want_sync(now + MIRROR_SYNC);
            self.due.insert((now + MIRROR_SYNC, change.key.clone()));
        }
        true
    }
}

impl Worker {
    /// The Pod as the API has it; a static Pod's mirror is made if it is not
    /// there.
    pub(super) fn in_api(&self, node: &mut Node<'_>) -> Option<Value> {
        let metadata = &self.pod["metadata"];
        let (namespace, name) = (metadata["namespace"].text(), metadata["name"].text());
        let found = node.api.get(node.kinds.pod, namespace, name).cloned();
        if !self.is_static {
            return found.filter(|pod| pod["metadata"]["uid"] == metadata["uid"]);
        }
        match found {
            Some(mirror) if is_mirror_of(&mirror, &self.uid) => Some(mirror),
            Some(_) => {
                // The next look, when it has gone, makes a new one.
                self.delete_mirror(node);
                None
            }
            None => self.make_mirror(node),
        }
    }

    fn make_mirror(&self, node: &mut Node<'_>) -> Option<Value> {
        let mut mirror = self.pod.clone();
        mirror.remove("status");
        let metadata = &mut mirror["metadata"];
        metadata.remove("uid");
        metadata["annotations"].set(MIRROR, &self.uid);
        let owner = node.api.get(node.kinds.node, "", node.name)?;
        let owner = value!({
            "apiVersion": "v1",
            "kind": "Node",
            "name": (node.name),
            "uid": &owner["metadata"]["uid"],
            "controller": true,
        });
        metadata.set("ownerReferences", Value::list(vec![owner]));
        let namespace = metadata["namespace"].text().to_owned();
        node.api.create(node.kinds.pod, &namespace, mirror, &WriteOptions::by("kubelet")).ok()
    }

    /// Takes the mirror of a static Pod out of the API.
    pub(super) fn delete_mirror(&self, node: &mut Node<'_>) {
        let metadata = &self.pod["metadata"];
        let options = DeleteOptions { grace_secs: Some(0), ..DeleteOptions::default() };
        let (namespace, name) = (metadata["namespace"].text(), metadata["name"].text());
        // Where there is none, all is well.
        let _ = node.api.delete(node.kinds.pod, namespace, name, &options);
    }
}

fn is_mirror_of(pod: &Value, hash: &Str) -> bool {
    let metadata = &pod["metadata"];
    *metadata["annotations"][MIRROR].text() == **hash && metadata["deletionTimestamp"].is_null()
}
