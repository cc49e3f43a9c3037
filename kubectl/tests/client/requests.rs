//! What kubectl asks of a server, and what it makes of the answers.

use crate::script::Script;

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers: []\n";
const WEB: &str = "/apis/apps/v1/namespaces/default/deployments/web";
const LIVE: &str = r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web",
    "namespace":"default","generation":1,"resourceVersion":"7"},"spec":{"replicas":1,
    "template":{"spec":{"containers":[{"name":"nginx","image":"nginx:1.25"}]}}}}"#;

fn get(target: &str) -> String {
    format!("GET {target}")
}

#[test]
fn apply_creates_what_is_not_there_and_notes_its_configuration() {
    let post = "POST /api/v1/namespaces/default/pods?fieldManager=kubectl-client-side-apply&fieldValidation=Strict";
    let answer = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web"}}"#;
    let ran =
        Script::default().file("pod.yaml", POD).answer(post, 201, answer).run("apply -f pod.yaml");
    assert_eq!((ran.stdout.as_str(), ran.code), ("pod/web created\n", 0));
    let [first, last] = ran.requests.as_slice() else { panic!("two requests: {:?}", ran.requests) };
    assert_eq!(first, "GET /api/v1/namespaces/default/pods/web");
    let configuration = r#"{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"annotations\":{},\"name\":\"web\",\"namespace\":\"default\"},\"spec\":{\"containers\":[]}}\n"#;
    assert!(last.starts_with(post) && last.contains(configuration), "{last}");
}

#[test]
fn a_refused_object_names_its_file() {
    let post = "POST /api/v1/namespaces/default/pods?fieldManager=kubectl-client-side-apply&fieldValidation=Strict";
    let refusal = r#"{"kind":"Status","status":"Failure","reason":"BadRequest","message":"Pod in version \"v1\" cannot be handled as a Pod: strict decoding error: unknown field \"spec.ports\""}"#;
    let ran =
        Script::default().file("pod.yaml", POD).answer(post, 400, refusal).run("apply -f pod.yaml");
    let expected = "Error from server (BadRequest): error when creating \"pod.yaml\": Pod in version \"v1\" \
                    cannot be handled as a Pod: strict decoding error: unknown field \"spec.ports\"\n";
    assert_eq!((ran.stderr.as_str(), ran.code), (expected, 1));
}

#[test]
fn an_invalid_object_lists_its_causes() {
    let post = "POST /api/v1/namespaces/default/pods?fieldManager=kubectl-client-side-apply&fieldValidation=Strict";
    let refusal = r#"{"kind":"Status","reason":"Invalid","message":"no","details":{"kind":"Pod","name":"web","causes":[
        {"field":"spec.a","message":"Required value"},{"field":"spec.b","message":"Required value"}]}}"#;
    let ran =
        Script::default().file("pod.yaml", POD).answer(post, 422, refusal).run("apply -f pod.yaml");
    let expected =
        "The Pod \"web\" is invalid: \n* spec.a: Required value\n* spec.b: Required value\n";
    assert_eq!(ran.stderr, expected);
}

#[test]
fn set_image_sends_the_smallest_strategic_patch() {
    let patch = format!("PATCH {WEB}?fieldManager=kubectl-set");
    let ran = Script::default()
        .answer(&get(WEB), 200, LIVE)
        .answer(&patch, 200, LIVE)
        .run("set image deploy/web nginx=nginx:1.26");
    assert_eq!(ran.stdout, "deployment.apps/web image updated\n");
    let body = r#"{"spec":{"template":{"spec":{"$setElementOrder/containers":[{"name":"nginx"}],"containers":[{"image":"nginx:1.26","name":"nginx"}]}}}}"#;
    assert_eq!(ran.requests.last(), Some(&format!("{patch} {body}")));
}

#[test]
fn setting_the_same_image_asks_for_nothing_and_says_nothing() {
    let ran =
        Script::default().answer(&get(WEB), 200, LIVE).run("set image deploy/web nginx=nginx:1.25");
    assert_eq!((ran.stdout.as_str(), ran.requests.len(), ran.code), ("", 1, 0));
}

