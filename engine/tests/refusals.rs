//! What the API server refuses before it looks at an object: what somebody
//! may not do, and options that contradict each other.

#![expect(clippy::indexing_slicing, reason = "a test")]

use podyard_engine::cluster::{Cluster, ClusterOptions};
use podyard_engine::value::{Value, parse_json};
use podyard_engine::wire::{Method, Request};

fn ask(cluster: &mut Cluster, request: Request) -> (u16, Value) {
    let response = cluster.handle(&request);
    (response.status, parse_json(response.bytes()).unwrap_or_default())
}

/// What `target` answers somebody who acts as `user`.
fn check_as(user: &str, target: &str, code: u16, message: &str) {
    let mut cluster = Cluster::new(ClusterOptions::default());
    let request =
        Request { target: target.to_owned(), impersonate: user.to_owned(), ..Request::default() };
    let (status, answer) = ask(&mut cluster, request);
    assert_eq!((status, answer["message"].text()), (code, message), "{user} {target}");
}

fn check(target: &str, code: u16, message: &str) {
    check_as("", target, code, message);
}

#[test]
fn nobody_may_do_what_no_role_allows() {
    check(PODS, 200, "");
    check_as(
        "jane",
        PODS,
        403,
        "pods is forbidden: User \"jane\" cannot list resource \"pods\" in API group \"\" in the \
         namespace \"default\"",
    );
    check_as(
        "system:serviceaccount:default:default",
        "/api/v1/nodes/controlplane",
        403,
        "nodes \"controlplane\" is forbidden: User \"system:serviceaccount:default:default\" \
         cannot get resource \"nodes\" in API group \"\" at the cluster scope",
    );
}

#[test]
fn a_binding_allows_what_its_role_says() {
    let mut cluster = Cluster::new(ClusterOptions::default());
    let binding = r#"{"metadata":{"name":"viewers"},
        "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"view"},
        "subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"jane"}]}"#;
    let bindings = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings";
    let create = Request {
        method: Method::Post,
        target: bindings.to_owned(),
        body: binding.as_bytes().to_vec(),
        ..Request::default()
    };
    assert_eq!(ask(&mut cluster, create).0, 201);
    let as_jane = |target: &str| Request {
        target: target.to_owned(),
        impersonate: "jane".to_owned(),
        ..Request::default()
    };
    assert_eq!(ask(&mut cluster, as_jane(PODS)).0, 200);
    assert_eq!(ask(&mut cluster, as_jane("/api/v1/namespaces/default/secrets")).0, 403);
    assert_eq!(ask(&mut cluster, as_jane("/api/v1/namespaces/kube-system/pods")).0, 403);
}

const PODS: &str = "/api/v1/namespaces/default/pods";

#[test]
fn options_of_a_list_must_fit_together() {
    check(
        &format!("{PODS}?resourceVersionMatch=Exact"),
        422,
        "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: \
         resourceVersionMatch is forbidden unless resourceVersion is provided",
    );
    check(
        &format!("{PODS}?watch=1&sendInitialEvents=true"),
        422,
        "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: \
         sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
    );
    check(
        &format!("{PODS}?resourceVersion=1&resourceVersionMatch=Exact"),
        410,
        "The resourceVersion for the provided list is too old.",
    );
}

#[test]
fn versions_must_be_numbers() {
    check(
        &format!("{PODS}?watch=1&resourceVersion=x"),
        400,
        "resourceVersion: Invalid value: \"x\": strconv.ParseUint: parsing \"x\": invalid syntax",
    );
}
