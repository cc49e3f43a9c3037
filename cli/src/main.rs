//! Podyard's native program: the API over HTTP, kubectl, scenario files,
//! benchmarks. It only carries bytes between the outside and the engine.

mod apiserver;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A simulated Kubernetes cluster.
#[derive(Debug, Parser)]
#[command(name = "podyard", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the Kubernetes API of a simulated cluster on 127.0.0.1.
    Apiserver(apiserver::Options),
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Apiserver(options) => apiserver::serve(&options),
    }
}
