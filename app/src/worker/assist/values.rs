//! The values that may be written at the cursor: those that the schema lists,
//! and the names of what a field refers to.

use std::collections::BTreeSet;

use podyard_engine::api::registry::KINDS;
use podyard_engine::schema::{Place, Shape};

use super::keys::quoted;
use super::{Desk, plain};
use crate::protocol::{About, Proposal};

/// Which fields hold names, and of which kind: the type that has the field,
/// the field, the kind.
pub(super) const REFERENCES: [(&str, &str, &str); 22] = [
    ("apps/v1.StatefulSetSpec", "serviceName", "Service"),
    ("networking/v1.IngressServiceBackend", "name", "Service"),
    ("networking/v1.IngressSpec", "ingressClassName", "IngressClass"),
    ("core/v1.ConfigMapKeySelector", "name", "ConfigMap"),
    ("core/v1.ConfigMapEnvSource", "name", "ConfigMap"),
    ("core/v1.ConfigMapVolumeSource", "name", "ConfigMap"),
    ("core/v1.ConfigMapProjection", "name", "ConfigMap"),
    ("core/v1.SecretKeySelector", "name", "Secret"),
    ("core/v1.SecretEnvSource", "name", "Secret"),
    ("core/v1.SecretProjection", "name", "Secret"),
    ("core/v1.SecretVolumeSource", "secretName", "Secret"),
    ("core/v1.LocalObjectReference", "name", "Secret"),
    ("networking/v1.IngressTLS", "secretName", "Secret"),
    ("core/v1.PersistentVolumeClaimVolumeSource", "claimName", "PersistentVolumeClaim"),
    ("core/v1.PersistentVolumeClaimSpec", "storageClassName", "StorageClass"),
    ("core/v1.PersistentVolumeClaimSpec", "volumeName", "PersistentVolume"),
    ("core/v1.PodSpec", "serviceAccountName", "ServiceAccount"),
    ("core/v1.PodSpec", "nodeName", "Node"),
    ("core/v1.PodSpec", "priorityClassName", "PriorityClass"),
    ("core/v1.PodSpec", "runtimeClassName", "RuntimeClass"),
    ("rbac/v1.Subject", "namespace", "Namespace"),
    ("meta/v1.ObjectMeta", "namespace", "Namespace"),
];

