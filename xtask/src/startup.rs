//! `cargo xtask startup`: finds out which functions a first visit calls until
//! its first useful picture, and writes them down for `cargo xtask split`.

use std::path::Path;
use std::{fs, thread};

use crate::failure::{Doing, Failure, Result};
use crate::options::Options;
use crate::process::{Program, say};
use crate::server::Server;
use crate::split::instrument::{function_names, instrument};
use crate::split::names::Names;
use crate::split::{STARTUP, Site, WHOLE};
use crate::{dist, npm, tools, workspace};

/// Where the site with the instrumented program stands.
const SITE: &str = "target/startup";

/// What stands above the names.
const HEAD: &str = "# The functions that a visit calls until its first useful picture; all others come later.\n\
                    # Written by `cargo xtask startup`; a function that is missing here is only slower at first.\n";

/// Visits the page and writes the list.
pub(crate) fn run(options: &[String]) -> Result<()> {
    Options::new(options).finish()?;
    dist::build()?;
    npm::packages()?;
    let whole = workspace::path(WHOLE).join("whole.wasm");
    let whole = fs::read(&whole).doing("the whole program; remove dist/ and try again")?;
    let (instrumented, notes) = instrument(&whole)?;
    lay_out(&instrumented)?;
    let server = Server::bind(0, "/", workspace::path(SITE))?;
    let mut visits = Program::new("node")
        .arg("e2e/startup.mjs")
        .env("PODYARD_URL", server.url())
        .env("PODYARD_NOTES", format!("{} {}", notes.start, notes.length));
    if let Some(chromium) = tools::chromium::ensure()? {
        visits = visits.env("PODYARD_CHROMIUM", chromium);
    }
    thread::spawn(|| server.serve());
    say("Visiting the page");
    let called = visits.output()?;
    let names = function_names(&whole)?;
    let mut list = Names::default();
    for place in called.lines().filter_map(|line| line.parse::<usize>().ok()) {
        if let Some(name) = names.get(place).filter(|name| !name.is_empty()) {
            list.add(name);
        }
    }
    let lines: Vec<&str> = list.iter().collect();
    if lines.is_empty() {
        return Err(Failure::new("the page called nothing"));
    }
    let program = Names::of(&names).fingerprint();
    let text = format!("{HEAD}{program}\n{}\n", lines.join("\n"));
    fs::write(workspace::path(STARTUP), text).doing(STARTUP)?;
    say(format!("{} of {} functions are called; {STARTUP} lists them", lines.len(), names.len()));
    Ok(())
}

/// Lays the site out with the instrumented program in the place of the split
/// one.
fn lay_out(instrumented: &[u8]) -> Result<()> {
    let (from, to) = (workspace::path("dist"), workspace::path(SITE));
    if to.exists() {
        fs::remove_dir_all(&to).doing(SITE)?;
    }
    for file in workspace::files(&from)? {
        let inside = file.strip_prefix(&from).unwrap_or(&file);
        let copy = to.join(inside);
        fs::create_dir_all(copy.parent().unwrap_or(Path::new(SITE))).doing(SITE)?;
        fs::copy(&file, &copy).doing(inside.display())?;
    }
    let site = Site::find(&to)?;
    fs::write(site.program(), instrumented).doing("the program")?;
    fs::copy(workspace::path(WHOLE).join("whole.js"), site.script()).doing("the script").map(|_| ())
}
