//! What the parts of the engine cost, as criterion measures them in
//! `engine/benches/parts.rs`.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value};

use crate::failure::{Doing, Result};
use crate::process::Program;
use crate::workspace;

/// Runs them; the mean of each, in nanoseconds, by its name.
pub(super) fn run(quick: bool) -> Result<Value> {
    let results = workspace::path("target/criterion");
    if results.exists() {
        fs::remove_dir_all(&results).doing(results.display())?;
    }
    let mut bench = Program::cargo("bench --package podyard-engine --bench parts --");
    if quick {
        bench = bench.arg("--quick");
    }
    bench.run()?;
    let mut means = Map::new();
    collect(&results, &mut means)?;
    Ok(Value::Object(means))
}

/// Reads the results below a folder: `new/` of each benchmark holds its name
/// and its numbers.
fn collect(folder: &Path, means: &mut Map<String, Value>) -> Result<()> {
    let named = folder.join("new/benchmark.json");
    if named.exists() {
        let read = |name: &str| {
            let file = folder.join("new").join(name);
            fs::read_to_string(&file).doing(file.display()).and_then(|text| super::read(&text))
        };
        let (named, numbers) = (read("benchmark.json")?, read("estimates.json")?);
        let name = named.get("full_id").and_then(Value::as_str).unwrap_or_default();
        let mean = numbers.pointer("/mean/point_estimate").cloned().unwrap_or_default();
        means.insert(name.to_owned(), mean);
        return Ok(());
    }
    for entry in fs::read_dir(folder).doing(folder.display())? {
        let entry = entry.doing(folder.display())?.path();
        if entry.is_dir() {
            collect(&entry, means)?;
        }
    }
    Ok(())
}
