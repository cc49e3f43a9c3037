//! The cluster as the page knows it, and the questions views ask of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use podyard_engine::view::{
    Delta, Endpoint, Endpoints, Id, Item, Link, Node, Other, Pod, Service, Workload,
};

use super::places::Places;
use super::sums::Sums;

/// Everything that is drawn. Events are kept apart: they come often and move
/// nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Cluster {
    /// The machines.
    pub(crate) nodes: BTreeMap<Id, Arc<Node>>,
    /// The Pods.
    pub(crate) pods: BTreeMap<Id, Arc<Pod>>,
    /// What keeps Pods in number.
    pub(crate) workloads: BTreeMap<Id, Arc<Workload>>,
    /// The Services.
    pub(crate) services: BTreeMap<Id, Arc<Service>>,
    /// Where Services send requests.
    pub(crate) endpoints: BTreeMap<Id, Arc<Endpoints>>,
    /// What others use, or what acts on them.
    pub(crate) others: BTreeMap<Id, Arc<Other>>,
    /// Which slot each Pod has.
    pub(crate) places: Places,
    /// What Pods come to.
    pub(crate) sums: Sums,
    /// The machines that are switched off, by name.
    pub(crate) stopped: BTreeSet<String>,
}

/// The namespace of the cluster's own machinery.
pub(crate) const SYSTEM_NAMESPACE: &str = "kube-system";

impl Cluster {
    /// Takes over one difference; gives it back if it is no concern of this.
    pub(crate) fn apply(&mut self, delta: Delta) -> Option<Delta> {
        match delta {
            Delta::Gone(id) => return if self.remove(id) { None } else { Some(Delta::Gone(id)) },
            Delta::Set(id, item) => match *item {
                Item::Node(node) => drop(self.nodes.insert(id, Arc::new(node))),
                Item::Pod(pod) => {
                    self.places.enter(id, &pod);
                    self.sums.enter(&pod);
                    if let Some(before) = self.pods.insert(id, Arc::new(pod)) {
                        self.sums.leave(&before);
                    }
                }
                Item::Workload(workload) => drop(self.workloads.insert(id, Arc::new(workload))),
                Item::Service(service) => drop(self.services.insert(id, Arc::new(service))),
                Item::Endpoints(slice) => drop(self.endpoints.insert(id, Arc::new(slice))),
                Item::Other(other) => drop(self.others.insert(id, Arc::new(other))),
                event @ Item::Event(_) => return Some(Delta::Set(id, Box::new(event))),
            },
        }
        None
    }

    fn remove(&mut self, id: Id) -> bool {
        self.places.leave(id);
        if let Some(pod) = self.pods.remove(&id) {
            self.sums.leave(&pod);
            return true;
        }
        self.workloads.remove(&id).is_some()
            || self.services.remove(&id).is_some()
            || self.endpoints.remove(&id).is_some()
            || self.others.remove(&id).is_some()
            || self.nodes.remove(&id).is_some()
    }

    /// The machines, control plane first, then by name.
    pub(crate) fn nodes_in_order(&self) -> Vec<(Id, &Node)> {
        let mut nodes: Vec<_> = self.nodes.iter().map(|(id, node)| (*id, &**node)).collect();
        nodes.sort_by(|(_, a), (_, b)| {
            (!a.control_plane, natural(&a.name)).cmp(&(!b.control_plane, natural(&b.name)))
        });
        nodes
    }

    /// The revision a Pod's template has in its Deployment's history; 0 for a
    /// Pod without one.
    pub(crate) fn revision_of(&self, pod: &Pod) -> i64 {
        self.owner_of(pod).map_or(0, |owner| owner.revision)
    }

    /// The controller of a Pod.
    pub(crate) fn owner_of(&self, pod: &Pod) -> Option<&Workload> {
        self.workloads.get(&pod.owner?).map(|workload| &**workload)
    }

