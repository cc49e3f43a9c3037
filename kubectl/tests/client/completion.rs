//! What a word becomes when Tab is pressed.

use crate::script::Script;

#[track_caller]
fn check(line: &str, words: &[&str]) {
    let list = r#"{"items":[{"metadata":{"name":"web-1"}},{"metadata":{"name":"web-2"}},{"metadata":{"name":"db"}}]}"#;
    let spaces = r#"{"items":[{"metadata":{"name":"default"}},{"metadata":{"name":"dev"}}]}"#;
    let script = Script::default().answer("GET /api/v1/namespaces/default/pods", 200, list).answer(
        "GET /api/v1/namespaces",
        200,
        spaces,
    );
    assert_eq!(script.complete(line), words, "kubectl {line}");
}

#[test]
fn commands_and_flags_complete() {
    check("ge", &["get"]);
    check("rollout re", &["restart", "resume"]);
    check("get pods --show-", &["--show-kind", "--show-labels", "--show-managed-fields"]);
    check("get pods -o js", &["json", "jsonpath", "jsonpath-as-json", "jsonpath-file"]);
}

#[test]
fn types_and_names_complete() {
    check("get po", &["pods"]);
    check("get svc,no", &["svc,nodes"]);
    check("get pods web", &["web-1", "web-2"]);
    check("delete pods web-1 w", &["web-2"]);
    check("get pods/d", &["pods/db"]);
    check("logs w", &["web-1", "web-2"]);
    check("get pods -n d", &["default", "dev"]);
    check("get pods --namespace=de", &["--namespace=default", "--namespace=dev"]);
}
