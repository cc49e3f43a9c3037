//! kubectl against a server that answers from a script.

mod script;

mod grammar;
mod requests;
