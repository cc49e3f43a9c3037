//! Server-side apply: who owns what, and what a conflict says.

use super::*;
use crate::schema::Schema;

fn deployment() -> ObjectType {
    Schema::get().find("apps/v1.Deployment")
}

fn json(text: &str) -> Value {
    parse_json(text.as_bytes()).expect("JSON")
}

fn manager(name: &str, operation: Operation) -> Manager {
    Manager {
        name: name.to_owned(),
        operation,
        api_version: "apps/v1".to_owned(),
        subresource: String::new(),
    }
}

fn applied(live: Option<&Value>, spec: &str, name: &str, force: bool) -> Result<Value, String> {
    let configuration = json(&format!(
        r#"{{"apiVersion":"apps/v1","kind":"Deployment","metadata":{{"name":"web"}},"spec":{spec}}}"#
    ));
    let manager = manager(name, Operation::Apply);
    apply_configuration(deployment(), live, &configuration, &manager, force, Time::from_secs(0))
        .map_err(|error| error.to_string())
}

fn entries(object: &Value) -> Vec<String> {
    let entry = |own: &Value| {
        let name = own["manager"].text();
        format!("{name} {} {}", own["operation"].text(), own["fieldsV1"].to_json())
    };
    object["metadata"]["managedFields"].items().iter().map(entry).collect()
}

const SPEC: &str = r#"{"replicas":2,"template":{"spec":{"containers":[{"name":"a","image":"x","ports":[{"containerPort":80}]}]}}}"#;

#[test]
fn an_apply_owns_what_it_names() {
    let object = applied(None, SPEC, "kubectl", false).expect("applied");
    assert_eq!(
        entries(&object),
        [
            r#"kubectl Apply {"f:spec":{"f:replicas":{},"f:template":{"f:spec":{"f:containers":{"k:{\"name\":\"a\"}":{".":{},"f:image":{},"f:name":{},"f:ports":{"k:{\"containerPort\":80,\"protocol\":\"TCP\"}":{".":{},"f:containerPort":{}}}}}}}}}"#
        ]
    );
    assert_eq!(object["spec"]["replicas"].int(), 2);
}

#[test]
fn a_create_owns_what_differs_from_an_empty_object() {
    let mut object = json(
        r#"{"metadata":{"name":"web","labels":{"app":"web"},"creationTimestamp":null},
            "spec":{"replicas":1,"selector":{"matchLabels":{"app":"web"}},"strategy":{"rollingUpdate":{"maxSurge":1}},
            "template":{"metadata":{"creationTimestamp":null},"spec":{"containers":[{"name":"a","resources":{}}],"volumes":[{"name":"v"}]}}},
            "status":{}}"#,
    );
    let creator = manager("kubectl-create", Operation::Update);
    track_update(deployment(), None, &mut object, &creator, &[&["status"]], Time::from_secs(0));
    assert_eq!(
        entries(&object),
        [
            r#"kubectl-create Update {"f:metadata":{"f:labels":{".":{},"f:app":{}}},"f:spec":{"f:replicas":{},"f:selector":{},"f:strategy":{"f:rollingUpdate":{".":{},"f:maxSurge":{}}},"f:template":{"f:spec":{"f:containers":{"k:{\"name\":\"a\"}":{".":{},"f:name":{},"f:resources":{}}},"f:volumes":{".":{},"k:{\"name\":\"v\"}":{".":{},"f:name":{}}}}}}}"#
        ]
    );
}

