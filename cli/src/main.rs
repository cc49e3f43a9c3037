//! Podyard's native program: the API over HTTP, kubectl, scenario files, lessons,
//! benchmarks. It only carries bytes between the outside and the engine.

mod apiserver;
mod bench;
mod kubectl;
mod lesson;
mod run;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
    /// Measure the engine.
    #[command(subcommand)]
    Bench(bench::Bench),
    /// Play scenario files.
    Run(run::Run),
    /// Open a share link.
    Open(run::Open),
    /// Check lessons against any Kubernetes API server.
    #[command(subcommand)]
    Lesson(lesson::Command),
    /// Talk to any Kubernetes API server as kubectl does.
    #[command(disable_help_flag = true)]
    Kubectl {
        /// What kubectl is told.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Apiserver(options) => apiserver::serve(&options),
        Command::Run(options) => run::run(&options),
        Command::Open(options) => run::open(&options),
        Command::Lesson(command) => lesson::run(&command),
        Command::Bench(bench) => bench::run(&bench),
        Command::Kubectl { arguments } => kubectl::run(&arguments),
    }
}
