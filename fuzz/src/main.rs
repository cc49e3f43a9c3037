//! Throws damaged and random input at Podyard for a while, and holds it to its
//! promises: it never panics, and what goes in comes out.
//!
//!     podyard-fuzz --seconds 60          every target, 60 seconds in all
//!     podyard-fuzz --seed 7 TARGET       one round again
//!
//! A round is decided by its seed alone, so a failure can be played again.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a fuzzer reports to its terminal")]

mod input;
mod journal;
mod targets;

use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use podyard_engine::sim::Random;

use crate::journal::Journal;
use crate::targets::{TARGETS, Target};

/// The bytes of stack that WebAssembly has here.
const STACK: usize = 1 << 20;

/// What the command line asks for.
struct Wish {
    seconds: u64,
    seed: Option<u64>,
    targets: Vec<&'static Target>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(wish) = wish(&arguments) else {
        eprintln!("usage: podyard-fuzz [--seconds N] [--seed S] [TARGET...]\n\ntargets:");
        for target in TARGETS {
            eprintln!("  {:<10} {}", target.name, target.promise);
        }
        return ExitCode::from(2);
    };
    // As small a stack as a browser's worker gives, so that deep input hurts here too.
    let player = thread::Builder::new().stack_size(STACK).spawn(move || play(&wish));
    match player.map(thread::JoinHandle::join) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn play(wish: &Wish) {
    let journal = Journal::open();
    let share = Duration::from_secs(wish.seconds) / u32::try_from(wish.targets.len()).unwrap_or(1);
    for target in &wish.targets {
        match wish.seed {
            Some(seed) => round(target, seed, &journal),
            None => fuzz(target, share, &journal),
        }
    }
}

/// Plays rounds of one target until its time is over.
fn fuzz(target: &Target, share: Duration, journal: &Journal) {
    let start = Instant::now();
    // Each run goes where none was; the journal names the seed that failed.
    let first = std::time::UNIX_EPOCH.elapsed().map_or(0, |time| time.as_secs()) << 32;
    let mut rounds = 0;
    while start.elapsed() < share {
        round(target, first + rounds, journal);
        rounds += 1;
    }
    println!("{:<10} {rounds} rounds: {}", target.name, target.promise);
}

fn round(target: &Target, seed: u64, journal: &Journal) {
    journal.note(target.name, seed);
    (target.round)(&mut Random::new(seed));
}

fn wish(arguments: &[String]) -> Option<Wish> {
    let mut wish = Wish { seconds: 60, seed: None, targets: Vec::new() };
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--seconds" => wish.seconds = arguments.next()?.parse().ok()?,
            "--seed" => wish.seed = Some(arguments.next()?.parse().ok()?),
            name => wish.targets.push(TARGETS.iter().find(|target| target.name == name)?),
        }
    }
    if wish.targets.is_empty() {
        wish.targets = TARGETS.iter().collect();
    }
    Some(wish)
}
