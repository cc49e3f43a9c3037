//! The suite that types the same commands to the real kubectl and to ours.

use super::Closing;
use crate::failure::Result;
use crate::process::Program;

/// Runs `cli/tests/differential`: a sample, or all with `PODYARD_KUBECTL=all`.
pub(super) fn run(closing: &mut Closing) -> Result<()> {
    Program::cargo("test --release --package podyard --test differential")
        .args(["--", "--include-ignored", "--nocapture"])
        .watch(|line| {
            if line.starts_with("kubectl: ") || line.starts_with("test result: ") {
                closing.keep(line);
            }
        })
}
