//! kubectl against a server that answers from a script.

mod script;

mod completion;
mod grammar;
mod requests;
