//! Defaults, prepares and validates the objects that a real API server was
//! given, where the recordings are at hand (`../shared/kubernetes/corpus`),
//! and compares with its answers. Prints a score for each kind; the floors
//! below only ever rise.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a test")]

use std::collections::BTreeMap;
use std::path::PathBuf;

use podyard_engine::api::pod::admission;
use podyard_engine::api::service::{Allocators, Refusal, ServiceRange};
use podyard_engine::api::{Errors, Kind, meta, registry};
use podyard_engine::schema::{FieldValidation, Schema, decode};
use podyard_engine::sim::{Random, Time};
use podyard_engine::value;
use podyard_engine::value::{Value, parse_json};
use podyard_engine::yaml::read_stream;

/// How many posted objects get the right answer.
const POSTED: &[(&str, usize)] = &[
    ("ConfigMap", 13),
    ("CronJob", 12),
    ("DaemonSet", 12),
    ("Deployment", 7),
    ("EndpointSlice", 4),
    ("Endpoints", 14),
    ("HorizontalPodAutoscaler", 55),
    ("Ingress", 7),
    ("IngressClass", 12),
    ("Job", 38),
    ("LimitRange", 11),
    ("Namespace", 4),
    ("NetworkPolicy", 27),
    ("Node", 24),
    ("PersistentVolume", 50),
    ("PersistentVolumeClaim", 31),
    ("Pod", 71),
    ("PriorityClass", 4),
    ("ReplicaSet", 5),
    ("ReplicationController", 11),
    ("ResourceQuota", 10),
    ("Role", 2),
    ("RoleBinding", 6),
    ("Secret", 26),
    ("Service", 84),
    ("StatefulSet", 21),
    ("StorageClass", 15),
];

/// How many manifests are completed right.
const COMPLETED: &[(&str, usize)] = &[
    ("(warnings)", 505),
    ("ClusterRole", 8),
    ("ClusterRoleBinding", 9),
    ("ConfigMap", 11),
    ("CronJob", 1),
    ("CustomResourceDefinition", 1),
    ("DaemonSet", 12),
    ("Deployment", 65),
    ("Endpoints", 1),
    ("FlowSchema", 2),
    ("HorizontalPodAutoscaler", 4),
    ("Ingress", 10),
    ("IngressClass", 3),
    ("Job", 12),
    ("LimitRange", 9),
    ("Namespace", 9),
    ("NetworkPolicy", 8),
    ("PersistentVolume", 7),
    ("PersistentVolumeClaim", 28),
    ("Pod", 169),
    ("PodDisruptionBudget", 3),
    ("ReplicaSet", 2),
    ("ReplicationController", 34),
    ("ResourceQuota", 4),
    ("Role", 1),
    ("RoleBinding", 2),
    ("Secret", 21),
    ("Service", 76),
    ("ServiceAccount", 7),
    ("StatefulSet", 9),
    ("StorageClass", 19),
    ("ValidatingAdmissionPolicy", 8),
    ("ValidatingAdmissionPolicyBinding", 1),
];

/// How many rows of tables are printed right.
const PRINTED: &[(&str, usize)] = &[
    ("CSINode", 1),
    ("CSIStorageCapacity", 1),
    ("CertificateSigningRequest", 3),
    ("ClusterRoleBinding", 2),
    ("ConfigMap", 1),
    ("ControllerRevision", 2),
    ("CronJob", 4),
    ("DaemonSet", 2),
    ("Deployment", 1),
    ("EndpointSlice", 1),
    ("Endpoints", 3),
    ("Event", 4),
    ("HorizontalPodAutoscaler", 10),
    ("Job", 7),
    ("Lease", 2),
    ("Namespace", 1),
    ("Node", 12),
    ("PersistentVolume", 5),
    ("PersistentVolumeClaim", 3),
    ("Pod", 20),
    ("PodDisruptionBudget", 2),
    ("PodTemplate", 3),
    ("PriorityClass", 2),
    ("ReplicaSet", 2),
    ("ReplicationController", 3),
    ("ResourceQuota", 1),
    ("RoleBinding", 1),
    ("Secret", 2),
    ("Service", 7),
    ("ServiceAccount", 1),
    ("StatefulSet", 2),
    ("StorageClass", 3),
    ("VolumeAttachment", 1),
];

const UID: &str = "00000000-0000-0000-0000-000000000000";

/// What the server would answer: the object that it stores, or the errors.
enum Answer {
    Stored(Value, Vec<String>),
    Invalid(Errors),
}

fn recordings(name: &str) -> Vec<Value> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/kubernetes/corpus");
    let Ok(text) = std::fs::read_to_string(root.join(name)) else {
        println!("skipped: {name} is not at hand");
        return Vec::new();
    };
    text.lines().map(|line| parse_json(line.as_bytes()).expect("JSON")).collect()
}

fn kind_of(object: &Value) -> Option<&'static Kind> {
    registry::by_api_version(object["apiVersion"].text(), object["kind"].text())
}