impl Desk<'_> {
    /// What may stand where a value is being typed.
    pub(super) fn values(&self) -> Vec<Proposal> {
        match self.spot.path.as_slice() {
            [field] if field == "kind" => self.kinds(),
            [field] if field == "apiVersion" => self.versions(),
            path => self.choices(path),
        }
    }

    /// The values that the field or item at `path` may have.
    pub(super) fn choices(&self, path: &[String]) -> Vec<Proposal> {
        let referred = self.references(path);
        if !referred.is_empty() {
            return referred
                .into_iter()
                .map(|name| plain(quoted_name(&name), About::Name))
                .collect();
        }
        let Some(Place::Other(own)) = self.place(path) else { return Vec::new() };
        if matches!(own.shape, Shape::Bool) {
            return ["true", "false"].map(|value| plain(value, About::Value)).into();
        }
        own.values.iter().map(|value| plain(quoted(value), About::Value)).collect()
    }

    /// The names that a field may refer to.
    fn references(&self, path: &[String]) -> BTreeSet<String> {
        if let Some((key, outer)) = path.split_last() {
            let labels = self.labels_at(outer).into_iter();
            let values: BTreeSet<String> =
                labels.filter(|(own, _)| own == key).map(|(_, value)| value).collect();
            if !values.is_empty() {
                return values;
            }
        }
        let Some((own, name)) = self.owner(path) else { return BTreeSet::new() };
        let beside = |field: &str| {
            let mut path = path.to_vec();
            path.pop();
            path.push(field.to_owned());
            let steps: Vec<&str> = path.iter().map(String::as_str).collect();
            self.outline.value(&steps).to_owned()
        };
        match (own.name, name) {
            ("core/v1.VolumeMount", "name") => self.volumes(path),
            ("core/v1.ConfigMapKeySelector", "key") => {
                self.known.data_keys("ConfigMap", &beside("name"))
            }
            ("core/v1.SecretKeySelector", "key") => self.known.data_keys("Secret", &beside("name")),
            ("autoscaling/v2.CrossVersionObjectReference", "name") => {
                self.known.names(&beside("kind"))
            }
            ("rbac/v1.RoleRef" | "rbac/v1.Subject", "name") => self.known.names(&beside("kind")),
            ("core/v1.ServicePort", "targetPort") => self.known.container_ports(),
            (own, name) => {
                let found = REFERENCES.iter().find(|(of, field, _)| (*of, *field) == (own, name));
                found.map(|(.., kind)| self.known.names(kind)).unwrap_or_default()
            }
        }
    }

    /// The volumes of the Pod around a path.
    fn volumes(&self, path: &[String]) -> BTreeSet<String> {
        let pod = path.iter().rposition(|step| step.to_lowercase().ends_with("containers"));
        let Some(outer) = pod.and_then(|pod| path.get(..pod)) else { return BTreeSet::new() };
        let names = self.outline.rows.iter().filter(|row| match row.path.strip_prefix(outer) {
            Some([volumes, _, name]) => volumes == "volumes" && name == "name",
            _ => false,
        });
        names.map(|row| row.value.clone()).filter(|name| !name.is_empty()).collect()
    }

    /// The labels that the map at `path` chooses from.
    pub(super) fn labels_at(&self, path: &[String]) -> BTreeSet<(String, String)> {
        match self.owner(path).map(|(own, field)| (own.name, field)) {
            Some(
                ("core/v1.ServiceSpec" | "core/v1.ReplicationControllerSpec", "selector")
                | ("meta/v1.LabelSelector", "matchLabels")
                | ("meta/v1.ObjectMeta", "labels"),
            ) => self.known.pod_labels().into_iter().chain(self.wanted_labels()).collect(),
            Some(("core/v1.PodSpec", "nodeSelector")) => self.known.node_labels(),
            _ => BTreeSet::new(),
        }
    }

    /// The labels that this document's own selector asks for.
    fn wanted_labels(&self) -> Vec<(String, String)> {
        let wanted = self.outline.rows.iter().filter(|row| row.line != self.line);
        let wanted = wanted.filter_map(|row| match row.path.as_slice() {
            [.., match_labels, key] if match_labels == "matchLabels" => Some((key, &row.value)),
            _ => None,
        });
        wanted
            .filter(|(_, value)| !value.is_empty())
            .map(|(key, value)| (key.clone(), value.trim_matches(['"', '\'']).to_owned()))
            .collect()
    }

    /// All kinds that a person writes; those of the version that is there.
    fn kinds(&self) -> Vec<Proposal> {
        let version = self.outline.value(&["apiVersion"]);
        let is_written = |verbs: &[&str]| verbs.contains(&"delete");
        let fits = |own: &String| version.is_empty() || own == version;
        let kinds = KINDS.iter().filter(|own| is_written(own.verbs) && fits(&own.api_version()));
        let names: BTreeSet<&str> = kinds.map(|own| own.kind).collect();
        names.into_iter().map(|name| plain(name, About::Value)).collect()
    }

    /// All versions; those of the kind that is there.
    fn versions(&self) -> Vec<Proposal> {
        let kind = self.outline.value(&["kind"]);
        let mut fitting: Vec<String> = Vec::new();
        for own in KINDS.iter().filter(|own| kind.is_empty() || own.kind == kind) {
            let version = own.api_version();
            if !fitting.contains(&version) {
                fitting.push(version);
            }
        }
        fitting.into_iter().map(|version| plain(version, About::Value)).collect()
    }
}

/// A name as YAML reads it back as text; numbers of ports stay numbers.
fn quoted_name(name: &str) -> String {
    if name.bytes().all(|byte| byte.is_ascii_digit()) { name.to_owned() } else { quoted(name) }
}
