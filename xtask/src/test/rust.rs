//! The suites that Rust's own tools run.

use super::Closing;
use crate::failure::{Failure, Result};
use crate::process::{Program, say};
use crate::{tools, workspace};

/// The page's crate, which compiles for the browser only.
const PAGE: &str = "podyard-app";

/// rustfmt has nothing to change.
pub(super) fn fmt(_: &mut Closing) -> Result<()> {
    Program::cargo("fmt --all --check").run()
}

/// Clippy has nothing to say.
pub(super) fn clippy(_: &mut Closing) -> Result<()> {
    tools::wasm_target()?;
    native("clippy --workspace --all-targets").args(["--", "-D", "warnings"]).run()?;
    if has_page() {
        Program::cargo("clippy --all-targets -p")
            .args([PAGE, "--target", tools::WASM, "--", "-D", "warnings"])
            .run()?;
    }
    Ok(())
}

/// Every lesson stands its trial.
pub(super) fn lessons(closing: &mut Closing) -> Result<()> {
    Program::cargo("test --package podyard-lesson --test lessons")
        .args(["--", "--nocapture"])
        .watch(|line| {
            if line.starts_with("lesson ") {
                closing.keep(line);
            }
            keep_result(line, closing);
        })
}

/// The tests of all crates, with the examples in their documentation.
pub(super) fn unit(closing: &mut Closing) -> Result<()> {
    // The lessons are a suite of their own, which tells of each.
    Program::cargo("test --workspace --no-fail-fast")
        .args(["--", "--quiet", "--skip", "every_lesson_stands_its_trial"])
        .watch(|line| keep_result(line, closing))
}

/// The same inputs give the same history natively and in WebAssembly.
pub(super) fn wasm(closing: &mut Closing) -> Result<()> {
    tools::wasm_target()?;
    tools::wasm_bindgen()?;
    let test = "test --package podyard-session --test determinism";
    let native = Program::cargo(test).args(["--", "--nocapture"]).output()?;
    let told = |name: &str| {
        let hash = native.lines().find_map(|line| line.strip_prefix(name));
        hash.ok_or_else(|| Failure::new("the native test told no history"))
    };
    let (history, scenarios) = (told("history ")?, told("scenarios ")?);
    say(format!("The native history is {history}, that of the scenarios {scenarios}"));
    say("Now in WebAssembly, under Node");
    Program::cargo(test)
        .args(["--target", tools::WASM])
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", "wasm-bindgen-test-runner")
        .env("PODYARD_HISTORY", history)
        .env("PODYARD_SCENARIOS", scenarios)
        .watch(|line| keep_result(line, closing))
}

/// The documentation has no broken link.
pub(super) fn doc(_: &mut Closing) -> Result<()> {
    native("doc --workspace --no-deps").env("RUSTDOCFLAGS", "-D warnings").run()
}

/// Keeps the closing line of a program of tests that has any.
fn keep_result(line: &str, closing: &mut Closing) {
    if line.starts_with("test result: ") && !line.contains(" 0 passed; 0 failed") {
        closing.keep(line);
    }
}

/// A cargo command on all crates but the page's.
fn native(command: &str) -> Program {
    let program = Program::cargo(command);
    if has_page() { program.args(["--exclude", PAGE]) } else { program }
}

fn has_page() -> bool {
    workspace::path("app/Cargo.toml").exists()
}
