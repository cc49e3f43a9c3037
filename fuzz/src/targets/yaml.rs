//! YAML: any text is read or refused, with places inside it, and what kubectl
//! prints as YAML reads the same.

use podyard_engine::sim::Random;
use podyard_engine::value::Value;
use podyard_engine::yaml::{parse_yaml, read_stream};
use podyard_kubectl::print::to_yaml;

use super::Target;
use crate::input;

/// Reading and printing YAML.
pub(super) const TARGET: Target = Target {
    name: "yaml",
    promise: "any YAML is read or refused, and printed values read the same",
    round,
};

fn round(random: &mut Random) {
    same(&input::tree(random, 5));
    let text = match random.below(8) {
        0 => input::deep(random),
        1 => input::salad(random),
        _ => input::damaged(&input::manifest(random), random),
    };
    let (documents, error) = read_stream(&text);
    let lines = text.lines().count() + 1;
    if let Some(position) = error.and_then(|error| error.position) {
        assert!(position.line as usize <= lines, "an error on line {} of {lines}", position.line);
    }
    for document in documents {
        same(&document.value);
    }
}

fn same(value: &Value) {
    let text = to_yaml(value);
    let again = parse_yaml(&text).map(|again| again.to_json());
    assert_eq!(again.as_ref(), Ok(&value.to_json()), "as YAML:\n{text}");
}
