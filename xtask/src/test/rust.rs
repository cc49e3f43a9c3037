//! The suites that Rust's own tools run.

use super::Closing;
use crate::failure::Result;
use crate::process::Program;
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

/// The tests of all crates, with the examples in their documentation.
pub(super) fn unit(closing: &mut Closing) -> Result<()> {
    native("test --workspace --no-fail-fast").args(["--", "--quiet"]).watch(|line| {
        if line.starts_with("test result: ") && !line.contains(" 0 passed; 0 failed") {
            closing.keep(line);
        }
    })
}

/// The documentation has no broken link.
pub(super) fn doc(_: &mut Closing) -> Result<()> {
    native("doc --workspace --no-deps").env("RUSTDOCFLAGS", "-D warnings").run()
}

/// A cargo command on all crates but the page's.
fn native(command: &str) -> Program {
    let program = Program::cargo(command);
    if has_page() { program.args(["--exclude", PAGE]) } else { program }
}

fn has_page() -> bool {
    workspace::path("app/Cargo.toml").exists()
}
