//! Plays every scenario of `tests/scenarios`, twice.
//!
//! `UPDATE_EXPECT=1` writes what really happened into the files instead.

#![expect(clippy::expect_used, reason = "a test")]

use std::path::PathBuf;
use std::{env, fs};

use podyard_session::scenario::play;

fn scenarios() -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let entries = fs::read_dir(folder).expect("the scenarios are there");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

#[test]
fn every_scenario_happens_as_it_is_told() {
    let update = env::var_os("UPDATE_EXPECT").is_some();
    let mut wrong = Vec::new();
    for path in scenarios() {
        let text = fs::read_to_string(&path).expect("a readable scenario");
        let played = play(&text);
        if update {
            fs::write(&path, &played).expect("a writable scenario");
        } else if played != text {
            let differing = text.lines().zip(played.lines()).find(|(a, b)| a != b);
            wrong.push(format!("{}: {differing:?}", path.display()));
        }
        assert_eq!(play(&text), played, "{}: two plays differ", path.display());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
