//! A POSIX-like shell: the one parser and interpreter for containers and for
//! the page's terminal.
//!
//! [`parse`] reads a script; [`Shell`] is the [`Program`](crate::process::Program)
//! that runs one. It is a stack of frames rather than a recursive evaluator,
//! so that it can stop for simulated time, for a child or for the network at
//! any point. Which commands exist is not decided here but by the files and
//! [`Programs`](crate::process::Programs) of the process table it runs in.
//! Dialects differ in messages and a few features: see [`Dialect`].

mod arithmetic;
mod brace;
mod builtin;
mod condition;
mod cursor;
mod expand;
mod field;
mod frame;
mod glob;
mod input;
mod jobs;
mod machine;
mod parser;
mod pattern;
mod perform;
mod printf;
mod redirection;
mod state;
pub mod syntax;
mod variables;
mod word;

pub use self::condition::test as condition;
pub use self::machine::Shell;
pub use self::parser::{is_incomplete, parse};
pub use self::pattern::{is_in_class, matches};
pub use self::printf::{echo, printf};
pub use self::state::Dialect;
