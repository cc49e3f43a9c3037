//! The commands: one file for each, and the tree of them all.

mod api_resources;
mod apply;
mod auth;
mod autoscale;
mod certificate;
mod change;
mod cluster;
mod cluster_dump;
mod config;
mod copy;
mod create;
mod debug;
mod delete;
mod describe;
mod diff;
mod edit;
mod events;
mod exec;
mod explain;
mod expose;
mod get;
mod label;
mod logs;
mod node;
mod patch;
mod pods_of;
mod port_forward;
mod prune;
mod raw;
mod record;
mod replace;
mod reconcile;
mod rollout;
mod run_pod;
mod scale;
mod session;
mod set;
mod small;
mod top;
mod wait;
mod wait_for;

pub(crate) use self::cluster::require_same_version;
use crate::command::Command;

/// The tree of commands.
pub static ROOT: Command = Command::new("kubectl", "", "[flags]").children(CHILDREN);

const CHILDREN: &[Command] = &[
    label::ANNOTATE,
    api_resources::API_RESOURCES,
    api_resources::API_VERSIONS,
    apply::APPLY,
    exec::ATTACH,
    auth::AUTH,
    autoscale::AUTOSCALE,
    certificate::CERTIFICATE,
    cluster::CLUSTER_INFO,
    small::COMPLETION,
    config::CONFIG,
    node::CORDON,
    copy::CP,
    create::CREATE,
    debug::DEBUG,
    delete::DELETE,
    describe::DESCRIBE,
    diff::DIFF,
    node::DRAIN,
    edit::EDIT,
    events::EVENTS,
    exec::EXEC,
    explain::EXPLAIN,
    expose::EXPOSE,
    get::GET,
    small::KUSTOMIZE,
    label::LABEL,
    logs::LOGS,
    small::OPTIONS,
    patch::PATCH,
    small::PLUGIN,
    port_forward::PORT_FORWARD,
    small::PROXY,
    replace::REPLACE,
    rollout::ROLLOUT,
    run_pod::RUN,
    scale::SCALE,
    set::SET,
    node::TAINT,
    top::TOP,
    node::UNCORDON,
    cluster::VERSION,
    wait_for::WAIT,
];
