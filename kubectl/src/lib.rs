//! kubectl as a client of any Kubernetes API.
//!
//! [`run`] takes the arguments that follow `kubectl` and the surroundings, and
//! gives the exit code. It knows the API server only through
//! [`transport::Transport`] and the computer only through [`host::Host`], so
//! the same code serves the page, scenario files and the native program.

// A `Value` reads as null where a field is missing; nothing else is indexed.
#![expect(clippy::indexing_slicing, reason = "clippy takes `value[\"field\"]` for a slice")]

pub mod transport;
pub mod host;
pub mod io;
pub mod failure;
pub mod flags;
pub mod print;
pub mod describe;
pub mod manifest;
pub mod config;
pub mod client;
pub mod discovery;
pub mod command;
mod connection;
pub mod call;
pub mod output;
pub mod resource;
pub mod commands;
pub mod complete;

mod run;

pub use self::command::provide_manual;
pub use self::complete::complete;
pub use self::io::Io;
pub use self::run::run;