    /// The workloads that nobody else controls, by namespace and name.
    pub(crate) fn roots(&self) -> Vec<(Id, &Workload)> {
        let is_root = |workload: &Workload| {
            workload.owner.is_none_or(|owner| !self.workloads.contains_key(&owner))
        };
        let roots = self.workloads.iter().map(|(id, workload)| (*id, &**workload));
        let mut roots: Vec<_> = roots.filter(|(_, workload)| is_root(workload)).collect();
        roots.sort_by_key(|(id, root)| (root.namespace.clone(), root.name.clone(), *id));
        roots
    }

    /// The workloads that `owner` controls, newest revision first.
    pub(crate) fn children(&self, owner: Id) -> Vec<(Id, &Workload)> {
        let all = self.workloads.iter().map(|(id, workload)| (*id, &**workload));
        let mut children: Vec<_> =
            all.filter(|(_, workload)| workload.owner == Some(owner)).collect();
        children.sort_by_key(|(id, child)| (-child.revision, *id));
        children
    }

    /// The workload at the top of an object's chain of owners.
    pub(crate) fn root_of(&self, id: Id) -> Option<Id> {
        let mut top = self.pods.get(&id).map_or(Some(id), |pod| pod.owner)?;
        self.workloads.get(&top)?;
        while let Some(owner) = self.workloads.get(&top).and_then(|workload| workload.owner) {
            if !self.workloads.contains_key(&owner) {
                break;
            }
            top = owner;
        }
        Some(top)
    }

    /// Everything that has to do with an object: what it owns and what owns
    /// it, what it serves and what serves it, where it runs and what runs
    /// there.
    pub(crate) fn related(&self, id: Id) -> BTreeSet<Id> {
        let mut related = BTreeSet::from([id]);
        let ends = |service: &Service| {
            self.endpoints_of(service).into_iter().filter_map(|end| end.pod).collect::<Vec<_>>()
        };
        if let Some(service) = self.services.get(&id) {
            related.extend(ends(service));
        } else if let Some(node) = self.nodes.get(&id) {
            related.extend(
                self.pods.iter().filter(|(_, pod)| pod.node == node.name).map(|(id, _)| *id),
            );
        } else if let Some(pod) = self.pods.get(&id) {
            related.extend(pod.owner);
            related.extend(self.root_of(id));
            let serving = self.services.iter().filter(|(_, service)| ends(service).contains(&id));
            related.extend(serving.map(|(id, _)| *id));
        } else if let Some(workload) = self.workloads.get(&id) {
            related.extend(workload.owner);
            related.extend(self.children(id).into_iter().map(|(id, _)| id));
            let owned = self
                .pods
                .iter()
                .filter(|(own, pod)| pod.owner == Some(id) || self.root_of(**own) == Some(id));
            related.extend(owned.map(|(id, _)| *id));
        }
        related
    }

    /// The object that a path such as `Service/default/web` or `Node/worker`
    /// means.
    pub(crate) fn named(&self, path: &str) -> Option<Id> {
        let parts: Vec<&str> = path.split('/').collect();
        match *parts.as_slice() {
            ["Pod", namespace, name] => {
                let is = |pod: &Pod| pod.namespace == namespace && pod.name == name;
                self.pods.iter().find(|(_, pod)| is(pod)).map(|(id, _)| *id)
            }
            ["Node", name] => {
                self.nodes.iter().find(|(_, node)| node.name == name).map(|(id, _)| *id)
            }
            [kind, namespace, name] => {
                let link = Link { kind: kind.to_owned(), name: name.to_owned() };
                self.linked(namespace, &link)
            }
            _ => None,
        }
    }

