//! Decoding: any value is read as any type or refused, and what is read is
//! read again as it is.

use podyard_engine::schema::{FieldValidation, Schema, decode};
use podyard_engine::sim::Random;

use super::Target;
use crate::input;

/// Reading values as Kubernetes' types.
pub(super) const TARGET: Target = Target {
    name: "decode",
    promise: "any value is refused or decoded, and the decoded one decodes to itself",
    round,
};

fn round(random: &mut Random) {
    let structs: Vec<_> = Schema::get().structs().collect();
    let Some(target) = random.choose(&structs) else { return };
    let value = input::tree(random, 6);
    let Ok(once) = decode(target, &value, &[], FieldValidation::Ignore) else { return };
    let twice = decode(target, &once.value, &[], FieldValidation::Strict);
    assert_eq!(
        twice.map(|twice| twice.value.to_json()),
        Ok(once.value.to_json()),
        "{}",
        target.name
    );
}