#[test]
fn who_changes_a_field_takes_it_over() {
    let mut live = applied(None, SPEC, "kubectl", false).expect("applied");
    live["metadata"].set("labels", json(r#"{"a":"b"}"#));
    let mut new = live.clone();
    new["spec"].set("replicas", 5);
    let scaler = manager("scaler", Operation::Update);
    track_update(deployment(), Some(&live), &mut new, &scaler, &[], Time::from_secs(60));
    let owners = entries(&new);
    assert!(!owners[0].contains("f:replicas"), "{}", owners[0]);
    assert_eq!(owners[1], r#"scaler Update {"f:spec":{"f:replicas":{}}}"#);
}

#[test]
fn an_apply_that_would_change_what_others_manage_is_refused() {
    let mut live = applied(None, SPEC, "kubectl", false).expect("applied");
    let before = live.clone();
    live["spec"].set("replicas", 5);
    let scaler = manager("scaler", Operation::Update);
    track_update(deployment(), Some(&before), &mut live, &scaler, &[], Time::from_secs(60));
    let error = applied(Some(&live), r#"{"replicas":3}"#, "other", false).expect_err("a conflict");
    assert_eq!(
        error,
        r#"Apply failed with 1 conflict: conflict with "scaler" using apps/v1: .spec.replicas"#
    );
    let both = r#"{"replicas":3,"template":{"spec":{"containers":[{"name":"a","image":"z"}]}}}"#;
    let error = applied(Some(&live), both, "other", false).expect_err("conflicts");
    assert_eq!(
        error,
        "Apply failed with 2 conflicts: conflicts with \"kubectl\":\n\
         - .spec.template.spec.containers[name=\"a\"].image\n\
         conflicts with \"scaler\" using apps/v1:\n\
         - .spec.replicas"
    );
    let forced = applied(Some(&live), both, "other", true).expect("forced");
    assert_eq!(forced["spec"]["replicas"].int(), 3);
    assert!(!entries(&forced).iter().any(|entry| entry.starts_with("scaler")));
}

#[test]
fn what_an_applier_no_longer_names_goes_unless_others_manage_it() {
    let two = r#"{"replicas":2,"template":{"spec":{"containers":[{"name":"a","image":"x"},{"name":"b","image":"y"}]}}}"#;
    let live = applied(None, two, "kubectl", false).expect("applied");
    let shared = applied(Some(&live), r#"{"replicas":2}"#, "other", false).expect("shared");
    let one = r#"{"template":{"spec":{"containers":[{"name":"a","image":"x"}]}}}"#;
    let object = applied(Some(&shared), one, "kubectl", false).expect("applied");
    assert_eq!(object["spec"]["replicas"].int(), 2);
    let containers = &object["spec"]["template"]["spec"]["containers"];
    assert_eq!(containers.to_json(), r#"[{"image":"x","name":"a"}]"#);
    let object = applied(Some(&live), one, "kubectl", false).expect("applied");
    assert!(object["spec"]["replicas"].is_null());
}

#[test]
fn an_unknown_field_is_refused() {
    let error = applied(None, r#"{"replica":2}"#, "kubectl", false).expect_err("no such field");
    assert_eq!(error, ".spec.replica: field not declared in schema");
}

#[test]
fn a_write_that_changes_nothing_keeps_its_time() {
    let live = applied(None, SPEC, "kubectl", false).expect("applied");
    let manager = manager("kubectl", Operation::Apply);
    let configuration = json(&format!(r#"{{"metadata":{{"name":"web"}},"spec":{SPEC}}}"#));
    let later = Time::from_secs(3_600);
    let again =
        apply_configuration(deployment(), Some(&live), &configuration, &manager, false, later);
    assert_eq!(again, Ok(live));
}

#[test]
fn the_eleventh_updater_ages_the_first_two() {
    let mut live = json(r#"{"metadata":{"name":"web"},"spec":{}}"#);
    for number in 0..12 {
        let mut new = live.clone();
        new["metadata"].set("labels", json(&format!(r#"{{"l{number}":""}}"#)));
        let own = manager(&format!("m{number:02}"), Operation::Update);
        for (key, value) in live["metadata"]["labels"].entries() {
            new["metadata"]["labels"].set(key, value);
        }
        track_update(deployment(), Some(&live), &mut new, &own, &[], Time::from_secs(number));
        live = new;
    }
    assert_eq!(entries(&live).len(), 10);
    assert!(entries(&live).iter().any(|entry| entry.starts_with("ancient-changes Update")));
}
