//! Each filter's verdict on one node, and the words it is told in.
//!
//! The expectations are those of the plugins' own tests upstream
//! (`pkg/scheduler/framework/plugins/*/*_test.go`).

use super::nodes::Nodes;
use super::plugins::Cycle;
use super::pod_info::PodInfo;
use super::watched::Watched;
use crate::apiserver::{Kinds, Registry};
use crate::informer::Cache;
use crate::store::{Change, Key, KindId};
use crate::value;
use crate::value::Value;

/// A node `n1` beside a plain one, Pods that are there, and more objects.
#[derive(Default)]
struct World {
    node: Value,
    pods: Vec<(&'static str, Value)>,
    objects: Objects,
}

/// Objects, each with what picks its kind.
type Objects = Vec<(fn(&Kinds) -> KindId, Value)>;

fn node(name: &str, more: &Value) -> Value {
    let mut node = value!({
        "metadata": { "name": name, "labels": { "kubernetes.io/hostname": name } },
        "status": { "allocatable": { "cpu": "2", "memory": "4Gi", "pods": "3" } },
    });
    for (key, label) in more["labels"].entries() {
        node["metadata"]["labels"].set(key, label);
    }
    if !more["spec"].is_null() {
        node.set("spec", &more["spec"]);
    }
    node
}

fn pod(name: &str, more: &Value) -> (Key, Value) {
    let mut pod = value!({ "metadata": { "name": name, "namespace": "default", "uid": name } });
    pod["metadata"].set("labels", &more["labels"]);
    pod.set("spec", &more["spec"]);
    (Key::new(KindId(0), "default", name), pod)
}

/// What the filters say of `n1`: nothing, or plugin and reasons.
fn verdict(world: &World, wanted: &Value) -> String {
    let kinds = Kinds::new(&Registry::default());
    let mut cache = Cache::default();
    for (kind, object) in &world.objects {
        let key = Key::of(kind(&kinds), object);
        let new = Some(object.clone());
        let at = crate::sim::Time::default();
        cache.apply(&Change { revision: 1, at, key, old: None, new });
    }
    let watched = Watched { cache: &cache, kinds: &kinds };
    let mut nodes = Nodes::default();
    nodes.set(&"n1".into(), Some(&node("n1", &world.node)));
    nodes.set(&"n2".into(), Some(&node("n2", &value!({ "labels": { "zone": "b" } }))));
    nodes.arrange();
    for (index, (place, more)) in world.pods.iter().enumerate() {
        let (key, pod) = pod(&format!("p{index}"), more);
        nodes.add(PodInfo::of(&key, &pod), &(*place).into(), watched);
    }
    let (key, pod) = pod("wanted", wanted);
    let info = PodInfo::of(&key, &pod);
    let place = nodes.place("n1").expect("n1 is there");
    let told = Cycle::begin(&info, &nodes, watched)
        .and_then(|cycle| cycle.filter(place, nodes.get(place).expect("n1 is there")));
    match told {
        Ok(()) => "fits".to_owned(),
        Err(rejection) => {
            let stays = if rejection.for_good { " (for good)" } else { "" };
            let reasons = rejection.reason.texts().join(", ");
            format!("{}{stays}: {reasons}", rejection.plugin.name())
        }
    }
}

fn check(world: &World, wanted: &Value, expected: &str) {
    assert_eq!(verdict(world, wanted), expected, "{}", wanted.to_json());
}

fn asks(requests: Value) -> Value {
    value!({ "spec": { "containers": [{ "resources": { "requests": requests } }] } })
}

#[test]
fn closed_and_tainted_nodes_refuse_who_does_not_bear_them() {
    let closed = World { node: value!({ "spec": { "unschedulable": true } }), ..World::default() };
    check(&closed, &value!({}), "NodeUnschedulable (for good): node(s) were unschedulable");
    let bears = value!({ "key": "node.kubernetes.io/unschedulable", "operator": "Exists" });
    check(&closed, &value!({ "spec": { "tolerations": [bears] } }), "fits");
    let taint = value!({ "key": "dedicated", "value": "db", "effect": "NoSchedule" });
    let tainted = World { node: value!({ "spec": { "taints": [taint] } }), ..World::default() };
    check(
        &tainted,
        &value!({}),
        "TaintToleration (for good): node(s) had untolerated taint {dedicated: db}",
    );
    let bears = value!({ "key": "dedicated", "value": "db" });
    check(&tainted, &value!({ "spec": { "tolerations": [bears] } }), "fits");
}

#[test]
fn names_labels_and_fields_choose_nodes() {
    let world =
        World { node: value!({ "labels": { "disk": "ssd", "size": "8" } }), ..World::default() };
    let other = "NodeAffinity (for good): node(s) didn't match Pod's node affinity/selector";
    check(&world, &value!({ "spec": { "nodeSelector": { "disk": "ssd" } } }), "fits");
    check(&world, &value!({ "spec": { "nodeSelector": { "disk": "hdd" } } }), other);
    check(
        &world,
        &value!({ "spec": { "nodeName": "n2" } }),
        "NodeName (for good): node(s) didn't match the requested node name",
    );
    for (key, operator, values, expected) in [
        ("disk", "In", vec!["ssd", "nvme"], "fits"),
        ("disk", "NotIn", vec!["ssd"], other),
        ("gpu", "NotIn", vec!["a"], "fits"),
        ("gpu", "Exists", vec![], other),
        ("gpu", "DoesNotExist", vec![], "fits"),
        ("size", "Gt", vec!["7"], "fits"),
        ("size", "Lt", vec!["8"], other),
    ] {
        let expression = value!({ "key": key, "operator": operator, "values": values });
        check(&world, &requires(&value!({ "matchExpressions": [expression] })), expected);
    }
    let field = |name: &str| value!({ "matchFields": [{ "key": "metadata.name", "operator": "In", "values": [name] }] });
    check(&world, &requires(&field("n1")), "fits");
    check(&world, &requires(&field("n2")), other);
}

fn requires(term: &Value) -> Value {
    value!({ "spec": { "affinity": { "nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": { "nodeSelectorTerms": [term] },
    } } } })
}

