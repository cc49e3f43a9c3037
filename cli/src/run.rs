//! `podyard run`: scenario files, and `podyard open`: share links.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use podyard_session::{Machine, link, scenario};

/// Which scenarios to play.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// The scenario files.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Write what really happened into the files.
    #[arg(long)]
    update: bool,
}

/// Which link to open.
#[derive(Debug, Args)]
pub(crate) struct Open {
    /// The link, or what follows `#p=` in it.
    url: String,
    /// Print the hash of the state that the link shows.
    #[arg(long)]
    hash: bool,
}

/// Plays scenarios; fails when one happens otherwise than it is told.
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the results of the command")]
pub(crate) fn run(run: &Run) -> ExitCode {
    let mut failed = false;
    for file in &run.files {
        let text = match fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) => {
                eprintln!("podyard run: {}: {error}", file.display());
                return ExitCode::FAILURE;
            }
        };
        let played = scenario::play(&text);
        if run.update {
            if let Err(error) = fs::write(file, &played) {
                eprintln!("podyard run: {}: {error}", file.display());
                return ExitCode::FAILURE;
            }
        } else if played != text {
            failed = true;
            println!("{}: differs", file.display());
            for (number, (wanted, found)) in text.lines().zip(played.lines()).enumerate() {
                if wanted != found {
                    println!("{}:{}\n- {wanted}\n+ {found}", file.display(), number + 1);
                    break;
                }
            }
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Opens a share link and prints what it shows.
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the results of the command")]
pub(crate) fn open(open: &Open) -> ExitCode {
    let text = open.url.split_once("#p=").map_or(open.url.as_str(), |(_, text)| text);
    let session = match link::unpack(text) {
        Ok(session) => session,
        Err(error) => {
            eprintln!("podyard open: {error}");
            return ExitCode::FAILURE;
        }
    };
    let machine = Machine::replay(&session);
    let hash = machine.state_hash();
    if open.hash {
        println!("{hash:016x}");
    } else {
        println!("{} files, {} actions", machine.files().len(), session.entries.len());
        for name in machine.files().keys() {
            println!("{name}");
        }
    }
    if session.hash.is_some_and(|noted| noted != hash) {
        eprintln!(
            "podyard open: the link was made with another state: its story has changed since"
        );
    }
    ExitCode::SUCCESS
}
