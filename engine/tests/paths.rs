//! What paths beside the objects' own answer, and which paths there are.

use podyard_engine::cluster::{Cluster, ClusterOptions, Profile};
use podyard_engine::wire::{Method, Request, Response};

fn ask(method: Method, target: &str, body: &str, user_agent: &str) -> Response {
    let options = ClusterOptions { profile: Profile::Reference, ..ClusterOptions::default() };
    Cluster::new(options).handle(&Request {
        method,
        target: target.to_owned(),
        user_agent: user_agent.to_owned(),
        body: body.as_bytes().to_vec(),
        ..Request::default()
    })
}

fn check(method: Method, target: &str, body: &str, code: u16, part: &str) {
    let response = ask(method, target, body, "");
    let text = String::from_utf8_lossy(response.bytes()).into_owned();
    assert_eq!(response.status, code, "{target}: {text}");
    assert!(text.contains(part), "{target}: {text}");
}

#[test]
fn namespaced_objects_have_no_path_without_a_namespace() {
    let nothing = "the server could not find the requested resource";
    let forbidden = "the server does not allow this method on the requested resource";
    check(Method::Get, "/api/v1/pods/web", "", 404, nothing);
    check(Method::Get, "/api/v1/namespaces/default/nodes", "", 404, nothing);
    check(Method::Get, "/api/v1/pods", "", 200, "PodList");
    check(Method::Post, "/api/v1/pods", "{}", 405, forbidden);
    check(Method::Delete, "/api/v1/pods", "", 405, forbidden);
    check(Method::Get, "/api/v1/namespaces/default/bindings", "", 405, forbidden);
}

#[test]
fn checks_of_health_can_be_left_out() {
    check(
        Method::Get,
        "/readyz?verbose&exclude=etcd&exclude=moon",
        "",
        200,
        "[+]etcd excluded: ok\n",
    );
    let warning = "warn: some health checks cannot be excluded: no matches for \"moon\"\n";
    check(Method::Get, "/healthz?verbose&exclude=moon", "", 200, warning);
}

#[test]
fn objects_are_counted() {
    let line = "apiserver_storage_objects{resource=\"namespaces\"} 4\n";
    check(Method::Get, "/metrics", "", 200, line);
}

#[test]
fn the_administrator_of_the_reference_has_a_token() {
    let target = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    check(Method::Post, target, "{}", 201, "\"uid\":\"admin\"");
    check(
        Method::Post,
        target,
        "{}",
        201,
        "\"groups\":[\"system:masters\",\"system:authenticated\"]",
    );
}

#[test]
fn a_body_must_say_what_it_is() {
    let maps = "/api/v1/namespaces/default/configmaps";
    let unrecognized = "the object provided is unrecognized (must be of type ConfigMap): couldn't \
                        get version/kind; json parse error: unexpected end of JSON input";
    check(Method::Post, maps, "", 400, &format!("{unrecognized} (<empty>)"));
    check(Method::Post, maps, "{", 400, &format!("{unrecognized} ({{)"));
    check(Method::Post, maps, "[", 400, &format!("{unrecognized} (5b)"));
    let secret = r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"}}"#;
    let conversion = "Secret in version \\\"v1\\\" cannot be handled as a ConfigMap: converting \
                      (v1.Secret) to (core.ConfigMap): unknown conversion";
    check(Method::Post, maps, secret, 400, conversion);
    let grace = "/api/v1/namespaces/default/configmaps/kube-root-ca.crt?gracePeriodSeconds=x";
    let number = "strconv.ParseInt: parsing \\\"x\\\": invalid syntax";
    check(Method::Delete, grace, "", 400, number);
}

#[test]
fn answers_come_as_yaml_where_that_is_asked_for() {
    let request = Request {
        target: "/api/v1/namespaces/default".to_owned(),
        accept: "application/yaml".to_owned(),
        ..Request::default()
    };
    let response = Cluster::new(ClusterOptions::default()).handle(&request);
    assert_eq!(response.content_type, "application/yaml");
    assert!(response.bytes().starts_with(b"apiVersion: v1\nkind: Namespace\nmetadata:\n"));
}

#[test]
fn a_binding_names_its_pod() {
    let body = r#"{"metadata":{"name":"web"},"target":{"name":"node01"}}"#;
    let bindings = "/api/v1/namespaces/default/bindings";
    check(Method::Post, bindings, body, 404, "pods \\\"web\\\" not found");
    check(Method::Post, bindings, r#"{"metadata":{"name":"web"}}"#, 422, "target.name");
}

#[test]
fn people_get_lines_and_programs_get_one() {
    let target = "/api/v1/namespaces/default";
    let lines = |agent: &str| {
        let response = ask(Method::Get, target, "", agent);
        String::from_utf8_lossy(response.bytes()).lines().count()
    };
    assert!(lines("curl/8.5.0") > 10);
    assert_eq!(lines("kubectl/v1.32.5"), 1);
}

#[test]
fn some_kinds_are_not_overwritten_blindly() {
    let options = ClusterOptions::default();
    let mut cluster = Cluster::new(options);
    let classes = "/apis/node.k8s.io/v1/runtimeclasses";
    let mut put = |method, target: &str| {
        let body = r#"{"metadata":{"name":"slow"},"handler":"slow"}"#.as_bytes().to_vec();
        let request = Request { method, target: target.to_owned(), body, ..Request::default() };
        let response = cluster.handle(&request);
        (response.status, String::from_utf8_lossy(response.bytes()).into_owned())
    };
    assert_eq!(put(Method::Post, classes).0, 201);
    let (code, text) = put(Method::Put, &format!("{classes}/slow"));
    assert_eq!(code, 422);
    let message = "runtimeclasses.node.k8s.io \\\"slow\\\" is invalid: metadata.resourceVersion: \
                   Invalid value: 0x0: must be specified for an update";
    assert!(text.contains(message), "{text}");
}
