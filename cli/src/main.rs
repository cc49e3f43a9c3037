//! Podyard's native program: the API over HTTP, kubectl, scenario files,
//! benchmarks. It only carries bytes between the outside and the engine.

mod kubectl;

use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.split_first() {
        Some((command, rest)) if command == "kubectl" => kubectl::run(rest),
        _ => ExitCode::FAILURE,
    }
}
