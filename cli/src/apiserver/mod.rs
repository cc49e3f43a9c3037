//! `podyard apiserver`: the engine's API server over HTTP on 127.0.0.1.

mod clock;
mod http;
mod session;
mod shared;

use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Args, ValueEnum};
use podyard_engine::cluster::{ClusterOptions, Profile};
use podyard_engine::sim::{Delay, Time};

use self::clock::Speed;
use self::shared::Shared;

/// How far in the past a cluster starts whose time is moved by hand or runs
/// as fast as it can: clients print ages by their own clock, and nothing must
/// seem to happen in their future.
const HEAD_START: Delay = Delay::secs(6 * 3_600);

/// What the server is asked to be.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// How many worker nodes the cluster has.
    #[arg(long, default_value_t = 3)]
    nodes: u32,
    /// The seed that decides every chance.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How fast time passes: 0 (only by POST /podyard/advance), a factor, or max.
    #[arg(long, default_value = "1")]
    speed: Speed,
    /// Where the cluster stands.
    #[arg(long, value_enum, default_value_t = ProfileName::Local)]
    profile: ProfileName,
    /// Run no scheduler and no kubelets, with one plain node.
    #[arg(long)]
    no_kubelet: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ProfileName {
    /// Machines of one's own: no load balancer.
    Local,
    /// Google's cloud.
    Gke,
    /// Amazon's cloud.
    Eks,
    /// The cluster of Podyard's recordings.
    Reference,
}

impl Options {
    fn cluster(&self) -> ClusterOptions {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = Time::from_secs(i64::try_from(since_epoch.as_secs()).unwrap_or_default());
        let start = match self.speed {
            Speed::Times(factor) if factor > 0.0 && factor <= 1.0 => now,
            _ => now + HEAD_START.times(-1),
        };
        let profile = match self.profile {
            ProfileName::Local => Profile::Local,
            ProfileName::Gke => Profile::Gke,
            ProfileName::Eks => Profile::Eks,
            ProfileName::Reference => Profile::Reference,
        };
        // The recordings were made on a cluster of two workers.
        let nodes = if profile == Profile::Reference { 2 } else { self.nodes };
        ClusterOptions { seed: self.seed, nodes, profile, start, kubelets: !self.no_kubelet }
    }
}

/// Serves until the process is ended.
pub(crate) fn serve(options: &Options) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("cannot start the runtime: {error}")),
    };
    let shared = Shared::new(options.cluster());
    match runtime.block_on(http::serve(options.port, options.speed, shared)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string()),
    }
}

#[expect(clippy::print_stderr, reason = "the program's own error goes to the terminal")]
fn fail(message: &str) -> ExitCode {
    eprintln!("podyard apiserver: {message}");
    ExitCode::FAILURE
}
