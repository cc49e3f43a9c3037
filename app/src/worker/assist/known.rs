//! The objects that a manifest can refer to: those of the cluster, and those
//! that the editor's files will make.

use std::collections::BTreeSet;

use podyard_engine::apiserver::ApiServer;
use podyard_engine::value::Value;

use super::outline::{Outline, Row};
use crate::protocol::File;

/// More Pods than this are not read for their labels.
const MAX_PODS: usize = 2_000;
/// What a controller adds to the labels of its Pods.
const ADDED_LABELS: [&str; 4] = [
    "pod-template-hash",
    "controller-revision-hash",
    "pod-template-generation",
    "statefulset.kubernetes.io/pod-name",
];

/// What there is to refer to.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) api: &'a ApiServer,
    pub(super) files: &'a [File],
}

impl Known<'_> {
    /// The names of all objects of a kind, those of the cluster's own
    /// namespaces apart.
    pub(super) fn names(&self, kind: &str) -> BTreeSet<String> {
        let name = |object: &Value| object.at(&["metadata", "name"]).text().to_owned();
        let mut names: BTreeSet<String> =
            self.objects(kind).filter(|object| is_own(object)).map(name).collect();
        for outline in self.documents().iter().filter(|own| own.value(&["kind"]) == kind) {
            names.insert(outline.value(&["metadata", "name"]).to_owned());
        }
        names.remove("");
        names
    }

    /// The keys of the data of a ConfigMap or Secret.
    pub(super) fn data_keys(&self, kind: &str, name: &str) -> BTreeSet<String> {
        let mut keys = BTreeSet::new();
        let named = self.objects(kind).filter(|own| own.at(&["metadata", "name"]).text() == name);
        for object in named {
            keys.extend(object["data"].entries().map(|(key, _)| key.as_str().to_owned()));
        }
        for outline in self.documents() {
            if outline.value(&["kind"]) == kind && outline.value(&["metadata", "name"]) == name {
                for field in ["data", "stringData"] {
                    let own = outline.fields_below(&[field.to_owned()], usize::MAX);
                    keys.extend(own.into_iter().map(str::to_owned));
                }
            }
        }
        keys
    }

    /// The labels that Pods have, or will have, key by key.
    pub(super) fn pod_labels(&self) -> BTreeSet<(String, String)> {
        let pods = self.objects("Pod").filter(|pod| is_own(pod)).take(MAX_PODS);
        let mut labels: BTreeSet<(String, String)> = pods.flat_map(labels_of).collect();
        for outline in self.documents() {
            let is_pod = outline.value(&["kind"]) == "Pod";
            labels.extend(outline.rows.iter().filter_map(|row| label_of(row, is_pod)));
        }
        labels.retain(|(key, _)| !ADDED_LABELS.contains(&key.as_str()));
        labels
    }

    /// The labels that nodes have.
    pub(super) fn node_labels(&self) -> BTreeSet<(String, String)> {
        self.objects("Node").flat_map(labels_of).collect()
    }

    /// The ports that containers listen on: names and numbers.
    pub(super) fn container_ports(&self) -> BTreeSet<String> {
        let documents = self.documents();
        let rows = documents.iter().flat_map(|outline| &outline.rows);
        let ports = rows.filter(|row| match row.path.as_slice() {
            [.., ports, _, field] => ports == "ports" && field == "containerPort",
            _ => false,
        });
        ports.map(|row| row.value.clone()).collect()
    }

    /// The objects of a kind, in all namespaces.
    pub(super) fn objects(&self, kind: &str) -> impl Iterator<Item = &Value> {
        let found = self.api.registry().iter().find(|(_, row)| row.kind == kind);
        let all = found.map(|(id, _)| self.api.list(self.api.registry().stored(id), ""));
        all.into_iter().flatten()
    }

    fn documents(&self) -> Vec<Outline> {
        self.files.iter().flat_map(|file| Outline::all(&file.text)).collect()
    }
}

/// Whether an object is a person's own.
fn is_own(object: &Value) -> bool {
    let namespace = object.at(&["metadata", "namespace"]).text();
    !matches!(namespace, "kube-system" | "kube-public" | "kube-node-lease")
}

fn labels_of(object: &Value) -> Vec<(String, String)> {
    let labels = object.at(&["metadata", "labels"]).entries();
    labels.map(|(key, value)| (key.as_str().to_owned(), value.text().to_owned())).collect()
}

/// The label of a Pod, or of a template of Pods, that a row holds.
fn label_of(row: &Row, is_pod: bool) -> Option<(String, String)> {
    let (key, outer) = row.path.split_last()?;
    let holds = match outer {
        [.., template, metadata, labels] => {
            template == "template" && metadata == "metadata" && labels == "labels"
        }
        [metadata, labels] => is_pod && metadata == "metadata" && labels == "labels",
        _ => false,
    };
    let value = row.value.trim_matches(['"', '\'']).to_owned();
    (holds && !value.is_empty()).then(|| (key.clone(), value))
}
