//! The invariants of the sources that neither rustc nor clippy holds.

#![expect(clippy::unwrap_used, reason = "a broken tree should stop the test")]

use std::fs;
use std::path::{Path, PathBuf};

/// A file longer than this is where a reader gets lost.
const LONGEST_FILE: usize = 500;

/// What `engine` may depend on: it has to stay small, pure and deterministic.
const ENGINE_DEPENDENCIES: &[&str] = &["libyaml-safer", "regex-lite", "serde", "thiserror"];

#[test]
fn modules_of_the_engine_use_only_what_is_above_them() {
    let order = engine_modules();
    let rank = |name: &str| order.iter().position(|module| module == name);
    let mut errors = Vec::new();
    for path in files(&root().join("engine/src")) {
        let text = fs::read_to_string(&path).unwrap();
        let own = module_of(&path);
        for used in modules_used(&text) {
            if rank(&own).is_some_and(|own| rank(used).is_some_and(|used| used > own)) {
                errors.push(format!("{}: {own} may not use {used}", shown(&path)));
            }
        }
    }
    check(&errors);
}

#[test]
fn every_file_says_what_it_owns() {
    let silent = rust_files().into_iter().filter(|(_, text)| !text.starts_with("//! "));
    let errors = silent.map(|(path, _)| format!("{} does not open with `//! `", shown(&path)));
    check(&errors.collect::<Vec<_>>());
}

#[test]
fn no_file_is_too_long() {
    let long = |(path, text): (PathBuf, String)| {
        let lines = text.lines().count();
        (lines > LONGEST_FILE).then(|| format!("{} has {lines} lines", shown(&path)))
    };
    check(&rust_files().into_iter().filter_map(long).collect::<Vec<_>>());
}

#[test]
fn the_engine_depends_on_what_was_agreed() {
    let manifest = fs::read_to_string(root().join("engine/Cargo.toml")).unwrap();
    let (_, after) = manifest.split_once("[dependencies]\n").unwrap();
    let table = after.split("\n[").next().unwrap();
    let names = table.lines().filter_map(|line| line.split(['.', ' ', '=']).next());
    let strangers: Vec<_> = names
        .filter(|name| {
            !name.is_empty() && !name.starts_with('#') && !ENGINE_DEPENDENCIES.contains(name)
        })
        .map(|name| format!("engine/Cargo.toml: {name} is not agreed"))
        .collect();
    check(&strangers);
}

#[test]
fn the_architecture_names_only_what_exists() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let quoted = text.split('`').skip(1).step_by(2);
    let paths = quoted.filter(|word| word.contains('/') && !word.contains([' ', '*', ':', '<']));
    let gone: Vec<_> = paths
        .filter(|path| !path.starts_with("target/") && !root().join(path).exists())
        .map(|path| format!("ARCHITECTURE.md names {path}, which is gone"))
        .collect();
    check(&gone);
}

#[test]
fn the_architecture_tells_of_every_module_of_the_engine() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let untold =
        engine_modules().into_iter().filter(|name| !text.contains(&format!("\n- `{name}`: ")));
    check(
        &untold.map(|name| format!("ARCHITECTURE.md does not tell of {name}")).collect::<Vec<_>>(),
    );
}

#[test]
fn no_file_names_a_folder_of_this_machine() {
    let here = root().to_string_lossy().into_owned();
    let names = |path: &PathBuf| fs::read_to_string(path).is_ok_and(|text| text.contains(&here));
    let mut folders = crates();
    folders.extend([".ci", "e2e", "public"].map(str::to_owned));
    let all = folders.iter().flat_map(|folder| files(&root().join(folder)));
    let found = all.filter(names).map(|path| format!("{} names {here}", shown(&path)));
    check(&found.collect::<Vec<_>>());
}

/// The modules of the engine, in the order of `lib.rs`.
fn engine_modules() -> Vec<String> {
    let text = fs::read_to_string(root().join("engine/src/lib.rs")).unwrap();
    let module = |line: &str| {
        let line = line.strip_prefix("pub ").unwrap_or(line);
        Some(line.strip_prefix("mod ")?.strip_suffix(';')?.to_owned())
    };
    text.lines().filter_map(module).collect()
}

/// The module that a file of the engine belongs to: `src/sim/time.rs` is `sim`.
fn module_of(path: &Path) -> String {
    let inside = path.strip_prefix(root().join("engine/src")).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

/// The first name after every `crate::`, those in braces included.
fn modules_used(text: &str) -> Vec<&str> {
    let paths = text.split("crate::").skip(1);
    paths.flat_map(|path| path.strip_prefix('{').map_or(vec![path], branches)).map(name).collect()
}

/// The parts of a `{one, two::{three, four}}` whose opening brace is gone.
fn branches(tree: &str) -> Vec<&str> {
    let mut depth = 0;
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, letter) in tree.char_indices() {
        match letter {
            '{' => depth += 1,
            ',' if depth == 0 => {
                parts.push(&tree[start..at]);
                start = at + 1;
            }
            '}' if depth == 0 => {
                parts.push(&tree[start..at]);
                return parts;
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    parts
}

fn name(path: &str) -> &str {
    let path = path.trim_start();
    path.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next().unwrap()
}

#[test]
fn a_use_tree_gives_the_first_name_of_each_branch() {
    assert_eq!(
        modules_used("use crate::{\n    api::{Kind, Path},\n    sim,\n};"),
        ["api", "sim", ""]
    );
    assert_eq!(modules_used("crate::store::Store"), ["store"]);
}

/// The folders of the workspace's crates.
fn crates() -> Vec<String> {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let (_, after) = manifest.split_once("members = [").unwrap();
    let list = after.split(']').next().unwrap();
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Every Rust file of the workspace with its text.
fn rust_files() -> Vec<(PathBuf, String)> {
    let all = crates().into_iter().flat_map(|folder| files(&root().join(folder)));
    let rust = all.filter(|path| path.extension().is_some_and(|ending| ending == "rs"));
    rust.map(|path| (path.clone(), fs::read_to_string(&path).unwrap())).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    let kept = paths.filter(|path| !path.ends_with("node_modules") && !path.ends_with("target"));
    kept.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

#[track_caller]
fn check(errors: &[String]) {
    assert!(errors.is_empty(), "\n{}", errors.join("\n"));
}
