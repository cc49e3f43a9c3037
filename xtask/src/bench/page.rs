//! The built page in Chromium, as the scripts of `e2e/bench/` measure it.

use serde_json::{Map, Value};

use crate::failure::Result;
use crate::process::{Program, say};
use crate::{dist, npm, tools, workspace};

/// The parts that take seconds.
const QUICK: &[&str] = &["load", "editor"];
/// All of them.
const FULL: &[&str] = &["load", "editor", "picture", "worker", "--all"];

/// Builds the page and measures it; the numbers of each part, by its name.
/// `link` is opened as a share link.
pub(super) fn run(quick: bool, link: &str) -> Result<Value> {
    dist::build()?;
    npm::packages()?;
    let chromium = tools::chromium::ensure()?;
    let mut measured = Map::new();
    say("The page, in Chromium");
    let mut script = Program::new("node").arg("e2e/bench/main.mjs");
    script = script.args(if quick { QUICK } else { FULL });
    if let Some(chromium) = chromium {
        script = script.env("PODYARD_CHROMIUM", chromium);
    }
    let script = script.env("PODYARD_SITE", workspace::path("dist")).env("PODYARD_LINK", link);
    for line in script.output()?.lines() {
        let mut row = super::read(line)?;
        let name = row.as_object_mut().and_then(|fields| fields.remove("part"));
        let name = name.as_ref().and_then(Value::as_str).unwrap_or_default();
        measured.insert(name.to_owned(), row);
    }
    Ok(Value::Object(measured))
}
