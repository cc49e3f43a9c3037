//! The peer's own benchmark: the same work, under Node with a virtual clock.

use std::fs;

use serde_json::Value;

use crate::failure::{Doing, Result};
use crate::process::{Program, say};
use crate::workspace;

/// The peer's package, and what bundles it.
const PACKAGES: &[&str] = &["@ngrok/webernetes@0.3.5", "esbuild@0.28.2"];

/// Runs the peer's benchmark at each size; nothing where its script is not there.
pub(super) fn run(sizes: &[(u64, u64)]) -> Result<Vec<Value>> {
    let script = workspace::path("../shared/peer/bench.mjs");
    if !script.exists() {
        say("Skipping the peer: there is no ../shared/peer/bench.mjs");
        return Ok(Vec::new());
    }
    // The script looks for its packages beside itself.
    let folder = workspace::path("target/peer");
    fs::create_dir_all(&folder).doing(folder.display())?;
    fs::copy(&script, folder.join("bench.mjs")).doing(script.display())?;
    if !folder.join("node_modules/@ngrok/webernetes").exists() {
        say("Installing the peer from npm");
        Program::new("npm").args(["install", "--prefix"]).arg(&folder).args(PACKAGES).run()?;
    }
    sizes.iter().map(|size| once(*size)).collect()
}

fn once((replicas, nodes): (u64, u64)) -> Result<Value> {
    say(format!("The peer: {replicas} Pods on {nodes} nodes"));
    let (replicas, nodes) = (replicas.to_string(), nodes.to_string());
    let line = Program::new("node")
        .args(["target/peer/bench.mjs", &replicas, "--nodes", &nodes, "--json"])
        .output()?;
    super::read(&line)
}

/// The processor time of its create, rollout and scale to zero, without its
/// boot, in milliseconds.
pub(super) fn millis(row: &Value) -> f64 {
    let phases = row["phases"].as_array().map(Vec::as_slice).unwrap_or_default();
    let measured = phases.iter().filter(|phase| phase["phase"] != "boot");
    measured.map(|phase| phase["cpu_s"].as_f64().unwrap_or_default() * 1_000.0).sum()
}
