//! Which kinds are served, and where to find each.

use std::collections::BTreeMap;

use crate::api::Kind;
use crate::api::registry::KINDS;
use crate::store::KindId;
use crate::value::Value;

/// The kinds that the server serves, each with its number.
#[derive(Debug, Clone)]
pub struct Registry {
    pub(super) kinds: Vec<&'static Kind>,
    /// The number of each kind by its name and group: the first of several.
    named: BTreeMap<(&'static str, &'static str), KindId>,
    /// The specs of the CustomResourceDefinitions whose kinds are served.
    pub(super) definitions: BTreeMap<String, Value>,
}

/// The place of a kind that is served no longer.
pub(super) static NO_KIND: Kind = Kind::BASE;

impl Default for Registry {
    fn default() -> Self {
        let mut registry =
            Self { kinds: KINDS.to_vec(), named: BTreeMap::new(), definitions: BTreeMap::new() };
        registry.index();
        registry
    }
}

impl Registry {
    /// The kind numbered `id`.
    pub fn kind(&self, id: KindId) -> &'static Kind {
        self.kinds.get(usize::from(id.0)).copied().unwrap_or(&NO_KIND)
    }

    /// Every kind with its number, in the order of discovery.
    pub fn iter(&self) -> impl Iterator<Item = (KindId, &'static Kind)> {
        let numbered = (0_u16..).map(KindId).zip(self.kinds.iter().copied());
        numbered.filter(|(_, kind)| !kind.plural.is_empty())
    }

    /// Serves `kind` from now on; returns its number.
    pub(super) fn add(&mut self, kind: &'static Kind) -> KindId {
        let id = KindId(u16::try_from(self.kinds.len()).unwrap_or(u16::MAX));
        self.kinds.push(kind);
        self.index();
        id
    }

    /// Puts `kind` in the place of the one numbered `id`.
    pub(super) fn replace(&mut self, id: KindId, kind: &'static Kind) {
        if let Some(place) = self.kinds.get_mut(usize::from(id.0)) {
            *place = kind;
        }
    }

    /// The number of the kind in whose shape objects of this one are stored.
    pub fn stored(&self, id: KindId) -> KindId {
        let Some(stored) = &self.kind(id).stored_as else { return id };
        self.find(|kind| std::ptr::eq(kind, stored.kind)).unwrap_or(id)
    }

    /// The kind called `plural` in a group and version.
    pub fn by_plural(&self, group: &str, version: &str, plural: &str) -> Option<KindId> {
        self.find(|kind| kind.group == group && kind.version == version && kind.plural == plural)
    }

    /// The kind called `name` (as `Deployment`) in a group.
    pub fn by_kind(&self, group: &str, name: &str) -> Option<KindId> {
        self.named.get(&(name, group)).copied()
    }

    /// Notes where each kind is, after the kinds have changed.
    pub(super) fn index(&mut self) {
        let mut named = BTreeMap::new();
        for (id, kind) in self.iter() {
            named.entry((kind.kind, kind.group)).or_insert(id);
        }
        self.named = named;
    }

    fn find(&self, wanted: impl Fn(&Kind) -> bool) -> Option<KindId> {
        self.iter().find(|(_, kind)| wanted(kind)).map(|(id, _)| id)
    }
}

/// The numbers of the kinds that the cluster's components work with.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each field is the number of the kind it is called after")]
pub struct Kinds {
    pub namespace: KindId,
    pub node: KindId,
    pub pod: KindId,
    pub service: KindId,
    pub endpoints: KindId,
    pub endpoint_slice: KindId,
    pub event: KindId,
    pub config_map: KindId,
    pub secret: KindId,
    pub service_account: KindId,
    pub lease: KindId,
    pub limit_range: KindId,
    pub resource_quota: KindId,
    pub priority_class: KindId,
    pub deployment: KindId,
    pub replica_set: KindId,
    pub replication_controller: KindId,
    pub daemon_set: KindId,
    pub stateful_set: KindId,
    pub controller_revision: KindId,
    pub job: KindId,
    pub cron_job: KindId,
    pub autoscaler: KindId,
    pub disruption_budget: KindId,
    pub volume: KindId,
    pub volume_claim: KindId,
    pub storage_class: KindId,
    pub ingress: KindId,
    pub ingress_class: KindId,
    pub network_policy: KindId,
    pub cluster_role: KindId,
    pub cluster_role_binding: KindId,
    pub role: KindId,
    pub role_binding: KindId,
}

impl Kinds {
    /// Looks the numbers up once.
    pub fn new(registry: &Registry) -> Self {
        let find = |group: &str, kind: &str| {
            let found = registry.by_kind(group, kind);
            found.unwrap_or_else(|| unreachable!("the registry has {kind}"))
        };
        Self {
            namespace: find("", "Namespace"),
            node: find("", "Node"),
            pod: find("", "Pod"),
            service: find("", "Service"),
            endpoints: find("", "Endpoints"),
            endpoint_slice: find("discovery.k8s.io", "EndpointSlice"),
            event: find("", "Event"),
            config_map: find("", "ConfigMap"),
            secret: find("", "Secret"),
            service_account: find("", "ServiceAccount"),
            lease: find("coordination.k8s.io", "Lease"),
            limit_range: find("", "LimitRange"),
            resource_quota: find("", "ResourceQuota"),
            priority_class: find("scheduling.k8s.io", "PriorityClass"),
            deployment: find("apps", "Deployment"),
            replica_set: find("apps", "ReplicaSet"),
            replication_controller: find("", "ReplicationController"),
            daemon_set: find("apps", "DaemonSet"),
            stateful_set: find("apps", "StatefulSet"),
            controller_revision: find("apps", "ControllerRevision"),
            job: find("batch", "Job"),
            cron_job: find("batch", "CronJob"),
            autoscaler: find("autoscaling", "HorizontalPodAutoscaler"),
            disruption_budget: find("policy", "PodDisruptionBudget"),
            volume: find("", "PersistentVolume"),
            volume_claim: find("", "PersistentVolumeClaim"),
            storage_class: find("storage.k8s.io", "StorageClass"),
            ingress: find("networking.k8s.io", "Ingress"),
            ingress_class: find("networking.k8s.io", "IngressClass"),
            network_policy: find("networking.k8s.io", "NetworkPolicy"),
            cluster_role: find("rbac.authorization.k8s.io", "ClusterRole"),
            cluster_role_binding: find("rbac.authorization.k8s.io", "ClusterRoleBinding"),
            role: find("rbac.authorization.k8s.io", "Role"),
            role_binding: find("rbac.authorization.k8s.io", "RoleBinding"),
        }
    }
}