#[test]
fn a_node_must_have_room() {
    let used = World { pods: vec![("n1", asks(value!({ "cpu": "1500m" })))], ..World::default() };
    check(&used, &asks(value!({ "cpu": "500m", "memory": "4Gi" })), "fits");
    check(&used, &asks(value!({ "cpu": "501m" })), "NodeResourcesFit: Insufficient cpu");
    check(
        &used,
        &asks(value!({ "cpu": "1", "memory": "5Gi", "example.com/gpu": "1" })),
        "NodeResourcesFit: Insufficient cpu, Insufficient memory, Insufficient example.com/gpu",
    );
    check(
        &used,
        &asks(value!({ "ephemeral-storage": "1Gi" })),
        "NodeResourcesFit: Insufficient ephemeral-storage",
    );
    let full = World { pods: vec![("n1", value!({})); 3], ..World::default() };
    check(&full, &value!({}), "NodeResourcesFit: Too many pods");
}

#[test]
fn a_host_port_is_taken_once() {
    let port = |ip: &str, protocol: &str| {
        value!({ "spec": { "containers": [{ "ports": [
            { "hostPort": 80, "hostIP": ip, "protocol": protocol },
        ] }] } })
    };
    let taken = "NodePorts: node(s) didn't have free ports for the requested pod ports";
    let world = World { pods: vec![("n1", port("127.0.0.1", "TCP"))], ..World::default() };
    check(&world, &port("127.0.0.1", "TCP"), taken);
    check(&world, &port("127.0.0.2", "TCP"), "fits");
    check(&world, &port("127.0.0.1", "UDP"), "fits");
    check(&world, &port("", "TCP"), taken);
}

fn spreads(more: &Value) -> Value {
    let mut constraint = value!({
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": { "matchLabels": { "app": "web" } },
    });
    more.entries().for_each(|(key, field)| constraint.set(key, field));
    value!({
        "labels": { "app": "web", "version": "2" },
        "spec": { "topologySpreadConstraints": [constraint] },
    })
}

#[test]
fn pods_spread_evenly_over_domains() {
    let uneven = "PodTopologySpread: node(s) didn't match pod topology spread constraints";
    let web = value!({ "labels": { "app": "web", "version": "1" } });
    let world = World { pods: vec![("n1", web.clone())], ..World::default() };
    check(&world, &spreads(&value!({})), uneven);
    check(&world, &spreads(&value!({ "maxSkew": 2 })), "fits");
    check(&world, &spreads(&value!({ "matchLabelKeys": ["version"] })), "fits");
    check(
        &world,
        &spreads(&value!({ "topologyKey": "zone" })),
        "PodTopologySpread (for good): node(s) didn't match pod topology spread constraints \
         (missing required label)",
    );
    let both = World { pods: vec![("n1", web.clone()), ("n2", web)], ..World::default() };
    check(&both, &spreads(&value!({})), "fits");
    check(&both, &spreads(&value!({ "minDomains": 3 })), uneven);
}

