//! The computer a person sits at: a cluster, a terminal, files, and a record
//! of all that was done.
//!
//! A session is its inputs. [`Machine`] does what a person does and writes it
//! down; [`Session`] is what was written, and [`Machine::replay`] does it all
//! again, to the same cluster. [`History`] goes back to any moment of it.
//! [`link`] packs a session into an address.
//! There is no second way to save.

mod action;
mod fault;
mod stdin;
mod forwards;
mod files;
mod transport;
mod gcloud;
mod podyard;
mod terminal;
mod machine;
mod history;
pub mod link;
pub mod scenario;

pub use self::action::{Action, Entry, START, Session, Setup, TaskId};
pub use self::history::History;
pub use self::machine::{Channel, Machine};
pub use podyard_kubectl::provide_manual;
