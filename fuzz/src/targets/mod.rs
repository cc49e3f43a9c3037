//! What is fuzzed. Each target is one file with one round: it makes input from
//! a generator and panics when a promise is broken.

mod decode;
mod json;
mod jsonpath;
mod requests;
mod schedules;
mod template;
mod wire;
mod yaml;

use podyard_engine::sim::Random;

/// One thing that is fuzzed.
pub(crate) struct Target {
    /// Its name on the command line.
    pub(crate) name: &'static str,
    /// What holds for every input.
    pub(crate) promise: &'static str,
    /// Plays one round.
    pub(crate) round: fn(&mut Random),
}

/// All of them.
pub(crate) const TARGETS: &[Target] = &[
    json::TARGET,
    decode::TARGET,
    yaml::TARGET,
    jsonpath::TARGET,
    template::TARGET,
    wire::TARGET,
    requests::TARGET,
    schedules::TARGET,
];
