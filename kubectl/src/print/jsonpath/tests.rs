//! What templates print, case by case.

use super::*;
use podyard_engine::value;

fn sample() -> Value {
    value!({
        "kind": "List",
        "items": [
            {
                "kind": "None",
                "metadata": { "name": "127.0.0.1", "labels": { "kubernetes.io/hostname": "127.0.0.1" } },
                "status": { "capacity": { "cpu": "4" }, "ready": true, "count": 2 }
            },
            {
                "kind": "None",
                "metadata": { "name": "127.0.0.2" },
                "status": { "capacity": { "cpu": "8" }, "ready": false, "count": 10 }
            }
        ],
        "users": [{ "name": "myself", "user": {} }, { "name": "e2e", "user": { "password": "secret" } }]
    })
}

fn check(template: &str, expected: &str) {
    let path = JsonPath::parse(template).expect(template);
    assert_eq!(path.print(&sample()).expect(template), expected, "{template}");
}

fn check_error(template: &str, expected: &str) {
    let error = match JsonPath::parse(template) {
        Err(error) => error,
        Ok(path) => path.allow_missing_keys(false).find(&sample()).expect_err(template),
    };
    assert_eq!(error.to_string(), expected, "{template}");
}

#[test]
fn paths_find_fields_and_items() {
    check("{.kind}", "List");
    check("{.items[*].metadata.name}", "127.0.0.1 127.0.0.2");
    check("{.items[0].metadata.labels.kubernetes\\.io/hostname}", "127.0.0.1");
    check("{.items[0].metadata.labels['kubernetes\\.io/hostname']}", "127.0.0.1");
    check("{.items[-1].metadata.name}", "127.0.0.2");
    check("{.items[-1:].metadata.name}", "127.0.0.2");
    check("{.items[0:1].metadata.name}", "127.0.0.1");
    check("{.items[::2].metadata.name}", "127.0.0.1");
    check(
        "{.items[*]['metadata.name','status.capacity']}",
        "127.0.0.1 127.0.0.2 {\"cpu\":\"4\"} {\"cpu\":\"8\"}",
    );
    check("{..cpu}", "4 8");
    check("{.missing.field}", "");
    check("{$.kind}{@.kind}", "ListList");
}

#[test]
fn maps_and_lists_print_as_json() {
    check("{.items[0].status}", r#"{"capacity":{"cpu":"4"},"count":2,"ready":true}"#);
    check("{.items[*].status.capacity.*}", "4 8");
    check("{.users[?(@.name==\"e2e\")]}", r#"{"name":"e2e","user":{"password":"secret"}}"#);
}

#[test]
fn texts_stand_between_actions() {
    check("kind: {.kind}!", "kind: List!");
    check("{.kind}{\"\\t\"}{'a\\'b'}", "List\ta'b");
    check(".kind", ".kind");
}

#[test]
fn ranges_repeat_up_to_their_end() {
    check("{range .items[*]}{.metadata.name}{\"\\n\"}{end}done", "127.0.0.1\n127.0.0.2\ndone");
    check(
        "{range .items[*]}[{.metadata.name}, {.status.capacity}] {end}",
        r#"[127.0.0.1, {"cpu":"4"}] [127.0.0.2, {"cpu":"8"}] "#,
    );
    check("{range .users[*]}{range .user}{.password}{end};{end}{.kind}", ";secret;List");
    check("{range .none[*]}{.x}{range .y}z{end}{end}after", "after");
}

#[test]
fn filters_compare_or_ask_for_existence() {
    check("{.users[?(@.user.password==\"secret\")].name}", "e2e");
    check("{.users[?(@.user.password)].name}", "e2e");
    check("{.items[?(@.status.ready==true)].metadata.name}", "127.0.0.1");
    check("{.items[?(@.status.count>2)].metadata.name}", "127.0.0.2");
    check("{.items[?(@.status.count<=2)].metadata.name}", "127.0.0.1");
    check("{.users[?(@.name!='e2e')].name}", "myself");
}

#[test]
fn errors_are_worded_as_in_kubectl() {
    check_error("{.kind", "unclosed action");
    check_error("{.items[0}", "unterminated array");
    check_error("{.items[a]}", "invalid array index a");
    check_error("{.items[5]}", "array index out of bounds: index 5, length 2");
    check_error("{.missing}", "missing is not found");
    check_error("{end}", "not in range, nothing to end");
    check_error("{foo}", "unrecognized identifier foo");
    check_error("{&}", "unrecognized character in action: U+0026 '&'");
    check_error("{.kind[0]}", "string is not array or slice");
    check_error("{\"a}", "unterminated quoted string");
}

#[test]
fn a_relaxed_path_gets_its_braces() {
    for path in ["metadata.name", ".metadata.name", "{metadata.name}", "{.metadata.name}"] {
        assert_eq!(relaxed(path).as_deref(), Ok("{.metadata.name}"));
    }
    assert!(relaxed("{.a}{.b}").is_err());
}
