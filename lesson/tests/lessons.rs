//! Lesson CI: every lesson of `public/lessons` stands its trial.
//!
//! `LESSON=id cargo test -p podyard-lesson --test lessons` tries one.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that tells of each lesson"
)]

use std::path::{Path, PathBuf};
use std::{env, fs, thread};

use podyard_engine::value::Value;
use podyard_engine::yaml::parse_yaml;
use podyard_lesson::{Course, Lesson, Text, trial};
use podyard_session::link;

const LANGUAGES: [&str; 2] = ["en", "ko"];
const THREADS: usize = 2;
/// The longest link of a solution, and of files alone: what any message takes.
const LINK_MAX: usize = 2_000;
const FILES_LINK_MAX: usize = 700;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../public/lessons")
}

fn read(path: &str) -> String {
    fs::read_to_string(folder().join(path)).expect(path)
}

fn yaml(path: &str) -> Value {
    parse_yaml(&read(path)).expect(path)
}

/// The rows of `index.yaml`, in order.
fn rows() -> Vec<Value> {
    let index = yaml("index.yaml");
    let chapters = index["chapters"].items().iter();
    chapters.flat_map(|chapter| chapter["lessons"].items().to_vec()).collect()
}

fn texts(id: &str) -> Vec<Text> {
    let text = |language| Text::read(&read(&format!("{id}/text.{language}.md")));
    LANGUAGES.into_iter().map(text).collect()
}

fn errors(id: &str) -> Vec<String> {
    match Lesson::parse(&read(&format!("{id}/lesson.yaml"))) {
        Ok(lesson) if lesson.id == id => trial::of(&lesson, &texts(id)),
        Ok(lesson) => vec![format!("its id is {}", lesson.id)],
        Err(error) => vec![error.to_string()],
    }
}

#[test]
fn every_lesson_stands_its_trial() {
    let only = env::var("LESSON").ok();
    let ids = rows().iter().map(|row| row["id"].text().to_owned()).collect::<Vec<_>>();
    let ids: Vec<String> =
        ids.into_iter().filter(|id| only.as_ref().is_none_or(|only| only == id)).collect();
    let share = ids.len().div_ceil(THREADS).max(1);
    let failed: Vec<String> = thread::scope(|scope| {
        let shares: Vec<_> = ids
            .chunks(share)
            .map(|ids| scope.spawn(|| ids.iter().filter_map(|id| told(id)).collect::<Vec<_>>()))
            .collect();
        shares.into_iter().flat_map(|share| share.join().expect("no panic")).collect()
    });
    assert!(failed.is_empty(), "\n{}", failed.join("\n"));
}

/// How long the link is that shares a lesson's solution, and how long that of
/// its files alone.
fn link_lengths(lesson: &Lesson) -> (usize, usize) {
    let mut machine = Course::new(lesson.clone()).machine();
    for deed in lesson.steps.iter().flat_map(|step| &step.solution) {
        deed.do_to(&mut machine);
    }
    let session = machine.session();
    (link::pack(&session).len(), link::pack(&session.only(machine.files())).len())
}

/// Tries a lesson and tells of it; gives its errors if it has any.
fn told(id: &str) -> Option<String> {
    let mut errors = errors(id);
    let steps = texts(id).first().map_or(0, |text| text.steps.len());
    let lesson = Lesson::parse(&read(&format!("{id}/lesson.yaml"))).unwrap_or_default();
    let (whole, files) = link_lengths(&lesson);
    if whole > LINK_MAX || files > FILES_LINK_MAX {
        errors.push(format!("its links are too long: {whole} and {files} letters"));
    }
    let word = if errors.is_empty() { "stands" } else { "FALLS" };
    let links = format!("its solution as a link: {whole} letters, the files alone {files}");
    println!("lesson {id}: {word} ({steps} steps, {}; {links})", LANGUAGES.join(" and "));
    (!errors.is_empty()).then(|| format!("lesson {id}:\n  {}", errors.join("\n  ")))
}

