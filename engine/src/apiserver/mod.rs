//! The API server: the one door through which objects are read and written.
//!
//! [`ApiServer::handle`] answers requests as they come over the wire;
//! [`ApiServer::create`], [`ApiServer::update`] and [`ApiServer::delete`] are
//! the same write path for the cluster's own components, without the bytes.
//!
//! **Invariant:** each accepted write makes exactly one change of the store
//! and one revision; a refused one changes nothing.

mod registry;
mod status;
mod admission;
mod limits;
mod pod_security;
mod policies;
mod write;
mod delete;
mod leases;
mod route;
mod body;
mod options;
mod table;
mod list;
mod watch;
mod streams;
mod renewals;
mod scale;
mod subresources;
mod authorization;
mod pods;
mod eviction;
mod connect;
mod services;
mod custom;
mod aggregated;
mod discovery;
mod metrics;
mod openapi;
mod patch;
mod apply;
mod handle;

use std::sync::Arc;

use crate::api::Kind;
use crate::api::service::{Allocators, ServiceRange};
use crate::openapi::Descriptions;
use crate::sim::{Random, Time};
use crate::store::{Change, Key, KindId, Store};
use crate::value::{Str, Value};

use self::leases::Leases;
use self::policies::Sender;
use self::streams::Streams;

pub use self::aggregated::Aggregated;
pub use self::connect::{Connect, Errand, LogOptions};
pub use self::delete::{DeleteOptions, Deleted, Propagation};
pub use self::discovery::VERSION;
pub use self::handle::BODY_MAX;
pub use self::registry::{Kinds, Registry};
pub use self::renewals::{Holder, is_renewed, renewed_at};
pub use self::status::Status;
pub use self::write::{Part, WriteOptions};

/// What an API server is told when it starts.
#[derive(Debug, Clone, Copy)]
pub struct ApiServerOptions {
    /// Whether Pods get the token of a ServiceAccount that must exist.
    pub service_accounts: bool,
    /// Whether there are kubelets, for which deleted Pods wait.
    pub kubelets: bool,
    /// Whether the administrator comes with a token instead of a certificate.
    pub administrator_has_token: bool,
}

/// The API server with all it keeps.
#[derive(Debug, Clone)]
pub struct ApiServer {
    registry: Registry,
    store: Store,
    now: Time,
    /// The present second as objects state it, which many share.
    stamp: Str,
    random: Random,
    dispatched: u64,
    streams: Streams,
    leases: Leases,
    allocators: Allocators,
    descriptions: Descriptions,
    aggregated: Aggregated,
    options: ApiServerOptions,
    sender: Sender,
}

impl ApiServer {
    /// An API server without objects, whose generated names and identifiers
    /// `random` decides.
    pub fn new(options: ApiServerOptions, random: Random, now: Time) -> Self {
        let range = if options.kubelets { ServiceRange::USUAL } else { ServiceRange::OF_TESTS };
        let allocators = Allocators::new(range, random.split("services"));
        let registry = Registry::default();
        Self {
            leases: Leases::new(&registry),
            registry,
            store: Store::default(),
            now,
            stamp: now.rfc3339().into(),
            random,
            dispatched: 0,
            streams: Streams::default(),
            allocators,
            descriptions: Descriptions::default(),
            aggregated: Aggregated::default(),
            options,
            sender: Sender::default(),
        }
    }

    /// Goes on with another chance, so that what is made from now on is named
    /// alike whatever was made before.
    pub fn reseed(&mut self, random: Random) {
        self.random = random;
    }

    /// What the server knows of each kind.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The addresses that Services may have.
    pub fn service_range(&self) -> ServiceRange {
        self.allocators.range()
    }

    /// The instant of the request being answered.
    pub fn now(&self) -> Time {
        self.now
    }

    /// Moves the server's clock; only the cluster's event loop does.
    pub fn set_now(&mut self, now: Time) {
        if now.as_secs() != self.now.as_secs() {
            self.stamp = now.rfc3339().into();
        }
        self.now = now;
    }

    /// The present second as objects state it.
    pub fn stamp(&self) -> &Str {
        &self.stamp
    }

    /// The object of a kind under `namespace` and `name`.
    pub fn get(&self, kind: KindId, namespace: &str, name: &str) -> Option<&Value> {
        let key = Key::new(kind, namespace, name);
        self.store.get(&key).or_else(|| self.aggregated.get(&key))
    }

    /// The objects of a kind, of one `namespace` unless that is empty.
    pub fn list<'a>(&'a self, kind: KindId, namespace: &str) -> impl Iterator<Item = &'a Value> {
        self.store.list(kind, namespace).chain(self.aggregated.list(kind, namespace))
    }

    /// The store, for reading.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The changes made since this was last asked, oldest first.
    pub fn take_changes(&mut self) -> Vec<Arc<Change>> {
        let changes = self.store.changes_since_count(self.dispatched).cloned().collect();
        self.dispatched = self.store.change_count();
        changes
    }

    fn kind(&self, id: KindId) -> &'static Kind {
        self.registry.kind(id)
    }
}
