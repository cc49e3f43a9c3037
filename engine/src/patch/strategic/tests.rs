//! Strategic merge patches, with the examples that Kubernetes documents.

use super::*;
use crate::value::parse_json;

fn pod() -> &'static Struct {
    crate::schema::Schema::get().find("core/v1.Pod").expect("Pod")
}

fn json(text: &str) -> Value {
    parse_json(text.as_bytes()).expect("JSON")
}

fn check_apply(object: &str, patch: &str, expected: Result<&str, &str>) {
    let found = apply_strategic_patch(pod(), &json(object), &json(patch));
    let found = found.map(|value| value.to_json()).map_err(|error| error.to_string());
    assert_eq!(found.as_deref().map_err(String::as_str), expected, "{patch}");
}

/// Makes a patch of three versions of a Pod's `spec`, and checks that it brings
/// the current one where it should go.
fn check_create(original: &str, modified: &str, current: &str, patch: &str, result: &str) {
    let [original, modified, current] =
        [original, modified, current].map(|spec| json(&format!(r#"{{"spec":{spec}}}"#)));
    let made = create_three_way_strategic_patch(pod(), &original, &modified, &current);
    let made = made.expect("a patch");
    assert_eq!(made["spec"].to_json(), patch);
    let patched = apply_strategic_patch(pod(), &current, &made).expect("an object");
    assert_eq!(patched["spec"].to_json(), result);
}

const TWO: &str = r#"{"spec":{"containers":[{"name":"a","image":"x"},{"name":"b","image":"y"}]}}"#;

#[test]
fn containers_are_merged_by_name_and_the_patched_come_first() {
    check_apply(
        TWO,
        r#"{"spec":{"containers":[{"name":"b","image":"z"},{"name":"c","image":"w","tty":null}]}}"#,
        Ok(
            r#"{"spec":{"containers":[{"image":"x","name":"a"},{"image":"z","name":"b"},{"image":"w","name":"c"}]}}"#,
        ),
    );
}

#[test]
fn directives_delete_and_replace() {
    check_apply(
        TWO,
        r#"{"spec":{"containers":[{"name":"a","$patch":"delete"}]}}"#,
        Ok(r#"{"spec":{"containers":[{"image":"y","name":"b"}]}}"#),
    );
    check_apply(
        TWO,
        r#"{"spec":{"containers":[{"$patch":"replace"},{"name":"c"}]}}"#,
        Ok(r#"{"spec":{"containers":[{"name":"c"}]}}"#),
    );
    check_apply(
        r#"{"metadata":{"labels":{"a":"1"},"finalizers":["x","y"]}}"#,
        r#"{"metadata":{"labels":{"$patch":"replace","b":"2"},"$deleteFromPrimitiveList/finalizers":["x"]}}"#,
        Ok(r#"{"metadata":{"finalizers":["y"],"labels":{"b":"2"}}}"#),
    );
    check_apply(
        r#"{"spec":{"volumes":[{"name":"v","emptyDir":{}}]}}"#,
        r#"{"spec":{"volumes":[{"name":"v","hostPath":{"path":"/"},"$retainKeys":["name","hostPath"]}]}}"#,
        Ok(r#"{"spec":{"volumes":[{"hostPath":{"path":"/"},"name":"v"}]}}"#),
    );
}

#[test]
fn an_element_order_is_kept() {
    check_apply(
        TWO,
        r#"{"spec":{"$setElementOrder/containers":[{"name":"b"},{"name":"c"},{"name":"a"}],"containers":[{"name":"c"}]}}"#,
        Ok(
            r#"{"spec":{"containers":[{"image":"y","name":"b"},{"name":"c"},{"image":"x","name":"a"}]}}"#,
        ),
    );
}

#[test]
fn a_patch_that_does_not_fit_is_refused() {
    check_apply(
        TWO,
        r#"{"spec":{"containers":[{"image":"z"}]}}"#,
        Err("map: map[image:z] does not contain declared merge key: name"),
    );
    check_apply(
        TWO,
        r#"{"spec":{"containers":[{"name":"a","$patch":"swap"}]}}"#,
        Err("unknown patch type: swap in map: map[$patch:swap name:a]"),
    );
    check_apply(
        r#"{"spec":{"volumes":[{"name":"v","emptyDir":{}}]}}"#,
        r#"{"spec":{"volumes":[{"name":"v","hostPath":{},"$retainKeys":["name"]}]}}"#,
        Err("invalid patch format of retainKeys"),
    );
}

#[test]
fn what_others_set_survives_an_apply() {
    check_create(
        r#"{"containers":[{"name":"a","image":"x"},{"name":"b"}],"hostNetwork":true}"#,
        r#"{"containers":[{"name":"a","image":"z"}]}"#,
        r#"{"containers":[{"name":"a","image":"x","imagePullPolicy":"Always"},{"name":"b"}],"hostNetwork":true,"nodeName":"n"}"#,
        r#"{"$setElementOrder/containers":[{"name":"a"}],"containers":[{"image":"z","name":"a"},{"$patch":"delete","name":"b"}],"hostNetwork":null}"#,
        r#"{"containers":[{"image":"z","imagePullPolicy":"Always","name":"a"}],"nodeName":"n"}"#,
    );
}

#[test]
fn a_volume_that_changes_its_source_loses_the_old_one() {
    check_create(
        r#"{"volumes":[{"name":"v","emptyDir":{}}]}"#,
        r#"{"volumes":[{"name":"v","hostPath":{"path":"/"}}]}"#,
        r#"{"volumes":[{"name":"v","emptyDir":{}},{"name":"token","secret":{}}]}"#,
        r#"{"$setElementOrder/volumes":[{"name":"v"}],"volumes":[{"$retainKeys":["hostPath","name"],"emptyDir":null,"hostPath":{"path":"/"},"name":"v"}]}"#,
        r#"{"volumes":[{"hostPath":{"path":"/"},"name":"v"},{"name":"token","secret":{}}]}"#,
    );
}

#[test]
fn equal_versions_need_no_patch() {
    let object = json(TWO);
    let made = create_three_way_strategic_patch(pod(), &object, &object, &object);
    assert_eq!(made, Ok(Value::map()));
}

#[test]
fn a_change_of_others_to_the_same_field_is_a_conflict() {
    let original = json(r#"{"spec":{"nodeName":"a"}}"#);
    let current = json(r#"{"spec":{"nodeName":"b"}}"#);
    let patch = json(r#"{"spec":{"nodeName":"c"}}"#);
    let found = strategic_conflict(pod(), &patch, &original, &current);
    assert_eq!(found, Ok(Some(current.clone())));
    assert_eq!(strategic_conflict(pod(), &current, &original, &current), Ok(None));
}