fn terms(kind: &str, app: &str) -> Value {
    let mut spec = value!({});
    spec["affinity"][kind]["requiredDuringSchedulingIgnoredDuringExecution"] = value!([{
        "labelSelector": { "matchLabels": { "app": app } },
        "topologyKey": "kubernetes.io/hostname",
    }]);
    spec
}

#[test]
fn pods_attract_and_repel_each_other() {
    let web = value!({ "labels": { "app": "web" } });
    let beside = World { pods: vec![("n1", web.clone())], ..World::default() };
    let apart = World { pods: vec![("n2", web)], ..World::default() };
    let near = value!({ "spec": (terms("podAffinity", "web")) });
    let far = value!({ "spec": (terms("podAntiAffinity", "web")) });
    check(&beside, &near, "fits");
    check(&apart, &near, "InterPodAffinity (for good): node(s) didn't match pod affinity rules");
    check(&beside, &far, "InterPodAffinity: node(s) didn't match pod anti-affinity rules");
    check(&apart, &far, "fits");
    let first = value!({ "labels": { "app": "web" }, "spec": (terms("podAffinity", "web")) });
    check(&World::default(), &first, "fits");
    let shy = value!({ "spec": (terms("podAntiAffinity", "web")) });
    check(
        &World { pods: vec![("n1", shy)], ..World::default() },
        &value!({ "labels": { "app": "web" } }),
        "InterPodAffinity: node(s) didn't satisfy existing pods anti-affinity rules",
    );
}

fn volume(more: &Value) -> Value {
    let mut volume = value!({
        "metadata": { "name": "v" },
        "spec": {
            "capacity": { "storage": "1Gi" },
            "accessModes": ["ReadWriteOnce", "ReadWriteOncePod"],
            "storageClassName": "late",
        },
        "status": { "phase": "Available" },
    });
    more.entries().for_each(|(key, field)| volume["spec"].set(key, field));
    volume
}

fn claim(mode: &str, bound: bool) -> Value {
    let mut claim = value!({
        "metadata": { "name": "c", "namespace": "default", "uid": "c" },
        "spec": {
            "storageClassName": "late",
            "accessModes": [mode],
            "resources": { "requests": { "storage": "1Gi" } },
        },
    });
    if bound {
        claim["spec"].set("volumeName", "v");
        claim["metadata"]["annotations"].set("pv.kubernetes.io/bind-completed", "yes");
    }
    claim
}

#[test]
fn volumes_must_be_within_reach() {
    let uses = value!({ "spec": { "volumes": [
        { "name": "data", "persistentVolumeClaim": { "claimName": "c" } },
    ] } });
    let class = value!({
        "metadata": { "name": "late" },
        "provisioner": "kubernetes.io/no-provisioner",
        "volumeBindingMode": "WaitForFirstConsumer",
    });
    let elsewhere = value!({ "nodeAffinity": { "required": { "nodeSelectorTerms": [
        { "matchExpressions": [{ "key": "zone", "operator": "In", "values": ["b"] }] },
    ] } } });
    let claims: fn(&Kinds) -> KindId = |kinds| kinds.volume_claim;
    let volumes: fn(&Kinds) -> KindId = |kinds| kinds.volume;
    let classes: fn(&Kinds) -> KindId = |kinds| kinds.storage_class;
    let prefix = "VolumeBinding (for good):";
    let check = |objects: Objects, expected: &str| {
        check(&World { objects, ..World::default() }, &uses, expected);
    };
    check(vec![], &format!("{prefix} persistentvolumeclaim \"c\" not found"));
    let once = claim("ReadWriteOnce", false);
    check(
        vec![(claims, once.clone())],
        &format!("{prefix} pod has unbound immediate PersistentVolumeClaims"),
    );
    check(
        vec![(claims, once.clone()), (classes, class.clone())],
        &format!("{prefix} node(s) didn't find available persistent volumes to bind"),
    );
    let late = vec![(claims, once), (classes, class), (volumes, volume(&value!({})))];
    check(late, "fits");
    let bound = claim("ReadWriteOnce", true);
    check(
        vec![(claims, bound.clone()), (volumes, volume(&elsewhere))],
        &format!("{prefix} node(s) had volume node affinity conflict"),
    );
    check(
        vec![(claims, bound)],
        &format!(
            "{prefix} node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)"
        ),
    );
    let exclusive = World {
        pods: vec![("n2", uses.clone())],
        objects: vec![(claims, claim("ReadWriteOncePod", true)), (volumes, volume(&value!({})))],
        ..World::default()
    };
    assert_eq!(
        verdict(&exclusive, &uses),
        "VolumeRestrictions: node has pod using PersistentVolumeClaim with the same name and \
         ReadWriteOncePod access mode"
    );
}