    /// The object that a link in `namespace` means.
    pub(crate) fn linked(&self, namespace: &str, link: &Link) -> Option<Id> {
        let is = |kind: &str, own: &str, name: &str| {
            kind == link.kind && own == namespace && name == link.name
        };
        let other = self.others.iter().find(|(_, own)| is(&own.kind, &own.namespace, &own.name));
        let service =
            || self.services.iter().find(|(_, own)| is("Service", &own.namespace, &own.name));
        let workload =
            || self.workloads.iter().find(|(_, own)| is(&own.kind, &own.namespace, &own.name));
        other
            .map(|(id, _)| *id)
            .or_else(|| service().map(|(id, _)| *id))
            .or_else(|| workload().map(|(id, _)| *id))
    }

    /// The endpoints of a Service, over all of its slices.
    pub(crate) fn endpoints_of(&self, service: &Service) -> Vec<&Endpoint> {
        let slices = self
            .endpoints
            .values()
            .filter(|slice| slice.service == service.name && slice.namespace == service.namespace);
        slices.flat_map(|slice| &slice.endpoints).collect()
    }

    /// The ports that a Service has on every node.
    pub(crate) fn node_ports(&self, id: Id) -> Vec<i64> {
        let ports = self.services.get(&id).map(|service| service.ports.iter());
        ports.into_iter().flatten().map(|port| port.node_port).filter(|port| *port > 0).collect()
    }

    /// What an object is called, by kind, namespace and name.
    pub(crate) fn reference(&self, id: Id) -> Option<Reference> {
        let of = |kind: &str, namespace: &str, name: &str| Reference {
            kind: kind.to_owned(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        };
        let node = || self.nodes.get(&id).map(|node| of("Node", "", &node.name));
        let pod = || self.pods.get(&id).map(|pod| of("Pod", &pod.namespace, &pod.name));
        let service = || {
            self.services.get(&id).map(|service| of("Service", &service.namespace, &service.name))
        };
        let workload = || {
            let workload = self.workloads.get(&id)?;
            Some(of(&workload.kind, &workload.namespace, &workload.name))
        };
        let other = || self.others.get(&id).map(|own| of(&own.kind, &own.namespace, &own.name));
        pod().or_else(workload).or_else(service).or_else(node).or_else(other)
    }

    /// The object of a kind and name, however the kind is written; any of the
    /// kind if the name is empty.
    pub(crate) fn find(&self, kind: &str, name: &str) -> Option<Id> {
        let ids = self.pods.keys().chain(self.workloads.keys());
        let mut ids = ids.chain(self.services.keys()).chain(self.nodes.keys()).copied();
        let kind = kind.to_ascii_lowercase();
        let kind = kind.strip_suffix('s').unwrap_or(&kind);
        ids.find(|id| {
            let found = self.reference(*id);
            found.is_some_and(|found| {
                found.kind.eq_ignore_ascii_case(kind) && (name.is_empty() || found.name == name)
            })
        })
    }

    /// Whether nothing here was made by the learner. Every cluster is born
    /// with the Service `kubernetes`.
    pub(crate) fn is_untouched(&self) -> bool {
        let own = |namespace: &str| namespace != SYSTEM_NAMESPACE;
        self.sums.pods(false) == 0
            && !self.workloads.values().any(|workload| own(&workload.namespace))
            && !self
                .services
                .values()
                .any(|service| own(&service.namespace) && !is_builtin(service))
    }

    /// Something that differs whenever the object looks different.
    pub(crate) fn fingerprint(&self, id: Id) -> Option<Item> {
        let pod = || self.pods.get(&id).map(|pod| Item::Pod((**pod).clone()));
        let workload = || self.workloads.get(&id).map(|one| Item::Workload((**one).clone()));
        let service = || self.services.get(&id).map(|one| Item::Service((**one).clone()));
        let node = || self.nodes.get(&id).map(|one| Item::Node((**one).clone()));
        let other = || self.others.get(&id).map(|one| Item::Other((**one).clone()));
        pod().or_else(workload).or_else(service).or_else(node).or_else(other)
    }
}

/// Whether a Service is the API server's own.
pub(crate) fn is_builtin(service: &Service) -> bool {
    service.namespace == "default" && service.name == "kubernetes"
}

/// Kind, namespace and name of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    /// The kind, as manifests write it.
    pub(crate) kind: String,
    /// The namespace, or empty.
    pub(crate) namespace: String,
    /// The name.
    pub(crate) name: String,
}

