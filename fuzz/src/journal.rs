//! Remembers which round is being played, so that even one that overflows the
//! stack, after which no code of ours runs, can be played again.

use std::cell::RefCell;
use std::fs::{self, File};
use std::io::{Seek, Write};

/// Where the round stands, below the folder that the fuzzer is started in.
const FILE: &str = "target/fuzz-round";

/// The note of the round in play; kept in a file when one can be written.
pub(crate) struct Journal(Option<RefCell<File>>);

impl Journal {
    /// Opens the note, and says after a failure what the last run left in it.
    pub(crate) fn open() -> Self {
        fs::create_dir_all("target").ok();
        Self(File::create(FILE).ok().map(RefCell::new))
    }

    /// Notes the round that begins.
    pub(crate) fn note(&self, target: &str, seed: u64) {
        if let Some(file) = &self.0 {
            let mut file = file.borrow_mut();
            file.rewind().ok();
            // Of one length, so that nothing of the last note is left behind.
            writeln!(file, "--seed {seed:<20} {target:<20}").ok();
        }
    }
}
