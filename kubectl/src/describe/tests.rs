//! Descriptions compared with what real kubectl printed.
//!
//! Each case is two files of `testdata/describe`: the objects, the described
//! one first, and the text. A first line `# now: …` sets the time. The texts
//! are recordings of a 1.32 cluster, but for the order of a Secret's keys,
//! which there is by chance. The texts of `many` were printed by kubectl 1.32
//! about objects with every field that it shows, served by a plain file server.

use std::pin::pin;
use std::task::{Poll, Waker};

use podyard_engine::api::selector::Selector;
use podyard_engine::sim::Time;
use podyard_engine::value::Value;
use podyard_engine::yaml::parse_yaml;

use super::*;

/// A server that knows the objects of one file.
struct Objects(Vec<Value>);

impl Objects {
    fn of(&self, resource: Resource, namespace: &str) -> impl Iterator<Item = &Value> {
        let plural = |object: &Value| object["kind"].text().to_lowercase() + "s";
        self.0.iter().filter(move |object| {
            plural(object) == resource.plural
                && (namespace.is_empty() || [namespace, ""].contains(&metadata::namespace(object)))
        })
    }
}

impl Related for Objects {
    fn list(&self, query: Query) -> Fetched<'_, Vec<Value>> {
        let labels = Selector::parse(&query.labels).expect("a selector");
        let fits_fields = |object: &&Value| {
            query.fields.split(',').filter(|term| !term.is_empty()).all(|term| {
                let (path, wanted) = term.split_once('=').expect("a field selector");
                let (path, negated) = match path.strip_suffix('!') {
                    Some(path) => (path, true),
                    None => (path, false),
                };
                let path: Vec<&str> = path.split('.').collect();
                (object.at(&path).text() == wanted) != negated
            })
        };
        let found = self.of(query.resource, &query.namespace);
        let found = found.filter(|object| labels.matches(object.at(&["metadata", "labels"])));
        let found = found.filter(fits_fields).cloned().collect();
        Box::pin(async move { Ok(found) })
    }

    fn get(&self, resource: Resource, namespace: &str, name: &str) -> Fetched<'_, Value> {
        let found = self.of(resource, namespace).find(|object| metadata::name(object) == name);
        let found = found.cloned().ok_or_else(|| FetchError {
            not_found: true,
            message: format!("{} \"{name}\" not found", resource.plural),
        });
        Box::pin(async move { found })
    }
}

/// The objects and the text of a case, and its time.
fn read(case: &str, endings: [&str; 2]) -> (Vec<Value>, String, Time) {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/describe");
    let [yaml, expected] = endings
        .map(|ending| std::fs::read_to_string(format!("{directory}/{case}{ending}")).expect(case));
    let now = yaml.lines().next().and_then(|line| line.strip_prefix("# now: "));
    let now = now.map_or(Time::default(), |now| Time::parse(now).expect("a time"));
    let documents = yaml.split("\n---\n").map(|document| parse_yaml(document).expect(case));
    (documents.collect(), expected, now)
}

fn described(group: &str, object: &Value, related: &Objects, now: Time) -> String {
    let context = Context { related, now, show_events: true };
    let future = pin!(describe(group, object, context));
    let mut task = std::task::Context::from_waker(Waker::noop());
    let Poll::Ready(text) = future.poll(&mut task) else { panic!("waits for nothing") };
    text.expect("a description")
}

fn check(group: &str, case: &str) {
    let (objects, expected, now) = read(case, [".yaml", ".txt"]);
    let (object, others) = objects.split_first().expect("an object");
    assert_eq!(described(group, object, &Objects(others.to_vec()), now), expected, "{case}");
}

#[test]
fn core_kinds_are_described_as_by_kubectl() {
    for case in [
        "configmap",
        "endpoints",
        "limitrange",
        "namespace",
        "node",
        "pod",
        "pv",
        "pvc",
        "quota",
        "secret",
        "service",
        "serviceaccount",
    ] {
        check("", case);
    }
}

#[test]
fn workloads_are_described_as_by_kubectl() {
    for case in ["daemonset", "deployment", "replicaset", "statefulset"] {
        check("apps", case);
    }
    for case in ["cronjob", "job"] {
        check("batch", case);
    }
}

#[test]
fn kinds_of_other_groups_are_described_as_by_kubectl() {
    for (group, case) in [
        ("autoscaling", "hpa"),
        ("discovery.k8s.io", "endpointslice"),
        ("networking.k8s.io", "ingress"),
        ("networking.k8s.io", "networkpolicy"),
        ("policy", "pdb"),
        ("rbac.authorization.k8s.io", "role"),
        ("rbac.authorization.k8s.io", "rolebinding"),
        ("storage.k8s.io", "storageclass"),
    ] {
        check(group, case);
    }
}

#[test]
fn every_field_is_shown_as_by_kubectl() {
    let (objects, expected, now) = read("many", ["/objects.yaml", "/expected.txt"]);
    let related = Objects(objects);
    let mut found = String::new();
    for object in related.0.iter().filter(|object| object["kind"].text() != "Event") {
        let (kind, name) = (object["kind"].text(), metadata::name(object));
        let group = object["apiVersion"].text().split_once('/').map_or("", |(group, _)| group);
        let text = described(group, object, &related, now);
        found.extend(["### ", kind, " ", name, "\n", &text]);
    }
    for (found, expected) in found.split("### ").zip(expected.split("### ")) {
        assert_eq!(found, expected);
    }
    assert_eq!(found.len(), expected.len());
}
