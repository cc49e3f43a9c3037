//! The answers of the real kubectl to the suite's own sequences, for machines
//! without one: `recorded.txt`, written by the suite itself.

use std::fs;

use super::accepted::Accepted;
use super::client::Client;
use super::masks::Masks;
use super::sequence::own;
use super::server::Answer;
use super::{Score, play, root};

const FILE: &str = "cli/tests/differential/recorded.txt";

/// Writes down what the real kubectl says.
pub(crate) fn write(real: &Client) {
    let masks = Masks::new();
    let mut text = String::new();
    for sequence in own() {
        text.push_str(&format!("== {}\n", sequence.name));
        for (command, answer) in sequence.commands().zip(play(&sequence, real)) {
            text.push_str(&format!("$ {command}\n"));
            push(&mut text, '|', &masks.exact(&answer.stdout));
            push(&mut text, '!', &masks.exact(&answer.stderr));
            text.push_str(&format!("= {}\n", answer.code));
        }
    }
    fs::write(root(FILE), text).expect("a writable file");
}

/// Adds every line with a sign; a last line that does not end has a `\`.
fn push(text: &mut String, sign: char, printed: &str) {
    for line in printed.split_inclusive('\n') {
        let line = line.strip_suffix('\n').map_or(format!("{line}\\"), str::to_owned);
        text.push_str(&format!("{sign}{line}\n"));
    }
}

/// Compares what ours prints with what is written down.
pub(crate) fn compare(known: &Accepted) -> Score {
    let recorded = read(&fs::read_to_string(root(FILE)).expect("the recorded answers"));
    let mut score = Score::default();
    for sequence in own() {
        let answers = play(&sequence, &Client::ours());
        let found = recorded.iter().find(|(name, _)| *name == sequence.name);
        let (_, real) = found.expect("every sequence is recorded");
        score.add(&sequence, real, &answers, known);
    }
    score
}

fn read(text: &str) -> Vec<(String, Vec<Answer>)> {
    let mut all: Vec<(String, Vec<Answer>)> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("== ") {
            all.push((name.to_owned(), Vec::new()));
            continue;
        }
        let Some((_, answers)) = all.last_mut() else { continue };
        if line.starts_with("$ ") {
            answers.push(Answer::default());
            continue;
        }
        let Some(answer) = answers.last_mut() else { continue };
        let rest = line.get(1..).unwrap_or_default();
        let printed = rest.strip_suffix('\\').map_or(format!("{rest}\n"), str::to_owned);
        match line.get(..1) {
            Some("|") => answer.stdout.push_str(&printed),
            Some("!") => answer.stderr.push_str(&printed),
            _ => answer.code = rest.trim().parse().unwrap_or_default(),
        }
    }
    all
}