#[test]
fn record_is_on_its_way_out_but_notes_the_command() {
    let patch = format!("PATCH {WEB}?fieldManager=kubectl-set");
    let ran = Script::default()
        .answer(&get(WEB), 200, LIVE)
        .answer(&patch, 200, LIVE)
        .run("set image deployment web nginx=nginx:1.11 --record");
    let warning = "Flag --record has been deprecated, --record will be removed in the future\n";
    assert_eq!(ran.stderr, warning);
    let cause = "kubectl set image deployment web nginx=nginx:1.11 --record=true";
    assert!(ran.requests.last().is_some_and(|last| last.contains(cause)), "{:?}", ran.requests);
}

#[test]
fn a_missing_object_in_a_missing_namespace_is_the_namespace_s_fault() {
    let ran = Script::default().run("get pod web -n nowhere");
    let expected = "Error from server (NotFound): namespaces \"nowhere\" not found\n";
    assert_eq!(ran.stderr, expected);
}

#[test]
fn several_failures_are_listed_one_a_line() {
    let ran = Script::default().run("get pods a b");
    let expected = "Error from server (NotFound): pods \"a\" not found\n\
                    Error from server (NotFound): pods \"b\" not found\n";
    assert_eq!((ran.stderr.as_str(), ran.code), (expected, 1));
}

#[test]
fn warnings_of_the_server_are_passed_on_once() {
    let target = "GET /api/v1/namespaces/default/pods?limit=500";
    let list =
        r#"{"kind":"Table","metadata":{"resourceVersion":"1"},"columnDefinitions":[],"rows":[]}"#;
    let ran = Script::default()
        .answer(target, 200, list)
        .warning(target, "mind the gap")
        .run("get pods,po");
    assert_eq!(ran.stderr, "Warning: mind the gap\nNo resources found in default namespace.\n");
}

#[test]
fn rollout_status_follows_the_watch_to_the_end() {
    let list = format!("{}?fieldSelector=metadata.name%3Dweb", WEB.trim_end_matches("/web"));
    let object = |available: u32| {
        format!(
            r#"{{"metadata":{{"name":"web","generation":1,"resourceVersion":"{available}"}},"spec":{{"replicas":2}},"status":{{"observedGeneration":1,"replicas":2,"updatedReplicas":2,"availableReplicas":{available}}}}}"#
        )
    };
    let watch = format!("{list}&resourceVersion=5&watch=true");
    let events: String =
        [1, 2].map(|n| format!("{{\"type\":\"MODIFIED\",\"object\":{}}}\n", object(n))).concat();
    let first = format!(r#"{{"metadata":{{"resourceVersion":"5"}},"items":[{}]}}"#, object(0));
    let ran = Script::default()
        .answer(&get(WEB), 200, LIVE)
        .answer(&get(&list), 200, &first)
        .answer(&get(&watch), 200, &events)
        .run("rollout status deploy/web");
    let waiting = "Waiting for deployment \"web\" rollout to finish:";
    let expected = format!(
        "{waiting} 0 of 2 updated replicas are available...\n\
         {waiting} 1 of 2 updated replicas are available...\n\
         deployment \"web\" successfully rolled out\n"
    );
    assert_eq!((ran.stdout, ran.code), (expected, 0));
}

#[test]
fn scale_goes_through_the_subresource() {
    let patch = format!("PATCH {WEB}/scale");
    let ran = Script::default()
        .answer(&get(WEB), 200, LIVE)
        .answer(&patch, 200, r#"{"kind":"Scale"}"#)
        .run("scale deployment web --replicas=3");
    assert_eq!(ran.stdout, "deployment.apps/web scaled\n");
    assert_eq!(ran.requests.last(), Some(&format!("{patch} {}", r#"{"spec":{"replicas":3}}"#)));
}

#[test]
fn generators_print_the_object_that_go_would_make() {
    let ran = Script::default().run("run web --image=nginx --dry-run=client -o yaml");
    let expected = "apiVersion: v1\nkind: Pod\nmetadata:\n  creationTimestamp: null\n  labels:\n    run: web\n  \
                    name: web\nspec:\n  containers:\n  - image: nginx\n    name: web\n    resources: {}\n  \
                    dnsPolicy: ClusterFirst\n  restartPolicy: Always\nstatus: {}\n";
    assert_eq!(ran.stdout, expected);
}
