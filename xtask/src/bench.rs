//! `cargo xtask bench`: how fast the simulation is, beside the one other
//! simulator of its kind.
//!
//! Writes everything measured to `target/bench.json` and prints a table.

use std::{fs, thread};

use serde_json::{Value, json};

use crate::failure::{Doing, Failure, Result};
use crate::options::Options;
use crate::process::{Program, say};
use crate::server::Server;
use crate::{dist, npm, tools, workspace};

/// Replicas and nodes of each of our runs.
const SIZES: &[(u64, u64)] = &[(100, 4), (1_000, 34), (1_500, 50), (15_000, 500), (150_000, 5_000)];

/// The first so many sizes are quick.
const QUICK: usize = 3;

/// Replicas and nodes at which the peer is measured too: a second or two, and
/// several minutes.
const PEER_QUICK: (u64, u64) = (100, 4);
const PEER_FULL: (u64, u64) = (1_000, 34);

/// The peer's package, and what bundles it.
const PEER_PACKAGES: &[&str] = &["@ngrok/webernetes@0.3.5", "esbuild@0.28.2"];

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
    let link = one("link", &[&long_link()?])?;
    let mut sizes = vec![PEER_QUICK];
    if !quick {
        sizes.push(PEER_FULL);
    }
    let peer = peer(&sizes)?;
    table(&ours, &peer);
    summary(&floor, &requests, &link);
    let picture = picture()?;
    println!("\nthe picture: {picture}");
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let all = json!({
        "cores": cores, "pods": ours, "peer": peer, "floor": floor, "requests": requests,
        "link": link, "picture": picture,
    });
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

/// Measures the page's picture in Chromium.
fn picture() -> Result<Value> {
    dist::build()?;
    npm::packages()?;
    say("The picture: 1,000 Pods and 50 requests a second");
    let mut script = Program::new("node").args(["e2e/bench.mjs"]);
    if let Some(chromium) = tools::chromium::ensure()? {
        script = script.env("PODYARD_CHROMIUM", chromium);
    }
    let server = Server::bind(0, "/", workspace::path("dist"))?;
    let script = script.env("PODYARD_URL", server.url());
    thread::spawn(|| server.serve());
    read(&script.output()?)
}

/// Runs the peer's benchmark at each size; nothing where its script is not there.
fn peer(sizes: &[(u64, u64)]) -> Result<Vec<Value>> {
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
        Program::new("npm").args(["install", "--prefix"]).arg(&folder).args(PEER_PACKAGES).run()?;
    }
    sizes.iter().map(|size| peer_run(*size)).collect()
}

fn peer_run((replicas, nodes): (u64, u64)) -> Result<Value> {
    say(format!("The peer: {replicas} Pods on {nodes} nodes"));
    let (replicas, nodes) = (replicas.to_string(), nodes.to_string());
    let line = Program::new("node")
        .args(["target/peer/bench.mjs", &replicas, "--nodes", &nodes, "--json"])
        .output()?;
    read(&line)
}

fn read(line: &str) -> Result<Value> {
    serde_json::from_str(line)
        .map_err(|error| Failure::new(format!("a benchmark printed no JSON: {error}")))
}

/// Prints one row for each of our runs, with the peer's time where it has one.
fn table(ours: &[Value], peer: &[Value]) {
    println!(
        "\n{:>8}{:>7}{:>12}{:>12}{:>12}{:>10}{:>8}{:>10}{:>10}{:>12}{:>8}",
        "pods",
        "nodes",
        "create ms",
        "roll ms",
        "zero ms",
        "cpu ms",
        "MB",
        "writes",
        "us/pod",
        "peer cpu ms",
        "times"
    );
    for row in ours {
        let [create, roll, zero] =
            ["converge_ms", "rollout_ms", "scale_to_zero_ms"].map(|key| float(&row[key]));
        let (all, pods) = (float(&row["cpu_ms"]), float(&row["replicas"]));
        let theirs = peer.iter().find(|peer| peer["N"] == row["replicas"]).map(peer_ms);
        let times = theirs.map_or_else(String::new, |theirs| format!("{:.0}", theirs / all));
        let theirs = theirs.map_or_else(String::new, |theirs| format!("{theirs:.0}"));
        println!(
            "{pods:>8}{:>7}{create:>12.1}{roll:>12.1}{zero:>12.1}{all:>10.1}{:>8}{:>10}{:>10.1}\
             {theirs:>12}{times:>8}",
            float(&row["nodes"]),
            float(&row["peak_rss_mb"]),
            float(&row["events"]),
            all * 1_000.0 / pods
        );
    }
}

/// Says what the table has no column for.
fn summary(floor: &Value, requests: &Value, link: &Value) {
    let (objects, times) = (float(&floor["objects"]), float(&floor["times"]));
    println!(
        "\nThe floor: {objects} objects allocated and indexed; the engine takes {times:.1} times that"
    );
    println!("Requests: {requests}");
    println!("A link of 100 actions: {link}");
}

/// The processor time of the peer's create, rollout and scale to zero, without
/// its boot, in milliseconds.
fn peer_ms(row: &Value) -> f64 {
    let phases = row["phases"].as_array().map(Vec::as_slice).unwrap_or_default();
    let measured = phases.iter().filter(|phase| phase["phase"] != "boot");
    measured.map(|phase| float(&phase["cpu_s"]) * 1_000.0).sum()
}

fn float(value: &Value) -> f64 {
    value.as_f64().unwrap_or_default()
}
