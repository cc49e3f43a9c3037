//! A Kubernetes cluster that fits in a value.
//!
//! The modules are declared in reading order, which is also the order of
//! dependency: a module imports only from modules above it. `xtask/tests/tidy.rs`
//! holds us to that.

#![expect(clippy::indexing_slicing, reason = "clippy takes `value[\"field\"]` for a slice")]

pub mod value;
pub mod base64;
pub mod yaml;
pub mod sim;
pub mod wire;
pub mod quantity;
pub mod cel;
pub mod schema;
pub mod patch;
pub mod api;
pub mod process;
pub mod shell;
pub mod tools;
pub mod images;
pub mod container;
pub mod openapi;
pub mod store;
pub mod apiserver;
pub mod recorder;
pub mod informer;
pub mod network;

pub mod controllers;
pub mod scheduler;
pub mod kubelet;
pub mod metrics_server;
pub mod cluster;
pub mod view;
