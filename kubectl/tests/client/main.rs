//! kubectl against a server that answers from a script.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops where its script is wrong"
)]

mod script;

mod completion;
mod grammar;
mod requests;
