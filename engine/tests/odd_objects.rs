//! Spoils recorded objects in one place or a few, and demands that defaults,
//! validation, warnings and tables stay calm, where the recordings are at
//! hand (`../shared/kubernetes/corpus`).

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a test")]

use std::panic::catch_unwind;
use std::path::PathBuf;

use podyard_engine::api::{Errors, Kind, meta, registry};
use podyard_engine::schema::{FieldValidation, Schema, decode};
use podyard_engine::sim::Time;
use podyard_engine::value::{Value, parse_json};

const ROUNDS: usize = 10;

const TEXTS: [&str; 12] = [
    "",
    "é√\u{0}\n",
    "-1",
    "99999999999999999999999999Gi",
    "1e400",
    "150%",
    "../..",
    "/",
    "CRON_TZ=",
    "*/0 1-0 * * 9",
    "1.5m",
    "$(A)",
];

const NUMBERS: [i64; 6] = [-1, 0, 1, 2_147_483_647, i64::MAX, i64::MIN];

/// Numbers that look like chance and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        usize::try_from(self.0 >> 33).unwrap_or(0) % sides.max(1)
    }

    fn pick<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        all.get(self.roll(all.len()))
    }
}

/// Spoils one place somewhere in a value.
fn spoil(value: &mut Value, dice: &mut Dice) {
    match value {
        Value::Map(map) if !map.is_empty() => {
            let keys: Vec<_> = map.iter().map(|(key, _)| key.clone()).collect();
            let Some(key) = dice.pick(&keys) else { return };
            if dice.roll(12) == 0 {
                map.remove(key);
            } else {
                spoil(map.entry(key), dice);
            }
        }
        Value::List(items) if !items.is_empty() => {
            let mut all = items.to_vec();
            let chosen = dice.roll(all.len());
            match dice.roll(8) {
                0 => all.extend(items.get(chosen).cloned()),
                1 => drop(all.remove(chosen)),
                2 => all.push(Value::Null),
                _ => all.iter_mut().skip(chosen).take(1).for_each(|item| spoil(item, dice)),
            }
            *value = Value::list(all);
        }
        Value::Bool(bit) => *value = (!*bit).into(),
        Value::Int(_) => *value = dice.pick(&NUMBERS).copied().unwrap_or_default().into(),
        Value::Str(_) => *value = dice.pick(&TEXTS).copied().unwrap_or_default().into(),
        _ => *value = Value::map(),
    }
}

/// Does all that is done with an object, or nothing if it cannot be decoded.
fn handle(kind: &Kind, given: &Value, plain: &Value) {
    let now = Time::parse("2026-01-01T00:00:00Z").expect("a time");
    let Some(target) = Schema::get().find(kind.schema) else { return };
    let Ok(decoded) = decode(target, given, &[], FieldValidation::Ignore) else { return };
    let mut odd = decoded.value;
    (kind.cells)(&odd, now);
    (kind.default)(&mut odd);
    let mut errors = Errors::default();
    for (new, old) in [(&odd, plain), (plain, &odd)] {
        let mut new = new.clone();
        (kind.warnings)(&new, Some(old));
        (kind.prepare)(&mut new, Some(old));
        meta::validate_update(&new, old, &mut errors);
        (kind.validate_update)(&new, old, &mut errors);
        (kind.validate_status)(&new, old, &mut errors);
    }
    (kind.warnings)(&odd, None);
    (kind.prepare)(&mut odd, None);
    meta::validate(kind, &odd, &mut errors);
    (kind.validate)(&odd, &mut errors);
}

fn recorded() -> Vec<Value> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/kubernetes/corpus");
    let mut objects = Vec::new();
    for (name, field) in [("api-cases.jsonl", "request"), ("table-rows.jsonl", "manifest")] {
        let Ok(text) = std::fs::read_to_string(root.join(name)) else {
            println!("skipped: {name} is not at hand");
            continue;
        };
        let cases = text.lines().map(|line| parse_json(line.as_bytes()).expect("JSON"));
        objects.extend(cases.map(|case| case.at(&[field]).clone()));
    }
    objects
}

#[test]
fn no_object_is_too_odd() {
    let mut dice = Dice(1);
    for given in recorded() {
        let Some(kind) = registry::by_api_version(given["apiVersion"].text(), given["kind"].text())
        else {
            continue;
        };
        for _ in 0..ROUNDS {
            let mut odd = given.clone();
            for _ in 0..=dice.roll(3) {
                spoil(&mut odd, &mut dice);
            }
            let outcome = catch_unwind(|| handle(kind, &odd, &given));
            assert!(outcome.is_ok(), "{}", odd.to_json());
        }
    }
}
