//! LimitRanges and ResourceQuotas over the wire.

#![expect(clippy::expect_used, reason = "a test")]

use podyard_engine::cluster::{Cluster, ClusterOptions};
use podyard_engine::sim::Delay;
use podyard_engine::value;
use podyard_engine::value::{Value, parse_json};
use podyard_engine::wire::{Body, Method, Request};

const CORE: &str = "/api/v1/namespaces/default";

fn ask(cluster: &mut Cluster, method: Method, path: &str, body: &Value) -> (u16, Value) {
    let request = Request {
        method,
        target: format!("{CORE}/{path}"),
        content_type: "application/json".to_owned(),
        body: if body.is_null() { Vec::new() } else { body.to_json().into_bytes() },
        ..Request::default()
    };
    let response = cluster.handle(&request);
    let Body::Bytes(bytes) = response.body else { panic!("{path} answers with a stream") };
    (response.status, parse_json(&bytes).expect("answers are JSON"))
}

fn wait(cluster: &mut Cluster) {
    let to = cluster.now() + Delay::secs(2);
    cluster.advance_to(to);
}

fn ready() -> Cluster {
    let mut cluster = Cluster::new(ClusterOptions::default());
    wait(&mut cluster);
    cluster
}

fn config_map(name: &str) -> Value {
    value!({ "metadata": { "name": name } })
}

#[test]
fn a_quota_counts_refuses_and_counts_down() {
    let mut cluster = ready();
    let quota = value!({
        "metadata": { "name": "few" },
        "spec": { "hard": { "count/configmaps": "3" } },
    });
    assert_eq!(ask(&mut cluster, Method::Post, "resourcequotas", &quota).0, 201);
    wait(&mut cluster);
    let used = |cluster: &mut Cluster| {
        let (_, quota) = ask(cluster, Method::Get, "resourcequotas/few", &Value::Null);
        quota["status"]["used"]["count/configmaps"].text().to_owned()
    };
    // The cluster's certificate is one.
    assert_eq!(used(&mut cluster), "1");
    for name in ["a", "b"] {
        assert_eq!(ask(&mut cluster, Method::Post, "configmaps", &config_map(name)).0, 201);
    }
    assert_eq!(used(&mut cluster), "3");
    let (code, refused) = ask(&mut cluster, Method::Post, "configmaps", &config_map("c"));
    assert_eq!(code, 403);
    assert_eq!(
        refused["message"].text(),
        "configmaps \"c\" is forbidden: exceeded quota: few, requested: count/configmaps=1, used: \
         count/configmaps=3, limited: count/configmaps=3"
    );
    assert_eq!(ask(&mut cluster, Method::Delete, "configmaps/a", &Value::Null).0, 200);
    wait(&mut cluster);
    assert_eq!(used(&mut cluster), "2");
}

#[test]
fn a_limit_range_fills_in_and_refuses() {
    let mut cluster = ready();
    let limit = value!({
        "type": "Container",
        "max": { "cpu": "800m" },
        "defaultRequest": { "cpu": "100m" },
    });
    let range = value!({ "metadata": { "name": "cpu" }, "spec": { "limits": [limit] } });
    assert_eq!(ask(&mut cluster, Method::Post, "limitranges", &range).0, 201);
    let pod = |resources: Value| {
        let container = value!({ "name": "c", "image": "nginx", "resources": resources });
        value!({ "metadata": { "name": "web" }, "spec": { "containers": [container] } })
    };
    let much = pod(value!({ "limits": { "cpu": "1500m" } }));
    let (code, refused) = ask(&mut cluster, Method::Post, "pods", &much);
    assert_eq!(code, 403);
    assert_eq!(
        refused["message"].text(),
        "pods \"web\" is forbidden: maximum cpu usage per Container is 800m, but limit is 1500m"
    );
    let (code, made) = ask(&mut cluster, Method::Post, "pods", &pod(value!({})));
    assert_eq!(code, 201);
    assert_eq!(
        made["metadata"]["annotations"]["kubernetes.io/limit-ranger"].text(),
        "LimitRanger plugin set: cpu request for container c; cpu limit for container c"
    );
}