/// Does what the API server does with a new object.
fn create(kind: &Kind, given: &Value) -> Option<Answer> {
    let target = Schema::get().find(kind.schema)?;
    let mut object = decode(target, given, &[], FieldValidation::Ignore).ok()?.value;
    if !kind.namespaced {
        object.at_mut(&["metadata"]).remove("namespace");
    } else if object.at(&["metadata", "namespace"]).is_empty() {
        *object.at_mut(&["metadata", "namespace"]) = "default".into();
    }
    object.at_mut(&["metadata"]).remove("deletionGracePeriodSeconds");
    (kind.default)(&mut object);
    if let Some(stored) = &kind.stored_as {
        (stored.to_stored)(&mut object);
    }
    if kind.kind == "Service"
        && let Err(Refusal::Invalid(errors)) = allocate(&mut object)
    {
        return Some(Answer::Invalid(errors));
    }
    if kind.kind == "Pod" {
        admit(&mut object);
    }
    *object.at_mut(&["metadata", "uid"]) = UID.into();
    *object.at_mut(&["metadata", "creationTimestamp"]) = "2026-01-01T00:00:00Z".into();
    if !kind.created_with_status {
        object.remove("status");
    }
    let warnings = (kind.warnings)(&object, None);
    (kind.prepare)(&mut object, None);
    let mut errors = Errors::default();
    meta::validate(kind, &object, &mut errors);
    (kind.validate)(&object, &mut errors);
    if let Some(stored) = &kind.stored_as {
        (stored.from_stored)(&mut object);
    }
    Some(if errors.is_empty() { Answer::Stored(object, warnings) } else { Answer::Invalid(errors) })
}

/// Gives a Service its addresses as a dry run does.
fn allocate(service: &mut Value) -> Result<(), Refusal> {
    let mut allocators = Allocators::new(ServiceRange::USUAL, Random::new(1));
    let granted = allocators.create(service, true)?;
    allocators.finish(granted, true);
    Ok(())
}

fn admit(pod: &mut Value) {
    if !pod.at(&["metadata", "annotations", "kubernetes.io/config.mirror"]).is_null() {
        return;
    }
    admission::default_service_account(pod);
    if admission::wants_token(pod, &value!({})) {
        admission::mount_token(pod, "xxxxx");
    }
    admission::add_default_tolerations(pod);
    admission::set_priority(pod, None);
}

/// The object without what the server draws by chance or omits when empty.
fn tidy(value: &Value) -> Value {
    match value {
        Value::Map(map) => {
            let dropped = [
                "uid",
                "resourceVersion",
                "creationTimestamp",
                "lastTransitionTime",
                "lastPhaseTransitionTime",
                "managedFields",
                "generation",
                "clusterIP",
                "clusterIPs",
                "nodePort",
                "healthCheckNodePort",
            ];
            let entries = map
                .iter()
                .filter(|(key, _)| !dropped.contains(&&***key) && !key.contains("last-applied"))
                .map(|(key, value)| (key.clone(), tidy(value)))
                .filter(|(_, value)| !is_hollow(value));
            Value::Map(entries.collect())
        }
        Value::List(items) => items.iter().map(tidy).collect(),
        Value::Str(text) => masked(text).into(),
        other => other.clone(),
    }
}

fn is_hollow(value: &Value) -> bool {
    matches!(value, Value::Null | Value::Map(_) | Value::List(_)) && value.is_empty()
}

/// A text without token volumes' suffixes, UIDs and addresses.
fn masked(text: &str) -> String {
    let mut masked = text.to_owned();
    for (start, length) in [("kube-api-access-", 5), ("(0xc0", 8)] {
        let mut from = 0;
        while let Some(found) = masked.get(from..).and_then(|rest| rest.find(start)) {
            let at = from + found + start.len();
            let end = (at + length).min(masked.len());
            masked.replace_range(at..end, "");
            from = at;
        }
    }
    let mut from = 0;
    while let Some(window) = masked.get(from..from + 36) {
        let bytes = window.as_bytes();
        let is_uid = bytes.iter().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
        if is_uid {
            masked.replace_range(from..from + 36, UID);
        }
        from += 1;
        while !masked.is_char_boundary(from) {
            from += 1;
        }
    }
    masked
}

fn difference(expected: &Value, found: &Value, path: &str) -> Option<String> {
    match (expected, found) {
        (Value::Map(a), Value::Map(b)) => {
            let keys = a.iter().chain(b.iter()).map(|(key, _)| key);
            let mut differences = keys.filter_map(|key| {
                difference(&expected[&**key], &found[&**key], &format!("{path}.{key}"))
            });
            differences.next()
        }
        (Value::List(a), Value::List(b)) if a.len() == b.len() => {
            let mut differences = a.iter().zip(b.iter()).enumerate();
            differences.find_map(|(index, (a, b))| difference(a, b, &format!("{path}[{index}]")))
        }
        _ if expected == found => None,
        _ => Some(format!("{path}: expected {}, found {}", expected.to_json(), found.to_json())),
    }
}