impl Reference {
    /// The arguments that make kubectl find the object.
    pub(crate) fn arguments(&self) -> String {
        let kind = self.kind.to_lowercase();
        match self.namespace.as_str() {
            "" | "default" => format!("{kind} {}", self.name),
            namespace => format!("{kind} {} -n {namespace}", self.name),
        }
    }
}

/// Sorts `worker-10` after `worker-9`, and `worker` before `worker2`.
fn natural(name: &str) -> (String, u64) {
    let digits = name.bytes().rev().take_while(u8::is_ascii_digit).count();
    let (stem, number) = name.split_at(name.len() - digits);
    (stem.to_owned(), number.parse().unwrap_or_default())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A cluster of one Deployment with two revisions on two nodes.
    pub(crate) fn sample() -> Cluster {
        let mut view = podyard_engine::view::View::default();
        for (kind, object) in objects() {
            view.observe(kind, &object);
        }
        let mut cluster = Cluster::default();
        for delta in view.take_deltas() {
            assert_eq!(cluster.apply(delta), None);
        }
        cluster
    }

    fn objects() -> Vec<(&'static str, podyard_engine::value::Value)> {
        use podyard_engine::value;
        let set = |uid: &str, revision: &str| {
            value!({
                "metadata": {
                    "name": (format!("web-{uid}")), "namespace": "default", "uid": uid,
                    "annotations": { "deployment.kubernetes.io/revision": revision },
                    "ownerReferences": [{ "controller": true, "uid": "web" }],
                },
            })
        };
        let pod = |uid: &str, owner: &str, node: &str| {
            value!({
                "metadata": {
                    "name": uid, "namespace": "default", "uid": uid,
                    "ownerReferences": [{ "controller": true, "uid": owner }],
                },
                "spec": { "nodeName": node },
                "status": { "phase": "Running" },
            })
        };
        let node = |name: &str| value!({ "metadata": { "name": name, "uid": name } });
        vec![
            ("Node", node("worker2")),
            ("Node", node("worker")),
            ("Node", node("worker10")),
            (
                "Deployment",
                value!({ "metadata": { "name": "web", "namespace": "default", "uid": "web" } }),
            ),
            ("ReplicaSet", set("old", "1")),
            ("ReplicaSet", set("new", "2")),
            ("Pod", pod("a", "old", "worker")),
            ("Pod", pod("b", "new", "worker2")),
            ("Pod", pod("c", "new", "")),
        ]
    }

    #[test]
    fn nodes_are_in_the_order_a_person_counts() {
        let cluster = sample();
        let names: Vec<_> = cluster.nodes_in_order().iter().map(|(_, node)| &*node.name).collect();
        assert_eq!(names, ["worker", "worker2", "worker10"]);
    }

    #[test]
    fn ownership_runs_from_deployment_to_pod() {
        let cluster = sample();
        let roots = cluster.roots();
        let (web, _) = roots.first().expect("one root");
        let sets: Vec<_> = cluster.children(*web).iter().map(|(_, set)| &*set.name).collect();
        assert_eq!(sets, ["web-new", "web-old"]);
        let revisions: Vec<_> = cluster.pods.values().map(|pod| cluster.revision_of(pod)).collect();
        assert_eq!(revisions, [1, 2, 2]);
    }

    #[test]
    fn a_reference_reads_as_kubectl_wants_it() {
        let reference = |namespace: &str| Reference {
            kind: "ReplicaSet".to_owned(),
            namespace: namespace.to_owned(),
            name: "web".to_owned(),
        };
        assert_eq!(reference("default").arguments(), "replicaset web");
        assert_eq!(reference("shop").arguments(), "replicaset web -n shop");
    }
}
