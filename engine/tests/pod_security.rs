//! What the Pod Security Standards and RuntimeClasses let in.

use podyard_engine::cluster::{Cluster, ClusterOptions, Profile};
use podyard_engine::wire::{Method, Request, Response};

const PODS: &str = "/api/v1/namespaces/default/pods?dryRun=All";
const NAMESPACE: &str = "/api/v1/namespaces/default";
const ESCALATION: &str = "allowPrivilegeEscalation != false (container \\\"web\\\" must set \
                          securityContext.allowPrivilegeEscalation=false), unrestricted";

fn cluster() -> Cluster {
    Cluster::new(ClusterOptions { profile: Profile::Reference, ..ClusterOptions::default() })
}

fn ask(cluster: &mut Cluster, method: Method, target: &str, body: &str) -> Response {
    let content_type = match method {
        Method::Patch => "application/merge-patch+json",
        _ => "application/json",
    };
    cluster.handle(&Request {
        method,
        target: target.to_owned(),
        content_type: content_type.to_owned(),
        body: body.as_bytes().to_vec(),
        ..Request::default()
    })
}

fn label(cluster: &mut Cluster, mode: &str, level: &str) -> Response {
    let body =
        format!(r#"{{"metadata":{{"labels":{{"pod-security.kubernetes.io/{mode}":"{level}"}}}}}}"#);
    ask(cluster, Method::Patch, NAMESPACE, &body)
}

fn pod(more: &str) -> String {
    let head = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web"},"spec":{"containers":"#;
    format!(r#"{head}[{{"name":"web","image":"nginx"}}]{more}}}}}"#)
}

fn check(response: &Response, code: u16, part: &str) {
    let text = String::from_utf8_lossy(response.bytes()).into_owned();
    assert_eq!(response.status, code, "{text}");
    assert!(text.contains(part), "{text}");
}

#[test]
fn what_a_namespace_enforces_its_pods_keep_to() {
    let cluster = &mut cluster();
    check(&label(cluster, "enforce", "strict"), 422, "must be one of privileged, baseline, restr");
    check(&label(cluster, "enforce", "baseline"), 200, "");
    check(&ask(cluster, Method::Post, PODS, &pod("")), 201, "");
    let refusal = "pods \\\"web\\\" is forbidden: violates PodSecurity \\\"baseline:latest\\\": \
                   host namespaces (hostNetwork=true)";
    check(&ask(cluster, Method::Post, PODS, &pod(",\"hostNetwork\":true")), 403, refusal);
    check(&label(cluster, "enforce", "restricted"), 200, "");
    check(&ask(cluster, Method::Post, PODS, &pod("")), 403, ESCALATION);
}

#[test]
fn workloads_are_warned_about() {
    let cluster = &mut cluster();
    check(&label(cluster, "enforce", "restricted"), 200, "");
    let body = r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},"spec":{
        "selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},
        "spec":{"containers":[{"name":"web","image":"nginx"}]}}}}"#;
    let response = ask(cluster, Method::Post, "/apis/apps/v1/namespaces/default/deployments", body);
    check(&response, 201, "");
    let [warning] = response.warnings.as_slice() else { panic!("{:?}", response.warnings) };
    let start = "would violate PodSecurity \"restricted:latest\": allowPrivilegeEscalation";
    assert!(warning.starts_with(start), "{warning}");
}

#[test]
fn pods_that_break_a_new_standard_are_named() {
    let cluster = &mut cluster();
    let target = "/api/v1/namespaces/default/pods";
    check(&ask(cluster, Method::Post, target, &pod(",\"hostPID\":true")), 201, "");
    assert_eq!(
        label(cluster, "enforce", "baseline").warnings,
        [
            "existing pods in namespace \"default\" violate the new PodSecurity enforce level \
             \"baseline:latest\"",
            "web: host namespaces",
        ]
    );
    assert!(label(cluster, "enforce", "privileged").warnings.is_empty());
}

#[test]
fn a_runtime_class_is_there_and_says_what_it_costs() {
    let cluster = &mut cluster();
    let named = ",\"runtimeClassName\":\"gvisor\"";
    let missing =
        "pods \\\"web\\\" is forbidden: pod rejected: RuntimeClass \\\"gvisor\\\" not found";
    check(&ask(cluster, Method::Post, PODS, &pod(named)), 403, missing);
    let unasked = "Pod Overhead set without corresponding RuntimeClass defined Overhead";
    let overhead = ",\"overhead\":{\"cpu\":\"1\"}";
    check(&ask(cluster, Method::Post, PODS, &pod(overhead)), 403, unasked);
    let class = r#"{"apiVersion":"node.k8s.io/v1","kind":"RuntimeClass","handler":"runsc",
        "metadata":{"name":"gvisor"},"overhead":{"podFixed":{"cpu":"10m"}},
        "scheduling":{"nodeSelector":{"sandbox":"yes"},"tolerations":[{"key":"sandbox"}]}}"#;
    let classes = "/apis/node.k8s.io/v1/runtimeclasses";
    check(&ask(cluster, Method::Post, classes, class), 201, "");
    for part in ["\"overhead\":{\"cpu\":\"10m\"}", "{\"sandbox\":\"yes\"}", "\"key\":\"sandbox\""] {
        check(&ask(cluster, Method::Post, PODS, &pod(named)), 201, part);
    }
    let differs = "Pod's Overhead doesn't match RuntimeClass's defined Overhead";
    check(&ask(cluster, Method::Post, PODS, &pod(&format!("{named}{overhead}"))), 403, differs);
    let elsewhere = format!("{named},\"nodeSelector\":{{\"sandbox\":\"no\"}}");
    let conflict = "conflict: runtimeClass.scheduling.nodeSelector[sandbox] = yes; \
                    pod.spec.nodeSelector[sandbox] = no";
    check(&ask(cluster, Method::Post, PODS, &pod(&elsewhere)), 403, conflict);
}
