//! Every chore of Podyard, as `cargo xtask NAME`.
//!
//! Each chore sets up what it needs on a machine that has only rustup's Rust,
//! Node and npm, says what it is doing while that takes long, and does nothing
//! twice.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a chore talks to its terminal")]

mod failure;
mod options;
mod process;
mod workspace;
mod tools;
mod npm;
mod descriptions;
mod split;
mod dist;
mod server;
mod serve;
mod startup;
mod size;
mod test;
mod bench;
mod fuzz;

use std::process::ExitCode;

use crate::failure::Result;

/// One thing that `cargo xtask` can do.
struct Chore {
    name: &'static str,
    options: &'static str,
    about: &'static str,
    run: fn(&[String]) -> Result<()>,
}

const CHORES: &[Chore] = &[
    Chore {
        name: "serve",
        options: "[--port 8080]",
        about: "build the page if its sources changed, and serve it on 127.0.0.1",
        run: serve::run,
    },
    Chore {
        name: "dist",
        options: "",
        about: "build the static site into dist/, servable from any path",
        run: dist::run,
    },
    Chore {
        name: "test",
        options: "[SUITE...]",
        about: "run all test suites, or the named ones",
        run: test::run,
    },
    Chore {
        name: "bench",
        options: "[--quick]",
        about: "measure the simulation beside its peer: a table, and target/bench.json",
        run: bench::run,
    },
    Chore {
        name: "startup",
        options: "",
        about: "find out which functions a first visit needs: xtask/startup.txt",
        run: startup::run,
    },
    Chore {
        name: "split",
        options: "FOLDER",
        about: "divide a built program into what a first visit needs and the rest",
        run: split::run,
    },
    Chore {
        name: "fuzz",
        options: "[--seconds 60]",
        about: "throw damaged and random input at the engine and kubectl",
        run: fuzz::run,
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, options)) = arguments.split_first() else {
        list();
        return ExitCode::SUCCESS;
    };
    let Some(chore) = CHORES.iter().find(|chore| chore.name == name) else {
        list();
        eprintln!("\nxtask: there is no chore `{name}`");
        return ExitCode::from(2);
    };
    match (chore.run)(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\nxtask {name}: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Prints the chores, one a line.
fn list() {
    println!("The chores of Podyard, each run as `cargo xtask NAME`:\n");
    for chore in CHORES {
        println!("  {:<24} {}", format!("{} {}", chore.name, chore.options), chore.about);
    }
    println!("\nThe suites of `cargo xtask test`:\n");
    test::list();
}
