//! The commands: one file for each, and the tree of them all.

mod api_resources;
mod apply;
mod delete;
mod describe;
mod get;
mod prune;
mod record;
mod scale;
mod wait;

use crate::command::Command;

/// The tree of commands.
pub static ROOT: Command = Command::new("kubectl", "", "[flags]").children(CHILDREN);

const CHILDREN: &[Command] = &[
    get::GET,
    describe::DESCRIBE,
    delete::DELETE,
    scale::SCALE,
    apply::APPLY,
    api_resources::API_RESOURCES,
    api_resources::API_VERSIONS,
];
