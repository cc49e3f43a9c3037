//! The suites about the page: its types, its size, and what it does in a
//! browser.

use std::thread;

use super::Closing;
use crate::failure::Result;
use crate::process::Program;
use crate::server::Server;
use crate::{dist, npm, size, split, tools, workspace};

/// Where the tests' site stands: a path like that of a project's page, because
/// the site has to work below any.
const BASE: &str = "/some/where/podyard/";

/// The TypeScript of the editor and of the browser tests has no type errors.
pub(super) fn types(_: &mut Closing) -> Result<()> {
    npm::packages()?;
    for project in ["app/monaco", "e2e"] {
        Program::new("tsc").args(["-p", project]).run()?;
    }
    Ok(())
}

/// The site is within its budgets.
pub(super) fn size(_: &mut Closing) -> Result<()> {
    dist::build()?;
    size::check()
}

/// The page does in Chromium what it should.
pub(super) fn e2e(closing: &mut Closing) -> Result<()> {
    dist::build()?;
    npm::packages()?;
    let mut playwright = Program::new("playwright").args(["test", "--config", "e2e"]);
    if let Some(chromium) = tools::chromium::ensure()? {
        playwright = playwright.env("PODYARD_CHROMIUM", chromium);
    }
    let server = Server::bind(0, BASE, workspace::path("dist"))?;
    let list = if split::has_own_list() { "own" } else { "other" };
    let playwright = playwright.env("PODYARD_URL", server.url()).env("PODYARD_LIST", list);
    thread::spawn(|| server.serve());
    playwright.watch(|line| {
        if is_closing(line) {
            closing.keep(line);
        }
    })
}

/// Whether the line is one of those with which Playwright ends.
fn is_closing(line: &str) -> bool {
    let words: Vec<_> = line.split_whitespace().collect();
    let [count, what, ..] = words.as_slice() else { return false };
    let counts = ["passed", "failed", "skipped", "flaky"].contains(what);
    counts && count.parse::<u32>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_last_lines_of_playwright() {
        assert!(is_closing("  12 passed (30.1s)"));
        assert!(is_closing("  1 skipped"));
        assert!(!is_closing("  ✓  1 smoke.spec.ts:4:1 › the page opens (2.1s)"));
    }
}
