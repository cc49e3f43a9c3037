//! JSON: any text is read or refused, and what is read is printed as it was.

use podyard_engine::sim::Random;
use podyard_engine::value::{Value, parse_json};

use super::Target;
use crate::input;

/// Reading and printing JSON.
pub(super) const TARGET: Target = Target {
    name: "json",
    promise: "any JSON is read or refused, and printed values read the same",
    round,
};

fn round(random: &mut Random) {
    same(&input::tree(random, 5));
    let text = match random.below(8) {
        0 => input::deep(random),
        1 => input::salad(random),
        _ => input::damaged(&input::tree(random, 4).to_json_pretty(2), random),
    };
    if let Ok(value) = parse_json(text.as_bytes()) {
        same(&value);
    }
}

/// Compares by text: a number may be infinite, and then equals nothing.
fn same(value: &Value) {
    let text = value.to_json();
    let again = parse_json(text.as_bytes()).map(|again| again.to_json());
    assert_eq!(again.as_deref(), Ok(text.as_str()));
}
