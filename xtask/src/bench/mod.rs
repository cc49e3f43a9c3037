//! `cargo xtask bench`: how fast the simulation is, beside the one other
//! simulator of its kind; what its parts cost; and how the page does.
//!
//! Writes everything measured to `target/bench.json` and prints it as tables.

mod page;
mod parts;
mod peer;
mod table;

use std::{fs, thread};

use serde_json::{Value, json};

use crate::failure::{Doing, Failure, Result};
use crate::options::Options;
use crate::process::{Program, say};
use crate::workspace;

/// Replicas and nodes of each of our runs.
const SIZES: &[(u64, u64)] = &[(100, 4), (1_000, 34), (1_500, 50), (15_000, 500), (150_000, 5_000)];

/// Replicas and nodes at which the peer is measured too: a second or two, and
/// several minutes.
const PEER_QUICK: (u64, u64) = (100, 4);
const PEER_FULL: (u64, u64) = (1_000, 34);

/// The first so many sizes are quick.
const QUICK: usize = 3;

/// Measures, prints and writes.
pub(crate) fn run(options: &[String]) -> Result<()> {
    let mut options = Options::new(options);
    let quick = options.flag("--quick");
    options.finish()?;
    say("Building the native program");
    Program::cargo("build --release --package podyard").run()?;
    let count = if quick { QUICK } else { SIZES.len() };
    let ours: Vec<Value> =
        SIZES.iter().take(count).map(|size| ours(*size)).collect::<Result<_>>()?;
    let floor = one("floor", &["--replicas", "1000", "--nodes", "34"])?;
    let requests = one("requests", &[])?;
    let long_link = long_link()?;
    let link = one("link", &[&long_link])?;
    let mut sizes = vec![PEER_QUICK];
    if !quick {
        sizes.push(PEER_FULL);
    }
    let peer = peer::run(&sizes)?;
    let parts = parts::run(quick)?;
    let page = page::run(quick, &long_link)?;
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let all = json!({
        "cores": cores, "pods": ours, "peer": peer, "floor": floor, "requests": requests,
        "link": link, "parts": parts, "page": page,
    });
    table::print(&all);
    let file = workspace::path("target/bench.json");
    fs::write(&file, format!("{all:#}\n")).doing(file.display())?;
    say("Wrote target/bench.json");
    Ok(())
}

/// Runs our benchmark of Deployments once.
fn ours((replicas, nodes): (u64, u64)) -> Result<Value> {
    let (replicas, nodes) = (replicas.to_string(), nodes.to_string());
    one("pods", &["--replicas", &replicas, "--nodes", &nodes])
}

/// The link of a hundred actions among those that were minted.
fn long_link() -> Result<String> {
    let file = workspace::path("session/tests/links.txt");
    let text = fs::read_to_string(&file).doing(file.display())?;
    let row = text.lines().find(|line| line.starts_with("100 "));
    let link = row.and_then(|row| row.split(' ').nth(2)).map(str::to_owned);
    link.ok_or_else(|| {
        Failure::new("session/tests/links.txt has no link of 100 actions".to_owned())
    })
}

/// Runs one of our benchmarks once.
fn one(name: &str, options: &[&str]) -> Result<Value> {
    say(format!("Podyard: bench {name} {}", options.join(" ")));
    let program = Program::new("target/release/podyard");
    read(&program.args(["bench", name, "--json"]).args(options).output()?)
}

fn read(line: &str) -> Result<Value> {
    serde_json::from_str(line)
        .map_err(|error| Failure::new(format!("a benchmark printed no JSON: {error}")))
}
