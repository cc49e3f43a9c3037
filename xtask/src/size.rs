//! What the parts of the site weigh, and whether each keeps to its budget.
//!
//! The budgets stand in `xtask/budgets.txt`.

use std::fs;

use crate::failure::{Doing, Failure, Result};
use crate::process::{Program, say};
use crate::workspace;

const BUDGETS: &str = "xtask/budgets.txt";

/// A part of the site: what may belong to it, and what does.
#[derive(Debug, Default)]
struct Part {
    name: String,
    budget_kb: u64,
    patterns: Vec<String>,
    sizes: Sizes,
}

/// Sizes in bytes.
#[derive(Debug, Default, Clone, Copy)]
struct Sizes {
    raw: u64,
    gzip: u64,
    brotli: u64,
}

/// Prints what the parts of `dist/` weigh; fails where one is over its budget.
pub(crate) fn check() -> Result<()> {
    let text = fs::read_to_string(workspace::path(BUDGETS)).doing(BUDGETS)?;
    let mut parts = text.lines().filter(is_row).map(part).collect::<Result<Vec<_>>>()?;
    say("Weighing the site");
    let rows = Program::new("node").args(["xtask/src/measure.mjs", "dist"]).output()?;
    for (path, sizes) in rows.lines().filter_map(measured) {
        let owner = parts.iter_mut().find(|part| part.patterns.iter().any(|it| fits(it, path)));
        let owner = owner.ok_or_else(|| Failure::new(format!("{BUDGETS}: no part has {path}")))?;
        owner.sizes.raw += sizes.raw;
        owner.sizes.gzip += sizes.gzip;
        owner.sizes.brotli += sizes.brotli;
    }
    println!("{:<10}{:>10}{:>10}{:>10}{:>10}", "kB", "raw", "gzip", "brotli", "budget");
    for part in &parts {
        let Sizes { raw, gzip, brotli } = part.sizes;
        let (raw, gzip, brotli) = (kb(raw), kb(gzip), kb(brotli));
        println!("{:<10}{raw:>10}{gzip:>10}{brotli:>10}{:>10}", part.name, part.budget_kb);
    }
    let over = parts.iter().filter(|part| kb(part.sizes.brotli) > part.budget_kb);
    let over: Vec<_> = over.map(|part| part.name.as_str()).collect();
    if over.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("over the budget of {BUDGETS}: {}", over.join(", "))))
}

fn is_row(line: &&str) -> bool {
    !line.is_empty() && !line.starts_with('#')
}

fn part(line: &str) -> Result<Part> {
    let mut words = line.split_whitespace().map(str::to_owned);
    let name = words.next().unwrap_or_default();
    let budget = words.next().and_then(|number| number.parse().ok());
    let budget_kb =
        budget.ok_or_else(|| Failure::new(format!("{BUDGETS}: `{line}` has no number")))?;
    Ok(Part { name, budget_kb, patterns: words.collect(), sizes: Sizes::default() })
}

fn measured(row: &str) -> Option<(&str, Sizes)> {
    let mut cells = row.split('\t');
    let path = cells.next()?;
    let mut number = || cells.next()?.parse().ok();
    Some((path, Sizes { raw: number()?, gzip: number()?, brotli: number()? }))
}

fn fits(pattern: &str, path: &str) -> bool {
    match (pattern.strip_suffix('*'), pattern.strip_prefix('*')) {
        (Some(start), _) => path.starts_with(start),
        (None, Some(end)) => path.ends_with(end),
        (None, None) => path == pattern,
    }
}

/// Bytes in kilobytes of 1,000, rounded up.
fn kb(bytes: u64) -> u64 {
    bytes.div_ceil(1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_name_folders_endings_and_everything() {
        assert!(fits("monaco/*", "monaco/monaco.js"));
        assert!(fits("*.wasm", "app-1f_bg.wasm"));
        assert!(fits("*", "index.html"));
        assert!(!fits("monaco/*", "index.html"));
        assert!(!fits("*.wasm", "app.js"));
    }

    #[test]
    fn a_row_without_a_budget_is_refused() {
        assert!(part("wasm many *.wasm").is_err());
    }
}
