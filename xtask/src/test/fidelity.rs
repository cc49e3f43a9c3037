//! The suite that replays recordings of a real cluster: its scores never fall.
//!
//! The recordings and their player stand beside the repository, in
//! `../shared/kubernetes`; without them the suite is skipped. The floors are in
//! `xtask/fidelity.txt`.

use std::fs;
use std::path::Path;

use super::Closing;
use crate::failure::{Doing, Failure, Result};
use crate::process::{Program, found, say};
use crate::workspace;

const FLOORS: &str = "xtask/fidelity.txt";

/// Every so many cases are replayed: a sample that takes a minute or two.
const EVERY: &str = "8";

/// The percentage of answers that a recording has to reach.
#[derive(Debug, PartialEq)]
struct Scores {
    corpus: String,
    /// Answers that are the same to the letter.
    strict: f64,
    /// Answers that say the same.
    facts: f64,
}

/// Replays a sample of each recording and compares with its floors.
pub(super) fn run(closing: &mut Closing) -> Result<()> {
    let folder = workspace::path("../shared/kubernetes");
    let player = folder.join("replay.py");
    if !player.exists() {
        closing.skip("there are no recordings in ../shared/kubernetes");
        return Ok(());
    }
    if found("python3").is_none() {
        closing.skip("the recordings' player needs python3");
        return Ok(());
    }
    let floors = fs::read_to_string(workspace::path(FLOORS)).doing(FLOORS)?;
    let floors: Vec<_> = floors.lines().filter_map(floor).collect();
    say("Building the native program");
    Program::cargo("build --release --package podyard").run()?;
    let scores = replay(&player, &folder.join("corpus"), &floors, closing)?;
    let fallen: Vec<_> = floors.iter().filter_map(|floor| fallen(floor, &scores)).collect();
    if fallen.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("below the floors of {FLOORS}: {}", fallen.join("; "))))
}

fn replay(
    player: &Path,
    corpus: &Path,
    floors: &[Scores],
    closing: &mut Closing,
) -> Result<Vec<Scores>> {
    let mut scores = Vec::new();
    Program::new("python3")
        .arg(player)
        .args(["--podyard", "target/release/podyard", "--client", "ours", "--every", EVERY])
        .args(floors.iter().map(|floor| corpus.join(&floor.corpus)))
        .watch(|line| {
            if let Some(score) = score(line) {
                closing.keep(line);
                scores.push(score);
            }
        })?;
    Ok(scores)
}

/// Reads `corpus strict facts`.
fn floor(line: &str) -> Option<Scores> {
    let mut words = line.split_whitespace();
    let corpus = words.next().filter(|word| !word.starts_with('#'))?.to_owned();
    Some(Scores { corpus, strict: words.next()?.parse().ok()?, facts: words.next()?.parse().ok()? })
}

/// Reads `corpus: 12 answers, strict 34.5 %, facts 67.8 %`.
fn score(line: &str) -> Option<Scores> {
    let (corpus, rest) = line.split_once(": ")?;
    let (_, rest) = rest.split_once(" answers, strict ")?;
    let (strict, facts) = rest.strip_suffix(" %")?.split_once(" %, facts ")?;
    Some(Scores {
        corpus: corpus.to_owned(),
        strict: strict.parse().ok()?,
        facts: facts.parse().ok()?,
    })
}

/// What to say of a recording whose scores are below its floor, or missing.
fn fallen(floor: &Scores, scores: &[Scores]) -> Option<String> {
    let Some(found) = scores.iter().find(|found| found.corpus == floor.corpus) else {
        return Some(format!("{} gave no score", floor.corpus));
    };
    let fell = found.strict < floor.strict || found.facts < floor.facts;
    fell.then(|| format!("{} strict {} %, facts {} %", found.corpus, found.strict, found.facts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_player_prints() {
        let line = "errors.jsonl: 150 answers, strict 91.3 %, facts 96.0 %";
        let want = Scores { corpus: "errors.jsonl".to_owned(), strict: 91.3, facts: 96.0 };
        assert_eq!(score(line), Some(want));
        assert_eq!(score("$ kubectl get pods"), None);
    }

    #[test]
    fn a_score_below_its_floor_is_named() {
        let floor = floor("errors.jsonl 92 96").unwrap();
        let found = score("errors.jsonl: 150 answers, strict 91.3 %, facts 96.0 %").unwrap();
        let said = fallen(&floor, &[found]);
        assert_eq!(said.as_deref(), Some("errors.jsonl strict 91.3 %, facts 96 %"));
    }
}
