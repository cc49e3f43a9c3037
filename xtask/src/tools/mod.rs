//! The programs that build and test the page, each in the version that fits.
//!
//! What is on the path in the right version is used as it is. Anything else is
//! installed into a cache of our own, beside other versions, so that nothing a
//! person installed is ever replaced.

mod install;
pub(crate) mod chromium;

use std::env;
use std::fs;
use std::path::PathBuf;

use crate::failure::{Doing, Failure, Result};
use crate::process::{Program, found, say};
use crate::workspace;

use install::Tool;

/// The one target that the page is built for.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// The Trunk that is known to work here; later ones need a newer Rust.
const TRUNK: &str = "0.21.14";

/// Makes sure that Rust can compile for the browser.
pub(crate) fn wasm_target() -> Result<()> {
    let sysroot = Program::new("rustc").args(["--print", "sysroot"]).output()?;
    if PathBuf::from(sysroot.trim()).join("lib/rustlib").join(WASM).exists() {
        return Ok(());
    }
    say(format!("Adding Rust's target {WASM}"));
    Program::new("rustup").args(["target", "add", WASM]).run()
}

/// Makes sure that the right `trunk` comes first on the path.
pub(crate) fn trunk() -> Result<()> {
    Tool {
        name: "trunk",
        package: "trunk",
        companions: &[],
        version: TRUNK.to_owned(),
        prebuilt: "https://github.com/trunk-rs/trunk/releases/download/v{version}/trunk-{host}.tar.gz",
        locked: true,
    }
    .ensure()
}

/// Makes sure that the `wasm-bindgen` that `Cargo.lock` asks for comes first on
/// the path.
///
/// Crate and program must be of the very same version.
pub(crate) fn wasm_bindgen() -> Result<()> {
    Tool {
        name: "wasm-bindgen",
        package: "wasm-bindgen-cli",
        companions: &["wasm-bindgen-test-runner"],
        version: locked_version("wasm-bindgen")?,
        prebuilt: "https://github.com/wasm-bindgen/wasm-bindgen/releases/download/{version}/wasm-bindgen-{version}-{host}.tar.gz",
        // With its own lock file it asks for a TLS library that needs a C compiler.
        locked: false,
    }
    .ensure()
}

/// The folders of the installed tools, to be searched before the path.
pub(crate) fn folders() -> Vec<PathBuf> {
    let wanted = [Some(("trunk", TRUNK.to_owned())), wasm_bindgen_version()];
    wanted
        .into_iter()
        .flatten()
        .map(|(name, version)| cache().join(format!("{name}-{version}")).join("bin"))
        .filter(|folder| folder.is_dir())
        .collect()
}

/// Where tools are kept between runs and clones.
fn cache() -> PathBuf {
    let own = env::var_os("PODYARD_CACHE").map(PathBuf::from);
    let system = || env::var_os("XDG_CACHE_HOME").map(|cache| PathBuf::from(cache).join("podyard"));
    let home = || env::home_dir().map(|home| home.join(".cache/podyard"));
    own.or_else(system).or_else(home).unwrap_or_else(|| workspace::path("target/tools"))
}

fn wasm_bindgen_version() -> Option<(&'static str, String)> {
    Some(("wasm-bindgen", locked_version("wasm-bindgen").ok()?))
}

/// The version of a crate in `Cargo.lock`.
fn locked_version(package: &str) -> Result<String> {
    let lock = fs::read_to_string(workspace::path("Cargo.lock")).doing("Cargo.lock")?;
    version_in(&lock, package)
        .ok_or_else(|| Failure::new(format!("Cargo.lock names no package `{package}`")))
}

fn version_in(lock: &str, package: &str) -> Option<String> {
    let (_, after) = lock.split_once(&format!("\nname = \"{package}\"\nversion = \""))?;
    after.split('"').next().map(str::to_owned)
}

/// Whether the program is on the path and says it is of this version.
fn is_installed(name: &str, version: &str) -> bool {
    found(name).is_some()
        && Program::new(name)
            .arg("--version")
            .output()
            .is_ok_and(|line| line.split_whitespace().any(|word| word == version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_version_out_of_the_lock_file() {
        let lock = "[[package]]\nname = \"trunk\"\nversion = \"1.2.3\"\n\n[[package]]\nname = \"leptos\"\nversion = \"0.8.1\"\n";
        assert_eq!(version_in(lock, "leptos").as_deref(), Some("0.8.1"));
        assert_eq!(version_in(lock, "lept"), None);
    }
}
