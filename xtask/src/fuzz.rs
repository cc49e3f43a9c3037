//! `cargo xtask fuzz`: every fuzz target for a while.

use crate::failure::Result;
use crate::options::Options;
use crate::process::{Program, say};

/// How long unless `--seconds` says otherwise.
const SECONDS: u32 = 60;

/// Runs all targets of the crate `podyard-fuzz`, for so many seconds in all.
pub(crate) fn run(options: &[String]) -> Result<()> {
    let mut options = Options::new(options);
    let seconds = options.value("--seconds")?.unwrap_or(SECONDS);
    options.finish()?;
    say("Building the fuzzer");
    Program::cargo("build --profile fuzz --package podyard-fuzz").run()?;
    say(format!("Fuzzing for {seconds} s; a failing round is named in target/fuzz-round"));
    Program::new("target/fuzz/podyard-fuzz").args(["--seconds", &seconds.to_string()]).run()
}