#[test]
fn the_index_names_every_lesson_by_its_title() {
    let rows = rows();
    for row in &rows {
        let id = row["id"].text();
        for (language, text) in LANGUAGES.iter().zip(texts(id)) {
            assert_eq!(text.title, row[*language].text(), "{id} in {language}");
        }
    }
    let entries = fs::read_dir(folder()).expect("the folder");
    let folders = entries.filter(|entry| entry.as_ref().expect("an entry").path().is_dir());
    assert_eq!(folders.count(), rows.len(), "folders of lessons");
}

#[test]
fn every_lesson_is_as_the_schema_says() {
    let schema = yaml("lesson.schema.json");
    for row in rows() {
        let id = row["id"].text();
        let errors = mismatches(&yaml(&format!("{id}/lesson.yaml")), &schema, &schema, id);
        assert!(errors.is_empty(), "\n{}", errors.join("\n"));
    }
    let odd = parse_yaml("id: x\nsteps:\n- id: a\n  checks:\n  - {id: b, objct: {kind: pod}}\n");
    let errors = mismatches(&odd.expect("YAML"), &schema, &schema, "odd");
    assert!(errors.iter().any(|error| error.contains("objct")), "{errors:?}");
}

/// The subjects of checks, and what a start may have.
const KEYS: [&str; 10] = [
    "object",
    "condition",
    "count",
    "event",
    "log",
    "allowed",
    "reach",
    "calm",
    "traffic",
    "faults",
];

#[test]
fn whatever_a_lesson_may_say_is_described_and_used() {
    let (guide, schema) = (read("README.md"), read("lesson.schema.json"));
    let rows = rows();
    let lessons = rows.iter().map(|row| read(&format!("{}/lesson.yaml", row["id"].text())));
    let lessons: Vec<String> = lessons.collect();
    for key in KEYS {
        let begins = |line: &str| line.trim_start().starts_with(&format!("{key}:"));
        assert!(guide.contains(&format!("`{key}")) || guide.lines().any(begins), "guide: {key}");
        assert!(schema.contains(&format!("\"{key}\": {{")), "schema: {key}");
        assert!(lessons.iter().any(|lesson| lesson.lines().any(begins)), "no lesson: {key}");
    }
}

/// Where a value is not as a schema says: of JSON Schema, what ours uses.
fn mismatches(value: &Value, schema: &Value, root: &Value, place: &str) -> Vec<String> {
    if let Some(path) = schema["$ref"].as_str() {
        let steps: Vec<&str> = path.trim_start_matches("#/").split('/').collect();
        return mismatches(value, root.at(&steps), root, place);
    }
    let mut errors = Vec::new();
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Int(_) => "integer",
        Value::Str(_) => "string",
        Value::List(_) => "array",
        Value::Map(_) => "object",
        Value::Float(_) => "number",
    };
    let allowed = schema["type"].text();
    if !allowed.is_empty() && allowed != kind {
        errors.push(format!("{place} is of type {kind}, not {allowed}"));
    }
    let choices = schema["enum"].items();
    if !choices.is_empty() && !choices.contains(value) {
        errors.push(format!("{place} is none of {}", schema["enum"].to_json()));
    }
    for name in schema["required"].items().iter().map(Value::text) {
        if value.get(name).is_none() {
            errors.push(format!("{place} has no {name}"));
        }
    }
    let alternatives = schema["oneOf"].items();
    let fits = |one: &&Value| mismatches(value, one, root, place).is_empty();
    if !alternatives.is_empty() && alternatives.iter().filter(fits).count() != 1 {
        errors.push(format!("{place} fits not one of its alternatives: {}", value.to_json()));
    }
    for (name, inner) in value.entries() {
        let place = format!("{place}.{name}");
        match (schema["properties"].get(name), &schema["additionalProperties"]) {
            (Some(own), _) => errors.extend(mismatches(inner, own, root, &place)),
            (None, Value::Bool(false)) => errors.push(format!("{place} is not known")),
            (None, rest) => errors.extend(mismatches(inner, rest, root, &place)),
        }
    }
    for (index, item) in value.items().iter().enumerate() {
        errors.extend(mismatches(item, &schema["items"], root, &format!("{place}[{index}]")));
    }
    errors
}
