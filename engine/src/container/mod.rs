//! One running container: processes, files, logs, listening ports.
//!
//! [`Container`] is a state machine. Whoever runs it (the kubelet) starts it,
//! calls [`Container::wake`] when [`Container::next_wake`] says so, sends it
//! signals and requests, and carries out the network requests it makes. A
//! container that is only a server waiting for requests has no next wake and
//! costs a few hundred bytes: its process table, its files and its first log
//! lines exist only once somebody looks.

mod files;
mod log;
mod programs;
mod redis;
mod running;
mod server;
mod service;
mod session;
mod spec;
mod template;

#[cfg(test)]
mod tests;

pub use self::log::LogLine;
pub use self::running::{Answer, Container, Exit, Host, Reason};
pub use self::session::ExecId;
pub use self::spec::{MessagePolicy, Spec, StartError};
