//! Decodes the objects that a real API server was given, where the recordings
//! are at hand (`../shared/kubernetes/corpus`), and compares with its answers.

#![expect(clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a test")]

use std::path::PathBuf;

use podyard_engine::schema::{FieldValidation, Schema, decode};
use podyard_engine::value::{Value, parse_json};
use podyard_engine::yaml::read_stream;

fn recordings(name: &str) -> Vec<Value> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/kubernetes/corpus");
    let Ok(text) = std::fs::read_to_string(root.join(name)) else {
        println!("skipped: {name} is not at hand");
        return Vec::new();
    };
    text.lines().map(|line| parse_json(line.as_bytes()).expect("JSON")).collect()
}

/// What a strict decoding of `object` says or makes of it.
fn decoded(object: &Value) -> Option<Result<Value, String>> {
    let (api_version, kind) = (object["apiVersion"].text(), object["kind"].text());
    let target = Schema::get().find_kind(api_version, kind)?;
    let read = decode(target, object, &[], FieldValidation::Strict);
    Some(read.map(|read| read.value).map_err(|error| error.to_string()))
}

/// The path at which `given` says something that `stored` says differently.
/// (The server also drops fields of features that are off.)
fn difference(given: &Value, stored: &Value, path: &str) -> Option<String> {
    match (given, stored) {
        (Value::Map(given), _) => given
            .iter()
            .find_map(|(key, value)| difference(value, &stored[&**key], &format!("{path}.{key}"))),
        (Value::List(given), Value::List(stored)) if given.len() <= stored.len() => {
            let mut pairs = given.iter().zip(stored.iter()).enumerate();
            pairs
                .find_map(|(i, (given, stored))| difference(given, stored, &format!("{path}[{i}]")))
        }
        _ if given == stored || given.is_zero() || stored.is_null() => None,
        _ => Some(format!("{path}: {} became {}", given.to_json(), stored.to_json())),
    }
}

#[test]
fn what_the_server_stored_is_what_decoding_makes() {
    for case in recordings("api-cases.jsonl") {
        let id = case["id"].text();
        let read = decoded(&case["request"]).unwrap_or_else(|| panic!("{id}: unknown kind"));
        let read = read.unwrap_or_else(|error| panic!("{id}: {error}"));
        for field in ["spec", "data", "template", "subsets", "endpoints", "rules"] {
            if case["code"].int() == 201 && !read[field].is_null() {
                assert_eq!(difference(&read[field], &case["result"][field], field), None, "{id}");
            }
        }
    }
}

#[test]
fn manifests_are_refused_in_the_words_of_the_server() {
    for case in recordings("manifests.jsonl") {
        let expected = case["expect_stderr"].text();
        let (documents, _) = read_stream(case["manifest"].text());
        for object in documents.iter().map(|document| &document.value) {
            if let Some(Err(error)) = decoded(object) {
                assert!(
                    expected.contains(&error),
                    "{}: {error}\nbut {expected}",
                    case["id"].text()
                );
            }
        }
    }
}

#[test]
fn errors_are_the_servers() {
    for case in recordings("errors.jsonl") {
        let expected = case["expect_stderr"].text();
        let Some((_, expected)) = expected.trim_end().split_once(" cannot be handled as a ") else {
            continue;
        };
        let expected = expected.split_once(": ").map_or("", |(_, error)| error);
        let (documents, _) = read_stream(case["files"]["m.yaml"].text());
        let found = documents.iter().find_map(|document| decoded(&document.value)?.err());
        if !expected.starts_with("no kind") {
            assert_eq!(found.as_deref(), Some(expected), "{}", case["id"].text());
        }
    }
}
