//! What comes from npm: the packages themselves, and the editor's bundle.

use crate::failure::Result;
use crate::process::{Program, say};
use crate::workspace::Made;

/// Installs what `package-lock.json` lists, if that changed.
pub(crate) fn packages() -> Result<()> {
    let made = Made::from_sources("npm", &["package.json", "package-lock.json"])?;
    if made.is_current("node_modules") {
        return Ok(());
    }
    say("Installing the packages from npm");
    Program::new("npm").args(["ci", "--no-audit", "--no-fund"]).run()?;
    made.note()
}

/// Installs the clients that the API server is tested with.
pub(crate) fn clients() -> Result<()> {
    let sources = ["clients/package.json", "clients/package-lock.json"];
    let made = Made::from_sources("clients", &sources)?;
    if made.is_current("clients/node_modules") {
        return Ok(());
    }
    say("Installing the clients from npm");
    Program::new("npm").args(["ci", "--prefix", "clients", "--no-audit", "--no-fund"]).run()?;
    made.note()
}

/// Bundles the editor into `public/monaco`, if its sources changed.
pub(crate) fn monaco() -> Result<()> {
    let made = Made::from_sources("monaco", &["package-lock.json", "app/monaco"])?;
    if made.is_current("public/monaco/editor.js") {
        return Ok(());
    }
    packages()?;
    say("Bundling the editor");
    Program::new("node").arg("app/monaco/build.mjs").run()?;
    made.note()
}
