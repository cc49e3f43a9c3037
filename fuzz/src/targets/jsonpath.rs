//! JSONPath: any template is refused or finds something or nothing.

use podyard_engine::sim::Random;
use podyard_kubectl::print::jsonpath::{JsonPath, relaxed};

use super::Target;
use crate::input;

/// Templates of `-o jsonpath` and `--sort-by`.
pub(super) const TARGET: Target = Target {
    name: "jsonpath",
    promise: "any template is refused, or prints something of any object",
    round,
};

const TEMPLATES: &[&str] = &[
    "{.metadata.name}",
    "{range .items[*]}{.metadata.name}{\"\\t\"}{.status.phase}{\"\\n\"}{end}",
    "{.items[?(@.spec.replicas>=2)].metadata.labels['app']}",
    "{.spec.containers[0:-1:2].image}",
    "{..name} {.data.a\\.b}",
];

fn round(random: &mut Random) {
    let template = random.choose(TEMPLATES).copied().unwrap_or_default();
    let template = input::damaged(template, random);
    let object = input::tree(random, 4);
    relaxed(&template).ok();
    if let Ok(path) = JsonPath::parse(&template) {
        path.print(&object).ok();
        path.print_as_json(&object).ok();
    }
}
