//! A Deployment becomes ReplicaSets becomes Pods, through the door only.

use podyard_engine::cluster::{Cluster, ClusterOptions};
use podyard_engine::sim::Delay;
use podyard_engine::value;
use podyard_engine::value::{Value, parse_json};
use podyard_engine::wire::{Method, Request};

fn call(cluster: &mut Cluster, method: Method, target: &str, body: &Value) -> (u16, Value) {
    let body = if body.is_null() { Vec::new() } else { body.to_json().into_bytes() };
    let request = Request { method, target: target.to_owned(), body, ..Request::default() };
    let response = cluster.handle(&request);
    (response.status, parse_json(response.bytes()).unwrap_or_default())
}

fn get(cluster: &mut Cluster, target: &str) -> Value {
    call(cluster, Method::Get, target, &Value::Null).1
}

fn pass(cluster: &mut Cluster, secs: i64) {
    let to = cluster.now() + Delay::secs(secs);
    cluster.advance_to(to);
}

fn deployment(replicas: i64, image: &str) -> Value {
    value!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": { "name": "web" },
        "spec": {
            "replicas": replicas,
            "selector": { "matchLabels": { "app": "web" } },
            "template": {
                "metadata": { "labels": { "app": "web" } },
                "spec": { "containers": [{ "name": "nginx", "image": image }] },
            },
        },
    })
}

const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/default/deployments";
const PODS: &str = "/api/v1/namespaces/default/pods";

#[test]
fn a_deployment_makes_its_pods_and_rolls_to_a_new_image() {
    let mut cluster = Cluster::new(ClusterOptions::default());
    let (code, made) = call(&mut cluster, Method::Post, DEPLOYMENTS, &deployment(3, "nginx:1.25"));
    assert_eq!(code, 201, "{}", made.to_json());
    pass(&mut cluster, 10);
    let status = get(&mut cluster, &format!("{DEPLOYMENTS}/web"))["status"].clone();
    assert_eq!(status["availableReplicas"].int(), 3, "{}", status.to_json());
    let pods = get(&mut cluster, PODS);
    let mut nodes: Vec<&str> =
        pods["items"].items().iter().map(|pod| pod["spec"]["nodeName"].text()).collect();
    nodes.sort_unstable();
    nodes.dedup();
    assert!(nodes.len() >= 2, "{nodes:?}");

    let (code, _) = call(
        &mut cluster,
        Method::Put,
        &format!("{DEPLOYMENTS}/web"),
        &deployment(4, "nginx:1.26"),
    );
    assert_eq!(code, 200);
    pass(&mut cluster, 60);
    let pods = get(&mut cluster, PODS);
    let images: Vec<&str> = pods["items"]
        .items()
        .iter()
        .map(|pod| pod["spec"]["containers"][0]["image"].text())
        .collect();
    assert_eq!(images, ["nginx:1.26"; 4]);

    let (code, _) = call(&mut cluster, Method::Delete, &format!("{DEPLOYMENTS}/web"), &Value::Null);
    assert_eq!(code, 200);
    pass(&mut cluster, 60);
    let pods = get(&mut cluster, PODS);
    assert_eq!(pods["items"].items().len(), 0, "{}", pods.to_json());
}
