//! `cargo xtask dist`: the static site in `dist/`.

use crate::failure::{Doing, Result};
use crate::options::Options;
use crate::process::{Program, say};
use crate::workspace::Made;
use crate::{descriptions, npm, tools};

/// Everything that the site is made of.
const SOURCES: &[&str] = &[
    ".cargo/config.toml",
    "Cargo.toml",
    "Cargo.lock",
    "Trunk.toml",
    "package-lock.json",
    "app",
    "engine/Cargo.toml",
    "engine/src",
    "kubectl/Cargo.toml",
    "kubectl/src",
    "session/Cargo.toml",
    "session/src",
    "lesson/Cargo.toml",
    "lesson/src",
    "public",
    "xtask/src/split",
    "xtask/startup.txt",
];

/// Builds the site.
pub(crate) fn run(options: &[String]) -> Result<()> {
    Options::new(options).finish()?;
    build()
}

/// Builds the site for release, if its sources changed.
pub(crate) fn build() -> Result<()> {
    npm::monaco()?;
    descriptions::write()?;
    let made = Made::from_sources("dist", SOURCES)?;
    if made.is_current("dist/index.html") {
        say("dist/ is up to date");
        return Ok(());
    }
    npm::packages()?;
    tools::wasm_target()?;
    tools::trunk()?;
    tools::wasm_bindgen()?;
    say("Building the page for release: two minutes or so from scratch");
    // Trunk's last step calls this program back, to split what was built. It is
    // named as it was called: `cargo test` may have put another file there, of
    // the same sources, and then the system knows the running one no more.
    let own = std::env::args_os().next().unwrap_or_default();
    let own = std::path::absolute(own).doing("this program")?;
    Program::new("trunk")
        .args(["build", "--release"])
        .env("TRUNK_OFFLINE", "true")
        .env("PODYARD_XTASK", own)
        .run()?;
    made.note()
}