/// What is wrong with an answer, if anything.
fn fault(case: &Value, answer: Answer) -> Option<String> {
    let expects_errors = case["code"].int() == 422;
    match answer {
        Answer::Stored(..) if expects_errors => {
            Some(format!("accepted: {}", case["message"].text()))
        }
        Answer::Stored(object, warnings) => {
            let expected: Vec<String> = case["warnings"]
                .items()
                .iter()
                .map(|text| text.text().replace("\\\"", "\"").replace("\\\\", "\\"))
                .collect();
            let found = difference(&tidy(&case["result"]), &tidy(&object), "");
            let differs = warnings != expected;
            found.or_else(|| differs.then(|| format!("warnings {warnings:?}, not {expected:?}")))
        }
        Answer::Invalid(errors) => {
            let found: Vec<String> = errors
                .0
                .iter()
                .map(|error| {
                    masked(&format!("{}|{}|{}", error.field, error.reason.name(), error.message))
                })
                .collect();
            let expected: Vec<String> = case["causes"]
                .items()
                .iter()
                .map(|cause| {
                    masked(&format!("{}|{}|{}", cause[0].text(), cause[1].text(), cause[2].text()))
                })
                .collect();
            (found != expected).then(|| format!("found {found:#?}\nexpected {expected:#?}"))
        }
    }
}

/// How many of a kind's cases must be right, for kinds that once were.
fn check(scores: &BTreeMap<String, (usize, usize)>, floors: &[(&str, usize)]) {
    for (kind, (right, all)) in scores {
        println!("{kind}: {right} of {all}");
    }
    for (kind, floor) in floors {
        if let Some((right, all)) = scores.get(*kind) {
            assert!(right >= floor, "{kind}: {right} of {all} are right, once it were {floor}");
        }
    }
}

fn note(
    scores: &mut BTreeMap<String, (usize, usize)>,
    id: &str,
    kind: &str,
    fault: Option<String>,
) {
    let score = scores.entry(kind.to_owned()).or_default();
    score.1 += 1;
    match fault {
        None => score.0 += 1,
        Some(fault) => println!("{id}: {fault}"),
    }
}

#[test]
fn posted_objects_get_the_answers_of_the_real_server() {
    let mut scores = BTreeMap::new();
    for case in recordings("api-cases.jsonl") {
        let Some(kind) = kind_of(&case["request"]) else { continue };
        if !matches!(case["code"].int(), 201 | 422) {
            continue;
        }
        let fault = match create(kind, &case["request"]) {
            Some(answer) => fault(&case, answer),
            None => Some("cannot be decoded".to_owned()),
        };
        note(&mut scores, case["id"].text(), kind.kind, fault);
    }
    check(&scores, POSTED);
}

#[test]
fn manifests_are_completed_as_by_the_real_server() {
    let mut scores = BTreeMap::new();
    for case in recordings("manifests.jsonl") {
        let defaulted = match &case["defaulted"] {
            Value::Null => continue,
            list if list["kind"].text() == "List" => list["items"].items().to_vec(),
            one => vec![one.clone()],
        };
        let mut warnings = Vec::new();
        let (documents, _) = read_stream(case["manifest"].text());
        let objects: Vec<&Value> =
            documents.iter().map(|document| &document.value).filter(|v| !v.is_null()).collect();
        if objects.len() != defaulted.len() {
            continue;
        }
        for (given, expected) in objects.into_iter().zip(defaulted) {
            let Some(kind) = kind_of(given) else { continue };
            let expected = value!({ "code": 201, "result": expected });
            let fault = match create(kind, given) {
                Some(Answer::Stored(object, more)) => {
                    for warning in more {
                        // No client is told the same twice.
                        if !warnings.contains(&warning) {
                            warnings.push(warning);
                        }
                    }
                    difference(&tidy(&expected["result"]), &tidy(&object), "")
                }
                Some(Answer::Invalid(errors)) => Some(format!("refused: {errors:?}")),
                None => Some("cannot be decoded".to_owned()),
            };
            note(&mut scores, case["id"].text(), kind.kind, fault);
        }
        let expected: Vec<&str> = case["expect_stderr"]
            .text()
            .lines()
            .filter_map(|l| l.strip_prefix("Warning: "))
            .collect();
        let fault =
            (warnings != expected).then(|| format!("warned {warnings:?}, not {expected:?}"));
        note(&mut scores, case["id"].text(), "(warnings)", fault);
    }
    check(&scores, COMPLETED);
}

/// The first of an object's cells, as many as were recorded: the wide ones
/// come last.
fn cells(kind: &Kind, case: &Value) -> Value {
    let now = Time::parse(case["now"].text()).expect("a time");
    let count = case["expect_cells"].items().first().map_or(0, |row| row.items().len());
    (kind.cells)(&case["manifest"], now).into_iter().take(count).collect()
}

#[test]
fn objects_print_as_by_the_real_printers() {
    let mut scores = BTreeMap::new();
    for case in recordings("table-rows.jsonl") {
        let Some(kind) = kind_of(&case["manifest"]) else { continue };
        let (expected, found) = (&case["expect_cells"][0], cells(kind, &case));
        let fault = (found != *expected)
            .then(|| format!("expected {}, found {}", expected.to_json(), found.to_json()));
        note(&mut scores, case["id"].text(), kind.kind, fault);
    }
    check(&scores, PRINTED);
}
