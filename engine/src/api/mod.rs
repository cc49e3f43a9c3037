//! The API's types: names, defaults, validation and printing of every kind.
//!
//! Pure functions over [`crate::value::Value`]: nothing here stores, serves
//! or schedules.

pub mod age;
mod field;
mod kind;
pub mod gotext;
pub mod names;
pub mod meta;
pub mod selector;
pub mod node_affinity;
pub mod defaulting;
pub mod int_or_string;
pub mod object;
pub mod cron;
pub(crate) mod node_selector;
pub(crate) mod resource_names;
pub mod pod;
pub mod workload;
pub mod table;
pub mod ip;
pub(crate) mod ports;
pub mod pod_template;
pub mod replication_controller;
pub mod replica_set;
pub mod deployment;
pub mod daemon_set;
pub mod stateful_set;
pub mod controller_revision;
pub mod job;
pub mod cron_job;
pub mod service;
pub mod config_map;
pub mod endpoint_slice;
pub mod endpoints;
pub mod event;
pub mod lease;
pub mod limit_range;
pub mod namespace;
pub mod node;
pub mod priority_class;
pub mod resource_quota;
pub mod secret;
pub mod service_account;
pub mod storage_class;
pub mod persistent_volume;
pub mod persistent_volume_claim;
pub mod horizontal_pod_autoscaler;
pub mod ingress;
pub mod ingress_class;
pub mod network_policy;
pub mod pod_disruption_budget;
pub mod rbac;
pub mod custom;
pub mod admission;
pub mod admission_policy;
pub mod api_service;
pub mod certificate_signing_request;
pub mod csi;
pub mod flow_control;
pub mod runtime_class;
pub mod webhook_configuration;
pub mod custom_resource_definition;
pub mod registry;

pub use self::field::{Errors, FieldError, Path, Reason, Shown, Verbatim};
pub use self::kind::{Column, Getter, Kind, NameRule, StoredAs};
