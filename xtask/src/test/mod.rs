//! `cargo xtask test`: every suite, or the named ones.
//!
//! All of them run even when one fails. At the end stand the closing lines of
//! the suites' own runners, word for word.

mod clients;
mod differential;
mod fidelity;
mod page;
mod rust;

use std::time::{Duration, Instant};

use crate::failure::{Failure, Result};
use crate::process::say;

/// One kind of check.
struct Suite {
    name: &'static str,
    about: &'static str,
    run: fn(&mut Closing) -> Result<()>,
}

/// What a suite's runner said last.
#[derive(Default)]
struct Closing {
    lines: Vec<String>,
    skipped: Option<String>,
}

impl Closing {
    /// Keeps a closing line, word for word.
    fn keep(&mut self, line: &str) {
        self.lines.push(line.to_owned());
    }

    /// Notes that the suite cannot run here, and why.
    fn skip(&mut self, reason: &str) {
        self.skipped = Some(reason.to_owned());
    }
}

/// Cheap before dear, so that a slip shows early.
const SUITES: &[Suite] = &[
    Suite { name: "fmt", about: "the sources are formatted", run: rust::fmt },
    Suite { name: "clippy", about: "no lint complains, natively and for Wasm", run: rust::clippy },
    Suite { name: "unit", about: "the crates' tests, the tidy test among them", run: rust::unit },
    Suite { name: "lessons", about: "every lesson stands its trial", run: rust::lessons },
    Suite { name: "doc", about: "the documentation has no broken link", run: rust::doc },
    Suite { name: "wasm", about: "WebAssembly gives the same history", run: rust::wasm },
    Suite { name: "types", about: "the TypeScript has no type errors", run: page::types },
    Suite { name: "size", about: "the site keeps to xtask/budgets.txt", run: page::size },
    Suite { name: "kubectl", about: "the real kubectl is content", run: clients::kubectl },
    Suite { name: "client-node", about: "client-node is content", run: clients::client_node },
    Suite { name: "fidelity", about: "no score of xtask/fidelity.txt falls", run: fidelity::run },
    Suite {
        name: "differential",
        about: "ours prints what kubectl prints",
        run: differential::run,
    },
    Suite { name: "e2e", about: "the page works in Chromium", run: page::e2e },
];

/// Prints the suites, one a line.
pub(crate) fn list() {
    for suite in SUITES {
        println!("  {:<24} {}", suite.name, suite.about);
    }
}

/// Runs the suites that are named, or all.
pub(crate) fn run(names: &[String]) -> Result<()> {
    let known = |name: &String| SUITES.iter().any(|suite| suite.name == name);
    if let Some(unknown) = names.iter().find(|name| !known(name)) {
        return Err(Failure::new(format!(
            "there is no suite `{unknown}`; `cargo xtask` lists them"
        )));
    }
    let chosen = SUITES
        .iter()
        .filter(|suite| names.is_empty() || names.iter().any(|name| name == suite.name));
    let results: Vec<_> = chosen.map(timed).collect();
    report(&results);
    let failed = results.iter().filter(|ran| ran.result.is_err());
    let failed: Vec<_> = failed.map(|ran| ran.suite.name).collect();
    if failed.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("failed: {}", failed.join(", "))))
}

/// A suite that was run.
struct Ran {
    suite: &'static Suite,
    result: Result<()>,
    closing: Closing,
    took: Duration,
}

fn timed(suite: &'static Suite) -> Ran {
    say(format!("Suite {}: {}", suite.name, suite.about));
    let start = Instant::now();
    let mut closing = Closing::default();
    let result = (suite.run)(&mut closing);
    if let Err(failure) = &result {
        say(format!("Suite {} failed: {failure}", suite.name));
    }
    Ran { suite, result, closing, took: start.elapsed() }
}

fn report(all: &[Ran]) {
    println!();
    for Ran { suite, result, closing, took } in all {
        let word = match (result, &closing.skipped) {
            (Err(failure), _) => format!("FAILED: {failure}"),
            (Ok(()), Some(reason)) => format!("skipped: {reason}"),
            (Ok(()), None) => "passed".to_owned(),
        };
        println!("==> {} {word} ({} s)", suite.name, took.as_secs());
        for line in &closing.lines {
            println!("{line}");
        }
    }
}
