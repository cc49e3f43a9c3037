//! The same commands typed to the real kubectl and to ours, each against an
//! `podyard apiserver` of its own, and what they print compared.
//!
//! `cargo xtask test differential` runs it: a sample of the sequences, or all of them
//! with `PODYARD_KUBECTL=all`. Where there is no real kubectl, the answers that
//! it gave are read from `recorded.txt` instead; `PODYARD_KUBECTL=record` writes
//! that file, and `PODYARD_KUBECTL=recorded` reads it everywhere. Differences
//! that are meant stand in `accepted.txt`.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a test that tells its score")]

mod accepted;
mod client;
mod masks;
mod recorded;
mod sequence;
mod server;

use std::path::PathBuf;
use std::time::{Duration, Instant};
use std::{env, thread};

use self::accepted::Accepted;
use self::client::Client;
use self::masks::Masks;
use self::sequence::{Sequence, Step};
use self::server::{Answer, Server};

/// How long a sample may take.
const SAMPLE: Duration = Duration::from_secs(150);

/// A folder of the repository.
fn root(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// Types all commands of a sequence, on a server of its own.
fn play(sequence: &Sequence, client: &Client) -> Vec<Answer> {
    let server = Server::start(client, &sequence.server);
    server.write(&sequence.files);
    server.advance(5.0);
    let mut answers = Vec::new();
    for step in &sequence.steps {
        match step {
            Step::Pass(seconds) => server.advance(*seconds),
            Step::PassTo(seconds) => server.advance_to(*seconds + 5.0),
            Step::Write(name, text) => server.write(&[(name.clone(), text.clone())]),
            Step::Run(command) => {
                answers.push(server.run(command));
                server.advance(0.3);
            }
        }
    }
    answers
}

/// What became of the commands.
#[derive(Default)]
struct Score {
    compared: usize,
    same: usize,
    accepted: usize,
    differences: Vec<String>,
}

impl Score {
    fn add(&mut self, sequence: &Sequence, real: &[Answer], ours: &[Answer], known: &Accepted) {
        let masks = Masks::new();
        for ((command, real), ours) in sequence.commands().zip(real).zip(ours) {
            self.compared += 1;
            if masks.agree(real, ours) {
                self.same += 1;
            } else if known.covers(command, &masks.diff(real, ours)) {
                self.accepted += 1;
            } else {
                let diff = masks.diff(real, ours);
                self.differences.push(format!("--- {}\n$ {command}\n{diff}", sequence.name));
            }
        }
    }

    fn closing(&self) -> String {
        format!(
            "kubectl: {} commands, {} the same, {} with an accepted difference, {} differ",
            self.compared,
            self.same,
            self.accepted,
            self.differences.len()
        )
    }
}

fn compare(real: &Client, sequences: &[Sequence], patience: Option<Duration>) -> Score {
    let known = Accepted::read();
    let ours = Client::ours();
    let began = Instant::now();
    let mut score = Score::default();
    for sequence in sequences {
        if patience.is_some_and(|patience| began.elapsed() > patience) {
            break;
        }
        let (theirs, mine) = thread::scope(|scope| {
            let theirs = scope.spawn(|| play(sequence, real));
            let mine = play(sequence, &ours);
            (theirs.join().expect("a played sequence"), mine)
        });
        score.add(sequence, &theirs, &mine, &known);
    }
    score
}

/// Every sequence once, in an order that takes from everywhere early.
fn shuffled(mut sequences: Vec<Sequence>) -> Vec<Sequence> {
    let stride = 7;
    let mut mixed = Vec::new();
    for start in 0..stride {
        mixed.extend(sequences.iter_mut().skip(start).step_by(stride).map(std::mem::take));
    }
    mixed
}

#[test]
#[ignore = "minutes long: cargo xtask test differential"]
fn our_kubectl_prints_what_the_real_one_prints() {
    let mode = env::var("PODYARD_KUBECTL").unwrap_or_default();
    let only = env::var("PODYARD_KUBECTL_ONLY").unwrap_or_default();
    let chosen = |sequence: &Sequence| sequence.name.contains(&only);
    let Some(real) = Client::real().filter(|_| mode != "recorded") else {
        println!("Comparing with what the real kubectl 1.32 was recorded to print");
        let score = recorded::compare(&Accepted::read());
        return finish(&score);
    };
    if mode == "record" {
        return recorded::write(&real);
    }
    let sequences: Vec<_> = sequence::all().into_iter().filter(chosen).collect();
    let patience = (mode != "all" && only.is_empty()).then_some(SAMPLE);
    finish(&compare(&real, &shuffled(sequences), patience));
}

fn finish(score: &Score) {
    println!("{}\n{}", score.differences.join("\n"), score.closing());
    assert!(score.differences.is_empty(), "{}", score.closing());
}
